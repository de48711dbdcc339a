/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_photo.c - the circumstances of a photograph, drawn from seeds. */
#include "core/rng.h"
#include "data/portrait.h"
#include "data/portrait_math.h"

typedef struct dice {
    uint64_t seed, stream, next;
} dice;

static double unit(dice *d)
{
    return idi_uniform(d->seed, d->stream, d->next++);
}

static double between(dice *d, double low, double high)
{
    return mix(low, high, unit(d));
}

/* In [-size, size], more often near 0. */
static double around(dice *d, double size)
{
    const double a = unit(d), b = unit(d);
    return size * (a + b - 1);
}

static double seldom(dice *d, double rate)
{
    const double a = unit(d), b = unit(d);
    return a < rate ? b : 0;
}

static void draw_pose(dice *d, idi_portrait_photo *f)
{
    f->yaw = around(d, 0.42);
    f->pitch = around(d, 0.24);
    f->roll = around(d, 0.14);
    f->shift_x = around(d, 0.016);
    f->shift_y = around(d, 0.016);
    f->zoom = 1 + around(d, 0.05);
    f->smile = between(d, -0.35, 1);
    f->open = seldom(d, 0.4);
    f->brow_raise = around(d, 1);
    f->frown = seldom(d, 0.25);
    f->blink = unit(d) < 0.04 ? 1 : square(unit(d)) * 0.45;
    f->gaze_x = around(d, 1);
    f->gaze_y = around(d, 1);
}

static void draw_light(dice *d, idi_portrait_photo *f)
{
    f->light_x = around(d, 0.95);
    f->light_y = between(d, -0.85, -0.1);
    f->light_power = between(d, 0.75, 1.15);
    f->light_warm = around(d, 1);
    f->ambient = between(d, 0.3, 0.62);
    f->exposure = between(d, 0.85, 1.2);
    f->white_red = 1 + around(d, 0.12);
    f->white_blue = 1 + around(d, 0.16);
    f->vignette = seldom(d, 0.5);
    f->noise = square(unit(d));
    f->contrast = around(d, 1);
}

static void draw_hair_and_makeup(dice *d, idi_portrait_photo *f)
{
    f->hair_keep = unit(d);
    f->hair_choice = unit(d);
    f->hair_length = around(d, 1);
    f->hair_volume = around(d, 1);
    f->hair_mess = square(unit(d));
    f->hair_curl = around(d, 0.5);
    f->hair_hue = around(d, 0.03);
    f->hair_value = around(d, 1);
    f->dye_wish = unit(d);
    f->dye_hue = unit(d);
    f->makeup_wish = unit(d);
    f->lipstick_hue = unit(d);
    f->lipstick = unit(d);
    f->eye_shadow = unit(d);
    f->eye_shadow_hue = unit(d);
    f->blush = unit(d);
    f->mascara = unit(d);
    f->skin_hue = around(d, 1);
    f->tan = around(d, 1);
}

static void draw_wear(dice *d, idi_portrait_photo *f)
{
    f->glasses_wish = unit(d);
    f->glasses_kind = unit(d);
    f->glasses_colour = unit(d);
    f->hat_wish = unit(d);
    f->hat_kind = unit(d);
    f->hat_hue = unit(d);
    f->hat_value = unit(d);
    f->earring_wish = unit(d);
    f->earring_kind = unit(d);
    f->necklace_wish = unit(d);
    f->necklace_kind = unit(d);
    f->cloth_kind = unit(d);
    f->cloth_pattern = unit(d);
    f->cloth_hue = unit(d);
    f->cloth_value = unit(d);
    f->cloth_hue2 = unit(d);
    f->cloth_value2 = unit(d);
    f->backdrop_kind = unit(d);
    f->backdrop_hue = unit(d);
    f->backdrop_hue2 = unit(d);
    f->backdrop_value = unit(d);
    f->backdrop_value2 = unit(d);
}

void idi_portrait_photo_from_seed(uint64_t identity_seed, uint64_t photo_seed,
                                  idi_portrait_photo *photo_out)
{
    uint32_t word[4];
    idi_philox(identity_seed, 0x70686F74, photo_seed, word);
    dice d = {((uint64_t)word[0] << 32) | word[1], 0x70686F75, 0};
    photo_out->grain = ((uint64_t)word[2] << 32) | word[3];
    draw_pose(&d, photo_out);
    draw_light(&d, photo_out);
    draw_hair_and_makeup(&d, photo_out);
    draw_wear(&d, photo_out);
}
