/* SPDX-License-Identifier: Apache-2.0 */
/* cli/attack.h - what the files of 'idinject attack' share. */
#ifndef IDI_CLI_ATTACK_H
#define IDI_CLI_ATTACK_H

#include "cli.h"

enum { IDI_ATTACK_JUDGES = 2 * IDI_ATTACK_RECOGNISERS };

/* What recognisers are shown: the two images and, as the ceiling, the target's photograph. */
enum { IDI_SHOWN_REFERENCE, IDI_SHOWN_ATTACK, IDI_SHOWN_TARGET, IDI_SHOWN };

typedef struct idi_attack_arguments {
    idi_common_arguments common;
    const char *model, *recognisers, *unseen, *thresholds, *recogniser;
    const char *mask, *style, *style_mask, *identity, *target, *scheme, *out;
    int64_t steps;
    double rate, ssim;
    bool styles;
    uint64_t seed;
} idi_attack_arguments;

/* One recogniser, and the cosines that it gives to the target's and the own photograph. */
typedef struct idi_attack_judge_row {
    idi_model *model;
    idi_model_info info;
    char name[256]; /* of its file */
    bool is_attacked, has_threshold;
    double threshold;
    idi_identity *target, *own;
    double to_target[IDI_SHOWN][IDI_DEGRADATIONS], to_own[IDI_SHOWN][IDI_DEGRADATIONS];
} idi_attack_judge_row;

/* One attack of the program. */
typedef struct idi_attack_work {
    idi_cli *cli;
    const idi_attack_arguments *arguments;
    idi_model *generator, *recogniser; /* who reads identities for the generator */
    idi_bitmap labels, photo, photo_labels, own_photo, target_photo;
    idi_style *style;
    idi_identity *own, *token;
    idi_attack_result *result;
    idi_attack_judge_row judges[IDI_ATTACK_JUDGES];
    int64_t attacked_count, judge_count; /* the attacked ones come first */
} idi_attack_work;

/* attack_work.c: reads the inputs; searches and judges; frees all of it, after a failure too. */
IDI_NODISCARD idi_status idi_attack_load(idi_attack_work *work);
IDI_NODISCARD idi_status idi_attack_make(idi_attack_work *work);
void idi_attack_free(idi_attack_work *work);
/* The picture behind an IDI_SHOWN_ number. */
const idi_bitmap *idi_attack_shown(const idi_attack_work *work, int subject);

/* attack_report.c: everything as JSON, and the table that is printed. */
IDI_NODISCARD idi_status idi_attack_save_report(const idi_attack_work *work, const char *path);
void idi_attack_print(const idi_attack_work *work);

/* attack_sheet.c: reference, attack, their difference and the target, with similarities. */
IDI_NODISCARD idi_status idi_attack_save_sheet(const idi_attack_work *work, const char *path);

#endif
