/* SPDX-License-Identifier: Apache-2.0 */
/* api/batch_job.c - the steps of one job; a failed one passes through the rest untouched. */
#include "api/batch.h"
#include "api/paths.h"
#include "core/file.h"
#include "data/image.h"
#include "data/npy.h"

#include <math.h>
#include <string.h>

void idi_job_init(idi_job *job)
{
    if (!job) return;
    *job = (idi_job){.struct_size = sizeof *job, .identity_strength = 1.0};
}

/* Endings of what can be written. */
static const char *const endings[] = {".png", ".npy", ".jpg", ".jpeg"};

static bool has_known_ending(const char *path)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (idi_path_ends_with(path, endings[i])) return true;
    return false;
}

static idi_status check_job(const idi_job_batch *b, const idi_job *job)
{
    const idi_model *generator = b->options->generator;
    IDI_REQUIRE_STRUCT(job, idi_job);
    const bool has_style = generator->traits.style_width > 0;
    IDI_REQUIRE((job->labels || job->labels_value) &&
                    (job->style || job->style_value || !has_style) && job->out,
                IDI_ERR_ARG, "job: labels, style and out are needed");
    IDI_REQUIRE(!job->style || job->style_value || job->labels || job->style_labels, IDI_ERR_ARG,
                "job: %s has no label map: want style_labels", job->style);
    IDI_REQUIRE(!job->other_labels == !job->label_amounts, IDI_ERR_ARG,
                "job: other_labels and label_amounts go together");
    IDI_REQUIRE(has_style || (!job->style && !job->style_value), IDI_ERR_ARG,
                "job: %s: %s takes no style: its architecture is %s",
                job->style ? "style" : "style_value", generator->path,
                idi_arch_name(generator->config.arch));
    IDI_REQUIRE(!job->other_labels || idi_arch_is_ca2sis(generator->config.arch),
                IDI_ERR_UNSUPPORTED,
                "job: other_labels: %s has no mask codes that could be mixed: its architecture "
                "is %s",
                generator->path, idi_arch_name(generator->config.arch));
    IDI_REQUIRE(has_known_ending(job->out), IDI_ERR_ARG,
                "%s: want a name that ends in .png, .jpg, .jpeg or .npy", job->out);
    IDI_REQUIRE((!job->identity && !job->identity_value) || generator->traits.identity_dim,
                IDI_ERR_ARG, "job: %s: %s takes no identity: its architecture is %s",
                job->identity ? "identity" : "identity_value", generator->path,
                idi_arch_name(generator->config.arch));
    return IDI_OK;
}

/* strength 0: the style photograph's own; 1: the given one; others: both. */
static idi_status take_identities(idi_job_batch *b, idi_batch_slot *slot, const idi_job *job)
{
    const bool is_given_alone = job->identity && fabs(job->identity_strength - 1.0) <= 0.0;
    if (!b->options->generator->traits.identity_dim || slot->kind & IDI_JOB_IS_NOBODY)
        return IDI_OK;
    slot->identity_value = job->identity_value;
    if (slot->identity_value) return IDI_OK;
    if (!is_given_alone && !job->style)
        idi_outcome_note(&slot->outcome,
                         idi_fail(IDI_ERR_ARG, "job: there is no photograph of the person in "
                                               "style_value: want identity_value"));
    if (slot->outcome.status != IDI_OK) return IDI_OK;
    if (!is_given_alone)
        IDI_TRY(idi_references_take(b->references, job->style, NULL, &slot->own, &slot->reads_own));
    if (job->identity)
        IDI_TRY(idi_references_take(b->references, job->identity, NULL, &slot->given,
                                    &slot->reads_given));
    return IDI_OK;
}

/* What is the job's own, and which session is to make it. */
static void take_values(const idi_job_batch *b, idi_batch_slot *slot, const idi_job *job)
{
    const bool has_identity = b->options->generator->traits.identity_dim > 0;
    slot->strength = job->identity_strength;
    slot->noise_seed = job->noise_seed;
    slot->labels_value = job->labels_value;
    slot->style_value = job->style_value;
    slot->other_value = job->other_labels;
    slot->amounts = job->label_amounts;
    slot->kind = (job->other_labels ? IDI_JOB_HAS_MIX : 0) |
                 (job->is_identity_off && has_identity ? IDI_JOB_IS_NOBODY : 0);
}

