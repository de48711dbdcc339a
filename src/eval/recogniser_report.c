/* SPDX-License-Identifier: Apache-2.0 */
/* eval/recogniser_report.c - see recogniser_report.h. */
#include "eval/recogniser_report.h"
#include "eval/identification.h"
#include "eval/people.h"

#include <math.h>

const double idi_report_fars[IDI_REPORT_FARS] = {1e-2, 1e-3, 1e-4};

void idi_report_options_init(idi_report_options *options)
{
    *options = (idi_report_options){
        .calibration_share = 0.5, .most_genuine = 200000, .most_impostor = 200000};
    idi_bootstrap_init(&options->bootstrap);
}

/* --- the pair lists --------------------------------------------------------------------------- */

static int64_t at_most(int64_t most, int64_t available)
{
    return most > 0 && most < available ? most : 0; /* 0: all */
}

static int64_t genuine_among(const idi_person *people, int64_t count)
{
    int64_t pairs = 0;
    for (int64_t i = 0; i < count; i++)
        pairs += people[i].count * (people[i].count - 1) / 2;
    return pairs;
}

static int64_t impostors_among(const idi_person *people, int64_t count)
{
    int64_t photos = 0;
    for (int64_t i = 0; i < count; i++)
        photos += people[i].count;
    return photos * (photos - 1) / 2 - genuine_among(people, count);
}

static int64_t attacks_among(const idi_person *people, int64_t count)
{
    int64_t able = 0;
    for (int64_t i = 0; i < count; i++)
        able += people[i].count >= 2;
    return able * (able - 1);
}

idi_status idi_report_pairs(idi_memory *memory, const int64_t *person, int64_t photos,
                            const idi_report_options *options, idi_pairs *pairs_out)
{
    idi_people p;
    idi_pairs_options o;
    *pairs_out = (idi_pairs){0};
    IDI_REQUIRE(options->most_genuine >= 0 && options->most_impostor >= 0, IDI_ERR_ARG,
                "a report on %lld genuine and %lld impostor pairs: want 0 or more",
                (long long)options->most_genuine, (long long)options->most_impostor);
    IDI_TRY(
        idi_people_divide(memory, person, photos, options->seed, options->calibration_share, &p));
    idi_pairs_init(&o);
    o.seed = options->seed;
    o.calibration_share = options->calibration_share;
    o.genuine = at_most(options->most_genuine,
                        genuine_among(p.people + p.calibration, p.count - p.calibration));
    o.impostor = at_most(options->most_impostor, impostors_among(p.people, p.calibration));
    const int64_t attacks = attacks_among(p.people + p.calibration, p.count - p.calibration);
    o.attack = options->attack < attacks ? options->attack : attacks;
    idi_people_free(memory, &p);
    return idi_pairs_create(memory, person, photos, &o, pairs_out);
}

/* --- scores ----------------------------------------------------------------------------------- */

static idi_status cosine(const idi_embedded *e, int64_t a, int64_t b, double *cosine_out)
{
    return idi_cosine(e->embeddings + a * e->dim, e->embeddings + b * e->dim, e->dim, cosine_out);
}

static idi_status score(idi_memory *memory, const idi_embedded *e, const idi_photo_pair *pairs,
                        int64_t count, double **scores_out)
{
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof **scores_out, scores_out));
    for (int64_t i = 0; i < count; i++)
        IDI_TRY(cosine(e, pairs[i].first, pairs[i].second, &(*scores_out)[i]));
    return IDI_OK;
}

/* People of a list of pairs. */
typedef struct owners {
    int64_t *first, *second; /* [count] one block */
} owners;

static idi_status find_owners(idi_memory *memory, const idi_embedded *e,
                              const idi_photo_pair *pairs, int64_t count, owners *out)
{
    IDI_TRY(
        idi_alloc(memory, IDI_TAG_GENERAL, (size_t)(2 * count) * sizeof *out->first, &out->first));
    out->second = out->first + count;
    for (int64_t i = 0; i < count; i++) {
        out->first[i] = e->person[pairs[i].first];
        out->second[i] = e->person[pairs[i].second];
    }
    return IDI_OK;
}

/* --- rates ------------------------------------------------------------------------------------ */

static idi_status rate_at(idi_memory *memory, const idi_report_options *options,
                          const idi_pair_values *genuine, idi_scores impostors, double far,
                          double *accepted, idi_tar_at_far *out)
{
    idi_pair_values outcomes = *genuine;
    if (impostors.count < idi_impostors_needed(far)) return IDI_OK;
    IDI_TRY(idi_threshold_calibrate(memory, impostors, far, &out->threshold));
    for (int64_t i = 0; i < genuine->count; i++)
        accepted[i] = genuine->values[i] >= out->threshold.value;
    outcomes.values = accepted;
    IDI_TRY(idi_bootstrap_pairs(memory, &options->bootstrap, &outcomes, &out->tar));
    out->is_supported = true;
    return IDI_OK;
}

static idi_status verify(idi_memory *memory, const idi_embedded *e, const idi_pairs *pairs,
                         const idi_report_options *options, idi_recogniser_report *report)
{
    idi_status st = IDI_OK;
    owners genuine = {0}, impostor = {0};
    double *accepted = NULL;
    const int64_t count = pairs->genuine_count;
    IDI_TRY_TO(done, find_owners(memory, e, pairs->genuine, count, &genuine));
    IDI_TRY_TO(done, find_owners(memory, e, pairs->impostor, pairs->impostor_count, &impostor));
    IDI_TRY_TO(done,
               idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof *accepted, &accepted));
    const idi_pair_values same = {report->genuine, genuine.first, genuine.second, count, e->people};
    const idi_pair_values other = {report->impostor, impostor.first, impostor.second,
                                   pairs->impostor_count, e->people};
    const idi_scores impostors = {report->impostor, report->impostor_count};
    for (int i = 0; i < IDI_REPORT_FARS; i++)
        IDI_TRY_TO(done, rate_at(memory, options, &same, impostors, idi_report_fars[i], accepted,
                                 &report->at[i]));
    st = idi_bootstrap_verification(memory, &options->bootstrap, &same, &other, &report->auc,
                                    &report->eer);
