/* SPDX-License-Identifier: Apache-2.0 */
/* eval/pairs.c - see pairs.h. */
#include "eval/pairs.h"
#include "core/rng.h"
#include "eval/people.h"

#include <stdlib.h>

void idi_pairs_init(idi_pairs_options *options)
{
    *options = (idi_pairs_options){.calibration_share = 0.5, .attack = 600};
}

/* --- genuine and impostor pairs --------------------------------------------------------------- */

/* Pairs of photographs of some people, of one kind, drawn one after the other in a fixed order. */
typedef struct selection {
    const int64_t *person; /* [photos] the caller's */
    int64_t *photo;        /* [count] ascending */
    int64_t count;
    bool is_genuine;
} selection;

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The photographs of `count` people; the caller frees photo. */
static idi_status select_photos(idi_memory *memory, const idi_people *p, const idi_person *people,
                                int64_t count, selection *out)
{
    int64_t *photo = NULL;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)p->photos * sizeof *photo, &photo));
    out->count = 0;
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < people[i].count; k++)
            photo[out->count++] = p->photo[people[i].first + k];
    qsort(photo, (size_t)out->count, sizeof *photo, ascending);
    out->photo = photo;
    return IDI_OK;
}

static int64_t candidates(const idi_person *people, int64_t count, bool is_genuine)
{
    int64_t photos = 0, genuine = 0;
    for (int64_t i = 0; i < count; i++) {
        photos += people[i].count;
        genuine += people[i].count * (people[i].count - 1) / 2;
    }
    return is_genuine ? genuine : photos * (photos - 1) / 2 - genuine;
}

/* Selection sampling (Knuth, Algorithm 3.4.2S): each candidate with the probability of what is
 * still wanted among what is left. */
static void sample(const selection *s, int64_t left, int64_t wanted, uint64_t seed, uint64_t stream,
                   idi_photo_pair *pairs_out)
{
    for (int64_t i = 0; i < s->count; i++)
        for (int64_t k = i + 1; k < s->count && wanted > 0; k++) {
            const int64_t a = s->photo[i], b = s->photo[k];
            if ((s->person[a] == s->person[b]) != s->is_genuine) continue;
            const double u = idi_uniform(seed, stream, (uint64_t)left);
            if (u * (double)left-- < (double)wanted) {
                *pairs_out++ = (idi_photo_pair){a, b};
                wanted--;
            }
        }
}

static idi_status draw_pairs(idi_memory *memory, const idi_people *p, const int64_t *person,
                             bool is_genuine, int64_t wanted, uint64_t seed,
                             idi_photo_pair **pairs_out, int64_t *count_out)
{
    idi_status st = IDI_OK;
    selection s = {.person = person, .is_genuine = is_genuine};
    const idi_person *const people = p->people + (is_genuine ? p->calibration : 0);
    const int64_t count = is_genuine ? p->count - p->calibration : p->calibration;
    const int64_t available = candidates(people, count, is_genuine);
    if (wanted == 0) wanted = available;
    IDI_REQUIRE(wanted >= 0 && wanted <= available, IDI_ERR_ARG,
                "%lld %s pairs wanted: %lld people have %lld", (long long)wanted,
                is_genuine ? "genuine" : "impostor", (long long)count, (long long)available);
    IDI_TRY(select_photos(memory, p, people, count, &s));
    IDI_TRY_TO(done,
               idi_alloc(memory, IDI_TAG_GENERAL, (size_t)wanted * sizeof **pairs_out, pairs_out));
    sample(&s, available, wanted, seed, is_genuine ? IDI_STREAM_GENUINE : IDI_STREAM_IMPOSTOR,
           *pairs_out);
    *count_out = wanted;
done:
    idi_free(memory, s.photo);
    return st;
}

/* --- attack pairs ----------------------------------------------------------------------------- */

/* 0..count-1 from 32 random bits. */
static int64_t below(uint32_t word, int64_t count)
{
    return (int64_t)(((uint64_t)word * (uint64_t)count) >> 32);
}

/* Two different photographs of a person of at least two. */
static void draw_two(const idi_people *p, const idi_person *person, const uint32_t word[2],
                     int64_t *one_out, int64_t *other_out)
{
    const int64_t one = below(word[0], person->count);
    const int64_t other = (one + 1 + below(word[1], person->count - 1)) % person->count;
    *one_out = p->photo[person->first + one];
    *other_out = p->photo[person->first + other];
}

/* 1..count-1 in random order (Fisher and Yates). */
static void shuffle_shifts(int64_t count, uint64_t seed, int64_t *shifts_out)
{
    for (int64_t i = 0; i < count - 1; i++) {
        uint32_t word[4];
        idi_philox(seed, IDI_STREAM_SHIFTS, (uint64_t)i, word);
        const int64_t k = below(word[0], i + 1);
        shifts_out[i] = shifts_out[k];
        shifts_out[k] = i + 1;
    }
}

