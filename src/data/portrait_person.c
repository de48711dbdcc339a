/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_person.c - the numbers of a person, drawn from a seed. */
#include "core/rng.h"
#include "data/portrait.h"
#include "data/portrait_math.h"

/* A counter over one stream; each call takes the next number. */
typedef struct dice {
    uint64_t seed, next;
} dice;

enum { STREAM = 0x70657273 };

static double unit(dice *d)
{
    return idi_uniform(d->seed, STREAM, d->next++);
}

/* In [-1, 1], more often near 0; standard deviation about 0.5. */
static double slider(dice *d)
{
    const double a = unit(d), b = unit(d);
    return clamp(1.25 * (a + b - 1), -1, 1);
}

/* A slider that leans by `lean`. */
static double leaning(dice *d, double lean)
{
    return clamp(slider(d) * 0.85 + lean, -1, 1);
}

/* Usually 0, with probability `rate` something in [0.3, 1]. */
static double seldom(dice *d, double rate)
{
    const double a = unit(d), b = unit(d);
    return a < rate ? 0.3 + 0.7 * b : 0;
}

static void draw_build(dice *d, idi_portrait_person *p)
{
    p->masculine = 2 * unit(d) - 1;
    p->age = square(unit(d));
    const double m = p->masculine;
    p->head_width = slider(d);
    p->head_length = slider(d);
    p->cheekbones = leaning(d, -0.15 * m);
    p->jaw_width = leaning(d, 0.35 * m);
    p->jaw_square = leaning(d, 0.4 * m);
    p->chin_length = leaning(d, 0.15 * m);
    p->chin_width = leaning(d, 0.3 * m);
    p->chin_cleft = seldom(d, 0.2);
}

static void draw_eyes(dice *d, idi_portrait_person *p)
{
    const double m = p->masculine;
    p->eye_size = leaning(d, -0.2 * m);
    p->eye_spacing = slider(d);
    p->eye_height = slider(d);
    p->eye_tilt = leaning(d, -0.1 * m);
    p->eye_open = leaning(d, -0.15 * m - 0.2 * p->age);
    p->eye_depth = leaning(d, 0.25 * m);
    p->eye_round = slider(d);
    p->lid_fold = unit(d);
    p->iris_size = slider(d);
    p->iris_hue = unit(d);
    p->iris_light = unit(d);
    p->brow_height = leaning(d, -0.3 * m);
    p->brow_thick = leaning(d, 0.35 * m);
    p->brow_arch = leaning(d, -0.25 * m);
    p->brow_tilt = slider(d);
    p->brow_length = slider(d);
    p->brow_gap = leaning(d, -0.15 * m);
    p->brow_density = 0.35 + 0.65 * unit(d);
    p->brow_asymmetry = slider(d);
}

static void draw_nose_and_mouth(dice *d, idi_portrait_person *p)
{
    const double m = p->masculine;
    p->nose_length = leaning(d, 0.1 * m);
    p->nose_bridge = leaning(d, 0.15 * m);
    p->nose_tip = leaning(d, 0.15 * m);
    p->nose_wings = leaning(d, 0.15 * m);
    p->nose_depth = leaning(d, 0.15 * m);
    p->nose_hump = slider(d);
    p->nose_upturn = leaning(d, -0.2 * m);
    p->nose_bend = slider(d);
    p->mouth_width = slider(d);
    p->mouth_height = slider(d);
    p->upper_lip = leaning(d, -0.2 * m - 0.2 * p->age);
    p->lower_lip = leaning(d, -0.2 * m - 0.1 * p->age);
    p->cupid_bow = unit(d);
    p->mouth_corner = slider(d);
    p->mouth_asymmetry = slider(d);
    p->philtrum = unit(d);
    p->lip_colour = slider(d);
    p->ear_size = leaning(d, 0.2 * m);
    p->ear_out = slider(d);
    p->fold = clamp(0.6 * unit(d) + 0.6 * p->age, 0, 1);
    p->bags = clamp(0.6 * unit(d) + 0.5 * p->age, 0, 1);
    p->dimples = seldom(d, 0.25);
}

static void draw_skin(dice *d, idi_portrait_person *p)
{
    p->skin_tone = unit(d);
    p->skin_warm = slider(d);
    p->redness = unit(d);
    p->freckles = seldom(d, p->skin_tone < 0.4 ? 0.34 : 0.1);
    p->blotches = unit(d);
    p->moles = unit(d);
    p->pores = unit(d);
    const double bearded = p->masculine > 0.15 ? 1 : 0;
    p->stubble = bearded * unit(d);
    p->moustache = bearded * seldom(d, 0.25);
    p->goatee = bearded * seldom(d, 0.22);
    p->beard = bearded * seldom(d, 0.2);
}

static void draw_hair(dice *d, idi_portrait_person *p)
{
    const double light = unit(d);
    p->hair_tone = light * light * (1 - 0.85 * p->skin_tone);
    p->hair_red = p->skin_tone < 0.45 ? seldom(d, 0.25) : 0.15 * unit(d);
    p->hair_grey = p->age > 0.5 ? clamp((p->age - 0.5) * 2.2 * unit(d), 0, 1) : 0;
    p->hair_line = slider(d);
    p->hair_peak = seldom(d, 0.35);
    p->hair_part = slider(d);
    p->hair_curl = square(unit(d)) + 0.3 * p->skin_tone * unit(d);
    p->hair_curl = clamp(p->hair_curl, 0, 1);
    p->hair_choice = unit(d);
}

void idi_portrait_person_from_seed(uint64_t identity_seed, idi_portrait_person *person_out)
{
    dice d = {identity_seed, 0};
    uint32_t word[4];
    idi_philox(identity_seed, STREAM + 1, 0, word);
    person_out->texture = ((uint64_t)word[0] << 32) | word[1];
    draw_build(&d, person_out);
    draw_eyes(&d, person_out);
    draw_nose_and_mouth(&d, person_out);
    draw_skin(&d, person_out);
    draw_hair(&d, person_out);
}
