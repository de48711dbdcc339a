/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_leverage_json.c - see attack_leverage.h. */
#include "api/attack_leverage.h"
#include "idinject/edit.h"

/* The pairs of a row that exchange something, their people, and a value of each. */
typedef struct column {
    double *values;
    int64_t *first, *second;
    int64_t count;
} column;

/* minus NULL: the values themselves. */
static void gather(const idi_leverage *l, int64_t row, const double *values, const double *minus,
                   column *c)
{
    c->count = 0;
    for (int64_t i = 0; i < l->pairs; i++) {
        if (!l->is_exchanged[row * l->pairs + i]) continue;
        c->values[c->count] = values[i] - (minus ? minus[i] : 0.0);
        c->first[c->count] = l->run->first[i];
        c->second[c->count++] = l->run->second[i];
    }
}

static double mean_of(const column *c)
{
    double sum = 0.0;
    for (int64_t i = 0; i < c->count; i++)
        sum += c->values[i];
    return sum / (double)c->count;
}

/* The mean with its interval; null where too few pairs have the class. */
static idi_status mean_json(const idi_leverage *l, const column *c, json_t **json_out)
{
    const idi_bootstrap_options bootstrap = idi_evaluate_report_options(l->run->options).bootstrap;
    const idi_pair_values pairs = {c->values, c->first, c->second, c->count, l->run->album.people};
    idi_interval mean;
    *json_out = json_null();
    if (c->count < 2) return IDI_OK;
    IDI_TRY(idi_bootstrap_pairs(l->run->memory, &bootstrap, &pairs, &mean));
    *json_out = idi_interval_json(mean);
    return IDI_OK;
}

/* How far the cosines move: to the first person and to the second. */
static idi_status recogniser_json(const idi_leverage *l, int64_t row, int64_t k, column *c,
                                  json_t **json_out)
{
    json_t *moved[IDI_LEVERAGE_SIDES] = {NULL};
    idi_status st = IDI_OK;
    for (int side = 0; side < IDI_LEVERAGE_SIDES && st == IDI_OK; side++) {
        gather(l, row, idi_leverage_cosines(l, row, k, side),
               idi_leverage_cosines(l, IDI_LEVERAGE_NOTHING, k, side), c);
        st = mean_json(l, c, &moved[side]);
    }
    *json_out = json_pack("{s:o, s:o}", "to_first", moved[IDI_LEVERAGE_FIRST], "to_second",
                          moved[IDI_LEVERAGE_SECOND]);
    return st;
}

static const char *name_of(const idi_leverage *l, int64_t row)
{
    const char *class_name = idi_class_name(row - IDI_LEVERAGE_CLASS);
    if (idi_leverage_is_identity(l, row)) return "identity";
    if (row == idi_leverage_all_styles(l)) return "all styles";
    return class_name ? class_name : "a class without a name";
}

static idi_status row_json(const idi_leverage *l, int64_t row, column *c, json_t **json_out)
{
    json_t *judged = json_array();
    idi_status st = IDI_OK;
    for (int64_t k = 0; k < l->run->recogniser_count && st == IDI_OK; k++) {
        json_t *one;
        st = recogniser_json(l, row, k, c, &one);
        (void)json_array_append_new(judged, one);
    }
    gather(l, row, l->area + row * l->pairs, NULL, c);
    const double area = c->count ? mean_of(c) : 0.0;
    gather(l, row, l->ssim + row * l->pairs, NULL, c);
    *json_out = json_pack("{s:s, s:I, s:f, s:o, s:o}", "exchanged", name_of(l, row), "pairs",
                          (json_int_t)c->count, "area", area, "ssim",
                          c->count ? json_real(mean_of(c)) : json_null(), "recognisers", judged);
    return st;
}

idi_status idi_leverage_json(const idi_leverage *leverage, json_t *list)
{
    const idi_leverage *const l = leverage;
    idi_memory *memory = l->run->memory;
    const size_t pairs = (size_t)l->pairs;
    column c = {0};
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, pairs * sizeof *c.values, &c.values));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, 2 * pairs * sizeof *c.first, &c.first));
    c.second = c.first + pairs;
    for (int64_t row = IDI_LEVERAGE_CLASS; row < l->row_count; row++) {
        json_t *object;
        IDI_TRY_TO(done, row_json(l, row, &c, &object));
        (void)json_array_append_new(list, object);
    }
done:
    idi_free(memory, c.first);
    idi_free(memory, c.values);
    return st;
}
