/* SPDX-License-Identifier: Apache-2.0 */
/* model/first_values.c - what a parameter is before anything is learnt, by what its name says that
 * it is; see create.h. */
#include "core/rng.h"
#include "model/create.h"

#include <math.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    const size_t a = strlen(text);
    const size_t b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* Numbers across each row of a matrix, or in each kernel: what an output is a sum of. */
static double fan_in(const idi_value_info *info)
{
    if (info->layout == IDI_LAYOUT_TRANSPOSED) return (double)info->shape.dim[0];
    return (double)idi_shape_count(&info->shape) / (double)info->shape.dim[0];
}

/* The published trainings begin a discriminator in their own way, but for what is spectrally
 * normalised: they meant that too, and changed a copy that was not used. */
static bool is_discriminators(const idi_value_info *info)
{
    return strstr(info->name, "discriminator_") != NULL;
}

static double xavier_deviation(const idi_value_info *info)
{
    const double fan_out =
        fan_in(info) * (double)info->shape.dim[0] / (double)idi_shape_last(&info->shape);
    return 0.02 * sqrt(2.0 / (fan_in(info) + fan_out));
}

/* Mean and deviation of a parameter's values, by what it is. */
static void choose_distribution(const idi_value_info *info, double *mean, double *deviation)
{
    const bool is_vector = info->shape.rank == 1;
    *mean = 0.0;
    *deviation = 0.05;
    if (is_discriminators(info)) {
        *deviation = is_vector ? 0.0 : xavier_deviation(info);
    } else if (!is_vector) {
        *deviation = sqrt(1.0 / fan_in(info));
        if (strcmp(info->name, "id_proj.weight") == 0) *deviation = 1.0;   /* of unit vectors */
        if (strcmp(info->name, "out_conv.weight") == 0) *deviation *= 0.1; /* no saturated tanh */
    } else if (strstr(info->name, "prelu")) {
        *mean = 0.25;
    } else if (ends_with(info->name, ".weight") || ends_with(info->name, ".running_var")) {
        *mean = 1.0;
    }
}

/* PyTorch's default for a convolution's weight: even between -1/sqrt(fan) and that. */
static void fill_even(const idi_value_info *info, uint64_t seed, float *values)
{
    const uint64_t stream = idi_hash_name(info->name);
    const double reach = sqrt(1.0 / fan_in(info));
    for (int64_t i = 0; i < idi_shape_count(&info->shape); i++)
        values[i] = (float)(reach * (2.0 * idi_uniform(seed, stream, (uint64_t)i) - 1.0));
}

/* A direction, every one as likely. */
static void fill_unit_vector(const idi_value_info *info, uint64_t seed, float *values)
{
    const uint64_t stream = idi_hash_name(info->name);
    const int64_t count = idi_shape_count(&info->shape);
    double squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        const double x = idi_normal(seed, stream, (uint64_t)i);
        squares += x * x;
    }
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(idi_normal(seed, stream, (uint64_t)i) / sqrt(squares));
}

static void fill_normal(const idi_value_info *info, uint64_t seed, float *values)
{
    double mean;
    double deviation;
    const uint64_t stream = idi_hash_name(info->name);
    const int64_t count = idi_shape_count(&info->shape);
    choose_distribution(info, &mean, &deviation);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(mean + deviation * idi_normal(seed, stream, (uint64_t)i));
}

void idi_parameter_fill_random(const idi_value_info *info, uint64_t seed, float *values)
{
    if (ends_with(info->name, ".weight_orig"))
        fill_even(info, seed, values);
    else if (ends_with(info->name, ".weight_u") || ends_with(info->name, ".weight_v"))
        fill_unit_vector(info, seed, values);
    else
        fill_normal(info, seed, values);
}
