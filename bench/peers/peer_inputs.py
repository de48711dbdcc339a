# SPDX-License-Identifier: Apache-2.0
"""Weights and inputs that every peer program gets, as NumPy arrays: a model file's weights or the
golden ones, and the golden inputs of tests/reference."""
import json
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "reference"))

import golden  # noqa: E402
import tensorfile  # noqa: E402


def find_config(metadata):
    """The architecture among a model file's metadata."""
    for text in metadata.values():
        try:
            value = json.loads(text)
        except ValueError:
            continue
        while isinstance(value, dict):
            if "blocks" in value and "style_dim" in value:
                return value
            value = next((v for v in value.values() if isinstance(v, dict)), None)
    sys.exit("the model file's metadata hold no configuration")


def golden_weights(variant):
    """The fixture of the same model lists its parameters."""
    fixture = ROOT / "tests" / "fixtures" / "nets" / f"ca2sis_256_{variant}.safetensors"
    _, metadata = tensorfile.read(fixture)
    rows = (row.split() for row in metadata["parameters"].split(";"))
    return {key: golden.fill(key, [int(d) for d in dims]) for key, *dims in rows}, metadata


def weights(path, has_identity):
    """(float32 arrays by name, configuration); the noise encoder is left out."""
    if path:
        arrays, metadata = tensorfile.read(path)
    else:
        arrays, metadata = golden_weights("identity" if has_identity else "plain")
    kept = {key: np.array(value, dtype=np.float32) for key, value in arrays.items()
            if not key.startswith("noise_encoder.")}
    return kept, find_config(metadata)


def inputs(config, batch):
    """image f32 [N,3,S,S]; style_labels and labels u8 [N,S,S]; identity f32 [N,identity_dim]."""
    side, classes = config["size"], config["classes"]
    return {
        "image": golden.fill("image", (batch, 3, side, side)),
        "style_labels": golden.labels(batch, side, classes, 1),
        "labels": golden.labels(batch, side, classes, 2),
        "identity": golden.identity(batch, config["identity_dim"]),
    }


def save(path, image):
    np.save(path, image)
