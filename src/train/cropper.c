/* SPDX-License-Identifier: Apache-2.0 */
/* train/cropper.c - a batch's faces to the network's input, face by face on several threads. */
#include "train/faces.h"

struct idi_cropper {
    idi_memory *memory;
    idi_cropper_options options;
    idi_face_crop crop;
    idi_workers *workers;
    float *scratch;  /* [most] faces [size, size, 3] and half-made crops [side, size, 3] */
    idi_batch batch; /* in work, and where its crops go */
    float *crops;
    int64_t done; /* faces before this batch */
};

static int64_t scratch_count(const idi_cropper_options *o)
{
    return (o->size + o->side) * o->size * 3;
}

static void to_floats(const uint8_t *rgb, int64_t count, float *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)rgb[i] / 127.5F - 1.0F;
}

/* Among all ranks' faces of the training. */
static uint64_t number_of(const idi_cropper *c, int64_t n)
{
    const idi_cropper_options *o = &c->options;
    const int64_t ranks = o->ranks ? o->ranks : 1;
    return (uint64_t)((c->batch.number * ranks + o->rank) * o->most + n);
}

static idi_status crop_one(void *user, int64_t index, int64_t slot)
{
    idi_cropper *c = user;
    const idi_cropper_options *o = &c->options;
    const int64_t n = index - c->done;
    const int64_t face_count = o->size * o->size * 3;
    const uint8_t *rgb = c->batch.rgb + n * face_count;
    float *face = c->scratch + slot * scratch_count(o);
    if (o->augmentation)
        idi_augment(o->augmentation, o->seed, number_of(c, n), rgb, o->size, face);
    else
        to_floats(rgb, face_count, face);
    idi_face_crop_apply(&c->crop, face, face + face_count, c->crops + n * o->side * o->side * 3);
    return IDI_OK;
}

static idi_status build(idi_cropper *c)
{
    const idi_cropper_options *o = &c->options;
    const idi_workers_options workers = {.worker_count = o->worker_count,
                                         .window = o->most,
                                         .is_fed = true,
                                         .work = crop_one,
                                         .user = c};
    IDI_TRY(idi_face_crop_create(c->memory, o->size, o->side, &c->crop));
    IDI_TRY(idi_alloc(c->memory, IDI_TAG_IMAGE,
                      (size_t)(o->most * scratch_count(o)) * sizeof *c->scratch, &c->scratch));
    return idi_workers_create(c->memory, &workers, &c->workers);
}

idi_status idi_cropper_create(idi_memory *memory, const idi_cropper_options *options,
                              idi_cropper **cropper_out)
{
    idi_cropper *c;
    *cropper_out = NULL;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *c, &c));
    c->memory = memory;
    c->options = *options;
    const idi_status st = build(c);
    if (st != IDI_OK) idi_cropper_destroy(&c);
    *cropper_out = c;
    return st;
}

void idi_cropper_destroy(idi_cropper **cropper)
{
    if (!cropper || !*cropper) return;
    idi_cropper *c = *cropper;
    idi_workers_destroy(&c->workers);
    idi_face_crop_free(c->memory, &c->crop);
    idi_free(c->memory, c->scratch);
    idi_free(c->memory, c);
    *cropper = NULL;
}

idi_status idi_cropper_run(idi_cropper *cropper, const idi_batch *batch, float *crops_out)
{
    idi_work_item item = {.is_end = false};
    cropper->batch = *batch;
    cropper->crops = crops_out;
    IDI_REQUIRE(batch->count <= cropper->options.most, IDI_ERR_ARG,
                "cropper: %lld faces, want at most %lld", (long long)batch->count,
                (long long)cropper->options.most);
    for (int64_t n = 0; n < batch->count; n++) {
        IDI_ENSURE(idi_workers_next_slot(cropper->workers) >= 0);
        idi_workers_submit(cropper->workers);
    }
    for (int64_t n = 0; n < batch->count; n++) {
        IDI_TRY(idi_workers_take(cropper->workers, &item));
        idi_workers_release(cropper->workers);
    }
    cropper->done += batch->count;
    return IDI_OK;
}
