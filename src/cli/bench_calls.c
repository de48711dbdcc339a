/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_calls.c - --dump-calls: what is timed, in C. */
#include "bench.h"

static void dump(const idi_bench *bench, const idi_bench_config *config)
{
    const idi_bench_arguments *a = bench->arguments;
    (void)printf("/* %s, batch %lld, %s form: a context and a model of its own. */\n"
                 "idi_session_options options;\n"
                 "idi_session_options_init(&options);\n"
                 "options.batch = %lld;\n"
                 "options.precision = \"%s\";\n"
                 "options.is_plain = %d;\n"
                 "idi_session_create(model, &options, &session);\n"
                 "idi_generate run;\n"
                 "idi_generate_init(&run);\n"
                 "run.labels = labels;         /* %d people in turn; the same in every call */\n"
                 "run.styles = styles;\n"
                 "run.identities = identities; /* NULL for models without */\n"
                 "run.image_out = image;       /* floats in host memory */\n",
                 config->precision, (long long)config->batch, idi_bench_form_name(config),
                 (long long)config->batch, config->precision, config->is_plain,
                 (int)IDI_BENCH_PEOPLE);
    (void)printf("for (int i = 0; i < %lld; i++)\n"
                 "    idi_session_generate(session, &run); /* warm-up */\n"
                 "/* Timed, %lld times over: for at least %g seconds and %lld calls */\n"
                 "    idi_session_generate(session, &run);\n",
                 (long long)a->warmup, (long long)a->repeat, a->duration, (long long)a->min_iters);
}

void idi_bench_dump_calls(const idi_bench *bench)
{
    for (int i = 0; i < bench->count; i++) {
        if (i > 0) (void)putchar('\n');
        dump(bench, &bench->results[i].config);
    }
}
