/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_scene.h - a portrait made ready to paint, and what its painters share.
 *
 * Head coordinates: the unit is half the average distance of the eyes, the origin lies between the
 * eyes, x and u grow to the image's right, y and v downward, z towards the viewer. (x, y) is the
 * picture plane with roll and framing undone; (u, v) is the frontal face, found by undoing yaw and
 * pitch over the relief z(u, v). */
#ifndef IDI_DATA_PORTRAIT_SCENE_H
#define IDI_DATA_PORTRAIT_SCENE_H

#include "data/portrait.h"
#include "data/portrait_math.h"

#include <stdbool.h>

enum { IDI_PORTRAIT_BUMPS = 48, IDI_PORTRAIT_MOLES = 7 };

/* One hill of the relief: hill(((u - u0) iu)^2 + ((v - v0) iv)^2) * height. */
typedef struct idi_bump {
    double u, v, iu, iv, height;
} idi_bump;

/* The head as seen from the front. */
typedef struct idi_skull {
    double middle, width, up, down; /* centre's v, half width there, heights above and below */
    double taper, chin, square;     /* narrowing of the jaw, roundness of the chin, angularity */
    double depth;
    double inv_up, inv_down;
} idi_skull;

typedef struct idi_eye {
    double u, v, width, up, down, tilt, round; /* centre, half width, lid heights */
    double iris, gaze_u, gaze_v;
    double brow_v, brow_thick, brow_arch, brow_tilt, brow_in, brow_out;
} idi_eye;

typedef struct idi_mouth {
    double u, v, width, lift, slant, upper, lower, bow, gap, drop;
} idi_mouth;

typedef struct idi_nose {
    double u, base, width, bridge, wing, tip, upturn;
} idi_nose;

typedef struct idi_hair {
    bool locks, bald, cropped, bun;
    double top, side, end, fringe, fall, curl, mess, line, part, peak;
    uint32_t seed;
    idi_rgb colour, shine;
} idi_hair;

typedef struct idi_mole {
    double u, v, radius;
} idi_mole;

typedef struct idi_wear {
    int glasses, hat, earring, necklace, cloth, pattern; /* 0: none or plain */
    idi_rgb frame, lens, hat_colour, cloth_colour, cloth_second, metal;
    double lens_alpha;
} idi_wear;

typedef struct idi_light {
    double x, y, z; /* direction to the key light, in face coordinates */
    idi_rgb key, ambient;
    double half_x, half_y, half_z;
} idi_light;

typedef struct idi_scene {
    const idi_portrait_person *person;
    const idi_portrait_photo *photo;
    double size, grain_px; /* pixels a side; a sample's width in head units */
    int side;              /* samples along a pixel's side */
    /* picture -> head: x = ax X - ay Y + x0, y = ay X + ax Y + y0 with X, Y in sides */
    double ax, ay, x0, y0;
    double yaw_sin, yaw_cos, pitch_sin, pitch_cos;
    idi_skull skull;
    idi_eye eye[2]; /* image-left, image-right; u measured outward */
    idi_mouth mouth;
    idi_nose nose;
    idi_hair hair;
    idi_wear wear;
    idi_light light;
    int bump_count, mole_count;
    idi_bump bump[IDI_PORTRAIT_BUMPS];
    idi_mole mole[IDI_PORTRAIT_MOLES];
    idi_rgb skin, lip, iris, brow, backdrop[2];
    double makeup, smile, jaw_drop;
    bool ears_covered;
    uint32_t texture, grain;          /* noise seeds of the person and of the photograph */
    idi_portrait_landmarks landmarks; /* in pixels */
} idi_scene;

/* What is the same all over a pixel. */
typedef struct idi_shade {
    double u, v, z, slope_u, slope_v; /* the face's surface there */
    double nx, ny, nz;                /* its normal */
    idi_rgb lit;                      /* light on skin, per channel */
    double gloss;                     /* mirror light */
    double uu, uv, vu, vv;            /* (du, dv) = [uu uv; vu vv] (dx, dy) */
} idi_shade;

