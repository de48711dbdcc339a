/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_style.c - a scene's colours, hair style, wear, marks and light. */
#include "data/portrait_scene.h"

/* Hair styles: volume on top and at the sides, how far down it reaches, how low the fringe hangs,
 * how much it falls sideways from the parting, curl; locks hang in front of the ears. */
typedef struct cut {
    double top, side, end, fringe, fall, curl;
    bool locks, bald, cropped, bun;
} cut;

static const cut short_cuts[] = {
    {.top = 0.05, .side = 0.02, .end = 0.25, .fall = 0.05, .cropped = true},
    {.top = 0.42, .side = 0.10, .end = 0.35, .fringe = 0.05, .fall = 0.12},
    {.top = 0.36, .side = 0.13, .end = 0.45, .fringe = 0.22, .fall = 0.42},
    {.top = 0.30, .side = 0.12, .end = 0.40, .fringe = 0.60, .fall = 0.18},
    {.top = 0.52, .side = 0.30, .end = 0.45, .fringe = 0.25, .fall = 0.10, .curl = 0.8},
    {.top = 0.30, .side = 0.18, .end = 0.9, .fringe = 0.35, .fall = 0.5, .curl = 0.15},
    {.bald = true},
};
static const cut long_cuts[] = {
    {.top = 0.34, .side = 0.36, .end = 2.6, .fringe = 0.10, .fall = 0.55, .locks = true},
    {.top = 0.36, .side = 0.40, .end = 2.3, .fringe = 0.85, .fall = 0.1, .locks = true},
    {.top = 0.32, .side = 0.42, .end = 5.5, .fringe = 0.05, .fall = 0.5, .locks = true},
    {.top = 0.38,
     .side = 0.60,
     .end = 5.2,
     .fringe = 0.15,
     .fall = 0.7,
     .curl = 0.5,
     .locks = true},
    {.top = 0.55, .side = 0.85, .end = 3.2, .fringe = 0.3, .fall = 0.4, .curl = 1, .locks = true},
    {.top = 0.26, .side = 0.10, .end = 0.30, .fringe = 0.0, .fall = 0.25, .bun = true},
    {.top = 0.34, .side = 0.30, .end = 4.6, .fringe = 0.9, .fall = 0.2, .locks = true},
};

static const cut *choose_cut(const idi_portrait_person *p, const idi_portrait_photo *f)
{
    /* Most photographs of a person share a cut; the rest take any that fits. */
    const double pick = f->hair_keep < 0.45 ? p->hair_choice : f->hair_choice;
    const double lean = 0.36 + 0.8 * p->masculine;
    const double at = pick * 0.999999;
    const bool bearded = p->moustache + p->goatee + p->beard > 0;
    if (lean > 0.9 || (bearded && p->hair_choice < 0.85) ||
        (lean > 0.15 && p->hair_choice < lean)) {
        const bool may_be_bald = p->age > 0.3 && p->masculine > 0.2;
        return &short_cuts[floor_int(at * (may_be_bald ? 7 : 6))];
    }
    return &long_cuts[floor_int(at * 7)];
}

static idi_rgb hair_colour(const idi_portrait_person *p, const idi_portrait_photo *f)
{
    const double t = clamp(p->hair_tone + 0.1 * f->hair_value, 0, 1);
    const idi_rgb black = rgb_display(34, 27, 26), brown = rgb_display(88, 58, 40);
    const idi_rgb blond = rgb_display(206, 168, 112), red = rgb_display(146, 70, 34);
    idi_rgb c = t < 0.4 ? rgb_mix(black, brown, t / 0.4) : rgb_mix(brown, blond, (t - 0.4) / 0.6);
    c = rgb_mix(c, red, 0.6 * p->hair_red);
    c = rgb_mix(c, rgb_display(176, 174, 172), 0.9 * p->hair_grey);
    const double natural = p->masculine > 0.3 ? 0.1 : 0.3;
    if (f->dye_wish < natural) {
        const double wild = f->dye_wish < 0.17 * natural ? 0.7 : 0.0;
        const idi_rgb any = f->dye_hue < 0.5 ? rgb_mix(black, brown, 2 * f->dye_hue)
                                             : rgb_mix(red, blond, 2 * f->dye_hue - 1);
        c = rgb_mix(any, rgb_hue(f->dye_hue * 7, 0.55, 0.62), wild);
    }
    const double h = 6 * f->hair_hue;
    return (idi_rgb){c.r * (1 + h), c.g, c.b * (1 - h)};
}

