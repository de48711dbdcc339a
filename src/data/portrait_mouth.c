/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_mouth.c - the nose's openings and wings, lips, teeth. */
#include "data/portrait_scene.h"

void idi_portrait_paint_nose(const idi_scene *s, idi_sample *q)
{
    const idi_nose *n = &s->nose;
    const double u = q->u - n->u, a = absolute(u);
    if (a > 0.9 || q->v < -0.3 || q->v > n->base + 0.4) return;
    /* the label's outline: widens from the root, full at the wings, closes below */
    const double t = clamp(q->v / n->tip, 0, 1);
    const double half = n->bridge * 0.8 + (n->wing - n->bridge * 0.8) * t * t * t;
    const double under = n->base + 0.05 - 0.22 * square(a / n->wing);
    if (q->v > 0.05 && a < half && q->v < under) q->label = IDI_LABEL_NOSE;
    /* the bridge's flanks, deeper away from the light */
    const double flank = spot(a - half - 0.10, q->v - 0.62, 0.24, 0.75);
    const double away = clamp(0.45 - 0.9 * s->light.x * (u > 0 ? 1 : -1), 0.12, 1);
    tone(q, 0.68, 0.54, 0.5, 0.75 * flank * away);
    /* the groove round the wings */
    const double wx = a - n->wing * 0.66, wy = q->v - n->tip - 0.01;
    const double ring = sqrt(square(wx * 1.05) + wy * wy) - 0.25 - 0.04 * (n->wing - 0.47);
    const double outer = ramp(-0.1, 0.14, wx + 0.25 * wy);
    tone(q, 0.45, 0.3, 0.28, 0.6 * outer * clamp(1 - absolute(ring) / 0.075, 0, 1));
    /* nostrils */
    const double nx = a - n->wing * 0.46, ny = q->v - n->base + 0.055 + 0.25 * nx * n->upturn;
    const double hole = square(nx / (0.15 + 0.2 * (n->wing - 0.46))) +
                        square((ny - 0.12 * nx) / (0.064 * (1 + 0.35 * n->upturn)));
    lay(q, rgb_times(s->skin, (idi_rgb){0.12, 0.06, 0.05}), 0.85 * ramp(1.5, 0.3, hole), -1);
    /* light along the bridge and on the tip */
    const double shine =
        0.5 * spot(u, q->v - n->tip + 0.12, 0.17, 0.16) + 0.22 * spot(u, q->v - 0.5, 0.1, 0.55);
    q->colour = rgb_add(q->colour, s->light.key, 0.13 * shine);
}

/* The curves of the mouth at one place: all v, downward. */
typedef struct lips {
    double t, line, top, upper_edge, lower_edge, low;
} lips;

static lips lips_at(const idi_mouth *m, double u)
{
    lips l;
    l.t = (u - m->u) / m->width;
    const double q = greater(0, 1 - l.t * l.t);
    const double b = l.t / 0.3;
    const double dip = b * b < 1 ? square(1 - b * b) : 0;
    const double wave = 0.035 * dip; /* the upper lip's tubercle */
    l.line = m->v - m->lift * (l.t * l.t - 0.25) - m->slant * l.t + wave;
    l.upper_edge = l.line - 0.15 * m->gap * q;
    l.lower_edge = l.line + 0.85 * m->gap * q * (0.6 + 0.4 * q);
    l.top = l.upper_edge - wave - m->upper * q * (0.75 + 0.5 * l.t * l.t) * (1 - m->bow * dip);
    l.low = l.lower_edge - wave + m->lower * q * (0.7 + 0.3 * q);
    return l;
}

