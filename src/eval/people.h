/* SPDX-License-Identifier: Apache-2.0 */
/* eval/people.h - the people of a list of photographs, divided into two halves by seed. */
#ifndef IDI_EVAL_PEOPLE_H
#define IDI_EVAL_PEOPLE_H

#include "core/memory.h"

/* One of the streams of random numbers, so that lists do not share any. */
enum {
    IDI_STREAM_HALVES = 1,
    IDI_STREAM_GENUINE,
    IDI_STREAM_IMPOSTOR,
    IDI_STREAM_SHIFTS,
    IDI_STREAM_PHOTOS
};

/* A person and the photographs: `count` of them from photo[first] on. */
typedef struct idi_person {
    int64_t number;
    int64_t first, count;
    uint32_t key; /* random, of seed and number alone */
} idi_person;

typedef struct idi_people {
    int64_t *photo;     /* [photos] by person, ascending in each */
    idi_person *people; /* in the order of their keys: calibration first */
    int64_t photos, count;
    int64_t calibration; /* so many of them; the others are for evaluation */
} idi_people;

IDI_NODISCARD idi_status idi_people_divide(idi_memory *memory, const int64_t *person,
                                           int64_t photos, uint64_t seed, double calibration_share,
                                           idi_people *people_out);
void idi_people_free(idi_memory *memory, idi_people *people);

#endif
