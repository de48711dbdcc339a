/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_body.c - neck, clothes, necklace and ears. */
#include "data/portrait_scene.h"

static double neck_half(const idi_scene *s, double y)
{
    const double base = 1.02 + 0.2 * s->person->masculine;
    return base + 0.05 * square(y - 3.0) + 0.9 * square(greater(0, y - 3.75));
}

static void paint_neck(const idi_scene *s, double x, double y, idi_sample *q)
{
    const double half = neck_half(s, y);
    const double cover = edge(s, half - absolute(x));
    if (cover <= 0 || y < 1.6) return;
    const double n = clamp(x / half, -1, 1) * 0.9;
    const idi_rgb lit = idi_portrait_lit(s, n, 0.08, sqrt(1 - n * n));
    const double mottle = 1 + 0.04 * noise(s->texture + 51, x * 4, y * 4);
    idi_sample in = *q;
    in.colour = rgb_times(rgb_scale(s->skin, 0.93 * mottle), lit);
    /* the head's shadow, and the two cords that meet at the throat */
    double zu, zv;
    const double o = idi_portrait_outline(&s->skull, x + 0.3 * s->light.x, y - 0.25, &zu, &zv);
    tone(&in, 0.36, 0.24, 0.22, 0.9 * ramp(1.42, 0.95, o));
    const double cord = absolute(absolute(x) - (0.95 - 0.42 * (y - 2.6)));
    tone(&in, 0.75, 0.66, 0.64, 0.35 * ramp(0.16, 0, cord) * ramp(2.8, 3.4, y));
    tone(&in, 0.6, 0.5, 0.48, 0.5 * ramp(0.82, 1, absolute(x) / half));
    lay(q, in.colour, cover, IDI_LABEL_NECK);
}

/* How far below its upper edge the cloth is at a point. */
static double cloth_inside(const idi_scene *s, double x, double y)
{
    const double a = absolute(x);
    const double shoulder = 3.42 + 0.22 * greater(0, a - 1.1) + 0.045 * square(greater(0, a - 2));
    const double below = y - shoulder;
    double opening = 1;
    switch (s->wear.cloth) {
    case 0: /* round neck */
        opening = sqrt(square(x / 1.3) + square((y - 3.3) / 0.62)) - 1;
        break;
    case 1: /* V neck */
        opening = (a + 0.95 * (y - 3.35) - 0.98) * 0.7;
        break;
    case 2: /* roll neck */
        return lesser(y - 3.02 - 0.04 * sin_turn(x * 0.3),
                      greater(1.13 + 0.2 * s->person->masculine - a, below));
    case 3: /* shirt with collar */
    case 4: /* jacket over a shirt */
        opening = (a + 1.35 * (y - 3.35) - 0.62) * 0.6;
        break;
    default: /* wide scoop */
        opening = sqrt(square(x / 1.9) + square((y - 3.35) / 0.85)) - 1;
        break;
    }
    return lesser(below, opening);
}

static double pattern_at(const idi_scene *s, double x, double y)
{
    const double a = x * 1.9, b = (y + 0.06 * x * x) * 2.6;
    const double fa = a - (double)floor_int(a), fb = b - (double)floor_int(b);
    switch (s->wear.pattern) {
    case 1:
        return ramp(0.46, 0.54, absolute(fb - 0.5) * 2);
    case 2:
        return ramp(0.46, 0.54, absolute(fa - 0.5) * 2);
    case 3:
        return 0.5 * (fa < 0.5 ? 1 : 0) + 0.5 * (fb < 0.5 ? 1 : 0);
    case 4:
        return ramp(0.09, 0.06, square(fa - 0.5) + square((fb - 0.5) * 0.8));
    default:
        return 0;
    }
}

