/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/group_stats.h - mean and deviation of groups of channels of an NHWC map.
 *
 * A sample is cut into chunks of pixels that fit the cache. A chunk gives for each channel its mean
 * and the squares of the differences from it, in one read from memory; chunks and channels are then
 * joined in double, in a fixed order that does not depend on the number of threads. The result is
 * what the next pass multiplies by: (x - shift)*scale + offset, where the shift is the mean as a
 * float, so that near-constant maps lose nothing. */
#ifndef IDI_CPU_FAST_GROUP_STATS_H
#define IDI_CPU_FAST_GROUP_STATS_H

#include "graph/backend.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum {
    GROUP_CHUNK_FLOATS = 32768, /* 128 KiB */
    GROUP_MAX_CHUNKS = 64       /* of a sample: bounds the workspace */
};

/* A map and its cut. */
typedef struct group_map {
    int64_t samples;
    int64_t pixels;
    int64_t channels;
    int64_t groups;
    int64_t chunk_pixels;
    int64_t chunks; /* of a sample */
} group_map;

static inline group_map group_map_of(const idi_shape *shape, int64_t groups)
{
    group_map m = {.samples = shape->dim[0],
                   .pixels = shape->dim[1] * shape->dim[2],
                   .channels = shape->dim[3],
                   .groups = groups};
    const int64_t by_count = (m.pixels + GROUP_MAX_CHUNKS - 1) / GROUP_MAX_CHUNKS;
    m.chunk_pixels = GROUP_CHUNK_FLOATS / m.channels;
    if (m.chunk_pixels < by_count) m.chunk_pixels = by_count;
    if (m.chunk_pixels < 1) m.chunk_pixels = 1;
    m.chunks = (m.pixels + m.chunk_pixels - 1) / m.chunk_pixels;
    return m;
}

/* Pixels of a chunk: the last one of a sample may be shorter. */
static inline int64_t group_chunk_length(const group_map *m, int64_t chunk)
{
    const int64_t left = m->pixels - chunk * m->chunk_pixels;
    return left < m->chunk_pixels ? left : m->chunk_pixels;
}

/* Pointers into the workspace. */
typedef struct group_stats {
    double *sums;    /* [samples, chunks, C] */
    double *squares; /* [samples, chunks, C] of the differences from means */
    float *means;    /* [samples, chunks, C] a chunk's, rounded */
    float *shift;    /* [samples, C] */
    float *scale;    /* [samples, C] 1/sqrt(var + eps) */
    float *offset;   /* [samples, C] what rounding the shift left over */
} group_stats;

static inline size_t group_stats_bytes(const group_map *m)
{
    const size_t parts = (size_t)(m->samples * m->chunks * m->channels);
    const size_t results = (size_t)(m->samples * m->channels);
    return parts * (2 * sizeof(double) + sizeof(float)) + results * 3 * sizeof(float);
}

static inline group_stats group_stats_in(const group_map *m, void *workspace)
{
    const int64_t parts = m->samples * m->chunks * m->channels;
    const int64_t results = m->samples * m->channels;
    group_stats s = {.sums = workspace};
    s.squares = s.sums + parts;
    s.means = (float *)(s.squares + parts);
    s.shift = s.means + parts;
    s.scale = s.shift + results;
    s.offset = s.scale + results;
    return s;
}

static inline void group_chunk_sums(const float *x, int64_t pixels, int64_t channels,
                                    double *restrict sums)
{
    memset(sums, 0, (size_t)channels * sizeof *sums);
    int64_t p = 0;
    for (; p + 4 <= pixels; p += 4) {
        const float *a = x + p * channels;
        const float *b = a + channels;
        const float *c = b + channels;
        const float *d = c + channels;
        for (int64_t j = 0; j < channels; j++)
            sums[j] += ((double)a[j] + (double)b[j]) + ((double)c[j] + (double)d[j]);
    }
    for (; p < pixels; p++)
        for (int64_t j = 0; j < channels; j++)
            sums[j] += (double)x[p * channels + j];
}

