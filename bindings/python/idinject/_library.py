# SPDX-License-Identifier: Apache-2.0
"""Finds and loads the shared library, declares its functions, and turns failures into exceptions.

ctypes, because it is in every Python: no compiler on the user's side, one wheel for all versions of
Python, and each call releases the GIL.
"""

import ctypes
import ctypes.util
import enum
import os
import weakref
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_uint, c_uint64, c_uint8, c_void_p

from . import _structs as s


class Status(enum.IntEnum):
    """What a call of the library returns; the names are those of idi_status without IDI_ERR_."""
    OK = 0
    ARG = -1
    STATE = -2
    NOMEM = -3
    SHAPE = -4
    IO = -5
    FORMAT = -6
    WEIGHTS = -7
    LABELS = -8
    ENCODER = -9
    NUMERIC = -10
    DEVICE = -11
    UNSUPPORTED = -12
    CANCELLED = -13
    INTERNAL = -14


class Error(RuntimeError):
    """A failure: its sentence, `status`, and `trace`, where in the library it arose. `samples`: of a
    batch in which some images failed, each one's status; the others are made."""

    def __init__(self, message, status, trace=""):
        super().__init__(message)
        self.status = Status(status)
        self.trace = trace
        self.samples = ()


def _candidates():
    given = os.environ.get("IDINJECT_LIBRARY")
    if given:
        return [given]
    bundled = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libidinject.so")
    if os.path.exists(bundled):
        return [bundled]
    return ["libidinject.so.0.1", ctypes.util.find_library("idinject") or "libidinject.so"]


def _load():
    reasons = []
    for name in _candidates():
        try:
            return ctypes.CDLL(name)
        except OSError as reason:
            reasons.append(str(reason))
    raise ImportError("idinject: the shared library cannot be loaded ("
                      + "; ".join(reasons) + "). Install it, or name it in IDINJECT_LIBRARY.")


_P, _S = c_void_p, c_char_p
_BITMAP = POINTER(s.Bitmap)
# name: parameters; all return an idi_status
_CALLS = {
    "idi_context_create": [POINTER(s.ContextOptions), POINTER(_P)],
    "idi_context_memory": [_P, POINTER(s.MemoryReport)],
    "idi_device_get_info": [c_int, POINTER(s.DeviceInfo)],
    "idi_model_load": [_P, _S, POINTER(_P)],
    "idi_model_load_recogniser": [_P, POINTER(_P)],
    "idi_model_get_info": [_P, POINTER(s.ModelInfo)],
    "idi_model_file_init": [_P, _S, _S, c_uint64, _S],
    "idi_model_file_convert": [_P, _S, POINTER(s.ConvertOptions), _S],
    "idi_bitmap_load": [_P, _S, _BITMAP],
    "idi_bitmap_load_labels": [_P, _S, _S, _BITMAP],
    "idi_bitmap_save": [_P, _S, _BITMAP, c_uint],
    "idi_bitmap_save_animation": [_P, _S, _BITMAP, c_int64, c_int64, c_uint],
    "idi_bitmap_resize": [_P, _BITMAP, c_int64, c_int64, _BITMAP],
    "idi_bitmap_degrade": [_P, _BITMAP, c_int, c_uint64, _BITMAP],
    "idi_portrait_draw": [_P, c_uint64, c_uint64, c_int64, _BITMAP, _BITMAP, POINTER(s.Landmarks)],
    "idi_identity_from_image": [_P, _BITMAP, POINTER(_P)],
    "idi_identity_from_array": [_P, _P, c_int64, _S, POINTER(_P)],
    "idi_context_product_rate": [_P, c_char_p, c_int64, POINTER(c_double)],
    "idi_identity_similarity": [_P, _P, POINTER(c_double)],
    "idi_identity_slerp": [_P, _P, c_double, POINTER(_P)],
    "idi_identity_mix": [POINTER(_P), POINTER(c_double), c_int64, POINTER(_P)],
    "idi_identity_average": [POINTER(_P), c_int64, c_double, POINTER(c_int), POINTER(c_double), POINTER(_P)],
    "idi_style_from_image": [_P, _BITMAP, _BITMAP, POINTER(_P)],
    "idi_style_from_noise": [_P, c_uint64, _BITMAP, POINTER(_P)],
    "idi_style_complete": [_P, _P, POINTER(_P)],
    "idi_style_mix": [_P, _P, POINTER(c_double), c_int64, POINTER(_P)],
    "idi_style_table": [POINTER(_P), c_int64, POINTER(c_int32), c_int64, c_int64, POINTER(_P)],
    "idi_style_average": [POINTER(_P), c_int64, POINTER(_P)],
    "idi_labels_take": [_P, _BITMAP, _BITMAP, POINTER(c_int64), c_int64, _BITMAP],
    "idi_style_from_array": [_P, _P, c_int64, c_int64, POINTER(_P)],
    "idi_session_create": [_P, POINTER(s.SessionOptions), POINTER(_P)],
    "idi_session_plan": [_P, POINTER(s.SessionOptions), POINTER(s.PlanReport)],
    "idi_session_generate": [_P, POINTER(s.Generate)],
    "idi_session_enqueue": [_P, POINTER(s.Enqueue)],
    "idi_generate_file": [_P, POINTER(s.GenerateFileOptions)],
    "idi_attack_search": [_P, POINTER(_P), POINTER(_P), c_int64, _BITMAP, _P, _P, _P, POINTER(s.AttackOptions),
                          POINTER(_P)],
    "idi_attack_result_cosine": [_P, c_int64, POINTER(c_double), POINTER(c_double)],
    "idi_batch_run": [POINTER(s.BatchOptions), POINTER(s.BatchReport)],
    "idi_explain": [_P, _BITMAP, _P, _P, POINTER(_P)],
    "idi_explanation_get_info": [_P, POINTER(s.ExplanationInfo)],
    "idi_evaluate_recogniser": [_P, POINTER(s.EvaluateOptions), POINTER(s.RecogniserResult)],
    "idi_evaluate_generator": [_P, POINTER(_P), c_int64, POINTER(s.EvaluateOptions),
                               POINTER(s.GeneratorResult)],
    "idi_train": [_P, POINTER(s.TrainingOptions), POINTER(s.TrainingProgress)],
}
_OTHERS = {
    "idi_version": (_S, []),
    "idi_status_name": (_S, [c_int]),
    "idi_last_error": (_S, []),
    "idi_last_error_trace": (_S, []),
    "idi_device_count": (c_int, []),
    "idi_context_device": (_S, [_P]),
    "idi_class_index": (c_int64, [_S]),
    "idi_class_name": (_S, [c_int64]),
    "idi_class_colour": (POINTER(c_uint8), [c_int64]),
    "idi_context_trim": (None, [_P]),
    "idi_identity_data": (POINTER(c_float), [_P, POINTER(c_int64)]),
    "idi_identity_fingerprint": (_S, [_P]),
    "idi_style_data": (POINTER(c_float), [_P, POINTER(c_int64), POINTER(c_int64)]),
    "idi_attack_result_image": (_BITMAP, [_P]),
    "idi_attack_result_reference": (_BITMAP, [_P]),
    "idi_attack_result_identity": (_P, [_P]),
    "idi_attack_result_style": (_P, [_P]),
    "idi_attack_result_ssim": (c_double, [_P]),
    "idi_explanation_image": (_BITMAP, [_P]),
    "idi_explanation_map": (POINTER(c_float), [_P, c_int64, POINTER(c_int64)]),
    "idi_explanation_regions": (POINTER(c_float), [_P, c_int64]),
    "idi_bitmap_free": (None, [_P, _BITMAP]),
}
_INITS = {
    "idi_context_options_init": s.ContextOptions, "idi_session_options_init": s.SessionOptions,
    "idi_generate_init": s.Generate, "idi_enqueue_init": s.Enqueue,
    "idi_generate_file_init": s.GenerateFileOptions, "idi_job_init": s.Job,
    "idi_batch_options_init": s.BatchOptions, "idi_convert_options_init": s.ConvertOptions,
    "idi_attack_options_init": s.AttackOptions, "idi_evaluate_options_init": s.EvaluateOptions,
    "idi_training_options_init": s.TrainingOptions,
}
_DESTROYS = ["context", "model", "identity", "style", "session", "attack_result", "explanation"]


