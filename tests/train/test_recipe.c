/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_recipe.c - recipes: defaults, there and back, what is refused and by what name,
 * and which ones may go on from each other. */
#include "support/random.h"
#include "train/recipe.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OK(call)    cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())
#define NETWORK     "\"network\": {\"arch\": \"iresnet\", \"input_side\": 32}"
#define WITH(extra) "{" NETWORK ", " extra "}"

static idi_recipe parsed(const char *text)
{
    idi_recipe recipe;
    OK(idi_recipe_parse(text, strlen(text), &recipe));
    return recipe;
}

static void refused(idi_status status, const char *words, const char *text)
{
    idi_recipe recipe;
    const idi_status st = idi_recipe_parse(text, strlen(text), &recipe);
    cr_expect_eq(st, status, "%s: %s, %s", text, idi_status_name(st), idi_last_error());
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
}

Test(recipe, what_is_left_out_has_its_default)
{
    const idi_recipe r = parsed("{" NETWORK "}");
    cr_expect_eq(r.network.recogniser.input_side, 32);
    cr_expect_eq(r.network.recogniser.embedding_dim, 512);
    cr_expect_eq(r.data.source, IDI_DATA_PORTRAITS);
    cr_expect_eq(r.data.people[1], 699);
    cr_expect_eq(r.loss.kind, IDI_MARGIN_COSFACE);
    cr_expect_eq(r.optimiser.rate, 0.001);
    cr_expect_eq(r.steps, 1000);
    cr_expect_eq(r.validation.every, 0);
    cr_expect_eq(r.augmentation.shift, 0.0);
}

Test(recipe, members_arrive_where_they_belong)
{
    const idi_recipe r = parsed(
        WITH("\"data\": {\"source\": \"paired\", \"images\": \"a\", \"labels\": \"b\", "
             "\"identities\": \"c\", \"mapping\": \"d\", \"people\": [5, 9]}, \"steps\": 7, "
             "\"batch\": {\"people\": 2, \"photos\": 3}, \"optimiser\": {\"decay_after\": -1}, "
             "\"loss\": {\"kind\": \"combined\", \"additive\": 1, \"ramp\": [2, 4]}, "
             "\"augmentation\": {\"flips\": true, \"grey\": 0.5}, \"model\": {\"storage\": "
             "\"f32\"}"));
    cr_expect_eq(r.data.source, IDI_DATA_PAIRED);
    cr_expect_str_eq(r.data.mapping, "d");
    cr_expect_eq(r.data.people[0], 5);
    cr_expect_eq(r.batch.photos, 3);
    cr_expect_eq(r.loss.kind, IDI_MARGIN_COMBINED);
    cr_expect_eq(r.loss.additive, 1.0);
    cr_expect_eq(r.loss.ramp[1], 4);
    cr_expect(r.has_flips);
    cr_expect_eq(r.augmentation.grey, 0.5);
    cr_expect_eq(r.model.storage, 1);
}

Test(recipe, members_of_the_other_kind_are_unknown)
{
    refused(IDI_ERR_FORMAT, "unknown member 'swaps' (of network iresnet)",
            WITH("\"swaps\": {\"share\": 0.5}"));
    refused(IDI_ERR_FORMAT, "unknown member 'loss.pixel' (of network iresnet)",
            WITH("\"loss\": {\"pixel\": 1}"));
    refused(IDI_ERR_FORMAT, "unknown member 'loss.margin' (of network ca2sis-id)",
            "{\"network\": {\"arch\": \"ca2sis-id\"}, \"loss\": {\"margin\": 1}}");
}

#define GENERATOR                                                                                  \
    "\"network\": {\"arch\": \"ca2sis-id\", \"size\": 64, \"noise_dim\": 0}, "                     \
    "\"recogniser\": \"r\", \"data\": {\"size\": 64}"
#define GENERATOR_WITH(extra) "{" GENERATOR ", " extra "}"

