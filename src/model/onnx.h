/* SPDX-License-Identifier: Apache-2.0 */
/* model/onnx.h - reading ONNX files as far as recognisers want it: the graph's nodes in their order
 * and its constants. A file is a protobuf message; every length in it is checked before use. */
#ifndef IDI_MODEL_ONNX_H
#define IDI_MODEL_ONNX_H

#include "core/memory.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IDI_ONNX_INPUTS = 8, IDI_ONNX_RANK = 4 };

/* A piece of the file: a name, or a message. Not terminated. */
typedef struct idi_onnx_span {
    const uint8_t *at;
    size_t bytes;
} idi_onnx_span;

/* A constant of floats. */
typedef struct idi_onnx_tensor {
    idi_onnx_span name;
    int rank;
    int64_t dim[IDI_ONNX_RANK];
    idi_onnx_span data; /* little-endian f32 */
} idi_onnx_tensor;

typedef struct idi_onnx_node {
    idi_onnx_span op; /* "Conv" */
    idi_onnx_span inputs[IDI_ONNX_INPUTS];
    int input_count;   /* beyond the limit they are counted, not kept */
    idi_onnx_span out; /* the first output */
    idi_onnx_span message;
} idi_onnx_node;

typedef struct idi_onnx {
    idi_memory *memory;
    uint8_t *file;
    idi_onnx_node *nodes; /* but for Identity, which is resolved */
    int64_t node_count;
    idi_onnx_tensor *tensors; /* initialisers of up to four dimensions, of floats */
    int64_t tensor_count;
    idi_onnx_span input; /* the first that is no constant */
} idi_onnx;

/* Whether a path is called so: "*.onnx". */
bool idi_onnx_is_named(const char *path);

/* Reads the whole file. Errors: IO, FORMAT, NOMEM. */
IDI_NODISCARD idi_status idi_onnx_open(idi_memory *memory, const char *path, idi_onnx *onnx_out);
void idi_onnx_close(idi_onnx *onnx);

bool idi_onnx_same(idi_onnx_span a, idi_onnx_span b);
bool idi_onnx_is(const idi_onnx_node *node, const char *op);
/* NULL if there is none. */
const idi_onnx_tensor *idi_onnx_find_tensor(const idi_onnx *onnx, idi_onnx_span name);
int64_t idi_onnx_count(const idi_onnx_tensor *tensor);
/* The index'th element of a node's attribute of whole numbers; `usual` if the node has none. */
int64_t idi_onnx_int(const idi_onnx_node *node, const char *name, int index, int64_t usual);
/* The same for a float. */
double idi_onnx_float(const idi_onnx_node *node, const char *name, double usual);

#endif
