/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_hair.c - hair behind and before the head, with strands and shine. */
#include "data/portrait_scene.h"

/* The skull's top, and what a hat covers. */
static const double SCALP = -2.7, HAT_LINE = -1.85;

/* Along a strand: s numbers strands, t runs down them. */
typedef struct strand {
    double s, t, wave;
} strand;

static strand strand_at(const idi_scene *sc, double u, double v)
{
    const idi_hair *h = &sc->hair;
    const double curl = h->curl;
    const double bend = curl * (0.14 * noise(h->seed, u * 2.1, v * 2.4) +
                                0.07 * noise(h->seed + 1, u * 5, v * 5.5));
    const double sway = 0.05 * h->mess * noise(h->seed + 2, u * 1.5, v * 0.9);
    const double roll = 0.06 * curl * sin_turn(v * 0.8 + (u > 0 ? 0.3 : 0));
    const double fan = 0.42 + 0.26 * clamp(v - SCALP + 0.3, 0, 2.3);
    strand k;
    k.wave = bend + sway + roll;
    k.s = (u - h->part + k.wave * 1.5) / fan;
    k.t = v + 0.4 * k.wave;
    return k;
}

/* Colour of hair at a strand with the normal (nx, ny, nz). */
static idi_rgb hair_colour(const idi_scene *sc, const strand *k, double nx, double ny, double nz)
{
    const idi_hair *h = &sc->hair;
    const double fluff = 1 + 1.2 * h->curl;
    const double broad = noise(h->seed + 3, k->s * 5, k->t * 0.9 * fluff);
    const double fine = noise(h->seed + 4, k->s * 17, k->t * 1.1 * fluff);
    const double hairs = noise(h->seed + 5, k->s * 46, k->t * 1.5 * fluff);
    const double light = 1 + 0.26 * broad + 0.24 * fine + 0.18 * hairs;
    idi_rgb c = rgb_times(rgb_scale(h->colour, light), idi_portrait_lit(sc, nx, ny, nz));
    /* strands run down the head: they mirror where the normal's height meets the half vector */
    const double off = (ny - sc->light.half_y * 1.25 + 0.12) * 2.6 + 0.35 * fine + 0.15 * hairs;
    const double band = off * off < 1 ? square(1 - off * off) : 0;
    const double face_light = clamp(0.35 + nx * sc->light.x + 0.5 * nz, 0, 1);
    return rgb_add(c, h->shine, 0.75 * band * face_light * (1 - 0.55 * clamp(h->curl, 0, 1)));
}

/* How far inside the hair's outer outline a point lies. */
static double hair_outline(const idi_scene *sc, double u, double v)
{
    const idi_hair *h = &sc->hair;
    const idi_skull *k = &sc->skull;
    const double tame = h->cropped ? 0.15 : 1;
    const double rough = tame * (0.02 + 0.05 * h->mess + 0.13 * h->curl);
    const double curly = clamp(h->curl, 0.15, 1);
    const double ragged = rough * noise(h->seed + 6, u * 2.2, v * 2.2) +
                          0.4 * rough * noise(h->seed + 7, u * 7, v * 7 * curly) +
                          0.02 * tame * noise(h->seed + 8, u * 19, v * 11 * curly);
    const double side = k->width + h->side, dv = v - k->middle;
    if (dv < 0) {
        const double x = u / (side * (1 + 0.03 * dv * k->inv_up)), y = dv / (k->up + h->top);
        const double round = x * x + y * y, full = sqrt(x * x * x * x + y * y * y * y);
        return (1 - sqrt(mix(round, full, 0.3) + 1e-9)) * side + ragged;
    }
    const double flare = h->locks ? 0.13 * h->curl + 0.04 : -0.05;
    if (v > h->end + 0.5 || absolute(u) > side + 1.2) return -1;
    const double edge_u = side + flare * lesser(dv, 2) - 0.03 * greater(0, dv - 2) * dv;
    const double tips = h->end + 0.25 * noise(h->seed + 9, u * 4, 1) +
                        0.12 * noise(h->seed + 10, u * 13, 1) - 0.12 * u * u * (h->end < 4 ? 1 : 0);
    return lesser(edge_u - absolute(u) + ragged, tips - v);
}

