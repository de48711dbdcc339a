/* SPDX-License-Identifier: Apache-2.0 */
/* 06_memory.c - knowing and limiting memory: an allocator of the program's own, a log, the plan of
 * a session before it is made, and a limit that is an error and not a crash. */
#include <idinject/idinject.h>
#include <stdio.h>
#include <stdlib.h>

static void *counted_alloc(void *user, size_t bytes)
{
    ++*(int *)user;
    return malloc(bytes);
}

static void counted_free(void *user, void *memory)
{
    if (memory) --*(int *)user;
    free(memory);
}

static void log_line(void *user, idi_severity severity, const char *message)
{
    (void)user;
    printf("%s: %s\n", severity == IDI_LOG_WARNING ? "warning" : "log", message);
}

/* Tells what a session would take, and makes it. */
static idi_status plan_and_create(const idi_context *context, const idi_model *generator)
{
    idi_plan_report plan = {.struct_size = sizeof plan};
    idi_memory_report memory = {.struct_size = sizeof memory};
    idi_session *session;
    idi_status status = idi_session_plan(generator, NULL, &plan);
    if (status != IDI_OK) return status;
    printf("an image takes %zu bytes and %.3f GMAC\n", plan.activation_bytes + plan.workspace_bytes,
           (double)plan.macs / 1e9);
    status = idi_session_create(generator, NULL, &session);
    if (status != IDI_OK) return status;
    status = idi_context_memory(context, &memory);
    printf("in use now: %zu bytes, of them weights %zu\n", memory.current_bytes,
           memory.weight_bytes);
    idi_session_destroy(&session);
    return status;
}

int main(void)
{
    int blocks = 0;
    idi_context *context;
    idi_model *generator = NULL;
    idi_context_options options;
    idi_context_options_init(&options);
    options.memory_limit_bytes = (size_t)4 << 30;
    options.alloc = counted_alloc;
    options.free = counted_free;
    options.allocator_user = &blocks;
    options.log = log_line;
    if (idi_context_create(&options, &context) != IDI_OK) return 1;
    idi_status status = idi_model_load(context, "generator.safetensors", &generator);
    if (status == IDI_OK) status = plan_and_create(context, generator);
    if (status == IDI_ERR_NOMEM) printf("too little: %s\n", idi_last_error());
    idi_model_destroy(&generator);
    idi_context_destroy(&context);
    printf("blocks left: %d\n", blocks);
    return status != IDI_OK || blocks != 0;
}
