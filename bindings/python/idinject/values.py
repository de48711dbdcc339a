# SPDX-License-Identifier: Apache-2.0
"""Who and how: identities and styles, made once and used often. Both are immutable."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_double, c_int64
from typing import Any, Optional

import numpy as np

from ._arrays import floats_array
from ._library import Error, Handle, Status, call, lib, make, text_bytes
from .context import Context, default_context


class Identity:
    """A unit vector of a recogniser, with the recogniser's fingerprint."""

    def __init__(self, raw: int, context: Context):
        self._raw, self._context = raw, context
        self._handle = Handle("identity", raw, context._handle)

    @classmethod
    def from_array(cls, numbers: Any, fingerprint: Optional[str] = None, *,
                   context: Optional[Context] = None) -> "Identity":
        """From [D] or [1, D] numbers, normalised here. Without the recogniser's `fingerprint` nothing
        checks that it is the one that a generator wants."""
        array = floats_array(numbers)
        if array.size != (array.shape[-1] if array.ndim else 0):
            raise Error(f"identity: shape {list(array.shape)}, want [D]", Status.SHAPE)
        context = context or default_context()
        return cls(make("idi_identity_from_array", context._raw, array.ctypes.data, array.size,
                        text_bytes(fingerprint)), context)

    @property
    def array(self) -> np.ndarray:
        """A copy of the unit vector, float32 [D]."""
        count = c_int64()
        data = lib.idi_identity_data(self._raw, byref(count))
        return np.ctypeslib.as_array(data, (count.value,)).copy()

    @property
    def fingerprint(self) -> str:
        return lib.idi_identity_fingerprint(self._raw).decode()

    def similarity(self, other: "Identity") -> float:
        """The cosine of the angle, -1 to 1."""
        cosine = c_double()
        call("idi_identity_similarity", self._raw, other._raw, byref(cosine))
        return cosine.value

    def slerp(self, other: "Identity", t: float) -> "Identity":
        """On the arc from this one (0) to `other` (1), and beyond."""
        return Identity(make("idi_identity_slerp", self._raw, other._raw, t), self._context)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array.astype(dtype or np.float32, copy=False)

    def __repr__(self) -> str:
        return f"<idinject.Identity of {len(self.array)} numbers, recogniser {self.fingerprint or 'unknown'}>"


class Style:
    """One style code a class, of a generator."""

    def __init__(self, raw: int, context: Context):
        self._raw, self._context = raw, context
        self._handle = Handle("style", raw, context._handle)

    @classmethod
    def from_array(cls, codes: Any, *, context: Optional[Context] = None) -> "Style":
        """From [classes, width] numbers, as `array` gives them."""
        array = floats_array(codes)
        if array.ndim != 2:
            raise Error(f"style: shape {list(array.shape)}, want [classes, width]", Status.SHAPE)
        context = context or default_context()
        return cls(make("idi_style_from_array", context._raw, array.ctypes.data, *array.shape), context)

    @property
    def array(self) -> np.ndarray:
        """A copy of the codes, float32 [classes, width]."""
        classes, width = c_int64(), c_int64()
        data = lib.idi_style_data(self._raw, byref(classes), byref(width))
        return np.ctypeslib.as_array(data, (classes.value, width.value)).copy()

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array.astype(dtype or np.float32, copy=False)

    def __repr__(self) -> str:
        return f"<idinject.Style {list(self.array.shape)}>"


def raw_list(objects: Any) -> Any:
    """C's array of pointers to objects; it does not keep them."""
    return (ctypes.c_void_p * len(objects))(*[o._raw for o in objects])
