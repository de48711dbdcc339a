/* SPDX-License-Identifier: Apache-2.0 */
/* ops/label_map.h - what the builders that read a label map check about it.
 *
 * Its values cannot be checked where they lie on a device, so every op that reads labels takes all
 * 256: a value that is no class of the op's selects nothing, and reads and writes nothing. */
#ifndef IDI_OPS_LABEL_MAP_H
#define IDI_OPS_LABEL_MAP_H

#include "ops/ops.h"

/* A label is a byte. */
enum { IDI_MAX_CLASSES = 256 };

/* Whether `labels` is u8 [N, Hm, Wm], of `batch` samples unless that is negative; if not, the
 * graph has failed in the name of `op`. */
static inline bool idi_require_label_map(idi_graph *graph, const char *op, idi_value labels,
                                         int64_t batch)
{
    if (idi_graph_has_failed(graph)) return false;
    const idi_shape shape = idi_graph_shape(graph, labels);
    const idi_dtype dtype = labels == IDI_NONE ? IDI_U8 : idi_graph_get_value(graph, labels)->dtype;
    idi_status st = IDI_OK;
    if (dtype != IDI_U8 || shape.rank != 3)
        st = idi_fail(IDI_ERR_SHAPE, "%s: labels are %s %s, want u8 [N, Hm, Wm]", op,
                      idi_dtype_name(dtype), idi_shape_format(&shape).text);
    else if (batch >= 0 && shape.dim[0] != batch)
        st = idi_fail(IDI_ERR_SHAPE, "%s: labels %s are of %lld samples, want %lld", op,
                      idi_shape_format(&shape).text, (long long)shape.dim[0], (long long)batch);
    if (st == IDI_OK) return true;
    (void)idi_graph_fail(graph, st);
    return false;
}

#endif
