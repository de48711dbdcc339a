/* SPDX-License-Identifier: Apache-2.0 */
/* eval/people.c - see people.h. */
#include "eval/people.h"
#include "core/rng.h"

#include <math.h>
#include <stdlib.h>

/* A photograph and who is on it, for sorting. */
typedef struct entry {
    int64_t person, photo;
} entry;

static int by_person(const void *a, const void *b)
{
    const entry *const x = a, *const y = b;
    if (x->person != y->person) return x->person < y->person ? -1 : 1;
    return (x->photo > y->photo) - (x->photo < y->photo);
}

static int by_key(const void *a, const void *b)
{
    const idi_person *const x = a, *const y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static void group(const entry *entries, uint64_t seed, idi_people *p)
{
    for (int64_t i = 0; i < p->photos; i++) {
        p->photo[i] = entries[i].photo;
        if (i == 0 || entries[i].person != entries[i - 1].person) {
            uint32_t word[4];
            idi_philox(seed, IDI_STREAM_HALVES, (uint64_t)entries[i].person, word);
            p->people[p->count++] = (idi_person){entries[i].person, i, 0, word[0]};
        }
        p->people[p->count - 1].count++;
    }
    qsort(p->people, (size_t)p->count, sizeof *p->people, by_key);
}

static idi_status divide(double share, idi_people *p)
{
    IDI_REQUIRE(share > 0.0 && share < 1.0, IDI_ERR_ARG,
                "a share of %g of the people for calibration: want a number between 0 and 1",
                share);
    p->calibration = (int64_t)floor(share * (double)p->count + 0.5);
    IDI_REQUIRE(p->calibration >= 2 && p->count - p->calibration >= 2, IDI_ERR_ARG,
                "%lld people, of whom %lld for calibration: want at least two there and two for "
                "evaluation",
                (long long)p->count, (long long)p->calibration);
    return IDI_OK;
}

idi_status idi_people_divide(idi_memory *memory, const int64_t *person, int64_t photos,
                             uint64_t seed, double calibration_share, idi_people *people_out)
{
    idi_status st = IDI_OK;
    idi_people *const p = people_out;
    entry *entries = NULL;
    *p = (idi_people){.photos = photos};
    IDI_REQUIRE(photos > 0, IDI_ERR_ARG, "pairs of %lld photographs", (long long)photos);
    const size_t room = (size_t)photos;
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, room * sizeof *entries, &entries));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, room * sizeof *p->photo, &p->photo));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, room * sizeof *p->people, &p->people));
    for (int64_t i = 0; i < photos; i++)
        entries[i] = (entry){person[i], i};
    qsort(entries, room, sizeof *entries, by_person);
    group(entries, seed, p);
    IDI_TRY_TO(done, divide(calibration_share, p));
done:
    idi_free(memory, entries);
    if (st != IDI_OK) idi_people_free(memory, p);
    return st;
}

void idi_people_free(idi_memory *memory, idi_people *people)
{
    idi_free(memory, people->photo);
    idi_free(memory, people->people);
    *people = (idi_people){0};
}
