/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/model.h - weights: generators and recognisers. */
#ifndef IDINJECT_MODEL_H
#define IDINJECT_MODEL_H

#include "idinject/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Immutable weights; may be used from any number of threads and sessions at once. */
typedef struct idi_model idi_model;

/** Loads a model file (safetensors) that idi_model_file_init() or _convert() wrote. Every offset,
 * shape and name is checked before use, and weights that are not finite are refused.
 * @param[out] model_out destroy with idi_model_destroy(), before the context.
 * Thread: any.  Errors: IO, FORMAT, WEIGHTS (names the tensor), NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_model_load(idi_context *context, const char *path,
                                                idi_model **model_out);
IDI_API void idi_model_destroy(idi_model **model);

/** Loads the recogniser that a generator's file names, from the same folder.
 * Thread: any.  Errors: ARG (it names none), and those of idi_model_load(). */
IDI_API IDI_NODISCARD idi_status idi_model_load_recogniser(const idi_model *generator,
                                                           idi_model **recogniser_out);

/** Pointers are the model's and live as long. */
typedef struct idi_model_info {
    size_t struct_size;
    const char *arch;    /**< "ca2sis", "ca2sis-id", "spade", "sean", "iresnet", "mobilefacenet",
                                    "facenet" */
    const char *config;  /**< JSON */
    const char *licence; /**< of the weights; "" if the file does not say */
    const char *training_data; /**< "" if the file does not say */
    const char *recogniser;  /**< generators: file name of the recogniser it was made for, or "" */
    const char *fingerprint; /**< of the weights, 16 hexadecimal digits */
    int64_t tensor_count;
    int64_t parameter_count;
    int64_t size;         /**< generators: image side; recognisers: input side */
    int64_t classes;      /**< generators: label classes, otherwise 0 */
    int64_t style_width;  /**< generators: length of a style code, 0 if it takes none; else 0 */
    int64_t identity_dim; /**< identity length that it takes or makes; 0: none */
    int is_generator;
} idi_model_info;

/** @param[in,out] info struct_size set by the caller. Thread: any. */
IDI_API IDI_NODISCARD idi_status idi_model_get_info(const idi_model *model, idi_model_info *info);

/** Writes a model file with seeded random weights, for tests and benchmarks.
 * @param[in] arch "ca2sis", "ca2sis-id", "spade", "sean", "iresnet18", "iresnet34", "iresnet50",
 *            "iresnet100", "mobilefacenet", "facenet".
 * @param[in] config_path JSON with members to change from the architecture's defaults; or NULL.
 * Errors: ARG (unknown architecture), FORMAT (configuration; names the member), IO. Thread: any. */
IDI_API IDI_NODISCARD idi_status idi_model_file_init(idi_context *context, const char *arch,
                                                     const char *config_path, uint64_t seed,
                                                     const char *out_path);

typedef struct idi_convert_options {
    size_t struct_size;
    const char *arch; /**< NULL: recognised from the names. Also "adaface" and "cvlface": AdaFace's
                           networks become IResNets, those of its own repository ("adaface"), which
                         are fed BGR, such that they take RGB */
    const char *config_path;   /**< NULL: inferred from the shapes */
    const char *licence;       /**< noted in the file; may be NULL */
    const char *training_data; /**< noted in the file; may be NULL */
    const char *recogniser;    /**< noted in the file; may be NULL */
    /** The recogniser's idi_model_info.fingerprint, noted in the file: identities of others are
     * then refused. May be NULL. */
    const char *recogniser_fingerprint;
} idi_convert_options;

IDI_API void idi_convert_options_init(idi_convert_options *options);

/** Turns a PyTorch state dictionary, saved as safetensors, into a model file. Spectrally normalised
 * layers (weight_orig, weight_u, weight_v) become plain ones. A name that ends in .onnx is an ONNX
 * file: of an IResNet, with its batch norms folded or not, as insightface's packages have them;
 * other graphs are refused with the layer where they differ. Errors: FORMAT, WEIGHTS (a tensor that
 * is missing, left over or of another shape, by name), IO. Thread: any. */
IDI_API IDI_NODISCARD idi_status idi_model_file_convert(idi_context *context, const char *in_path,
                                                        const idi_convert_options *options,
                                                        const char *out_path);

#ifdef __cplusplus
}
#endif
#endif
