/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_wear.c - glasses and hats. */
#include "data/portrait_scene.h"

/* Squared-off radius of a lens: 1 on its rim. */
static double lens_radius(int kind, double x, double y, double out)
{
    const double ax = x / 0.76, up = kind == 4 ? 0.16 * x * out : 0; /* cat's eyes rise outward */
    const double ay = (y + up) / (kind == 1 ? 0.66 : kind == 3 ? 0.44 : 0.54);
    const double round = ax * ax + ay * ay;
    const double boxy = sqrt(ax * ax * ax * ax + ay * ay * ay * ay + 1e-12);
    return sqrt(kind == 1 ? round : kind == 3 ? boxy : 0.4 * round + 0.6 * boxy);
}

void idi_portrait_paint_glasses(const idi_scene *s, idi_sample *q)
{
    const idi_wear *w = &s->wear;
    if (w->glasses == 0 || absolute(q->v) > 1.2) return;
    /* they ride in front of the face, so they move a little farther with the head */
    const double u = q->u - 0.12 * s->yaw_sin, v = q->v - 0.1 - 0.05 * s->pitch_sin;
    const double out = u < 0 ? -1 : 1;
    const double x = u * out - 0.97, thick = (w->glasses == 2 ? 0.03 : 0.058) + 0.25 * s->grain_px;
    const double r = lens_radius(w->glasses, x, v, 1);
    const double ring = thick - absolute(r - 1) * 0.6;
    double frame = edge(s, ring);
    const double bridge = thick * 0.9 - absolute(v + 0.12 - 0.5 * u * u);
    if (absolute(u) < 0.26) frame = greater(frame, edge(s, bridge));
    const double temple = thick * 0.9 - absolute(v + 0.16);
    if (x > 0.7 && absolute(u) < s->skull.width * 0.985) frame = greater(frame, edge(s, temple));
    if (r < 1) {
        const bool keeps =
            w->glasses != 5 && q->label >= IDI_LABEL_L_EYE && q->label <= IDI_LABEL_R_BROW;
        const int old = q->label;
        const double glare =
            ramp(0.16, 0.02, absolute(x * 0.8 + v * 1.4 + 0.35 - 0.4 * s->light.x));
        lay(q, w->lens, w->lens_alpha, -1);
        lay(q, s->light.key, (w->glasses == 5 ? 0.2 : 0.14) * glare * ramp(1, 0.8, r), -1);
        q->label = keeps ? old : IDI_LABEL_GLASSES;
    } else if (frame < 0.5) { /* the frame's shadow on the skin */
        const double d = lens_radius(w->glasses, x + 0.03 * s->light.x * out, v - 0.09, 1);
        tone(q, 0.7, 0.6, 0.58, 0.6 * ramp(0.14, 0, absolute(d - 1)));
    }
    const double sheen = 1 + 0.8 * clamp(1 - absolute(v + 0.38 + 0.3 * x) / 0.1, 0, 1);
    lay(q, rgb_scale(w->frame, 0.75 * sheen), frame, IDI_LABEL_GLASSES);
}

typedef struct crown {
    double in;   /* how far inside */
    double band; /* how far above the lower edge */
} crown;

static crown crown_at(const idi_scene *s, double u, double v, double edge_v, double grow)
{
    const double side = s->skull.width + s->hair.side * 0.4 + 0.16 + grow;
    const double high = s->skull.up + 0.38 + grow * 0.5;
    const double dv = v - s->skull.middle;
    const double bend = edge_v + 0.035 * u * u;
    const double snug = 1 + 0.14 * ramp(0.9, 0, bend - v); /* hugs the head at the hem */
    const double x = square(u * snug / side), y = square(dv / high);
    const double o = sqrt(mix(x + y, sqrt(x * x + y * y), 0.4) + 1e-9);
    return (crown){lesser((1 - o) * side, bend - v), bend - v};
}

