/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_half.c - the 16-bit floating types against their definition. */
#include "core/half.h"
#include "core/rng.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

typedef struct format {
    const char *name;
    int fraction_bits;
    uint16_t infinity;
    float (*to_float)(uint16_t half);
    uint16_t (*from_float)(float value);
} format;

static const format formats[] = {
    {"f16", 10, 0x7c00, idi_float_of_f16, idi_f16_of_float},
    {"bf16", 7, 0x7f80, idi_float_of_bf16, idi_bf16_of_float},
};

/* By the definition, in double: sign, exponent, fraction. */
static double defined_value(const format *f, uint16_t half)
{
    const int bias = f->fraction_bits == 10 ? 15 : 127;
    const int exponent = (half & 0x7fff) >> f->fraction_bits;
    const double fraction = half & ((1 << f->fraction_bits) - 1);
    const double magnitude = exponent == 0 ? ldexp(fraction, 1 - bias - f->fraction_bits)
                                           : ldexp(fraction + ldexp(1.0, f->fraction_bits),
                                                   exponent - bias - f->fraction_bits);
    return half & 0x8000 ? -magnitude : magnitude;
}

Test(half, every_pattern_has_its_value_and_comes_back)
{
    for (int i = 0; i < 2; i++)
        for (uint32_t pattern = 0; pattern < 0x10000; pattern++) {
            const format *f = &formats[i];
            const uint16_t half = (uint16_t)pattern;
            const float value = f->to_float(half);
            if ((half & 0x7fff) > f->infinity) {
                cr_assert(isnan(value), "%s %04x", f->name, half);
                cr_assert(isnan(f->to_float(f->from_float(value))), "%s %04x", f->name, half);
                continue;
            }
            if ((half & 0x7fff) == f->infinity)
                cr_assert(isinf(value), "%s %04x", f->name, half);
            else
                cr_assert_eq((double)value, defined_value(f, half), "%s %04x", f->name, half);
            cr_assert_eq(f->from_float(value), half, "%s %04x", f->name, half);
        }
}

/* The nearest of three neighbours, the even one of two that are as near. */
static void check_rounding(const format *f, float value)
{
    const uint16_t half = f->from_float(value);
    const uint16_t magnitude = half & 0x7fff;
    if (magnitude >= f->infinity) {
        const double largest = fabs(defined_value(f, (uint16_t)(f->infinity - 1)));
        const double step = largest - fabs(defined_value(f, (uint16_t)(f->infinity - 2)));
        cr_assert_geq(fabs((double)value), largest + step / 2.0, "%s %a", f->name, (double)value);
        return;
    }
    const double error = fabs((double)value - defined_value(f, half));
    for (int side = -1; side <= 1; side += 2) {
        if (magnitude + side < 0 || magnitude + side >= f->infinity) continue;
        const double other = fabs((double)value - defined_value(f, (uint16_t)(half + side)));
        cr_assert(error < other || (error == other && half % 2 == 0), "%s %a gave %04x", f->name,
                  (double)value, half);
    }
}

Test(half, rounds_to_nearest_even)
{
    const uint64_t seed = idi_test_seed();
    for (int i = 0; i < 2; i++) {
        for (uint64_t n = 0; n < 200000; n++) { /* any bits but NaN and infinity */
            uint32_t random[4];
            float value;
            idi_philox(seed, 1, n, random);
            memcpy(&value, random, sizeof value);
            if (isfinite(value)) check_rounding(&formats[i], value);
        }
        for (uint32_t pattern = 0; pattern + 1 < formats[i].infinity; pattern++) { /* ties */
            const double low = defined_value(&formats[i], (uint16_t)pattern);
            const double high = defined_value(&formats[i], (uint16_t)(pattern + 1));
            check_rounding(&formats[i], (float)((low + high) / 2.0));
            check_rounding(&formats[i], -(float)((low + high) / 2.0));
        }
    }
}

Test(half, arrays_of_every_type)
{
    const idi_dtype types[] = {IDI_F32, IDI_F64, IDI_F16, IDI_BF16};
    const float values[] = {0.0F, -1.5F, 0.25F, 96.0F, -0.0F};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        double raw[5];
        float back[5];
        idi_floats_to(types[t], values, 5, raw);
        idi_floats_from(types[t], raw, 5, back);
        cr_assert_arr_eq(back, values, sizeof values, "%s", idi_dtype_name(types[t]));
    }
}
