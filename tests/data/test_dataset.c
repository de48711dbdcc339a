/* SPDX-License-Identifier: Apache-2.0 */
/* Data sets: each source against its parts read by hand, people, choices, and every refusal. */
#include "data/dataset.h"
#include "data/image.h"
#include "tree.h"

#include <unistd.h>

TestSuite(dataset);

enum { SIZE = 24 };

typedef struct bench {
    test_heap heap;
    idi_memory *memory;
    idi_dataset *dataset;
    uint8_t rgb[64 * 64 * 3], labels[64 * 64];
} bench;

static bench b;

static void begin(void)
{
    b.memory = test_memory(&b.heap);
}

static void end(void)
{
    idi_dataset_close(&b.dataset);
    cr_assert_null(b.dataset);
    test_memory_end(&b.heap, b.memory);
}

static idi_sample read_item(int64_t item)
{
    idi_sample sample = {.rgb = b.rgb, .labels = b.labels};
    const idi_status st = idi_dataset_read(b.dataset, item, &sample);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
    return sample;
}

static idi_status try_item(int64_t item)
{
    idi_sample sample = {.rgb = b.rgb, .labels = b.labels};
    return idi_dataset_read(b.dataset, item, &sample);
}

static const char *describe(int64_t item)
{
    static char text[64];
    idi_dataset_describe(b.dataset, item, text, sizeof text);
    return text;
}

/* --- portraits -------------------------------------------------------------------------------- */

static void open_portraits(int64_t first_person, int64_t people, int64_t first_photo,
                           int64_t photos)
{
    const idi_portrait_set set = {64, first_person, people, first_photo, photos};
    const idi_status st = idi_dataset_open_portraits(b.memory, &set, &b.dataset);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
}

static void expect_portrait(int64_t item, uint64_t person, uint64_t photo)
{
    static uint8_t rgb[64 * 64 * 3], labels[64 * 64];
    idi_portrait_landmarks landmarks;
    cr_assert(idi_portrait_render(person, photo, 64, rgb, labels, &landmarks) == IDI_OK);
    const idi_sample sample = read_item(item);
    cr_assert(memcmp(rgb, b.rgb, sizeof rgb) == 0);
    cr_assert(memcmp(labels, b.labels, sizeof labels) == 0);
    cr_assert(memcmp(&landmarks, &sample.landmarks, sizeof landmarks) == 0);
    char text[64];
    (void)snprintf(text, sizeof text, "person %d photo %d", (int)person, (int)photo);
    cr_assert_str_eq(describe(item), text);
}

Test(dataset, portraits_by_number)
{
    begin();
    open_portraits(100, 3, 10, 4);
    cr_assert(idi_dataset_count(b.dataset) == 12 && idi_dataset_size(b.dataset) == 64);
    cr_assert(idi_dataset_identity_count(b.dataset) == 3);
    cr_assert(idi_dataset_has_landmarks(b.dataset));
    cr_assert(idi_dataset_fewest_photos(b.dataset) == 4);
    for (int64_t person = 0; person < 3; person++) {
        cr_assert(idi_dataset_photo_count(b.dataset, person) == 4);
        for (int64_t photo = 0; photo < 4; photo++) {
            const int64_t item = idi_dataset_photo(b.dataset, person, photo);
            cr_assert(item >= 0 && item < 12);
            cr_assert(idi_dataset_identity(b.dataset, item) == person);
            expect_portrait(item, (uint64_t)(100 + person), (uint64_t)(10 + photo));
        }
    }
    cr_assert(idi_dataset_photo_count(b.dataset, 3) == 0);
    cr_assert(idi_dataset_identity(b.dataset, 12) == -1);
    cr_assert(try_item(12) == IDI_ERR_ARG && try_item(-1) == IDI_ERR_ARG);
    cr_assert_error_says("items 0..11");
    idi_sample without_labels = {.rgb = b.rgb}, without_rgb = {0};
    cr_assert(idi_dataset_read(b.dataset, 0, &without_labels) == IDI_OK);
    cr_assert(idi_dataset_read(b.dataset, 0, &without_rgb) == IDI_ERR_ARG);
    end();
}

