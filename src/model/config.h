/* SPDX-License-Identifier: Apache-2.0 */
/* model/config.h - which network a model file holds, and at what widths: as a struct, as JSON, and
 * as read off the shapes of a state dictionary's tensors.
 *
 * The JSON has the member "arch" and the members of the network's config struct under their own
 * names, flat:
 *   {"arch": "ca2sis-id", "size": 256, ..., "modulation": "group", "has_tanh": true,
 *    "block_count": 5, "blocks": [{"channels": 256, "heads": 8, "head_dim": 64,
 *                                  "has_self_attention": true}, ...]}
 *   {"arch": "sean", "size": 256, "classes": 19, "width": 64, "spade_hidden": 128,
 *    "style_dim": 512}
 *   {"arch": "iresnet", "input_side": 112, "embedding_dim": 512, "width": 64,
 *    "blocks": [3, 4, 14, 3]}
 * A recogniser's kind follows from "arch". A member that is left out has the published value at
 * the given "size" and "code_side"; an unknown member is an error. */
#ifndef IDI_MODEL_CONFIG_H
#define IDI_MODEL_CONFIG_H

#include "model/safetensors.h"
#include "nets/ca2sis.h"
#include "nets/recogniser.h"
#include "nets/spade.h"

/* Keys of a model file's metadata. All but the first are free text. */
#define IDI_METADATA_CONFIG        "idinject.config"
#define IDI_METADATA_LICENCE       "idinject.licence"
#define IDI_METADATA_TRAINING_DATA "idinject.training_data"
#define IDI_METADATA_RECOGNISER    "idinject.recogniser"  /* the one a generator was made for */
#define IDI_METADATA_FINGERPRINT   "idinject.fingerprint" /* of the recogniser's weights */

typedef enum idi_arch {
    IDI_ARCH_CA2SIS,
    IDI_ARCH_CA2SIS_ID,
    IDI_ARCH_SPADE,
    IDI_ARCH_SEAN,
    IDI_ARCH_IRESNET,
    IDI_ARCH_MOBILEFACENET,
    IDI_ARCH_FACENET,
    IDI_ARCH_COUNT
} idi_arch;

typedef struct idi_model_config {
    idi_arch arch;
    union {
        idi_ca2sis_config generator;      /* CA2SIS, CA2SIS_ID */
        idi_spade_config spade;           /* SPADE, SEAN */
        idi_recogniser_config recogniser; /* IRESNET, MOBILEFACENET, FACENET */
    };
} idi_model_config;

/* "ca2sis", "ca2sis-id", "spade", "sean", "iresnet", "mobilefacenet", "facenet". */
const char *idi_arch_name(idi_arch arch);
bool idi_arch_is_generator(idi_arch arch);
/* CA2SIS or CA2SIS_ID. */
bool idi_arch_is_ca2sis(idi_arch arch);

/* What a generator takes and makes, whichever it is; zeros for a recogniser. */
typedef struct idi_generator_traits {
    int64_t size;         /* image side */
    int64_t classes;      /* of its label maps */
    int64_t style_width;  /* length of a style code; 0: it takes labels alone */
    int64_t identity_dim; /* 0: it takes no identity */
} idi_generator_traits;
idi_generator_traits idi_config_traits(const idi_model_config *config);

/* The published setting of an architecture by name: the names above and iresnet18, 34, 50 and 100;
 * "iresnet" alone is iresnet50. `size` is the image side of a generator, 0 for 256; recognisers do
 * not look at it. */
IDI_NODISCARD idi_status idi_config_init(const char *arch_name, int64_t size,
                                         idi_model_config *config_out);

/* The network's own check, and arch against it: a plain ca2sis has no identity_dim, ca2sis-id has
 * one; spade has no style_dim, sean has one. */
IDI_NODISCARD idi_status idi_config_check(const idi_model_config *config);

/* JSON to struct; what comes out passes the check. Errors: FORMAT (not JSON, unknown member, wrong
 * type), ARG (a value out of range). */
IDI_NODISCARD idi_status idi_config_parse(const char *text, size_t bytes,
                                          idi_model_config *config_out);
/* The same from a file that a user wrote. arch_name: what a file without "arch" describes, and a
 * file with it may not contradict; NULL: it must say. */
IDI_NODISCARD idi_status idi_config_read(idi_memory *memory, const char *path,
                                         const char *arch_name, idi_model_config *config_out);
/* Struct to JSON on one line, all members written. The caller frees *text_out with idi_free. */
IDI_NODISCARD idi_status idi_config_format(idi_memory *memory, const idi_model_config *config,
                                           char **text_out);

/* Whether all members are equal. (False, too, where memory for the comparison is lacking.) */
bool idi_config_equal(const idi_model_config *a, const idi_model_config *b);

/* Reads the setting off the names and shapes of a PyTorch state dictionary. arch_name: NULL to
 * recognise the architecture too, otherwise the file must hold it. Five things are not in the
 * shapes. SPADE's and SEAN's side: 256. FaceNet's: 160. Heads: an inner width from 256 on that 64
 * divides is heads of 64, else heads of 32, below 32 heads of 8. Group norm's groups: 32, or the
 * largest power of two that divides all channels. The final tanh: absent only from a plain ca2sis
 * without noise encoder (the first public revision). Errors: WEIGHTS (a tensor is missing or its
 * shape fits no network of the kind). */
IDI_NODISCARD idi_status idi_config_infer(const idi_safetensors *file, const char *arch_name,
                                          idi_model_config *config_out);

/* The setting written in the file's metadata; of a file without, the inferred one. */
IDI_NODISCARD idi_status idi_config_of_file(const idi_safetensors *file, const char *arch_name,
                                            idi_model_config *config_out);

#endif
