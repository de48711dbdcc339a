/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_choice.c - which photographs of a folder are wanted: a range of image numbers, and a
 * range of the people that occur in it. */
#include "data/dataset_source.h"

/* Numbers the people that occur from 0, in the order of their numbers so far. */
static idi_status number_people(idi_memory *memory, idi_photo_list *list, int64_t *people_out)
{
    int64_t most = -1, people = 0;
    int64_t *fresh;
    for (int64_t i = 0; i < list->count; i++)
        if (list->photos[i].identity > most) most = list->photos[i].identity;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)(most + 1), sizeof *fresh, &fresh));
    for (int64_t i = 0; i < list->count; i++)
        fresh[list->photos[i].identity] = 1;
    for (int64_t p = 0; p <= most; p++)
        fresh[p] = fresh[p] ? people++ : -1;
    for (int64_t i = 0; i < list->count; i++)
        list->photos[i].identity = fresh[list->photos[i].identity];
    idi_free(memory, fresh);
    *people_out = people;
    return IDI_OK;
}

static bool is_in(int64_t value, int64_t first, int64_t count)
{
    return value >= first && (count == 0 || value - first < count);
}

static idi_status keep_people(idi_memory *memory, idi_photo_list *list,
                              const idi_disk_choice *choice, const char *folder, bool *is_kept)
{
    int64_t people = 0;
    const int64_t first = choice->first_person, wanted = choice->people ? choice->people : 1;
    IDI_TRY(number_people(memory, list, &people));
    IDI_REQUIRE(first <= people && wanted <= people - first, IDI_ERR_ARG,
                "%s: %lld people from number %lld are wanted, but %lld occur", folder,
                (long long)wanted, (long long)first, (long long)people);
    for (int64_t i = 0; i < list->count; i++) {
        is_kept[i] = is_in(list->photos[i].identity, first, choice->people);
        list->photos[i].identity -= first;
    }
    idi_photo_list_keep(memory, list, is_kept);
    return IDI_OK;
}

static idi_status keep_images(idi_memory *memory, idi_photo_list *list,
                              const idi_disk_choice *choice, const char *folder, bool *is_kept)
{
    for (int64_t i = 0; i < list->count; i++) {
        IDI_REQUIRE(list->photos[i].number >= 0, IDI_ERR_ARG,
                    "%s/%s: its name is no image number, and a range of numbers is asked for",
                    folder, list->photos[i].name);
        is_kept[i] = is_in(list->photos[i].number, choice->first_image, choice->images);
    }
    const int64_t before = list->count;
    idi_photo_list_keep(memory, list, is_kept);
    IDI_REQUIRE(list->count > 0, IDI_ERR_ARG, "%s: none of %lld pictures has a number from %lld on",
                folder, (long long)before, (long long)choice->first_image);
    return IDI_OK;
}

static idi_status check_choice(const idi_disk_choice *choice)
{
    IDI_REQUIRE(choice->first_image >= 0 && choice->images >= 0 && choice->first_person >= 0 &&
                    choice->people >= 0,
                IDI_ERR_ARG, "a choice of images or people has negative numbers");
    IDI_REQUIRE(choice->identities || (choice->first_person == 0 && choice->people == 0),
                IDI_ERR_ARG, "people are chosen, but no identity list is given");
    IDI_REQUIRE(!choice->identities || choice->mapping, IDI_ERR_ARG,
                "%s: of no use without CelebA-HQ-to-CelebA-mapping.txt", choice->identities);
    return IDI_OK;
}

idi_status idi_photo_list_choose(idi_memory *memory, idi_photo_list *list,
                                 const idi_disk_choice *choice, const char *folder)
{
    idi_status st = IDI_OK;
    bool *is_kept;
    IDI_TRY(check_choice(choice));
    IDI_REQUIRE(list->count > 0, IDI_ERR_IO, "%s: holds no pictures", folder);
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)list->count * sizeof *is_kept, &is_kept));
    if (choice->first_image || choice->images)
        IDI_TRY_TO(done, keep_images(memory, list, choice, folder, is_kept));
    if (choice->identities) {
        IDI_TRY_TO(done, idi_photo_list_identify(memory, list, choice, folder));
        IDI_TRY_TO(done, keep_people(memory, list, choice, folder, is_kept));
    }
done:
    idi_free(memory, is_kept);
    return st;
}
