/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait.h - procedural portraits: people made of numbers, photographed as often as wanted.
 *
 * A person is a vector of sliders (idi_portrait_person), a photograph of it is pose, expression,
 * light, hair, wear, surroundings and camera (idi_portrait_photo). Both follow from seeds, and the
 * picture follows from both, byte for byte the same on every platform with IEEE doubles: the code
 * uses + - * / and sqrt on double and integer hashes, never the maths library, and must be compiled
 * without contraction into fused multiply-adds.
 *
 * Framing is that of aligned faces (CelebA-HQ, FFHQ): on average the eyes lie at (0.377, 0.469) and
 * (0.624, 0.469) of the side, the nose tip at (0.501, 0.613), the mouth corners at (0.393, 0.725)
 * and (0.612, 0.725). Labels are CelebAMask-HQ's 19 classes. Left and right are the picture's:
 * l_eye (4), l_brow (6) and l_ear (8) are the ones on the image's left side. Glasses without tint
 * leave eyes and brows their labels, sunglasses cover them; beards and stubble are skin. */
#ifndef IDI_DATA_PORTRAIT_H
#define IDI_DATA_PORTRAIT_H

#include "core/status.h"

#include <stdint.h>

enum { IDI_PORTRAIT_MIN_SIZE = 32, IDI_PORTRAIT_MAX_SIZE = 1024, IDI_PORTRAIT_CLASSES = 19 };

/* CelebAMask-HQ's order. */
typedef enum idi_portrait_label {
    IDI_LABEL_BACKGROUND,
    IDI_LABEL_SKIN,
    IDI_LABEL_NOSE,
    IDI_LABEL_GLASSES,
    IDI_LABEL_L_EYE,
    IDI_LABEL_R_EYE,
    IDI_LABEL_L_BROW,
    IDI_LABEL_R_BROW,
    IDI_LABEL_L_EAR,
    IDI_LABEL_R_EAR,
    IDI_LABEL_MOUTH,
    IDI_LABEL_UPPER_LIP,
    IDI_LABEL_LOWER_LIP,
    IDI_LABEL_HAIR,
    IDI_LABEL_HAT,
    IDI_LABEL_EARRING,
    IDI_LABEL_NECKLACE,
    IDI_LABEL_NECK,
    IDI_LABEL_CLOTH
} idi_portrait_label;

/* Who. Sliders lie in [-1, 1] with 0 the average; amounts (marked 0..1) in [0, 1]. A mixture of two
 * persons, field by field, is a person again. */
typedef struct idi_portrait_person {
    uint64_t texture; /* seeds the places of freckles, moles and blotches */
    /* build */
    double masculine, age /* 0..1 */;
    double head_width, head_length, cheekbones, jaw_width, jaw_square;
    double chin_length, chin_width, chin_cleft /* 0..1 */;
    /* eyes and brows */
    double eye_size, eye_spacing, eye_height, eye_tilt, eye_open, eye_depth, eye_round;
    double lid_fold /* 0..1 */, iris_size, iris_hue /* 0..1 */, iris_light /* 0..1 */;
    double brow_height, brow_thick, brow_arch, brow_tilt, brow_length, brow_gap;
    double brow_density /* 0..1 */, brow_asymmetry;
    /* nose */
    double nose_length, nose_bridge, nose_tip, nose_wings, nose_depth, nose_hump, nose_upturn;
    double nose_bend;
    /* mouth */
    double mouth_width, mouth_height, upper_lip, lower_lip, cupid_bow /* 0..1 */, mouth_corner;
    double mouth_asymmetry, philtrum /* 0..1 */, lip_colour;
    /* ears, folds */
    double ear_size, ear_out, fold /* 0..1, nasolabial */, bags /* 0..1 */, dimples /* 0..1 */;
    /* skin */
    double skin_tone /* 0..1, light to dark */, skin_warm, redness /* 0..1 */;
    double freckles /* 0..1 */, blotches /* 0..1 */, moles /* 0..1 */, pores /* 0..1 */;
    double stubble /* 0..1 */, moustache /* 0..1 */, goatee /* 0..1 */, beard /* 0..1 */;
    /* hair */
    double hair_tone /* 0..1, black to blond */, hair_red /* 0..1 */, hair_grey /* 0..1 */;
    double hair_line, hair_peak /* 0..1 */, hair_part, hair_curl /* 0..1 */, hair_choice /* 0..1 */;
} idi_portrait_person;

/* One photograph. Angles in radians; everything else as said. A `wish` is a number in [0, 1] that
 * the renderer compares with how likely the person is to wear such a thing. */
typedef struct idi_portrait_photo {
    uint64_t grain; /* seeds camera noise, hair mess and backdrop */
    double yaw, pitch, roll, shift_x, shift_y /* of the side */, zoom;
    double smile /* -0.5..1 */, open /* 0..1 */, brow_raise, frown /* 0..1 */, blink /* 0..1 */;
    double gaze_x, gaze_y;
    double light_x, light_y, light_power, light_warm, ambient;
    double exposure, white_red, white_blue, vignette, noise, contrast;
    double hair_keep /* wish */, hair_choice, hair_length, hair_volume, hair_mess, hair_curl;
    double hair_hue, hair_value, dye_wish, dye_hue;
    double makeup_wish, lipstick_hue, lipstick, eye_shadow, eye_shadow_hue, blush, mascara;
    double skin_hue, tan;
    double glasses_wish, glasses_kind, glasses_colour;
    double hat_wish, hat_kind, hat_hue, hat_value;
    double earring_wish, earring_kind, necklace_wish, necklace_kind;
    double cloth_kind, cloth_pattern, cloth_hue, cloth_value, cloth_hue2, cloth_value2;
    double backdrop_kind, backdrop_hue, backdrop_hue2, backdrop_value, backdrop_value2;
} idi_portrait_photo;

/* Eye image-left, eye image-right, nose tip, mouth corner image-left, image-right; in pixels, the
 * centre of the first pixel being (0, 0). */
typedef struct idi_portrait_landmarks {
    float x[5], y[5];
} idi_portrait_landmarks;

/* Draws a person. Thread: any. */
void idi_portrait_person_from_seed(uint64_t identity_seed, idi_portrait_person *person_out);

/* Draws a photograph's circumstances; other ones for each identity. Thread: any. */
void idi_portrait_photo_from_seed(uint64_t identity_seed, uint64_t photo_seed,
                                  idi_portrait_photo *photo_out);

/* Renders a person in a photograph's circumstances.
 * size     side in pixels, IDI_PORTRAIT_MIN_SIZE..IDI_PORTRAIT_MAX_SIZE
 * rgb_out  u8 [size, size, 3], row-major
 * labels_out     u8 [size, size], values < IDI_PORTRAIT_CLASSES; may be NULL
 * landmarks_out  may be NULL
 * Allocates nothing. Thread: any. Errors: ARG (a NULL pointer), SHAPE (size out of range). */
IDI_NODISCARD idi_status idi_portrait_render_params(const idi_portrait_person *person,
                                                    const idi_portrait_photo *photo, int64_t size,
                                                    uint8_t *rgb_out, uint8_t *labels_out,
                                                    idi_portrait_landmarks *landmarks_out);

/* The same from seeds. */
IDI_NODISCARD idi_status idi_portrait_render(uint64_t identity_seed, uint64_t photo_seed,
                                             int64_t size, uint8_t *rgb_out, uint8_t *labels_out,
                                             idi_portrait_landmarks *landmarks_out);

#endif