static void paint_cloth(const idi_scene *s, double x, double y, idi_sample *q)
{
    const double in = cloth_inside(s, x, y);
    const double cover = edge(s, in);
    if (cover <= 0) return;
    const idi_wear *w = &s->wear;
    idi_rgb c = rgb_mix(w->cloth_colour, w->cloth_second, 0.85 * pattern_at(s, x, y));
    const double a = absolute(x);
    if (w->cloth == 4) { /* lapels: the shirt shows between them */
        const double lapel = a + 0.55 * (y - 3.4) - 1.0;
        if (lapel < 0) c = rgb_mix(w->cloth_second, (idi_rgb){0.8, 0.8, 0.8}, 0.6);
        c = rgb_scale(c, 1 - 0.55 * clamp(1 - absolute(lapel) / 0.06, 0, 1));
        const double tie = a - 0.16 - 0.1 * (y - 3.9);
        if (lapel < 0 && s->photo->cloth_hue2 > 0.6) c = rgb_mix(c, w->cloth_colour, edge(s, -tie));
    }
    const double fold =
        noise(s->grain + 3, x * 1.1, y * 2.2) + 0.5 * noise(s->grain + 4, x * 3, y * 4);
    const double weave = noise(s->grain + 5, x * 40, y * 40);
    const double n = clamp(x / 4.2, -0.9, 0.9);
    const idi_rgb lit = idi_portrait_lit(s, n, -0.25, sqrt(0.94 - n * n));
    c = rgb_times(rgb_scale(c, 1 + 0.13 * fold + 0.05 * weave), lit);
    double k = 1 - 0.3 * ramp(0.16, 0.05, in);                                      /* hem */
    if (w->cloth == 3) k *= 1 - 0.45 * clamp(1 - absolute(in - 0.34) / 0.05, 0, 1); /* collar */
    if (w->cloth == 2) k *= 1 + 0.1 * sin_turn(x * 5);
    k *= 0.62 + 0.38 * ramp(2.9, 4.2, y + 0.25 * a);
    lay(q, rgb_scale(c, k), cover, IDI_LABEL_CLOTH);
}

static void paint_necklace(const idi_scene *s, double x, double y, idi_sample *q)
{
    const int kind = s->wear.necklace;
    if (kind == 0 || absolute(x) > neck_half(s, y) - 0.02) return;
    const double line = 3.95 - 0.42 * x * x;
    const double slope = sqrt(1 + square(0.84 * x));
    const double d = absolute(y - line) / slope;
    const double thick = kind == 2 ? 0.1 : 0.045 + 0.3 * s->grain_px;
    const double drop = kind == 3 ? sqrt(x * x + square(y - line - 0.14)) - 0.13 : 1;
    if (d > thick + 0.02 && drop > 0.02) return;
    const double bead = x * 1.06 / 0.19;
    const double fx = (bead - (double)floor_int(bead) - 0.5) * 0.19, fy = (y - line) / slope;
    double glow, cover;
    if (kind == 2) { /* pearls */
        const double r = sqrt(fx * fx + fy * fy);
        cover = greater(edge(s, 0.098 - r), 0.55 * edge(s, 0.05 - d));
        glow = 0.55 + 0.6 * spot(fx + 0.03, fy + 0.03, 0.09, 0.09);
    } else {
        cover = greater(edge(s, thick - d), edge(s, -drop));
        glow = 0.65 + 0.45 * sin_turn(x * 9 + y * 4);
    }
    const idi_rgb base = kind == 2 ? rgb_display(236, 228, 218) : s->wear.metal;
    lay(q, rgb_times(rgb_scale(base, glow), idi_portrait_lit(s, 0.5 * x, -0.2, 0.8)), cover,
        IDI_LABEL_NECKLACE);
}

void idi_portrait_paint_body(const idi_scene *s, idi_sample *q)
{
    if (q->y < 1.5) return;
    /* the body turns less than the head; its height follows the head's framing */
    const double x = q->x + 0.35 * s->yaw_sin;
    const double y = q->y - 0.35 * s->pitch_sin - 0.12 * s->person->head_length;
    paint_neck(s, x, y, q);
    paint_cloth(s, x, y, q);
    paint_necklace(s, x, y, q);
}

