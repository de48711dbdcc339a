/* SPDX-License-Identifier: Apache-2.0 */
/* Pinned pair lists: who meets whom, and that a seed gives them again. */
#include "eval/pairs.h"
#include "expect.h"

enum { PEOPLE = 23, PHOTOS = 120 };

static idi_memory *memory;
static int64_t person[PHOTOS];

/* People of odd numbers, the last two with one photograph. */
static void open_people(void)
{
    memory = idi_test_memory();
    for (int i = 0; i < PHOTOS; i++) {
        const int64_t drawn = (int64_t)(fresh(1, i) * (PEOPLE - 2));
        person[i] = (i < PEOPLE ? i : drawn) * 1000003 - 7;
    }
}

static void close_people(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(pairs, .init = open_people, .fini = close_people);

static idi_pairs_options options_of(int64_t genuine, int64_t impostor, int64_t attack)
{
    idi_pairs_options options;
    idi_pairs_init(&options);
    options.seed = test_seed();
    options.genuine = genuine;
    options.impostor = impostor;
    options.attack = attack;
    return options;
}

/* In ascending order, which also shows that no pair comes twice. */
static void check_order(const idi_photo_pair *pairs, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        expect_true(pairs[i].first >= 0 && pairs[i].first < pairs[i].second &&
                    pairs[i].second < PHOTOS);
        if (i == 0) continue;
        expect_true(pairs[i].first > pairs[i - 1].first || (pairs[i].first == pairs[i - 1].first &&
                                                            pairs[i].second > pairs[i - 1].second));
    }
}

Test(pairs, nobody_is_on_both_sides)
{
    idi_pairs p;
    const idi_pairs_options options = options_of(0, 0, 12);
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &p));
    check_order(p.genuine, p.genuine_count);
    check_order(p.impostor, p.impostor_count);
    for (int64_t k = 0; k < p.impostor_count; k++) {
        const int64_t a = person[p.impostor[k].first], b = person[p.impostor[k].second];
        expect_true(a != b);
        for (int64_t i = 0; i < p.genuine_count; i++)
            expect_true(person[p.genuine[i].first] != a && person[p.genuine[i].first] != b);
        for (int64_t i = 0; i < p.attack_count; i++)
            expect_true(person[p.attack[i].image] != a && person[p.attack[i].image] != b &&
                        person[p.attack[i].token] != a && person[p.attack[i].token] != b);
    }
    for (int64_t i = 0; i < p.genuine_count; i++)
        expect_true(person[p.genuine[i].first] == person[p.genuine[i].second]);
    expect_true(p.genuine_count > 0 && p.impostor_count > 0 && p.attack_count == 12);
    idi_pairs_free(memory, &p);
}

Test(pairs, an_attack_is_judged_by_photographs_that_it_did_not_use)
{
    idi_pairs p;
    const idi_pairs_options options = options_of(0, 0, 40);
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &p));
    for (int64_t i = 0; i < p.attack_count; i++) {
        const idi_attack_pair *const a = &p.attack[i];
        expect_true(person[a->image] == person[a->image_check] && a->image != a->image_check);
        expect_true(person[a->token] == person[a->token_check] && a->token != a->token_check);
        expect_true(person[a->image] != person[a->token]);
    }
    idi_pairs_free(memory, &p);
}

/* As many attacks as there are: each ordered couple of people once; in each round, each person once
 * in each role. */
Test(pairs, attacks_go_round)
{
    idi_pairs p;
    idi_pairs_options options = options_of(0, 0, 0);
    bool takes_part[PHOTOS] = {false};
    int64_t first_photo[PHOTOS], count = 0;
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &p));
    for (int64_t i = 0; i < p.genuine_count; i++)
        takes_part[p.genuine[i].first] = takes_part[p.genuine[i].second] = true;
    for (int i = 0; i < PHOTOS; i++) {
        bool is_new = takes_part[i];
        for (int k = 0; k < i; k++)
            is_new = is_new && person[k] != person[i];
        if (is_new) first_photo[count++] = i;
    }
    idi_pairs_free(memory, &p);
    options.attack = count * (count - 1);
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &p));
    for (int64_t a = 0; a < count; a++)
        for (int64_t b = 0; b < count; b++) {
            int times = 0;
            for (int64_t i = 0; i < p.attack_count; i++)
                times += person[p.attack[i].image] == person[first_photo[a]] &&
                         person[p.attack[i].token] == person[first_photo[b]];
            expect_true(times == (a != b));
        }
    for (int64_t i = 0; i < p.attack_count; i++)
        for (int64_t k = i + 1; k < p.attack_count && k / count == i / count; k++)
            expect_true(person[p.attack[i].image] != person[p.attack[k].image] &&
                        person[p.attack[i].token] != person[p.attack[k].token]);
    idi_pairs_free(memory, &p);
    options.attack++;
    expect_refused(idi_pairs_create(memory, person, PHOTOS, &options, &p), IDI_ERR_ARG,
                   "attack pairs wanted");
    cr_assert(!p.genuine && !p.impostor && !p.attack);
}

