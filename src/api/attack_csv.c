/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_csv.c - a generator's scores, a line each, and what its rows are called. */
#include "api/evaluate_attack.h"

#include <math.h>

const char *const idi_look_names[IDI_LOOKS] = {"ssim", "ssim_face", "l1", "mse", "mse_face"};
const char *const idi_attack_row_names[IDI_ATTACK_ROWS] = {"to_second", "to_first", "to_token",
                                                           "to_image", "rank1"};
static const char *const base_names[IDI_AS_INJECTED] = {"photograph", "recoloured", "own"};

const char *idi_attack_name(const idi_attack_run *run, int64_t subject)
{
    if (idi_attack_is_second(run, subject)) return "second";
    if (idi_attack_is_searched(run, subject)) return "searched";
    return subject >= IDI_AS_INJECTED ? "injected" : base_names[subject];
}

bool idi_attack_has_strength(const idi_attack_run *run, int64_t subject)
{
    return subject >= IDI_AS_INJECTED && subject < run->condition_count - run->has_search;
}

static idi_status print_header(idi_file_writer *writer)
{
    IDI_TRY(idi_file_print(writer, "condition,strength,recogniser,image,image_check,token,"
                                   "token_check,first_person,second_person"));
    for (int r = 0; r < IDI_ATTACK_ROWS; r++)
        IDI_TRY(idi_file_print(writer, ",%s", idi_attack_row_names[r]));
    for (int l = 0; l < IDI_LOOKS; l++)
        IDI_TRY(idi_file_print(writer, ",%s", idi_look_names[l]));
    return idi_file_print(writer, ",degradation\n");
}

/* Numbers with 17 digits; what is not there is left empty. */
static idi_status print_numbers(idi_file_writer *writer, const double *values, int count,
                                int64_t step)
{
    for (int i = 0; i < count; i++) {
        const double value = values[i * step];
        IDI_TRY(isnan(value) ? idi_file_print(writer, ",")
                             : idi_file_print(writer, ",%.17g", value));
    }
    return IDI_OK;
}

/* Looks are those of the picture as it was made: of what was not made, or is degraded, none. */
static idi_status print_looks(const idi_attack_run *run, idi_file_writer *writer, int64_t view,
                              int64_t subject, int64_t pair)
{
    if (view == IDI_DEGRADE_NONE && !idi_attack_is_second(run, subject))
        return print_numbers(writer, idi_attack_looks(run, subject) + pair, IDI_LOOKS,
                             run->pairs.attack_count);
    for (int l = 0; l < IDI_LOOKS; l++)
        IDI_TRY(idi_file_print(writer, ","));
    return IDI_OK;
}

static idi_status print_pair(const idi_attack_run *run, idi_file_writer *writer, int64_t view,
                             int64_t subject, int64_t k, int64_t pair)
{
    const idi_attack_pair *p = &run->pairs.attack[pair];
    const int64_t photos[4] = {p->image, p->image_check, p->token, p->token_check};
    char field[IDI_FIELD_BYTES];
    IDI_TRY(idi_file_print(writer, "%s,", idi_attack_name(run, subject)));
    if (idi_attack_has_strength(run, subject))
        IDI_TRY(idi_file_print(writer, "%.17g", run->strengths[subject - IDI_AS_INJECTED]));
    IDI_TRY(idi_file_print(writer, ",%s", run->recognisers[k]->fingerprint));
    for (int i = 0; i < 4; i++) {
        idi_csv_photo(&run->album, photos[i], field);
        IDI_TRY(idi_file_print(writer, ",%s", field));
    }
    IDI_TRY(idi_file_print(writer, ",%lld,%lld", (long long)run->first[pair],
                           (long long)run->second[pair]));
    IDI_TRY(print_numbers(writer, idi_attack_rows(run, view, subject, k) + pair, IDI_ATTACK_ROWS,
                          run->pairs.attack_count));
    IDI_TRY(print_looks(run, writer, view, subject, pair));
    return idi_file_print(writer, ",%s\n", idi_degradation_name((idi_degradation)view));
}

static idi_status print_all(const idi_attack_run *run, idi_file_writer *writer)
{
    IDI_TRY(print_header(writer));
    for (int64_t view = 0; view < run->view_count; view++)
        for (int64_t subject = 0; subject < run->subject_count; subject++)
            for (int64_t k = 0; k < run->recogniser_count; k++)
                for (int64_t pair = 0; pair < run->pairs.attack_count; pair++)
                    IDI_TRY(print_pair(run, writer, view, subject, k, pair));
    return idi_file_writer_commit(writer);
}

idi_status idi_attack_write_scores(const idi_attack_run *run)
{
    idi_file_writer writer;
    IDI_TRY(idi_file_writer_open(run->memory, run->options->scores_path, &writer));
    const idi_status st = print_all(run, &writer);
    idi_file_writer_abandon(&writer);
    return st;
}
