# SPDX-License-Identifier: Apache-2.0
"""What a generator's attention draws on: what Model.explain() gives."""

from __future__ import annotations

from ctypes import byref, c_int64
from typing import Any, List, NamedTuple, Optional

import numpy as np

from . import _structs as s
from ._arrays import bitmap, copy_bitmap
from ._library import Handle, call, lib, make, report
from .values import Identity, Style


class Explanation(NamedTuple):
    """image: uint8 [size, size, 3]. By resolution, coarsest first: maps, float32 [side, side, tokens],
    how much of each pixel's attention goes to each token, shares that add up to 1; regions, float32
    [classes, tokens], their means over the pixels of a class, NaN where the label map lacks it. Tokens
    are the classes in their order, then the identity if the model has one."""
    image: np.ndarray
    maps: List[np.ndarray]
    regions: List[np.ndarray]


def explain(generator: Any, labels: np.ndarray, style: Style, identity: Optional[Identity]) -> Explanation:
    raw = make("idi_explain", generator._raw, byref(bitmap(labels)), style._raw, identity and identity._raw)
    handle = Handle("explanation", raw, generator._handle)
    info = report(s.ExplanationInfo)
    call("idi_explanation_get_info", handle.raw, byref(info))
    maps, regions = [], []
    for block in range(info.blocks):
        side = c_int64()
        found = lib.idi_explanation_map(raw, block, byref(side))
        maps.append(np.ctypeslib.as_array(found, (side.value, side.value, info.tokens)).copy())
        found = lib.idi_explanation_regions(raw, block)
        regions.append(np.ctypeslib.as_array(found, (info.classes, info.tokens)).copy())
    return Explanation(copy_bitmap(lib.idi_explanation_image(raw)), maps, regions)
