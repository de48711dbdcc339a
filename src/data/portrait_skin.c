/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_skin.c - the head's skin: pigment, marks, folds, beard, and light on it. */
#include "data/portrait_scene.h"

/* Freckles sit one to a cell of a grid that belongs to the person. */
static double freckle(const idi_scene *s, double u, double v)
{
    const double rate = s->person->freckles, cell = 0.145;
    const double gx = (0.8 * u + 0.6 * v) / cell, gy = (0.8 * v - 0.6 * u) / cell;
    const int32_t i = floor_int(gx), j = floor_int(gy);
    const uint32_t h = hash_cell(s->texture ^ 0xF4ECU, i, j);
    const uint32_t g = hash_cell(s->texture ^ 0xF4EDU, i, j);
    const double near = spot(u * 0.62, v - 0.75, 1.15, 1.35); /* nose and cheeks most */
    if (hash_byte(h, 0) > rate * (0.25 + 1.2 * near)) return 0;
    const double r = 0.1 + 0.18 * hash_byte(h, 1);
    const double dx = gx - (double)i - (0.22 + 0.56 * hash_byte(g, 2));
    const double dy = gy - (double)j - (0.22 + 0.56 * hash_byte(g, 3));
    return ramp(r * r, 0.3 * r * r, dx * dx + dy * dy) * (0.35 + 0.6 * hash_byte(h, 1));
}

static idi_rgb pigment(const idi_scene *s, double u, double v)
{
    const idi_portrait_person *p = s->person;
    idi_rgb c = s->skin;
    const double broad = noise(s->texture, u * 1.3, v * 1.3);
    const double patch = noise(s->texture + 1, u * 2.9, v * 2.9);
    const double fine = noise(s->texture + 2, u * 11, v * 11);
    const double pore = noise(s->texture + 3, u * 34, v * 34);
    const double k = 1 + (0.05 + 0.13 * p->blotches) * (0.55 * broad + 0.6 * patch) +
                     (0.012 + 0.035 * p->pores) * (fine + pore);
    c = rgb_scale(c, k);
    const double cheek = spot(absolute(u) - 1.15, v - 0.95, 0.85, 0.75);
    const double nose = spot(u, v - 1.15, 0.55, 0.5), chin = spot(u, v - 2.9, 0.8, 0.5);
    const double blush = s->makeup * 0.5 * s->photo->blush;
    const double red =
        (0.05 + 0.30 * p->redness) * (cheek + 0.8 * nose + 0.4 * chin) * (1 + 0.5 * patch) +
        blush * cheek;
    c.r *= 1 + 0.06 * red;
    c.g *= 1 - 0.32 * red;
    c.b *= 1 - 0.26 * red;
    if (p->freckles > 0) {
        const double f = freckle(s, u, v);
        c = rgb_mix(c, (idi_rgb){c.r * 0.6, c.g * 0.42, c.b * 0.32}, f);
    }
    for (int i = 0; i < s->mole_count; i++) {
        const idi_mole *m = &s->mole[i];
        const double q = square(u - m->u) + square(v - m->v), r = m->radius;
        if (q < r * r * 1.6)
            c = rgb_mix(c, rgb_times(s->skin, (idi_rgb){0.2, 0.12, 0.1}),
                        0.9 * ramp(r * r * 1.6, r * r * 0.4, q));
    }
    return c;
}

/* How thick facial hair grows at a point: x stubble, y grown beard. */
static void beard_at(const idi_scene *s, double u, double v, double *shade_out, double *hair_out)
{
    const idi_portrait_person *p = s->person;
    const idi_mouth *m = &s->mouth;
    const double a = absolute(u), wob = 0.08 * noise(s->texture + 9, u * 5, v * 5);
    const double jaw_line = 0.62 + 1.35 * ramp(1.9, 0.65, a) + wob; /* beard's upper edge */
    const double cheek = ramp(jaw_line - 0.1, jaw_line + 0.35, v);
    const double lip_top = m->v - m->lift * square(u / m->width);
    const double tash = ramp(m->width * 1.2, m->width * 0.85, a) *
                        ramp(s->nose.base + 0.02, s->nose.base + 0.24, v - 0.22 * a) *
                        ramp(lip_top + 0.15, lip_top - 0.05, v - 0.5 * greater(0, a - 0.6));
    const double chin = ramp(0.85, 0.55, a + wob) * ramp(m->v + 0.25, m->v + 0.45, v);
    const double bare = spot(u, v - m->v - 0.42, 0.3, 0.12) * 0.5;
    *shade_out = p->stubble * greater(cheek * (1 - bare), tash) * 0.55;
    *hair_out =
        greater(greater(p->moustache > 0 ? tash : 0, p->goatee > 0 ? greater(chin, tash) : 0),
                p->beard > 0 ? greater(cheek, tash) : 0);
    *hair_out *= 1 - bare;
}

static void grow_beard(const idi_scene *s, idi_sample *q)
{
    const idi_portrait_person *p = s->person;
    if (p->stubble <= 0 && p->moustache <= 0 && p->goatee <= 0 && p->beard <= 0) return;
    if (q->v < 0.5) return;
    double shade, hair;
    beard_at(s, q->u, q->v, &shade, &hair);
    const double grain = noise(s->texture + 5, q->u * 42, q->v * 30);
    tone(q, 0.62, 0.66, 0.74, shade * (0.8 + 0.5 * grain));
    if (hair > 0.01) {
        const double strand = noise(s->texture + 6, q->u * 38 + q->v * 8, q->v * 11 - 9 * q->u);
        const idi_rgb lit = q->shade->lit;
        const idi_rgb c = rgb_times(rgb_scale(s->brow, 1.2 + 0.35 * strand), lit);
        lay(q, rgb_times(rgb_mix(s->skin, s->brow, 0.75), lit), 0.85 * hair, -1);
        lay(q, c, hair * clamp(0.7 + 0.45 * strand, 0, 0.95), -1);
    }
}

