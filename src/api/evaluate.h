/* SPDX-License-Identifier: Apache-2.0 */
/* api/evaluate.h - what the evaluations share: the photographs, their embeddings by recognisers,
 * options as the measures want them, and the files. */
#ifndef IDI_API_EVALUATE_H
#define IDI_API_EVALUATE_H

#include "api/batch_network.h"
#include "core/file.h"
#include "data/dataset.h"
#include "data/image.h"
#include "eval/recogniser_report.h"

#include <jansson.h>

/* The photographs that an evaluation uses, by person. */
typedef struct idi_album {
    idi_dataset *dataset;
    int64_t *item;   /* [photos] of the data set */
    int64_t *person; /* [photos] 0..people-1 */
    int64_t photos, people;
} idi_album;

/* evaluate_data.c. size: what the photographs are wanted at; 0: the options'. */
IDI_NODISCARD idi_status idi_album_open(idi_memory *memory, const idi_evaluation_data *data,
                                        int64_t size, idi_album *album_out);
/* NULL-safe on a zeroed struct, which it leaves. */
void idi_album_close(idi_memory *memory, idi_album *album);
/* What the report says of it. */
json_t *idi_album_json(const idi_evaluation_data *data, const idi_album *album);

/* evaluate_embed.c: faces as each of `count` recognisers sees them, read once, in batches.
 * embeddings_out[k] [faces, dim of k]; the caller frees each with idi_free. */
typedef struct idi_faces {
    const char *name;    /* what progress is told of */
    int64_t count, size; /* side */
    /* Face `index`, u8 [size, size, 3]. Thread: workers, each with its own room. */
    idi_status (*read)(const void *user, int64_t index, uint8_t *rgb_out);
    const void *user;
} idi_faces;
IDI_NODISCARD idi_status idi_faces_embed(const idi_faces *faces,
                                         const idi_model *const *recognisers, int64_t count,
                                         const idi_evaluate_options *options,
                                         float **embeddings_out);
/* Of all photographs of an album. */
IDI_NODISCARD idi_status idi_album_embed(const idi_album *album,
                                         const idi_model *const *recognisers, int64_t count,
                                         const idi_evaluate_options *options,
                                         float **embeddings_out);
/* A square picture as a recogniser's network takes it. */
IDI_NODISCARD idi_status idi_face_of(idi_memory *memory, const idi_image *picture, float *face_out);
/* IDI_ERR_ARG, by the file's name, unless it is a recogniser. */
IDI_NODISCARD idi_status idi_require_recogniser(const idi_model *model);
/* IDI_ERR_CANCELLED if the caller wants to stop. */
IDI_NODISCARD idi_status idi_evaluate_tell(const idi_evaluate_options *options, const char *what,
                                           int64_t done, int64_t total);

/* evaluate_cues.c: what the recogniser goes by. Photographs are drawn of evaluation people, each
 * with parts of somebody else's face (data/portrait_cues.h), and held against the person's first
 * one. embeddings: the album's. Portraits alone. *cues_out: for the report; NULL: out of memory. */
IDI_NODISCARD idi_status idi_evaluate_cues(const idi_model *recogniser,
                                           const idi_evaluate_options *options,
                                           const idi_album *album, const float *embeddings,
                                           const idi_recogniser_report *report, json_t **cues_out);

/* evaluate_report.c */
IDI_NODISCARD idi_status idi_evaluate_check(const idi_evaluate_options *options);
idi_report_options idi_evaluate_report_options(const idi_evaluate_options *options);
idi_measured idi_measured_of(idi_interval interval);
json_t *idi_interval_json(idi_interval interval);
json_t *idi_model_json(const idi_model *model);
/* What a recogniser's report holds: rates, the ROC, means. NULL: out of memory. */
json_t *idi_recogniser_json(idi_memory *memory, const idi_recogniser_report *report);
/* Pairs, seeds and intervals. */
json_t *idi_protocol_json(const idi_evaluate_options *options, const idi_pairs *pairs);
/* Writes it, two spaces of indentation, 17 digits; takes `root` over. NULL: out of memory. */
IDI_NODISCARD idi_status idi_json_write(idi_memory *memory, const char *path, json_t *root);

/* A text file line by line. */
IDI_NODISCARD idi_status idi_file_print(idi_file_writer *writer, const char *format, ...)
    IDI_PRINTF(2, 3);
/* A photograph's name as a field of CSV, quoted where it must be. */
enum { IDI_FIELD_BYTES = 512 };
void idi_csv_photo(const idi_album *album, int64_t photo, char field_out[IDI_FIELD_BYTES]);

#endif