Test(dataset, portraits_without_end)
{
    begin();
    open_portraits(7, 5, 0, 0);
    cr_assert(idi_dataset_count(b.dataset) == IDI_DATASET_ENDLESS);
    cr_assert(idi_dataset_photo_count(b.dataset, 4) == IDI_DATASET_ENDLESS);
    expect_portrait(idi_dataset_photo(b.dataset, 4, 1000000), 11, 1000000);
    end();
}

Test(dataset, portraits_refusals)
{
    static const idi_portrait_set bad[] = {
        {31, 0, 1, 0, 1},         {1025, 0, 1, 0, 1},
        {64, 0, 0, 0, 1},         {64, 0, 1, 0, -1},
        {64, -1, 1, 0, 1},        {64, 0, 1, -1, 1},
        {64, 0, 1LL << 41, 0, 0}, {64, 0, 1LL << 40, 0, 1LL << 40}};
    begin();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const idi_status st = idi_dataset_open_portraits(b.memory, &bad[i], &b.dataset);
        cr_assert(st == (i < 2 ? IDI_ERR_SHAPE : IDI_ERR_ARG), "%zu", i);
        cr_assert_null(b.dataset);
    }
    end();
}

/* --- sources on disk -------------------------------------------------------------------------- */

static idi_status open_celebamask(const char *root, idi_disk_choice choice)
{
    const idi_celebamask_set set = {SIZE, root, choice};
    return idi_dataset_open_celebamask(b.memory, &set, &b.dataset);
}

static idi_status open_paired(const char *root, const idi_label_scheme *scheme,
                              idi_disk_choice choice)
{
    char images[1100], labels[1100];
    (void)snprintf(images, sizeof images, "%s/images", root);
    (void)snprintf(labels, sizeof labels, "%s/labels", root);
    const idi_paired_set set = {SIZE, images, labels, scheme, choice};
    return idi_dataset_open_paired(b.memory, &set, &b.dataset);
}

static void must(idi_status st)
{
    cr_assert(st == IDI_OK, "%s", idi_last_error());
}

/* The item is the face, resized by the functions that have tests of their own. */
static void expect_face(int64_t item, const char *jpeg, int64_t number)
{
    idi_image image, resized;
    idi_label_map small;
    uint8_t labels[TREE_MASK_SIDE * TREE_MASK_SIDE];
    const idi_label_map map = {labels, TREE_MASK_SIDE, TREE_MASK_SIDE};
    tree_labels(number, labels);
    must(idi_image_load(b.memory, jpeg, &image));
    must(idi_image_resize_bicubic(b.memory, &image, SIZE, SIZE, &resized));
    must(idi_labels_resize(b.memory, &map, SIZE, SIZE, &small));
    (void)read_item(item);
    cr_assert(memcmp(b.rgb, resized.pixels, SIZE * SIZE * 3) == 0);
    cr_assert(memcmp(b.labels, small.labels, SIZE * SIZE) == 0);
    idi_image_free(b.memory, &image);
    idi_image_free(b.memory, &resized);
    idi_label_map_free(b.memory, &small);
}

static void expect_person(int64_t identity, int64_t photos, const int64_t *items)
{
    cr_assert(idi_dataset_photo_count(b.dataset, identity) == photos);
    for (int64_t i = 0; i < photos; i++) {
        cr_assert(idi_dataset_photo(b.dataset, identity, i) == items[i]);
        cr_assert(idi_dataset_identity(b.dataset, items[i]) == identity);
        cr_assert(read_item(items[i]).identity == identity);
    }
}

/* Natural order: 2 before 10. Person 5 is the lowest number, then 77, then 900. */
static void expect_all(const char *root, const char *folder)
{
    cr_assert(idi_dataset_count(b.dataset) == TREE_FACES && idi_dataset_size(b.dataset) == SIZE);
    cr_assert(!idi_dataset_has_landmarks(b.dataset));
    for (int i = 0; i < TREE_FACES; i++)
        expect_face(i, tree_path(root, "%s/%d.jpg", folder, (int)tree_numbers[i]), tree_numbers[i]);
}

static void expect_people(void)
{
    cr_assert(idi_dataset_identity_count(b.dataset) == 3);
    cr_assert(idi_dataset_fewest_photos(b.dataset) == 1);
    expect_person(0, 1, (const int64_t[]){3});
    expect_person(1, 3, (const int64_t[]){0, 1, 2});
    expect_person(2, 2, (const int64_t[]){4, 5});
}

