# SPDX-License-Identifier: Apache-2.0
"""The structs and callbacks of include/idinject/*.h. A test holds every size and offset against
what the C compiler says."""

import ctypes
from ctypes import (CFUNCTYPE, POINTER, c_char, c_char_p, c_double, c_float, c_int, c_int64, c_size_t,
                    c_uint, c_uint64, c_uint8, c_void_p)

LOG = CFUNCTYPE(None, c_void_p, c_int, c_char_p)
STOP = CFUNCTYPE(c_int, c_void_p)


class Bitmap(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("width", c_int64), ("height", c_int64), ("channels", c_int)]


class Landmarks(ctypes.Structure):
    _fields_ = [("x", c_float * 5), ("y", c_float * 5)]


class ContextOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("device", c_char_p), ("memory_limit_bytes", c_size_t),
                ("alloc", c_void_p), ("free", c_void_p), ("allocator_user", c_void_p), ("log", LOG),
                ("log_user", c_void_p), ("precision", c_char_p),
                ("device_memory_limit_bytes", c_size_t), ("device_alloc", c_void_p),
                ("device_free", c_void_p), ("device_allocator_user", c_void_p)]


class MemoryReport(ctypes.Structure):
    _fields_ = [(name, c_size_t) for name in (
        "struct_size", "current_bytes", "peak_bytes", "device_current_bytes", "device_peak_bytes",
        "weight_bytes", "activation_bytes", "workspace_bytes", "activation_peak_bytes",
        "workspace_peak_bytes")] + [("allocation_count", c_int64)]


class DeviceInfo(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("id", c_char * 24), ("name", c_char * 256),
                ("compute_capability", c_int), ("memory_bytes", c_size_t), ("is_usable", c_int),
                ("reason", c_char * 512)]


class ModelInfo(ctypes.Structure):
    _fields_ = ([("struct_size", c_size_t)]
                + [(name, c_char_p) for name in ("arch", "config", "licence", "training_data",
                                                 "recogniser", "fingerprint")]
                + [(name, c_int64) for name in ("tensor_count", "parameter_count", "size", "classes",
                                                "style_width", "identity_dim")]
                + [("is_generator", c_int)])


class ConvertOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("arch", c_char_p), ("config_path", c_char_p),
                ("licence", c_char_p), ("training_data", c_char_p), ("recogniser", c_char_p),
                ("recogniser_fingerprint", c_char_p)]


class SessionOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("batch", c_int64), ("precision", c_char_p),
                ("is_plain", c_int), ("has_noise", c_int), ("has_label_mix", c_int),
                ("is_identity_off", c_int)]


class PlanReport(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("activation_bytes", c_size_t),
                ("workspace_bytes", c_size_t), ("node_count", c_int64), ("macs", c_int64),
                ("plain_macs", c_int64)]


class Generate(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("labels", c_void_p), ("styles", POINTER(c_void_p)),
                ("identities", POINTER(c_void_p)), ("image_out", c_void_p), ("rgb_out", c_void_p),
                ("sample_status", POINTER(c_int)), ("should_stop", STOP), ("stop_user", c_void_p),
                ("noise_seeds", POINTER(c_uint64)), ("other_labels", c_void_p),
                ("label_amounts", POINTER(c_double))]


class Enqueue(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("stream", c_void_p), ("labels", c_void_p),
                ("styles", POINTER(c_void_p)), ("identities", POINTER(c_void_p)),
                ("image_out", c_void_p)]


class GenerateFileOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("model", c_char_p), ("labels", c_char_p), ("style", c_char_p),
                ("style_labels", c_char_p), ("scheme", c_char_p), ("identity", c_char_p),
                ("recogniser", c_char_p), ("identity_strength", c_double), ("precision", c_char_p),
                ("out", c_char_p), ("save_flags", c_uint), ("is_plain", c_int), ("has_noise", c_int),
                ("noise_seed", c_uint64), ("mean_style", c_char_p)]


class Job(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("labels", c_char_p), ("style", c_char_p),
                ("style_labels", c_char_p), ("identity", c_char_p), ("identity_strength", c_double),
                ("out", c_char_p), ("noise_seed", c_uint64), ("labels_value", POINTER(Bitmap)),
                ("other_labels", POINTER(Bitmap)), ("label_amounts", POINTER(c_double)),
                ("style_value", c_void_p), ("identity_value", c_void_p), ("is_identity_off", c_int)]


NEXT = CFUNCTYPE(c_int, c_void_p, c_int64, POINTER(Job))
DONE = CFUNCTYPE(c_int, c_void_p, c_int64, c_int)


class JobFile(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("bytes", c_void_p), ("byte_count", c_size_t),
                ("sha256", c_char_p)]


