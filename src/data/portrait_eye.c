/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_eye.c - eyes with lids and lashes, and brows. */
#include "data/portrait_scene.h"

/* A point against one eye: (x, y) from its centre, x outward; t = x over the half width; the lids'
 * heights there. */
typedef struct eye_point {
    double x, y, t, top, low; /* open where -top < y < low */
    int eye_label;
} eye_point;

/* The height of an almond's edge; `round` lifts its shoulders, `lean` moves its peak outward. */
static double almond(double t, double round, double lean)
{
    const double q = 1 - t * t;
    return q > 0 ? q * (1 + round * t * t) * (1 + lean * t) : 0;
}

static void paint_iris(const idi_scene *s, const idi_eye *e, const eye_point *p, double out,
                       idi_sample *q)
{
    const double dx = p->x - out * e->gaze_u, dy = p->y - e->gaze_v;
    const double r = sqrt(dx * dx + dy * dy) / e->iris;
    if (r > 1.15) return;
    const double inv = 1 / (r * e->iris + 1e-9);
    /* fibres: noise along the angle, taken from the direction's two coordinates */
    const double fibre = noise(s->texture + 21, dx * inv * 7 + 20, dy * inv * 7 + r);
    const double ring = ramp(0.62, 0.4, r);
    idi_rgb c = rgb_scale(s->iris, 1.05 + 0.4 * fibre + 0.45 * (p->y - e->gaze_v) / e->iris);
    c = rgb_mix(c, (idi_rgb){c.r * 1.5 + 0.03, c.g * 1.1, c.b * 0.7}, ring * 0.6);
    c = rgb_scale(c, 1 - 0.72 * ramp(0.74, 1.0, r)); /* the dark rim */
    const double pupil = 0.40;
    const double px = s->grain_px / e->iris;
    c = rgb_mix(c, (idi_rgb){0.006, 0.005, 0.005}, ramp(pupil + 0.06 + px, pupil - px, r));
    lay(q, c, ramp(1.06 + px, 0.94 - px, r), -1);
}

static void paint_ball(const idi_scene *s, const idi_eye *e, const eye_point *p, double out,
                       double cover, idi_sample *q)
{
    idi_sample ball = *q;
    const idi_rgb lit = q->shade->lit;
    const double grey = (0.60 - 0.28 * p->t * p->t) * (1.0 - 0.06 * s->person->age);
    ball.colour = (idi_rgb){grey * 1.02, grey * 0.96, grey * 0.93};
    const double inner = spot(p->t + 1.0, p->y + 0.02, 0.3, 0.16);
    ball.colour = rgb_mix(ball.colour, rgb_display(196, 120, 108), 0.85 * inner);
    paint_iris(s, e, p, out, &ball);
    ball.colour = rgb_times(ball.colour, rgb_mix(lit, (idi_rgb){0.9, 0.9, 0.9}, 0.35));
    tone(&ball, 0.38, 0.36, 0.38, ramp(0.24, 0.0, p->y + p->top)); /* the upper lid's shadow */
    const double gx = p->x - out * e->gaze_u - out * (0.08 * s->light.x * 1.2);
    const double gy = p->y - e->gaze_v + 0.085;
    const double r = 0.062 + 0.3 * s->grain_px;
    lay(&ball, (idi_rgb){1, 1, 1}, 0.95 * ramp(r * r * 1.4, r * r * 0.5, gx * gx + gy * gy), -1);
    const double hx = gx + out * 0.14 * (s->light.x > 0 ? 1 : -1), hy = gy - 0.15;
    lay(&ball, (idi_rgb){0.6, 0.65, 0.7}, 0.4 * ramp(0.004, 0.001, hx * hx + hy * hy), -1);
    lay(q, ball.colour, cover, p->eye_label);
}

/* Lashes: strokes that leave the upper lid outward. */
static double lashes(const idi_scene *s, const eye_point *p, double length)
{
    const double up = -p->top - p->y; /* height above the lid's edge */
    const double reach = length * (0.35 + 0.65 * ramp(-0.7, 0.9, p->t));
    if (up < 0 || up > reach || p->t < -0.85) return 0;
    const double along = p->t * 13 - up * (3 + 9 * p->t) + noise(s->texture + 22, p->t * 5, 0);
    const double f = absolute(along - (double)floor_int(along) - 0.5) * 2;
    const double thin = ramp(0.3 + 0.6 * (1 - up / reach), 0.0, f);
    return thin * (1 - up / reach) * ramp(1.2, 0.95, p->t);
}

