# SPDX-License-Identifier: Apache-2.0
"""Writes tests/fixtures/nets/*.safetensors: outputs of the reference networks on golden weights
and inputs. Usage: make_fixtures.py [name prefix ...]; without one, all (a few minutes, 6 GB)."""
import json
import pathlib
import sys

import numpy as np
import torch

import ca2sis
import configs
import golden
import recogniser
import spade
import tensorfile
from weights import GoldenWeights

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "nets"
STYLE_SEED, SHAPE_SEED = 1, 2
TRACE_SIDE = 4


def wide(array):
    return torch.from_numpy(np.ascontiguousarray(array)).double()


def save(name, outputs, metadata):
    arrays = {key: value.contiguous().numpy() for key, value in outputs.items()}
    path = FOLDER / (name + ".safetensors")
    tensorfile.write(path, arrays, {key: str(value) for key, value in metadata.items()})
    print(f"{name}: {path.stat().st_size} bytes", flush=True)


def every(x, stride):
    return x[:, :, ::stride, ::stride]


def ca2sis_inputs(config, batch):
    side, classes = config["size"], config["classes"]
    return {
        "image": wide(golden.fill("image", (batch, 3, side, side))),
        "style_labels": torch.from_numpy(golden.labels(batch, side, classes, STYLE_SEED)),
        "shape_labels": torch.from_numpy(golden.labels(batch, side, classes, SHAPE_SEED)),
        "noise": wide(golden.fill("noise", (batch, config["noise_dim"]))),
        "identity": wide(golden.identity(batch, config["identity_dim"])),
    }


def ca2sis_outputs(w, config, inputs, image_stride, style_stride):
    shape = inputs["shape_labels"]
    styles = ca2sis.style_codes(w, config, inputs["image"], inputs["style_labels"])
    trace = {}
    context = ca2sis.tokens(w, config, styles, inputs["identity"])
    raw = ca2sis.decode(w, config, shape, context, trace)
    noise = ca2sis.noise_codes(w, config, inputs["noise"], shape)
    outputs = {
        "style_codes": styles[:, :, ::style_stride],
        "noise_codes": noise[:, :, ::style_stride],
        "image_raw": every(raw, image_stride),
        "image": every(torch.tanh(raw), image_stride),
    }
    for key, value in trace.items():
        if torch.is_tensor(value):
            outputs["trace." + key] = every(value, value.shape[-1] // TRACE_SIDE)
    return outputs


def make_ca2sis(name, base, variant, batch, image_stride, style_stride):
    config = configs.ca2sis(base, variant)
    w = GoldenWeights()
    outputs = ca2sis_outputs(w, config, ca2sis_inputs(config, batch), image_stride, style_stride)
    save(name, outputs, {
        "config": json.dumps(config), "parameters": w.listing(), "batch": batch,
        "style_labels_seed": STYLE_SEED, "shape_labels_seed": SHAPE_SEED,
        "image_stride": image_stride, "style_stride": style_stride, "trace_side": TRACE_SIDE,
    })


def make_spade(name, config, batch, image_stride):
    w = GoldenWeights()
    side, classes = config["size"], config["classes"]
    is_sean = config["style_dim"] > 0
    style_stride = 4 if config["style_dim"] > 100 else 1
    trace_side = 2  # the first map of the smallest
    style_labels, labels = (torch.from_numpy(golden.labels(batch, side, classes, seed))
                            for seed in (STYLE_SEED, SHAPE_SEED))
    outputs, trace, styles = {}, {}, None
    if is_sean:
        image = wide(golden.fill("image", (batch, 3, side, side)))
        styles = spade.style_codes(w, config, image, style_labels)
        outputs["style_codes"] = styles[:, :, ::style_stride]
        noise = wide(golden.fill("noise", (batch, spade.noise_count(config))))
        noisy = spade.generate(w, config, labels, styles, noise)
        outputs["image_noise"] = every(noisy, image_stride)
    outputs["image"] = every(spade.generate(w, config, labels, styles, None, trace), image_stride)
    for key, value in trace.items():
        outputs["trace." + key] = every(value, value.shape[-1] // trace_side)
    save(name, outputs, {
        "config": json.dumps(config), "parameters": w.listing(), "batch": batch,
        "style_labels_seed": STYLE_SEED, "shape_labels_seed": SHAPE_SEED,
        "image_stride": image_stride, "style_stride": style_stride, "trace_side": trace_side,
    })


def make_recogniser(name, config):
    w = GoldenWeights()
    side = config["input_side"]
    x = wide(golden.fill("input", (2, 3, side, side)))
    outputs = {"embedding": getattr(recogniser, config["arch"])(w, config, x)}
    save(name, outputs, {"config": json.dumps(config), "parameters": w.listing(), "batch": 2})


def make_crop(name, side):
    face = recogniser.crop112(wide(golden.fill("image", (1, 3, side, side))))
    save(name, {"crop": every(face, 3)}, {"side": side, "batch": 1, "crop_stride": 3})


def make_golden(name):
    """Values and label maps, for the test that the C generator is the same one."""
    keys = ["image", "conv1.weight", "res3.skip_connection.weight", "out_conv.weight",
            "id_proj.weight"]
    outputs = {key: torch.from_numpy(golden.fill(key, (2, 5, 3, 3))) for key in keys}
    for key in ["bn1.running_mean", "bn1.running_var", "features.weight", "prelu.weight",
                "res2.in_layers.0.weight", "out_conv.bias", "bn1.num_batches_tracked"]:
        outputs[key] = torch.from_numpy(golden.fill(key, (11,)))
    outputs["identity"] = torch.from_numpy(golden.identity(2, 10))
    outputs["labels"] = torch.from_numpy(golden.labels(2, 64, 7, 1))
    save(name, outputs, {})


def cases():
    yield "golden", make_golden, ()
    for variant in configs.VARIANTS:
        image_stride = 1 if variant in ("plain", "identity_spade") else 3  # the rest: for size
        yield f"ca2sis_tiny_{variant}", make_ca2sis, (configs.TINY, variant, 2, image_stride, 1)
    for name, arguments in configs.SPADES.items():
        yield name, make_spade, arguments
    for side in (64, 128, 256):
        yield f"crop_{side}", make_crop, (side,)
    for name, config in configs.RECOGNISERS.items():
        yield name, make_recogniser, (config,)
    for variant in configs.VARIANTS:
        yield f"ca2sis_small_{variant}", make_ca2sis, (configs.SMALL, variant, 1, 5, 1)
    for variant in ("plain", "identity"):
        yield f"ca2sis_256_{variant}", make_ca2sis, (configs.PUBLISHED, variant, 1, 8, 4)


def main(prefixes):
    FOLDER.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        for name, make, arguments in cases():
            if not prefixes or any(name.startswith(prefix) for prefix in prefixes):
                make(name, *arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