static void go_round(const idi_people *p, const idi_person *const *people, int64_t count,
                     const int64_t *shifts, uint64_t seed, idi_pairs *pairs)
{
    for (int64_t i = 0; i < pairs->attack_count; i++) {
        uint32_t word[4];
        idi_philox(seed, IDI_STREAM_PHOTOS, (uint64_t)i, word);
        const idi_person *const first = people[i % count];
        const idi_person *const second = people[(i % count + shifts[i / count]) % count];
        idi_attack_pair *const pair = &pairs->attack[i];
        draw_two(p, first, word, &pair->image, &pair->image_check);
        draw_two(p, second, word + 2, &pair->token, &pair->token_check);
    }
}

static idi_status draw_attacks(idi_memory *memory, const idi_people *p, int64_t wanted,
                               uint64_t seed, idi_pairs *pairs)
{
    idi_status st = IDI_OK;
    const idi_person **people = NULL;
    int64_t *shifts = NULL, count = 0;
    const size_t room = (size_t)(p->count - p->calibration);
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, room * sizeof *people, &people));
    for (int64_t i = p->calibration; i < p->count; i++)
        if (p->people[i].count >= 2) people[count++] = &p->people[i];
    IDI_REQUIRE_TO(done, wanted >= 0 && (wanted == 0 || wanted <= count * (count - 1)), IDI_ERR_ARG,
                   "%lld attack pairs wanted: %lld people of two photographs have %lld",
                   (long long)wanted, (long long)count,
                   (long long)(count > 0 ? count * (count - 1) : 0));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, room * sizeof *shifts, &shifts));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, (size_t)wanted * sizeof *pairs->attack,
                               &pairs->attack));
    pairs->attack_count = wanted;
    shuffle_shifts(count, seed, shifts);
    go_round(p, people, count, shifts, seed, pairs);
done:
    idi_free(memory, people);
    idi_free(memory, shifts);
    return st;
}

/* --- the lists together ----------------------------------------------------------------------- */

/* FNV-1a of the number's eight bytes, least first. */
static uint64_t mix(uint64_t hash, int64_t number)
{
    for (int byte = 0; byte < 8; byte++)
        hash = (hash ^ (((uint64_t)number >> (8 * byte)) & 0xFF)) * 1099511628211ULL;
    return hash;
}

static uint64_t mix_pairs(uint64_t hash, const idi_photo_pair *pairs, int64_t count)
{
    hash = mix(hash, count);
    for (int64_t i = 0; i < count; i++)
        hash = mix(mix(hash, pairs[i].first), pairs[i].second);
    return hash;
}

static uint64_t hash_of(const int64_t *person, int64_t photos, const idi_pairs *pairs)
{
    uint64_t hash = mix(14695981039346656037ULL, photos);
    for (int64_t i = 0; i < photos; i++)
        hash = mix(hash, person[i]);
    hash = mix_pairs(hash, pairs->genuine, pairs->genuine_count);
    hash = mix_pairs(hash, pairs->impostor, pairs->impostor_count);
    hash = mix(hash, pairs->attack_count);
    for (int64_t i = 0; i < pairs->attack_count; i++) {
        const idi_attack_pair *const pair = &pairs->attack[i];
        hash = mix(mix(hash, pair->image), pair->image_check);
        hash = mix(mix(hash, pair->token), pair->token_check);
    }
    return hash;
}

idi_status idi_pairs_create(idi_memory *memory, const int64_t *person, int64_t photos,
                            const idi_pairs_options *options, idi_pairs *pairs_out)
{
    idi_status st = IDI_OK;
    idi_people people;
    idi_pairs *const out = pairs_out;
    *out = (idi_pairs){0};
    IDI_TRY(idi_people_divide(memory, person, photos, options->seed, options->calibration_share,
                              &people));
    IDI_TRY_TO(done, draw_pairs(memory, &people, person, true, options->genuine, options->seed,
                                &out->genuine, &out->genuine_count));
    IDI_TRY_TO(done, draw_pairs(memory, &people, person, false, options->impostor, options->seed,
                                &out->impostor, &out->impostor_count));
    IDI_TRY_TO(done, draw_attacks(memory, &people, options->attack, options->seed, out));
    out->hash = hash_of(person, photos, out);
done:
    idi_people_free(memory, &people);
    if (st != IDI_OK) idi_pairs_free(memory, out);
    return st;
}

void idi_pairs_free(idi_memory *memory, idi_pairs *pairs)
{
    idi_free(memory, pairs->genuine);
    idi_free(memory, pairs->impostor);
    idi_free(memory, pairs->attack);
    *pairs = (idi_pairs){0};
}
