/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipe_members.c - a recipe's members: where they lie, their ranges and defaults. */
#include "train/recipe_members.h"
#include "nets/discriminator.h"

#include <stdio.h>
#include <string.h>

enum { MOST = INT32_MAX };

/* What decides the training's result, and what only decides how the work is done. */
#define NUMBERS(for_, section_, name_, type_, field, low_, high_, free_)                           \
    {                                                                                              \
        .kinds = IDI_FOR_##for_, .section = section_, .name = name_, .type = type_,                \
        .offset = offsetof(idi_recipe, field), .low = low_, .high = high_, .is_free = free_        \
    }
#define FIXED(for_, section_, name_, type_, field, low_, high_)                                    \
    NUMBERS(for_, section_, name_, type_, field, low_, high_, false)
#define FREE(for_, section_, name_, type_, field, low_, high_)                                     \
    NUMBERS(for_, section_, name_, type_, field, low_, high_, true)
#define WORDS(for_, section_, name_, type_, field, choices_)                                       \
    {                                                                                              \
        .kinds = IDI_FOR_##for_, .section = section_, .name = name_, .type = type_,                \
        .offset = offsetof(idi_recipe, field), .choices = choices_                                 \
    }
#define WEIGHT(name_, field)                                                                       \
    FIXED(GENERATOR, "loss", name_, IDI_RECIPE_NUMBER, weights.field, 0, 1e6)

