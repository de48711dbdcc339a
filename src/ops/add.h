/* SPDX-License-Identifier: Apache-2.0 */
/* ops/add.h - y = a + b, elementwise, equal shapes. y may share no memory with a or b. */
#ifndef IDI_OPS_ADD_H
#define IDI_OPS_ADD_H

#include "ops/ops.h"

idi_value idi_add(idi_graph *graph, idi_value a, idi_value b);

#endif