/* A soft crease along v = line. */
static double crease(double v, double line, double width)
{
    const double d = (v - line) / width;
    return d * d < 1 ? square(1 - d * d) : 0;
}

static void fold_skin(const idi_scene *s, idi_sample *q)
{
    const idi_portrait_person *p = s->person;
    const double a = absolute(q->u), lift = greater(0, s->smile);
    /* from the wing of the nose round the corner of the mouth */
    const double top = s->nose.tip - 0.02, low = s->mouth.v + 0.25 - 0.25 * lift;
    const double t = (q->v - top) / (low - top);
    if (t > 0 && t < 1.15) {
        const double line =
            s->nose.wing + 0.10 +
            (s->mouth.width - s->nose.wing + 0.14 + 0.1 * lift) * t * (1.5 - 0.5 * t);
        const double k = crease(a, line, 0.10 + 0.06 * t) * ramp(0, 0.2, t) * ramp(1.15, 0.7, t);
        tone(q, 0.62, 0.5, 0.48, k * clamp(0.06 + 0.45 * p->fold + 0.4 * lift, 0, 0.85));
    }
    if (p->age > 0.25 && q->v < -0.8) {
        const double wob = 0.06 * noise(s->texture + 7, q->u * 1.7, 3);
        double k = 0;
        for (int i = 0; i < 3; i++)
            k += crease(q->v, -1.0 - 0.24 * i + wob - 0.05 * square(a), 0.05);
        k *= ramp(1.5, 0.7, a) * (0.6 + 0.4 * s->photo->brow_raise);
        tone(q, 0.7, 0.6, 0.58, 0.8 * (p->age - 0.2) * clamp(k, 0, 1));
    }
    const double between = crease(a, 0.16, 0.07) * spot(0, q->v + 0.5, 1, 0.35);
    tone(q, 0.65, 0.55, 0.52, between * (0.15 * p->age + 0.55 * s->photo->frown));
}

static void shade_hollows(const idi_scene *s, idi_sample *q)
{
    const double a = absolute(q->u), side = s->light.x;
    /* sockets, beside the nose's root */
    tone(q, 0.62, 0.5, 0.47, 0.55 * spot(a - 0.48, q->v + 0.06, 0.34, 0.42));
    tone(q, 0.8, 0.7, 0.68, 0.5 * spot(a - s->eye[1].u, q->v + 0.30, 0.75, 0.28));
    tone(q, 0.80, 0.70, 0.74,
         (0.15 + 0.75 * s->person->bags) * spot(a - s->eye[1].u + 0.12, q->v - 0.33, 0.5, 0.17));
    /* the nose's shadow, away from the light, and under its tip */
    const double cast = spot(q->u + side * 0.75, q->v - s->nose.tip + 0.15, 0.5, 0.75);
    tone(q, 0.66, 0.5, 0.46, 0.62 * cast * absolute(side));
    tone(q, 0.6, 0.46, 0.44,
         0.6 * spot(q->u + 0.25 * side, q->v - s->nose.base - 0.12, s->nose.wing * 1.15, 0.26));
    /* under the lower lip */
    const double low = s->mouth.v + 0.85 * s->mouth.gap + s->mouth.lower;
    tone(q, 0.72, 0.58, 0.56, 0.55 * spot(q->u, q->v - low - 0.08, s->mouth.width * 0.75, 0.17));
}

void idi_portrait_paint_head(const idi_scene *s, idi_sample *q)
{
    double zu, zv;
    const double o = idi_portrait_outline(&s->skull, q->u, q->v, &zu, &zv);
    if (o > 1.1) return;
    const double slope = sqrt(zu * zu + zv * zv) + 1e-6;
    const double cover = edge(s, (1 - o) / slope);
    if (cover <= 0) return;
    const double window = idi_portrait_hair_window(s, q->u, q->v);
    const bool hidden = window < -0.1 && !s->hair.cropped && q->v < lesser(0.2, s->hair.end - 0.6);
    if (hidden) { /* the front hair will cover it */
        lay(q, s->skin, cover, IDI_LABEL_SKIN);
        return;
    }
    idi_sample in = *q;
    in.colour = rgb_times(pigment(s, q->u, q->v), q->shade->lit);
    const double oil = 0.10 * (1 + 0.35 * noise(s->texture + 4, q->u * 30, q->v * 30));
    in.colour = rgb_add(in.colour, s->light.key, oil * q->shade->gloss);
    in.label = IDI_LABEL_SKIN;
    tone(&in, 0.72, 0.6, 0.58, 0.6 * ramp(0.72, 1.05, o)); /* turning away at the rim */
    shade_hollows(s, &in);
    fold_skin(s, &in);
    grow_beard(s, &in);
    tone(&in, 0.62, 0.5, 0.46, 0.75 * ramp(0.42, -0.05, window)); /* the hair's shadow */
    idi_portrait_paint_nose(s, &in);
    idi_portrait_paint_mouth(s, &in);
    for (int side = 0; side < 2; side++) {
        idi_portrait_paint_eye(s, side, &in);
        idi_portrait_paint_brow(s, side, &in);
    }
    lay(q, in.colour, cover, in.label);
}