static idi_rgb hat_lit(const idi_scene *s, double u, double v, double k)
{
    const double nx = clamp(u / 2.7, -0.8, 0.8), ny = clamp((v + 0.4) / 3.4, -0.55, 0.1);
    const idi_rgb lit = idi_portrait_lit(s, nx, ny, sqrt(1 - nx * nx - ny * ny));
    return rgb_times(rgb_scale(s->wear.hat_colour, k), lit);
}

static void paint_beanie(const idi_scene *s, double u, double v, idi_sample *q)
{
    const crown c = crown_at(s, u, v, -1.42, 0.1);
    const double cover = edge(s, c.in);
    if (cover <= 0) return;
    const double rib = sin_turn(u * (c.band < 0.75 ? 3.6 : 2.6)) * 0.13;
    const double stitch = noise(s->grain + 6, u * 22, v * 22) * 0.1;
    const double hem = ramp(0.72, 0.78, c.band);
    const double k = (1 + rib + stitch) * (1 - 0.35 * ramp(0.1, 0, absolute(c.band - 0.76))) *
                     mix(1.06, 0.94, hem);
    lay(q, hat_lit(s, u, v, k), cover, IDI_LABEL_HAT);
}

static void paint_cap(const idi_scene *s, double u, double v, idi_sample *q)
{
    const crown c = crown_at(s, u, v, -1.5, 0.02);
    const double cover = edge(s, c.in);
    const double seam =
        ramp(0.05, 0, absolute(absolute(u) - 0.75 + 0.12 * (v + 2.5))) + ramp(0.04, 0, absolute(u));
    if (cover > 0) lay(q, hat_lit(s, u, v, 1 - 0.22 * seam), cover, IDI_LABEL_HAT);
    /* the peak: a lens towards the viewer */
    const double x = u / 1.95, top = -1.78 + 0.28 * x * x, low = -1.12 + 0.34 * x * x;
    const double peak = absolute(x) < 1 ? lesser(v - top, (low - v) * 1.0 - 0.3 * x * x) : -1;
    const double shade = mix(1.15, 0.6, clamp((v - top) / (low - top), 0, 1));
    lay(q, hat_lit(s, u, -1.5, shade), edge(s, peak), IDI_LABEL_HAT);
}

static void paint_brimmed(const idi_scene *s, double u, double v, idi_sample *q)
{
    const double x = u / 3.35, mid = -1.72 + 0.45 * x * x;
    const double brim = absolute(x) < 1 ? 0.34 * sqrt(1 - x * x) - absolute(v - mid) : -1;
    const double weave = 1 + 0.09 * noise(s->grain + 7, u * 14, v * 30);
    const crown c = crown_at(s, u * 1.1, v, -1.7, 0.05);
    const double cover = edge(s, c.in);
    if (cover > 0) {
        idi_rgb col = hat_lit(s, u, v, weave);
        const double ribbon = ramp(0.2, 0.24, c.band) * ramp(0.72, 0.68, c.band);
        col = rgb_mix(col, rgb_scale(s->wear.cloth_second, 0.6), 0.9 * ribbon);
        lay(q, col, cover, IDI_LABEL_HAT);
    }
    lay(q, hat_lit(s, u, -1.6, weave * mix(1.1, 0.72, ramp(-0.2, 0.25, v - mid))), edge(s, brim),
        IDI_LABEL_HAT);
}

void idi_portrait_paint_hat(const idi_scene *s, idi_sample *q)
{
    if (s->wear.hat == 0 || q->v > -0.2) return;
    const double cast = ramp(-0.55, -1.5, q->v - 0.13 * q->u * q->u);
    if (q->label == IDI_LABEL_SKIN || q->label == IDI_LABEL_L_BROW || q->label == IDI_LABEL_R_BROW)
        tone(q, 0.55, 0.44, 0.42, 0.8 * cast);
    if (s->wear.hat == 1) paint_beanie(s, q->u, q->v, q);
    if (s->wear.hat == 2) paint_cap(s, q->u, q->v, q);
    if (s->wear.hat == 3) paint_brimmed(s, q->u, q->v, q);
}