idi_status idi_batch_begin_job(idi_job_batch *batch, idi_batch_slot *slot, const idi_job *job)
{
    idi_memory *memory = batch->context->memory;
    idi_outcome_note(&slot->outcome, check_job(batch, job));
    if (slot->outcome.status != IDI_OK) return IDI_OK;
    take_values(batch, slot, job);
    if (!job->labels_value) IDI_TRY(idi_strdup(memory, job->labels, &slot->labels_path));
    IDI_TRY(idi_strdup(memory, job->out, &slot->out_path));
    if (job->style && !job->style_value)
        IDI_TRY(idi_references_take(batch->references, job->style,
                                    job->style_labels ? job->style_labels : job->labels,
                                    &slot->style, &slot->reads_style));
    return take_identities(batch, slot, job);
}

/* What stands for the job's label map in a sentence. */
static const char *where_of(const idi_batch_slot *slot)
{
    return slot->labels_path ? slot->labels_path : slot->out_path;
}

/* A new map of the model's size; free with idi_free(). what: "", or what stands before "label map"
 * in a sentence. */
static idi_status fit_labels(const idi_job_batch *b, const idi_batch_slot *slot,
                             const idi_bitmap *map, const char *what, uint8_t **labels_out)
{
    const int64_t classes = b->options->generator->traits.classes;
    const idi_status st = idi_labels_for_network(b->context, map, b->size, classes, labels_out);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: %s", where_of(slot), what);
}

/* Before the run, whose sentence would be its first bad sample's. */
static idi_status read_mix(const idi_job_batch *b, idi_batch_slot *slot)
{
    for (int64_t c = 0; c < b->options->generator->traits.classes; c++)
        IDI_REQUIRE(isfinite(slot->amounts[c]), IDI_ERR_ARG,
                    "%s: the label amount of class %lld is not a number", where_of(slot),
                    (long long)c);
    return fit_labels(b, slot, slot->other_value, "the other ", &slot->other);
}

static idi_status read_labels(const idi_job_batch *b, idi_batch_slot *slot)
{
    idi_bitmap map;
    uint8_t *labels;
    idi_status st;
    if (slot->other_value) IDI_TRY(read_mix(b, slot));
    if (slot->labels_value) {
        st = fit_labels(b, slot, slot->labels_value, "", &labels);
    } else {
        IDI_TRY(idi_bitmap_load_labels(b->context, slot->labels_path, b->options->scheme, &map));
        st = fit_labels(b, slot, &map, "", &labels);
        idi_bitmap_free(b->context, &map);
    }
    IDI_TRY(st);
    memcpy(slot->labels, labels, (size_t)(b->size * b->size));
    idi_free(b->context->memory, labels);
    return IDI_OK;
}

/* References are read whatever became of the label map: other jobs wait for them. */
void idi_batch_read_job(const idi_job_batch *batch, idi_batch_slot *slot)
{
    if (slot->outcome.status != IDI_OK) return;
    idi_outcome_note(&slot->outcome, read_labels(batch, slot));
    if (slot->reads_style) idi_reference_read(batch->references, slot->style);
    if (slot->reads_own) idi_reference_read(batch->references, slot->own);
    if (slot->reads_given) idi_reference_read(batch->references, slot->given);
}

static idi_status encode_identity(idi_job_batch *b, idi_reference *reference)
{
    return idi_reference_encode(b->references, reference, b->options->generator,
                                b->options->recogniser, &b->report.identities);
}

static idi_status mix_identities(idi_batch_slot *slot)
{
    const idi_status st = idi_identity_slerp(slot->own->identity, slot->given->identity,
                                             slot->strength, &slot->mixed);
    return st == IDI_OK
               ? IDI_OK
               : idi_fail_prefix(st, "%s and %s: ", slot->own->photo_path, slot->given->photo_path);
}

static idi_status encode_references(idi_job_batch *b, idi_batch_slot *slot)
{
    if (slot->own) IDI_TRY(encode_identity(b, slot->own));
    if (slot->given) IDI_TRY(encode_identity(b, slot->given));
    if (slot->own && slot->given) IDI_TRY(mix_identities(slot));
    if (!slot->style) return IDI_OK;
    return idi_reference_encode(b->references, slot->style, b->options->generator, NULL,
                                &b->report.styles);
}

