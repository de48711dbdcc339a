/* SPDX-License-Identifier: Apache-2.0 */
/* The loader: the same batches whatever the workers, orders, people, flips, crops, resuming. */
#include "data/image.h"
#include "data/loader.h"
#include "data/mirror.h"
#include "support/random.h"
#include "tree.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

TestSuite(loader);

enum { SIZE = 32, PIXELS = SIZE * SIZE };

typedef struct bench {
    test_heap heap;
    idi_memory *memory;
    idi_dataset *dataset;
    idi_loader *loader;
} bench;

static bench b;

static void begin_portraits(int64_t size, int64_t people, int64_t photos)
{
    const idi_portrait_set set = {size, 40, people, 2, photos};
    b.memory = test_memory(&b.heap);
    const idi_status st = idi_dataset_open_portraits(b.memory, &set, &b.dataset);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
}

static void begin_faces(const char *name)
{
    const char *root = tree_celebamask(name);
    const idi_celebamask_set set = {
        SIZE, root, {.identities = tree_path(root, "identity_CelebA.txt")}};
    b.memory = test_memory(&b.heap);
    const idi_status st = idi_dataset_open_celebamask(b.memory, &set, &b.dataset);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
}

static void start(idi_loader_options options)
{
    idi_loader_destroy(&b.loader);
    const idi_status st = idi_loader_create(b.memory, b.dataset, &options, &b.loader);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
}

static idi_batch next(void)
{
    idi_batch batch;
    const idi_status st = idi_loader_next(b.loader, &batch);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
    return batch;
}

static void end(void)
{
    idi_loader_destroy(&b.loader);
    cr_assert_null(b.loader);
    idi_dataset_close(&b.dataset);
    test_memory_end(&b.heap, b.memory);
}

/* --- the same for any number of workers, and after a resume ------------------------------------
 */

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 1099511628211ULL;
    return hash;
}

static uint64_t hash_of(const idi_batch *batch)
{
    const size_t n = (size_t)batch->count, pixels = (size_t)(batch->size * batch->size);
    uint64_t hash = mix(14695981039346656037ULL, batch->rgb, n * pixels * 3);
    hash = mix(hash, batch->labels, n * pixels);
    hash = mix(hash, batch->identities, n * sizeof *batch->identities);
    hash = mix(hash, batch->items, n * sizeof *batch->items);
    hash = mix(hash, batch->is_flipped, n * sizeof *batch->is_flipped);
    return batch->landmarks ? mix(hash, batch->landmarks, n * sizeof *batch->landmarks) : hash;
}

enum { BATCHES = 7 };

static void hash_batches(idi_loader_options options, uint64_t *hashes)
{
    start(options);
    for (int64_t i = options.position; i < BATCHES; i++) {
        cr_assert(idi_loader_position(b.loader) == i);
        const idi_batch batch = next();
        cr_assert(batch.number == i);
        hashes[i] = hash_of(&batch);
    }
    cr_assert(idi_loader_position(b.loader) == BATCHES);
}

static void expect_determinism(idi_loader_options options)
{
    uint64_t wanted[BATCHES];
    options.worker_count = 0;
    hash_batches(options, wanted);
    for (int i = 1; i < BATCHES; i++)
        cr_assert(wanted[i] != wanted[i - 1]);
    for (int workers = 0; workers <= 4; workers += workers ? 3 : 1)
        for (int64_t position = 0; position < BATCHES; position += 3)
            for (int64_t ahead = 1; ahead <= 3; ahead += 2) {
                uint64_t hashes[BATCHES];
                options.worker_count = workers;
                options.position = position;
                options.batches_ahead = ahead;
                hash_batches(options, hashes);
                for (int64_t i = position; i < BATCHES; i++)
                    cr_assert(hashes[i] == wanted[i], "batch %d, %d workers from %d", (int)i,
                              workers, (int)position);
            }
    uint64_t others[BATCHES];
    options.position = 0;
    options.seed++;
    hash_batches(options, others);
    cr_assert(others[0] != wanted[0]);
}

Test(loader, shuffled_whatever_the_workers)
{
    begin_portraits(SIZE, 3, 4);
    expect_determinism(
        (idi_loader_options){.seed = idi_test_seed(), .batch = 5, .has_flips = true});
    end();
}

