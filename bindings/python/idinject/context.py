# SPDX-License-Identifier: Apache-2.0
"""Contexts, devices, pictures and model files."""

from __future__ import annotations

import functools
import logging
import os
from ctypes import byref, c_double, c_int64
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from . import _structs as s
from ._arrays import bitmap, bytes_array, host, take_bitmap
from ._library import Error, Handle, Status, call, lib, make, options, path_bytes, report, text_bytes

Path = Union[str, "os.PathLike[str]"]
_logger = logging.getLogger("idinject")


@s.LOG
def _log(_user, severity, message):
    _logger.log(logging.WARNING if severity else logging.INFO, "%s", message.decode(errors="replace"))


class Device(NamedTuple):
    """What a network can run on; `reason` says why it cannot be used."""
    id: str
    name: str
    compute_capability: int
    memory_bytes: int
    is_usable: bool
    reason: str


def devices() -> List[Device]:
    """The CPU and every GPU. Where there is no GPU, cuda:0 is there with the reason."""
    found = []
    for index in range(lib.idi_device_count()):
        info = report(s.DeviceInfo)
        call("idi_device_get_info", index, byref(info))
        found.append(Device(info.id.decode(), info.name.decode(errors="replace"), info.compute_capability,
                            info.memory_bytes, bool(info.is_usable), info.reason.decode(errors="replace")))
    return found


class Context:
    """A device, its memory and its limits. Log lines go to the logger "idinject".

    device: "auto", "cpu", "cuda" or "cuda:N". precision: "f32", on a GPU "tf32", "bf16" or "f16", on some CPUs "bf16".
    May be used from any thread.
    """

    def __init__(self, device: str = "auto", precision: Optional[str] = None, *,
                 memory_limit: int = 0, device_memory_limit: int = 0):
        wanted = options("idi_context_options_init", s.ContextOptions)
        wanted.device = text_bytes(device)
        wanted.precision = text_bytes(precision)
        wanted.memory_limit_bytes = memory_limit
        wanted.device_memory_limit_bytes = device_memory_limit
        wanted.log = _log
        self._raw = make("idi_context_create", byref(wanted))
        self._handle = Handle("context", self._raw)

    @property
    def device(self) -> str:
        """The device in use: "cpu" or "cuda:0"."""
        return lib.idi_context_device(self._raw).decode()

    def memory(self) -> Dict[str, int]:
        """Bytes in use and at most so far, as idi_memory_report."""
        found = report(s.MemoryReport)
        call("idi_context_memory", self._raw, byref(found))
        return {field[0]: getattr(found, field[0]) for field in s.MemoryReport._fields_[1:]}

    def product_rate(self, side: int = 2048, precision: Optional[str] = None) -> float:
        """How fast the device multiplies square matrices of `side` (16 to 16384), in floating-point
        operations a second: what a session's are held against. precision: the context's by default."""
        flops = c_double()
        call("idi_context_product_rate", self._raw, text_bytes(precision), side, byref(flops))
        return flops.value

    def trim(self) -> None:
        """Gives kept device memory back to the driver."""
        lib.idi_context_trim(self._raw)

    def __repr__(self) -> str:
        return f"<idinject.Context {self.device}>"


@functools.lru_cache(maxsize=None)
def default_context(device: str = "auto", precision: Optional[str] = None) -> Context:
    """The context that calls without one share, one a device and precision."""
    return Context(device, precision)


def load_image(path: Path) -> np.ndarray:
    """A PNG or JPEG as uint8 [H, W, 3], turned upright."""
    raw = s.Bitmap()
    context = default_context("cpu")._raw
    call("idi_bitmap_load", context, path_bytes(path), byref(raw))
    return take_bitmap(context, raw)


def load_labels(path: Path, scheme: Optional[str] = None) -> np.ndarray:
    """A label map as uint8 [H, W] in the order "celebamask"; `scheme` is the file's order."""
    raw = s.Bitmap()
    context = default_context("cpu")._raw
    call("idi_bitmap_load_labels", context, path_bytes(path), text_bytes(scheme), byref(raw))
    return take_bitmap(context, raw)


def save_image(path: Path, image: Any, *, mark: bool = True, drawn: bool = False) -> None:
    """Writes uint8 [H, W, 3], or [H, W] as a label map, as PNG. `mark` says in the file that a model
    made it, `drawn` that an algorithm without training data did."""
    array = bytes_array(image, "image")
    flags = (0 if mark else 1) | (2 if drawn else 0)
    call("idi_bitmap_save", default_context("cpu")._raw, path_bytes(path), byref(bitmap(array)), flags)


def _frames(frames: Any) -> Any:
    """Of an array or a DLPack tensor, its first dimension's; of others, what they have in order."""
    return host(frames) if isinstance(frames, np.ndarray) or hasattr(frames, "__dlpack__") else frames


