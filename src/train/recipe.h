/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipe.h - all settings of a training, as a struct and as JSON. What is trained follows
 * from the network; members marked R are a recogniser's alone, those marked G a generator's.
 *
 * {
 *   "network": {"arch": "iresnet", ...},   as in a model file (model/config.h)
 *   "data": {
 *     "source": "portraits",               or "celebamask", "paired" (data/dataset.h)
 *     "size": 64,                          side of the faces that are read; a generator's own
 *     "people": [0, 699],                  first and last: portraits' seeds, or places in the list
 *     "photos": 16,                        of each person; portraits alone
 *     "cache_mib": 256,                    of faces that stay in memory
 *     "root": "", "images": "", "labels": "", "scheme": "celebamask", "identities": "",
 *     "mapping": ""},                      of sources on disk, relative to the working folder
 *   "validation": {
 *     "every": 0,                          steps between two; 0: none. And after the last step
 *     "people": [700, 849], "photos": 8},  people who are not trained on
 *   "batch": {"people": 64,
 *     "photos": 1,                         R; each of a generator's people is there once
 *     "parts": 1,                          that go through the network one after the other
 *     "recompute": false},                 G; blocks again on the way back rather than kept
 *   "steps": 1000,
 *   "recogniser": "",                      G; the model file whose embeddings are the identities
 *   "surrogates": [],                      G; more of them, which judge identities besides it
 *   "vgg": "",                             G; VGG-19's weights, for loss.vgg
 *   "loss": {                              G; weights of the losses, 0: without
 *     "pixel": 2,                          mean absolute difference from the photograph
 *     "perceptual": 0.3,                   the same of the recogniser's features
 *     "vgg": 0,                            mean absolute difference of VGG-19's (train/vgg.h)
 *     "identity": 1,                       1 - cosine between the recogniser's embeddings
 *     "cycle": 0,                          the way back from somebody else (train/cycle.h)
 *     "attention": 0,                      of the published generator (ops/label_loss.h)
 *     "adversarial": 0,                    the hinge game's (nets/adversarial_loss.h)
 *     "feature_matching": 0},
 *   "discriminator": {                     G; of a recipe with one of the two above
 *     "rate": 0,                           0: the generator's
 *     "scales": 2, "layers": 3, "width": 64},
 *   "swaps": {                             G
 *     "share": 0.5,                        of the batch gets somebody else's identity
 *     "pixel": 0.5},                       how much of loss.pixel counts for them
 *   "samples": {"every": 0},               G; steps between two sheets of pictures; 0: none
 *   "loss": {                              R
 *     "kind": "cosface",                   or "arcface", "combined", "adaface"
 *     "scale": 32, "margin": 0.35,         of cosface on the cosine, of the others on the angle
 *     "additive": 0,                       of combined: on the cosine besides
 *     "concentration": 0.333,              of adaface: how much quality counts
 *     "ramp": [0, 0]},                     steps between which the margin rises from 0
 *   "attacks": {                           R; faces that are made into attacks (train/attacks.h)
 *     "generator": "", "recogniser": "",   model files: what makes them, whose identities it takes
 *     "share": 0,                          of the batch; 0: none
 *     "strength": [0.5, 1]},               from the own identity (0) to somebody else's (1)
 *   "optimiser": {
 *     "rate": 0.001,
 *     "head_rate": 0,                      R; 0: the same rate
 *     "warmup_steps": 0, "decay_after": 0, steps; it falls to 0 at the last. -1: never
 *     "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0,
 *     "clip_norm": 0,                      0: any gradient
 *     "average_decay": 0},                 0: the model is the last step's weights
 *   "augmentation": {"flips": false},      G
 *   "views": {                             G; of images, before loss.identity (train/views.h)
 *     "shift": 0, "zoom": 0, "roll": 0, "gain": 0, "bias": 0,
 *     "white_balance": 0, "noise": 0, "grey": 0},
 *   "augmentation": {                      R; see train/augment.h; all 0: none
 *     "flips": false, "shift": 0, "zoom": 0, "roll": 0, "gain": 0, "bias": 0,
 *     "white_balance": 0, "noise": 0, "grey": 0},
 *   "model": {
 *     "storage": "f16",                    or "f32"
 *     "licence": "", "training_data": ""}, "": not noted, and a sentence made of "data"
 *   "seed": 1, "workers": 1, "log_every": 10, "checkpoint_every": 500
 * }
 *
 * What is left out has the value above; "network" alone is needed. */
#ifndef IDI_TRAIN_RECIPE_H
#define IDI_TRAIN_RECIPE_H

#include "data/dataset.h"
#include "model/config.h"
#include "train/augment.h"

enum { IDI_RECIPE_TEXT_BYTES = 512, IDI_RECIPE_SURROGATES = 4 };

