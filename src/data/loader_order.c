/* SPDX-License-Identifier: Apache-2.0 */
/* data/loader_order.c - orders by seed: every choice is a Philox number of (seed, purpose, place),
 * or a permutation keyed by them. */
#include "data/loader_order.h"

#include "core/rng.h"
#include "data/permutation.h"

enum { MAX_LISTED = 1 << 24 };

/* The place of this rank's item among those of all ranks. */
static int64_t place_of(const idi_order *order, int64_t number)
{
    const idi_loader_options *o = &order->options;
    return number / o->batch * o->batch * o->ranks + o->rank * o->batch + number % o->batch;
}

static int64_t shuffled_item(const idi_order *order, int64_t place)
{
    const int64_t items = idi_dataset_count(order->dataset);
    const bool is_endless = items == IDI_DATASET_ENDLESS;
    const int64_t length = is_endless ? idi_dataset_identity_count(order->dataset) : items;
    const int64_t epoch = place / length;
    const idi_permutation items_of_epoch = {order->options.seed,
                                            idi_hash_name("items") + (uint64_t)epoch, length};
    const int64_t at = idi_permutation_at(&items_of_epoch, place % length);
    return is_endless ? idi_dataset_photo(order->dataset, at, epoch) : at;
}

/* A key for each person, so that nobody's photographs follow somebody else's order. */
static uint64_t key_of_person(uint64_t seed, int64_t person)
{
    uint32_t word[4];
    idi_philox(seed, idi_hash_name("person"), (uint64_t)person, word);
    return ((uint64_t)word[0] << 32) | word[1];
}

static int64_t photo_of(const idi_order *order, int64_t person, int64_t epoch, int64_t k)
{
    const int64_t count = idi_dataset_photo_count(order->dataset, person);
    if (count == IDI_DATASET_ENDLESS) return epoch * order->options.photos + k;
    const idi_permutation photos = {key_of_person(order->options.seed, person), (uint64_t)epoch,
                                    count};
    return idi_permutation_at(&photos, k % count);
}

static int64_t balanced_item(const idi_order *order, int64_t place)
{
    const idi_loader_options *o = &order->options;
    const int64_t people = o->people * o->ranks; /* of a step */
    const int64_t step = place / (people * o->photos);
    const int64_t steps = order->eligible_count / people; /* of an epoch */
    const int64_t at = step % steps * people + place / o->photos % people;
    const idi_permutation people_of_epoch = {
        o->seed, idi_hash_name("people") + (uint64_t)(step / steps), order->eligible_count};
    const int64_t chosen = idi_permutation_at(&people_of_epoch, at);
    const int64_t person = order->eligible ? order->eligible[chosen] : chosen;
    return idi_dataset_photo(order->dataset, person,
                             photo_of(order, person, step / steps, place % o->photos));
}

static int64_t item_at(const idi_order *order, int64_t place)
{
    if (order->options.order == IDI_ORDER_BALANCED) return balanced_item(order, place);
    if (order->options.order == IDI_ORDER_STORED) return place;
    return shuffled_item(order, place);
}

idi_draw idi_order_draw(const idi_order *order, int64_t number)
{
    const idi_loader_options *o = &order->options;
    const int64_t place = place_of(order, number);
    const uint64_t room = (uint64_t)(idi_dataset_size(order->dataset) - o->size + 1);
    uint32_t word[4];
    idi_philox(o->seed, idi_hash_name("view"), (uint64_t)place, word);
    return (idi_draw){
        .item = item_at(order, place),
        .x = (int64_t)(word[0] * room >> 32),
        .y = (int64_t)(word[1] * room >> 32),
        .is_flipped = o->has_flips && (word[2] >> 31),
    };
}

/* --- options ---------------------------------------------------------------------------------- */

static idi_status complete_balanced(const idi_dataset *dataset, idi_loader_options *o)
{
    const int64_t most = 1 << 20;
    IDI_REQUIRE(o->people >= 1 && o->people <= most && o->photos >= 1 && o->photos <= most,
                IDI_ERR_ARG, "batches of %lld people with %lld photos each: want at least 1",
                (long long)o->people, (long long)o->photos);
    const int64_t items = o->people * o->photos;
    IDI_REQUIRE(o->batch == 0 || o->batch == items, IDI_ERR_ARG,
                "a batch of %lld items, but %lld people with %lld photos each are %lld",
                (long long)o->batch, (long long)o->people, (long long)o->photos, (long long)items);
    IDI_REQUIRE(idi_dataset_identity_count(dataset) > 0, IDI_ERR_ARG,
                "batches by people need to know who is who, and this data set has no identities; "
                "give its identity list");
    o->batch = items;
    if (o->fewest_photos == 0) o->fewest_photos = o->photos;
    return IDI_OK;
}