Test(loader, balanced_and_cropped_whatever_the_workers)
{
    begin_portraits(40, 5, 0);
    expect_determinism((idi_loader_options){.order = IDI_ORDER_BALANCED,
                                            .seed = idi_test_seed(),
                                            .people = 2,
                                            .photos = 2,
                                            .size = SIZE,
                                            .has_flips = true});
    end();
}

Test(loader, faces_whatever_the_workers)
{
    begin_faces("loader_faces");
    expect_determinism((idi_loader_options){.seed = idi_test_seed(), .batch = 4});
    end();
}

Test(loader, cached_whatever_the_workers)
{
    begin_portraits(SIZE, 3, 4);
    idi_dataset *plain = b.dataset;
    cr_assert(idi_dataset_open_cached(b.memory, plain, 1 << 20, &b.dataset) == IDI_OK);
    expect_determinism((idi_loader_options){.seed = idi_test_seed(), .batch = 9});
    idi_loader_destroy(&b.loader);
    idi_dataset_close(&b.dataset);
    /* Two readers in one batch that want the same item at the same time. */
    cr_assert(idi_dataset_open_cached(b.memory, plain, 1 << 20, &b.dataset) == IDI_OK);
    start((idi_loader_options){.order = IDI_ORDER_BALANCED,
                               .people = 3,
                               .photos = 40,
                               .fewest_photos = 1,
                               .worker_count = 4});
    const idi_batch batch = next();
    cr_assert(batch.count == 120);
    idi_loader_destroy(&b.loader);
    idi_dataset_close(&b.dataset);
    b.dataset = plain;
    end();
}

/* --- orders ----------------------------------------------------------------------------------- */

Test(loader, epochs_hold_each_item_once)
{
    enum { ITEMS = 12, BATCH = 5, EPOCHS = 5 };
    begin_portraits(SIZE, 3, 4);
    start((idi_loader_options){.seed = idi_test_seed(), .batch = BATCH, .worker_count = 2});
    int64_t items[EPOCHS * ITEMS];
    for (int i = 0; i < EPOCHS * ITEMS / BATCH; i++) {
        const idi_batch batch = next();
        cr_assert(batch.count == BATCH && batch.size == SIZE && batch.landmarks);
        memcpy(items + i * BATCH, batch.items, sizeof *items * BATCH);
        for (int j = 0; j < BATCH; j++) {
            cr_assert(batch.identities[j] == batch.items[j] % 3);
            cr_assert(!batch.is_flipped[j]);
        }
    }
    int repeated = 0;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int seen[ITEMS] = {0};
        for (int i = 0; i < ITEMS; i++) {
            const int64_t item = items[epoch * ITEMS + i];
            cr_assert(item >= 0 && item < ITEMS);
            cr_assert(seen[item]++ == 0, "item %d twice in epoch %d", (int)item, epoch);
            if (epoch > 0) repeated += item == items[i];
        }
    }
    cr_assert_lt(repeated, 20); /* 4 of 48 expected */
    end();
}

Test(loader, an_endless_set_gives_new_photos)
{
    enum { PEOPLE = 4, ROUNDS = 3 };
    begin_portraits(SIZE, PEOPLE, 0);
    start((idi_loader_options){.seed = 1, .batch = PEOPLE});
    for (int64_t round = 0; round < ROUNDS; round++) {
        const idi_batch batch = next();
        int64_t people = 0;
        for (int i = 0; i < PEOPLE; i++) {
            cr_assert(batch.items[i] / PEOPLE == round);
            people |= 1 << batch.identities[i];
        }
        cr_assert(people == (1 << PEOPLE) - 1);
    }
    end();
}

Test(loader, stored_order_once)
{
    begin_portraits(SIZE, 3, 4);
    for (int64_t position = 0; position < 5; position++) {
        start((idi_loader_options){
            .order = IDI_ORDER_STORED, .batch = 5, .worker_count = 3, .position = position});
        int64_t item = position * 5;
        for (;;) {
            const idi_batch batch = next();
            if (batch.count == 0) break;
            cr_assert(batch.count == (item < 10 ? 5 : 2));
            for (int64_t i = 0; i < batch.count; i++)
                cr_assert(batch.items[i] == item++);
        }
        cr_assert(position >= 3 || item == 12);
        cr_assert(next().count == 0);
    }
    end();
}

