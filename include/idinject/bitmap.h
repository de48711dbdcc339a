/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/bitmap.h - pictures and label maps from and to files. */
#ifndef IDINJECT_BITMAP_H
#define IDINJECT_BITMAP_H

#include "idinject/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An 8-bit picture: data[(y*width + x)*channels + c]. Made by the library (then freed by
 * idi_bitmap_free) or by the caller around memory of its own. */
typedef struct idi_bitmap {
    uint8_t *data;
    int64_t width, height;
    int channels; /**< 3: RGB; 1: label map */
} idi_bitmap;

/** Reads a PNG or JPEG as RGB; the content decides, not the name. JPEGs are turned upright as their
 * Exif orientation says.
 * Thread: any.  Errors: IO (cannot be opened), FORMAT (no picture, truncated, too large). */
IDI_API IDI_NODISCARD idi_status idi_bitmap_load(idi_context *context, const char *path,
                                                 idi_bitmap *bitmap_out);

/** Reads a label map (PNG: gray, palette or CelebAMask-HQ colours) and brings it to the order
 * "celebamask", the library's own.
 * @param[in] scheme the file's class order, "celebamask" or "bisenet"; NULL: "celebamask".
 * Errors: LABELS (a value that the scheme lacks, with its place; or the map plainly follows the
 * other order, and the sentence says so), and those of idi_bitmap_load(). Thread: any. */
IDI_API IDI_NODISCARD idi_status idi_bitmap_load_labels(idi_context *context, const char *path,
                                                        const char *scheme, idi_bitmap *labels_out);

typedef enum idi_save_flags {
    IDI_SAVE_DEFAULT = 0,
    IDI_SAVE_DRAWN = 2,  /**< the mark says: by an algorithm without training data (portraits) */
    IDI_SAVE_NO_MARK = 1 /**< leaves out the synthetic-media mark (IPTC digital source type) */
} idi_save_flags;

/** Writes a PNG: RGB, or a palette of the CelebAMask-HQ colours for one channel. As all files that
 * the library writes, it appears complete or not at all: until then it is called
 * "PATH.<process id>.0.tmp" (1 and on if that is taken), which a program that is killed in between
 * may want to remove. RGB carries the mark that says it was made by a model.
 * Thread: any.  Errors: IO. */
IDI_API IDI_NODISCARD idi_status idi_bitmap_save(idi_context *context, const char *path,
                                                 const idi_bitmap *bitmap, unsigned flags);

/** Writes an animated PNG: frames of one size, again and again. A program that knows PNG alone
 * shows the first one.
 * @param[in] frames [count], RGB; count from 1 to 2^20.
 * @param[in] delay_ms how long each is shown, 1 to 65535.
 * @param[in] flags as in idi_bitmap_save().
 * Thread: any.  Errors: ARG, SHAPE (another size, or not RGB; says which frame), IO, NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_bitmap_save_animation(idi_context *context, const char *path,
                                                           const idi_bitmap *frames, int64_t count,
                                                           int64_t delay_ms, unsigned flags);

/** Resizes: RGB by antialiased bicubic, labels by nearest neighbour, both as Pillow does. */
IDI_API IDI_NODISCARD idi_status idi_bitmap_resize(idi_context *context, const idi_bitmap *bitmap,
                                                   int64_t width, int64_t height,
                                                   idi_bitmap *resized_out);

/** What befalls pictures on their way to a recogniser. Values are never renumbered. */
typedef enum idi_degradation {
    IDI_DEGRADE_NONE = 0,    /**< a copy */
    IDI_DEGRADE_JPEG_90 = 1, /**< to a JPEG of quality 90, colour at full resolution, and back */
    IDI_DEGRADE_JPEG_70 = 2, /**< of quality 70, colour at half resolution */
    IDI_DEGRADE_JPEG_50 = 3, /**< of quality 50, the same */
    IDI_DEGRADE_HALF = 4, /**< to half the size, each pixel the mean of four, and back, bilinear */
    IDI_DEGRADE_BLUR = 5, /**< Gaussian, sigma 1 pixel of 64: the shorter side over 64 */
    IDI_DEGRADE_NOISE = 6 /**< Gaussian, sigma 5 of 255, each channel of a pixel by itself */
} idi_degradation;

enum { IDI_DEGRADATIONS = 7 };

/** "none", "jpeg90", "jpeg70", "jpeg50", "half", "blur", "noise"; NULL: no such one. Static.
 * Thread: any. */
IDI_API const char *idi_degradation_name(idi_degradation degradation);

/** Degrades an RGB picture; of the same size, 8 bits.
 * @param[in] seed of the noise, which is the same for all pictures of a size; else not looked at.
 * @param[out] degraded_out free with idi_bitmap_free().
 * Thread: any.  Errors: ARG (no such degradation, not RGB), NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_bitmap_degrade(idi_context *context, const idi_bitmap *bitmap,
                                                    idi_degradation degradation, uint64_t seed,
                                                    idi_bitmap *degraded_out);

/** Accepts an empty bitmap; empties it. Only for bitmaps that the library made. */
IDI_API void idi_bitmap_free(idi_context *context, idi_bitmap *bitmap);

/** Reads and writes NumPy .npy files of float32 (reads float64 and uint8 too).
 * @param[out] data_out row-major; free with idi_array_free().
 * @param[out] shape_out up to 4 dimensions, unused ones 1. */
IDI_API IDI_NODISCARD idi_status idi_array_load(idi_context *context, const char *path,
                                                float **data_out, int64_t shape_out[4],
                                                int *rank_out);
IDI_API IDI_NODISCARD idi_status idi_array_save(idi_context *context, const char *path,
                                                const float *data, const int64_t *shape, int rank);
IDI_API void idi_array_free(idi_context *context, float **data);

/** Landmarks in pixels: eye at the image's left, eye at its right, nose tip, mouth corner at the
 * left, mouth corner at the right. */
typedef struct idi_landmarks {
    float x[5], y[5];
} idi_landmarks;

/** Draws a procedural portrait: the same bytes on every platform for the same numbers. No
 * photograph and no trained model is involved.
 * @param[in] size side in pixels, 32 to 1024.
 * @param[out] rgb_out, labels_out free with idi_bitmap_free(); labels_out may be NULL.
 * @param[out] landmarks_out may be NULL.
 * Thread: any.  Errors: ARG (size), NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_portrait_draw(idi_context *context, uint64_t identity,
                                                   uint64_t photo, int64_t size,
                                                   idi_bitmap *rgb_out, idi_bitmap *labels_out,
                                                   idi_landmarks *landmarks_out);

#ifdef __cplusplus
}
#endif
#endif
