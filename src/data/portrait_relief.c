/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_relief.c - the face as a height field: a dome with hills, its slopes and light. */
#include "data/portrait_scene.h"

static void add(idi_scene *s, double u, double v, double ru, double rv, double height)
{
    if (height == 0 || s->bump_count == IDI_PORTRAIT_BUMPS) return;
    s->bump[s->bump_count++] = (idi_bump){u, v, 1 / ru, 1 / rv, height};
}

static void add_pair(idi_scene *s, double u, double v, double ru, double rv, double height)
{
    add(s, -u, v, ru, rv, height);
    add(s, u, v, ru, rv, height);
}

static void add_eyes_and_cheeks(idi_scene *s)
{
    const idi_portrait_person *p = s->person;
    const double lift = greater(s->smile, 0);
    const idi_eye *e = &s->eye[1];
    add_pair(s, e->u - 0.15, e->brow_v + 0.08, 0.95, 0.36,
             0.08 + 0.06 * p->eye_depth + 0.05 * p->masculine);
    add_pair(s, e->u - 0.12, e->v - 0.02, 0.85, 0.58, -0.26 - 0.1 * p->eye_depth);
    add_pair(s, e->u, e->v + 0.02, 0.62, 0.42, 0.17);
    add_pair(s, e->u - 0.05, e->v + 0.40, 0.5, 0.14, 0.03 + 0.06 * p->bags);
    add_pair(s, 1.3, 0.95 - 0.12 * lift, 0.85, 0.75, 0.16 + 0.1 * p->cheekbones + 0.1 * lift);
    add_pair(s, 1.5, 0.62, 0.6, 0.4, 0.05 + 0.06 * p->cheekbones);
    add_pair(s, 1.35, 1.75, 0.6, 0.75, -0.06 * p->cheekbones - 0.04);
    add_pair(s, 1.85, -0.9, 0.7, 0.9, -0.12);
    add(s, 0, -1.3, 1.5, 0.9, 0.08);
}

static void add_nose(idi_scene *s)
{
    const idi_portrait_person *p = s->person;
    const idi_nose *n = &s->nose;
    const double high = 1.15 + 0.25 * p->nose_depth, b = n->bridge;
    add(s, 0, -0.05, 1.5 * b, 0.62, 0.26 * high);
    add(s, n->u * 0.5, 0.36, 1.5 * b, 0.5, (0.17 + 0.08 * p->nose_hump) * high);
    add(s, n->u, 0.66 * n->tip, 1.7 * b, 0.52, 0.23 * high);
    add(s, n->u, n->tip - 0.1, 1.75 * n->width, 0.52, 0.3 * high);
    add(s, n->u, n->tip - 0.03 * n->upturn, 1.25 * n->width, 0.27, 0.17 * high);
    add(s, n->u - n->wing * 0.68, n->tip + 0.03, 0.24, 0.25, 0.17);
    add(s, n->u + n->wing * 0.68, n->tip + 0.03, 0.24, 0.25, 0.17);
}

static void add_mouth_and_chin(idi_scene *s)
{
    const idi_portrait_person *p = s->person;
    const idi_mouth *m = &s->mouth;
    const double top = m->v - 0.15 * m->gap, low = m->v + 0.85 * m->gap;
    const double lift = greater(s->smile, 0);
    add(s, 0, m->v - 0.1, 1.15, 0.95, 0.14);
    add_pair(s, 0.16, m->v - 0.42, 0.12, 0.3, 0.03 * p->philtrum);
    add(s, 0, m->v - 0.42, 0.13, 0.3, -0.05 * p->philtrum);
    add(s, 0, top - 0.4 * m->upper, 0.9 * m->width, 1.1 * m->upper + 0.05, 0.09);
    add(s, 0, low + 0.45 * m->lower, 0.8 * m->width, 1.05 * m->lower + 0.06, 0.15);
    add(s, 0, low + m->lower + 0.2, 0.62, 0.24, -0.11);
    const double chin = s->skull.middle + s->skull.down - 0.52;
    add(s, 0, chin, 0.72 + 0.16 * p->chin_width, 0.5, 0.2 + 0.05 * p->chin_length);
    add(s, 0, chin + 0.1, 0.13, 0.3, -0.09 * p->chin_cleft);
    add_pair(s, m->width + 0.17, m->v - 0.1 - 0.2 * lift, 0.16, 0.3, -0.05 - 0.04 * lift);
    add_pair(s, m->width + 0.28, m->v - 0.25, 0.12, 0.16, -0.09 * p->dimples * lift);
}

void idi_portrait_relief_init(idi_scene *scene)
{
    scene->bump_count = 0;
    add_eyes_and_cheeks(scene);
    add_nose(scene);
    add_mouth_and_chin(scene);
}

/* Above the middle an ellipse; below it, a width that narrows to the chin, between an ellipse and
 * a squarer curve. */
