/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_scene.c - from sliders to a scene: skull, features, pose, framing. */
#include "data/portrait_scene.h"

static void set_skull(idi_scene *s)
{
    const idi_portrait_person *p = s->person;
    idi_skull *k = &s->skull;
    const double drop = s->jaw_drop;
    k->middle = 0.35;
    k->width = 2.02 * (1 + 0.07 * p->head_width + 0.03 * p->cheekbones);
    k->up = 3.05 + 0.12 * p->head_length;
    k->down = (3.12 + 0.2 * p->head_length + 0.2 * p->chin_length) - 0.2 + drop;
    k->taper = clamp(0.29 - 0.13 * p->jaw_width, 0.1, 0.45);
    k->chin = clamp(0.10 - 0.12 * p->chin_width, -0.05, 0.22);
    k->square = clamp(0.3 + 0.35 * p->jaw_square, 0, 0.7);
    k->depth = 1.75;
    k->inv_up = 1 / k->up;
    k->inv_down = 1 / k->down;
}

static void set_eye(idi_scene *s, int side)
{
    const idi_portrait_person *p = s->person;
    const idi_portrait_photo *f = s->photo;
    const double out = side == 0 ? -1 : 1;
    idi_eye *e = &s->eye[side];
    const double scale = 1 + 0.17 * p->eye_size;
    e->u = 1 + 0.1 * p->eye_spacing;
    e->v = -0.04 * p->eye_height;
    e->width = 0.53 * (1 + 0.13 * p->eye_size);
    const double open = scale * (1 + 0.24 * p->eye_open);
    e->up = 0.235 * open * (1 + 0.12 * f->brow_raise * (1 - 0.4 * s->smile));
    e->down = 0.155 * open * (1 - 0.35 * greater(s->smile, 0));
    e->up = mix(e->up, -e->down * 0.92, f->blink);
    e->tilt = 0.05 + 0.15 * p->eye_tilt;
    e->round = 0.25 + 0.5 * p->eye_round;
    e->iris = 0.225 * (1 + 0.09 * p->iris_size) * (1 + 0.07 * p->eye_size);
    e->gaze_u = 0.11 * f->gaze_x;
    e->gaze_v = -0.02 + 0.03 * f->gaze_y;
    e->brow_v = e->v - (0.66 + 0.17 * p->brow_height) - 0.09 * f->brow_raise + 0.07 * f->frown;
    e->brow_v += out * 0.05 * p->brow_asymmetry;
    e->brow_thick = 0.115 * (1 + 0.55 * p->brow_thick);
    e->brow_arch = 0.11 + 0.13 * p->brow_arch + 0.02 * f->brow_raise;
    e->brow_tilt = 0.05 + 0.15 * p->brow_tilt - 0.22 * f->frown;
    e->brow_in = -0.58 - 0.13 * p->brow_gap - 0.08 * f->frown;
    e->brow_out = 0.74 + 0.14 * p->brow_length;
}

static void set_nose_and_mouth(idi_scene *s)
{
    const idi_portrait_person *p = s->person;
    const idi_portrait_photo *f = s->photo;
    idi_nose *n = &s->nose;
    n->u = 0.05 * p->nose_bend;
    n->tip = 1.15 + 0.19 * p->nose_length;
    n->base = n->tip + 0.19 - 0.03 * p->nose_upturn;
    n->bridge = 0.23 * (1 + 0.45 * p->nose_bridge);
    n->wing = 0.46 * (1 + 0.33 * p->nose_wings) * (1 + 0.06 * greater(s->smile, 0));
    n->width = 0.26 * (1 + 0.4 * p->nose_tip);
    n->upturn = p->nose_upturn;
    idi_mouth *m = &s->mouth;
    m->u = 0;
    m->width = 0.80 * (1 + 0.15 * p->mouth_width) * (1 + 0.13 * s->smile);
    m->v = 2.06 + 0.1 * p->mouth_height + 0.13 * p->nose_length;
    m->lift = 0.03 + 0.06 * p->mouth_corner + 0.17 * s->smile;
    m->slant = 0.04 * p->mouth_asymmetry;
    const double thin = 1 - 0.2 * greater(s->smile, 0);
    m->upper = 0.165 * (1 + 0.5 * p->upper_lip) * thin;
    m->lower = 0.225 * (1 + 0.45 * p->lower_lip) * thin;
    m->bow = 0.12 + 0.4 * p->cupid_bow;
    m->gap = 0.5 * f->open + (s->smile > 0.55 ? 0.45 * (s->smile - 0.55) : 0);
    m->drop = s->jaw_drop;
}

