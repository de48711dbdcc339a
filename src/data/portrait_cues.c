/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_cues.c - see portrait_cues.h. */
#include "data/portrait_cues.h"

static void replace_colour(idi_portrait_person *p, const idi_portrait_person *o)
{
    p->iris_hue = o->iris_hue;
    p->iris_light = o->iris_light;
    p->lip_colour = o->lip_colour;
    p->skin_tone = o->skin_tone;
    p->skin_warm = o->skin_warm;
    p->redness = o->redness;
    p->hair_tone = o->hair_tone;
    p->hair_red = o->hair_red;
    p->hair_grey = o->hair_grey;
}

static void replace_texture(idi_portrait_person *p, const idi_portrait_person *o)
{
    p->texture = o->texture;
    p->age = o->age;
    p->fold = o->fold;
    p->bags = o->bags;
    p->dimples = o->dimples;
    p->freckles = o->freckles;
    p->blotches = o->blotches;
    p->moles = o->moles;
    p->pores = o->pores;
    p->stubble = o->stubble;
    p->moustache = o->moustache;
    p->goatee = o->goatee;
    p->beard = o->beard;
}

static void replace_eyes(idi_portrait_person *p, const idi_portrait_person *o)
{
    p->eye_size = o->eye_size;
    p->eye_spacing = o->eye_spacing;
    p->eye_height = o->eye_height;
    p->eye_tilt = o->eye_tilt;
    p->eye_open = o->eye_open;
    p->eye_depth = o->eye_depth;
    p->eye_round = o->eye_round;
    p->lid_fold = o->lid_fold;
    p->iris_size = o->iris_size;
    p->brow_height = o->brow_height;
    p->brow_thick = o->brow_thick;
    p->brow_arch = o->brow_arch;
    p->brow_tilt = o->brow_tilt;
    p->brow_length = o->brow_length;
    p->brow_gap = o->brow_gap;
    p->brow_density = o->brow_density;
    p->brow_asymmetry = o->brow_asymmetry;
}

static void replace_nose_and_mouth(idi_portrait_person *p, const idi_portrait_person *o)
{
    p->nose_length = o->nose_length;
    p->nose_bridge = o->nose_bridge;
    p->nose_tip = o->nose_tip;
    p->nose_wings = o->nose_wings;
    p->nose_depth = o->nose_depth;
    p->nose_hump = o->nose_hump;
    p->nose_upturn = o->nose_upturn;
    p->nose_bend = o->nose_bend;
    p->mouth_width = o->mouth_width;
    p->mouth_height = o->mouth_height;
    p->upper_lip = o->upper_lip;
    p->lower_lip = o->lower_lip;
    p->cupid_bow = o->cupid_bow;
    p->mouth_corner = o->mouth_corner;
    p->mouth_asymmetry = o->mouth_asymmetry;
    p->philtrum = o->philtrum;
}

static void replace_outline(idi_portrait_person *p, const idi_portrait_person *o)
{
    p->masculine = o->masculine;
    p->head_width = o->head_width;
    p->head_length = o->head_length;
    p->cheekbones = o->cheekbones;
    p->jaw_width = o->jaw_width;
    p->jaw_square = o->jaw_square;
    p->chin_length = o->chin_length;
    p->chin_width = o->chin_width;
    p->chin_cleft = o->chin_cleft;
    p->ear_size = o->ear_size;
    p->ear_out = o->ear_out;
    p->hair_line = o->hair_line;
    p->hair_peak = o->hair_peak;
    p->hair_part = o->hair_part;
    p->hair_curl = o->hair_curl;
    p->hair_choice = o->hair_choice;
}

void idi_portrait_replace(idi_portrait_person *person, const idi_portrait_person *other,
                          unsigned cues)
{
    if (cues & IDI_CUE_COLOUR) replace_colour(person, other);
    if (cues & IDI_CUE_TEXTURE) replace_texture(person, other);
    if (cues & IDI_CUE_INNER) replace_eyes(person, other);
    if (cues & IDI_CUE_INNER) replace_nose_and_mouth(person, other);
    if (cues & IDI_CUE_OUTLINE) replace_outline(person, other);
}
