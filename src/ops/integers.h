/* SPDX-License-Identifier: Apache-2.0 */
/* ops/integers.h - what the builders that read i32 numbers check about them. */
#ifndef IDI_OPS_INTEGERS_H
#define IDI_OPS_INTEGERS_H

#include "ops/ops.h"

/* Whether `value` is i32 [count]; if not, the graph has failed in the name of `op`. */
static inline bool idi_require_integers(idi_graph *graph, const char *op, const char *name,
                                        idi_value value, int64_t count)
{
    if (idi_graph_has_failed(graph)) return false;
    const idi_shape shape = idi_graph_shape(graph, value);
    const idi_dtype dtype = value == IDI_NONE ? IDI_I32 : idi_graph_get_value(graph, value)->dtype;
    if (dtype == IDI_I32 && shape.rank == 1 && shape.dim[0] == count) return true;
    (void)idi_graph_fail(graph, idi_fail(IDI_ERR_SHAPE, "%s: %s %s %s, want i32 [%lld]", op, name,
                                         idi_dtype_name(dtype), idi_shape_format(&shape).text,
                                         (long long)count));
    return false;
}

#endif
