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
from .context import (DEGRADATIONS, Context, Device, class_colour, class_index, class_name, convert, default_context,
                      degrade, devices, draw_portrait, load_image, load_labels, resize, save_animation, save_image,
                      take_labels, write_random_model)
from .evaluate import (AttackAtFar, AttackedRecogniser, EvaluationData, GeneratorResult, Measured, RateAtFar,
                       RecogniserResult, evaluate_generator, evaluate_recogniser)
from .explain import Explanation
from .files import BatchReport, generate_file, run_batch
from .model import Model, ModelInfo
from .session import Session
from .train import TrainingProgress, train
from .values import Average, Identity, Style

__all__ = [
    "AttackAtFar", "AttackResult", "AttackedRecogniser", "Average", "BatchReport", "Context", "DEGRADATIONS", "Device",
    "Error", "EvaluationData", "Explanation", "GeneratorResult", "Identity", "Measured", "Model", "ModelInfo",
    "RateAtFar", "RecogniserResult", "Session", "Status", "Style", "TrainingProgress", "__version__", "class_colour",
    "class_index", "class_name", "convert", "default_context", "degrade", "devices", "draw_portrait",
    "evaluate_generator", "evaluate_recogniser", "generate_file", "load_image", "load_labels", "resize", "run_batch",
    "save_animation", "save_image", "take_labels", "train", "write_random_model",
]
