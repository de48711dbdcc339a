/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of telephones: the Exif orientation of a JPEG turns it upright, and whatever else an
 * Exif block holds does no harm. The blocks are built by hand and put into a fixture. */
#include "data/image.h"
#include "data_support.h"

TestSuite(orientation);

enum { TIFF_MAX = 64 };

/* An Exif block's TIFF part: two entries, the second of them the orientation. */
typedef struct exif {
    uint8_t tiff[TIFF_MAX];
    size_t size;
} exif;

static void put(exif *e, bool is_little, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        e->tiff[e->size++] = (uint8_t)(value >> 8 * (is_little ? i : bytes - 1 - i));
}

enum { OFFSET_AT = 4, COUNT_AT = 8, TYPE_AT = 24, VALUE_AT = 30 };

static exif make_exif(bool is_little, int orientation)
{
    exif e = {.size = 0};
    put(&e, false, is_little ? 0x4949 : 0x4D4D, 2);
    put(&e, is_little, 42, 2);
    put(&e, is_little, 8, 4); /* where the entries are */
    put(&e, is_little, 2, 2); /* how many */
    put(&e, is_little, 0x010F, 2);
    put(&e, is_little, 2, 2);
    put(&e, is_little, 4, 4);
    put(&e, false, 0x41424300, 4); /* made by "ABC" */
    put(&e, is_little, 0x0112, 2);
    put(&e, is_little, 3, 2);
    put(&e, is_little, 1, 4);
    put(&e, is_little, (uint32_t)orientation, 2);
    put(&e, is_little, 0, 2);
    put(&e, is_little, 0, 4);
    return e;
}

/* The fixture with the block behind its first marker; of exactly that size, so that overreads are
 * seen. `claimed` is the length that the segment states. */
static uint8_t *with_exif(const uint8_t *jpeg, size_t size, const exif *e, size_t claimed,
                          size_t *size_out)
{
    const uint8_t head[10] = {
        0xFF, 0xE1, (uint8_t)(claimed >> 8), (uint8_t)claimed, 'E', 'x', 'i', 'f', 0, 0};
    uint8_t *bytes = malloc(size + sizeof head + e->size);
    cr_assert_not_null(bytes);
    memcpy(bytes, jpeg, 2);
    memcpy(bytes + 2, head, sizeof head);
    memcpy(bytes + 2 + sizeof head, e->tiff, e->size);
    memcpy(bytes + 2 + sizeof head + e->size, jpeg + 2, size - 2);
    *size_out = size + sizeof head + e->size;
    return bytes;
}

static idi_image decode(idi_memory *memory, const uint8_t *jpeg, size_t size, const exif *e)
{
    size_t all;
    idi_image image;
    uint8_t *bytes = with_exif(jpeg, size, e, 8 + e->size, &all);
    const idi_status st = idi_image_decode(memory, bytes, all, "phone", &image);
    cr_assert(st == IDI_OK, "%s", idi_last_error());
    free(bytes);
    return image;
}

static bool is_same(const idi_image *a, const idi_image *b)
{
    return a->width == b->width && a->height == b->height &&
           memcmp(a->pixels, b->pixels, (size_t)(a->width * a->height * 3)) == 0;
}

/* Where the standard says that the stored picture's row 0 and column 0 are when it is upright. */
static const struct {
    char row, column;
} sides[9] = {{0, 0},     {'t', 'l'}, {'t', 'r'}, {'b', 'r'}, {'b', 'l'},
              {'l', 't'}, {'r', 't'}, {'r', 'b'}, {'l', 'b'}};

/* A coordinate of the upright picture, counted from `side`. */
static void place(char side, int64_t i, const idi_image *upright, int64_t *x, int64_t *y)
{
    if (side == 'l') *x = i;
    if (side == 'r') *x = upright->width - 1 - i;
    if (side == 't') *y = i;
    if (side == 'b') *y = upright->height - 1 - i;
}

static void expect_upright(const idi_image *stored, const idi_image *upright, int orientation)
{
    const bool is_turned = orientation >= 5;
    cr_assert(upright->width == (is_turned ? stored->height : stored->width));
    cr_assert(upright->height == (is_turned ? stored->width : stored->height));
    for (int64_t row = 0; row < stored->height; row++) {
        for (int64_t column = 0; column < stored->width; column++) {
            int64_t x = -1, y = -1;
            place(sides[orientation].row, row, upright, &x, &y);
            place(sides[orientation].column, column, upright, &x, &y);
            cr_assert_arr_eq(upright->pixels + (y * upright->width + x) * 3,
                             stored->pixels + (row * stored->width + column) * 3, 3,
                             "orientation %d, row %d, column %d", orientation, (int)row,
                             (int)column);
        }
    }
}

/* A fixture, as stored: not square, so that a missing turn shows. */
typedef struct subject {
    test_heap heap;
    idi_memory *memory;
    uint8_t *bytes;
    size_t size;
    idi_image stored;
} subject;

static void open_subject(subject *s, const char *name)
{
    s->memory = test_memory(&s->heap);
    s->bytes = load_bytes(s->memory, fixture(name), &s->size);
    cr_assert(idi_image_decode(s->memory, s->bytes, s->size, name, &s->stored) == IDI_OK);
    cr_assert(s->stored.width != s->stored.height);
}

