/* SPDX-License-Identifier: Apache-2.0 */
/* nets/test_golden.c - the golden generator gives the reference's bits, on which every other
 * fixture rests. */
#include "model/safetensors.h"
#include "support/golden.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static idi_memory *memory;
static idi_safetensors *fixture;

static void setup(void)
{
    memory = idi_test_memory();
    cr_assert_eq(idi_safetensors_open(memory, IDI_FIXTURES "/nets/golden.safetensors", &fixture),
                 IDI_OK, "%s", idi_last_error());
}

static void teardown(void)
{
    idi_safetensors_close(&fixture);
    idi_test_memory_close(&memory);
}

TestSuite(golden, .init = setup, .fini = teardown);

static void expect_bits(const char *key, const float *got, const float *want, int64_t count)
{
    for (int64_t k = 0; k < count; k++)
        cr_assert_eq(memcmp(&got[k], &want[k], sizeof *got), 0,
                     "%s[%lld] is %.9g, the reference has %.9g", key, (long long)k, (double)got[k],
                     (double)want[k]);
}

/* [N, C, H, W] taken from `got`, which is [N, H, W, C]. */
static void expect_channels_last(const char *key, const int64_t dim[4], const float *got,
                                 const float *want)
{
    const int64_t pixels = dim[2] * dim[3];
    for (int64_t n = 0; n < dim[0]; n++)
        for (int64_t c = 0; c < dim[1]; c++)
            for (int64_t p = 0; p < pixels; p++)
                expect_bits(key, &got[(n * pixels + p) * dim[1] + c],
                            &want[(n * dim[1] + c) * pixels + p], 1);
}

static void check_values(const idi_safetensor *tensor)
{
    const int64_t count = idi_safetensor_count(tensor);
    float *want = malloc((size_t)count * sizeof *want);
    float *got = malloc((size_t)count * sizeof *got);
    cr_assert(want && got);
    cr_assert_eq(idi_safetensor_to_f32(tensor, want), IDI_OK);
    idi_golden_fill(tensor->name, tensor->rank, tensor->dim, got);
    expect_bits(tensor->name, got, want, count);
    for (int64_t k = 0; k < count; k++) {
        const float one = idi_golden_value(tensor->name, tensor->rank, tensor->dim, k);
        expect_bits(tensor->name, &one, &want[k], 1);
    }
    if (tensor->rank == 4) {
        idi_golden_fill_channels_last(tensor->name, tensor->dim, got);
        expect_channels_last(tensor->name, tensor->dim, got, want);
    }
    free(got);
    free(want);
}

Test(golden, values_by_key_and_rank)
{
    int64_t checked = 0;
    for (int64_t i = 0; i < idi_safetensors_count(fixture); i++) {
        const idi_safetensor *tensor = idi_safetensors_get(fixture, i);
        if (strcmp(tensor->name, "identity") == 0 || strcmp(tensor->name, "labels") == 0) continue;
        check_values(tensor);
        checked++;
    }
    cr_expect_eq(checked, 12, "%lld tensors were checked", (long long)checked);
}

Test(golden, identities_have_unit_length)
{
    const idi_safetensor *tensor = idi_safetensors_find(fixture, "identity");
    float want[20];
    float got[20];
    cr_assert(tensor && idi_safetensor_count(tensor) == 20 && tensor->dim[0] == 2);
    cr_assert_eq(idi_safetensor_to_f32(tensor, want), IDI_OK);
    idi_golden_identity(2, 10, got);
    expect_bits("identity", got, want, 20);
}

Test(golden, label_maps)
{
    const idi_safetensor *tensor = idi_safetensors_find(fixture, "labels");
    static uint8_t got[2 * 64 * 64];
    cr_assert(tensor && tensor->dtype == IDI_U8 && tensor->bytes == sizeof got);
    idi_golden_labels(2, 64, 7, 1, got);
    const uint8_t *want = tensor->data;
    int64_t pixels_of[7] = {0};
    for (size_t i = 0; i < sizeof got; i++) {
        cr_assert_eq(got[i], want[i], "labels[%zu] is %d, the reference has %d", i, got[i],
                     want[i]);
        pixels_of[got[i]]++;
    }
    /* What the maps are made for: the first sample lacks class 2, the second the classes 1 and 6,
     * and the last class is one pixel where it is. */
    cr_expect_eq(pixels_of[6], 1, "class 6 has %lld pixels", (long long)pixels_of[6]);
    cr_expect_null(memchr(got, 2, sizeof got / 2));
    cr_expect_null(memchr(got + sizeof got / 2, 1, sizeof got / 2));
}
