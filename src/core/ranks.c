/* SPDX-License-Identifier: Apache-2.0 */
/* core/ranks.c - what ranks do in step, made of a transport's few functions. */
#include "core/ranks.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 1 << 20, BROADCAST_BYTES = 1 << 28, SENTENCE_BYTES = 1024 };

struct idi_ranks {
    idi_memory *memory;
    idi_transport transport;
    int *counts, *starts; /* [ranks] pieces of a block */
    float *codes;         /* [ranks] */
    float *received;      /* one piece from each rank: [BLOCK + ranks] */
    bool is_over;
};

int idi_ranks_rank(const idi_ranks *ranks)
{
    return ranks ? ranks->transport.rank : 0;
}

int idi_ranks_count(const idi_ranks *ranks)
{
    return ranks ? ranks->transport.count : 1;
}

bool idi_ranks_are_over(const idi_ranks *ranks)
{
    return ranks && ranks->is_over;
}

void idi_ranks_finish(idi_ranks *ranks)
{
    if (ranks) ranks->is_over = true;
}

static idi_status take_memory(idi_ranks *r)
{
    const size_t count = (size_t)r->transport.count;
    IDI_TRY(idi_alloc(r->memory, IDI_TAG_GENERAL, 2 * count * sizeof *r->counts, &r->counts));
    r->starts = r->counts + count;
    IDI_TRY(idi_alloc(r->memory, IDI_TAG_GENERAL, (BLOCK + 2 * count) * sizeof *r->received,
                      &r->received));
    r->codes = r->received + BLOCK + count;
    return IDI_OK;
}

idi_status idi_ranks_create(idi_memory *memory, const idi_transport *transport,
                            idi_ranks **ranks_out)
{
    idi_ranks *r = NULL;
    *ranks_out = NULL;
    idi_status st = idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *r, &r);
    if (st != IDI_OK) {
        transport->close(transport->state, 0);
        return st;
    }
    r->memory = memory;
    r->transport = *transport;
    st = take_memory(r);
    if (st != IDI_OK) idi_ranks_close(&r);
    *ranks_out = r;
    return st;
}

void idi_ranks_close(idi_ranks **ranks)
{
    if (!ranks || !*ranks) return;
    idi_ranks *r = *ranks;
    r->transport.close(r->transport.state, r->is_over);
    idi_free(r->memory, r->counts);
    idi_free(r->memory, r->received);
    idi_free(r->memory, r);
    *ranks = NULL;
}

static idi_status require_arrival(const idi_ranks *r, int error, const char *what)
{
    char text[256] = "";
    if (error == 0) return IDI_OK;
    r->transport.explain(r->transport.state, error, text, (int)sizeof text);
    return idi_fail(IDI_ERR_STATE, "rank %d of %d: %s to the other processes failed: %s",
                    r->transport.rank, r->transport.count, what, text);
}

/* --- means ------------------------------------------------------------------------------------ */

/* Pieces of equal length, the last ones shorter. */
static void cut(const idi_ranks *r, int64_t count)
{
    const int64_t ranks = r->transport.count;
    for (int64_t p = 0; p < ranks; p++) {
        r->starts[p] = (int)(count * p / ranks);
        r->counts[p] = (int)(count * (p + 1) / ranks) - r->starts[p];
    }
}

/* This rank's piece, as all sent it. */
static void average_piece(const idi_ranks *r, float *values)
{
    const int rank = r->transport.rank;
    const int count = r->counts[rank];
    float *piece = values + r->starts[rank];
    for (int i = 0; i < count; i++) {
        double sum = 0.0;
        for (int64_t p = 0; p < r->transport.count; p++)
            sum += (double)r->received[p * count + i];
        piece[i] = (float)(sum / r->transport.count);
    }
}

static idi_status average_block(idi_ranks *r, float *values, int64_t count)
{
    const idi_transport *t = &r->transport;
    cut(r, count);
    const int sent = t->exchange(t->state, values, r->counts, r->starts, r->received);
    IDI_TRY(require_arrival(r, sent, "sending numbers"));
    average_piece(r, values);
    const int told = t->gather(t->state, values, r->counts, r->starts);
    return require_arrival(r, told, "sending means");
}

idi_status idi_ranks_mean(idi_ranks *ranks, float *values, int64_t count)
{
    if (!ranks) return IDI_OK;
    for (int64_t at = 0; at < count; at += BLOCK) {
        const int64_t left = count - at;
        IDI_TRY(average_block(ranks, values + at, left < BLOCK ? left : BLOCK));
    }
    return IDI_OK;
}

/* --- words ------------------------------------------------------------------------------------ */

static idi_status broadcast_from(const idi_ranks *r, void *data, size_t bytes, int from)
{
    const idi_transport *t = &r->transport;
    for (size_t at = 0; at < bytes; at += BROADCAST_BYTES) {
        const size_t left = bytes - at;
        const size_t now = left < BROADCAST_BYTES ? left : BROADCAST_BYTES;
        const int sent = t->broadcast(t->state, (char *)data + at, (int)now, from);
        IDI_TRY(require_arrival(r, sent, "sending bytes"));
    }
    return IDI_OK;
}

idi_status idi_ranks_broadcast(idi_ranks *ranks, void *data, size_t bytes)
{
    return ranks ? broadcast_from(ranks, data, bytes, 0) : IDI_OK;
}

/* One small number of each rank. */
static idi_status gather_codes(idi_ranks *r, int mine)
{
    const idi_transport *t = &r->transport;
    for (int p = 0; p < t->count; p++) {
        r->starts[p] = p;
        r->counts[p] = 1;
    }
    r->codes[t->rank] = (float)mine;
    const int sent = t->gather(t->state, r->codes, r->counts, r->starts);
    return require_arrival(r, sent, "telling where it stands");
}

static int first_code(const idi_ranks *r)
{
    for (int p = 0; p < r->transport.count; p++)
        if (r->codes[p] != 0.0F) return p;
    return -1;
}

/* The sentence of rank `from`, as everybody's. */
static idi_status fail_together(const idi_ranks *r, int from)
{
    char sentence[SENTENCE_BYTES] = "";
    const idi_status st = (idi_status)r->codes[from];
    const bool is_mine = r->transport.rank == from;
    if (is_mine) (void)snprintf(sentence, sizeof sentence, "%s", idi_last_error());
    IDI_TRY(broadcast_from(r, sentence, sizeof sentence, from));
    if (from > 0) return idi_fail(st, "rank %d: %s", from, sentence);
    return is_mine ? st : idi_fail(st, "%s", sentence);
}

idi_status idi_ranks_agree(idi_ranks *ranks, idi_status mine)
{
    if (!ranks || ranks->is_over) return mine;
    IDI_TRY(gather_codes(ranks, (int)mine));
    const int from = first_code(ranks);
    if (from < 0) return IDI_OK;
    ranks->is_over = true;
    return fail_together(ranks, from);
}

idi_status idi_ranks_first(idi_ranks *ranks, bool mine, int *first_out)
{
    *first_out = mine ? idi_ranks_rank(ranks) : -1;
    if (!ranks || ranks->is_over) return IDI_OK;
    IDI_TRY(gather_codes(ranks, mine));
    *first_out = first_code(ranks);
    return IDI_OK;
}

idi_status idi_ranks_any(idi_ranks *ranks, bool mine, bool *any_out)
{
    int first;
    *any_out = mine;
    IDI_TRY(idi_ranks_first(ranks, mine, &first));
    *any_out = first >= 0;
    return IDI_OK;
}
