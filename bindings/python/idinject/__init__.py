# SPDX-License-Identifier: Apache-2.0
"""Faces from a label map (where), a style (how) and an identity (who).

    import idinject

    generator = idinject.Model.load("generator.safetensors", recogniser="recogniser.safetensors")
    face = generator.generate("where.png", style="how.png", identity="who.png")
    idinject.save_image("face.png", face)

Images are uint8 [H, W, 3], label maps uint8 [H, W] with class indices in CelebAMask-HQ's order.
Arrays come in as NumPy or through DLPack (PyTorch, CuPy, JAX) and go out as NumPy, or into memory
of the caller's. Failures are idinject.Error. All calls release the GIL.
"""

from ._library import Error, Status, version as __version__
from .attack import AttackResult
from .context import (DEGRADATIONS, Context, Device, class_index, convert, default_context, degrade,
                      devices, draw_portrait, load_image, load_labels, resize, save_image, take_labels,
                      write_random_model)
from .files import BatchReport, generate_file, run_batch
from .model import Model, ModelInfo
from .session import Session
from .values import Average, Identity, Style

__all__ = [
    "AttackResult", "Average", "BatchReport", "Context", "DEGRADATIONS", "Device", "Error", "Identity", "Model",
    "ModelInfo", "Session", "Status", "Style", "__version__", "class_index", "convert", "default_context", "degrade",
    "devices", "draw_portrait", "generate_file", "load_image", "load_labels", "resize", "run_batch",
    "save_image", "take_labels", "write_random_model",
]
