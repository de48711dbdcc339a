/* SPDX-License-Identifier: Apache-2.0 */
/* model/placement.c - see placement.h. */
#include "model/placement.h"
#include "core/half.h"

#include <string.h>

/* Numbers converted at a time, and where parameters may begin: 64 bytes in 16-bit numbers. */
enum { PIECE = 1 << 20, ALIGNMENT = 32 };

struct idi_placement {
    const idi_weights *weights;
    idi_backend *backend;
    int64_t *offsets; /* [tensors] in the block */
    char *block;      /* the device's */
};

/* The block's numbers on their way, in order. */
typedef struct piece {
    idi_placement *placement;
    char *numbers;
    int64_t used;
    int64_t sent;
} piece;

static idi_status send(piece *p)
{
    idi_backend *backend = p->placement->backend;
    const size_t size = backend->real_bytes;
    IDI_TRY(backend->upload(backend, p->placement->block + (size_t)p->sent * size, p->numbers,
                            (size_t)p->used * size));
    p->sent += p->used;
    p->used = 0;
    return IDI_OK;
}

/* Parameters end at multiples of ALIGNMENT, which PIECE is too: the zeros behind one always fit. */
static idi_status append(piece *p, const float *values, int64_t count)
{
    const idi_backend *backend = p->placement->backend;
    const size_t size = backend->real_bytes;
    for (int64_t done = 0; done < count;) {
        const int64_t room = PIECE - p->used;
        const int64_t now = count - done < room ? count - done : room;
        idi_floats_to(backend->real, values + done, now, p->numbers + (size_t)p->used * size);
        p->used += now;
        done += now;
        if (p->used == PIECE) IDI_TRY(send(p));
    }
    const int64_t zeros = (ALIGNMENT - p->used % ALIGNMENT) % ALIGNMENT;
    memset(p->numbers + (size_t)p->used * size, 0, (size_t)zeros * size);
    p->used += zeros;
    return p->used == PIECE ? send(p) : IDI_OK;
}

static idi_status send_all(idi_placement *placement)
{
    idi_backend *backend = placement->backend;
    piece p = {.placement = placement};
    idi_status st = IDI_OK;
    IDI_TRY(idi_alloc(backend->memory, IDI_TAG_GENERAL, PIECE * backend->real_bytes, &p.numbers));
    for (int64_t i = 0; i < idi_weights_tensor_count(placement->weights) && st == IDI_OK; i++) {
        const idi_weights_entry entry = idi_weights_at(placement->weights, i);
        st = append(&p, entry.values, entry.count);
    }
    if (st == IDI_OK && p.used > 0) st = send(&p);
    idi_free(backend->memory, p.numbers);
    return st;
}

static idi_status fill(idi_placement *p)
{
    idi_backend *backend = p->backend;
    const int64_t tensors = idi_weights_tensor_count(p->weights);
    int64_t total = 0;
    IDI_TRY(idi_alloc_zeroed(backend->memory, IDI_TAG_GENERAL, (size_t)tensors, sizeof *p->offsets,
                             &p->offsets));
    for (int64_t i = 0; i < tensors; i++) {
        const int64_t count = idi_weights_at(p->weights, i).count;
        p->offsets[i] = total;
        total += (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    IDI_TRY(backend->alloc(backend, IDI_TAG_WEIGHT, (size_t)total * backend->real_bytes,
                           (void **)&p->block));
    IDI_TRY(send_all(p));
    return backend->wait ? backend->wait(backend) : IDI_OK;
}

idi_status idi_placement_create(const idi_weights *weights, idi_backend *backend,
                                idi_placement **placement_out)
{
    *placement_out = NULL;
    idi_placement *p;
    IDI_TRY(idi_alloc_zeroed(backend->memory, IDI_TAG_GENERAL, 1, sizeof *p, &p));
    p->weights = weights;
    p->backend = backend;
    const idi_status st = fill(p);
    if (st != IDI_OK) idi_placement_destroy(&p);
    *placement_out = p;
    return st;
}

void idi_placement_destroy(idi_placement **placement)
{
    if (!placement || !*placement) return;
    idi_backend *backend = (*placement)->backend;
    backend->free(backend, (*placement)->block);
    idi_free(backend->memory, (*placement)->offsets);
    idi_free(backend->memory, *placement);
    *placement = NULL;
}

const void *idi_placement_source(void *user, const char *name)
{
    const idi_placement *p = user;
    const int64_t index = idi_weights_find(p->weights, name);
    return index < 0 ? NULL : p->block + (size_t)p->offsets[index] * p->backend->real_bytes;
}
