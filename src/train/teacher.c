/* SPDX-License-Identifier: Apache-2.0 */
/* train/teacher.c - see teacher.h. */
#include "train/teacher.h"

#include <stdio.h>

static idi_status load(idi_teacher *teacher, const idi_safetensors *file, const char *path)
{
    idi_model_config config;
    idi_tensor_table table;
    IDI_TRY(idi_config_of_file(file, NULL, &config));
    IDI_REQUIRE(!idi_arch_is_generator(config.arch), IDI_ERR_ARG, "%s: is a %s, want a recogniser",
                path, idi_arch_name(config.arch));
    teacher->config = config.recogniser;
    IDI_TRY(idi_tensor_table_create(file, &table));
    const idi_status st = idi_weights_load(teacher->memory, &config, &table, &teacher->weights);
    idi_tensor_table_destroy(&table);
    return st;
}

idi_status idi_teacher_open(idi_memory *memory, const char *path, const char *scope,
                            idi_teacher *teacher_out)
{
    idi_safetensors *file;
    *teacher_out = (idi_teacher){.memory = memory};
    (void)snprintf(teacher_out->scope, sizeof teacher_out->scope, "%s", scope);
    if (!path[0]) return IDI_OK;
    IDI_TRY(idi_safetensors_open(memory, path, &file));
    const idi_status st = load(teacher_out, file, path);
    idi_safetensors_close(&file);
    if (st == IDI_OK)
        (void)snprintf(teacher_out->fingerprint, sizeof teacher_out->fingerprint, "%016llx",
                       (unsigned long long)idi_weights_fingerprint(teacher_out->weights));
    return st;
}

void idi_teacher_close(idi_teacher *teacher)
{
    idi_weights_destroy(&teacher->weights);
    *teacher = (idi_teacher){0};
}

idi_status idi_teacher_place(const idi_teacher *teacher, idi_store *store)
{
    const int64_t count = teacher->weights ? idi_weights_tensor_count(teacher->weights) : 0;
    for (int64_t i = 0; i < count; i++) {
        const idi_weights_entry entry = idi_weights_at(teacher->weights, i);
        char name[IDI_SAFETENSORS_MAX_NAME_BYTES];
        (void)snprintf(name, sizeof name, "%s%s", teacher->scope, entry.name);
        const int64_t index = idi_store_find(store, name);
        if (index >= 0) IDI_TRY(idi_store_set(store, index, entry.values));
    }
    return IDI_OK;
}
