/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipe_members.h - what recipe_read.c and recipe_write.c share: the one table of a recipe's
 * members. */
#ifndef IDI_TRAIN_RECIPE_MEMBERS_H
#define IDI_TRAIN_RECIPE_MEMBERS_H

#include "train/recipe.h"

#include <stddef.h>

typedef enum idi_recipe_type {
    IDI_RECIPE_INT,
    IDI_RECIPE_NUMBER,
    IDI_RECIPE_RANGE, /* int64_t [2], first and last */
    IDI_RECIPE_SPAN,  /* double [2], lowest and highest */
    IDI_RECIPE_BOOL,
    IDI_RECIPE_TEXT,
    IDI_RECIPE_TEXTS, /* char [high][IDI_RECIPE_TEXT_BYTES], from the front, "" behind the last */
    IDI_RECIPE_CHOICE /* int64_t, the word's number */
} idi_recipe_type;

/* Whose recipes have a member. */
enum { IDI_FOR_RECOGNISER = 1, IDI_FOR_GENERATOR = 2, IDI_FOR_BOTH = 3 };

typedef struct idi_recipe_member {
    int kinds;
    const char *section, *name; /* "": the top */
    idi_recipe_type type;
    size_t offset;
    double low, high;
    const char *choices; /* "a|b|c" */
    bool is_free;        /* may change while a training goes on */
} idi_recipe_member;

extern const idi_recipe_member idi_recipe_members[];
extern const int idi_recipe_member_count;
extern const idi_recipe idi_recipe_defaults;

/* Whether recipes of this network have the member. */
bool idi_recipe_has(const idi_recipe *recipe, const idi_recipe_member *member);

/* "data.size", for sentences. */
typedef struct idi_recipe_name {
    char text[64];
} idi_recipe_name;
idi_recipe_name idi_recipe_name_of(const idi_recipe_member *member);

/* The word with this number in "a|b|c"; its length, or 0 behind the last. */
size_t idi_recipe_choice_at(const char *choices, int64_t index, const char **word_out);

#endif