static void expect_balanced(const idi_batch *batch, int64_t people, int64_t photos)
{
    cr_assert(batch->count == people * photos);
    for (int64_t p = 0; p < people; p++)
        for (int64_t k = 0; k < photos; k++) {
            const int64_t i = p * photos + k;
            cr_assert(batch->identities[i] == batch->identities[p * photos]);
            cr_assert(idi_dataset_identity(b.dataset, batch->items[i]) == batch->identities[i]);
            for (int64_t j = 0; j < i; j++) {
                cr_assert(batch->items[j] != batch->items[i]);
                cr_assert(j / photos == p || batch->identities[j] != batch->identities[i]);
            }
        }
}

Test(loader, batches_of_people)
{
    enum { PEOPLE = 7, STEPS = 60 };
    begin_portraits(SIZE, PEOPLE, 5);
    start((idi_loader_options){
        .order = IDI_ORDER_BALANCED, .seed = idi_test_seed(), .people = 3, .photos = 2});
    int seen[PEOPLE * 5] = {0}, in_epoch[PEOPLE] = {0};
    for (int step = 0; step < STEPS; step++) {
        const idi_batch batch = next();
        expect_balanced(&batch, 3, 2);
        if (step % 2 == 0) memset(in_epoch, 0, sizeof in_epoch);
        for (int64_t i = 0; i < 6; i++) {
            seen[batch.items[i]]++;
            cr_assert(++in_epoch[batch.identities[i]] <= 2);
        }
    }
    for (int i = 0; i < PEOPLE * 5; i++)
        cr_assert(seen[i] > 0, "photo %d is never drawn", i); /* chance 1e-4 in all */
    end();
}

/* Of CelebA's three people one has a single photo, one two, one three. */
Test(loader, people_with_few_photos)
{
    begin_faces("loader_few");
    start((idi_loader_options){
        .order = IDI_ORDER_BALANCED, .people = 2, .photos = 2, .worker_count = 2});
    for (int step = 0; step < 10; step++) {
        const idi_batch batch = next();
        expect_balanced(&batch, 2, 2);
        cr_assert(batch.identities[0] != 0 && batch.identities[2] != 0);
        cr_assert_null(batch.landmarks);
    }
    start((idi_loader_options){
        .order = IDI_ORDER_BALANCED, .people = 3, .photos = 2, .fewest_photos = 1});
    const idi_batch batch = next();
    for (int64_t p = 0; p < 3; p++)
        cr_assert((batch.items[2 * p] == batch.items[2 * p + 1]) == (batch.identities[2 * p] == 0));
    end();
}

/* Two ranks hold together what one process holds. */
static void expect_ranks(idi_loader_options whole)
{
    enum { RANKS = 2, STEPS = 4 };
    const int64_t half = whole.people ? whole.people * whole.photos / 2 : whole.batch / 2;
    int64_t items[STEPS][16];
    bool flipped[STEPS][16];
    start(whole);
    for (int s = 0; s < STEPS; s++) {
        const idi_batch batch = next();
        memcpy(items[s], batch.items, sizeof *items[s] * (size_t)batch.count);
        memcpy(flipped[s], batch.is_flipped, (size_t)batch.count);
    }
    for (int rank = 0; rank < RANKS; rank++) {
        idi_loader_options part = whole;
        part.people /= 2;
        part.batch = whole.people ? 0 : half;
        part.rank = rank;
        part.ranks = RANKS;
        start(part);
        for (int s = 0; s < STEPS; s++) {
            const idi_batch batch = next();
            cr_assert(batch.count == half);
            cr_assert(
                memcmp(batch.items, items[s] + rank * half, sizeof *items[s] * (size_t)half) == 0);
            cr_assert(memcmp(batch.is_flipped, flipped[s] + rank * half, (size_t)half) == 0);
        }
    }
}

Test(loader, ranks_share_a_batch)
{
    begin_portraits(SIZE, 9, 4);
    expect_ranks((idi_loader_options){.seed = idi_test_seed(), .batch = 6, .has_flips = true});
    expect_ranks((idi_loader_options){.order = IDI_ORDER_BALANCED,
                                      .seed = idi_test_seed(),
                                      .people = 4,
                                      .photos = 2,
                                      .has_flips = true});
    end();
}

/* --- views ------------------------------------------------------------------------------------ */

