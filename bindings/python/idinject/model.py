# SPDX-License-Identifier: Apache-2.0
"""Models: generators and recognisers."""

from __future__ import annotations

import os
import threading
from ctypes import byref
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from . import _structs as s
from ._arrays import bitmap, bytes_array, host
from ._library import Error, Handle, Status, call, make, path_bytes, report
from .attack import AttackResult, search
from .context import Context, Path, default_context, load_image, load_labels, resize
from .explain import Explanation, explain
from .session import Session, plan
from .values import Identity, Style


class ModelInfo(NamedTuple):
    """What a model file says, as idi_model_info."""
    arch: str
    config: str
    licence: str
    training_data: str
    recogniser: str
    fingerprint: str
    tensor_count: int
    parameter_count: int
    size: int
    classes: int
    style_width: int
    identity_dim: int
    is_generator: bool


def _is_path(x: Any) -> bool:
    return isinstance(x, (str, bytes, os.PathLike))


def _image(x: Any) -> np.ndarray:
    return load_image(x) if _is_path(x) else bytes_array(x, "image")


def _read_info(raw: int) -> ModelInfo:
    found = report(s.ModelInfo)
    call("idi_model_get_info", raw, byref(found))
    values: Dict[str, Any] = {name: getattr(found, name) for name in ModelInfo._fields}
    for name, value in values.items():
        if isinstance(value, bytes):
            values[name] = value.decode(errors="replace")
    values["is_generator"] = bool(values["is_generator"])
    return ModelInfo(**values)


