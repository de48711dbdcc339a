/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipe_members.c - a recipe's members: where they lie, their ranges and defaults. */
#include "train/recipe_members.h"

#include <stdio.h>
#include <string.h>

enum { MOST = INT32_MAX };

/* What decides the training's result, and what only decides how the work is done. */
#define NUMBERS(section_, name_, type_, field, low_, high_, free_)                                 \
    {                                                                                              \
        .section = section_, .name = name_, .type = type_, .offset = offsetof(idi_recipe, field),  \
        .low = low_, .high = high_, .is_free = free_                                               \
    }
#define FIXED(section_, name_, type_, field, low_, high_)                                          \
    NUMBERS(section_, name_, type_, field, low_, high_, false)
#define FREE(section_, name_, type_, field, low_, high_)                                           \
    NUMBERS(section_, name_, type_, field, low_, high_, true)
#define WORDS(section_, name_, type_, field, choices_)                                             \
    {                                                                                              \
        .section = section_, .name = name_, .type = type_, .offset = offsetof(idi_recipe, field),  \
        .choices = choices_                                                                        \
    }

const idi_recipe_member idi_recipe_members[] = {
    WORDS("data", "source", IDI_RECIPE_CHOICE, data.source, "portraits|celebamask|paired"),
    FIXED("data", "size", IDI_RECIPE_INT, data.size, 32, 4096),
    FIXED("data", "people", IDI_RECIPE_RANGE, data.people, 0, MOST),
    FIXED("data", "photos", IDI_RECIPE_INT, data.photos, 1, MOST),
    FREE("data", "cache_mib", IDI_RECIPE_INT, data.cache_mib, 0, 1 << 24),
    WORDS("data", "root", IDI_RECIPE_TEXT, data.root, NULL),
    WORDS("data", "images", IDI_RECIPE_TEXT, data.images, NULL),
    WORDS("data", "labels", IDI_RECIPE_TEXT, data.labels, NULL),
    WORDS("data", "scheme", IDI_RECIPE_TEXT, data.scheme, NULL),
    WORDS("data", "identities", IDI_RECIPE_TEXT, data.identities, NULL),
    WORDS("data", "mapping", IDI_RECIPE_TEXT, data.mapping, NULL),
    FIXED("validation", "every", IDI_RECIPE_INT, validation.every, 0, MOST),
    FIXED("validation", "people", IDI_RECIPE_RANGE, validation.people, 0, MOST),
    FIXED("validation", "photos", IDI_RECIPE_INT, validation.photos, 2, MOST),
    FIXED("batch", "people", IDI_RECIPE_INT, batch.people, 1, 1 << 16),
    FIXED("batch", "photos", IDI_RECIPE_INT, batch.photos, 1, 1 << 16),
    WORDS("loss", "kind", IDI_RECIPE_CHOICE, loss.kind, "arcface|cosface|combined|adaface"),
    FIXED("loss", "scale", IDI_RECIPE_NUMBER, loss.scale, 1e-3, 1e4),
    FIXED("loss", "margin", IDI_RECIPE_NUMBER, loss.margin, 0, 2),
    FIXED("loss", "additive", IDI_RECIPE_NUMBER, loss.additive, 0, 2),
    FIXED("loss", "concentration", IDI_RECIPE_NUMBER, loss.concentration, 1e-6, 1e3),
    FIXED("loss", "ramp", IDI_RECIPE_RANGE, loss.ramp, 0, MOST),
    FIXED("optimiser", "rate", IDI_RECIPE_NUMBER, optimiser.rate, 0, 1e3),
    FIXED("optimiser", "head_rate", IDI_RECIPE_NUMBER, optimiser.head_rate, 0, 1e3),
    FIXED("optimiser", "warmup_steps", IDI_RECIPE_INT, optimiser.warmup_steps, 0, MOST),
    FIXED("optimiser", "decay_after", IDI_RECIPE_INT, optimiser.decay_after, -1, MOST),
    FIXED("optimiser", "beta1", IDI_RECIPE_NUMBER, optimiser.beta1, 0, 0.99999999),
    FIXED("optimiser", "beta2", IDI_RECIPE_NUMBER, optimiser.beta2, 0, 0.99999999),
    FIXED("optimiser", "eps", IDI_RECIPE_NUMBER, optimiser.eps, 1e-30, 1),
    FIXED("optimiser", "weight_decay", IDI_RECIPE_NUMBER, optimiser.weight_decay, 0, 1e3),
    FIXED("optimiser", "clip_norm", IDI_RECIPE_NUMBER, optimiser.clip_norm, 0, 1e30),
    FIXED("optimiser", "average_decay", IDI_RECIPE_NUMBER, optimiser.average_decay, 0, 0.99999999),
    WORDS("augmentation", "flips", IDI_RECIPE_BOOL, has_flips, NULL),
    FIXED("augmentation", "shift", IDI_RECIPE_NUMBER, augmentation.shift, 0, 0.5),
    FIXED("augmentation", "zoom", IDI_RECIPE_NUMBER, augmentation.zoom, 0, 0.5),
    FIXED("augmentation", "roll", IDI_RECIPE_NUMBER, augmentation.roll, 0, 1),
    FIXED("augmentation", "gain", IDI_RECIPE_NUMBER, augmentation.gain, 0, 0.99),
    FIXED("augmentation", "bias", IDI_RECIPE_NUMBER, augmentation.bias, 0, 1),
    FIXED("augmentation", "white_balance", IDI_RECIPE_NUMBER, augmentation.white_balance, 0, 0.99),
    FIXED("augmentation", "noise", IDI_RECIPE_NUMBER, augmentation.noise, 0, 1),
    FIXED("augmentation", "grey", IDI_RECIPE_NUMBER, augmentation.grey, 0, 1),
    WORDS("model", "storage", IDI_RECIPE_CHOICE, model.storage, "f16|f32"),
    WORDS("model", "licence", IDI_RECIPE_TEXT, model.licence, NULL),
    WORDS("model", "training_data", IDI_RECIPE_TEXT, model.training_data, NULL),
    FIXED("", "steps", IDI_RECIPE_INT, steps, 1, MOST),
    FIXED("", "seed", IDI_RECIPE_INT, seed, 0, 9007199254740992.0),
    FREE("", "workers", IDI_RECIPE_INT, workers, 0, 256),
    FIXED("", "log_every", IDI_RECIPE_INT, log_every, 1, MOST),
    FREE("", "checkpoint_every", IDI_RECIPE_INT, checkpoint_every, 1, MOST),
};
const int idi_recipe_member_count = sizeof idi_recipe_members / sizeof idi_recipe_members[0];

const idi_recipe idi_recipe_defaults = {
    .data =
        {.size = 64, .people = {0, 699}, .photos = 16, .cache_mib = 256, .scheme = "celebamask"},
    .validation = {.people = {700, 849}, .photos = 8},
    .batch = {64, 1},
    .loss = {.kind = IDI_MARGIN_COSFACE, .scale = 32.0, .margin = 0.35, .concentration = 0.333},
    .optimiser = {.rate = 0.001, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
    .steps = 1000,
    .seed = 1,
    .workers = 1,
    .log_every = 10,
    .checkpoint_every = 500};

idi_recipe_name idi_recipe_name_of(const idi_recipe_member *member)
{
    idi_recipe_name name;
    (void)snprintf(name.text, sizeof name.text, "%s%s%s", member->section,
                   member->section[0] ? "." : "", member->name);
    return name;
}

size_t idi_recipe_choice_at(const char *choices, int64_t index, const char **word_out)
{
    for (; index > 0 && *choices; index--)
        choices += strcspn(choices, "|") + (strchr(choices, '|') ? 1 : 0);
    *word_out = choices;
    return strcspn(choices, "|");
}
