/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_attack.c - searched attacks from outside: the bound holds, steps help, what was found
 * makes the image again, a call repeats; cancelling and refusals. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(attack);

static void (*const open_world)(void) = idi_test_open_people;

static idi_attack_options options_of(int64_t steps)
{
    idi_attack_options o;
    idi_attack_options_init(&o);
    o.steps = steps;
    o.rate = 0.1;
    o.ssim = 0.95;
    return o;
}

/* The first person's picture, to be taken for the second. */
static idi_status search(const idi_attack_options *o, idi_attack_result **r)
{
    const idi_model *attacked[1] = {world.recogniser};
    const idi_identity *targets[1] = {world.identity[1]};
    return idi_attack_search(world.generator, attacked, targets, 1, &world.labels[0],
                             world.style[0], world.identity[0], world.identity[1], o, r);
}

static double cosine_after(const idi_attack_result *r)
{
    double before, after;
    OK(idi_attack_result_cosine(r, 0, &before, &after));
    return after;
}

IDI_TEST(attack, steps_help_within_the_bound)
{
    idi_attack_options o = options_of(0);
    idi_attack_result *injected, *searched, *free_styles;
    double before, after;
    OK(search(&o, &injected));
    o.steps = 20;
    OK(search(&o, &searched));
    o.has_styles = 1;
    OK(search(&o, &free_styles));
    OK(idi_attack_result_cosine(searched, 0, &before, &after));
    cr_expect(cosine_after(injected) >= before - 1e-3);
    cr_expect(after > cosine_after(injected), "%g, injected %g", after, cosine_after(injected));
    cr_expect(cosine_after(free_styles) > after);
    cr_expect_geq(idi_attack_result_ssim(injected), 0.95);
    cr_expect_geq(idi_attack_result_ssim(searched), 0.95);
    cr_expect_geq(idi_attack_result_ssim(free_styles), 0.95);
    idi_attack_result_destroy(&injected);
    idi_attack_result_destroy(&searched);
    idi_attack_result_destroy(&free_styles);
    cr_assert_null(searched);
}

static void expect_made_of(const idi_bitmap *image, const idi_style *style, const idi_identity *who)
{
    float *made = malloc(IDI_TEST_VALUES * sizeof *made);
    idi_session *session = idi_test_session(world.generator, 1);
    idi_generate run;
    idi_generate_init(&run);
    run.labels = world.labels[0].data;
    run.styles = &style;
    run.identities = &who;
    run.image_out = made;
    OK(idi_session_generate(session, &run));
    for (int64_t i = 0; i < IDI_TEST_VALUES; i++) {
        const double value = fmin(fmax((double)made[i], -1.0), 1.0);
        cr_assert_float_eq((double)image->data[i], 127.5 * (value + 1.0), 1.01);
    }
    idi_session_destroy(&session);
    free(made);
}

IDI_TEST(attack, what_was_found_makes_the_image_again)
{
    idi_attack_options o = options_of(4);
    idi_attack_result *r, *again;
    o.has_styles = 1;
    OK(search(&o, &r));
    expect_made_of(idi_attack_result_reference(r), world.style[0], world.identity[0]);
    expect_made_of(idi_attack_result_image(r), idi_attack_result_style(r),
                   idi_attack_result_identity(r));
    cr_expect_str_eq(idi_identity_fingerprint(idi_attack_result_identity(r)),
                     idi_identity_fingerprint(world.identity[0]));
    OK(search(&o, &again));
    cr_expect_arr_eq(idi_attack_result_image(r)->data, idi_attack_result_image(again)->data,
                     IDI_TEST_VALUES);
    idi_attack_result_destroy(&r);
    idi_attack_result_destroy(&again);
}

