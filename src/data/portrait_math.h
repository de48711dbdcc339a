/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_math.h - the portraits' mathematics: only + - * / and sqrt on double and integer
 * hashes, so that every platform computes the same bits. */
#ifndef IDI_DATA_PORTRAIT_MATH_H
#define IDI_DATA_PORTRAIT_MATH_H

#include <math.h>
#include <stdint.h>

typedef struct idi_rgb {
    double r, g, b;
} idi_rgb;

static inline double square(double x)
{
    return x * x;
}
static inline double absolute(double x)
{
    return x < 0 ? -x : x;
}
static inline double lesser(double a, double b)
{
    return a < b ? a : b;
}
static inline double greater(double a, double b)
{
    return a > b ? a : b;
}
static inline double mix(double a, double b, double t)
{
    return a + (b - a) * t;
}

static inline double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* 0 at a, 1 at b, smooth between; a may be above b. */
static inline double ramp(double a, double b, double x)
{
    const double t = clamp((x - a) / (b - a), 0, 1);
    return t * t * (3 - 2 * t);
}

/* A soft hill over the unit disc: 1 at q = 0, 0 from q = 1 on; q is a squared radius. */
static inline double hill(double q)
{
    if (q >= 1) return 0;
    const double k = 1 - q;
    return k * k * k;
}

/* A soft hill over an ellipse. */
static inline double spot(double x, double y, double rx, double ry)
{
    return hill(square(x / rx) + square(y / ry));
}

/* floor() for |x| < 2^31, without a call. */
static inline int32_t floor_int(double x)
{
    const int32_t i = (int32_t)x;
    return i - (x < (double)i);
}

/* sin(2 pi x), to 4e-6; |x| < 2^30. */
static inline double sin_turn(double x)
{
    double t = x - (double)floor_int(x + 0.5);
    if (t > 0.25) t = 0.5 - t;
    if (t < -0.25) t = -0.5 - t;
    const double a = t * 6.283185307179586, q = a * a;
    return a * (1 - q / 6 * (1 - q / 20 * (1 - q / 42 * (1 - q / 72))));
}

/* sin and cos of small angles, |x| < 1, to 1e-6. */
static inline double sin_small(double x)
{
    const double q = x * x;
    return x * (1 - q / 6 * (1 - q / 20 * (1 - q / 42)));
}

static inline double cos_small(double x)
{
    const double q = x * x;
    return 1 - q / 2 * (1 - q / 12 * (1 - q / 30 * (1 - q / 56)));
}

static inline uint32_t hash_cell(uint32_t seed, int32_t x, int32_t y)
{
    uint32_t h = seed ^ ((uint32_t)x * 0x9E3779B1U) ^ ((uint32_t)y * 0x85EBCA77U);
    h ^= h >> 15;
    h *= 0x2C1B3C6DU;
    h ^= h >> 12;
    h *= 0x297A2D39U;
    h ^= h >> 15;
    h *= 0x846CA68BU;
    return h ^ (h >> 16);
}

/* One of 256 levels in [0, 1) from byte `at` of a hash. */
static inline double hash_byte(uint32_t hash, int at)
{
    return (double)((hash >> (8 * at)) & 255U) * (1.0 / 256.0);
}

static inline double hash_unit(uint32_t seed, int32_t x, int32_t y)
{
    return (double)hash_cell(seed, x, y) * (1.0 / 4294967296.0);
}

/* A cheaper hash for noise, whose last bits nobody sees: 24 bits in [0, 1). `at` mixes the seed
 * and both coordinates. */
static inline double lattice(uint32_t at)
{
    at *= 0x2C1B3C6DU;
    at ^= at >> 14;
    at *= 0x297A2D39U;
    return (double)(int32_t)((at ^ (at >> 16)) >> 8) * (1.0 / 16777216.0);
}

/* Value noise in [-1, 1] with a cell of 1. */
static inline double noise(uint32_t seed, double x, double y)
{
    const int32_t i = floor_int(x), j = floor_int(y);
    double s = x - (double)i, t = y - (double)j;
    s = s * s * (3 - 2 * s);
    t = t * t * (3 - 2 * t);
    const uint32_t left = (uint32_t)i * 0x9E3779B1U, right = left + 0x9E3779B1U;
    const uint32_t upper = seed + (uint32_t)j * 0x85EBCA77U, lower = upper + 0x85EBCA77U;
    const double top = mix(lattice(left ^ upper), lattice(right ^ upper), s);
    const double low = mix(lattice(left ^ lower), lattice(right ^ lower), s);
    return 2 * mix(top, low, t) - 1;
}

static inline idi_rgb rgb_mix(idi_rgb a, idi_rgb b, double t)
{
    return (idi_rgb){mix(a.r, b.r, t), mix(a.g, b.g, t), mix(a.b, b.b, t)};
}

static inline idi_rgb rgb_scale(idi_rgb a, double k)
{
    return (idi_rgb){a.r * k, a.g * k, a.b * k};
}

static inline idi_rgb rgb_times(idi_rgb a, idi_rgb b)
{
    return (idi_rgb){a.r * b.r, a.g * b.g, a.b * b.b};
}

static inline idi_rgb rgb_add(idi_rgb a, idi_rgb b, double k)
{
    return (idi_rgb){a.r + b.r * k, a.g + b.g * k, a.b + b.b * k};
}

/* Linear light from display values 0..255; the display's gamma is taken as 2. */
static inline idi_rgb rgb_display(double r, double g, double b)
{
    return (idi_rgb){square(r / 255), square(g / 255), square(b / 255)};
}

/* Linear light from hue (turns), saturation and value. */
static inline idi_rgb rgb_hue(double hue, double saturation, double value)
{
    const double h = 6 * (hue - (double)floor_int(hue));
    const double r = clamp(absolute(h - 3) - 1, 0, 1);
    const double g = clamp(2 - absolute(h - 2), 0, 1);
    const double b = clamp(2 - absolute(h - 4), 0, 1);
    return (idi_rgb){square(value * mix(1, r, saturation)), square(value * mix(1, g, saturation)),
                     square(value * mix(1, b, saturation))};
}

#endif
