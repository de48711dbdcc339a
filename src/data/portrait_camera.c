/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_camera.c - what lies behind the person, and the camera. */
#include "data/portrait_scene.h"

idi_rgb idi_portrait_backdrop_colour(uint32_t grain, double hue, double value)
{
    const uint32_t h = hash_cell(grain, floor_int(hue * 4096), 1);
    return rgb_hue(hue, 0.08 + 0.42 * square(hash_byte(h, 0)), 0.18 + 0.68 * value);
}

/* Discs out of focus. */
static idi_rgb discs(const idi_scene *s, double x, double y, idi_rgb c)
{
    for (int i = 0; i < 9; i++) {
        const uint32_t h = hash_cell(s->grain + 11, i, 0), g = hash_cell(s->grain + 12, i, 0);
        const double dx = x - (1.4 * hash_byte(h, 0) - 0.2), dy = y - 1.1 * hash_byte(h, 1);
        const double r = 0.05 + 0.13 * hash_byte(h, 2), q = dx * dx + dy * dy;
        if (q > r * r) continue;
        const idi_rgb tint = rgb_hue(s->photo->backdrop_hue2 + 0.25 * hash_byte(g, 0), 0.4,
                                     0.4 + 0.6 * s->photo->backdrop_value2);
        c = rgb_mix(c, tint, 0.45 * ramp(r * r, r * r * 0.72, q) * (0.4 + 0.6 * hash_byte(h, 3)));
    }
    return c;
}

idi_rgb idi_portrait_backdrop(const idi_scene *s, double x, double y)
{
    const idi_portrait_photo *f = s->photo;
    const idi_rgb a = s->backdrop[0], b = s->backdrop[1];
    const double tilt = 2 * f->light_warm;
    const int kind = floor_int(f->backdrop_kind * 4.999);
    const double soft = 0.5 * noise(s->grain + 13, x * 3, y * 3) + 0.5;
    double t = clamp(0.5 + (y - 0.5) * 0.9 + (x - 0.5) * 0.4 * tilt, 0, 1);
    if (kind == 1) t = ramp(0, 0.75, sqrt(square(x - 0.5) + square(y - 0.4)));
    if (kind == 2) t = soft;
    idi_rgb c = rgb_mix(a, b, t);
    if (kind == 3) { /* upright panels, out of focus */
        const double k = x * 5 + 3 * f->hair_choice, e = k - (double)floor_int(k);
        const double here = hash_unit(s->grain + 14, floor_int(k), 0);
        const double next = hash_unit(s->grain + 14, floor_int(k) + 1, 0);
        c = rgb_mix(a, b, mix(here, next, ramp(0.8, 1, e)));
        c = rgb_scale(c, 0.85 + 0.3 * y);
    }
    if (kind == 4) c = discs(s, x, y, c);
    return rgb_scale(c, 0.88 + 0.12 * soft);
}

static uint8_t to_byte(double linear, double contrast)
{
    /* a shoulder that keeps highlights, then the display's gamma */
    const double x = greater(0, linear);
    const double soft = x < 0.6 ? x : 0.6 + (x - 0.6) / (1 + (x - 0.6) * 1.3);
    double y = sqrt(soft);
    y += contrast * (y - 0.5) * (1 - absolute(2 * y - 1));
    return (uint8_t)(clamp(y, 0, 1) * 255 + 0.5);
}

void idi_portrait_develop(const idi_scene *s, int64_t column, int64_t row, idi_rgb c,
                          uint8_t *rgb_out)
{
    const idi_portrait_photo *f = s->photo;
    const double x = ((double)column + 0.5) / s->size - 0.5,
                 y = ((double)row + 0.5) / s->size - 0.5;
    const double k = f->exposure * (1 - 0.8 * f->vignette * (x * x + y * y));
    const uint32_t h = hash_cell(s->grain + 99, (int32_t)column, (int32_t)row);
    const uint32_t g = hash_cell(s->grain + 98, (int32_t)column, (int32_t)row);
    const double common = hash_byte(h, 0) + hash_byte(h, 1) - 1;
    const double amount = 0.035 * f->noise;
    const double lights[3] = {c.r * k * f->white_red, c.g * k, c.b * k * f->white_blue};
    for (int i = 0; i < 3; i++) {
        const double own = hash_byte(g, i) + hash_byte(h, i + 1) - 1;
        const double grain = amount * (common + 0.7 * own) * sqrt(0.05 + greater(0, lights[i]));
        rgb_out[i] = to_byte(lights[i] + grain, 0.14 + 0.12 * f->contrast);
    }
}
