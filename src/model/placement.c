/* SPDX-License-Identifier: Apache-2.0 */
/* model/placement.c - see placement.h. */
#include "model/placement.h"
#include "core/half.h"

#include <string.h>

/* Numbers converted at a time, and where parameters may begin: 64 bytes in 16-bit numbers. */
enum { PIECE = 1 << 20, ALIGNMENT = 32, ABSENT = -1 };

/* The parameters of one kind. */
typedef struct block {
    idi_dtype type;   /* what that is on the backend */
    int64_t *offsets; /* [tensors] in numbers; ABSENT: not of this kind */
    char *numbers;    /* the device's */
} block;

struct idi_placement {
    const idi_weights *weights;
    idi_backend *backend;
    block real;
    block wide; /* without offsets where both kinds are one type */
};

/* A block's numbers on their way, in order. */
typedef struct piece {
    idi_backend *backend;
    const block *target;
    char *numbers;
    int64_t used;
    int64_t sent;
} piece;

static idi_status send(piece *p)
{
    const size_t size = idi_dtype_bytes(p->target->type);
    IDI_TRY(p->backend->upload(p->backend, p->target->numbers + (size_t)p->sent * size, p->numbers,
                               (size_t)p->used * size));
    p->sent += p->used;
    p->used = 0;
    return IDI_OK;
}

/* Parameters end at multiples of ALIGNMENT, which PIECE is too: the zeros behind one always fit. */
static idi_status append(piece *p, const float *values, int64_t count)
{
    const idi_dtype type = p->target->type;
    const size_t size = idi_dtype_bytes(type);
    for (int64_t done = 0; done < count;) {
        const int64_t room = PIECE - p->used;
        const int64_t now = count - done < room ? count - done : room;
        idi_floats_to(type, values + done, now, p->numbers + (size_t)p->used * size);
        p->used += now;
        done += now;
        if (p->used == PIECE) IDI_TRY(send(p));
    }
    const int64_t zeros = (ALIGNMENT - p->used % ALIGNMENT) % ALIGNMENT;
    memset(p->numbers + (size_t)p->used * size, 0, (size_t)zeros * size);
    p->used += zeros;
    return p->used == PIECE ? send(p) : IDI_OK;
}

static idi_status send_all(const idi_placement *placement, const block *target)
{
    idi_backend *backend = placement->backend;
    piece p = {.backend = backend, .target = target};
    idi_status st = IDI_OK;
    IDI_TRY(idi_alloc(backend->memory, IDI_TAG_GENERAL, PIECE * idi_dtype_bytes(target->type),
                      &p.numbers));
    for (int64_t i = 0; i < idi_weights_tensor_count(placement->weights) && st == IDI_OK; i++) {
        const idi_weights_entry entry = idi_weights_at(placement->weights, i);
        if (target->offsets[i] != ABSENT) st = append(&p, entry.values, entry.count);
    }
    if (st == IDI_OK && p.used > 0) st = send(&p);
    idi_free(backend->memory, p.numbers);
    return st;
}

static idi_status fill(const idi_placement *p, idi_dtype kind, block *target)
{
    idi_backend *backend = p->backend;
    const int64_t tensors = idi_weights_tensor_count(p->weights);
    int64_t total = 0;
    target->type = idi_backend_dtype(backend, kind);
    IDI_TRY(idi_alloc_zeroed(backend->memory, IDI_TAG_GENERAL, (size_t)tensors,
                             sizeof *target->offsets, &target->offsets));
    for (int64_t i = 0; i < tensors; i++) {
        const idi_weights_entry entry = idi_weights_at(p->weights, i);
        const bool is_held = kind == IDI_REAL || entry.is_wide;
        target->offsets[i] = is_held ? total : ABSENT;
        if (is_held) total += (entry.count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    IDI_TRY(backend->alloc(backend, IDI_TAG_WEIGHT, (size_t)total * idi_dtype_bytes(target->type),
                           (void **)&target->numbers));
    return send_all(p, target);
}

static idi_status fill_all(idi_placement *p)
{
    IDI_TRY(fill(p, IDI_REAL, &p->real));
    if (idi_backend_dtype(p->backend, IDI_WIDE) != p->real.type)
        IDI_TRY(fill(p, IDI_WIDE, &p->wide));
    return p->backend->wait ? p->backend->wait(p->backend) : IDI_OK;
}

idi_status idi_placement_create(const idi_weights *weights, idi_backend *backend,
                                idi_placement **placement_out)
{
    *placement_out = NULL;
    idi_placement *p;
    IDI_TRY(idi_alloc_zeroed(backend->memory, IDI_TAG_GENERAL, 1, sizeof *p, &p));
    p->weights = weights;
    p->backend = backend;
    const idi_status st = fill_all(p);
    if (st != IDI_OK) idi_placement_destroy(&p);
    *placement_out = p;
    return st;
}

static void empty(idi_backend *backend, block *b)
{
    backend->free(backend, b->numbers);
    idi_free(backend->memory, b->offsets);
}

void idi_placement_destroy(idi_placement **placement)
{
    if (!placement || !*placement) return;
    idi_backend *backend = (*placement)->backend;
    empty(backend, &(*placement)->wide);
    empty(backend, &(*placement)->real);
    idi_free(backend->memory, *placement);
    *placement = NULL;
}

const void *idi_placement_source(void *user, const char *name, idi_dtype kind)
{
    const idi_placement *p = user;
    const block *from = kind == IDI_WIDE && p->wide.offsets ? &p->wide : &p->real;
    const int64_t index = idi_weights_find(p->weights, name);
    if (index < 0 || from->offsets[index] == ABSENT) return NULL;
    return from->numbers + (size_t)from->offsets[index] * idi_dtype_bytes(from->type);
}