/* Each item, read by hand and turned as the batch says, is what the batch holds. */
static int64_t expect_views(bool keeps_sides)
{
    static uint8_t rgb[PIXELS * 3], labels[PIXELS];
    const idi_label_scheme *scheme = keeps_sides ? NULL : idi_label_scheme_at(0);
    int64_t flipped = 0;
    for (int step = 0; step < 8; step++) {
        const idi_batch batch = next();
        for (int64_t i = 0; i < batch.count; i++) {
            idi_sample sample = {.rgb = rgb, .labels = labels};
            cr_assert(idi_dataset_read(b.dataset, batch.items[i], &sample) == IDI_OK);
            if (batch.is_flipped[i]) {
                idi_mirror_rgb(rgb, SIZE, SIZE);
                idi_mirror_labels(labels, SIZE, SIZE, scheme);
                idi_mirror_landmarks(&sample.landmarks, SIZE);
                flipped++;
            }
            cr_assert(memcmp(batch.rgb + i * PIXELS * 3, rgb, sizeof rgb) == 0);
            cr_assert(memcmp(batch.labels + i * PIXELS, labels, sizeof labels) == 0);
            cr_assert(memcmp(&batch.landmarks[i], &sample.landmarks, sizeof sample.landmarks) == 0);
        }
    }
    return flipped;
}

Test(loader, flips_exchange_sides_or_keep_them)
{
    begin_portraits(SIZE, 6, 3);
    for (int keeps = 0; keeps < 2; keeps++) {
        start((idi_loader_options){
            .seed = 5, .batch = 6, .has_flips = true, .keeps_sides = keeps, .worker_count = 1});
        const int64_t flipped = expect_views(keeps);
        cr_assert(flipped > 12 && flipped < 36, "%d of 48", (int)flipped);
    }
    end();
}

Test(loader, crops_lie_everywhere)
{
    enum { WHOLE = 34, CORNERS = WHOLE - SIZE + 1 };
    static uint8_t rgb[WHOLE * WHOLE * 3], labels[WHOLE * WHOLE];
    int seen[CORNERS * CORNERS] = {0};
    begin_portraits(WHOLE, 2, 0);
    start((idi_loader_options){.seed = 5, .batch = 10, .size = SIZE, .worker_count = 2});
    for (int step = 0; step < 12; step++) {
        const idi_batch batch = next();
        for (int64_t i = 0; i < batch.count; i++) {
            idi_sample sample = {.rgb = rgb, .labels = labels};
            cr_assert(idi_dataset_read(b.dataset, batch.items[i], &sample) == IDI_OK);
            const int x = (int)(sample.landmarks.x[0] - batch.landmarks[i].x[0] + 0.5f);
            const int y = (int)(sample.landmarks.y[0] - batch.landmarks[i].y[0] + 0.5f);
            cr_assert(x >= 0 && x < CORNERS && y >= 0 && y < CORNERS);
            seen[y * CORNERS + x]++;
            for (int row = 0; row < SIZE; row++) {
                cr_assert(memcmp(batch.rgb + (i * PIXELS + row * SIZE) * 3,
                                 rgb + ((y + row) * WHOLE + x) * 3, SIZE * 3) == 0);
                cr_assert(memcmp(batch.labels + i * PIXELS + row * SIZE,
                                 labels + (y + row) * WHOLE + x, SIZE) == 0);
            }
        }
    }
    for (int i = 0; i < CORNERS * CORNERS; i++)
        cr_assert(seen[i] > 0, "no crop at corner %d", i);
    end();
}

/* --- failures and the end --------------------------------------------------------------------- */

Test(loader, a_bad_file_fails_its_batch_alone)
{
    for (int workers = 0; workers <= 4; workers += 2) {
        begin_faces("loader_bad");
        cr_assert(truncate(tree_path(IDI_SCRATCH, "loader_bad/CelebA-HQ-img/10.jpg"), 800) == 0);
        cr_assert(unlink(tree_path(IDI_SCRATCH, "loader_bad/CelebA-HQ-img/2000.jpg")) == 0);
        start((idi_loader_options){.order = IDI_ORDER_STORED, .batch = 2, .worker_count = workers});
        idi_batch batch = next();
        cr_assert(batch.items[1] == 1);
        cr_assert(idi_loader_next(b.loader, &batch) == IDI_ERR_FORMAT);
        cr_assert_error_says("CelebA-HQ-img/10.jpg: not a valid JPEG");
        cr_assert(batch.count == 0 && idi_loader_position(b.loader) == 2);
        cr_assert(idi_loader_next(b.loader, &batch) == IDI_ERR_IO);
        cr_assert_error_says("CelebA-HQ-img/2000.jpg: cannot be opened");
        cr_assert(next().count == 0);
        end();
    }
}

