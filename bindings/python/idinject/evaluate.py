# SPDX-License-Identifier: Apache-2.0
"""How well a recogniser tells people apart, and what images with an injected identity achieve."""

from __future__ import annotations

from ctypes import byref
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

from . import _structs as s
from ._callbacks import Guard
from ._library import options, path_bytes, report, text_bytes
from .context import Path
from .model import Model
from .values import doubles, raw_list

Progress = Callable[[str, int, int], Any]


class EvaluationData(NamedTuple):
    """Which photographs of which people: source "portraits" (drawn), "celebamask" (CelebAMask-HQ as
    published) or "paired" (folder/images and folder/labels). folder, identities (identity_CelebA.txt),
    mapping and scheme: of the latter two. size: side in pixels, of a recogniser. people: how many, 0 for
    all; photos: of each at most, 0 for all; portraits need both."""
    source: str = "portraits"
    folder: Optional[Path] = None
    identities: Optional[Path] = None
    mapping: Optional[Path] = None
    scheme: Optional[str] = None
    size: int = 256
    first_person: int = 0
    people: int = 0
    first_photo: int = 0
    photos: int = 0


class Measured(NamedTuple):
    """A number and its interval."""
    value: float
    low: float
    high: float


class RateAtFar(NamedTuple):
    """At a false acceptance rate: the cosine from which pairs are accepted, and the true acceptance rate.
    None: there are not 1/far impostor pairs."""
    far: float
    threshold: Optional[float]
    tar: Optional[Measured]


class RecogniserResult(NamedTuple):
    """`at`: for 1e-2, 1e-3 and 1e-4. eer: equal error rate. auc: area under the ROC. rank1: closed-set
    identification; None: nobody to look for. pairs_hash: of the photographs' people and all pairs."""
    people: int
    photos: int
    genuine: int
    impostors: int
    pairs_hash: str
    at: List[RateAtFar]
    eer: Measured
    auc: Measured
    rank1: Optional[Measured]


class AttackAtFar(NamedTuple):
    """At a false acceptance rate, how often images with a second person's identity are accepted as that
    one (success) and as the first one (passes). None: as of RateAtFar."""
    far: float
    success: Optional[Measured]
    passes: Optional[Measured]


class AttackedRecogniser(NamedTuple):
    """What one recogniser says: `at` the first of the strengths; the cosine of the image with the own
    identity to its photograph; the cosine to another photograph of the second person, and how often that
    one is the nearest of all."""
    at: List[AttackAtFar]
    own_to_photo: Measured
    to_second: Measured
    rank1: Measured


class GeneratorResult(NamedTuple):
    """own_ssim: images with the own identity against the photograph. attack_ssim: at the first of the
    strengths, against the image without injection; attack_ssim_face: the same inside the face, None if
    no picture has one. recognisers: in the order given."""
    people: int
    photos: int
    pairs: int
    pairs_hash: str
    own_ssim: float
    attack_ssim: float
    attack_ssim_face: Optional[float]
    recognisers: List[AttackedRecogniser]


def _measured(found: s.Measured) -> Measured:
    return Measured(found.value, found.low, found.high)


def _if(is_there: Any, found: s.Measured) -> Optional[Measured]:
    return _measured(found) if is_there else None


def _data(data: EvaluationData, wanted: s.EvaluationData) -> None:
    for name in ("folder", "identities", "mapping"):
        setattr(wanted, name, path_bytes(getattr(data, name)))
    wanted.source, wanted.scheme = data.source.encode(), text_bytes(data.scheme)
    for name in ("size", "first_person", "people", "first_photo", "photos"):
        setattr(wanted, name, getattr(data, name))


def _options(data: EvaluationData, report_path: Optional[Path], scores_path: Optional[Path], threads: int,
             **numbers: Any) -> s.EvaluateOptions:
    wanted = options("idi_evaluate_options_init", s.EvaluateOptions)
    _data(data, wanted.data)
    wanted.report_path, wanted.scores_path = path_bytes(report_path), path_bytes(scores_path)
    wanted.thread_count = threads
    for name, value in numbers.items():
        setattr(wanted, name, value)
    return wanted