double idi_portrait_outline(const idi_skull *k, double u, double v, double *slope_u_out,
                            double *slope_v_out)
{
    const double dv = v - k->middle;
    const double iv = dv < 0 ? k->inv_up : k->inv_down;
    const double y = dv * iv;
    double narrow = 1, dnarrow = 0;
    if (dv > 0) {
        const double t = lesser(y, 1);
        narrow = 1 - k->taper * t * t - k->chin * t * t * t * t;
        dnarrow = y < 1 ? -(2 * k->taper * t + 4 * k->chin * t * t * t) * iv : 0;
    } else { /* the temples */
        const double t = lesser(y * y, 1);
        narrow = 1 - 0.05 * t;
        dnarrow = y * y < 1 ? -0.1 * y * iv : 0;
    }
    const double x = u / (k->width * narrow);
    const double xu = 1 / (k->width * narrow), xv = -x * dnarrow / narrow;
    const double round = x * x + y * y;
    const double angular = sqrt(x * x * x * x + y * y * y * y) + 1e-9;
    const double sq = (dv > 0 ? k->square : 0.35) * lesser(1, 4 * absolute(y));
    const double ax = 2 * x * x * x / angular, ay = 2 * y * y * y / angular;
    *slope_u_out = mix(2 * x, ax, sq) * xu;
    *slope_v_out = mix(2 * x, ax, sq) * xv + mix(2 * y, ay, sq) * iv;
    return mix(round, angular, sq);
}

void idi_portrait_relief(const idi_scene *s, double u, double v, idi_shade *shade_out)
{
    double zu, zv;
    const double q = idi_portrait_outline(&s->skull, u, v, &zu, &zv);
    const double depth = q < 1.25 ? s->skull.depth : 0;
    double z = s->skull.depth * (1 - lesser(q, 1.25));
    zu *= -depth;
    zv *= -depth;
    const int count = q < 1.25 ? s->bump_count : 0;
    for (int i = 0; i < count; i++) {
        const idi_bump *b = &s->bump[i];
        const double y = (v - b->v) * b->iv;
        const double yy = y * y;
        if (yy >= 1) continue;
        const double x = (u - b->u) * b->iu;
        const double k = 1 - (x * x + yy);
        if (k <= 0) continue;
        const double kk = b->height * k * k;
        z += kk * k;
        zu -= 6 * kk * x * b->iu;
        zv -= 6 * kk * y * b->iv;
    }
    shade_out->u = u;
    shade_out->v = v;
    shade_out->z = z;
    shade_out->slope_u = zu;
    shade_out->slope_v = zv;
}

idi_rgb idi_portrait_lit(const idi_scene *s, double nx, double ny, double nz)
{
    const idi_light *l = &s->light;
    const double d = nx * l->x + ny * l->y + nz * l->z;
    /* Light that enters skin comes out elsewhere, red farthest: a wider falloff for red. */
    const double r = greater(0, (d + 0.34) / 1.34), g = greater(0, (d + 0.2) / 1.2);
    const double b = greater(0, (d + 0.16) / 1.16);
    const double sky = 0.72 - 0.28 * ny;
    const double fill = 0.16 * greater(0, -nx * (l->x > 0 ? 0.8 : -0.8) + 0.5 * nz);
    const double a = sky + fill;
    return (idi_rgb){l->key.r * r + l->ambient.r * a, l->key.g * g + l->ambient.g * a,
                     l->key.b * b + l->ambient.b * a};
}

/* The inverse of d(x, y)/d(u, v), kept away from folds. */
static void set_jacobian(const idi_scene *s, idi_shade *h)
{
    const double a = greater(0.3, s->yaw_cos + h->slope_u * s->yaw_sin);
    const double b = h->slope_v * s->yaw_sin, c = h->slope_u * s->pitch_sin;
    const double d = greater(0.3, s->pitch_cos + h->slope_v * s->pitch_sin);
    const double det = greater(0.25, a * d - b * c);
    h->uu = d / det;
    h->uv = -b / det;
    h->vu = -c / det;
    h->vv = a / det;
}

static void find_surface(const idi_scene *s, double x, double y, int steps, idi_shade *h)
{
    double u = h->u, v = h->v;
    for (int step = 0; step < steps; step++) {
        idi_portrait_relief(s, u, v, h);
        set_jacobian(s, h);
        const double ex = x - (u * s->yaw_cos + h->z * s->yaw_sin);
        const double ey = y - (v * s->pitch_cos + h->z * s->pitch_sin);
        u += clamp(h->uu * ex + h->uv * ey, -0.6, 0.6);
        v += clamp(h->vu * ex + h->vv * ey, -0.6, 0.6);
    }
    h->u = u;
    h->v = v;
}

void idi_portrait_shade(const idi_scene *s, double x, double y, int steps, idi_shade *h)
{
    find_surface(s, x, y, steps, h);
    const double zu = h->slope_u, zv = h->slope_v;
    const double inv = 1 / sqrt(1 + zu * zu + zv * zv);
    h->nx = -zu * inv;
    h->ny = -zv * inv;
    h->nz = inv;
    h->lit = idi_portrait_lit(s, h->nx, h->ny, h->nz);
    const idi_light *l = &s->light;
    double g = greater(0, h->nx * l->half_x + h->ny * l->half_y + h->nz * l->half_z);
    g *= g;
    g *= g;
    g *= g;
    h->gloss = g * g; /* 16th power */
}
