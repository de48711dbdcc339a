/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_folder.c - the pictures of a folder, in an order that does not depend on the file
 * system. */
#include "data/dataset_source.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_NUMBER_DIGITS = 9 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t stem_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

/* The number that the name is, without its extension; -1 if it is something else. */
static int64_t number_of(const char *name)
{
    const size_t length = stem_length(name);
    int64_t number = 0;
    if (length == 0 || length > MAX_NUMBER_DIGITS) return -1;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(name[i])) return -1;
        number = number * 10 + (name[i] - '0');
    }
    return number;
}

typedef struct text {
    const char *at, *end;
} text;

static text stem_of(const idi_photo *photo)
{
    return (text){photo->name, photo->name + stem_length(photo->name)};
}

/* The digits at the front, without leading zeros. */
static text cut_number(text *from)
{
    while (from->at < from->end && *from->at == '0')
        from->at++;
    text number = {from->at, from->at};
    while (number.end < from->end && is_digit(*number.end))
        number.end++;
    from->at = number.end;
    return number;
}

static int sign_of(int64_t difference)
{
    return (difference > 0) - (difference < 0);
}

static int compare_numbers(text a, text b)
{
    const int64_t length = a.end - a.at, other = b.end - b.at;
    if (length != other) return sign_of(length - other);
    return memcmp(a.at, b.at, (size_t)length);
}

static int compare_naturally(text a, text b)
{
    while (a.at < a.end && b.at < b.end) {
        int order;
        if (is_digit(*a.at) && is_digit(*b.at)) {
            const text number = cut_number(&a);
            order = compare_numbers(number, cut_number(&b));
        } else {
            order = (unsigned char)*a.at++ - (unsigned char)*b.at++;
        }
        if (order) return order;
    }
    return sign_of((a.end - a.at) - (b.end - b.at));
}

int idi_photo_compare(const idi_photo *a, const idi_photo *b)
{
    const text stem = stem_of(a), other = stem_of(b);
    const int order = compare_naturally(stem, other);
    if (order) return order;
    /* 01 and 1 are the same number and other names. */
    const int64_t length = stem.end - stem.at, longer = (other.end - other.at) - length;
    return longer ? sign_of(-longer) : memcmp(stem.at, other.at, (size_t)length);
}

static int compare_for_sort(const void *a, const void *b)
{
    const idi_photo *photo = a, *other = b;
    const int order = idi_photo_compare(photo, other);
    return order ? order : strcmp(photo->name, other->name);
}

static bool ends_in(const char *name, const char *const *extensions)
{
    for (; *extensions; extensions++)
        if (strcasecmp(name + stem_length(name), *extensions) == 0) return true;
    return false;
}

static idi_status append(idi_memory *memory, idi_photo_list *list, const char *name)
{
    IDI_TRY(idi_grow(memory, IDI_TAG_GENERAL, &list->photos, &list->capacity, list->count + 1,
                     sizeof *list->photos));
    idi_photo photo = {NULL, number_of(name), -1};
    IDI_TRY(idi_strdup(memory, name, &photo.name));
    list->photos[list->count++] = photo;
    return IDI_OK;
}

static idi_status unreadable(const char *folder, const char *what, int error)
{
    char reason[128];
    if (strerror_r(error, reason, sizeof reason) != 0) reason[0] = '\0';
    return idi_fail(IDI_ERR_IO, "%s: cannot be %s: %s", folder, what, reason);
}

static idi_status read_names(idi_memory *memory, DIR *opened, const char *folder,
                             const char *const *extensions, idi_photo_list *list)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(opened);
        if (!entry) break;
        if (entry->d_name[0] != '.' && ends_in(entry->d_name, extensions))
            IDI_TRY(append(memory, list, entry->d_name));
    }
    return errno == 0 ? IDI_OK : unreadable(folder, "read as a folder", errno);
}

idi_status idi_photo_list_read(idi_memory *memory, const char *folder,
                               const char *const *extensions, idi_photo_list *list_out)
{
    *list_out = (idi_photo_list){0};
    DIR *opened = opendir(folder);
    if (!opened) return unreadable(folder, "opened as a folder", errno);
    const idi_status st = read_names(memory, opened, folder, extensions, list_out);
    (void)closedir(opened);
    if (st != IDI_OK)
        idi_photo_list_free(memory, list_out);
    else if (list_out->count > 0)
        qsort(list_out->photos, (size_t)list_out->count, sizeof *list_out->photos,
              compare_for_sort);
    return st;
}

void idi_photo_list_free(idi_memory *memory, idi_photo_list *list)
{
    for (int64_t i = 0; i < list->count; i++)
        idi_free(memory, list->photos[i].name);
    idi_free(memory, list->photos);
    *list = (idi_photo_list){0};
}

void idi_photo_list_keep(idi_memory *memory, idi_photo_list *list, const bool *is_kept)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < list->count; i++) {
        if (is_kept[i])
            list->photos[kept++] = list->photos[i];
        else
            idi_free(memory, list->photos[i].name);
    }
    list->count = kept;
}