double idi_portrait_hair_window(const idi_scene *sc, double u, double v)
{
    const idi_hair *h = &sc->hair;
    if (h->bald || (absolute(u) < 1.1 && v > -0.1)) return 1;
    const idi_skull *k = &sc->skull;
    const double a = absolute(u) / k->width, d = u - h->part;
    const double strands = 0.05 * noise(h->seed + 11, u * 9 + v, 2) +
                           (0.05 + 0.06 * h->fringe) * noise(h->seed + 12, u * 3.3, 3);
    const double comb = clamp(0.45 + d * d * 0.5, 0, 1);
    double line = h->line + 0.2 * a * a + h->fringe * comb + h->fall * d * d * 0.36 + strands;
    line += h->peak * greater(0, 1 - absolute(u) / 0.4) * (h->fringe < 0.3 ? 1 : 0);
    line = lesser(line, -0.62 + 0.5 * h->fall * a * a); /* leaves the brows visible */
    double inner = k->width * (h->locks ? 0.90 : 0.97) - 0.10;
    inner += 0.05 * noise(h->seed + 13, v * 1.6, u > 0 ? 5 : 9) * (1 + h->curl);
    if (v > k->middle) inner -= h->locks ? 0.05 * square(v - k->middle) * k->taper * 2 : 0;
    const double bare = h->locks ? 0 : 0.6 * ramp(h->end - 0.5, h->end + 0.2, v);
    const double from_top = v - line, from_side = inner - absolute(u) + bare;
    /* a rounded corner between brow and temple */
    const double r = 0.6, x = r - from_side, y = r - from_top;
    if (x > 0 && y > 0) return r - sqrt(x * x + y * y);
    return lesser(from_top, from_side);
}

/* The normal of hair as a bigger, rounder head. */
static idi_rgb hair_paint(const idi_scene *sc, double u, double v, double depth)
{
    const idi_skull *k = &sc->skull;
    const double side = k->width + sc->hair.side + 0.1;
    double nx = clamp(u / side, -1, 1), ny = clamp((v - k->middle) / (k->up + 0.5), -1, 0.2);
    const strand st = strand_at(sc, u, v);
    nx = 0.85 * nx + 0.12 * sc->hair.curl * noise(sc->hair.seed + 14, u * 4, v * 4);
    ny = 0.9 * ny;
    const double q = nx * nx + ny * ny;
    const double nz = sqrt(greater(0.05, 1 - q)), inv = 1 / sqrt(q + nz * nz);
    const idi_rgb c = hair_colour(sc, &st, nx * inv, ny * inv, nz * inv);
    return rgb_scale(c, depth);
}

void idi_portrait_paint_hair_back(const idi_scene *sc, idi_sample *q)
{
    const idi_hair *h = &sc->hair;
    if (h->bald || (!h->locks && !h->bun)) return;
    const double u = q->x + 0.5 * sc->yaw_sin, v = q->y + 0.3 * sc->pitch_sin;
    if (sc->wear.hat != 0 && v < HAT_LINE) return;
    double in = -1;
    if (h->locks) in = hair_outline(sc, u, v);
    if (h->bun) {
        const double bx = u, by = v + sc->skull.up - sc->skull.middle + 0.25;
        in = 0.8 - sqrt(bx * bx + by * by) + 0.06 * noise(h->seed + 15, u * 6, v * 6);
    }
    const double cover = edge(sc, in);
    if (cover <= 0) return;
    const double shadow = h->bun ? 0.85 : mix(0.8, 0.28, ramp(0, 1.1, in));
    lay(q, hair_paint(sc, u, v, shadow), cover, IDI_LABEL_HAIR);
}

void idi_portrait_paint_hair_front(const idi_scene *sc, idi_sample *q)
{
    const idi_hair *h = &sc->hair;
    if (h->bald) return;
    const double u = q->u, v = q->v;
    if (sc->wear.hat != 0 && v < HAT_LINE) return;
    if (!h->locks && v > h->end + 0.3) return;
    const double window = idi_portrait_hair_window(sc, u, v);
    if (window > 0.1) return;
    const double in = lesser(hair_outline(sc, u, v), -window);
    double alpha = edge(sc, in);
    if (alpha <= 0) return;
    if (h->cropped) {
        const double dots = noise(h->seed + 16, u * 40, v * 40);
        alpha *= ramp(-0.02, 0.25, -window) * clamp(0.78 + 0.3 * dots + ramp(0.15, 0, in), 0, 1);
    } else if (!h->locks && v > -0.4) {
        alpha *= ramp(h->end + 0.15, h->end - 0.25, v); /* sideburns thin out */
    }
    const double depth = mix(0.62, 1, ramp(0, 0.22, in)) * mix(1, 0.8, ramp(0.5, 2.5, v));
    lay(q, hair_paint(sc, u, v, depth), alpha, IDI_LABEL_HAIR);
}