Test(dataset, celebamask_as_published)
{
    begin();
    const char *root = tree_celebamask("dataset_celebamask");
    must(open_celebamask(root, (idi_disk_choice){0}));
    expect_all(root, "CelebA-HQ-img");
    cr_assert(idi_dataset_identity_count(b.dataset) == 0);
    cr_assert(idi_dataset_fewest_photos(b.dataset) == 0);
    cr_assert(read_item(0).identity == -1);
    cr_assert_str_eq(describe(3), "CelebA-HQ-img/10.jpg");
    idi_dataset_close(&b.dataset);
    const char *list = tree_path(root, "identity_CelebA.txt");
    must(open_celebamask(root, (idi_disk_choice){.identities = list}));
    expect_all(root, "CelebA-HQ-img");
    expect_people();
    end();
}

Test(dataset, pairs_as_prepared)
{
    begin();
    const char *root = tree_paired("dataset_paired");
    must(open_paired(root, NULL, (idi_disk_choice){0}));
    expect_all(root, "images");
    cr_assert_str_eq(describe(5), "2017.jpg");
    idi_dataset_close(&b.dataset);
    const idi_disk_choice people = {.identities = tree_path(root, "identity_CelebA.txt"),
                                    .mapping = tree_path(root, "CelebA-HQ-to-CelebA-mapping.txt")};
    must(open_paired(root, NULL, people));
    expect_people();
    end();
}

/* Names are anything, in natural order; a set of the other class order is brought to celebamask's.
 */
Test(dataset, pairs_of_anybody)
{
    begin();
    const char *root = tree_paired("dataset_names");
    static const char *const names[TREE_FACES] = {"a2b", "a10b", "a010b", "A1", "b", "a10"};
    static const char *const sorted[] = {"A1.jpg",   "a2b.jpg",   "a10.jpg",
                                         "a10b.jpg", "a010b.jpg", "b.jpg"};
    for (int i = 0; i < TREE_FACES; i++) {
        cr_assert(rename(tree_path(root, "images/%d.jpg", (int)tree_numbers[i]),
                         tree_path(root, "images/%s.jpg", names[i])) == 0);
        cr_assert(rename(tree_path(root, "labels/%d.png", (int)tree_numbers[i]),
                         tree_path(root, "labels/%s.png", names[i])) == 0);
    }
    const idi_label_scheme *bisenet = idi_label_scheme_at(1);
    must(open_paired(root, bisenet, (idi_disk_choice){0}));
    for (int i = 0; i < TREE_FACES; i++)
        cr_assert_str_eq(describe(i), sorted[i]);
    uint8_t labels[TREE_MASK_SIDE * TREE_MASK_SIDE];
    idi_label_map map = {labels, TREE_MASK_SIDE, TREE_MASK_SIDE}, small;
    tree_labels(2000, labels);
    must(idi_labels_remap(&map, bisenet, idi_label_scheme_at(0)));
    must(idi_labels_resize(b.memory, &map, SIZE, SIZE, &small));
    (void)read_item(5);
    cr_assert(memcmp(b.labels, small.labels, SIZE * SIZE) == 0);
    idi_label_map_free(b.memory, &small);
    end();
}

Test(dataset, choices_of_images_and_people)
{
    begin();
    const char *root = tree_celebamask("dataset_choices");
    must(open_celebamask(root, (idi_disk_choice){.first_image = 2, .images = 1999}));
    cr_assert(idi_dataset_count(b.dataset) == 3);
    expect_face(0, tree_path(root, "CelebA-HQ-img/2.jpg"), 2);
    expect_face(2, tree_path(root, "CelebA-HQ-img/2000.jpg"), 2000);
    idi_dataset_close(&b.dataset);
    const char *list = tree_path(root, "identity_CelebA.txt");
    must(open_celebamask(root, (idi_disk_choice){.identities = list, .first_person = 1}));
    cr_assert(idi_dataset_count(b.dataset) == 5);
    expect_person(0, 3, (const int64_t[]){0, 1, 2});
    expect_person(1, 2, (const int64_t[]){3, 4});
    idi_dataset_close(&b.dataset);
    must(open_celebamask(root,
                         (idi_disk_choice){.identities = list, .first_person = 2, .people = 1}));
    expect_person(0, 2, (const int64_t[]){0, 1});
    idi_dataset_close(&b.dataset);
    /* People are numbered among those of the chosen images. */
    must(open_celebamask(root,
                         (idi_disk_choice){.identities = list, .first_image = 2000, .images = 9}));
    cr_assert(idi_dataset_identity_count(b.dataset) == 1);
    end();
}