static void paint_inside(const lips *l, double v, double cover, idi_sample *q)
{
    idi_sample in = *q;
    in.colour = rgb_display(74, 22, 24);
    const double depth = v - l->upper_edge;
    const double tongue = spot(l->t, v - l->lower_edge + 0.02, 0.7, 0.2);
    in.colour = rgb_mix(in.colour, rgb_display(176, 82, 82), tongue);
    const double reach = 0.20 * (1 - 0.5 * l->t * l->t);
    const double col = l->t * 5 + 0.5;
    const double cell = absolute(col - (double)floor_int(col) - 0.5) * 2; /* 1 between teeth */
    const double tooth = ramp(reach + 0.03, reach - 0.02, depth + 0.03 * square(cell));
    const double ivory = (1 - 0.55 * l->t * l->t) * (1 - 0.22 * ramp(0.8, 1, cell));
    lay(&in, rgb_scale(rgb_display(236, 228, 214), ivory), tooth * ramp(0.95, 0.8, absolute(l->t)),
        -1);
    in.colour = rgb_times(in.colour, rgb_mix(q->shade->lit, (idi_rgb){0.8, 0.8, 0.8}, 0.5));
    tone(&in, 0.4, 0.34, 0.34, ramp(0.09, 0.0, depth));
    lay(q, in.colour, cover, IDI_LABEL_MOUTH);
}

static void paint_lip(const idi_scene *s, const lips *l, bool upper, double at, double cover,
                      idi_sample *q)
{
    /* at: 0 at the lip's outer edge, 1 at the mouth's line */
    const double crack = noise(s->texture + 41, l->t * 26, at * 1.5);
    const double sheen = s->makeup * s->photo->lipstick;
    idi_sample lip = *q;
    lip.colour = rgb_scale(s->lip, (upper ? 0.80 : 1.02) * (1 + 0.09 * crack));
    lip.colour = rgb_times(lip.colour, q->shade->lit);
    tone(&lip, 0.6, 0.5, 0.5, 0.8 * ramp(0.6, 1.0, at) * (upper ? 1 : 0.35));
    const double glow =
        upper ? spot(absolute(l->t) - 0.3, at - 0.3, 0.3, 0.3) * 0.35
              : spot(absolute(l->t + 0.12 * (l->t > 0 ? -1 : 1)) - 0.12, at - 0.5, 0.45, 0.38);
    lip.colour =
        rgb_add(lip.colour, s->light.key, (0.07 + 0.10 * sheen) * glow * (1 + 0.4 * crack));
    lay(q, lip.colour, cover, upper ? IDI_LABEL_UPPER_LIP : IDI_LABEL_LOWER_LIP);
}

void idi_portrait_paint_mouth(const idi_scene *s, idi_sample *q)
{
    const idi_mouth *m = &s->mouth;
    if (absolute(q->u - m->u) > m->width + 0.25 || absolute(q->v - m->v) > 1.1) return;
    const lips l = lips_at(m, q->u);
    const double v = q->v;
    /* the corners' small shadows */
    tone(q, 0.5, 0.38, 0.36, 0.6 * spot(absolute(l.t) - 1.02, v - l.line, 0.13, 0.1));
    if (absolute(l.t) >= 1) return;
    const double soft = 0.018;
    const double up = lesser(v - l.top, l.upper_edge - v),
                 low = lesser(v - l.lower_edge, l.low - v);
    const double cover_up = clamp(0.5 + up / (s->grain_px + soft), 0, 1);
    const double cover_low = clamp(0.5 + low / (s->grain_px + soft), 0, 1);
    if (cover_low > 0)
        paint_lip(s, &l, false, (l.low - v) / (l.low - l.lower_edge + 1e-6), cover_low, q);
    if (cover_up > 0)
        paint_lip(s, &l, true, (v - l.top) / (l.upper_edge - l.top + 1e-6), cover_up, q);
    const double open = lesser(v - l.upper_edge, l.lower_edge - v);
    if (open > -0.5 * s->grain_px && m->gap > 0.015)
        paint_inside(&l, v, edge(s, open), q);
    else {
        const double line = clamp(1 - absolute(v - l.line) / (0.022 + 0.4 * s->grain_px), 0, 1);
        tone(q, 0.22, 0.14, 0.14, 0.9 * line * ramp(1.0, 0.9, absolute(l.t)));
    }
}
