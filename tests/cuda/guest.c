/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/guest.c - see guest.h. */
#include "guest.h"
#ifdef IDI_EMULATION
#include "control.h"
#endif

#include <criterion/criterion.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

idi_context_options idi_test_on(const char *device)
{
    idi_context_options options = idi_test_allocator_options(&world.allocator);
    options.device = device;
    return options;
}

void idi_test_open_guest(guest *g, const idi_context_options *options)
{
    OK(idi_context_create(options, &g->context));
    OK(idi_model_load(g->context, idi_test_path("generator.safetensors"), &g->generator));
}

void idi_test_close_guest(guest *g)
{
    idi_model_destroy(&g->generator);
    cr_expect_eq(idi_test_memory_report(g->context).device_current_bytes, 0);
    idi_context_destroy(&g->context);
#ifdef IDI_EMULATION
    cr_expect_eq(idi_emulation_count().live_allocations, 0);
#endif
}

bool idi_test_has_gpu(void)
{
    idi_device_info info = {.struct_size = sizeof info};
    OK(idi_device_get_info(1, &info));
    return info.is_usable;
}

idi_session *idi_test_session_at(const idi_model *generator, const char *precision, int64_t batch)
{
    idi_session_options options;
    idi_session *session;
    idi_session_options_init(&options);
    options.precision = precision;
    options.batch = batch;
    OK(idi_session_create(generator, &options, &session));
    return session;
}
