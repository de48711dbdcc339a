/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of this room fails once: the failure is passed on, and nothing is left over. */
#include "eval/attack_report.h"
#include "eval/confidence.h"
#include "eval/degrade.h"
#include "eval/frechet.h"
#include "eval/identification.h"
#include "eval/image_measures.h"
#include "eval/pairs.h"
#include "eval/recogniser_report.h"
#include "eval/verification.h"
#include "expect.h"

TestSuite(eval_out_of_memory);

static idi_status verify(idi_memory *memory)
{
    static const double scores[4] = {0.1, 0.2, 0.3, 0.4};
    idi_verification v;
    idi_operating_point *roc = NULL;
    idi_threshold t;
    int64_t count;
    IDI_TRY(idi_threshold_calibrate(memory, (idi_scores){scores, 4}, 0.25, &t));
    IDI_TRY(idi_verification_create(memory, (idi_scores){scores, 4}, (idi_scores){scores, 4}, &v));
    const idi_status st = idi_verification_roc(memory, &v, &roc, &count);
    idi_free(memory, roc);
    idi_verification_free(memory, &v);
    return st;
}

static idi_status identify(idi_memory *memory)
{
    static const double similarity[2] = {0.1, 0.2};
    static const int64_t probe[1] = {1}, gallery[2] = {0, 1};
    const idi_identification in = {similarity, probe, gallery, NULL, 1, 2, 2};
    int64_t rank;
    return idi_identification_ranks(memory, &in, &rank);
}

static idi_status bootstrap(idi_memory *memory)
{
    static const double values[3] = {0.1, 0.2, 0.3};
    static const int64_t first[3] = {0, 1, 2}, second[3] = {1, 2, 0};
    const idi_pair_values pairs = {values, first, second, 3, 3};
    idi_bootstrap_options options;
    idi_interval interval;
    idi_bootstrap_init(&options);
    options.replicates = 100;
    IDI_TRY(idi_bootstrap_mean(memory, &options, (idi_scores){values, 3}, &interval));
    return idi_bootstrap_pairs(memory, &options, &pairs, &interval);
}

static idi_status measure(idi_memory *memory)
{
    static const uint8_t pixels[176 * 176 * 3];
    const idi_tensor picture = {(void *)(uintptr_t)pixels, IDI_U8, idi_shape3(176, 176, 3)};
    double value;
    IDI_TRY(idi_ssim(memory, &picture, &picture, NULL, IDI_SSIM_LUMA, &value));
    return idi_ms_ssim(memory, &picture, &picture, IDI_SSIM_LUMA, &value);
}

static idi_status frechet(idi_memory *memory)
{
    static const float features[6] = {0.1f, 0.2f, 0.3f, 0.5f, 0.4f, 0.9f};
    idi_moments m = {0};
    double value;
    IDI_TRY(idi_moments_create(memory, features, 3, 2, &m));
    const idi_status st = idi_frechet_distance(memory, &m, &m, &value);
    idi_moments_free(memory, &m);
    return st;
}

static idi_status pair(idi_memory *memory)
{
    static const int64_t person[8] = {0, 1, 2, 3, 0, 1, 2, 3};
    idi_pairs_options options;
    idi_pairs pairs;
    idi_pairs_init(&options);
    options.attack = 2;
    IDI_TRY(idi_pairs_create(memory, person, 8, &options, &pairs));
    idi_pairs_free(memory, &pairs);
    return IDI_OK;
}

static idi_status report(idi_memory *memory)
{
    static const int64_t person[8] = {0, 1, 2, 3, 0, 1, 2, 3};
    static const float embeddings[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 8};
    const idi_embedded embedded = {embeddings, person, 8, 2, 4};
    idi_report_options options;
    idi_recogniser_report r;
    idi_pairs pairs;
    idi_report_options_init(&options);
    options.bootstrap.replicates = 100;
    IDI_TRY(idi_report_pairs(memory, person, 8, &options, &pairs));
    const idi_status st = idi_recogniser_report_create(memory, &embedded, &pairs, &options, &r);
    if (st == IDI_OK) idi_recogniser_report_free(memory, &r);
    idi_pairs_free(memory, &pairs);
    return st;
}

static idi_status attack(idi_memory *memory)
{
    static const int64_t first[3] = {0, 1, 2}, second[3] = {1, 2, 0};
    static const double rows[3 * IDI_ATTACK_ROWS] = {0.5};
    static uint8_t pixels[20 * 20 * 3], labels[20 * 20];
    const idi_tensor picture = {pixels, IDI_U8, idi_shape3(20, 20, 3)};
    const idi_attack_people people = {first, second, 3, 3};
    idi_recogniser_report calibrated = {0};
    idi_attack_verdict verdict;
    idi_bootstrap_options options;
    idi_interval mean;
    int64_t used;
    double look[IDI_LOOKS];
    idi_bootstrap_init(&options);
    options.replicates = 100;
    calibrated.at[0].is_supported = true;
    IDI_TRY(idi_attack_judge(memory, &people, rows, &calibrated, &options, &verdict));
    IDI_TRY(idi_attack_mean(memory, &people, rows, &options, &mean, &used));
    return idi_look_measure(memory, &picture, &picture, labels, look);
}

static idi_status degrade(idi_memory *memory)
{
    static uint8_t pixels[16 * 16 * 3];
    const idi_image picture = {pixels, 16, 16, 3};
    idi_image out;
    IDI_TRY(idi_degrade_jpeg(memory, &picture, 70, &out));
    idi_image_free(memory, &out);
    IDI_TRY(idi_degrade_half(memory, &picture, &out));
    idi_image_free(memory, &out);
    IDI_TRY(idi_degrade_blur(memory, &picture, 1.0, &out));
    idi_image_free(memory, &out);
    IDI_TRY(idi_degrade_noise(memory, &picture, 5.0, 0, &out));
    idi_image_free(memory, &out);
    return IDI_OK;
}

Test(eval_out_of_memory, every_failure_is_passed_on)
{
    static idi_status (*const works[])(idi_memory *) = {
        verify, identify, bootstrap, measure, frechet, pair, report, attack, degrade};
    for (size_t w = 0; w < sizeof works / sizeof *works; w++) {
        idi_status st = IDI_ERR_NOMEM;
        int64_t n = 0;
        for (; st == IDI_ERR_NOMEM && n < 100; n++) {
            idi_memory *memory = idi_test_failing_memory(n);
            st = works[w](memory);
            idi_test_memory_close(&memory);
        }
        cr_assert(st == IDI_OK, "work %zu: %s", w, idi_last_error());
        cr_assert(n > 1, "work %zu allocates nothing", w);
    }
}