static idi_status complete_options(const idi_dataset *dataset, idi_loader_options *o)
{
    const int64_t most = 1 << 20, size = idi_dataset_size(dataset);
    if (o->ranks == 0) o->ranks = 1;
    if (o->size == 0) o->size = size;
    if (o->batches_ahead == 0) o->batches_ahead = 2;
    if (o->order == IDI_ORDER_BALANCED) IDI_TRY(complete_balanced(dataset, o));
    IDI_REQUIRE(o->batch >= 1 && o->batch <= most && o->batches_ahead >= 1 &&
                    o->batches_ahead <= most / o->batch,
                IDI_ERR_ARG, "batches of %lld items, %lld ahead: want at least 1, and 2^20 in all",
                (long long)o->batch, (long long)o->batches_ahead);
    IDI_REQUIRE(o->size >= 1 && o->size <= size, IDI_ERR_SHAPE,
                "pictures of %lld pixels cannot be cut from a data set of %lld", (long long)o->size,
                (long long)size);
    IDI_REQUIRE(o->ranks >= 1 && o->ranks <= 1 << 16 && o->rank >= 0 && o->rank < o->ranks,
                IDI_ERR_ARG, "rank %d of %d: want 0 to ranks - 1", o->rank, o->ranks);
    const int64_t last = ((int64_t)1 << 61) / (o->batch * o->ranks);
    IDI_REQUIRE(o->position >= 0 && o->position <= last && o->fewest_photos >= 0, IDI_ERR_ARG,
                "batches from number %lld: want 0 to %lld", (long long)o->position,
                (long long)last);
    IDI_REQUIRE(o->order != IDI_ORDER_STORED ||
                    (o->ranks == 1 && idi_dataset_count(dataset) != IDI_DATASET_ENDLESS),
                IDI_ERR_ARG, "the stored order is for one rank and a data set with an end");
    return IDI_OK;
}

static idi_status find_eligible(idi_memory *memory, idi_order *order)
{
    const int64_t people = idi_dataset_identity_count(order->dataset);
    const int64_t fewest = order->options.fewest_photos;
    order->eligible_count = people;
    if (idi_dataset_fewest_photos(order->dataset) >= fewest) return IDI_OK;
    order->eligible_count = 0;
    if (people > MAX_LISTED) return IDI_OK; /* portraits, of which all have equally few */
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)people * sizeof *order->eligible,
                      &order->eligible));
    for (int64_t p = 0; p < people; p++)
        if (idi_dataset_photo_count(order->dataset, p) >= fewest)
            order->eligible[order->eligible_count++] = p;
    return IDI_OK;
}

static idi_status choose_people(idi_memory *memory, idi_order *order)
{
    const idi_loader_options *o = &order->options;
    IDI_TRY(find_eligible(memory, order));
    IDI_REQUIRE(order->eligible_count >= o->people * o->ranks, IDI_ERR_ARG,
                "batches of %lld people on %d ranks, but %lld of %lld people have at least %lld "
                "photos",
                (long long)o->people, o->ranks, (long long)order->eligible_count,
                (long long)idi_dataset_identity_count(order->dataset), (long long)o->fewest_photos);
    return IDI_OK;
}

idi_status idi_order_init(idi_memory *memory, const idi_dataset *dataset,
                          const idi_loader_options *options, idi_order *order_out)
{
    *order_out = (idi_order){.dataset = dataset, .options = *options};
    IDI_TRY(complete_options(dataset, &order_out->options));
    if (options->order != IDI_ORDER_BALANCED) return IDI_OK;
    const idi_status st = choose_people(memory, order_out);
    if (st != IDI_OK) idi_order_free(memory, order_out);
    return st;
}

void idi_order_free(idi_memory *memory, idi_order *order)
{
    idi_free(memory, order->eligible);
    order->eligible = NULL;
}