void idi_batch_encode_job(idi_job_batch *batch, idi_batch_slot *slot)
{
    if (slot->outcome.status == IDI_OK)
        idi_outcome_note(&slot->outcome, encode_references(batch, slot));
}

const idi_style *idi_batch_style_of(const idi_batch_slot *slot)
{
    return slot->style ? slot->style->style : slot->style_value;
}

const idi_identity *idi_batch_identity_of(const idi_batch_slot *slot)
{
    if (slot->identity_value) return slot->identity_value;
    if (slot->mixed) return slot->mixed;
    if (slot->given) return slot->given->identity;
    return slot->own ? slot->own->identity : NULL;
}

static idi_status encode_array(const idi_job_batch *b, idi_batch_slot *slot)
{
    idi_memory *memory = b->context->memory;
    const int64_t pixels = b->size * b->size;
    const idi_shape shape = {4, {1, 3, b->size, b->size}};
    float *planes;
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, (size_t)(3 * pixels) * sizeof *planes, &planes));
    for (int64_t i = 0; i < pixels; i++)
        for (int64_t c = 0; c < 3; c++)
            planes[c * pixels + i] = slot->image[i * 3 + c];
    const idi_status st = idi_npy_encode(memory, planes, &shape, &slot->file);
    idi_free(memory, planes);
    return st;
}

static idi_status encode_pixels(const idi_job_batch *b, idi_batch_slot *slot,
                                const idi_image *image)
{
    const idi_batch_options *o = b->options;
    const bool is_unmarked = (o->save_flags & IDI_SAVE_NO_MARK) != 0;
    const idi_source_type source =
        o->save_flags & IDI_SAVE_DRAWN ? IDI_SOURCE_ALGORITHMIC : IDI_SOURCE_TRAINED;
    if (idi_path_ends_with(slot->out_path, ".png"))
        return idi_png_encode(b->context->memory, slot->out_path, image,
                              &(idi_png_options){.is_unmarked = is_unmarked, .source = source},
                              &slot->file);
    return idi_jpeg_encode(b->context->memory, slot->out_path, image,
                           &(idi_jpeg_options){.quality = o->jpeg_quality,
                                               .is_unmarked = is_unmarked,
                                               .source = source},
                           &slot->file);
}

static idi_status encode_picture(const idi_job_batch *b, idi_batch_slot *slot)
{
    idi_image image;
    IDI_TRY(idi_image_create(b->context->memory, b->size, b->size, 3, &image));
    idi_image_from_float(slot->image, 3 * b->size * b->size, image.pixels);
    const idi_status st = encode_pixels(b, slot, &image);
    idi_image_free(b->context->memory, &image);
    return st;
}

static idi_status write_file(const idi_job_batch *b, idi_batch_slot *slot)
{
    const bool is_array = idi_path_ends_with(slot->out_path, ".npy");
    IDI_TRY(is_array ? encode_array(b, slot) : encode_picture(b, slot));
    if (b->options->file) idi_sha256(slot->file.bytes, slot->file.size, slot->sha256);
    if (b->options->is_unwritten) return IDI_OK;
    return idi_file_save(b->context->memory, slot->out_path, slot->file.bytes, slot->file.size);
}

void idi_batch_write_job(const idi_job_batch *batch, idi_batch_slot *slot)
{
    if (slot->outcome.status == IDI_OK) idi_outcome_note(&slot->outcome, write_file(batch, slot));
}

void idi_batch_end_job(const idi_job_batch *batch, idi_batch_slot *slot)
{
    idi_references_drop(&slot->style);
    idi_references_drop(&slot->own);
    idi_references_drop(&slot->given);
    idi_identity_destroy(&slot->mixed);
    idi_buffer_free(batch->context->memory, &slot->file);
    idi_free(batch->context->memory, slot->other);
    idi_free(batch->context->memory, slot->out_path);
    idi_free(batch->context->memory, slot->labels_path);
    *slot = (idi_batch_slot){.labels = slot->labels, .image = slot->image};
}