Test(pairs, fewer_are_a_choice_of_all)
{
    idi_pairs all, few;
    idi_pairs_options options = options_of(0, 0, 5);
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &all));
    options.genuine = all.genuine_count / 2;
    options.impostor = all.impostor_count / 3;
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &few));
    expect_true(few.genuine_count == all.genuine_count / 2);
    expect_true(few.impostor_count == all.impostor_count / 3);
    check_order(few.genuine, few.genuine_count);
    check_order(few.impostor, few.impostor_count);
    /* The halves are the same, and so are the attacks. */
    expect_true(memcmp(all.attack, few.attack, 5 * sizeof *all.attack) == 0);
    expect_true(all.hash != few.hash);
    for (int64_t i = 0; i < few.impostor_count; i++) {
        int64_t k = 0;
        while (k < all.impostor_count &&
               memcmp(&few.impostor[i], &all.impostor[k], sizeof *all.impostor))
            k++;
        expect_true(k < all.impostor_count);
    }
    options.impostor = all.impostor_count + 1;
    idi_pairs_free(memory, &all);
    idi_pairs_free(memory, &few);
    expect_refused(idi_pairs_create(memory, person, PHOTOS, &options, &few), IDI_ERR_ARG,
                   "impostor pairs wanted");
    options.impostor = -1;
    expect_refused(idi_pairs_create(memory, person, PHOTOS, &options, &few), IDI_ERR_ARG,
                   "-1 impostor pairs wanted");
}

/* Each candidate is drawn equally often: 3000 draws of 5 of 20, within six standard errors. */
Test(pairs, choices_are_even)
{
    enum { DRAWS = 3000 };
    int64_t six[10] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, hits[10][10] = {{0}}, drawn = 0;
    int64_t people[20];
    for (int i = 0; i < 20; i++)
        people[i] = six[i % 10] + 2 * (i / 10);
    for (int round = 0; round < DRAWS; round++) {
        idi_pairs p;
        idi_pairs_options options = options_of(5, 0, 0);
        options.seed += (uint64_t)round;
        expect_ok(idi_pairs_create(memory, people, 20, &options, &p));
        expect_true(p.genuine_count == 5);
        for (int64_t i = 0; i < 5; i++)
            hits[p.genuine[i].first % 10][p.genuine[i].second % 10]++;
        drawn += 5;
        idi_pairs_free(memory, &p);
    }
    /* Over seeds both people of each half vary too: all 20 kinds of couples are alike. */
    const double wanted = (double)drawn / 20;
    for (int a = 0; a < 10; a++)
        for (int b = a + 1; b < 10; b++)
            if (six[a] == six[b]) expect_near((double)hits[a][b], wanted, 6 * sqrt(wanted));
}

/* --- pinned ----------------------------------------------------------------------------------- */

Test(pairs, a_seed_pins_the_lists)
{
    idi_pairs p, again, other;
    idi_pairs_options options = options_of(10, 50, 20);
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &p));
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &again));
    options.seed++;
    expect_ok(idi_pairs_create(memory, person, PHOTOS, &options, &other));
    expect_true(p.hash == again.hash && p.hash != other.hash);
    expect_true(memcmp(p.impostor, again.impostor, 50 * sizeof *p.impostor) == 0);
    idi_pairs_free(memory, &p);
    idi_pairs_free(memory, &again);
    idi_pairs_free(memory, &other);
}

/* Lists of reports that exist must stay what they were: the hash of one is written down. */
Test(pairs, lists_are_the_same_on_every_platform)
{
    int64_t people[60];
    idi_pairs p;
    idi_pairs_options options = options_of(15, 100, 30);
    options.seed = 2024;
    for (int i = 0; i < 60; i++)
        people[i] = i % 12;
    expect_ok(idi_pairs_create(memory, people, 60, &options, &p));
    cr_assert_eq(p.hash, 0xb5ac5c0b2b68ba0ULL, "the hash is %llx", (unsigned long long)p.hash);
    idi_pairs_free(memory, &p);
}

Test(pairs, what_does_not_fit_is_refused)
{
    const int64_t three[6] = {1, 1, 2, 2, 3, 3};
    idi_pairs p;
    idi_pairs_options options = options_of(0, 0, 0);
    expect_refused(idi_pairs_create(memory, three, 6, &options, &p), IDI_ERR_ARG,
                   "3 people, of whom 2 for calibration");
    expect_refused(idi_pairs_create(memory, three, 0, &options, &p), IDI_ERR_ARG, "0 photographs");
    options.calibration_share = 1.0;
    expect_refused(idi_pairs_create(memory, three, 6, &options, &p), IDI_ERR_ARG, "a share of 1");
    options.calibration_share = NAN;
    expect_refused(idi_pairs_create(memory, three, 6, &options, &p), IDI_ERR_ARG, "a share of");
    options = options_of(0, 0, -1);
    expect_refused(idi_pairs_create(memory, person, PHOTOS, &options, &p), IDI_ERR_ARG,
                   "-1 attack pairs");
}
