/* SPDX-License-Identifier: Apache-2.0 */
/* data/portrait_cues.h - what somebody can be recognised by, in parts that can be exchanged between
 * two persons. */
#ifndef IDI_DATA_PORTRAIT_CUES_H
#define IDI_DATA_PORTRAIT_CUES_H

#include "data/portrait.h"

/* Bits. Each member of idi_portrait_person belongs to one of them. */
typedef enum idi_portrait_cue {
    IDI_CUE_COLOUR = 1,  /* of skin, hair, irises and lips */
    IDI_CUE_TEXTURE = 2, /* freckles, moles, beard, folds */
    IDI_CUE_INNER = 4,   /* shapes and places of eyes, brows, nose and mouth */
    IDI_CUE_OUTLINE = 8, /* head, jaw, chin, ears; how the hair falls */
    IDI_CUE_ALL = 15
} idi_portrait_cue;

/* Gives the person the other's members of these cues. */
void idi_portrait_replace(idi_portrait_person *person, const idi_portrait_person *other,
                          unsigned cues);

#endif