Test(recipe, surrogates_are_a_list)
{
    idi_memory *memory = idi_test_memory();
    char *text;
    const idi_recipe none = parsed("{" GENERATOR "}");
    const idi_recipe two = parsed(GENERATOR_WITH("\"surrogates\": [\"a\", \"b c\"]"));
    cr_expect_str_eq(none.surrogates[0], "");
    cr_expect_str_eq(two.surrogates[0], "a");
    cr_expect_str_eq(two.surrogates[1], "b c");
    cr_expect_str_eq(two.surrogates[2], "");
    OK(idi_recipe_format(memory, &two, &text));
    const idi_recipe back = parsed(text);
    OK(idi_recipe_require_same(&two, &back));
    cr_expect_eq(idi_recipe_require_same(&none, &two), IDI_ERR_STATE);
    cr_expect(strstr(idi_last_error(), "surrogates is [] there and [\"a\", \"b c\"]"), "%s",
              idi_last_error());
    idi_free(memory, text);
    idi_test_memory_close(&memory);
}

Test(recipe, surrogates_that_are_none_are_refused)
{
    refused(IDI_ERR_FORMAT, "unknown member 'surrogates' (of network iresnet)",
            WITH("\"surrogates\": []"));
    refused(IDI_ERR_FORMAT, "surrogates is not a list of texts",
            GENERATOR_WITH("\"surrogates\": \"a\""));
    refused(IDI_ERR_FORMAT, "surrogates is not a text", GENERATOR_WITH("\"surrogates\": [1]"));
    refused(IDI_ERR_ARG, "surrogates has an empty text",
            GENERATOR_WITH("\"surrogates\": [\"a\", \"\"]"));
    refused(IDI_ERR_ARG, "surrogates has 5 members, want at most 4",
            GENERATOR_WITH("\"surrogates\": [\"a\", \"b\", \"c\", \"d\", \"e\"]"));
    refused(IDI_ERR_ARG, "surrogates are given, but loss.identity, which they are for, is 0",
            GENERATOR_WITH("\"surrogates\": [\"a\"], \"loss\": {\"identity\": 0}"));
}

Test(recipe, a_vgg_has_a_purpose)
{
    const idi_recipe r = parsed(GENERATOR_WITH("\"vgg\": \"v\", \"loss\": {\"vgg\": 10}"));
    cr_expect_str_eq(r.vgg, "v");
    cr_expect_eq(r.weights.vgg, 10.0);
    refused(IDI_ERR_ARG, "vgg is missing, which loss.vgg needs",
            GENERATOR_WITH("\"loss\": {\"vgg\": 10}"));
    refused(IDI_ERR_ARG, "vgg is given, but loss.vgg, which it is for, is 0",
            GENERATOR_WITH("\"vgg\": \"v\""));
    refused(IDI_ERR_FORMAT, "unknown member 'vgg' (of network iresnet)", WITH("\"vgg\": \"v\""));
}

Test(recipe, views_have_ranges_and_a_purpose)
{
    const idi_recipe none = parsed("{" GENERATOR "}");
    const idi_recipe grey = parsed(GENERATOR_WITH("\"views\": {\"grey\": 0.25}"));
    cr_expect_not(idi_recipe_has_views(&none));
    cr_expect(idi_recipe_has_views(&grey));
    cr_expect_eq(grey.views.grey, 0.25);
    refused(IDI_ERR_FORMAT, "unknown member 'views' (of network iresnet)",
            WITH("\"views\": {\"grey\": 0.25}"));
    refused(IDI_ERR_FORMAT, "unknown member 'views.flips'",
            GENERATOR_WITH("\"views\": {\"flips\": true}"));
    refused(IDI_ERR_ARG, "views.zoom is 0.6, want 0 to 0.5",
            GENERATOR_WITH("\"views\": {\"zoom\": 0.6}"));
    refused(IDI_ERR_ARG, "views are given, but loss.identity, which they are for, is 0",
            GENERATOR_WITH("\"views\": {\"noise\": 0.1}, \"loss\": {\"identity\": 0}"));
}

#define ATTACKS "\"generator\": \"g\", \"recogniser\": \"r\""

