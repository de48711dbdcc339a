/* SPDX-License-Identifier: Apache-2.0 */
/* data/mirror.c - see mirror.h. */
#include "data/mirror.h"

#include <stdio.h>
#include <string.h>

static void swap_bytes(uint8_t *a, uint8_t *b, int count)
{
    for (int i = 0; i < count; i++) {
        const uint8_t kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

static void reverse_rows(uint8_t *pixels, int64_t width, int64_t height, int channels)
{
    for (int64_t y = 0; y < height; y++) {
        uint8_t *row = pixels + y * width * channels;
        for (int64_t x = 0; x < width / 2; x++)
            swap_bytes(row + x * channels, row + (width - 1 - x) * channels, channels);
    }
}

void idi_mirror_rgb(uint8_t *rgb, int64_t width, int64_t height)
{
    reverse_rows(rgb, width, height, 3);
}

/* l_eye for r_eye and r_eye for l_eye; any other class, or one without a counterpart, for itself.
 */
static int counterpart(const idi_label_scheme *scheme, int class_number)
{
    const char *name = scheme->class_names[class_number];
    char other[32];
    if ((name[0] != 'l' && name[0] != 'r') || name[1] != '_') return class_number;
    (void)snprintf(other, sizeof other, "%c%s", name[0] == 'l' ? 'r' : 'l', name + 1);
    const int found = idi_label_scheme_class(scheme, other);
    return found < 0 ? class_number : found;
}

void idi_mirror_labels(uint8_t *labels, int64_t width, int64_t height,
                       const idi_label_scheme *scheme)
{
    uint8_t table[256];
    reverse_rows(labels, width, height, 1);
    if (!scheme) return;
    for (int i = 0; i < 256; i++)
        table[i] = (uint8_t)(i < scheme->class_count ? counterpart(scheme, i) : i);
    for (int64_t i = 0; i < width * height; i++)
        labels[i] = table[labels[i]];
}

void idi_mirror_landmarks(idi_portrait_landmarks *landmarks, int64_t width)
{
    static const int from[5] = {1, 0, 2, 4, 3};
    const idi_portrait_landmarks before = *landmarks;
    for (int i = 0; i < 5; i++) {
        landmarks->x[i] = (float)(width - 1) - before.x[from[i]];
        landmarks->y[i] = before.y[from[i]];
    }
}