def save_animation(path: Path, frames: Any, delay_ms: int = 100, *, mark: bool = True, drawn: bool = False) -> None:
    """Writes an animated PNG, which plays again and again; a program that knows PNG alone shows the first
    frame. frames: uint8 [count, H, W, 3], or a sequence of [H, W, 3] of one size, 1 to 2^20. delay_ms: how
    long each is shown, 1 to 65535 milliseconds. mark and drawn: as of save_image()."""
    arrays = [bytes_array(frame, "frame") for frame in _frames(frames)]
    list_of = (s.Bitmap * len(arrays))(*[bitmap(array) for array in arrays])
    flags = (0 if mark else 1) | (2 if drawn else 0)
    call("idi_bitmap_save_animation", default_context("cpu")._raw, path_bytes(path), list_of, len(arrays), delay_ms,
         flags)


def resize(image: Any, width: int, height: int) -> np.ndarray:
    """Antialiased bicubic for [H, W, 3], nearest neighbour for [H, W], both as Pillow does."""
    array = bytes_array(image, "image")
    raw = s.Bitmap()
    context = default_context("cpu")._raw
    call("idi_bitmap_resize", context, byref(bitmap(array)), width, height, byref(raw))
    return take_bitmap(context, raw)


DEGRADATIONS = ("none", "jpeg90", "jpeg70", "jpeg50", "half", "blur", "noise")


def degrade(image: Any, degradation: str, seed: int = 0) -> np.ndarray:
    """What befalls pictures on their way to a recogniser, one of DEGRADATIONS: as a JPEG of a
    quality, at half the size and back, blurred (sigma 1 pixel of 64) or with noise (sigma 5 of 255,
    by the seed). uint8 [H, W, 3] to the same."""
    if degradation not in DEGRADATIONS:
        raise ValueError(f"degradation {degradation!r}, want one of {', '.join(DEGRADATIONS)}")
    array = bytes_array(image, "image")
    raw = s.Bitmap()
    context = default_context("cpu")._raw
    call("idi_bitmap_degrade", context, byref(bitmap(array)), DEGRADATIONS.index(degradation), seed,
         byref(raw))
    return take_bitmap(context, raw)


def class_index(name: Union[str, int]) -> int:
    """The number of a class by its name ("hair", "l_eye"), in CelebAMask-HQ's order; numbers stay."""
    index = name if isinstance(name, int) else lib.idi_class_index(name.encode())
    if index < 0:
        raise Error(f"there is no class {name!r}; want names of CelebAMask-HQ's such as 'hair' or 'l_eye'", Status.ARG)
    return int(index)


def class_name(index: int) -> str:
    """The name of a class by its number, 0 to 18."""
    name = lib.idi_class_name(index)
    if name is None:
        raise Error(f"there is no class {index}, want 0 to 18", Status.ARG)
    return name.decode()


def class_colour(name: Union[str, int]) -> Tuple[int, int, int]:
    """The colour that people see a class in, CelebAMask-HQ's: red, green, blue, 0 to 255."""
    colour = lib.idi_class_colour(class_index(name))
    if not colour:
        raise Error(f"there is no class {name}, want 0 to 18", Status.ARG)
    return colour[0], colour[1], colour[2]


def take_labels(base: Any, other: Any, classes: Sequence[Union[str, int]]) -> np.ndarray:
    """`base` with parts of another person's label map, uint8 [H, W]: the classes are where `other` has
    them, and what that uncovers takes the nearest label."""
    own, parts, taken = bytes_array(base, "base"), bytes_array(other, "other"), s.Bitmap()
    numbers = (c_int64 * len(classes))(*[class_index(name) for name in classes])
    context = default_context("cpu")._raw
    call("idi_labels_take", context, byref(bitmap(own)), byref(bitmap(parts)), numbers, len(classes),
         byref(taken))
    return take_bitmap(context, taken)


def draw_portrait(identity: int, photo: int = 0, size: int = 256) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A procedural portrait, its label map, and its five landmarks as float32 [5, 2] (x, y)."""
    rgb, labels, marks = s.Bitmap(), s.Bitmap(), s.Landmarks()
    context = default_context("cpu")._raw
    call("idi_portrait_draw", context, identity, photo, size, byref(rgb), byref(labels), byref(marks))
    return (take_bitmap(context, rgb), take_bitmap(context, labels),
            np.array([marks.x, marks.y], np.float32).T.copy())


def write_random_model(path: Path, arch: str, *, seed: int = 0, config: Optional[Path] = None) -> None:
    """A model file with seeded random weights, for tests; `config` is a JSON file or None."""
    call("idi_model_file_init", default_context("cpu")._raw, arch.encode(), path_bytes(config), seed,
         path_bytes(path))


def convert(source: Path, path: Path, *, arch: Optional[str] = None, config: Optional[Path] = None,
            licence: Optional[str] = None, training_data: Optional[str] = None,
            recogniser: Optional[str] = None, recogniser_fingerprint: Optional[str] = None) -> None:
    """Turns a PyTorch state dictionary, saved as safetensors, into a model file."""
    wanted = options("idi_convert_options_init", s.ConvertOptions)
    wanted.config_path = path_bytes(config)
    for name, text in (("arch", arch), ("licence", licence), ("training_data", training_data),
                       ("recogniser", recogniser), ("recogniser_fingerprint", recogniser_fingerprint)):
        setattr(wanted, name, text_bytes(text))
    call("idi_model_file_convert", default_context("cpu")._raw, path_bytes(source), byref(wanted),
         path_bytes(path))
