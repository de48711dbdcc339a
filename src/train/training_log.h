/* SPDX-License-Identifier: Apache-2.0 */
/* train/training_log.h - a training's numbers as CSV, a line a step that is logged; and the curve
 * that they make, as SVG. A line follows from the training alone, never from the clock: a training
 * that was interrupted leaves the file that an undisturbed one leaves. */
#ifndef IDI_TRAIN_TRAINING_LOG_H
#define IDI_TRAIN_TRAINING_LOG_H

#include "core/file.h"

#include <stdbool.h>

typedef struct idi_log_line {
    int64_t step;
    double loss, gradient_norm, rate, margin;
    bool is_validated; /* what follows counts */
    double tar, eer;
} idi_log_line;

typedef struct idi_training_log {
    idi_memory *memory;
    FILE *stream;
    const char *path; /* the caller's; must outlive it */
} idi_training_log;

/* Keeps what the file has of the steps up to `last`; what comes after, or was written half, is cut.
 * Errors: IO, FORMAT (not such a file). */
IDI_NODISCARD idi_status idi_training_log_open(idi_memory *memory, const char *path, int64_t last,
                                               idi_training_log *log_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_training_log_close(idi_training_log *log);
IDI_NODISCARD idi_status idi_training_log_add(idi_training_log *log, const idi_log_line *line);
/* All lines are on the disk on return. */
IDI_NODISCARD idi_status idi_training_log_sync(idi_training_log *log);

/* The lines of a file. The caller frees *lines_out with idi_free. */
IDI_NODISCARD idi_status idi_training_log_read(idi_memory *memory, const char *path,
                                               idi_log_line **lines_out, int64_t *count_out);

/* loss_curve.c: losses (each, and their running mean), and TAR where it was measured. */
IDI_NODISCARD idi_status idi_loss_curve_write(idi_memory *memory, const idi_log_line *lines,
                                              int64_t count, const char *path);

#endif