Test(recipe, attacks_have_a_share_and_a_strength)
{
    idi_memory *memory = idi_test_memory();
    char *text;
    const idi_recipe none = parsed("{" NETWORK "}");
    const idi_recipe some =
        parsed(WITH("\"batch\": {\"people\": 5, \"photos\": 3}, \"attacks\": {" ATTACKS
                    ", \"share\": 0.3, \"strength\": [0.25, 1.5]}"));
    cr_expect_eq(idi_recipe_attacked(&none), 0);
    cr_expect_eq(none.attacks.strength[0], 0.5);
    cr_expect_eq(none.attacks.strength[1], 1.0);
    cr_expect_eq(idi_recipe_attacked(&some), 5); /* 4.5 of 15 */
    cr_expect_str_eq(some.attacks.generator, "g");
    cr_expect_str_eq(some.attacks.recogniser, "r");
    OK(idi_recipe_format(memory, &some, &text));
    const idi_recipe back = parsed(text);
    cr_expect_eq(back.attacks.strength[0], 0.25);
    cr_expect_eq(back.attacks.strength[1], 1.5);
    OK(idi_recipe_require_same(&some, &back));
    idi_free(memory, text);
    idi_test_memory_close(&memory);
}

Test(recipe, attacks_that_are_none_are_refused)
{
    refused(IDI_ERR_FORMAT, "unknown member 'attacks' (of network ca2sis-id)",
            GENERATOR_WITH("\"attacks\": {\"share\": 0.5}"));
    refused(IDI_ERR_ARG, "attacks.generator is missing",
            WITH("\"attacks\": {\"share\": 0.5, \"recogniser\": \"r\"}"));
    refused(IDI_ERR_ARG, "attacks.recogniser is missing",
            WITH("\"attacks\": {\"share\": 0.5, \"generator\": \"g\"}"));
    refused(IDI_ERR_ARG, "attacks.share is 1.5, want 0 to 1",
            WITH("\"attacks\": {\"share\": 1.5}"));
    refused(IDI_ERR_ARG, "attacks.share is 0.004, which is no face of 64",
            WITH("\"attacks\": {" ATTACKS ", \"share\": 0.004}"));
    refused(IDI_ERR_ARG, "batch.people is one person, want two or more: attacks.share",
            WITH("\"attacks\": {" ATTACKS ", \"share\": 0.5}, \"batch\": {\"people\": 1, "
                 "\"photos\": 4}"));
    refused(IDI_ERR_FORMAT, "attacks.strength is not [lowest, highest], two numbers",
            WITH("\"attacks\": {\"strength\": 0.5}"));
    refused(IDI_ERR_FORMAT, "attacks.strength is not a number",
            WITH("\"attacks\": {\"strength\": [0, \"1\"]}"));
    refused(IDI_ERR_ARG, "attacks.strength is [0.75, 0.5], want the smaller first",
            WITH("\"attacks\": {\"strength\": [0.75, 0.5]}"));
    refused(IDI_ERR_ARG, "attacks.strength is 3, want 0 to 2",
            WITH("\"attacks\": {\"strength\": [0, 3]}"));
}

Test(recipe, there_and_back_is_the_same_text)
{
    idi_memory *memory = idi_test_memory();
    char *text;
    char *again;
    idi_recipe r = parsed(WITH("\"seed\": 77, \"optimiser\": {\"rate\": 0.1234567890123456789}, "
                               "\"data\": {\"root\": \"\\u00e4 \\\"b\\\"\", \"size\": 96}"));
    OK(idi_recipe_format(memory, &r, &text));
    const idi_recipe back = parsed(text);
    cr_expect_eq(back.optimiser.rate, 0.1234567890123456789);
    cr_expect_str_eq(back.data.root, r.data.root);
    OK(idi_recipe_require_same(&r, &back));
    OK(idi_recipe_format(memory, &back, &again));
    cr_expect_str_eq(text, again);
    idi_free(memory, again);
    idi_free(memory, text);
    idi_test_memory_close(&memory);
}

