/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait.c - rendering: every pixel takes a grid of samples through the painters. */
#include "data/portrait.h"

#include "data/portrait_scene.h"

enum { MOST_SAMPLES = 4, FIRST_STEPS = 5, NEXT_STEPS = 2 };

/* Deep in the face nothing behind it shows, whatever the head's shape. */
static bool is_deep(const idi_sample *q)
{
    return absolute(q->u) < 1.05 && q->v > -1.7 && q->v < 1.95;
}

static void paint(const idi_scene *s, idi_sample *q)
{
    if (!is_deep(q)) {
        idi_portrait_paint_hair_back(s, q);
        idi_portrait_paint_body(s, q);
        idi_portrait_paint_ears(s, q);
    }
    idi_portrait_paint_head(s, q);
    idi_portrait_paint_hair_front(s, q);
    idi_portrait_paint_glasses(s, q);
    idi_portrait_paint_hat(s, q);
    idi_portrait_paint_earrings(s, q);
}

/* The label most samples have; among equals the first met. */
static uint8_t majority(const int labels[MOST_SAMPLES])
{
    int best = 0, best_votes = 0;
    for (int i = 0; i < MOST_SAMPLES; i++) {
        int votes = 0;
        for (int j = 0; j < MOST_SAMPLES; j++)
            votes += labels[j] == labels[i];
        if (votes > best_votes) {
            best_votes = votes;
            best = labels[i];
        }
    }
    return (uint8_t)best;
}

/* A pixel on its way: where, its surface, and what lies behind everything. */
typedef struct pixel {
    double x, y;
    idi_shade shade;
    idi_rgb behind;
} pixel;

/* The sample that lies (ox, oy) sides off the pixel's centre. */
static idi_sample take_sample(const idi_scene *s, const pixel *p, double ox, double oy)
{
    const idi_shade *h = &p->shade;
    const double dx = s->ax * ox - s->ay * oy, dy = s->ay * ox + s->ax * oy;
    idi_sample q = {.x = p->x + dx, .y = p->y + dy, .shade = h, .colour = p->behind};
    q.u = h->u + h->uu * dx + h->uv * dy;
    q.v = h->v + h->vu * dx + h->vv * dy;
    paint(s, &q);
    return q;
}

static bool are_alike(const idi_sample *a, const idi_sample *b)
{
    const idi_rgb d = rgb_add(a->colour, b->colour, -1);
    return a->label == b->label && absolute(d.r) + absolute(d.g) + absolute(d.b) < 0.06;
}

/* p->shade: in, the pixel to the left's, a good guess for this one's. Two samples on a diagonal do
 * where they agree; four along edges. */
static idi_rgb render_pixel(const idi_scene *s, int64_t column, int64_t row, pixel *p,
                            uint8_t *label_out)
{
    const double px = ((double)column + 0.5) / s->size, py = ((double)row + 0.5) / s->size;
    p->x = s->ax * px - s->ay * py + s->x0;
    p->y = s->ay * px + s->ax * py + s->y0;
    if (column == 0) p->shade = (idi_shade){.u = p->x / s->yaw_cos, .v = p->y / s->pitch_cos};
    idi_portrait_shade(s, p->x, p->y, column == 0 ? FIRST_STEPS : NEXT_STEPS, &p->shade);
    p->behind = idi_portrait_backdrop(s, px, py);
    if (s->side == 1) {
        const idi_sample only = take_sample(s, p, 0, 0);
        *label_out = (uint8_t)only.label;
        return only.colour;
    }
    const double off = 0.25 / s->size;
    const idi_sample a = take_sample(s, p, -off, -off), b = take_sample(s, p, off, off);
    const idi_rgb two = rgb_add(a.colour, b.colour, 1);
    if (are_alike(&a, &b)) {
        *label_out = (uint8_t)a.label;
        return rgb_scale(two, 0.5);
    }
    const idi_sample c = take_sample(s, p, off, -off), d = take_sample(s, p, -off, off);
    const int labels[MOST_SAMPLES] = {a.label, b.label, c.label, d.label};
    *label_out = majority(labels);
    return rgb_scale(rgb_add(rgb_add(two, c.colour, 1), d.colour, 1), 0.25);
}

idi_status idi_portrait_render_params(const idi_portrait_person *person,
                                      const idi_portrait_photo *photo, int64_t size,
                                      uint8_t *rgb_out, uint8_t *labels_out,
                                      idi_portrait_landmarks *landmarks_out)
{
    IDI_REQUIRE(person && photo && rgb_out, IDI_ERR_ARG,
                "portrait: person, photo and rgb_out are wanted, one is NULL");
    IDI_REQUIRE(size >= IDI_PORTRAIT_MIN_SIZE && size <= IDI_PORTRAIT_MAX_SIZE, IDI_ERR_SHAPE,
                "portrait: size is %lld, wanted %d..%d", (long long)size, IDI_PORTRAIT_MIN_SIZE,
                IDI_PORTRAIT_MAX_SIZE);
    idi_scene scene;
    idi_portrait_scene_init(person, photo, size, &scene);
    pixel p = {0};
    for (int64_t row = 0; row < size; row++)
        for (int64_t column = 0; column < size; column++) {
            uint8_t label;
            const idi_rgb c = render_pixel(&scene, column, row, &p, &label);
            const int64_t at = row * size + column;
            idi_portrait_develop(&scene, column, row, c, rgb_out + 3 * at);
            if (labels_out) labels_out[at] = label;
        }
    if (landmarks_out) *landmarks_out = scene.landmarks;
    return IDI_OK;
}

idi_status idi_portrait_render(uint64_t identity_seed, uint64_t photo_seed, int64_t size,
                               uint8_t *rgb_out, uint8_t *labels_out,
                               idi_portrait_landmarks *landmarks_out)
{
    idi_portrait_person person;
    idi_portrait_photo photo;
    idi_portrait_person_from_seed(identity_seed, &person);
    idi_portrait_photo_from_seed(identity_seed, photo_seed, &photo);
    return idi_portrait_render_params(&person, &photo, size, rgb_out, labels_out, landmarks_out);
}
