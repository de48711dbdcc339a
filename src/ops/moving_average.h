/* SPDX-License-Identifier: Apache-2.0 */
/* ops/moving_average.h - a step of an exponential moving average.
 *
 * moving_average(average, x, rate?) -> y = average + rate*(x - average)
 *   average, x, y  any, of one shape
 *   rate  [1], or IDI_NONE: the attribute's. 1 - decay; 0 keeps the average, 1 takes x
 *
 * Element i of y depends on element i of average and x alone: y may lie in the memory of either, so
 * that a graph can assign it (idi_graph_assign).
 *
 * A change of a ten-thousandth is lost in 16 bits: the CUDA backend refuses 16-bit storage
 * (IDI_ERR_UNSUPPORTED, when a session is planned). Has no gradient. */
#ifndef IDI_OPS_MOVING_AVERAGE_H
#define IDI_OPS_MOVING_AVERAGE_H

#include "ops/ops.h"

typedef struct idi_moving_average_attr {
    double rate; /* 0 to 1, where there is no input */
} idi_moving_average_attr;

idi_value idi_moving_average(idi_graph *graph, idi_value average, idi_value x, idi_value rate,
                             const idi_moving_average_attr *attr);

#endif
