/* SPDX-License-Identifier: Apache-2.0 */
/* train/attacks.c - see attacks.h. */
#include "train/attacks.h"
#include "core/rng.h"
#include "core/slerp.h"
#include "data/image.h"
#include "data/permutation.h"
#include "train/seeds.h"

#include <string.h>

enum { GROUP = IDI_ATTACKER_GROUP };

/* --- opening ---------------------------------------------------------------------------------- */

static int64_t pixel_count(const idi_attacks *a)
{
    return a->recipe->data.size * a->recipe->data.size;
}

static idi_status make_buffers(idi_attacks *a, idi_memory *memory)
{
    const size_t pixels = (size_t)pixel_count(a);
    const size_t dim = (size_t)a->attacker.identity_dim;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)a->count * sizeof *a->plan, &a->plan));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, (size_t)a->faces * pixels * 3, &a->rgb));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, GROUP * pixels * 3 * sizeof *a->numbers, &a->numbers));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, GROUP * pixels, &a->labels));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, GROUP * dim * sizeof *a->own, &a->own));
    return idi_alloc(memory, IDI_TAG_GENERAL, GROUP * dim * sizeof *a->givers, &a->givers);
}

idi_status idi_attacks_open(idi_backend *backend, const idi_recipe *recipe, idi_ranks *ranks,
                            idi_fixed_files *files, idi_attacks *attacks_out)
{
    *attacks_out = (idi_attacks){.recipe = recipe,
                                 .rank = idi_ranks_rank(ranks),
                                 .ranks = idi_ranks_count(ranks),
                                 .faces = idi_recipe_part(recipe) * recipe->batch.photos,
                                 .count = idi_recipe_attacked(recipe)};
    if (attacks_out->count == 0) return IDI_OK;
    idi_status st = idi_attacker_open(backend, recipe, files, &attacks_out->attacker);
    if (st == IDI_OK) st = make_buffers(attacks_out, backend->memory);
    if (st != IDI_OK) idi_attacks_close(attacks_out);
    return st;
}

void idi_attacks_close(idi_attacks *attacks)
{
    idi_memory *memory = attacks->attacker.memory;
    if (memory) {
        idi_free(memory, attacks->plan);
        idi_free(memory, attacks->rgb);
        idi_free(memory, attacks->numbers);
        idi_free(memory, attacks->labels);
        idi_free(memory, attacks->own);
        idi_free(memory, attacks->givers);
        idi_attacker_close(&attacks->attacker);
    }
    *attacks = (idi_attacks){0};
}

/* --- drawing ---------------------------------------------------------------------------------- */

/* Face number `place` of those who are not that person. */
static int64_t other_at(const idi_batch *batch, int64_t person, int64_t place)
{
    for (int64_t row = 0; row < batch->count; row++)
        if (batch->identities[row] != person && place-- == 0) return row;
    return 0; /* of a batch of one person, which a recipe with attacks has not */
}

static int64_t count_others(const idi_batch *batch, int64_t person)
{
    int64_t count = 0;
    for (int64_t row = 0; row < batch->count; row++)
        count += batch->identities[row] != person;
    return count;
}

idi_attack idi_attack_of(const idi_attacks *attacks, const idi_batch *batch, int64_t index)
{
    const double *strength = attacks->recipe->attacks.strength;
    const uint64_t seed = idi_seed_of(attacks->recipe, IDI_SEED_ATTACKS);
    const uint64_t stream = 2 * (uint64_t)(batch->number * attacks->ranks + attacks->rank);
    const uint64_t draw = 2 * (uint64_t)index;
    const idi_permutation rows = {seed, stream, batch->count};
    const int64_t row = idi_permutation_at(&rows, index);
    const int64_t person = batch->identities[row];
    const double place = idi_uniform(seed, stream + 1, draw) * (double)count_others(batch, person);
    return (idi_attack){.row = row,
                        .giver = other_at(batch, person, (int64_t)place),
                        .strength = strength[0] + (strength[1] - strength[0]) *
                                                      idi_uniform(seed, stream + 1, draw + 1)};
}