/* One sample on its way through the painters. */
typedef struct idi_sample {
    double x, y, u, v;
    idi_rgb colour;
    int label;
    const idi_shade *shade;
} idi_sample;

/* Lays `colour` over the sample; from alpha 0.5 on it also owns the label. label < 0: keeps it. */
static inline void lay(idi_sample *s, idi_rgb colour, double alpha, int label)
{
    if (alpha <= 0) return;
    s->colour = rgb_mix(s->colour, colour, alpha > 1 ? 1 : alpha);
    if (label >= 0 && alpha >= 0.5) s->label = label;
}

/* Darkens or brightens: colour *= 1 + amount * (k - 1). */
static inline void tone(idi_sample *s, double r, double g, double b, double amount)
{
    s->colour.r *= 1 + amount * (r - 1);
    s->colour.g *= 1 + amount * (g - 1);
    s->colour.b *= 1 + amount * (b - 1);
}

/* Coverage of an edge at signed distance d (positive inside) in head units. */
static inline double edge(const idi_scene *scene, double d)
{
    return clamp(0.5 + d / scene->grain_px, 0, 1);
}

/* portrait_scene.c: everything the painters need, and the landmarks. */
void idi_portrait_scene_init(const idi_portrait_person *person, const idi_portrait_photo *photo,
                             int64_t size, idi_scene *scene_out);
/* portrait_style.c: colours, hair, wear and light of a scene whose geometry is done. */
void idi_portrait_style_init(idi_scene *scene);

/* portrait_relief.c */
void idi_portrait_relief_init(idi_scene *scene);
/* Height and slopes of the face at (u, v). */
void idi_portrait_relief(const idi_scene *scene, double u, double v, idi_shade *shade_out);
/* Squared radius of the head's outline: below 1 inside. */
double idi_portrait_outline(const idi_skull *skull, double u, double v, double *slope_u_out,
                            double *slope_v_out);
/* Finds the surface under a pixel and lights it. `steps` of Newton's method from the (u, v) that
 * *shade holds. */
void idi_portrait_shade(const idi_scene *scene, double x, double y, int steps, idi_shade *shade);
/* Light on a matte surface of normal (nx, ny, nz). */
idi_rgb idi_portrait_lit(const idi_scene *scene, double nx, double ny, double nz);

/* One of the backdrop's colours. */
idi_rgb idi_portrait_backdrop_colour(uint32_t grain, double hue, double value);
/* Light from behind the person; (x, y) in sides of the picture. */
idi_rgb idi_portrait_backdrop(const idi_scene *scene, double x, double y);

/* Painters, in the order of use. */
void idi_portrait_paint_hair_back(const idi_scene *scene, idi_sample *sample);
void idi_portrait_paint_body(const idi_scene *scene, idi_sample *sample);
void idi_portrait_paint_ears(const idi_scene *scene, idi_sample *sample);
/* Head: skin, then the features below in turn; only inside the outline. */
void idi_portrait_paint_head(const idi_scene *scene, idi_sample *sample);
void idi_portrait_paint_nose(const idi_scene *scene, idi_sample *sample);
void idi_portrait_paint_mouth(const idi_scene *scene, idi_sample *sample);
void idi_portrait_paint_eye(const idi_scene *scene, int side, idi_sample *sample);
void idi_portrait_paint_brow(const idi_scene *scene, int side, idi_sample *sample);
void idi_portrait_paint_hair_front(const idi_scene *scene, idi_sample *sample);
void idi_portrait_paint_glasses(const idi_scene *scene, idi_sample *sample);
void idi_portrait_paint_hat(const idi_scene *scene, idi_sample *sample);
void idi_portrait_paint_earrings(const idi_scene *scene, idi_sample *sample);

/* How far the point lies inside the face's window in the front hair; positive: bare face. */
double idi_portrait_hair_window(const idi_scene *scene, double u, double v);
/* The camera: exposure, white balance, vignette, noise; to bytes. */
void idi_portrait_develop(const idi_scene *scene, int64_t column, int64_t row, idi_rgb light,
                          uint8_t *rgb_out);

#endif
