/* SPDX-License-Identifier: Apache-2.0 */
/* cli/demo.h - what the demo's parts share: its people, its results, its sheet. */
#ifndef IDI_CLI_DEMO_H
#define IDI_CLI_DEMO_H

#include "cli.h"

enum { IDI_DEMO_PEOPLE = 4, IDI_DEMO_RESULTS = 6, IDI_DEMO_RECOGNISERS = 4 };

/* Two photographs of one person: the first says where and how, the second says who. */
typedef struct idi_demo_person {
    idi_bitmap photo, labels; /* labels: one channel */
    idi_bitmap colours;       /* the label map as people look at it, RGB */
    idi_bitmap second;
    idi_style *style;
    idi_identity *identities[IDI_DEMO_RECOGNISERS]; /* as each recogniser sees the second */
} idi_demo_person;

typedef struct idi_demo_result {
    int where, how, who; /* indices of people */
    idi_bitmap picture;  /* of malloc */
    double like_who[IDI_DEMO_RECOGNISERS], like_how[IDI_DEMO_RECOGNISERS];
} idi_demo_result;

typedef struct idi_demo {
    idi_cli *cli;
    const char *folder;
    bool is_random; /* weights made here, not trained */
    idi_model *generator;
    idi_model *recognisers[IDI_DEMO_RECOGNISERS]; /* the first gives the identities */
    char names[IDI_DEMO_RECOGNISERS][32];
    int64_t recogniser_count;
    int64_t size; /* the generator's */
    idi_demo_person people[IDI_DEMO_PEOPLE];
    idi_demo_result results[IDI_DEMO_RESULTS];
} idi_demo;

/* "folder/name" as a path of the demo's, in a buffer of IDI_PATH_BYTES. */
IDI_NODISCARD idi_status idi_demo_path(const idi_demo *demo, const char *name, char *path_out);

/* Draws everybody and encodes their looks and identities. */
IDI_NODISCARD idi_status idi_demo_make_people(idi_demo *demo);
void idi_demo_free_people(idi_demo *demo);

/* Runs the generator for every combination and measures what came out. */
IDI_NODISCARD idi_status idi_demo_make_results(idi_demo *demo);
void idi_demo_free_results(idi_demo *demo);

/* Composes and writes the contact sheet. */
IDI_NODISCARD idi_status idi_demo_save_sheet(idi_demo *demo, const char *path);

#endif
