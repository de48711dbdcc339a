# SPDX-License-Identifier: Apache-2.0
"""The configurations that the fixtures cover, in the JSON form of a model file
(src/model/config.h): "arch" and the members of idi_ca2sis_config or idi_recogniser_config."""

import recogniser

VARIANTS = {  # suffix -> (has an identity, modulation)
    "plain": (False, "group"),
    "identity": (True, "group"),
    "spade": (False, "spade"),
    "identity_spade": (True, "spade"),
}


def blocks(*rows):
    names = ("channels", "heads", "head_dim", "has_self_attention")
    return [dict(zip(names, row)) for row in rows]


# Odd widths, so that no two dimensions can be mistaken for one another.
TINY = {
    "size": 64, "classes": 7, "code_side": 16, "code_channels": 24, "style_dim": 12,
    "style_width": 2, "style_downs": 4, "norm_groups": 4, "noise_dim": 5, "noise_hidden": 20,
    "identity_dim": 10, "spade_hidden": 9,
    "blocks": blocks((16, 2, 8, True), (12, 3, 4, True), (8, 2, 4, False)),
}

SMALL = {
    "size": 128, "classes": 19, "code_side": 16, "code_channels": 96, "style_dim": 32,
    "style_width": 2, "style_downs": 5, "norm_groups": 8, "noise_dim": 16, "noise_hidden": 64,
    "identity_dim": 512, "spade_hidden": 24,
    "blocks": blocks((64, 4, 16, True), (48, 4, 16, True), (32, 4, 16, True), (16, 2, 16, False)),
}

# The published setting at 256.
PUBLISHED = {
    "size": 256, "classes": 19, "code_side": 16, "code_channels": 512, "style_dim": 256,
    "style_width": 4, "style_downs": 6, "norm_groups": 32, "noise_dim": 16, "noise_hidden": 512,
    "identity_dim": 512, "spade_hidden": 128,
    "blocks": blocks((256, 8, 64, True), (128, 8, 64, True), (64, 8, 64, True),
                     (32, 8, 64, False), (32, 4, 32, False)),
}


def ca2sis(base, variant):
    has_identity, modulation = VARIANTS[variant]
    arch = "ca2sis-id" if has_identity else "ca2sis"
    config = {"arch": arch, **base, "modulation": modulation, "has_tanh": True,
              "block_count": len(base["blocks"])}
    if not has_identity:
        config["identity_dim"] = 0
    return config


def spade(size, classes, width, hidden, style_dim):
    return {"arch": "sean" if style_dim else "spade", "size": size, "classes": classes,
            "width": width, "spade_hidden": hidden, "style_dim": style_dim}


SPADES = {  # name -> (config, batch, image stride)
    "spade_tiny": (spade(64, 7, 3, 5, 0), 2, 1),
    "sean_tiny": (spade(64, 7, 3, 5, 10), 2, 3),
    "spade_small": (spade(128, 19, 8, 16, 0), 1, 3),
    "sean_small": (spade(128, 19, 8, 16, 32), 1, 3),
    "spade_256": (spade(256, 19, 64, 128, 0), 1, 8),
    "sean_256": (spade(256, 19, 64, 128, 512), 1, 8),
}


def iresnet(width, block_counts):
    return {"arch": "iresnet", "input_side": 112, "embedding_dim": 512, "width": width,
            "blocks": block_counts}


RECOGNISERS = {
    "iresnet_tiny": iresnet(8, [1, 1, 1, 1]),
    "iresnet18": iresnet(64, recogniser.DEPTHS[18]),
    "iresnet50": iresnet(64, recogniser.DEPTHS[50]),
    "mobilefacenet": {**iresnet(64, [4, 6, 2, 0]), "arch": "mobilefacenet"},
    "facenet_tiny": {**iresnet(4, [2, 1, 1, 0]), "arch": "facenet", "input_side": 96},
    "facenet": {**iresnet(32, [5, 10, 5, 0]), "arch": "facenet", "input_side": 160},
}