/* --- running ---------------------------------------------------------------------------------- */

/* Attack `first` + i of the plan; behind the last the last again, whose image nobody takes. */
static const idi_attack *planned(const idi_attacks *a, int64_t first, int64_t i)
{
    const int64_t index = first + i;
    return &a->plan[index < a->count ? index : a->count - 1];
}

/* Photographs of the batch as the group's numbers: the attacked ones, or the givers'. */
static void gather(idi_attacks *a, const idi_batch *batch, int64_t first, bool of_givers)
{
    const int64_t face = 3 * pixel_count(a);
    for (int64_t i = 0; i < GROUP; i++) {
        const idi_attack *attack = planned(a, first, i);
        const int64_t row = of_givers ? attack->giver : attack->row;
        idi_image_to_float(batch->rgb + row * face, face, a->numbers + i * face);
    }
}

static void gather_labels(idi_attacks *a, const idi_batch *batch, int64_t first)
{
    const int64_t pixels = pixel_count(a);
    for (int64_t i = 0; i < GROUP; i++)
        memcpy(a->labels + i * pixels, batch->labels + planned(a, first, i)->row * pixels,
               (size_t)pixels);
}

static double dot(const float *a, const float *b, int64_t dim)
{
    double sum = 0.0;
    for (int64_t k = 0; k < dim; k++)
        sum += (double)a[k] * (double)b[k];
    return sum < -1.0 ? -1.0 : sum > 1.0 ? 1.0 : sum;
}

/* Own identities become those on the arcs, up to rounding of unit length. */
static idi_status mix(idi_attacks *a, int64_t first)
{
    const int64_t dim = a->attacker.identity_dim;
    for (int64_t i = 0; i < GROUP; i++) {
        float *own = a->own + i * dim;
        const float *giver = a->givers + i * dim;
        double of_own;
        double of_giver;
        IDI_TRY(idi_slerp_weights(dot(own, giver, dim), planned(a, first, i)->strength, &of_own,
                                  &of_giver));
        for (int64_t k = 0; k < dim; k++)
            own[k] = (float)(of_own * (double)own[k] + of_giver * (double)giver[k]);
    }
    return IDI_OK;
}

/* Givers first: both take the same room, and the faces stay there for the generator. */
static idi_status attack_from(idi_attacks *a, const idi_batch *batch, int64_t first)
{
    const int64_t face = 3 * pixel_count(a);
    gather(a, batch, first, true);
    IDI_TRY(idi_attacker_embed(&a->attacker, a->numbers, a->givers));
    gather(a, batch, first, false);
    gather_labels(a, batch, first);
    IDI_TRY(idi_attacker_embed(&a->attacker, a->numbers, a->own));
    IDI_TRY(mix(a, first));
    IDI_TRY(idi_attacker_generate(&a->attacker, a->numbers, a->labels, a->own, a->numbers));
    for (int64_t i = 0; i < GROUP && first + i < a->count; i++)
        idi_image_from_float(a->numbers + i * face, face,
                             a->rgb + planned(a, first, i)->row * face);
    return IDI_OK;
}

idi_status idi_attacks_run(idi_attacks *attacks, idi_batch *batch)
{
    if (attacks->count == 0) return IDI_OK;
    IDI_ENSURE(batch->count == attacks->faces);
    memcpy(attacks->rgb, batch->rgb, (size_t)(attacks->faces * 3 * pixel_count(attacks)));
    for (int64_t i = 0; i < attacks->count; i++)
        attacks->plan[i] = idi_attack_of(attacks, batch, i);
    for (int64_t first = 0; first < attacks->count; first += GROUP)
        IDI_TRY(attack_from(attacks, batch, first));
    batch->rgb = attacks->rgb;
    return IDI_OK;
}