static void *cancel(void *loader)
{
    const struct timespec nap = {0, 20000000};
    (void)nanosleep(&nap, NULL);
    idi_loader_cancel(loader);
    return NULL;
}

Test(loader, cancelled_from_another_thread)
{
    begin_portraits(SIZE, 3, 0);
    start((idi_loader_options){.batch = 8, .worker_count = 2});
    pthread_t thread;
    cr_assert(pthread_create(&thread, NULL, cancel, b.loader) == 0);
    idi_batch batch;
    idi_status st = IDI_OK;
    int64_t given = 0;
    while ((st = idi_loader_next(b.loader, &batch)) == IDI_OK)
        given++;
    cr_assert(st == IDI_ERR_CANCELLED && batch.count == 0);
    cr_assert(idi_loader_position(b.loader) == given);
    cr_assert(idi_loader_next(b.loader, &batch) == IDI_ERR_CANCELLED);
    cr_assert(pthread_join(thread, NULL) == 0);
    end();
}

static void expect_refusal(idi_loader_options options, idi_status status, const char *says)
{
    idi_loader *loader;
    cr_assert(idi_loader_create(b.memory, b.dataset, &options, &loader) == status, "%s", says);
    cr_assert_null(loader);
    cr_assert_error_says(says);
}

Test(loader, refusals_say_why)
{
    begin_portraits(SIZE, 3, 0);
    expect_refusal((idi_loader_options){0}, IDI_ERR_ARG, "batches of 0 items");
    expect_refusal((idi_loader_options){.batch = 1 << 20}, IDI_ERR_ARG, "2 ahead");
    expect_refusal((idi_loader_options){.batch = 1, .size = SIZE + 1}, IDI_ERR_SHAPE,
                   "pictures of 33 pixels cannot be cut from a data set of 32");
    expect_refusal((idi_loader_options){.batch = 1, .rank = 2, .ranks = 2}, IDI_ERR_ARG,
                   "rank 2 of 2");
    expect_refusal((idi_loader_options){.batch = 1, .position = -1}, IDI_ERR_ARG, "number -1");
    expect_refusal((idi_loader_options){.batch = 1, .order = IDI_ORDER_STORED}, IDI_ERR_ARG,
                   "a data set with an end");
    expect_refusal((idi_loader_options){.batch = 1, .worker_count = -1}, IDI_ERR_ARG,
                   "-1 worker threads");
    idi_loader_options people = {.order = IDI_ORDER_BALANCED, .people = 4, .photos = 2};
    expect_refusal(people, IDI_ERR_ARG, "batches of 4 people on 1 ranks, but 3 of 3 people");
    people.batch = 7;
    expect_refusal(people, IDI_ERR_ARG, "4 people with 2 photos each are 8");
    people.photos = 0;
    expect_refusal(people, IDI_ERR_ARG, "want at least 1");
    end();
    begin_faces("loader_refusals");
    expect_refusal((idi_loader_options){.order = IDI_ORDER_BALANCED, .people = 2, .photos = 3},
                   IDI_ERR_ARG, "but 1 of 3 people have at least 3 photos");
    idi_dataset_close(&b.dataset);
    const idi_celebamask_set nobody = {SIZE, tree_path(IDI_SCRATCH, "loader_refusals"), {0}};
    cr_assert(idi_dataset_open_celebamask(b.memory, &nobody, &b.dataset) == IDI_OK);
    expect_refusal((idi_loader_options){.order = IDI_ORDER_BALANCED, .people = 2, .photos = 2},
                   IDI_ERR_ARG, "this data set has no identities");
    end();
}

Test(loader, memory_runs_out)
{
    idi_status st = IDI_ERR_NOMEM;
    for (int64_t n = 0; st != IDI_OK; n++) {
        begin_portraits(40, 3, 4);
        const idi_loader_options options = {
            .order = IDI_ORDER_BALANCED, .people = 2, .photos = 2, .size = SIZE, .worker_count = 2};
        idi_batch batch;
        b.heap.fail_at = b.heap.made + n;
        st = idi_loader_create(b.memory, b.dataset, &options, &b.loader);
        if (st == IDI_OK) st = idi_loader_next(b.loader, &batch);
        idi_loader_destroy(&b.loader);
        cr_assert(st == IDI_OK || st == IDI_ERR_NOMEM, "%s", idi_last_error());
        end();
    }
}