static void close_subject(subject *s)
{
    idi_image_free(s->memory, &s->stored);
    idi_free(s->memory, s->bytes);
    test_memory_end(&s->heap, s->memory);
}

Test(orientation, all_eight_turn_the_picture_upright)
{
    static const char *const names[] = {"ycbcr.jpg", "gray.jpg", "progressive.jpg"};
    for (int i = 0; i < 3 * 16; i++) {
        subject s;
        open_subject(&s, names[i / 16]);
        const int orientation = 1 + i % 8;
        const exif e = make_exif(i % 16 < 8, orientation);
        idi_image upright = decode(s.memory, s.bytes, s.size, &e);
        expect_upright(&s.stored, &upright, orientation);
        idi_image_free(s.memory, &upright);
        close_subject(&s);
    }
}

static void expect_as_stored(subject *s, const exif *e, const char *what)
{
    idi_image image = decode(s->memory, s->bytes, s->size, e);
    cr_assert(is_same(&image, &s->stored), "%s", what);
    idi_image_free(s->memory, &image);
}

Test(orientation, nonsense_is_no_orientation)
{
    static const struct {
        const char *what;
        size_t at;
        uint8_t bytes[4];
        size_t count;
    } lies[] = {{"orientation 0", VALUE_AT, {0, 0}, 2},
                {"orientation 9", VALUE_AT, {0, 9}, 2},
                {"orientation 0x600", VALUE_AT, {6, 0}, 2},
                {"text for a number", TYPE_AT, {0, 2}, 2},
                {"entries outside the block", OFFSET_AT, {0xFF, 0xFF, 0xFF, 0xFF}, 4},
                {"entries at the very end", OFFSET_AT, {0, 0, 0, 38}, 4},
                {"entries in the middle", OFFSET_AT, {0, 0, 0, 12}, 4},
                {"no entries", COUNT_AT, {0, 0}, 2},
                {"one entry", COUNT_AT, {0, 1}, 2},
                {"an unknown byte order", 0, {'X', 'X'}, 2},
                {"not 42", 2, {0, 43}, 2}};
    subject s;
    open_subject(&s, "ycbcr.jpg");
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        exif e = make_exif(false, 6);
        memcpy(e.tiff + lies[i].at, lies[i].bytes, lies[i].count);
        expect_as_stored(&s, &e, lies[i].what);
    }
    close_subject(&s);
}

/* 65535 entries in a block of two: the orientation among them counts, and the search ends. */
Test(orientation, more_entries_than_bytes)
{
    subject s;
    open_subject(&s, "ycbcr.jpg");
    exif e = make_exif(false, 6);
    memset(e.tiff + COUNT_AT, 0xFF, 2);
    idi_image image = decode(s.memory, s.bytes, s.size, &e);
    expect_upright(&s.stored, &image, 6);
    idi_image_free(s.memory, &image);
    e.tiff[VALUE_AT - 7] ^= 1; /* another tag */
    expect_as_stored(&s, &e, "no orientation among 65535 entries");
    close_subject(&s);
}

Test(orientation, cut_off_blocks_do_no_harm)
{
    subject s;
    open_subject(&s, "ycbcr.jpg");
    for (size_t size = 0; size < VALUE_AT + 4; size++) {
        exif e = make_exif(false, 6);
        e.size = size;
        expect_as_stored(&s, &e, "cut off");
    }
    close_subject(&s);
}

/* Every byte of a block changed, and segments that claim every length: any answer but a crash. */
Test(orientation, damaged_blocks_do_no_harm)
{
    subject s;
    open_subject(&s, "ycbcr.jpg");
    for (size_t i = 0; i < 38; i++) {
        for (int change = 1; change < 256; change++) {
            exif e = make_exif(i % 2, 6);
            e.tiff[i] ^= (uint8_t)change;
            idi_image image = decode(s.memory, s.bytes, s.size, &e);
            idi_image_free(s.memory, &image);
        }
    }
    for (size_t claimed = 0; claimed < 65536; claimed += claimed < 64 ? 1 : 101) {
        const exif e = make_exif(false, 6);
        size_t size;
        idi_image image;
        uint8_t *bytes = with_exif(s.bytes, s.size, &e, claimed, &size);
        const idi_status st = idi_image_decode(s.memory, bytes, size, "phone", &image);
        cr_assert(st == IDI_OK || st == IDI_ERR_FORMAT, "%s", idi_last_error());
        idi_image_free(s.memory, &image);
        free(bytes);
    }
    close_subject(&s);
}

Test(orientation, no_memory_for_the_turn)
{
    for (int64_t n = 0;; n++) {
        subject s;
        open_subject(&s, "ycbcr.jpg");
        const exif e = make_exif(true, 8);
        size_t size;
        idi_image image;
        uint8_t *bytes = with_exif(s.bytes, s.size, &e, 8 + e.size, &size);
        s.heap.fail_at = s.heap.made + n;
        const idi_status st = idi_image_decode(s.memory, bytes, size, "phone", &image);
        const bool was_hit = s.heap.made > s.heap.fail_at;
        cr_assert(st == (was_hit ? IDI_ERR_NOMEM : IDI_OK), "allocation %d: %s", (int)n,
                  idi_last_error());
        idi_image_free(s.memory, &image);
        free(bytes);
        close_subject(&s);
        if (!was_hit) return;
    }
}
