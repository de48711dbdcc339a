/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nearest.c - "did you mean": edit distance to the known names. */
#include "options.h"

#include <string.h>

enum { MAX_WORD = 32 };

static int smallest(int a, int b, int c)
{
    const int least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein's distance, one row of the table at a time. */
static int distance(const char *a, const char *b)
{
    int row[MAX_WORD + 1];
    const int width = (int)strlen(b);
    if (strlen(a) > MAX_WORD || width > MAX_WORD) return MAX_WORD;
    for (int j = 0; j <= width; j++)
        row[j] = j;
    for (int i = 0; a[i]; i++) {
        int diagonal = row[0];
        row[0] = i + 1;
        for (int j = 0; j < width; j++) {
            const int above = row[j + 1];
            row[j + 1] = smallest(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
            diagonal = above;
        }
    }
    return row[width];
}

const char *idi_nearest_name(const char *word, const void *list, int count, idi_name_at name_at)
{
    const char *best = NULL;
    int best_distance = 3 + (int)strlen(word) / 4; /* farther is no typing mistake */
    for (int i = 0; i < count; i++) {
        const char *name = name_at(list, i);
        const size_t length = strlen(word);
        /* A name cut short or drawn out counts as one mistake. */
        const bool is_start = (length >= 2 && strncmp(word, name, length) == 0) ||
                              (strlen(name) >= 3 && strncmp(word, name, strlen(name)) == 0);
        const int d = is_start ? 1 : distance(word, name);
        if (d < best_distance && d < (int)strlen(name)) {
            best_distance = d;
            best = name;
        }
    }
    return best;
}