def evaluate_recogniser(recogniser: Model, data: EvaluationData, *, seed: int = 0, calibration_share: float = 0.5,
                        most_genuine: int = 200000, most_impostors: int = 200000, replicates: int = 2000,
                        level: float = 0.95, cues: int = 0, batch: int = 8, threads: int = 1,
                        report_path: Optional[Path] = None, scores_path: Optional[Path] = None,
                        progress: Optional[Progress] = None) -> RecogniserResult:
    """Judges a recogniser (docs/evaluation.md): impostor pairs of one part of the people, of
    calibration_share, give thresholds, genuine pairs of the others the rates; intervals, of `level`, by
    so many replicates of the bootstrap over people. seed: of the pairs, of which there are most_genuine
    and most_impostors at most (0: all). cues: so many people at most are drawn with parts of somebody
    else's face, of portraits. report_path: JSON, everything; scores_path: CSV, each pair with its score.

    progress: hears what is done, how much of it and of how much, and may return False to end with Error
    CANCELLED. Other errors: ARG (options; fewer than two people in a part; nobody with two photographs;
    not a recogniser), those of reading photographs, NUMERIC, IO.
    """
    guard, found = Guard(), report(s.RecogniserResult)
    wanted = _options(data, report_path, scores_path, threads, seed=seed, calibration_share=calibration_share,
                      most_genuine=most_genuine, most_impostors=most_impostors, replicates=replicates, level=level,
                      cues=cues, batch=batch, progress=guard.progress(progress))
    guard.call("idi_evaluate_recogniser", recogniser._raw, byref(wanted), byref(found))
    at = [RateAtFar(rate.far, rate.threshold if rate.is_supported else None, _if(rate.is_supported, rate.tar))
          for rate in found.at]
    return RecogniserResult(found.people, found.photos, found.genuine, found.impostors, found.pairs_hash.decode(), at,
                            _measured(found.eer), _measured(found.auc), _if(found.rank1.value >= 0, found.rank1))


def _attacked(found: s.AttackedRecogniser) -> AttackedRecogniser:
    at = [AttackAtFar(rate.far, _if(rate.is_supported, rate.success), _if(rate.is_supported, rate.passes))
          for rate in found.at]
    return AttackedRecogniser(at, _measured(found.own_to_photo), _measured(found.to_second), _measured(found.rank1))


def evaluate_generator(generator: Model, data: EvaluationData, recognisers: Optional[Sequence[Model]] = None, *,
                       seed: int = 0, calibration_share: float = 0.5, most_genuine: int = 200000,
                       most_impostors: int = 200000, replicates: int = 2000, level: float = 0.95, attacks: int = 600,
                       strengths: Sequence[float] = (1.0,), search_steps: int = -1, search_ssim: float = 0.9,
                       search_rate: float = 0.1, search_against: int = 1, search_styles: bool = False,
                       robustness: bool = False, leverage: int = 0, batch: int = 8, threads: int = 1,
                       report_path: Optional[Path] = None, scores_path: Optional[Path] = None,
                       sheet_path: Optional[Path] = None, progress: Optional[Progress] = None) -> GeneratorResult:
    """Judges a generator: for so many pairs of people as `attacks` says, images are made from a
    photograph of the first person with the own identity and with one that goes as far to the second
    person's (1) as each of `strengths` says, and held against other photographs of both.

    recognisers: 1 to 8; the first reads the identities, the others judge alone; None: the generator's own.
    search_steps: besides strengths, an identity that is searched by gradient in so many steps (0: the best
    of five strengths, -1: none), against the first search_against recognisers, as Model.attack() with
    search_ssim, search_rate and search_styles. robustness: images are judged again after each of
    DEGRADATIONS. leverage: of so many pairs images are made in which one thing alone is the second
    person's; what each moves is in the report. sheet_path: PNG, some pairs' pictures. Others and errors as of evaluate_recogniser(), and
    ENCODER (the first recogniser is another than the generator's). data.size is not looked at.
    """
    guard, found = Guard(), report(s.GeneratorResult)
    judges = [generator.recogniser] if recognisers is None else list(recognisers)
    wanted = _options(data, report_path, scores_path, threads, seed=seed, calibration_share=calibration_share,
                      most_genuine=most_genuine, most_impostors=most_impostors, replicates=replicates, level=level,
                      attacks=attacks, strengths=doubles(list(strengths)), strength_count=len(strengths),
                      search_steps=search_steps, search_ssim=search_ssim, search_rate=search_rate,
                      search_against=search_against, search_has_styles=int(search_styles),
                      robustness=int(robustness), leverage=leverage, batch=batch, sheet_path=path_bytes(sheet_path),
                      progress=guard.progress(progress))
    guard.call("idi_evaluate_generator", generator._raw, raw_list(judges), len(judges), byref(wanted), byref(found))
    face = found.attack_ssim_face
    return GeneratorResult(found.people, found.photos, found.pairs, found.pairs_hash.decode(), found.own_ssim,
                           found.attack_ssim, None if face == -1.0 else face,
                           [_attacked(one) for one in found.recognisers[:found.recogniser_count]])