def _declare(library):
    for name, arguments in _CALLS.items():
        getattr(library, name).argtypes = arguments
        getattr(library, name).restype = c_int
    for name, (result, arguments) in _OTHERS.items():
        getattr(library, name).argtypes = arguments
        getattr(library, name).restype = result
    for name, struct in _INITS.items():
        getattr(library, name).argtypes = [POINTER(struct)]
        getattr(library, name).restype = None
    for name in _DESTROYS:
        getattr(library, f"idi_{name}_destroy").argtypes = [POINTER(_P)]
        getattr(library, f"idi_{name}_destroy").restype = None


lib = _load()
lib.idi_version.restype = c_char_p
version = lib.idi_version().decode()
# The structs above are of this version; a minor version may change them.
if version.split(".")[:2] != ["0", "1"]:
    raise ImportError(f"idinject: the library is version {version}, want 0.1")
_declare(lib)


def check(status):
    """Raises the failure that the library tells of. (Its sentence is kept for each thread.)"""
    if status:
        message = lib.idi_last_error().decode(errors="replace") or lib.idi_status_name(status).decode()
        raise Error(message, status, lib.idi_last_error_trace().decode(errors="replace"))


def call(name, *arguments):
    check(getattr(lib, name)(*arguments))


def options(init, struct):
    """A struct with its defaults."""
    made = struct()
    getattr(lib, init)(byref(made))
    return made


def report(struct):
    made = struct()
    made.struct_size = ctypes.sizeof(struct)
    return made


def make(name, *arguments):
    """Calls a function whose last parameter is where it leaves an object."""
    raw = c_void_p()
    call(name, *arguments, byref(raw))
    return raw.value


class Handle:
    """Owns an object of the library, and keeps the handle of what it was made from. Destruction is
    left to weakref.finalize, which also runs at exit, the last made first."""

    def __init__(self, kind, raw, origin=None):
        self.raw = raw
        weakref.finalize(self, _destroy, kind, raw, origin)


def _destroy(kind, raw, _origin):
    getattr(lib, f"idi_{kind}_destroy")(byref(c_void_p(raw)))


def path_bytes(path):
    return None if path is None else os.fsencode(path)


def text_bytes(text):
    return None if text is None else text.encode()