static inline void group_chunk_squares(const float *x, int64_t pixels, int64_t channels,
                                       const float *restrict means, double *restrict squares)
{
    memset(squares, 0, (size_t)channels * sizeof *squares);
    int64_t p = 0;
    for (; p + 4 <= pixels; p += 4) {
        const float *x4 = x + p * channels;
        for (int64_t j = 0; j < channels; j++) {
            const float a = x4[j] - means[j];
            const float b = x4[channels + j] - means[j];
            const float c = x4[2 * channels + j] - means[j];
            const float d = x4[3 * channels + j] - means[j];
            squares[j] += (double)((a * a + b * b) + (c * c + d * d));
        }
    }
    for (; p < pixels; p++)
        for (int64_t j = 0; j < channels; j++) {
            const float a = x[p * channels + j] - means[j];
            squares[j] += (double)(a * a);
        }
}

/* Part `index` = sample * chunks + chunk. */
static inline void group_measure_chunk(const group_map *m, const float *x, const group_stats *s,
                                       int64_t index)
{
    const int64_t chunk = index % m->chunks;
    const int64_t pixels = group_chunk_length(m, chunk);
    const int64_t first = index / m->chunks * m->pixels + chunk * m->chunk_pixels;
    const int64_t part = index * m->channels;
    group_chunk_sums(x + first * m->channels, pixels, m->channels, s->sums + part);
    for (int64_t j = 0; j < m->channels; j++)
        s->means[part + j] = (float)(s->sums[part + j] / (double)pixels);
    group_chunk_squares(x + first * m->channels, pixels, m->channels, s->means + part,
                        s->squares + part);
}

/* The squares of a group's differences from `mean`: with d = the chunk's rounded mean - mean,
 * sum((x - mean)^2) = squares + 2 d (sum - pixels rounded) + pixels d^2. */
static inline double group_join_squares(const group_map *m, const group_stats *s, int64_t sample,
                                        int64_t first, double mean)
{
    const int64_t width = m->channels / m->groups;
    double total = 0.0;
    for (int64_t chunk = 0; chunk < m->chunks; chunk++) {
        const double pixels = (double)group_chunk_length(m, chunk);
        const int64_t part = (sample * m->chunks + chunk) * m->channels + first;
        for (int64_t j = part; j < part + width; j++) {
            const double rounded = (double)s->means[j];
            const double d = rounded - mean;
            total += s->squares[j] + d * (2.0 * (s->sums[j] - pixels * rounded) + pixels * d);
        }
    }
    return total;
}

/* Group `index` = sample * groups + group: its channels' shift, scale and offset. */
static inline void group_join(const group_map *m, const group_stats *s, double eps, int64_t index)
{
    const int64_t width = m->channels / m->groups;
    const int64_t sample = index / m->groups;
    const int64_t first = index % m->groups * width;
    const double count = (double)m->pixels * (double)width;
    double sum = 0.0;
    for (int64_t chunk = 0; chunk < m->chunks; chunk++) {
        const double *sums = s->sums + (sample * m->chunks + chunk) * m->channels + first;
        for (int64_t j = 0; j < width; j++)
            sum += sums[j];
    }
    const double mean = sum / count;
    double variance = group_join_squares(m, s, sample, first, mean) / count;
    if (variance < 0.0) variance = 0.0; /* rounding, of a constant group */
    const double scale = 1.0 / sqrt(variance + eps);
    const float shift = (float)mean;
    for (int64_t c = sample * m->channels + first; c < sample * m->channels + first + width; c++) {
        s->shift[c] = shift;
        s->scale[c] = (float)scale;
        s->offset[c] = (float)(((double)shift - mean) * scale);
    }
}

/* Fills s->shift, scale and offset. */
static inline void group_measure(const group_map *m, const float *x, double eps,
                                 const group_stats *s)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m->samples * m->chunks; i++)
        group_measure_chunk(m, x, s, i);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m->samples * m->groups; i++)
        group_join(m, s, eps, i);
}

/* Pixels whose values the next pass handles together, while they are in the nearest cache. */
static inline int64_t group_strip(const group_map *m)
{
    const int64_t pixels = 2048 / m->channels;
    return pixels > 1 ? pixels : 1;
}

#endif
