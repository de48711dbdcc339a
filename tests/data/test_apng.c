/* SPDX-License-Identifier: Apache-2.0 */
/* Animated PNGs: what knows PNG alone reads the first frame; refusals; no memory at any point.
 * (tests/cli/sheet.sh takes the files apart by a reader of its own, and holds every frame against
 * its still.) */
#include "core/rng.h"
#include "data/image.h"
#include "data_support.h"

TestSuite(apng);

enum { FRAMES = 3, MOST_BYTES = 3 * 40 * 40 };

static uint8_t pixels[FRAMES][MOST_BYTES];

static void draw(idi_image *frames, int64_t width, int64_t height)
{
    for (int f = 0; f < FRAMES; f++) {
        for (int64_t i = 0; i < 3 * width * height; i++)
            pixels[f][i] =
                (uint8_t)(idi_normal((uint64_t)(width + f), 7, (uint64_t)i) * 50.0 + 128.0);
        frames[f] = (idi_image){pixels[f], width, height, 3};
    }
}

Test(apng, plain_readers_see_the_first_frame)
{
    static const int64_t sides[][2] = {{1, 1}, {7, 5}, {5, 40}, {40, 1}};
    test_heap heap = {.fail_at = -1};
    idi_memory *memory = test_memory(&heap);
    for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
        idi_image frames[FRAMES], read;
        idi_buffer file = {0};
        draw(frames, sides[s][0], sides[s][1]);
        cr_assert_eq(idi_apng_encode(memory, "a", frames, FRAMES, 40, NULL, &file), IDI_OK, "%s",
                     idi_last_error());
        cr_assert_eq(idi_image_decode(memory, file.bytes, file.size, "a", &read), IDI_OK, "%s",
                     idi_last_error());
        cr_expect(read.width == sides[s][0] && read.height == sides[s][1]);
        cr_expect_eq(memcmp(read.pixels, pixels[0], (size_t)(3 * read.width * read.height)), 0);
        idi_image_free(memory, &read);
        idi_buffer_free(memory, &file);
    }
    test_memory_end(&heap, memory);
}

Test(apng, what_is_no_animation_is_refused)
{
    test_heap heap = {.fail_at = -1};
    idi_memory *memory = test_memory(&heap);
    idi_image frames[FRAMES];
    idi_buffer file = {0};
    draw(frames, 7, 5);
#define REFUSED(call, status, word)                                                                \
    cr_expect_eq((call), (status));                                                                \
    cr_expect(strstr(idi_last_error(), word), "%s", idi_last_error())
    REFUSED(idi_apng_encode(memory, "a", frames, 0, 40, NULL, &file), IDI_ERR_ARG, "0 frames");
    REFUSED(idi_apng_encode(memory, "a", frames, 1, 0, NULL, &file), IDI_ERR_ARG, "0 milliseconds");
    REFUSED(idi_apng_encode(memory, "a", frames, 1, 65536, NULL, &file), IDI_ERR_ARG, "65536");
    frames[2].height = 4;
    REFUSED(idi_apng_encode(memory, "a", frames, 3, 40, NULL, &file), IDI_ERR_SHAPE, "frame 2");
    frames[2] = (idi_image){pixels[2], 7, 5, 1};
    REFUSED(idi_apng_encode(memory, "a", frames, 3, 40, NULL, &file), IDI_ERR_SHAPE, "1 channels");
    REFUSED(idi_apng_write(memory, "no/folder/a.apng", frames, 2, 40, NULL), IDI_ERR_IO, "folder");
#undef REFUSED
    idi_buffer_free(memory, &file);
    test_memory_end(&heap, memory);
}

Test(apng, no_memory_at_any_point)
{
    test_heap heap = {.fail_at = -1};
    idi_memory *memory = test_memory(&heap);
    idi_image frames[FRAMES];
    idi_status st = IDI_ERR_NOMEM;
    draw(frames, 7, 5);
    for (int64_t at = 0; at < 1000 && st == IDI_ERR_NOMEM; at++) {
        idi_buffer file = {0};
        heap.fail_at = heap.made + at;
        st = idi_apng_encode(memory, "a", frames, FRAMES, 40, NULL, &file);
        idi_buffer_free(memory, &file);
    }
    cr_expect_eq(st, IDI_OK, "%s", idi_last_error());
    heap.fail_at = -1;
    test_memory_end(&heap, memory);
}