Test(recipe, those_that_come_along_are_recipes)
{
    idi_memory *memory = idi_test_memory();
    idi_recipe r;
    OK(idi_recipe_read(memory, IDI_FIXTURES "/../../recipes/iresnet_64.json", &r));
    cr_expect_eq(r.network.arch, IDI_ARCH_IRESNET);
    OK(idi_recipe_read(memory, IDI_FIXTURES "/../../recipes/mobilefacenet_64.json", &r));
    cr_expect_eq(r.network.arch, IDI_ARCH_MOBILEFACENET);
    OK(idi_recipe_read(memory, IDI_FIXTURES "/../../recipes/hardened_64.json", &r));
    cr_expect_eq(r.loss.kind, IDI_MARGIN_ADAFACE);
    OK(idi_recipe_read(memory, IDI_FIXTURES "/../../recipes/generator_64.json", &r));
    cr_expect_eq(r.network.arch, IDI_ARCH_CA2SIS_ID);
    cr_expect_eq(idi_recipe_read(memory, IDI_FIXTURES "/none.json", &r), IDI_ERR_IO);
    idi_test_memory_close(&memory);
}

Test(recipe, what_is_no_recipe_is_refused_by_name)
{
    refused(IDI_ERR_FORMAT, "not valid JSON at line 1", "{");
    refused(IDI_ERR_FORMAT, "not a JSON object", "[]");
    refused(IDI_ERR_FORMAT, "network is missing", "{}");
    refused(IDI_ERR_FORMAT, "network: config: unknown key 'widht'",
            "{\"network\": {\"arch\": \"iresnet\", \"widht\": 2}}");
    refused(IDI_ERR_ARG, "network.arch is spade, which can be used, but not trained",
            "{\"network\": {\"arch\": \"spade\"}}");
    refused(IDI_ERR_ARG, "network.arch is facenet, which can be used, but not trained",
            "{\"network\": {\"arch\": \"facenet\"}}");
    refused(IDI_ERR_FORMAT, "unknown member 'stepps'", WITH("\"stepps\": 1"));
    refused(IDI_ERR_FORMAT, "unknown member ''", WITH("\"\": 1"));
    refused(IDI_ERR_FORMAT, "unknown member 'loss.marign'", WITH("\"loss\": {\"marign\": 1}"));
    refused(IDI_ERR_FORMAT, "loss is not an object", WITH("\"loss\": 3"));
    refused(IDI_ERR_FORMAT, "steps is not a whole number", WITH("\"steps\": 1.5"));
    refused(IDI_ERR_FORMAT, "optimiser.rate is not a number",
            WITH("\"optimiser\": {\"rate\": \"1\"}"));
    refused(IDI_ERR_FORMAT, "augmentation.flips is not true or false",
            WITH("\"augmentation\": {\"flips\": 1}"));
    refused(IDI_ERR_FORMAT, "data.root is not a text", WITH("\"data\": {\"root\": 1}"));
    refused(IDI_ERR_FORMAT, "data.people is not [first, last]", WITH("\"data\": {\"people\": 9}"));
    refused(IDI_ERR_FORMAT, "loss.kind is not one of the words arcface|cosface",
            WITH("\"loss\": {\"kind\": \"sphereface\"}"));
}