done:
    idi_free(memory, accepted);
    idi_free(memory, impostor.first);
    idi_free(memory, genuine.first);
    return st;
}

/* --- rank-1 ----------------------------------------------------------------------------------- */

/* Who is looked for among whom, and room for what comes of it. */
typedef struct lineup {
    int64_t *gallery, *gallery_person, *probe, *probe_person, *ranks;
    double *similarity, *hits;
    int64_t gallery_count, probe_count;
} lineup;

static void free_lineup(idi_memory *memory, lineup *l)
{
    idi_free(memory, l->gallery);
    idi_free(memory, l->similarity);
    idi_free(memory, l->hits);
}

/* The evaluation people: the first photograph into the gallery, the others are probes. */
static idi_status fill_lineup(idi_memory *memory, const idi_embedded *e, const idi_people *p,
                              lineup *l)
{
    const size_t room = (size_t)p->photos;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, 5 * room * sizeof *l->gallery, &l->gallery));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, room * sizeof *l->hits, &l->hits));
    l->gallery_person = l->gallery + room;
    l->probe = l->gallery + 2 * room;
    l->probe_person = l->gallery + 3 * room;
    l->ranks = l->gallery + 4 * room;
    for (int64_t i = p->calibration; i < p->count; i++)
        for (int64_t k = 0; k < p->people[i].count; k++) {
            const int64_t photo = p->photo[p->people[i].first + k];
            int64_t *const at = k == 0 ? &l->gallery_count : &l->probe_count;
            (k == 0 ? l->gallery : l->probe)[*at] = photo;
            (k == 0 ? l->gallery_person : l->probe_person)[*at] = e->person[photo];
            ++*at;
        }
    return idi_alloc(memory, IDI_TAG_GENERAL, (size_t)l->gallery_count * sizeof *l->similarity,
                     &l->similarity);
}

/* One probe at a time: all similarities at once would be memory for nothing. */
static idi_status rank_probes(idi_memory *memory, const idi_embedded *e, lineup *l)
{
    for (int64_t i = 0; i < l->probe_count; i++) {
        const idi_identification one = {
            l->similarity, &l->probe_person[i], l->gallery_person, NULL, 1, l->gallery_count,
            e->people};
        for (int64_t g = 0; g < l->gallery_count; g++)
            IDI_TRY(cosine(e, l->probe[i], l->gallery[g], &l->similarity[g]));
        IDI_TRY(idi_identification_ranks(memory, &one, &l->ranks[i]));
        l->hits[i] = l->ranks[i] == 1;
    }
    return IDI_OK;
}

static idi_status identify(idi_memory *memory, const idi_embedded *e,
                           const idi_report_options *options, idi_recogniser_report *report)
{
    idi_status st = IDI_OK;
    idi_people p;
    lineup l = {0};
    IDI_TRY(idi_people_divide(memory, e->person, e->photos, options->seed,
                              options->calibration_share, &p));
    IDI_TRY_TO(done, fill_lineup(memory, e, &p, &l));
    IDI_TRY_TO(done, rank_probes(memory, e, &l));
    report->probes = l.probe_count;
    report->gallery = l.gallery_count;
    const idi_pair_values hits = {l.hits, l.probe_person, l.probe_person, l.probe_count, e->people};
    if (l.probe_count > 0)
        st = idi_bootstrap_pairs(memory, &options->bootstrap, &hits, &report->rank1);
done:
    free_lineup(memory, &l);
    idi_people_free(memory, &p);
    return st;
}

/* --- together --------------------------------------------------------------------------------- */

static idi_status check(const idi_embedded *e, const idi_pairs *pairs)
{
    IDI_REQUIRE(pairs->genuine_count > 0, IDI_ERR_ARG,
                "no evaluation person has two photographs: there are no genuine pairs");
    for (int64_t i = 0; i < e->photos; i++)
        IDI_REQUIRE(e->person[i] >= 0 && e->person[i] < e->people, IDI_ERR_ARG,
                    "photograph %lld is of person %lld, but people are 0..%lld", (long long)i,
                    (long long)e->person[i], (long long)e->people - 1);
    return IDI_OK;
}

idi_status idi_recogniser_report_create(idi_memory *memory, const idi_embedded *embedded,
                                        const idi_pairs *pairs, const idi_report_options *options,
                                        idi_recogniser_report *report_out)
{
    idi_status st = IDI_OK;
    idi_recogniser_report *const r = report_out;
    *r = (idi_recogniser_report){.genuine_count = pairs->genuine_count,
                                 .impostor_count = pairs->impostor_count};
    IDI_TRY_TO(done, check(embedded, pairs));
    IDI_TRY_TO(done, score(memory, embedded, pairs->genuine, pairs->genuine_count, &r->genuine));
    IDI_TRY_TO(done, score(memory, embedded, pairs->impostor, pairs->impostor_count, &r->impostor));
    IDI_TRY_TO(done, verify(memory, embedded, pairs, options, r));
    IDI_TRY_TO(done, identify(memory, embedded, options, r));
done:
    if (st != IDI_OK) idi_recogniser_report_free(memory, r);
    return st;
}

void idi_recogniser_report_free(idi_memory *memory, idi_recogniser_report *report)
{
    idi_free(memory, report->genuine);
    idi_free(memory, report->impostor);
    *report = (idi_recogniser_report){0};
}
