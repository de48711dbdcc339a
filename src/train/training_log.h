/* SPDX-License-Identifier: Apache-2.0 */
/* train/training_log.h - a training's numbers as CSV, a line a step that is logged; and the curves
 * that they make, as SVG. A line follows from the training alone, never from the clock: a training
 * that was interrupted leaves the file that an undisturbed one leaves. */
#ifndef IDI_TRAIN_TRAINING_LOG_H
#define IDI_TRAIN_TRAINING_LOG_H

#include "core/file.h"

#include <stdbool.h>

enum { IDI_LOG_MAX_COLUMNS = 16 };

/* Where a column is drawn. */
typedef enum idi_log_axis {
    IDI_AXIS_NONE,
    IDI_AXIS_LOSS, /* on the left, from 0 to the largest value there is */
    IDI_AXIS_SHARE /* on the right, from 0 to 1 */
} idi_log_axis;

typedef struct idi_log_column {
    const char *name; /* in the file's first line */
    idi_log_axis axis;
    const char *title; /* in the picture; NULL: the name */
} idi_log_column;

/* What a training logs. Every line begins with the step; these follow. */
typedef struct idi_log_layout {
    const idi_log_column *columns;
    int count;
} idi_log_layout;

/* NaN: not measured at that step, an empty cell. */
typedef struct idi_log_line {
    int64_t step;
    double values[IDI_LOG_MAX_COLUMNS];
} idi_log_line;

/* A line of NaNs. */
idi_log_line idi_log_line_empty(int64_t step);
/* The column's number, or -1. */
int idi_log_column_find(const idi_log_layout *layout, const char *name);

typedef struct idi_training_log {
    idi_memory *memory;
    FILE *stream;
    const char *path;             /* the caller's; must outlive it, as must the layout */
    const idi_log_layout *layout; /* of the lines */
} idi_training_log;

/* Keeps what the file has of the steps up to `last`; what comes after, or was written half, is cut.
 * Errors: IO, FORMAT (not such a file, or one of another layout). */
IDI_NODISCARD idi_status idi_training_log_open(idi_memory *memory, const char *path,
                                               const idi_log_layout *layout, int64_t last,
                                               idi_training_log *log_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_training_log_close(idi_training_log *log);
IDI_NODISCARD idi_status idi_training_log_add(idi_training_log *log, const idi_log_line *line);
/* All lines are on the disk on return. */
IDI_NODISCARD idi_status idi_training_log_sync(idi_training_log *log);

/* The lines of a file. The caller frees *lines_out with idi_free. */
IDI_NODISCARD idi_status idi_training_log_read(idi_memory *memory, const char *path,
                                               const idi_log_layout *layout,
                                               idi_log_line **lines_out, int64_t *count_out);

/* loss_curve.c: each column that has an axis as a curve; of the first one also every value besides
 * its running mean. */
IDI_NODISCARD idi_status idi_loss_curve_write(idi_memory *memory, const idi_log_layout *layout,
                                              const idi_log_line *lines, int64_t count,
                                              const char *path);

#endif