static void set_hair(idi_scene *s)
{
    const idi_portrait_person *p = s->person;
    const idi_portrait_photo *f = s->photo;
    const cut *k = choose_cut(p, f);
    idi_hair *h = &s->hair;
    const double volume = 1 + 0.35 * f->hair_volume;
    h->locks = k->locks;
    h->bald = k->bald;
    h->cropped = k->cropped;
    h->bun = k->bun;
    h->top = k->top * volume;
    h->side = k->side * volume;
    h->end = k->end + (k->locks ? 0.8 : 0.15) * f->hair_length;
    h->fringe = k->fringe * (1 + 0.4 * f->hair_length);
    h->fall = k->fall * (1 + 0.3 * f->hair_volume);
    h->curl = clamp(k->curl + 0.7 * p->hair_curl + 0.4 * f->hair_curl, 0, 1.2);
    h->mess = 0.2 + 0.8 * f->hair_mess;
    h->line = -1.72 - 0.24 * p->hair_line - 0.1 * p->head_length;
    h->part = 0.75 * p->hair_part * (f->hair_keep > 0.85 ? -1 : 1);
    h->peak = 0.3 * p->hair_peak;
    h->seed = s->grain ^ 0x5EED1234U;
    h->colour = hair_colour(p, f);
    h->shine = rgb_mix(h->colour, (idi_rgb){0.5, 0.46, 0.4}, 0.35);
    s->ears_covered = k->locks;
    const idi_rgb natural = rgb_mix(h->colour, rgb_display(52, 38, 30), 0.5);
    s->brow = rgb_scale(natural, 0.45);
}

static void set_skin(idi_scene *s)
{
    static const double tones[5][3] = {
        {246, 214, 196}, {231, 188, 160}, {206, 153, 116}, {150, 101, 70}, {96, 64, 48}};
    const idi_portrait_person *p = s->person;
    const idi_portrait_photo *f = s->photo;
    const double t = clamp(p->skin_tone + 0.05 * f->tan, 0, 0.9999) * 4;
    const int i = (int)t;
    const idi_rgb a = rgb_display(tones[i][0], tones[i][1], tones[i][2]);
    const idi_rgb b = rgb_display(tones[i + 1][0], tones[i + 1][1], tones[i + 1][2]);
    idi_rgb c = rgb_mix(a, b, t - i);
    const double warm = 0.05 * p->skin_warm + 0.04 * f->skin_hue;
    c.r *= 1 + 0.6 * warm;
    c.b *= 1 - 1.6 * warm;
    s->skin = c;
    const double dark = p->skin_tone;
    idi_rgb lip = {c.r * (0.84 + 0.08 * p->lip_colour), c.g * (0.50 + 0.1 * dark),
                   c.b * (0.56 + 0.1 * dark)};
    s->makeup = f->makeup_wish < 0.55 - 0.9 * p->masculine && p->beard + p->goatee == 0 ? 1 : 0;
    const double hue = 0.92 + 0.13 * f->lipstick_hue;
    lip = rgb_mix(lip, rgb_hue(hue, 0.75, 0.45 + 0.35 * f->lipstick), s->makeup * f->lipstick);
    s->lip = lip;
}

static void set_iris(idi_scene *s)
{
    const idi_portrait_person *p = s->person;
    const idi_rgb brown = rgb_mix(rgb_display(58, 34, 20), rgb_display(128, 80, 40), p->iris_light);
    const idi_rgb blue =
        rgb_mix(rgb_display(58, 92, 134), rgb_display(140, 176, 204), p->iris_light);
    const idi_rgb green =
        rgb_mix(rgb_display(72, 92, 60), rgb_display(144, 154, 100), p->iris_light);
    const double light_eyed = 0.62 - 0.55 * p->skin_tone;
    const double t = p->iris_hue;
    s->iris = t > light_eyed ? brown : t < 0.62 * light_eyed ? blue : green;
}

/* A colour for cloth: half of them muted. */
static idi_rgb cloth_colour(double hue, double value)
{
    const double v = value * 97, k = v - (double)floor_int(v);
    return rgb_hue(hue, k < 0.3 ? 0.05 : 0.25 + 0.5 * k, 0.16 + 0.76 * value);
}

