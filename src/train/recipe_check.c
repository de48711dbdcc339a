/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipe_check.c - a recipe's members against each other. */
#include "train/recipe.h"

static int64_t count_of(const int64_t range[2])
{
    return range[1] - range[0] + 1;
}

static idi_status require_text(const char *text, const char *name, const char *source)
{
    IDI_REQUIRE(text[0], IDI_ERR_ARG, "recipe: data.%s is missing, which source %s needs", name,
                source);
    return IDI_OK;
}

static idi_status check_source(const idi_recipe *r)
{
    if (r->data.source == IDI_DATA_PORTRAITS) {
        IDI_REQUIRE(r->data.size >= IDI_PORTRAIT_MIN_SIZE && r->data.size <= IDI_PORTRAIT_MAX_SIZE,
                    IDI_ERR_ARG, "recipe: data.size is %lld, want %d to %d for portraits",
                    (long long)r->data.size, (int)IDI_PORTRAIT_MIN_SIZE,
                    (int)IDI_PORTRAIT_MAX_SIZE);
        IDI_REQUIRE(r->batch.photos <= r->data.photos, IDI_ERR_ARG,
                    "recipe: batch.photos is %lld, but a person has %lld photos",
                    (long long)r->batch.photos, (long long)r->data.photos);
        return IDI_OK;
    }
    IDI_TRY(require_text(r->data.identities, "identities", "celebamask or paired"));
    if (r->data.source == IDI_DATA_CELEBAMASK)
        return require_text(r->data.root, "root", "celebamask");
    IDI_TRY(require_text(r->data.images, "images", "paired"));
    IDI_TRY(require_text(r->data.mapping, "mapping", "paired"));
    return require_text(r->data.labels, "labels", "paired");
}

static idi_status check_people(const idi_recipe *r)
{
    const int64_t *trained = r->data.people;
    const int64_t *held_out = r->validation.people;
    IDI_REQUIRE(count_of(trained) >= 2, IDI_ERR_ARG,
                "recipe: data.people is one person, want two or more");
    IDI_REQUIRE(r->batch.people <= count_of(trained), IDI_ERR_ARG,
                "recipe: batch.people is %lld, but data.people has %lld",
                (long long)r->batch.people, (long long)count_of(trained));
    IDI_REQUIRE(r->batch.people % r->batch.parts == 0, IDI_ERR_ARG,
                "recipe: batch.parts is %lld, which does not divide batch.people, %lld",
                (long long)r->batch.parts, (long long)r->batch.people);
    if (!r->validation.every) return IDI_OK;
    IDI_REQUIRE(count_of(held_out) >= 4, IDI_ERR_ARG,
                "recipe: validation.people has %lld, want 4 or more",
                (long long)count_of(held_out));
    IDI_REQUIRE(
        held_out[0] > trained[1] || held_out[1] < trained[0], IDI_ERR_ARG,
        "recipe: validation.people [%lld, %lld] and data.people [%lld, %lld] have people in "
        "common",
        (long long)held_out[0], (long long)held_out[1], (long long)trained[0],
        (long long)trained[1]);
    return IDI_OK;
}

static idi_status check_course(const idi_recipe *r)
{
    IDI_REQUIRE(r->optimiser.rate > 0.0, IDI_ERR_ARG, "recipe: optimiser.rate is 0, want above 0");
    IDI_REQUIRE(
        r->optimiser.decay_after < r->steps, IDI_ERR_ARG,
        "recipe: optimiser.decay_after is %lld, want less than the %lld steps; -1: it never "
        "falls",
        (long long)r->optimiser.decay_after, (long long)r->steps);
    return IDI_OK;
}

static idi_status check_attacks(const idi_recipe *r)
{
    if (r->attacks.share <= 0.0) return IDI_OK;
    IDI_REQUIRE(r->attacks.generator[0], IDI_ERR_ARG,
                "recipe: attacks.generator is missing, which attacks.share needs");
    IDI_REQUIRE(r->attacks.recogniser[0], IDI_ERR_ARG,
                "recipe: attacks.recogniser is missing, which attacks.share needs");
    IDI_REQUIRE(idi_recipe_part(r) >= 2, IDI_ERR_ARG,
                "recipe: batch.people is one person%s, want two or more: attacks.share needs "
                "somebody else's identity",
                r->batch.parts > 1 ? " of each part" : "");
    IDI_REQUIRE(idi_recipe_attacked(r) > 0, IDI_ERR_ARG,
                "recipe: attacks.share is %g, which is no face of %lld", r->attacks.share,
                (long long)(idi_recipe_part(r) * r->batch.photos));
    return IDI_OK;
}

static idi_status check_recogniser(const idi_recipe *r)
{
    IDI_TRY(check_attacks(r));
    IDI_REQUIRE(
        idi_recipe_part(r) * r->batch.photos >= 2, IDI_ERR_ARG,
        "recipe: batch is one face, want two or more: batch normalisation has no statistics "
        "of one");
    return IDI_OK;
}

static bool has_own(const idi_recipe *r)
{
    return idi_recipe_swapped(r) < idi_recipe_part(r);
}

/* Whether some image is held against something. */
static bool sees_something(const idi_recipe *r)
{
    const bool has_swapped = idi_recipe_swapped(r) > 0;
    const bool has_own_loss =
        r->weights.pixel > 0.0 || r->weights.perceptual > 0.0 || r->weights.vgg > 0.0;
    const bool has_swapped_loss = r->weights.pixel * r->swaps.pixel > 0.0;
    return r->weights.identity > 0.0 || r->weights.adversarial > 0.0 ||
           (has_own(r) && has_own_loss) || (has_swapped && has_swapped_loss);
}

