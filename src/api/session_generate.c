/* SPDX-License-Identifier: Apache-2.0 */
/* api/session_generate.c - a run from and to the host's memory, with a verdict on each sample. */
#include "api/session.h"
#include "core/rng.h"
#include "data/image.h"

#include <stdio.h>
#include <string.h>

void idi_generate_init(idi_generate *run)
{
    if (!run) return;
    *run = (idi_generate){.struct_size = sizeof *run};
}

static idi_status check_sample(const idi_session *s, const idi_generate *run, int64_t i)
{
    const idi_identity *identity = run->identities ? run->identities[i] : NULL;
    IDI_TRY(idi_session_check_labels(s, run, i));
    return idi_session_check_references(s, run->styles ? run->styles[i] : NULL, identity, i);
}

/* A sample's noise is its seed's, wherever in a batch it stands. */
static idi_status set_noise(idi_session *s, const uint64_t *seeds)
{
    const uint64_t stream = idi_hash_name("sean noise");
    for (int64_t i = 0; i < s->batch; i++)
        for (int64_t k = 0; k < s->noise_count; k++)
            s->noise[i * s->noise_count + k] = (float)idi_normal(seeds[i], stream, (uint64_t)k);
    return idi_graph_session_set_floats(s->run, s->network.noise, s->noise,
                                        s->batch * s->noise_count);
}

/* A bad sample runs on zeros, so that its neighbours' places do not move. */
static idi_status set_inputs(idi_session *s, const idi_generate *run)
{
    IDI_TRY(idi_session_set_labels(s, run));
    if (s->noise_count) IDI_TRY(set_noise(s, run->noise_seeds));
    return idi_session_set_references(s, run->styles, run->identities);
}

static void write_sample(idi_session *s, const idi_generate *run, int64_t i)
{
    const int64_t count = idi_session_pixels(s) * 3;
    const float *image = s->image + i * count;
    const bool is_good = s->status[i] == IDI_OK;
    if (run->image_out) {
        float *out = run->image_out + i * count;
        if (is_good)
            memcpy(out, image, (size_t)count * sizeof *out);
        else
            memset(out, 0, (size_t)count * sizeof *out);
    }
    if (run->rgb_out) {
        uint8_t *out = run->rgb_out + i * count;
        if (is_good)
            idi_image_from_float(image, count, out);
        else
            memset(out, 0, (size_t)count);
    }
}

static idi_status check_run(const idi_session *session, const idi_generate *run)
{
    IDI_REQUIRE(session, IDI_ERR_ARG, "generate: no session");
    IDI_REQUIRE_STRUCT(run, idi_generate);
    const bool needs_styles = idi_session_traits(session)->style_width > 0;
    IDI_REQUIRE(run->labels && (run->styles || !needs_styles), IDI_ERR_ARG,
                "generate: labels and styles are needed");
    IDI_REQUIRE(!session->noise_count == !run->noise_seeds, IDI_ERR_ARG, "generate: %s",
                session->noise_count ? "the session has noise, and noise_seeds are needed"
                                     : "there are noise_seeds, but the session has no noise");
    return idi_session_check_label_mix(session, run);
}

/* The caller's hook under the graph's signature. */
static bool ask_stop(void *user)
{
    const idi_generate *run = user;
    return run->should_stop && run->should_stop(run->stop_user);
}

/* The first bad sample's status and sentence. */
typedef struct verdict {
    idi_status status;
    char sentence[1024];
} verdict;

static void note(verdict *first, idi_status status)
{
    if (status == IDI_OK || first->status != IDI_OK) return;
    first->status = status;
    (void)snprintf(first->sentence, sizeof first->sentence, "%s", idi_last_error());
}

static idi_status run_network(idi_session *s, const idi_generate *run)
{
    idi_generate hook = *run;
    IDI_TRY(set_inputs(s, run));
    IDI_TRY(idi_graph_session_run(s->run, ask_stop, &hook));
    return idi_graph_session_get_floats(s->run, s->network.output, s->image,
                                        s->batch * idi_session_pixels(s) * 3);
}

static idi_status check_result(const idi_session *s, int64_t sample)
{
    const int64_t count = idi_session_pixels(s) * 3;
    const idi_status st = idi_require_finite("generated image", s->image + sample * count, count);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "sample %lld: ", (long long)sample);
}

idi_status idi_session_generate(idi_session *session, const idi_generate *run)
{
    IDI_TRY(check_run(session, run));
    verdict first = {.status = IDI_OK};
    for (int64_t i = 0; i < session->batch; i++) {
        session->status[i] = check_sample(session, run, i);
        note(&first, session->status[i]);
    }
    const idi_status ran = run_network(session, run);
    for (int64_t i = 0; i < session->batch; i++) {
        if (session->status[i] == IDI_OK)
            session->status[i] = ran == IDI_OK ? check_result(session, i) : ran;
        note(&first, session->status[i]);
        write_sample(session, run, i);
        if (run->sample_status) run->sample_status[i] = session->status[i];
    }
    if (ran != IDI_OK) return ran; /* its sentence is still the last one */
    return first.status == IDI_OK ? IDI_OK : idi_fail(first.status, "%s", first.sentence);
}