Test(recipe, what_cannot_be_trained_is_refused)
{
    refused(IDI_ERR_ARG, "steps is 0, want 1 to", WITH("\"steps\": 0"));
    refused(IDI_ERR_ARG, "optimiser.beta1 is 1, want 0 to", WITH("\"optimiser\": {\"beta1\": 1}"));
    refused(IDI_ERR_ARG, "want the smaller first", WITH("\"data\": {\"people\": [9, 2]}"));
    refused(IDI_ERR_ARG, "batch.parts is 5, which does not divide batch.people, 64",
            "{\"network\": {\"arch\": \"ca2sis\"}, \"batch\": {\"parts\": 5}}");
    refused(IDI_ERR_ARG, "batch.people is 64, but data.people has 5",
            WITH("\"data\": {\"people\": [0, 4]}"));
    refused(IDI_ERR_ARG, "batch.photos is 17, but a person has 16",
            WITH("\"batch\": {\"photos\": 17}"));
    refused(IDI_ERR_ARG, "batch is one face", WITH("\"batch\": {\"people\": 1}"));
    refused(IDI_ERR_ARG, "have people in common",
            WITH("\"validation\": {\"every\": 1, \"people\": [699, 800]}"));
    refused(IDI_ERR_ARG, "validation.people has 3, want 4",
            WITH("\"validation\": {\"every\": 1, \"people\": [700, 702]}"));
    refused(IDI_ERR_ARG, "decay_after is 1000, want less",
            WITH("\"optimiser\": {\"decay_after\": 1000}"));
    refused(IDI_ERR_ARG, "data.size is 2000, want 32 to 1024", WITH("\"data\": {\"size\": 2000}"));
    refused(IDI_ERR_ARG, "data.identities is missing",
            WITH("\"data\": {\"source\": \"celebamask\"}"));
    refused(IDI_ERR_ARG, "data.root is missing",
            WITH("\"data\": {\"source\": \"celebamask\", \"identities\": \"x\"}"));
    refused(IDI_ERR_ARG, "data.images is missing",
            WITH("\"data\": {\"source\": \"paired\", \"identities\": \"x\"}"));
}

static void other(const char *words, const char *before, const char *now)
{
    const idi_recipe a = parsed(before);
    const idi_recipe b = parsed(now);
    cr_expect_eq(idi_recipe_require_same(&a, &b), IDI_ERR_STATE);
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
}

Test(recipe, goes_on_only_as_the_same)
{
    const idi_recipe plain = parsed("{" NETWORK "}");
    const idi_recipe busy =
        parsed(WITH("\"workers\": 3, \"checkpoint_every\": 7, \"data\": {\"cache_mib\": 0}"));
    OK(idi_recipe_require_same(&plain, &busy));
    other("optimiser.rate is 0.001 there and 0.002", "{" NETWORK "}",
          WITH("\"optimiser\": {\"rate\": 0.002}"));
    other("steps is 9 there and 8", WITH("\"steps\": 9"), WITH("\"steps\": 8"));
    other("loss.kind is \"cosface\" there and \"arcface\"", "{" NETWORK "}",
          WITH("\"loss\": {\"kind\": \"arcface\"}"));
    other("the network is another one", "{" NETWORK "}",
          "{\"network\": {\"arch\": \"iresnet\", \"input_side\": 48}}");
}

/* --- ranks ------------------------------------------------------------------------------------ */

static void cannot_share(const char *words, idi_recipe recipe, int ranks)
{
    cr_expect_eq(idi_recipe_divide(&recipe, ranks), IDI_ERR_ARG, "wanted: %s", words);
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
}

Test(recipe, a_batch_is_shared_by_its_parts)
{
    idi_recipe r = parsed(WITH("\"batch\": {\"people\": 12}"));
    OK(idi_recipe_divide(&r, 1));
    cr_expect_eq(r.batch.parts, 1);
    OK(idi_recipe_divide(&r, 3));
    cr_expect_eq(r.batch.parts, 3);
    cr_expect_eq(idi_recipe_part(&r), 4);
    cannot_share("batch.parts is 3, want one part a process, 1: a recogniser's", r, 1);
    r = parsed("{\"network\": {\"arch\": \"ca2sis\", \"noise_dim\": 0}, \"batch\": {\"people\": "
               "12, \"parts\": 4}, "
               "\"data\": {\"size\": 256}, \"swaps\": {\"share\": 0}, "
               "\"loss\": {\"perceptual\": 0, \"identity\": 0}}");
    OK(idi_recipe_divide(&r, 2));
    cr_expect_eq(r.batch.parts, 4);
    cannot_share("3 processes cannot share batch.people 12 in batch.parts 4", r, 3);
    r.batch.parts = 1;
    cannot_share("5 processes cannot share batch.people 12", r, 5);
}