static idi_status check_generator(const idi_recipe *r)
{
    const idi_ca2sis_config *network = &r->network.generator;
    const int64_t swapped = idi_recipe_swapped(r);
    const bool wants_recogniser =
        network->identity_dim > 0 || r->weights.identity > 0.0 || r->weights.perceptual > 0.0;
    IDI_REQUIRE(r->data.size == network->size, IDI_ERR_ARG,
                "recipe: data.size is %lld, but network.size %lld", (long long)r->data.size,
                (long long)network->size);
    IDI_REQUIRE(!wants_recogniser || r->recogniser[0], IDI_ERR_ARG,
                "recipe: recogniser is missing, which the network's identity_dim, loss.identity "
                "or loss.perceptual needs");
    IDI_REQUIRE(!r->surrogates[0][0] || r->weights.identity > 0.0, IDI_ERR_ARG,
                "recipe: surrogates are given, but loss.identity, which they are for, is 0");
    IDI_REQUIRE(!idi_recipe_has_views(r) || r->weights.identity > 0.0, IDI_ERR_ARG,
                "recipe: views are given, but loss.identity, which they are for, is 0");
    IDI_REQUIRE(r->vgg[0] || r->weights.vgg <= 0.0, IDI_ERR_ARG,
                "recipe: vgg is missing, which loss.vgg needs");
    IDI_REQUIRE(!r->vgg[0] || r->weights.vgg > 0.0, IDI_ERR_ARG,
                "recipe: vgg is given, but loss.vgg, which it is for, is 0");
    IDI_REQUIRE(network->noise_dim == 0, IDI_ERR_ARG,
                "recipe: network.noise_dim is %lld, want 0: the noise encoder is not trained",
                (long long)network->noise_dim);
    IDI_REQUIRE(sees_something(r), IDI_ERR_ARG,
                "recipe: all losses of what is seen have the weight 0, or no faces");
    IDI_REQUIRE(has_own(r) || r->weights.vgg <= 0.0, IDI_ERR_ARG,
                "recipe: loss.vgg is given, but swaps.share leaves no images with their own "
                "identity, which it is of");
    IDI_REQUIRE(
        swapped > 0 || r->weights.cycle <= 0.0, IDI_ERR_ARG,
        "recipe: loss.cycle is given, but swaps.share, whose images it is of, is %g of %lld "
        "people",
        r->swaps.share, (long long)idi_recipe_part(r));
    IDI_REQUIRE(swapped == 0 || network->identity_dim > 0, IDI_ERR_ARG,
                "recipe: swaps.share is %g, but the network takes no identity", r->swaps.share);
    IDI_REQUIRE(
        swapped != 1, IDI_ERR_ARG,
        "recipe: swaps.share of batch.people is one person%s, want none, or two or more who "
        "exchange identities",
        r->batch.parts > 1 ? " of each part" : "");
    return IDI_OK;
}

idi_status idi_recipe_divide(idi_recipe *recipe, int ranks)
{
    const int64_t people = recipe->batch.people;
    if (recipe->batch.parts == 1) recipe->batch.parts = ranks;
    const int64_t parts = recipe->batch.parts;
    IDI_REQUIRE(people % ranks == 0 && parts % ranks == 0, IDI_ERR_ARG,
                "recipe: %d processes cannot share batch.people %lld in batch.parts %lld equally",
                ranks, (long long)people, (long long)parts);
    IDI_REQUIRE(idi_arch_is_generator(recipe->network.arch) || parts == ranks, IDI_ERR_ARG,
                "recipe: batch.parts is %lld, want one part a process, %d: a recogniser's batch "
                "normalisation takes its statistics from all faces that a process has",
                (long long)parts, ranks);
    return IDI_OK;
}

int64_t idi_recipe_part(const idi_recipe *recipe)
{
    return recipe->batch.people / recipe->batch.parts;
}

bool idi_recipe_has_views(const idi_recipe *recipe)
{
    const idi_augmentation *a = &recipe->views;
    return idi_augmentation_moves(a) || idi_augmentation_tints(a) || a->noise > 0.0;
}

int64_t idi_recipe_swapped(const idi_recipe *recipe)
{
    return (int64_t)(recipe->swaps.share * (double)idi_recipe_part(recipe) + 0.5);
}

int64_t idi_recipe_attacked(const idi_recipe *recipe)
{
    const int64_t faces = idi_recipe_part(recipe) * recipe->batch.photos;
    return (int64_t)(recipe->attacks.share * (double)faces + 0.5);
}

idi_status idi_recipe_check(const idi_recipe *recipe)
{
    IDI_REQUIRE(recipe->network.arch != IDI_ARCH_FACENET, IDI_ERR_ARG,
                "recipe: network.arch is facenet, which can be used, but not trained; want iresnet "
                "or mobilefacenet");
    IDI_REQUIRE(
        !idi_arch_is_generator(recipe->network.arch) || idi_arch_is_ca2sis(recipe->network.arch),
        IDI_ERR_ARG,
        "recipe: network.arch is %s, which can be used, but not trained; want ca2sis or ca2sis-id",
        idi_arch_name(recipe->network.arch));
    IDI_TRY(check_source(recipe));
    IDI_TRY(check_people(recipe));
    IDI_TRY(idi_arch_is_generator(recipe->network.arch) ? check_generator(recipe)
                                                        : check_recogniser(recipe));
    return check_course(recipe);
}