class Model:
    """A generator or a recogniser: immutable weights, for any number of threads and sessions."""

    def __init__(self, raw: int, context: Context):
        self._raw, self.context = raw, context
        self._handle = Handle("model", raw, context._handle)
        self.info: ModelInfo = _read_info(raw)
        self._recogniser: Optional[Model] = None
        self._sessions: Dict[int, Session] = {}
        self._lock = threading.Lock()

    @classmethod
    def load(cls, path: Path, device: str = "auto", *, precision: Optional[str] = None,
             recogniser: Union[Path, "Model", None] = None, context: Optional[Context] = None) -> "Model":
        """Loads and checks a model file. Models of one device and precision share a context.

        recogniser: for a generator, what reads identities in photographs; None: the file that the
        generator's names, beside it, when it is first needed.
        """
        context = context or default_context(device, precision)
        model = cls(make("idi_model_load", context._raw, path_bytes(path)), context)
        if recogniser is not None:
            model._recogniser = recogniser if isinstance(recogniser, Model) else cls.load(recogniser, context=context)
        return model

    @property
    def recogniser(self) -> "Model":
        """The recogniser that reads identities for this generator."""
        with self._lock:
            if self._recogniser is None:
                self._recogniser = Model(make("idi_model_load_recogniser", self._raw), self.context)
            return self._recogniser

    def embed(self, face: Any) -> Identity:
        """The identity that this recogniser reads in an aligned, square face: a path, or uint8
        [H, W, 3] (NumPy or DLPack on the host)."""
        array = _image(face)
        return Identity(make("idi_identity_from_image", self._raw, byref(bitmap(array))), self.context)

    def encode_style(self, photo: Any, labels: Any, *, scheme: Optional[str] = None) -> Style:
        """The look of each region: paths or arrays, uint8 [H, W, 3] and [H, W]."""
        image = _image(photo)
        regions = load_labels(labels, scheme) if _is_path(labels) else bytes_array(labels, "labels")
        return Style(make("idi_style_from_image", self._raw, byref(bitmap(image)), byref(bitmap(regions))),
                     self.context)

    def style_of_noise(self, seed: int, labels: Any, *, scheme: Optional[str] = None) -> Style:
        """A look that nobody has, by the model's mapping network, if it has one; zeros for classes that
        the label map lacks."""
        regions = load_labels(labels, scheme) if _is_path(labels) else bytes_array(labels, "labels")
        return Style(make("idi_style_from_noise", self._raw, seed, byref(bitmap(regions))), self.context)

    def session(self, batch: int = 1, *, precision: Optional[str] = None, plain: bool = False,
                label_mix: bool = False, identity: bool = True, noise: bool = False) -> Session:
        """A session of its own, for a loop or a thread. label_mix, identity and noise: see Session."""
        return Session(self, batch, precision, plain, label_mix=label_mix, identity=identity, noise=noise)

    def plan(self, batch: int = 1, *, precision: Optional[str] = None, plain: bool = False,
             label_mix: bool = False, identity: bool = True, noise: bool = False) -> Dict[str, int]:
        """What such a session would take, before anything is allocated."""
        return plan(self, batch, precision, plain, label_mix=label_mix, identity=identity, noise=noise)

    def _session(self, batch: int) -> Session:
        with self._lock:
            if batch not in self._sessions:
                while len(self._sessions) >= 2:  # each keeps its memory
                    self._sessions.pop(next(iter(self._sessions)))
                self._sessions[batch] = Session(self, batch)
            return self._sessions[batch]

    def _label_maps(self, labels: Any, scheme: Optional[str]) -> Tuple[np.ndarray, bool]:
        """[batch, size, size], and whether it was one map alone."""
        if _is_path(labels):
            found = load_labels(labels, scheme)
            side = self.info.size
            if found.shape != (side, side):
                found = resize(found, side, side)
        else:
            found = bytes_array(labels, "labels")
        return (found[None], True) if found.ndim == 2 else (found, False)

    def _styles(self, style: Any, maps: np.ndarray, scheme: Optional[str]) -> Any:
        if isinstance(style, Style):
            return [style] * len(maps)
        if isinstance(style, list):
            return [self._styles(one, maps[i:i + 1], scheme)[0] for i, one in enumerate(style)]
        photo, regions = style if isinstance(style, tuple) else (style, None)
        if regions is None and len(maps) > 1:
            raise Error("style: a photograph for several label maps needs its own: (photo, labels)", Status.ARG)
        return [self.encode_style(photo, maps[0] if regions is None else regions, scheme=scheme)] * len(maps)

    def _identities(self, identity: Any, count: int) -> Any:
        if isinstance(identity, list):
            return [self._identities(one, 1)[0] for one in identity]
        if isinstance(identity, Identity):
            return [identity] * count
        if not _is_path(identity) and host(identity).dtype.kind == "f":
            return [Identity.from_array(identity, context=self.context)] * count
        return [self.recogniser.embed(identity)] * count

    def generate(self, labels: Any, style: Any = None, identity: Any = None, *, scheme: Optional[str] = None,
                 out: Any = None, dtype: Any = np.uint8) -> Any:
        """Makes faces: where, how and who.

        labels: a path, or uint8 [size, size] for one image, [batch, size, size] for several.
        style: a Style; a photograph (path or uint8 [H, W, 3]), whose label map is `labels`; a pair
        (photograph, its label map); or a list of those, one for each image. None for generators that
        take no style (SPADE).
        identity: an Identity; numbers (float [D]); a photograph, read by `recogniser`; or a list of
        those. None for generators without identity.
        Returns uint8 (or float32, -1 to 1) [size, size, 3], or [batch, size, size, 3] for several.

        Sessions are kept for the last sizes of batch; loops of their own do better with session().
        """
        maps, is_one = self._label_maps(labels, scheme)
        for what, given in (("style", style), ("identity", identity)):
            if isinstance(given, list) and len(given) != len(maps):
                raise Error(f"{what}: {len(given)} for {len(maps)} label maps, want one for each", Status.SHAPE)
        styles = None if style is None else self._styles(style, maps, scheme)
        identities = None if identity is None else self._identities(identity, len(maps))
        image = self._session(len(maps)).generate(maps, styles, identities, out=out, dtype=dtype)
        return image[0] if is_one and out is None else image

    def attack(self, labels: Any, style: Any, identity: Any, target: Any,
               recognisers: Optional[Sequence["Model"]] = None, *, steps: int = 60, rate: float = 0.1,
               ssim: float = 0.9, styles: bool = False, scheme: Optional[str] = None,
               progress: Optional[Callable[[str, int, int], Any]] = None) -> AttackResult:
        """Searches an identity (with `styles`, style codes too) by which recognisers take one image for
        the person in `target`, while its SSIM to the image without injection stays at `ssim` or above.

        labels, style, identity: of one image, as for generate(). target: a photograph, which each
        recogniser reads. recognisers: those that are attacked; None: `recogniser` alone. progress:
        hears what is done, how much of it and of how much, after each step, and may return False to end
        the search with Error CANCELLED.
        """
        maps, _ = self._label_maps(labels, scheme)
        if len(maps) != 1:
            raise Error(f"attack: {len(maps)} label maps, want one", Status.SHAPE)
        attacked = [self.recogniser] if recognisers is None else list(recognisers)
        photo = _image(target)
        return search(self, attacked, [one.embed(photo) for one in attacked], maps[0],
                      self._styles(style, maps, scheme)[0], self._identities(identity, 1)[0],
                      self.recogniser.embed(photo), steps, rate, ssim, styles, progress)

    def explain(self, labels: Any, style: Any, identity: Any = None, *, scheme: Optional[str] = None) -> Explanation:
        """One image, and how much of each pixel's attention goes to each class's style and to the
        identity: of CA2-SIS. labels, style, identity: as for generate(). The network runs as published,
        in f32. Errors: UNSUPPORTED (SPADE and SEAN have no attention), SHAPE, ENCODER."""
        maps, _ = self._label_maps(labels, scheme)
        if len(maps) != 1:
            raise Error(f"explain: {len(maps)} label maps, want one", Status.SHAPE)
        who = None if identity is None else self._identities(identity, 1)[0]
        return explain(self, maps[0], self._styles(style, maps, scheme)[0], who)

    def __repr__(self) -> str:
        return f"<idinject.Model {self.info.arch}, {self.info.parameter_count} parameters, {self.context.device}>"
