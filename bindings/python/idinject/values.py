# SPDX-License-Identifier: Apache-2.0
"""Who and how: identities and styles, made once and used often. Both are immutable."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_double, c_int, c_int32, c_int64
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

import numpy as np

from ._arrays import floats_array
from ._library import Error, Handle, Status, call, lib, make, text_bytes
from .context import Context, class_index, default_context


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

    @classmethod
    def mix(cls, identities: Sequence["Identity"], weights: Optional[Sequence[float]] = None) -> "Identity":
        """Several people in one, on the sphere; equal parts, or by weights, 0 or more. Of two it is
        their slerp()."""
        if weights is not None and len(weights) != len(identities):
            raise Error(f"mix: {len(weights)} weights for {len(identities)} identities", Status.SHAPE)
        raw = make("idi_identity_mix", raw_list(identities), doubles(weights), len(identities))
        return cls(raw, identities[0]._context)

    @classmethod
    def average(cls, identities: Sequence["Identity"], least_similarity: float = 0.2) -> "Average":
        """One person from several photographs: those that fewer than half of the others are near (by
        the cosine) are left out, and told by `kept`."""
        kept, similarity = (c_int * len(identities))(), (c_double * len(identities))()
        raw = make("idi_identity_average", raw_list(identities), len(identities), least_similarity, kept, similarity)
        return Average(cls(raw, identities[0]._context), [bool(k) for k in kept], list(similarity))

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array.astype(dtype or np.float32, copy=False)

    def __repr__(self) -> str:
        return f"<idinject.Identity of {len(self.array)} numbers, recogniser {self.fingerprint or 'unknown'}>"


class Average(NamedTuple):
    """What Identity.average() gives: of each photograph, whether it counts, and its similarity to the
    result."""
    identity: Identity
    kept: List[bool]
    similarity: List[float]


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

    def mix(self, other: "Style", amounts: Union[float, Dict[Any, float], Sequence[float]]) -> "Style":
        """Takes `other`'s look class by class: 0 keeps this one's code, 1 is the other's. amounts: one
        number for all classes; by class, as {"hair": 1, "l_eye": 0.5} or with numbers of classes, 0 for
        the others; or a number for each class."""
        classes = len(self.array)
        if isinstance(amounts, dict):
            given, amounts = amounts, [0.0] * classes
            for name, amount in given.items():
                index = class_index(name)
                if index >= classes:
                    raise Error(f"style: there is no class {name}", Status.ARG)
                amounts[index] = amount
        elif isinstance(amounts, (int, float)):
            amounts = [float(amounts)] * classes
        return Style(make("idi_style_mix", self._raw, other._raw, doubles(amounts), len(amounts)), self._context)

    def complete(self, mean: "Style") -> "Style":
        """This style with `mean`'s codes for the classes whose code is zeros (SEAN: absent ones)."""
        return Style(make("idi_style_complete", self._raw, mean._raw), self._context)

    @classmethod
    def table(cls, pool: Sequence["Style"], table: Any) -> List["Style"]:
        """Styles for a batch: table [samples, classes] says which style of the pool each class of each
        sample is taken from."""
        places = np.ascontiguousarray(table, np.int32)
        if places.ndim != 2 or not len(pool):
            raise Error(f"style table: shape {list(places.shape)}, want [samples, classes], and a pool", Status.SHAPE)
        made = (ctypes.c_void_p * len(places))()
        call("idi_style_table", raw_list(pool), len(pool), places.ctypes.data_as(ctypes.POINTER(c_int32)),
             *places.shape, made)
        return [cls(raw, pool[0]._context) for raw in made if raw]

    @classmethod
    def average(cls, styles: Sequence["Style"]) -> "Style":
        """Each class's mean code; codes of zeros (SEAN: absent classes) do not count."""
        return cls(make("idi_style_average", raw_list(styles), len(styles)), styles[0]._context)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.array.astype(dtype or np.float32, copy=False)

    def __repr__(self) -> str:
        return f"<idinject.Style {list(self.array.shape)}>"


def doubles(numbers: Optional[Sequence[float]]) -> Any:
    """C's array of double; None stays None."""
    return None if numbers is None else (c_double * len(numbers))(*numbers)


def raw_list(objects: Any) -> Any:
    """C's array of pointers to objects; it does not keep them."""
    return (ctypes.c_void_p * len(objects))(*[o._raw for o in objects])
