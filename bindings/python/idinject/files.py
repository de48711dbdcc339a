# SPDX-License-Identifier: Apache-2.0
"""Files in, files out: one image, or many with files read and written meanwhile."""

from __future__ import annotations

import ctypes
from ctypes import byref, pointer
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional

import numpy as np

from . import _structs as s
from ._arrays import bitmap, bytes_array
from ._callbacks import Guard
from ._library import Error, Status, call, check, options, path_bytes, report, text_bytes
from .context import Context, Path, default_context
from .model import Model
from .values import Identity, Style, doubles

_JOB = ("labels", "style", "style_labels", "identity", "identity_strength", "out", "noise_seed", "other_labels",
        "label_amounts")


def generate_file(model: Path, labels: Path, style: Optional[Path], out: Path, *, identity: Optional[Path] = None,
                  style_labels: Optional[Path] = None, recogniser: Optional[Path] = None,
                  identity_strength: float = 1.0, scheme: Optional[str] = None, precision: Optional[str] = None,
                  plain: bool = False, noise_seed: Optional[int] = None, mean_style: Optional[Path] = None,
                  mark: bool = True, context: Optional[Context] = None) -> None:
    """Makes one image from files. style: a photograph; None for models that take none (SPADE). identity:
    a photograph or an .npy embedding; None: the style photograph. out: .png, .jpg, or .npy (float32
    [1, 3, H, W]). plain: the network as published, nothing folded. Of SEAN: noise_seed adds its noise,
    mean_style (.npy, [classes, width]) has codes for classes that the photograph lacks."""
    wanted = options("idi_generate_file_init", s.GenerateFileOptions)
    for name, path in (("model", model), ("labels", labels), ("style", style), ("style_labels", style_labels),
                       ("identity", identity), ("recogniser", recogniser), ("mean_style", mean_style), ("out", out)):
        setattr(wanted, name, path_bytes(path))
    wanted.scheme, wanted.precision = text_bytes(scheme), text_bytes(precision)
    wanted.identity_strength, wanted.is_plain = identity_strength, int(plain)
    wanted.has_noise, wanted.noise_seed = int(noise_seed is not None), noise_seed or 0
    wanted.save_flags = 0 if mark else 1
    call("idi_generate_file", (context or default_context())._raw, byref(wanted))


class BatchReport(NamedTuple):
    """What a batch did; `failures` has (index, sentence) of the jobs that failed."""
    made: int
    failed: int
    styles: int
    identities: int
    failures: List[Any]


def _label_map(labels: Any, what: str) -> Any:
    """A pointer to a bitmap of an array, and what it is of."""
    array = bytes_array(labels, what)
    if array.ndim != 2:
        raise Error(f"{what}: shape {list(array.shape)}, want [H, W]", Status.SHAPE)
    return pointer(bitmap(array)), array


def _label_amounts(amounts: Any, classes: int) -> Any:
    numbers = np.asarray(amounts, np.float64)
    if numbers.shape != (classes,):
        raise Error(f"label_amounts: shape {list(numbers.shape)}, want {[classes]}", Status.SHAPE)
    return doubles(numbers.tolist())


def _is_value(value: Any) -> bool:
    return isinstance(value, np.ndarray) or hasattr(value, "__dlpack__")


def _fill(job: s.Job, given: Mapping[str, Any], classes: int) -> List[Any]:
    """A job of the library's; returns what has to live as long as it."""
    unknown = set(given) - set(_JOB)
    if unknown:
        raise TypeError(f"a job has no {', '.join(sorted(unknown))}; it has {', '.join(_JOB)}")
    kept: List[Any] = [given]
    for name, value in given.items():
        if value is None:
            continue
        if name in ("identity_strength", "noise_seed"):
            setattr(job, name, value)
        elif name == "label_amounts":
            kept.append(_label_amounts(value, classes))
            job.label_amounts = kept[-1]
        elif name == "other_labels" or (name == "labels" and _is_value(value)):
            place, array = _label_map(value, name)
            setattr(job, "labels_value" if name == "labels" else name, place)
            kept += [place, array]
        elif isinstance(value, (Style, Identity)):
            setattr(job, name + "_value", value._raw)
        elif name == "identity" and value is False:
            job.is_identity_off = 1
        else:
            kept.append(path_bytes(value))
            setattr(job, name, kept[-1])
    return kept