static void paint_lids(const idi_scene *s, const idi_eye *e, const eye_point *p, idi_sample *q)
{
    const idi_portrait_person *who = s->person;
    const double above = -p->top - p->y; /* positive above the upper lid's edge */
    const double within = ramp(1.18, 0.85, absolute(p->t));
    const double gap = 0.05 + 0.12 * who->lid_fold + 0.35 * greater(0, 0.2 - e->up);
    const double shadow = s->makeup * s->photo->eye_shadow;
    if (above > -0.02 && above < 0.5) {
        const idi_rgb tint = rgb_times(rgb_hue(s->photo->eye_shadow_hue, 0.5, 0.62), q->shade->lit);
        lay(q, tint, 0.55 * shadow * within * ramp(gap + 0.28, gap * 0.5, above), -1);
    }
    const double fold = clamp(who->lid_fold * 1.5, 0, 1);
    const double crease = clamp(1 - absolute(above - gap) / 0.045, 0, 1);
    tone(q, 0.42, 0.3, 0.28, crease * fold * within * 0.75);
    const double plump = clamp(1 - absolute(above - gap * 0.5) / 0.05, 0, 1);
    tone(q, 1.12, 1.1, 1.08, plump * fold * within);
    const double below = p->y - p->low;
    tone(q, 0.66, 0.52, 0.5,
         0.5 * within * clamp(1 - absolute(below - 0.13) / 0.09, 0, 1) * (0.25 + 0.75 * who->bags));
    const double rim = clamp(1 - absolute(below - 0.015) / (0.03 + s->grain_px), 0, 1);
    lay(q, rgb_times(rgb_mix(s->skin, rgb_display(220, 140, 130), 0.35), q->shade->lit),
        0.55 * rim * within, -1);
}

static void paint_lash_line(const idi_scene *s, const idi_eye *e, const eye_point *p, idi_sample *q)
{
    const double ink = 0.72 - 0.2 * s->person->masculine + 0.4 * s->makeup * s->photo->mascara;
    const double above = -p->top - p->y, in = ramp(1.12, 0.96, absolute(p->t));
    const double thick = (0.03 + 0.036 * ink * (0.6 + 0.4 * p->t)) + 0.3 * s->grain_px;
    const double line = in * clamp(1.4 - absolute(above - 0.3 * thick) / thick, 0, 1);
    const idi_rgb dark = rgb_mix((idi_rgb){0.012, 0.009, 0.008}, s->brow, 0.3);
    lay(q, dark, line * (0.55 + 0.4 * ink), e->up > 0.02 ? p->eye_label : -1);
    lay(q, dark, 0.85 * ink * lashes(s, p, 0.07 + 0.1 * ink), -1);
    const double low = clamp(1 - absolute(p->y - p->low) / (0.018 + 0.4 * s->grain_px), 0, 1);
    lay(q, dark, low * in * 0.35 * ramp(-0.6, 0.6, p->t), -1);
}

void idi_portrait_paint_eye(const idi_scene *s, int side, idi_sample *q)
{
    const idi_eye *e = &s->eye[side];
    const double out = side == 0 ? -1 : 1;
    eye_point p;
    p.x = q->u * out - e->u;
    p.y = q->v - e->v;
    if (absolute(p.x) > 0.95 || absolute(p.y) > 0.8) return;
    p.y += e->tilt * p.x;
    p.t = p.x / e->width;
    p.eye_label = side == 0 ? IDI_LABEL_L_EYE : IDI_LABEL_R_EYE;
    p.top = e->up * almond(p.t, e->round, -0.12);
    p.low = e->down * almond(p.t, e->round * 0.7, 0.18);
    paint_lids(s, e, &p, q);
    const double inside = lesser(p.y + p.top, p.low - p.y);
    const double cover = absolute(p.t) < 1 ? edge(s, inside) : 0;
    if (cover > 0) paint_ball(s, e, &p, out, cover, q);
    paint_lash_line(s, e, &p, q);
}

void idi_portrait_paint_brow(const idi_scene *s, int side, idi_sample *q)
{
    const idi_eye *e = &s->eye[side];
    const double out = side == 0 ? -1 : 1;
    const double x = q->u * out - e->u;
    const double t = (x - e->brow_in) / (e->brow_out - e->brow_in);
    if (t < -0.08 || t > 1.05) return;
    const double rise = 1 - square((t - 0.64) / 0.64);
    const double line = e->brow_v + 0.06 - e->brow_arch * rise - e->brow_tilt * (t - 0.4);
    const double y = q->v - line;
    if (absolute(y) > 0.4) return;
    const double thick = e->brow_thick * (0.62 + 0.55 * ramp(0, 0.3, t)) * (1 - 0.72 * t * t * t);
    const double ends = ramp(-0.08, 0.1, t) * ramp(1.05, 0.85, t);
    const double body = clamp(1.35 - absolute(y) / (thick * 0.8), 0, 1) * ends;
    if (body <= 0) return;
    const double lean = 0.5 - 0.75 * t; /* hairs stand inside, lie outside */
    const double hairs =
        noise(s->texture + 31 + (uint32_t)side, x * 26 + y * 22 * lean, y * 9 - x * 3);
    const double density = s->person->brow_density;
    const double alpha = body * clamp(density * (1.05 + 0.5 * hairs), 0, 1);
    const idi_rgb c = rgb_times(rgb_scale(s->brow, 1 + 0.35 * hairs), q->shade->lit);
    const int label = side == 0 ? IDI_LABEL_L_BROW : IDI_LABEL_R_BROW;
    lay(q, c, alpha, -1);
    if (body > 0.45) q->label = label;
}