void idi_portrait_paint_ears(const idi_scene *s, idi_sample *q)
{
    if (q->y < -1.2 || q->y > 2 || absolute(q->x) < 1.2) return;
    const int side = q->x < 0 ? 0 : 1;
    const double out = side == 0 ? -1 : 1;
    const double big = 1 + 0.16 * s->person->ear_size;
    /* the ear that turns towards the viewer shows more */
    const double turn = 1 - 1.2 * out * s->yaw_sin;
    const double reach = (0.24 + 0.08 * s->person->ear_out) * clamp(turn, 0.2, 1.5);
    const double x = (q->x - 0.2 * s->yaw_sin) * out - s->skull.width * s->yaw_cos * 0.985;
    const double y = q->y - 0.42 - 0.3 * s->pitch_sin;
    const double lean = x + 0.1 * y;
    const double rx = (reach + 0.08) * (y > 0 ? 1 - 0.3 * ramp(0, 0.8, y) : 1), ry = 0.74 * big;
    const double o = sqrt(square(lean / rx) + square(y / ry) + 1e-9);
    const double cover = edge(s, (1 - o) * rx);
    if (cover <= 0) return;
    idi_sample in = *q;
    const double n = 0.5 * out;
    const idi_rgb lit = idi_portrait_lit(s, n, 0, 0.86);
    in.colour = rgb_times((idi_rgb){s->skin.r, s->skin.g * 0.86, s->skin.b * 0.84}, lit);
    const double inner =
        sqrt(square((lean - 0.02) / (rx * 0.62)) + square((y + 0.06) / (ry * 0.68)));
    tone(&in, 0.48, 0.34, 0.32, 0.75 * ramp(1.1, 0.55, inner));
    tone(&in, 0.6, 0.48, 0.46, 0.6 * clamp(1 - absolute(o - 0.78) / 0.12, 0, 1));
    tone(&in, 0.5, 0.4, 0.38, 0.5 * ramp(0.1, -0.15, x));
    lay(q, in.colour, cover, side == 0 ? IDI_LABEL_L_EAR : IDI_LABEL_R_EAR);
}

void idi_portrait_paint_earrings(const idi_scene *s, idi_sample *q)
{
    const int kind = s->wear.earring;
    if (kind == 0 || s->ears_covered || q->y < 0.6) return;
    const double out = q->x < 0 ? -1 : 1;
    const double turn = 1 - 1.2 * out * s->yaw_sin;
    if (turn < 0.75) return; /* the far ear's lobe is hidden */
    const double x = (q->x - 0.2 * s->yaw_sin) * out - s->skull.width * s->yaw_cos * 0.985 - 0.08;
    const double y = q->y - 0.42 - 0.3 * s->pitch_sin - 0.70 * (1 + 0.16 * s->person->ear_size);
    if (absolute(x) > 0.5 || y > 1.3) return;
    double in;
    if (kind == 1)
        in = 0.11 - sqrt(x * x + y * y);
    else if (kind == 2) /* hoop */
        in = 0.05 - absolute(sqrt(square(x * 1.25) + square(y - 0.34)) - 0.34);
    else /* drop */
        in = greater(0.035 - greater(absolute(x), absolute(y - 0.2) - 0.2),
                     (0.15 - sqrt(square(x * 1.2) + square((y - 0.55) * 0.75))));
    const double cover = edge(s, in);
    const double glow = 0.6 + 0.5 * spot(x + 0.04, y - (kind == 3 ? 0.5 : 0), 0.12, 0.14) +
                        0.2 * sin_turn(x * 2 + y * 2);
    lay(q, rgb_scale(s->wear.metal, glow), cover, IDI_LABEL_EARRING);
}