/* The picture-plane position of a face point. */
static void project(const idi_scene *s, double u, double v, double *x_out, double *y_out)
{
    idi_shade shade;
    idi_portrait_relief(s, u, v, &shade);
    *x_out = u * s->yaw_cos + shade.z * s->yaw_sin;
    *y_out = v * s->pitch_cos + shade.z * s->pitch_sin;
}

static void place_landmarks(const idi_scene *s, double x[5], double y[5])
{
    const idi_mouth *m = &s->mouth;
    const double corner = m->v - m->lift * 0.75;
    project(s, -s->eye[0].u, s->eye[0].v, &x[0], &y[0]);
    project(s, s->eye[1].u, s->eye[1].v, &x[1], &y[1]);
    project(s, s->nose.u, s->nose.tip, &x[2], &y[2]);
    project(s, m->u - m->width, corner + m->slant, &x[3], &y[3]);
    project(s, m->u + m->width, corner - m->slant, &x[4], &y[4]);
}

/* Places the head in the frame as an aligner would: least squares over scale and shift to the
 * template, then the photograph's own roll, shift and zoom. */
static void frame(idi_scene *s)
{
    static const double want_x[5] = {0.377, 0.624, 0.501, 0.393, 0.612};
    static const double want_y[5] = {0.469, 0.469, 0.613, 0.725, 0.725};
    double x[5], y[5], mx = 0, my = 0, wx = 0, wy = 0, dot = 0, norm = 0;
    place_landmarks(s, x, y);
    for (int i = 0; i < 5; i++) {
        mx += x[i] / 5;
        my += y[i] / 5;
        wx += want_x[i] / 5;
        wy += want_y[i] / 5;
    }
    for (int i = 0; i < 5; i++) {
        dot += (x[i] - mx) * (want_x[i] - wx) + (y[i] - my) * (want_y[i] - wy);
        norm += square(x[i] - mx) + square(y[i] - my);
    }
    const idi_portrait_photo *f = s->photo;
    const double scale = dot / norm * f->zoom; /* sides per head unit */
    const double c = cos_small(f->roll), n = sin_small(f->roll);
    wx += f->shift_x;
    wy += f->shift_y;
    for (int i = 0; i < 5; i++) {
        const double dx = scale * (x[i] - mx), dy = scale * (y[i] - my);
        s->landmarks.x[i] = (float)((wx + c * dx - n * dy) * s->size - 0.5);
        s->landmarks.y[i] = (float)((wy + n * dx + c * dy) * s->size - 0.5);
    }
    s->ax = c / scale;
    s->ay = -n / scale;
    s->x0 = mx - (s->ax * wx - s->ay * wy);
    s->y0 = my - (s->ay * wx + s->ax * wy);
    s->grain_px = 1 / (scale * s->size);
}

void idi_portrait_scene_init(const idi_portrait_person *person, const idi_portrait_photo *photo,
                             int64_t size, idi_scene *scene_out)
{
    idi_scene *s = scene_out;
    *s = (idi_scene){.person = person, .photo = photo, .size = (double)size};
    s->texture = (uint32_t)(person->texture ^ (person->texture >> 32));
    s->grain = (uint32_t)(photo->grain ^ (photo->grain >> 32));
    s->yaw_sin = sin_small(photo->yaw);
    s->yaw_cos = cos_small(photo->yaw);
    s->pitch_sin = sin_small(photo->pitch);
    s->pitch_cos = cos_small(photo->pitch);
    s->smile = photo->smile;
    s->jaw_drop = 0.38 * photo->open;
    set_skull(s);
    set_eye(s, 0);
    set_eye(s, 1);
    set_nose_and_mouth(s);
    idi_portrait_relief_init(s);
    frame(s);
    s->side = size <= 512 ? 2 : 1;
    s->grain_px /= s->side;
    idi_portrait_style_init(s);
}
