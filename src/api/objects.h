/* SPDX-License-Identifier: Apache-2.0 */
/* api/objects.h - what the opaque objects hold. */
#ifndef IDI_API_OBJECTS_H
#define IDI_API_OBJECTS_H

#include "graph/session.h"
#include "idinject/idinject.h"
#include "model/network.h"
#include "model/weights.h"

enum { IDI_FINGERPRINT_BYTES = 17 };

typedef struct idi_device idi_device; /* backends.c */
typedef struct idi_placed idi_placed; /* placed.c */

struct idi_context {
    idi_memory *memory;
    idi_device *device;
    char *precision; /* of what names none */
    void (*log)(void *user, idi_severity severity, const char *message);
    void *log_user;
};

struct idi_model {
    idi_context *context;
    idi_model_config config;
    idi_generator_traits traits;
    idi_weights *weights;
    idi_placed *placed; /* on the context's device, filled as sessions ask */
    char *path;
    char *json;
    char *licence;
    char *training_data;
    char *recogniser;
    char *recogniser_fingerprint; /* "": identities of any are taken */
    char fingerprint[IDI_FINGERPRINT_BYTES];
};

struct idi_identity {
    idi_context *context;
    char fingerprint[IDI_FINGERPRINT_BYTES]; /* "" if unknown */
    int64_t count;
    float *data;
};

struct idi_style {
    idi_context *context;
    int64_t classes, width;
    float *data;
};

/* A message through the context's log. */
void idi_context_log(const idi_context *context, idi_severity severity, const char *format, ...)
    IDI_PRINTF(3, 4);

/* Checks struct_size of a struct from outside against the smallest that ever was. */
#define IDI_REQUIRE_STRUCT(pointer, type)                                                          \
    IDI_REQUIRE((pointer) && (pointer)->struct_size >= sizeof(type), IDI_ERR_ARG,                  \
                #type ": struct_size is not set; call its _init function first")

/* backends.c: the one place that knows which devices exist. */
IDI_NODISCARD idi_status idi_device_open(idi_memory *memory, const idi_context_options *options,
                                         idi_device **device_out);
/* After everything that was opened on it. */
void idi_device_close(idi_device **device);
const char *idi_device_name(const idi_device *device); /* "cpu", "cuda:0" */
/* The GPU's name, or why there is none; "" where the CPU was asked for. */
const char *idi_device_note(const idi_device *device);
/* Memory of the device's own; zeros for the CPU, whose memory is the context's. */
void idi_device_get_stats(const idi_device *device, idi_memory_stats *stats_out);
void idi_device_trim(const idi_device *device);
/* UNSUPPORTED if the device has no such precision. NULL: "f32". */
IDI_NODISCARD idi_status idi_device_check_precision(const idi_device *device, const char *name);
/* A session's backend. Thread: any; the backend itself is for one thread at a time. */
IDI_NODISCARD idi_status idi_device_backend_open(const idi_device *device, const char *precision,
                                                 idi_backend **backend_out);
void idi_device_backend_close(const idi_device *device, idi_backend **backend);

/* placed.c */
IDI_NODISCARD idi_status idi_placed_create(const idi_model *model, idi_placed **placed_out);
/* After every session of the model. */
void idi_placed_destroy(idi_placed **placed_weights);
/* Where the model's weights lie for sessions on the backend, placed there if they were not yet. */
IDI_NODISCARD idi_status idi_model_source(const idi_model *model, idi_backend *backend,
                                          idi_parameter_source *source_out, void **user_out);
/* A session of one of the model's networks on its weights. */
IDI_NODISCARD idi_status idi_model_session_create(const idi_model *model, const idi_graph *graph,
                                                  idi_backend *backend,
                                                  idi_graph_session **session_out);

/* session_references.c: whether the model can make sample `sample` of these. Errors: ARG (there is
 * none), SHAPE, ENCODER. */
IDI_NODISCARD idi_status idi_model_check_references(const idi_model *model, const idi_style *style,
                                                    const idi_identity *identity, int64_t sample);

/* Labels [size, size] of a bitmap that may have another size; values checked against classes.
 * The caller frees with idi_free. */
IDI_NODISCARD idi_status idi_labels_for_network(idi_context *context, const idi_bitmap *labels,
                                                int64_t size, int64_t classes,
                                                uint8_t **labels_out);
/* RGB bitmap to floats [size, size, 3], resized. The caller frees with idi_free. */
IDI_NODISCARD idi_status idi_image_for_network(idi_context *context, const idi_bitmap *image,
                                               int64_t size, float **image_out);
/* IDI_ERR_NUMERIC if a number is not finite. */
IDI_NODISCARD idi_status idi_require_finite(const char *what, const float *data, int64_t count);

#endif