const idi_recipe_member idi_recipe_members[] = {
    WORDS(BOTH, "data", "source", IDI_RECIPE_CHOICE, data.source, "portraits|celebamask|paired"),
    FIXED(BOTH, "data", "size", IDI_RECIPE_INT, data.size, 32, 4096),
    FIXED(BOTH, "data", "people", IDI_RECIPE_RANGE, data.people, 0, MOST),
    FIXED(BOTH, "data", "photos", IDI_RECIPE_INT, data.photos, 1, MOST),
    FREE(BOTH, "data", "cache_mib", IDI_RECIPE_INT, data.cache_mib, 0, 1 << 24),
    WORDS(BOTH, "data", "root", IDI_RECIPE_TEXT, data.root, NULL),
    WORDS(BOTH, "data", "images", IDI_RECIPE_TEXT, data.images, NULL),
    WORDS(BOTH, "data", "labels", IDI_RECIPE_TEXT, data.labels, NULL),
    WORDS(BOTH, "data", "scheme", IDI_RECIPE_TEXT, data.scheme, NULL),
    WORDS(BOTH, "data", "identities", IDI_RECIPE_TEXT, data.identities, NULL),
    WORDS(BOTH, "data", "mapping", IDI_RECIPE_TEXT, data.mapping, NULL),
    FIXED(BOTH, "validation", "every", IDI_RECIPE_INT, validation.every, 0, MOST),
    FIXED(BOTH, "validation", "people", IDI_RECIPE_RANGE, validation.people, 0, MOST),
    FIXED(BOTH, "validation", "photos", IDI_RECIPE_INT, validation.photos, 2, MOST),
    FIXED(BOTH, "batch", "people", IDI_RECIPE_INT, batch.people, 1, 1 << 16),
    FIXED(RECOGNISER, "batch", "photos", IDI_RECIPE_INT, batch.photos, 1, 1 << 16),
    FIXED(BOTH, "batch", "parts", IDI_RECIPE_INT, batch.parts, 1, 1 << 16),
    FREE(GENERATOR, "batch", "recompute", IDI_RECIPE_BOOL, batch.is_recomputed, 0, 1),
    WORDS(RECOGNISER, "loss", "kind", IDI_RECIPE_CHOICE, loss.kind,
          "arcface|cosface|combined|adaface"),
    FIXED(RECOGNISER, "loss", "scale", IDI_RECIPE_NUMBER, loss.scale, 1e-3, 1e4),
    FIXED(RECOGNISER, "loss", "margin", IDI_RECIPE_NUMBER, loss.margin, 0, 2),
    FIXED(RECOGNISER, "loss", "additive", IDI_RECIPE_NUMBER, loss.additive, 0, 2),
    FIXED(RECOGNISER, "loss", "concentration", IDI_RECIPE_NUMBER, loss.concentration, 1e-6, 1e3),
    FIXED(RECOGNISER, "loss", "ramp", IDI_RECIPE_RANGE, loss.ramp, 0, MOST),
    WEIGHT("pixel", pixel),
    WEIGHT("perceptual", perceptual),
    WEIGHT("vgg", vgg),
    WEIGHT("identity", identity),
    WEIGHT("cycle", cycle),
    WEIGHT("attention", attention),
    WEIGHT("adversarial", adversarial),
    WEIGHT("feature_matching", feature_matching),
    FIXED(GENERATOR, "discriminator", "rate", IDI_RECIPE_NUMBER, discriminator.rate, 0, 1e3),
    FIXED(GENERATOR, "discriminator", "scales", IDI_RECIPE_INT, discriminator.scales, 1,
          IDI_DISCRIMINATOR_SCALES),
    FIXED(GENERATOR, "discriminator", "layers", IDI_RECIPE_INT, discriminator.layers, 1,
          IDI_DISCRIMINATOR_LAYERS),
    FIXED(GENERATOR, "discriminator", "width", IDI_RECIPE_INT, discriminator.width, 1, 1024),
    FIXED(GENERATOR, "swaps", "share", IDI_RECIPE_NUMBER, swaps.share, 0, 1),
    FIXED(GENERATOR, "swaps", "pixel", IDI_RECIPE_NUMBER, swaps.pixel, 0, 1e6),
    WORDS(GENERATOR, "", "recogniser", IDI_RECIPE_TEXT, recogniser, NULL),
    FIXED(GENERATOR, "", "surrogates", IDI_RECIPE_TEXTS, surrogates, 0, IDI_RECIPE_SURROGATES),
    WORDS(GENERATOR, "", "vgg", IDI_RECIPE_TEXT, vgg, NULL),
    FIXED(GENERATOR, "samples", "every", IDI_RECIPE_INT, samples.every, 0, MOST),
    WORDS(RECOGNISER, "attacks", "generator", IDI_RECIPE_TEXT, attacks.generator, NULL),
    WORDS(RECOGNISER, "attacks", "recogniser", IDI_RECIPE_TEXT, attacks.recogniser, NULL),
    FIXED(RECOGNISER, "attacks", "share", IDI_RECIPE_NUMBER, attacks.share, 0, 1),
    FIXED(RECOGNISER, "attacks", "strength", IDI_RECIPE_SPAN, attacks.strength, 0, 2),
    FIXED(BOTH, "optimiser", "rate", IDI_RECIPE_NUMBER, optimiser.rate, 0, 1e3),
    FIXED(RECOGNISER, "optimiser", "head_rate", IDI_RECIPE_NUMBER, optimiser.head_rate, 0, 1e3),
    FIXED(BOTH, "optimiser", "warmup_steps", IDI_RECIPE_INT, optimiser.warmup_steps, 0, MOST),
    FIXED(BOTH, "optimiser", "decay_after", IDI_RECIPE_INT, optimiser.decay_after, -1, MOST),
    FIXED(BOTH, "optimiser", "beta1", IDI_RECIPE_NUMBER, optimiser.beta1, 0, 0.99999999),
    FIXED(BOTH, "optimiser", "beta2", IDI_RECIPE_NUMBER, optimiser.beta2, 0, 0.99999999),
    FIXED(BOTH, "optimiser", "eps", IDI_RECIPE_NUMBER, optimiser.eps, 1e-30, 1),
    FIXED(BOTH, "optimiser", "weight_decay", IDI_RECIPE_NUMBER, optimiser.weight_decay, 0, 1e3),
    FIXED(BOTH, "optimiser", "clip_norm", IDI_RECIPE_NUMBER, optimiser.clip_norm, 0, 1e30),
    FIXED(BOTH, "optimiser", "average_decay", IDI_RECIPE_NUMBER, optimiser.average_decay, 0,
          0.99999999),
    WORDS(BOTH, "augmentation", "flips", IDI_RECIPE_BOOL, has_flips, NULL),
    FIXED(RECOGNISER, "augmentation", "shift", IDI_RECIPE_NUMBER, augmentation.shift, 0, 0.5),
    FIXED(RECOGNISER, "augmentation", "zoom", IDI_RECIPE_NUMBER, augmentation.zoom, 0, 0.5),
    FIXED(RECOGNISER, "augmentation", "roll", IDI_RECIPE_NUMBER, augmentation.roll, 0, 1),
    FIXED(RECOGNISER, "augmentation", "gain", IDI_RECIPE_NUMBER, augmentation.gain, 0, 0.99),
    FIXED(RECOGNISER, "augmentation", "bias", IDI_RECIPE_NUMBER, augmentation.bias, 0, 1),
    FIXED(RECOGNISER, "augmentation", "white_balance", IDI_RECIPE_NUMBER,
          augmentation.white_balance, 0, 0.99),
    FIXED(RECOGNISER, "augmentation", "noise", IDI_RECIPE_NUMBER, augmentation.noise, 0, 1),
    FIXED(RECOGNISER, "augmentation", "grey", IDI_RECIPE_NUMBER, augmentation.grey, 0, 1),
    FIXED(GENERATOR, "views", "shift", IDI_RECIPE_NUMBER, views.shift, 0, 0.5),
    FIXED(GENERATOR, "views", "zoom", IDI_RECIPE_NUMBER, views.zoom, 0, 0.5),
    FIXED(GENERATOR, "views", "roll", IDI_RECIPE_NUMBER, views.roll, 0, 1),
    FIXED(GENERATOR, "views", "gain", IDI_RECIPE_NUMBER, views.gain, 0, 0.99),
    FIXED(GENERATOR, "views", "bias", IDI_RECIPE_NUMBER, views.bias, 0, 1),
    FIXED(GENERATOR, "views", "white_balance", IDI_RECIPE_NUMBER, views.white_balance, 0, 0.99),
    FIXED(GENERATOR, "views", "noise", IDI_RECIPE_NUMBER, views.noise, 0, 1),
    FIXED(GENERATOR, "views", "grey", IDI_RECIPE_NUMBER, views.grey, 0, 1),
    WORDS(BOTH, "model", "storage", IDI_RECIPE_CHOICE, model.storage, "f16|f32"),
    WORDS(BOTH, "model", "licence", IDI_RECIPE_TEXT, model.licence, NULL),
    WORDS(BOTH, "model", "training_data", IDI_RECIPE_TEXT, model.training_data, NULL),
    FIXED(BOTH, "", "steps", IDI_RECIPE_INT, steps, 1, MOST),
    FIXED(BOTH, "", "seed", IDI_RECIPE_INT, seed, 0, 9007199254740992.0),
    FREE(BOTH, "", "workers", IDI_RECIPE_INT, workers, 0, 256),
    FIXED(BOTH, "", "log_every", IDI_RECIPE_INT, log_every, 1, MOST),
    FREE(BOTH, "", "checkpoint_every", IDI_RECIPE_INT, checkpoint_every, 1, MOST),
};
const int idi_recipe_member_count = sizeof idi_recipe_members / sizeof idi_recipe_members[0];

const idi_recipe idi_recipe_defaults = {
    .data =
        {.size = 64, .people = {0, 699}, .photos = 16, .cache_mib = 256, .scheme = "celebamask"},
    .validation = {.people = {700, 849}, .photos = 8},
    .batch = {64, 1, 1},
    .weights = {.pixel = 2.0, .perceptual = 0.3, .identity = 1.0},
    .discriminator = {.scales = 2, .layers = 3, .width = 64},
    .swaps = {.share = 0.5, .pixel = 0.5},
    .attacks = {.strength = {0.5, 1.0}},
    .loss = {.kind = IDI_MARGIN_COSFACE, .scale = 32.0, .margin = 0.35, .concentration = 0.333},
    .optimiser = {.rate = 0.001, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8},
    .steps = 1000,
    .seed = 1,
    .workers = 1,
    .log_every = 10,
    .checkpoint_every = 500};

bool idi_recipe_has(const idi_recipe *recipe, const idi_recipe_member *member)
{
    const bool is_generator = idi_arch_is_generator(recipe->network.arch);
    return (member->kinds & (is_generator ? IDI_FOR_GENERATOR : IDI_FOR_RECOGNISER)) != 0;
}

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