/* --- the cache -------------------------------------------------------------------------------- */

static size_t image_bytes(void)
{
    idi_memory_stats stats;
    idi_memory_get_stats(b.memory, &stats);
    return stats.current_bytes[IDI_TAG_IMAGE];
}

Test(dataset, a_cache_shows_the_same_and_keeps_it)
{
    begin();
    const char *root = tree_celebamask("dataset_cache");
    const idi_disk_choice people = {.identities = tree_path(root, "identity_CelebA.txt")};
    must(open_celebamask(root, people));
    idi_dataset *plain = b.dataset;
    must(idi_dataset_open_cached(b.memory, plain, 1 << 20, &b.dataset));
    for (int turn = 0; turn < 2; turn++) {
        expect_all(root, "CelebA-HQ-img");
        expect_people();
        cr_assert_str_eq(describe(3), "CelebA-HQ-img/10.jpg");
    }
    (void)unlink(tree_path(root, "CelebA-HQ-img/2.jpg"));
    expect_person(1, 3, (const int64_t[]){0, 1, 2});
    idi_sample sample = {.rgb = b.rgb};
    cr_assert(idi_dataset_read(b.dataset, 2, &sample) == IDI_OK && sample.identity == 1);
    idi_dataset_close(&b.dataset);
    cr_assert(image_bytes() == 0);
    /* A failure is not kept. */
    must(idi_dataset_open_cached(b.memory, plain, 1 << 20, &b.dataset));
    cr_assert(try_item(2) == IDI_ERR_IO);
    cr_assert_error_says("CelebA-HQ-img/2.jpg");
    cr_assert(image_bytes() == 0);
    tree_write_jpeg(tree_path(root, "CelebA-HQ-img/2.jpg"), 2, TREE_SIDE, TREE_SIDE);
    (void)read_item(2);
    idi_dataset_close(&b.dataset);
    b.dataset = plain;
    end();
}

Test(dataset, a_cache_keeps_to_its_limit)
{
    begin();
    open_portraits(100, 3, 10, 4);
    idi_dataset *plain = b.dataset;
    const int64_t item_bytes = 64 * 64 * 4;
    for (int64_t kept = 0; kept <= 2; kept++) {
        must(idi_dataset_open_cached(b.memory, plain, kept * (item_bytes + 64), &b.dataset));
        for (int turn = 0; turn < 2; turn++)
            for (int64_t item = 0; item < 12; item++)
                expect_portrait(item, (uint64_t)(100 + item % 3), (uint64_t)(10 + item / 3));
        cr_assert(image_bytes() >= (size_t)(kept * item_bytes));
        cr_assert(image_bytes() <= (size_t)(kept * (item_bytes + 64)));
        idi_dataset_close(&b.dataset);
    }
    cr_assert(idi_dataset_open_cached(b.memory, plain, -1, &b.dataset) == IDI_ERR_ARG);
    b.dataset = plain;
    end();
}

/* --- refusals --------------------------------------------------------------------------------- */

#define expect_refusal(expression, status, says)                                                   \
    do {                                                                                           \
        cr_assert((expression) == (status), "%s", idi_last_error());                               \
        cr_assert_error_says(says);                                                                \
    } while (0)