typedef enum idi_data_source {
    IDI_DATA_PORTRAITS,
    IDI_DATA_CELEBAMASK,
    IDI_DATA_PAIRED
} idi_data_source;

typedef enum idi_margin_kind {
    IDI_MARGIN_ARCFACE,
    IDI_MARGIN_COSFACE,
    IDI_MARGIN_COMBINED,
    IDI_MARGIN_ADAFACE
} idi_margin_kind;

typedef struct idi_recipe {
    idi_model_config network;
    struct {
        int64_t source, size; /* an idi_data_source */
        int64_t people[2], photos, cache_mib;
        char root[IDI_RECIPE_TEXT_BYTES], images[IDI_RECIPE_TEXT_BYTES];
        char labels[IDI_RECIPE_TEXT_BYTES], scheme[IDI_RECIPE_TEXT_BYTES];
        char identities[IDI_RECIPE_TEXT_BYTES], mapping[IDI_RECIPE_TEXT_BYTES];
    } data;
    struct {
        int64_t every, people[2], photos;
    } validation;
    struct {
        int64_t people, photos, parts;
        bool is_recomputed;
    } batch;
    char recogniser[IDI_RECIPE_TEXT_BYTES];
    char surrogates[IDI_RECIPE_SURROGATES][IDI_RECIPE_TEXT_BYTES]; /* "" behind the last */
    char vgg[IDI_RECIPE_TEXT_BYTES];
    struct {
        double pixel, perceptual, vgg, identity, cycle, attention, adversarial, feature_matching;
    } weights; /* of a generator's losses */
    struct {
        double rate;
        int64_t scales, layers, width;
    } discriminator;
    struct {
        double share, pixel;
    } swaps;
    struct {
        int64_t every;
    } samples;
    struct {
        int64_t kind; /* an idi_margin_kind */
        double scale, margin, additive, concentration;
        int64_t ramp[2];
    } loss;
    struct {
        char generator[IDI_RECIPE_TEXT_BYTES], recogniser[IDI_RECIPE_TEXT_BYTES];
        double share, strength[2];
    } attacks;
    struct {
        double rate, head_rate;
        int64_t warmup_steps, decay_after;
        double beta1, beta2, eps, weight_decay, clip_norm, average_decay;
    } optimiser;
    bool has_flips;
    idi_augmentation augmentation, views;
    struct {
        int64_t storage; /* 0: f16, 1: f32 */
        char licence[IDI_RECIPE_TEXT_BYTES], training_data[IDI_RECIPE_TEXT_BYTES];
    } model;
    int64_t steps, seed, workers, log_every, checkpoint_every;
} idi_recipe;

/* JSON to struct; what comes out can be trained. Errors: FORMAT (not JSON, a member that is unknown
 * or of the wrong type), ARG (a value out of range, people on both sides). */
IDI_NODISCARD idi_status idi_recipe_parse(const char *text, size_t bytes, idi_recipe *recipe_out);
/* The same from a file; sentences begin with its path. */
IDI_NODISCARD idi_status idi_recipe_read(idi_memory *memory, const char *path,
                                         idi_recipe *recipe_out);
/* Struct to JSON with all members that decide the result, so that trainings to the same result have
 * equal texts. The caller frees *text_out with idi_free. */
IDI_NODISCARD idi_status idi_recipe_format(idi_memory *memory, const idi_recipe *recipe,
                                           char **text_out);

/* IDI_ERR_STATE, naming the first member that differs, unless a training of `before` may go on as
 * `now`: only how the work is done may differ (workers, cache_mib, checkpoint_every). */
IDI_NODISCARD idi_status idi_recipe_require_same(const idi_recipe *before, const idi_recipe *now);

/* People of one part of a batch. Parts know nothing of each other: a loss over the whole batch is
 * the mean of theirs, and who exchanges identities does so within a part. */
int64_t idi_recipe_part(const idi_recipe *recipe);

/* Whether a generator's images are seen in views. */
bool idi_recipe_has_views(const idi_recipe *recipe);

/* How many of a generator's part get somebody else's identity: the last ones. */
int64_t idi_recipe_swapped(const idi_recipe *recipe);

/* How many of a recogniser's part are made into attacks. */
int64_t idi_recipe_attacked(const idi_recipe *recipe);

/* How `ranks` processes share a batch, each its parts, equally many. A recipe of one part gets one
 * for each of them, and is another recipe then. Errors: ARG (a batch or parts that cannot be
 * shared; a recogniser whose parts are not one a process). */
IDI_NODISCARD idi_status idi_recipe_divide(idi_recipe *recipe, int ranks);

/* recipe_check.c: what the table of members cannot say. */
IDI_NODISCARD idi_status idi_recipe_check(const idi_recipe *recipe);

#endif