class _Run:
    """The three callbacks of a batch."""

    def __init__(self, generator: Model, jobs: Iterable[Mapping[str, Any]],
                 done: Optional[Callable[[int, Optional[Error]], Any]],
                 file: Optional[Callable[[int, bytes, str], Any]]):
        self.guard = Guard()
        self.jobs, self.done, self.file = iter(jobs), done, file
        self.classes = generator.info.classes
        self.kept: Dict[int, List[Any]] = {}  # what jobs in work point to
        self.failures: List[Any] = []

    def _begin(self, index: int, job: s.Job) -> Any:
        given = next(self.jobs, None)
        if given is None:
            return False
        self.kept[index] = _fill(job, given, self.classes)
        return True

    def next(self, _user: Any, index: int, job: Any) -> int:
        # The end of the jobs is no stop.
        is_there = [False]
        self.guard.run(lambda: is_there.__setitem__(0, self._begin(index, job.contents)))
        return int(is_there[0])

    def write(self, _user: Any, index: int, file: Any) -> int:
        made = file.contents
        return self.guard.run(lambda: self.file(index, ctypes.string_at(made.bytes, made.byte_count),
                                                made.sha256.decode()))

    def _failure(self, index: int, status: int) -> Optional[Error]:
        try:
            check(status)
        except Error as failed:
            self.failures.append((index, str(failed)))
            return failed
        return None

    def hear(self, _user: Any, index: int, status: int) -> int:
        error = self._failure(index, status)
        self.kept.pop(index, None)
        return self.guard.run(self.done, index, error)


def run_batch(generator: Model, jobs: Iterable[Mapping[str, Any]], *, recogniser: Optional[Model] = None,
              batch: int = 1, threads: int = 1, scheme: Optional[str] = None, precision: Optional[str] = None,
              plain: bool = False, noise: bool = False, mean_style: Optional[Style] = None, references: int = 256,
              quality: int = 95, mark: bool = True, done: Optional[Callable[[int, Optional[Error]], Any]] = None,
              file: Optional[Callable[[int, bytes, str], Any]] = None, write: bool = True) -> BatchReport:
    """Makes an image for each job, with files read and written by threads while the generator runs; people
    are encoded once. A job is a mapping with

    labels: a path, or uint8 [H, W], square, in the order "celebamask"; style: a path or a Style, with a
    photograph's label map in style_labels (else `labels`); identity: a path, an Identity, or False for
    none, not even the style photograph's; identity_strength: of a path, 0 to 1; out: a path that ends in
    .png, .jpg or .npy; noise_seed, with `noise`; and other_labels (uint8 [H, W]) with label_amounts
    ([classes]) to mix the codes of two label maps, as Session.generate().

    A bad job fails alone: it is in the report, and `done(index, error)` hears of it. `file(index, bytes,
    sha256)` has what was made before that; with write=False no file is written, and `out` only says the
    format. Both may return False to stop. references: styles and identities kept for jobs to come.
    quality: of JPEGs. mean_style: codes for classes that a photograph lacks (SEAN).
    """
    run = _Run(generator, jobs, done, file)
    wanted = options("idi_batch_options_init", s.BatchOptions)
    wanted.generator = generator._raw
    wanted.recogniser = recogniser._raw if recogniser is not None else None
    wanted.mean_style = mean_style._raw if mean_style is not None else None
    wanted.batch, wanted.thread_count, wanted.most_references = batch, threads, references
    wanted.scheme, wanted.precision = text_bytes(scheme), text_bytes(precision)
    wanted.is_plain, wanted.has_noise, wanted.is_unwritten = int(plain), int(noise), int(not write)
    wanted.save_flags, wanted.jpeg_quality = 0 if mark else 1, quality
    wanted.next, wanted.done = s.NEXT(run.next), s.DONE(run.hear)
    if file is not None:
        wanted.file = s.FILE(run.write)
    found = report(s.BatchReport)
    status = run.guard.status("idi_batch_run", byref(wanted), byref(found))
    if status and not run.failures and status != Status.CANCELLED:
        check(status)
    return BatchReport(found.made, found.failed, found.styles, found.identities, run.failures)