Test(dataset, faults_of_a_face_name_the_file)
{
    begin();
    const char *root = tree_celebamask("dataset_faults");
    must(open_celebamask(root, (idi_disk_choice){0}));
    const char *mask = tree_path(root, "CelebAMask-HQ-mask-anno/0/00000_nose.png");
    tree_write_mask(mask, 0, 2, TREE_MASK_SIDE / 2);
    expect_refusal(try_item(0), IDI_ERR_SHAPE,
                   "/0/00000_nose.png: 16 x 16 pixels, but the face's "
                   "other masks have 32 x 32");
    tree_write_text(mask, "no picture");
    expect_refusal(try_item(0), IDI_ERR_FORMAT, "00000_nose.png: neither a PNG nor a JPEG");
    for (int c = 1; c < 19; c++)
        (void)unlink(tree_path(root, "CelebAMask-HQ-mask-anno/1/02000_%s.png",
                               idi_label_scheme_at(0)->class_names[c]));
    expect_refusal(try_item(4), IDI_ERR_IO,
                   "CelebAMask-HQ-mask-anno/1/02000_*.png: no mask of any part of image 2000");
    tree_write_jpeg(tree_path(root, "CelebA-HQ-img/1.jpg"), 1, 40, 39);
    expect_refusal(try_item(1), IDI_ERR_SHAPE,
                   "CelebA-HQ-img/1.jpg: 40 x 39 pixels, want a square");
    cr_assert(truncate(tree_path(root, "CelebA-HQ-img/2.jpg"), 900) == 0);
    expect_refusal(try_item(2), IDI_ERR_FORMAT, "CelebA-HQ-img/2.jpg: not a valid JPEG");
    (void)unlink(tree_path(root, "CelebA-HQ-img/10.jpg"));
    expect_refusal(try_item(3), IDI_ERR_IO, "CelebA-HQ-img/10.jpg: cannot be opened");
    (void)read_item(5);
    end();
}

Test(dataset, faults_of_a_folder)
{
    begin();
    const char *root = tree_celebamask("dataset_folders");
    expect_refusal(open_celebamask(NULL, (idi_disk_choice){0}), IDI_ERR_ARG, "without a folder");
    expect_refusal(open_celebamask("/nowhere", (idi_disk_choice){0}), IDI_ERR_IO,
                   "/nowhere/CelebA-HQ-img: cannot be opened as a folder: No such file");
    expect_refusal(open_celebamask(root, (idi_disk_choice){.first_image = 3000}), IDI_ERR_ARG,
                   "none of 6 pictures has a number from 3000 on");
    expect_refusal(open_celebamask(root, (idi_disk_choice){.images = -1}), IDI_ERR_ARG,
                   "negative numbers");
    tree_write_jpeg(tree_path(root, "CelebA-HQ-img/anna.jpg"), 1, 40, 40);
    expect_refusal(open_celebamask(root, (idi_disk_choice){0}), IDI_ERR_FORMAT,
                   "CelebA-HQ-img/anna.jpg: want an image number");
    const idi_celebamask_set endless_name = {SIZE, NULL, {0}}, no_size = {0, root, {0}};
    static char longest[5000];
    memset(longest, 'a', sizeof longest - 1);
    idi_celebamask_set set = endless_name;
    set.root = longest;
    expect_refusal(idi_dataset_open_celebamask(b.memory, &set, &b.dataset), IDI_ERR_ARG,
                   "a path of more than 4095 bytes");
    expect_refusal(idi_dataset_open_celebamask(b.memory, &no_size, &b.dataset), IDI_ERR_SHAPE,
                   "0 x 0 pixels");
    end();
}

Test(dataset, faults_of_the_lists)
{
    begin();
    const char *root = tree_celebamask("dataset_lists");
    char list[1200], mapping[1200];
    (void)snprintf(list, sizeof list, "%s/identity_CelebA.txt", root);
    (void)snprintf(mapping, sizeof mapping, "%s/CelebA-HQ-to-CelebA-mapping.txt", root);
    const idi_disk_choice people = {.identities = list};
    expect_refusal(open_celebamask(root, (idi_disk_choice){.first_person = 1}), IDI_ERR_ARG,
                   "no identity list is given");
    expect_refusal(open_celebamask(root, (idi_disk_choice){.identities = list, .first_person = 3}),
                   IDI_ERR_ARG, "1 people from number 3 are wanted, but 3 occur");
    expect_refusal(open_celebamask(
                       root, (idi_disk_choice){.identities = list, .first_person = 1, .people = 3}),
                   IDI_ERR_ARG, "3 people from number 1 are wanted, but 3 occur");
    tree_write_text(list, "000004.jpg 77\n000009.jpg 5\n");
    expect_refusal(open_celebamask(root, people), IDI_ERR_FORMAT,
                   "identity_CelebA.txt: no line for 119614.jpg, the original of");
    cr_assert_error_says("CelebA-HQ-img/0.jpg (the list has 2 lines)");
    tree_write_text(list, "000004.jpg 77\n\n000009.jpg five\n");
    expect_refusal(open_celebamask(root, people), IDI_ERR_FORMAT,
                   "identity_CelebA.txt: line 3 is \"000009.jpg five\", want \"000001.jpg 2880\"");
    tree_write_text(list, "");
    expect_refusal(open_celebamask(root, people), IDI_ERR_FORMAT, "no line like");
    tree_write_text(mapping, "idx orig_idx orig_file\n0 119613 119614.jpg\n");
    tree_write_text(list, "119614.jpg 7");
    expect_refusal(open_celebamask(root, people), IDI_ERR_FORMAT,
                   "CelebA-HQ-to-CelebA-mapping.txt: no line for image 1 (");
    tree_write_text(mapping, "0 119613\n");
    expect_refusal(open_celebamask(root, people), IDI_ERR_FORMAT, "mapping.txt: line 1 is");
    (void)unlink(mapping);
    expect_refusal(open_celebamask(root, people), IDI_ERR_IO, "mapping.txt: cannot be opened");
    end();
}