static void set_wear(idi_scene *s)
{
    static const double metals[3][3] = {{222, 184, 96}, {206, 208, 214}, {232, 226, 216}};
    const idi_portrait_person *p = s->person;
    const idi_portrait_photo *f = s->photo;
    idi_wear *w = &s->wear;
    const double m = p->masculine;
    if (f->glasses_wish < 0.17) w->glasses = 1 + floor_int(f->glasses_kind * 4.999);
    if (f->hat_wish < 0.12) w->hat = 1 + floor_int(f->hat_kind * 2.999);
    if (f->earring_wish < 0.36 - 0.34 * m) w->earring = 1 + floor_int(f->earring_kind * 2.999);
    if (f->necklace_wish < 0.27 - 0.26 * m) w->necklace = 1 + floor_int(f->necklace_kind * 2.999);
    w->cloth = floor_int(f->cloth_kind * 5.999);
    w->pattern = floor_int(greater(0, f->cloth_pattern * 10 - 5.001));
    w->cloth_colour = cloth_colour(f->cloth_hue, f->cloth_value);
    w->cloth_second = cloth_colour(f->cloth_hue2, f->cloth_value2);
    w->hat_colour = cloth_colour(f->hat_hue, f->hat_value);
    const double *metal = metals[floor_int(f->necklace_kind * 8.99) % 3];
    w->metal = rgb_display(metal[0], metal[1], metal[2]);
    const double g = f->glasses_colour;
    w->frame = g < 0.5    ? rgb_display(26, 24, 26)
               : g < 0.7  ? rgb_display(112, 66, 34)
               : g < 0.85 ? w->metal
                          : rgb_hue(g * 31, 0.6, 0.55);
    w->lens = rgb_mix(rgb_display(20, 20, 24), w->frame, 0.15);
    w->lens_alpha = w->glasses == 5 ? 0.93 : 0.05;
}

static void set_light(idi_scene *s)
{
    const idi_portrait_photo *f = s->photo;
    idi_light *l = &s->light;
    double z = 0.85;
    const double inv = 1 / sqrt(square(f->light_x) + square(f->light_y) + z * z);
    double x = f->light_x * inv, y = f->light_y * inv;
    z *= inv;
    /* From the camera's axes into the turned head's. */
    const double hx = s->yaw_cos * x - s->yaw_sin * z, hz = s->yaw_sin * x + s->yaw_cos * z;
    l->x = hx;
    l->y = s->pitch_cos * y - s->pitch_sin * hz;
    l->z = s->pitch_sin * y + s->pitch_cos * hz;
    const double vx = -s->yaw_sin, vy = -s->pitch_sin, vz = s->yaw_cos;
    const double ax = l->x + vx, ay = l->y + vy, az = l->z + vz;
    const double n = 1 / sqrt(ax * ax + ay * ay + az * az);
    l->half_x = ax * n;
    l->half_y = ay * n;
    l->half_z = az * n;
    const double w = 0.07 * f->light_warm, k = 0.86 * f->light_power;
    l->key = (idi_rgb){k * (1 + w), k, k * (1 - 1.3 * w)};
    const double a = 0.8 * f->ambient;
    l->ambient = (idi_rgb){a * (0.97 - 0.5 * w), a, a * (1.04 + w)};
}

static void set_moles(idi_scene *s)
{
    const double rate = s->person->moles;
    s->mole_count = rate < 0.4 ? 0 : floor_int((rate - 0.4) * 9.9) + 1;
    if (s->mole_count > IDI_PORTRAIT_MOLES) s->mole_count = IDI_PORTRAIT_MOLES;
    for (int i = 0; i < s->mole_count; i++) {
        const uint32_t h = hash_cell(s->texture, i, 77);
        idi_mole *m = &s->mole[i];
        m->u = -1.5 + 3 * hash_byte(h, 0);
        m->v = -1.3 + 4.1 * hash_byte(h, 1);
        m->radius = 0.035 + 0.05 * square(hash_byte(h, 2));
    }
}

static void set_backdrop(idi_scene *s)
{
    const idi_portrait_photo *f = s->photo;
    s->backdrop[0] = idi_portrait_backdrop_colour(s->grain, f->backdrop_hue, f->backdrop_value);
    s->backdrop[1] = idi_portrait_backdrop_colour(s->grain, f->backdrop_hue2, f->backdrop_value2);
}

void idi_portrait_style_init(idi_scene *scene)
{
    set_backdrop(scene);
    set_skin(scene);
    set_iris(scene);
    set_hair(scene);
    set_wear(scene);
    set_light(scene);
    set_moles(scene);
}
