/* SPDX-License-Identifier: Apache-2.0 */
/* api/evaluate_report.c - the parts that reports have in common, as JSON and as lines of CSV. */
#include "api/evaluate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CURVE_POINTS = 200 };

idi_report_options idi_evaluate_report_options(const idi_evaluate_options *options)
{
    return (idi_report_options){.seed = options->seed,
                                .calibration_share = options->calibration_share,
                                .most_genuine = options->most_genuine,
                                .most_impostor = options->most_impostors,
                                .bootstrap = {options->seed, options->replicates, options->level}};
}

idi_measured idi_measured_of(idi_interval interval)
{
    return (idi_measured){interval.estimate, interval.low, interval.high};
}

json_t *idi_interval_json(idi_interval interval)
{
    return json_pack("{s:f, s:f, s:f}", "value", interval.estimate, "low", interval.low, "high",
                     interval.high);
}

/* The name without folders: where a file lies is not part of a result. */
json_t *idi_model_json(const idi_model *model)
{
    const char *slash = strrchr(model->path, '/');
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "file", slash ? slash + 1 : model->path,
                     "arch", idi_arch_name(model->config.arch), "fingerprint", model->fingerprint,
                     "licence", model->licence, "training_data", model->training_data, "precision",
                     model->context->precision ? model->context->precision : "f32");
}

/* Seeds and hashes as text: JSON's readers keep 53 bits of a number. */
json_t *idi_protocol_json(const idi_evaluate_options *options, const idi_pairs *pairs)
{
    char seed[24], hash[24];
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)options->seed);
    (void)snprintf(hash, sizeof hash, "%016llx", (unsigned long long)pairs->hash);
    return json_pack("{s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:{s:s, s:I, s:f}}", "seed", seed,
                     "pairs_hash", hash, "calibration_share", options->calibration_share, "genuine",
                     (json_int_t)pairs->genuine_count, "impostors",
                     (json_int_t)pairs->impostor_count, "attacks", (json_int_t)pairs->attack_count,
                     "batch", (json_int_t)options->batch, "intervals", "method",
                     "percentile bootstrap over people", "replicates",
                     (json_int_t)options->replicates, "level", options->level);
}

static json_t *tar_json(const idi_tar_at_far *at, double far)
{
    if (!at->is_supported)
        return json_pack("{s:f, s:I}", "far", far, "impostors_needed",
                         (json_int_t)idi_impostors_needed(far));
    return json_pack("{s:f, s:f, s:f, s:I, s:I, s:o}", "far", far, "threshold", at->threshold.value,
                     "measured_far", at->threshold.measured_far, "accepted",
                     (json_int_t)at->threshold.accepted, "impostors",
                     (json_int_t)at->threshold.impostors, "tar", idi_interval_json(at->tar));
}

static double mean(const double *values, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

/* Up to so many operating points of the ROC, closer to each other at low FARs: enough to draw. */
static idi_status fill_curve(idi_memory *memory, const idi_recogniser_report *report, json_t *curve)
{
    idi_verification v;
    double far = -1.0, tar = -1.0;
    IDI_TRY(idi_verification_create(memory, (idi_scores){report->genuine, report->genuine_count},
                                    (idi_scores){report->impostor, report->impostor_count}, &v));
    for (int i = 0; i <= CURVE_POINTS; i++) {
        const double part = (double)i / CURVE_POINTS;
        const int64_t below = (int64_t)(part * part * part * (double)(v.impostor_count - 1));
        const idi_operating_point at =
            idi_verification_at(&v, v.impostor[v.impostor_count - 1 - below]);
        if (at.far > far || at.tar > tar)
            (void)json_array_append_new(curve, json_pack("[f, f]", at.far, at.tar));
        far = at.far;
        tar = at.tar;
    }
    idi_verification_free(memory, &v);
    return IDI_OK;
}

json_t *idi_recogniser_json(idi_memory *memory, const idi_recogniser_report *report)
{
    json_t *rates = json_array(), *curve = json_array();
    if (fill_curve(memory, report, curve) != IDI_OK) {
        json_decref(rates);
        json_decref(curve);
        return NULL;
    }
    for (int i = 0; i < IDI_REPORT_FARS; i++)
        (void)json_array_append_new(rates, tar_json(&report->at[i], idi_report_fars[i]));
    json_t *rank = report->probes ? idi_interval_json(report->rank1) : json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:I, s:I, s:f, s:f, s:o}", "tar_at_far", rates, "eer",
                     idi_interval_json(report->eer), "auc", idi_interval_json(report->auc), "rank1",
                     rank, "probes", (json_int_t)report->probes, "gallery",
                     (json_int_t)report->gallery, "genuine_mean",
                     mean(report->genuine, report->genuine_count), "impostor_mean",
                     mean(report->impostor, report->impostor_count), "roc", curve);
}

idi_status idi_json_write(idi_memory *memory, const char *path, json_t *root)
{
    idi_file_writer writer = {0};
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(root);
    IDI_REQUIRE(text, IDI_ERR_NOMEM, "%s: no memory for the report", path);
    idi_status st = idi_file_writer_open(memory, path, &writer);
    if (st == IDI_OK) st = idi_file_print(&writer, "%s\n", text);
    if (st == IDI_OK) st = idi_file_writer_commit(&writer);
    idi_file_writer_abandon(&writer);
    free(text);
    return st;
}

idi_status idi_file_print(idi_file_writer *writer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int used = vfprintf(writer->stream, format, arguments);
    va_end(arguments);
    IDI_REQUIRE(used >= 0, IDI_ERR_IO, "%s: cannot be written", writer->path);
    return IDI_OK;
}

/* RFC 4180: quotes round what holds a comma, a quote or a line's end; quotes inside are doubled. */
void idi_csv_photo(const idi_album *album, int64_t photo, char field_out[IDI_FIELD_BYTES])
{
    char name[IDI_FIELD_BYTES / 2 - 2];
    char *out = field_out;
    idi_dataset_describe(album->dataset, album->item[photo], name, sizeof name);
    const bool is_quoted = strpbrk(name, ",\"\r\n") != NULL;
    if (is_quoted) *out++ = '"';
    for (const char *c = name; *c; c++) {
        if (*c == '"') *out++ = '"';
        *out++ = *c;
    }
    if (is_quoted) *out++ = '"';
    *out = '\0';
}