Test(dataset, faults_of_pairs)
{
    begin();
    const char *root = tree_paired("dataset_pair_faults");
    const char *map = tree_path(root, "labels/2000.png");
    must(open_paired(root, NULL, (idi_disk_choice){0}));
    tree_write_mask(map, 2000, 1, 8);
    expect_refusal(try_item(4), IDI_ERR_LABELS, "labels/2000.png: colour 255,255,255");
    idi_dataset_close(&b.dataset);
    (void)unlink(map);
    expect_refusal(open_paired(root, NULL, (idi_disk_choice){0}), IDI_ERR_IO,
                   "labels/2000.png: missing, the label map of ");
    cr_assert_error_says("images/2000.jpg");
    /* A picture that is not wanted needs no map. */
    must(open_paired(root, NULL, (idi_disk_choice){.images = 11}));
    idi_dataset_close(&b.dataset);
    cr_assert(rename(tree_path(root, "images/10.jpg"), tree_path(root, "images/x.jpg")) == 0);
    expect_refusal(open_paired(root, NULL, (idi_disk_choice){.images = 11}), IDI_ERR_ARG,
                   "images/x.jpg: its name is no image number");
    const char *list = tree_path(root, "identity_CelebA.txt");
    const char *mapping = tree_path(root, "CelebA-HQ-to-CelebA-mapping.txt");
    expect_refusal(open_paired(root, NULL, (idi_disk_choice){.identities = list}), IDI_ERR_ARG,
                   "of no use without CelebA-HQ-to-CelebA-mapping.txt");
    expect_refusal(
        open_paired(root, NULL, (idi_disk_choice){.identities = list, .mapping = mapping}),
        IDI_ERR_ARG, "images/x.jpg: its name is no image number");
    for (int i = 0; i < TREE_FACES; i++)
        (void)unlink(tree_path(root, "images/%d.jpg", (int)tree_numbers[i]));
    (void)unlink(tree_path(root, "images/x.jpg"));
    expect_refusal(open_paired(root, NULL, (idi_disk_choice){0}), IDI_ERR_IO, "holds no pictures");
    const idi_paired_set none = {SIZE, root, NULL, NULL, {0}};
    expect_refusal(idi_dataset_open_paired(b.memory, &none, &b.dataset), IDI_ERR_ARG,
                   "without a folder of labels");
    end();
}

/* Every allocation fails once; nothing leaks, and what is wrong is said. */
static bool survives(const char *root, const char *list, int64_t fail_at)
{
    begin();
    b.heap.fail_at = b.heap.made + fail_at;
    idi_status st = open_celebamask(root, (idi_disk_choice){.identities = list});
    if (st == IDI_OK) st = try_item(0);
    b.heap.fail_at = -1;
    cr_assert(st == IDI_OK || st == IDI_ERR_NOMEM, "%s", idi_last_error());
    end();
    return st == IDI_OK;
}

Test(dataset, memory_runs_out)
{
    const char *root = tree_celebamask("dataset_memory");
    const char *list = tree_path(root, "identity_CelebA.txt");
    int64_t failed = 0;
    while (!survives(root, list, failed))
        failed++;
    cr_assert_gt(failed, 20);
}
