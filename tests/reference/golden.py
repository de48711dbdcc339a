# SPDX-License-Identifier: Apache-2.0
"""Deterministic weights and inputs, the same to the last bit as tests/support/golden.c.

A value depends on the tensor's key, its shape and the flat index in PyTorch's order alone. It is
computed in double and rounded once to float32.
"""
import math

import numpy as np

GOLDEN_RATIO = 0x9E3779B9


def fnv1a(key):
    h = 2166136261
    for byte in key.encode("ascii"):
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    return h


def mix(z):
    """The finaliser of MurmurHash3 over an array of uint32."""
    z = z.astype(np.uint32)
    z = z ^ (z >> np.uint32(16))
    z = z * np.uint32(0x85EBCA6B)
    z = z ^ (z >> np.uint32(13))
    z = z * np.uint32(0xC2B2AE35)
    return z ^ (z >> np.uint32(16))


def mix_one(z):
    return int(mix(np.array([z & 0xFFFFFFFF], dtype=np.uint32))[0])


def u(key, count):
    """count numbers in [-0.5, 0.5)."""
    k = np.arange(count, dtype=np.uint64)
    z = (np.uint64(fnv1a(key)) + k * np.uint64(GOLDEN_RATIO)) & np.uint64(0xFFFFFFFF)
    return mix(z) / 4294967296.0 - 0.5


def _gain(key):
    """2, but smaller in two places of the generator: so the residual branches stay visible beside
    the skip path, and the final tanh is not saturated."""
    if key.endswith("skip_connection.weight"):
        return 1.0
    return 0.25 if key == "out_conv.weight" else 2.0


def rule(key, dims):
    """(offset, scale): the value is offset + scale*u. First match wins."""
    if key.endswith("running_mean"):
        return 0.0, 0.2
    if key.endswith("running_var"):
        return 2.0, 0.4
    if key.endswith("num_batches_tracked"):
        return 0.0, 0.0
    if key == "features.weight":
        return 1.0, 0.0
    if key.endswith("prelu.weight"):
        return 0.25, 0.2
    if key.endswith(".bias"):
        return 0.0, 0.2
    if key.endswith(".weight"):
        if len(dims) < 2:
            return 1.0, 0.2
        if key == "id_proj.weight":
            return 0.0, 2.0  # its input has unit length, not unit variance
        fan = float(np.prod(dims[1:], dtype=np.int64))
        return 0.0, _gain(key) * math.sqrt(6.0 / fan)
    return 0.0, 2.0


def fill(key, dims):
    """The tensor as a float32 array of shape dims."""
    offset, scale = rule(key, dims)
    count = int(np.prod(dims, dtype=np.int64))
    return (offset + scale * u(key, count)).astype(np.float32).reshape(dims)


def identity(count, dim):
    """count unit vectors from the key "identity"; summed in order, so that C agrees exactly."""
    rows = fill("identity", (count, dim))
    out = np.empty_like(rows)
    for row, target in zip(rows, out):
        total = 0.0
        for x in row:
            total += float(x) * float(x)
        target[:] = (row.astype(np.float64) / math.sqrt(total)).astype(np.float32)
    return out


def _part(seed, sample, label, which):
    z = seed * 0x9E3779B9 + sample * 0x85EBCA77 + label * 0xC2B2AE3D + which * 0x27D4EB2F
    return mix_one(z)


def labels(count, side, classes, seed):
    """Label maps [count, side, side] u8: rectangles (even classes) and ellipses (odd) over 0.

    Classes with (sample + label + seed) % 5 == 3 are absent. The last class, where present, is a
    single pixel at an odd row and column, which no nearest-floor resize samples.
    """
    out = np.zeros((count, side, side), dtype=np.uint8)
    axis = (2 * np.arange(side, dtype=np.int64) + 1) * 1024 // side  # 0..2048 across the image
    for sample in range(count):
        for label in range(1, classes):
            if (sample + label + seed) % 5 == 3:
                continue
            if label == classes - 1:
                out[sample, side // 2 + 1, side // 4 + 1] = label
                continue
            radius = 660 - 500 * label // classes  # later classes are smaller
            cx = 256 + _part(seed, sample, label, 0) % 1536
            cy = 256 + _part(seed, sample, label, 1) % 1536
            rx = radius + _part(seed, sample, label, 2) % 128
            ry = radius + _part(seed, sample, label, 3) % 128
            dx = np.abs(axis - cx)[None, :]
            dy = np.abs(axis - cy)[:, None]
            if label % 2 == 0:
                inside = (dx <= rx) & (dy <= ry)
            else:
                inside = dx * dx * ry * ry + dy * dy * rx * rx <= rx * rx * ry * ry
            out[sample][inside] = label
    return out
