/* SPDX-License-Identifier: Apache-2.0 */
/* api/degrade.c - degradations by their names, with the numbers that the header promises. */
#include "eval/degrade.h"
#include "api/objects.h"

#include <string.h>

#define BLUR_SIDE   64.0 /* sigma is a pixel at this side */
#define NOISE_SIGMA 5.0

const char *idi_degradation_name(idi_degradation degradation)
{
    static const char *const names[IDI_DEGRADATIONS] = {"none", "jpeg90", "jpeg70", "jpeg50",
                                                        "half", "blur",   "noise"};
    return (int)degradation >= 0 && (int)degradation < IDI_DEGRADATIONS ? names[degradation] : NULL;
}

static idi_status copy(idi_memory *memory, const idi_image *picture, idi_image *copy_out)
{
    IDI_TRY(idi_image_create(memory, picture->width, picture->height, 3, copy_out));
    memcpy(copy_out->pixels, picture->pixels, (size_t)(picture->width * picture->height * 3));
    return IDI_OK;
}

static idi_status degrade(idi_memory *memory, const idi_image *picture, idi_degradation degradation,
                          uint64_t seed, idi_image *out)
{
    const int64_t side = picture->width < picture->height ? picture->width : picture->height;
    switch (degradation) {
    case IDI_DEGRADE_NONE:
        return copy(memory, picture, out);
    case IDI_DEGRADE_JPEG_90:
        return idi_degrade_jpeg(memory, picture, 90, out);
    case IDI_DEGRADE_JPEG_70:
        return idi_degrade_jpeg(memory, picture, 70, out);
    case IDI_DEGRADE_JPEG_50:
        return idi_degrade_jpeg(memory, picture, 50, out);
    case IDI_DEGRADE_HALF:
        return idi_degrade_half(memory, picture, out);
    case IDI_DEGRADE_BLUR:
        return idi_degrade_blur(memory, picture, (double)side / BLUR_SIDE, out);
    case IDI_DEGRADE_NOISE:
        return idi_degrade_noise(memory, picture, NOISE_SIGMA, seed, out);
    }
    return idi_fail(IDI_ERR_ARG, "degrade: there is no degradation %d", (int)degradation);
}

idi_status idi_bitmap_degrade(idi_context *context, const idi_bitmap *bitmap,
                              idi_degradation degradation, uint64_t seed, idi_bitmap *degraded_out)
{
    IDI_REQUIRE(context && bitmap && bitmap->data && degraded_out, IDI_ERR_ARG,
                "bitmap degrade: a NULL argument");
    *degraded_out = (idi_bitmap){NULL, 0, 0, 0};
    IDI_REQUIRE(bitmap->channels == 3, IDI_ERR_ARG, "degrade: %d channels, want 3 (RGB)",
                bitmap->channels);
    const idi_image picture = {bitmap->data, bitmap->width, bitmap->height, 3};
    idi_image out;
    IDI_TRY(degrade(context->memory, &picture, degradation, seed, &out));
    *degraded_out = (idi_bitmap){out.pixels, out.width, out.height, 3};
    return IDI_OK;
}
