# SPDX-License-Identifier: Apache-2.0
"""Files in, files out: one image, or many with files read and written meanwhile."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Callable, Iterable, List, Mapping, NamedTuple, Optional

from . import _structs as s
from ._library import Error, Status, call, check, lib, options, path_bytes, report, text_bytes
from .context import Context, Path, default_context
from .model import Model

_JOB = ("labels", "style", "style_labels", "identity", "identity_strength", "out")


def generate_file(model: Path, labels: Path, style: Path, out: Path, *, identity: Optional[Path] = None,
                  style_labels: Optional[Path] = None, recogniser: Optional[Path] = None,
                  identity_strength: float = 1.0, scheme: Optional[str] = None, mark: bool = True,
                  context: Optional[Context] = None) -> None:
    """Makes one image from files. identity: a photograph or an .npy embedding; None: the style
    photograph. out: .png, or .npy (float32 [1, 3, H, W])."""
    wanted = options("idi_generate_file_init", s.GenerateFileOptions)
    for name, path in (("model", model), ("labels", labels), ("style", style), ("style_labels", style_labels),
                       ("identity", identity), ("recogniser", recogniser), ("out", out)):
        setattr(wanted, name, path_bytes(path))
    wanted.scheme = text_bytes(scheme)
    wanted.identity_strength = identity_strength
    wanted.save_flags = 0 if mark else 1
    call("idi_generate_file", (context or default_context())._raw, byref(wanted))


class BatchReport(NamedTuple):
    """What a batch did; `failures` has (index, sentence) of the jobs that failed."""
    made: int
    failed: int
    styles: int
    identities: int
    failures: List[Any]


class _Run:
    """The two callbacks. An exception in them stops the run and is raised when it has ended."""

    def __init__(self, jobs: Iterable[Mapping[str, Any]], done: Optional[Callable[[int, Optional[Error]], Any]]):
        self.jobs, self.done = iter(jobs), done
        self.kept: List[Any] = []
        self.failures: List[Any] = []
        self.raised: Optional[BaseException] = None
        self.is_stopped = False

    def next(self, _user: Any, _index: int, job: Any) -> int:
        try:
            given = next(self.jobs, None) if self.raised is None else None
            if given is None:
                return 0
            unknown = set(given) - set(_JOB)
            if unknown:
                raise TypeError(f"a job has no {', '.join(sorted(unknown))}; it has {', '.join(_JOB)}")
            for name, value in given.items():
                if value is not None:
                    value = float(value) if name == "identity_strength" else path_bytes(value)
                    setattr(job.contents, name, value)
                    self.kept.append(value)  # until the next job: the library copies
            self.kept = self.kept[-len(_JOB):]
            return 1
        except BaseException as raised:  # noqa: B902 - nothing may unwind through C
            self.raised = raised
            return 0

    def hear(self, _user: Any, index: int, status: int) -> int:
        try:
            error = None
            if status:
                try:
                    check(status)
                except Error as failed:
                    error = failed
                    self.failures.append((index, str(failed)))
            if self.raised is None and self.done is not None and self.done(index, error) is False:
                self.is_stopped = True
        except BaseException as raised:  # noqa: B902
            self.raised = raised
        return int(self.is_stopped or self.raised is not None)


def run_batch(generator: Model, jobs: Iterable[Mapping[str, Any]], *, recogniser: Optional[Model] = None,
              batch: int = 1, threads: int = 1, scheme: Optional[str] = None, precision: Optional[str] = None,
              mark: bool = True, done: Optional[Callable[[int, Optional[Error]], Any]] = None) -> BatchReport:
    """Makes an image for each job, a mapping with labels, style, out, and if wanted style_labels,
    identity, identity_strength. Files are read and written by threads while the generator runs;
    people are encoded once. A bad job fails alone: it is in the report, and `done(index, error)` hears
    of it. `done` may return False to stop."""
    run = _Run(jobs, done)
    wanted = options("idi_batch_options_init", s.BatchOptions)
    wanted.generator = generator._raw
    wanted.recogniser = recogniser._raw if recogniser is not None else None
    wanted.batch, wanted.thread_count = batch, threads
    wanted.scheme, wanted.precision = text_bytes(scheme), text_bytes(precision)
    wanted.save_flags = 0 if mark else 1
    wanted.next, wanted.done = s.NEXT(run.next), s.DONE(run.hear)
    found = report(s.BatchReport)
    status = lib.idi_batch_run(byref(wanted), byref(found))
    if run.raised is not None:
        raise run.raised
    if status and not run.failures and status != Status.CANCELLED:
        check(status)
    return BatchReport(found.made, found.failed, found.styles, found.identities, run.failures)
