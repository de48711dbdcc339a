/* SPDX-License-Identifier: Apache-2.0 */
/* support/golden.c - see golden.h; keep in step with tests/reference/golden.py. */
#include "support/golden.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A tensor's values are offset + scale*u. */
typedef struct rule {
    double offset;
    double scale;
} rule;

static uint32_t fnv1a(const char *key)
{
    uint32_t h = 2166136261u;
    for (const char *c = key; *c != '\0'; c++)
        h = (h ^ (uint32_t)(unsigned char)*c) * 16777619u;
    return h;
}

/* The finaliser of MurmurHash3. */
static uint32_t mix(uint32_t z)
{
    z ^= z >> 16;
    z *= 0x85EBCA6Bu;
    z ^= z >> 13;
    z *= 0xC2B2AE35u;
    return z ^ (z >> 16);
}

static double number(uint32_t hash, int64_t k)
{
    const uint32_t z = mix(hash + (uint32_t)(uint64_t)k * 0x9E3779B9u);
    return (double)z / 4294967296.0 - 0.5;
}

static bool ends_with(const char *key, const char *tail)
{
    const size_t length = strlen(key), tail_length = strlen(tail);
    return length >= tail_length && strcmp(key + (length - tail_length), tail) == 0;
}

/* Smaller in two places of the generator: so the residual branches stay visible beside the skip
 * path, and the final tanh is not saturated. */
static double gain(const char *key)
{
    if (ends_with(key, "skip_connection.weight")) return 1.0;
    return strcmp(key, "out_conv.weight") == 0 ? 0.25 : 2.0;
}

static rule weight_rule(const char *key, int rank, const int64_t *dim)
{
    if (rank < 2) return (rule){1.0, 0.2};
    if (strcmp(key, "id_proj.weight") == 0) return (rule){0.0, 2.0}; /* its input has unit length */
    double fan = 1.0;
    for (int i = 1; i < rank; i++)
        fan *= (double)dim[i];
    return (rule){0.0, gain(key) * sqrt(6.0 / fan)};
}

static rule find_rule(const char *key, int rank, const int64_t *dim)
{
    if (ends_with(key, "running_mean")) return (rule){0.0, 0.2};
    if (ends_with(key, "running_var")) return (rule){2.0, 0.4};
    if (ends_with(key, "num_batches_tracked")) return (rule){0.0, 0.0};
    if (strcmp(key, "features.weight") == 0) return (rule){1.0, 0.0};
    if (ends_with(key, "prelu.weight")) return (rule){0.25, 0.2};
    if (ends_with(key, ".bias")) return (rule){0.0, 0.2};
    if (ends_with(key, ".weight")) return weight_rule(key, rank, dim);
    return (rule){0.0, 2.0};
}

static float value(rule r, uint32_t hash, int64_t k)
{
    return (float)(r.offset + r.scale * number(hash, k));
}

double idi_golden_u(const char *key, int64_t k)
{
    return number(fnv1a(key), k);
}

float idi_golden_value(const char *key, int rank, const int64_t *dim, int64_t k)
{
    return value(find_rule(key, rank, dim), fnv1a(key), k);
}

void idi_golden_fill(const char *key, int rank, const int64_t *dim, float *values_out)
{
    const rule r = find_rule(key, rank, dim);
    const uint32_t hash = fnv1a(key);
    int64_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= dim[i];
    for (int64_t k = 0; k < count; k++)
        values_out[k] = value(r, hash, k);
}

void idi_golden_fill_channels_last(const char *key, const int64_t dim[4], float *values_out)
{
    const rule r = find_rule(key, 4, dim);
    const uint32_t hash = fnv1a(key);
    const int64_t pixels = dim[2] * dim[3];
    for (int64_t n = 0; n < dim[0]; n++) {
        for (int64_t p = 0; p < pixels; p++) {
            for (int64_t c = 0; c < dim[1]; c++)
                *values_out++ = value(r, hash, (n * dim[1] + c) * pixels + p);
        }
    }
}

void idi_golden_identity(int64_t count, int64_t dim, float *values_out)
{
    const int64_t shape[2] = {count, dim};
    idi_golden_fill("identity", 2, shape, values_out);
    for (int64_t n = 0; n < count; n++) {
        float *row = values_out + n * dim;
        double total = 0.0;
        for (int64_t i = 0; i < dim; i++)
            total += (double)row[i] * (double)row[i];
        const double length = sqrt(total);
        for (int64_t i = 0; i < dim; i++)
            row[i] = (float)((double)row[i] / length);
    }
}

/* Centre and half-axes of a class's part, in units of 1/2048 of the side. */
typedef struct part {
    int64_t cx, cy, rx, ry;
} part;

static int64_t part_number(uint32_t seed, int64_t sample, int64_t label, uint32_t which)
{
    return (int64_t)mix(seed * 0x9E3779B9u + (uint32_t)sample * 0x85EBCA77u +
                        (uint32_t)label * 0xC2B2AE3Du + which * 0x27D4EB2Fu);
}

static part make_part(uint32_t seed, int64_t sample, int64_t label, int64_t classes)
{
    const int64_t radius = 660 - 500 * label / classes; /* later classes are smaller */
    return (part){.cx = 256 + part_number(seed, sample, label, 0) % 1536,
                  .cy = 256 + part_number(seed, sample, label, 1) % 1536,
                  .rx = radius + part_number(seed, sample, label, 2) % 128,
                  .ry = radius + part_number(seed, sample, label, 3) % 128};
}

static bool is_inside(const part *p, bool is_ellipse, int64_t x, int64_t y)
{
    const int64_t dx = llabs(x - p->cx), dy = llabs(y - p->cy);
    if (!is_ellipse) return dx <= p->rx && dy <= p->ry;
    return dx * dx * p->ry * p->ry + dy * dy * p->rx * p->rx <= p->rx * p->rx * p->ry * p->ry;
}

static void paint(const part *p, int64_t label, int64_t side, uint8_t *map)
{
    for (int64_t y = 0; y < side; y++) {
        for (int64_t x = 0; x < side; x++) {
            const int64_t at_x = (2 * x + 1) * 1024 / side, at_y = (2 * y + 1) * 1024 / side;
            if (is_inside(p, label % 2 != 0, at_x, at_y)) map[y * side + x] = (uint8_t)label;
        }
    }
}

void idi_golden_labels(int64_t count, int64_t side, int64_t classes, uint32_t seed,
                       uint8_t *labels_out)
{
    memset(labels_out, 0, (size_t)(count * side * side));
    for (int64_t sample = 0; sample < count; sample++) {
        uint8_t *map = labels_out + sample * side * side;
        for (int64_t label = 1; label < classes; label++) {
            if ((sample + label + (int64_t)seed) % 5 == 3) continue;
            if (label == classes - 1) {
                map[(side / 2 + 1) * side + side / 4 + 1] = (uint8_t)label;
            } else {
                const part p = make_part(seed, sample, label, classes);
                paint(&p, label, side, map);
            }
        }
    }
}
