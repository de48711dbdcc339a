# SPDX-License-Identifier: Apache-2.0
"""Injected identities that are searched by gradient: what Model.attack() gives."""

from __future__ import annotations

from ctypes import byref, c_double, c_int64, c_void_p
from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from . import _structs as s
from ._arrays import bitmap, copy_bitmap
from ._callbacks import Guard
from ._library import Handle, call, lib, options
from .values import Identity, Style, raw_list


class AttackResult(NamedTuple):
    """image and reference (the own identity): uint8 [size, size, 3]; what the image is made of; SSIM of
    the two; by each recogniser, the cosines to the target before and after."""
    image: np.ndarray
    reference: np.ndarray
    identity: Identity
    style: Style
    ssim: float
    cosines: List[Tuple[float, float]]


def _cosine(raw: int, recogniser: int) -> Tuple[float, float]:
    before, after = c_double(), c_double()
    call("idi_attack_result_cosine", raw, recogniser, byref(before), byref(after))
    return before.value, after.value


def _values(raw: int, context: Any) -> Tuple[Identity, Style]:
    who, how = lib.idi_attack_result_identity(raw), lib.idi_attack_result_style(raw)
    count, classes, width = c_int64(), c_int64(), c_int64()
    numbers = np.ctypeslib.as_array(lib.idi_identity_data(who, byref(count)), (count.value,))
    codes = lib.idi_style_data(how, byref(classes), byref(width))
    fingerprint = lib.idi_identity_fingerprint(who).decode()
    return (Identity.from_array(numbers, fingerprint, context=context),
            Style.from_array(np.ctypeslib.as_array(codes, (classes.value, width.value)), context=context))


def search(generator: Any, recognisers: Sequence[Any], targets: Sequence[Identity], labels: np.ndarray, style: Style,
           own: Identity, token: Identity, steps: int, rate: float, ssim: float, styles: bool,
           progress: Optional[Callable[[str, int, int], Any]]) -> AttackResult:
    o = options("idi_attack_options_init", s.AttackOptions)
    o.steps, o.rate, o.ssim, o.has_styles = steps, rate, ssim, styles
    guard, found = Guard(), c_void_p()
    o.progress = guard.progress(progress)
    guard.call("idi_attack_search", generator._raw, raw_list(recognisers), raw_list(targets), len(targets),
               byref(bitmap(labels)), style._raw, own._raw, token._raw, byref(o), byref(found))
    raw = found.value
    handle = Handle("attack_result", raw, generator._handle)
    identity, codes = _values(handle.raw, generator.context)
    return AttackResult(copy_bitmap(lib.idi_attack_result_image(raw)),
                        copy_bitmap(lib.idi_attack_result_reference(raw)), identity, codes,
                        lib.idi_attack_result_ssim(raw), [_cosine(raw, k) for k in range(len(targets))])