/* Two recognisers of which the generator's is none. */
IDI_TEST(attack, against_recognisers_that_the_generator_does_not_know)
{
    idi_attack_options o = options_of(6);
    idi_attack_result *r;
    idi_model *other[2];
    idi_identity *target[2];
    OK(idi_model_load(world.context, idi_test_recogniser_file("other.safetensors", 9, 16),
                      &other[0]));
    OK(idi_model_load(world.context, idi_test_recogniser_file("third.safetensors", 4, 48),
                      &other[1]));
    for (int k = 0; k < 2; k++)
        OK(idi_identity_from_image(other[k], &world.photo[1], &target[k]));
    const idi_model *attacked[2] = {other[0], other[1]};
    const idi_identity *targets[2] = {target[0], target[1]};
    OK(idi_attack_search(world.generator, attacked, targets, 2, &world.labels[0], world.style[0],
                         world.identity[0], world.identity[1], &o, &r));
    double before[2], after[2];
    for (int k = 0; k < 2; k++)
        OK(idi_attack_result_cosine(r, k, &before[k], &after[k]));
    cr_expect(after[0] + after[1] > before[0] + before[1]);
    targets[1] = target[0];
    idi_attack_result *none;
    IDI_REFUSED(idi_attack_search(world.generator, attacked, targets, 2, &world.labels[0],
                                  world.style[0], world.identity[0], world.identity[1], &o, &none),
                IDI_ERR_ENCODER, "a target of 16 numbers");
    cr_expect_null(none);
    idi_attack_result_destroy(&r);
    for (int k = 0; k < 2; k++) {
        idi_identity_destroy(&target[k]);
        idi_model_destroy(&other[k]);
    }
}

static int stop_at_two(void *user, const char *what, int64_t done, int64_t total)
{
    int64_t *last = user;
    *last = done;
    return strcmp(what, "steps") != 0 || total != 5 || done == 2;
}

IDI_TEST(attack, is_stopped_by_its_caller)
{
    idi_attack_options o = options_of(5);
    idi_attack_result *r;
    int64_t last = 0;
    o.progress = stop_at_two;
    o.user = &last;
    IDI_REFUSED(search(&o, &r), IDI_ERR_CANCELLED, "after 2 of 5 steps");
    cr_expect_eq(last, 2);
    cr_expect_null(r);
}

IDI_TEST(attack, refuses)
{
    idi_attack_result *r;
    idi_attack_options o = options_of(-1);
    double before, after;
    IDI_REFUSED(search(&o, &r), IDI_ERR_ARG, "-1 steps");
    o = options_of(1);
    o.ssim = 1.5;
    IDI_REFUSED(search(&o, &r), IDI_ERR_ARG, "1.5");
    o.struct_size = 1;
    IDI_REFUSED(search(&o, &r), IDI_ERR_ARG, "struct_size");
    const idi_model *attacked[1] = {world.generator};
    const idi_identity *targets[1] = {world.identity[1]};
    o = options_of(1);
#define CALL(generator, count)                                                                     \
    idi_attack_search(generator, attacked, targets, count, &world.labels[0], world.style[0],       \
                      world.identity[0], world.identity[1], &o, &r)
    IDI_REFUSED(CALL(NULL, 1), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(CALL(world.generator, 1), IDI_ERR_ARG, "want a recogniser");
    IDI_REFUSED(CALL(world.generator, 0), IDI_ERR_ARG, "0 recognisers");
    IDI_REFUSED(CALL(world.recogniser, 1), IDI_ERR_UNSUPPORTED, "CA2-SIS with identity");
    cr_expect_null(idi_attack_result_image(NULL));
    IDI_REFUSED(idi_attack_result_cosine(NULL, 0, &before, &after), IDI_ERR_ARG, "NULL");
    o = options_of(0);
    OK(search(&o, &r));
    IDI_REFUSED(idi_attack_result_cosine(r, 1, &before, &after), IDI_ERR_ARG, "recogniser 1 of 1");
    idi_attack_result_destroy(&r);
    idi_attack_result_destroy(&r);
}
