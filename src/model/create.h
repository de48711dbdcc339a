/* SPDX-License-Identifier: Apache-2.0 */
/* model/create.h - writing model files: seeded random weights, and imports. */
#ifndef IDI_MODEL_CREATE_H
#define IDI_MODEL_CREATE_H

#include "model/config.h"

/* A parameter's random values as idi_model_create_random has them, in the file's order. Spectrally
 * normalised weights have PyTorch's default and their vectors unit length; a discriminator's other
 * weights are Xavier's with gain 0.02 and its biases 0, as in the published trainings. */
void idi_parameter_fill_random(const idi_value_info *parameter, uint64_t seed, float *values_out);

/* Random weights: He-normal for matrices and kernels, norms 1 and 0 with small deviations, so that
 * every parameter matters. A value depends on (seed, tensor name, index) alone. */
IDI_NODISCARD idi_status idi_model_create_random(idi_memory *memory, const idi_model_config *config,
                                                 uint64_t seed, const char *path);

typedef struct idi_import_options {
    const char *arch;        /* NULL: recognised; also "adaface" and "cvlface" (model/adaface.h) */
    const char *config_path; /* NULL: inferred */
    const char *licence, *training_data, *recogniser; /* NULL: not noted */
    const char *recogniser_fingerprint;               /* of its weights; NULL: not noted */
} idi_import_options;

/* From a state dictionary as safetensors or, where the name ends so, from an .onnx file of an
 * IResNet (model/onnx_iresnet.h). */
IDI_NODISCARD idi_status idi_model_import(idi_memory *memory, const char *in_path,
                                          const idi_import_options *options, const char *out_path);

#endif