FILE = CFUNCTYPE(c_int, c_void_p, c_int64, POINTER(JobFile))


class BatchOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("generator", c_void_p), ("recogniser", c_void_p),
                ("batch", c_int64), ("thread_count", c_int), ("most_references", c_int64),
                ("scheme", c_char_p), ("precision", c_char_p), ("is_plain", c_int),
                ("has_noise", c_int), ("mean_style", c_void_p), ("save_flags", c_uint),
                ("jpeg_quality", c_int), ("is_unwritten", c_int),
                ("next", NEXT), ("done", DONE), ("file", FILE), ("user", c_void_p),
                ("copies", POINTER(c_void_p)), ("copy_count", c_int)]


class BatchReport(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("made", c_int64), ("failed", c_int64),
                ("styles", c_int64), ("identities", c_int64)]


PROGRESS = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int64, c_int64)


class AttackOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("steps", c_int64), ("rate", c_double), ("ssim", c_double),
                ("has_styles", c_int), ("progress", PROGRESS), ("user", c_void_p)]


class ExplanationInfo(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("size", c_int64), ("blocks", c_int64), ("classes", c_int64),
                ("tokens", c_int64)]


class EvaluationData(ctypes.Structure):
    _fields_ = ([("struct_size", c_size_t)]
                + [(name, c_char_p) for name in ("source", "folder", "identities", "mapping", "scheme")]
                + [(name, c_int64) for name in ("size", "first_person", "people", "first_photo", "photos")])


class EvaluateOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("data", EvaluationData), ("seed", c_uint64),
                ("calibration_share", c_double), ("most_genuine", c_int64), ("most_impostors", c_int64),
                ("replicates", c_int64), ("level", c_double), ("attacks", c_int64),
                ("strengths", POINTER(c_double)), ("strength_count", c_int64), ("cues", c_int64),
                ("search_steps", c_int64), ("search_ssim", c_double), ("search_rate", c_double),
                ("search_against", c_int64), ("search_has_styles", c_int), ("robustness", c_int),
                ("leverage", c_int64), ("batch", c_int64), ("thread_count", c_int), ("report_path", c_char_p),
                ("scores_path", c_char_p), ("sheet_path", c_char_p), ("progress", PROGRESS),
                ("user", c_void_p)]


class Measured(ctypes.Structure):
    _fields_ = [("value", c_double), ("low", c_double), ("high", c_double)]


class RateAtFar(ctypes.Structure):
    _fields_ = [("far", c_double), ("is_supported", c_int), ("threshold", c_double), ("tar", Measured)]


class RecogniserResult(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("people", c_int64), ("photos", c_int64), ("genuine", c_int64),
                ("impostors", c_int64), ("pairs_hash", c_char * 17), ("at", RateAtFar * 3),
                ("eer", Measured), ("auc", Measured), ("rank1", Measured)]


class AttackAtFar(ctypes.Structure):
    _fields_ = [("far", c_double), ("is_supported", c_int), ("success", Measured), ("passes", Measured)]


class AttackedRecogniser(ctypes.Structure):
    _fields_ = [("at", AttackAtFar * 3), ("own_to_photo", Measured), ("to_second", Measured),
                ("rank1", Measured)]


class GeneratorResult(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("people", c_int64), ("photos", c_int64), ("pairs", c_int64),
                ("pairs_hash", c_char * 17), ("own_ssim", c_double), ("attack_ssim", c_double),
                ("attack_ssim_face", c_double), ("recogniser_count", c_int64),
                ("recognisers", AttackedRecogniser * 8)]


class TrainingProgress(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("step", c_int64), ("steps", c_int64), ("first_step", c_int64),
                ("loss", c_double), ("gradient_norm", c_double), ("images_per_second", c_double),
                ("seconds_left", c_double), ("is_validated", c_int), ("is_silent", c_int), ("tar", c_double),
                ("eer", c_double), ("own_similarity", c_double), ("injected_similarity", c_double)]


TRAINING = CFUNCTYPE(c_int, c_void_p, POINTER(TrainingProgress))


class TrainingOptions(ctypes.Structure):
    _fields_ = [("struct_size", c_size_t), ("recipe", c_char_p), ("network", c_char_p), ("folder", c_char_p),
                ("progress", TRAINING), ("user", c_void_p)]


class DLTensor(ctypes.Structure):
    """Of DLPack, not of libidinject; a DLManagedTensor begins with it."""
    _fields_ = [("data", c_void_p), ("device_type", c_int), ("device_id", c_int), ("ndim", c_int),
                ("code", c_uint8), ("bits", c_uint8), ("lanes", ctypes.c_uint16),
                ("shape", POINTER(c_int64)), ("strides", POINTER(c_int64)),
                ("byte_offset", ctypes.c_uint64)]
