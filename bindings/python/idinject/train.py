# SPDX-License-Identifier: Apache-2.0
"""Training networks from nothing, in a folder that a training can be stopped in and gone on with."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Callable, NamedTuple, Optional

from . import _structs as s
from ._callbacks import Guard
from ._library import Status, check, options, path_bytes, report, text_bytes
from .context import Context, Path, default_context


class TrainingProgress(NamedTuple):
    """Where a training stands, as idi_training_progress. `is_validated`: tar and eer (recognisers) or
    own_similarity and injected_similarity (generators) were measured after this step, of people who are
    not trained on; NaN otherwise. `is_silent`: one of several processes that train together, and another
    one has the same to tell."""
    step: int
    steps: int
    first_step: int
    loss: float
    gradient_norm: float
    images_per_second: float
    seconds_left: float
    is_validated: bool
    is_silent: bool
    tar: float
    eer: float
    own_similarity: float
    injected_similarity: float


def _read(found: s.TrainingProgress) -> TrainingProgress:
    values = {name: getattr(found, name) for name in TrainingProgress._fields}
    for name in ("is_validated", "is_silent"):
        values[name] = bool(values[name])
    return TrainingProgress(**values)


def train(recipe: Path, folder: Path, *, network: Optional[str] = None,
          progress: Optional[Callable[[TrainingProgress], Any]] = None,
          context: Optional[Context] = None) -> TrainingProgress:
    """Trains the network of a recipe, a JSON file (docs/recipes.md), in a folder, which is made if it is
    missing: checkpoint.safetensors, log.csv and, at the end, model.safetensors and loss.svg. Called again
    with the same recipe it goes on from the checkpoint; on the CPU the files are then, to the bit, those
    of a training that nothing interrupted.

    network: "recogniser" or "generator", which the recipe then has to be of. progress: hears of each
    step, before the first one too, and may return False to stop. context: its device trains, at precision
    f32 or, on a GPU, tf32 or bf16; a checkpoint goes on in any.

    Returns where the training stands in the end. Stopped, which is no failure: with step < steps and a
    checkpoint written; so it is after an exception in `progress` or Ctrl-C, which are raised then.
    Errors: STATE (the folder holds a training of another recipe, or another process trains there),
    NUMERIC (the loss is not finite), FORMAT and ARG (the recipe), UNSUPPORTED (precision), IO, NOMEM.
    """
    guard = Guard()
    wanted = options("idi_training_options_init", s.TrainingOptions)
    wanted.recipe, wanted.folder, wanted.network = path_bytes(recipe), path_bytes(folder), text_bytes(network)

    def step(_user: Any, at: Any) -> int:
        return guard.run(progress and (lambda: progress(_read(at.contents))))

    wanted.progress = s.TRAINING(step)
    found = report(s.TrainingProgress)
    status = guard.status("idi_train", (context or default_context())._raw, byref(wanted), byref(found))
    if status != Status.CANCELLED:
        check(status)
    return _read(found)
