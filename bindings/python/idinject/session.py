# SPDX-License-Identifier: Apache-2.0
"""Sessions: a generator, planned for one batch and run often."""

from __future__ import annotations

import threading
from ctypes import byref, c_int, c_uint64
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Sequence

import numpy as np

from . import _structs as s
from ._arrays import bytes_array, expect, memory, writable
from ._callbacks import Guard
from ._library import Error, Handle, Status, call, make, options, report, text_bytes
from .values import Identity, Style, doubles, raw_list

if TYPE_CHECKING:
    from .model import Model


def _options(batch: int, precision: Optional[str], plain: bool, label_mix: bool, identity: bool,
             noise: bool) -> s.SessionOptions:
    wanted = options("idi_session_options_init", s.SessionOptions)
    wanted.batch, wanted.precision, wanted.is_plain = batch, text_bytes(precision), int(plain)
    wanted.has_label_mix, wanted.is_identity_off, wanted.has_noise = int(label_mix), int(not identity), int(noise)
    return wanted


def plan(model: "Model", batch: int = 1, precision: Optional[str] = None, plain: bool = False, *,
         label_mix: bool = False, identity: bool = True, noise: bool = False) -> Dict[str, int]:
    """What a session would take, before anything is allocated: bytes, nodes, multiply-accumulates."""
    found = report(s.PlanReport)
    wanted = _options(batch, precision, plain, label_mix, identity, noise)
    call("idi_session_plan", model._raw, byref(wanted), byref(found))
    return {field[0]: getattr(found, field[0]) for field in s.PlanReport._fields_[1:]}


class Session:
    """Takes its memory once; runs allocate nothing in the library. Calls from several threads wait for
    each other; sessions of their own run side by side, because the GIL is released meanwhile.

    plain: the network as published, nothing folded. label_mix: generate() mixes the codes of two label
    maps. identity=False: no identity is injected, and none is read. noise: SEAN's noise is added, by
    generate()'s noise_seeds.
    """

    def __init__(self, model: "Model", batch: int = 1, precision: Optional[str] = None, plain: bool = False, *,
                 label_mix: bool = False, identity: bool = True, noise: bool = False):
        self.model, self.batch = model, batch
        self.size = model.info.size
        wanted = _options(batch, precision, plain, label_mix, identity, noise)
        self._raw = make("idi_session_create", model._raw, byref(wanted))
        self._lock = threading.Lock()
        self._handle = Handle("session", self._raw, model._handle)

    def _one_each(self, what: str, given: Optional[Sequence[Any]]) -> None:
        if given is not None and len(given) != self.batch:
            raise Error(f"session: {len(given)} of {what}, want one for each of {self.batch} images", Status.SHAPE)

    def _references(self, styles: Optional[Sequence[Style]], identities: Optional[Sequence[Identity]]) -> Any:
        self._one_each("style", styles)
        self._one_each("identity", identities)
        return [None if given is None else raw_list(given) for given in (styles, identities)]

    def _labels(self, labels: Any) -> np.ndarray:
        array = bytes_array(labels, "labels")
        if array.shape == (self.size, self.size) and self.batch == 1:
            array = array[None]
        if array.shape != (self.batch, self.size, self.size):
            raise Error(f"labels: shape {list(array.shape)}, want {[self.batch, self.size, self.size]}",
                        Status.SHAPE)
        return array

    def _mix(self, run: s.Generate, other_labels: Any, label_amounts: Any) -> Any:
        """The members of a label mix; returns what has to live as long as the run."""
        others = None if other_labels is None else self._labels(other_labels)
        if others is not None:
            run.other_labels = others.ctypes.data
        if label_amounts is not None:
            amounts = np.asarray(label_amounts, np.float64)
            if amounts.shape != (self.batch, self.model.info.classes):
                raise Error(f"label_amounts: shape {list(amounts.shape)}, want "
                            f"{[self.batch, self.model.info.classes]}", Status.SHAPE)
            run.label_amounts = doubles(amounts.ravel().tolist())
        return others

    def generate(self, labels: Any, styles: Optional[Sequence[Style]] = None,
                 identities: Optional[Sequence[Identity]] = None, *, other_labels: Any = None,
                 label_amounts: Any = None, noise_seeds: Optional[Sequence[int]] = None,
                 should_stop: Optional[Callable[[], Any]] = None, out: Any = None, dtype: Any = np.uint8) -> Any:
        """Makes `batch` images: [batch, size, size, 3], uint8, or float32 from -1 to 1.

        labels: [batch, size, size] class indices; NumPy or DLPack on the host. out: memory to write to
        instead (its type counts, not `dtype`); NumPy or DLPack on the host, returned as it is. A bad
        image does not fail the others: `out` has them, and Error.samples says which. styles: None for
        models that take none (SPADE).

        other_labels, label_amounts: of a session with label_mix; a second label map as `labels`, and
        [batch, classes] amounts of its codes, from 0 (`labels`) to 1. noise_seeds: [batch], of a session
        with noise. should_stop: called between steps; True ends the run with Error CANCELLED.
        """
        array = self._labels(labels)
        shape = (self.batch, self.size, self.size, 3)
        image = np.empty(shape, dtype) if out is None else out
        kind = np.dtype(dtype) if out is None else memory(out).dtype
        if kind not in (np.dtype(np.uint8), np.dtype(np.float32)):
            raise Error(f"image: have {kind}, want uint8 or float32", Status.ARG)
        target = writable(image, kind, shape, "out")
        run = options("idi_generate_init", s.Generate)
        run.labels = array.ctypes.data
        run.styles, run.identities = self._references(styles, identities)
        others = self._mix(run, other_labels, label_amounts)
        self._one_each("noise_seeds", noise_seeds)
        if noise_seeds is not None:
            run.noise_seeds = (c_uint64 * self.batch)(*noise_seeds)
        guard = Guard()
        if should_stop is not None:
            run.should_stop = s.STOP(lambda _user: guard.run(lambda: not should_stop()))
        if kind == np.uint8:
            run.rgb_out = target.pointer
        else:
            run.image_out = target.pointer
        statuses = (c_int * self.batch)()
        run.sample_status = statuses
        try:
            with self._lock:
                guard.call("idi_session_generate", self._raw, byref(run))
        except Error as failed:
            failed.samples = tuple(Status(status) for status in statuses)
            raise
        del others  # kept until here
        return image

    def enqueue(self, labels: Any, styles: Optional[Sequence[Style]] = None,
                identities: Optional[Sequence[Identity]] = None, *, out: Any, stream: int = 0) -> Any:
        """Puts a run in order on a CUDA stream, from and to memory of the session's device, and returns
        `out` without waiting. On the CPU the run is done on return.

        labels: uint8 [batch, size, size], out: float32 [batch, size, size, 3]; DLPack (PyTorch, CuPy,
        JAX) or __cuda_array_interface__, contiguous, used in place: keep both until the stream is
        through. stream: the number of a cudaStream_t, with PyTorch
        torch.cuda.current_stream().cuda_stream.
        """
        shape = (self.batch, self.size, self.size)
        source, target = memory(labels, stream), memory(out, stream)
        expect(source, np.uint8, shape, "labels")
        expect(target, np.float32, shape + (3,), "out")
        run = options("idi_enqueue_init", s.Enqueue)
        run.stream = stream or None
        run.labels, run.image_out = source.pointer, target.pointer
        run.styles, run.identities = self._references(styles, identities)
        with self._lock:
            call("idi_session_enqueue", self._raw, byref(run))
        return out
