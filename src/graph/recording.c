/* SPDX-License-Identifier: Apache-2.0 */
/* graph/recording.c - see recording.h. */
#include "graph/recording.h"

idi_recording_slot *idi_recordings_find(idi_recordings *recordings, uint64_t dirty)
{
    for (int i = 0; i < IDI_RECORDING_COUNT; i++) {
        idi_recording_slot *slot = &recordings->slots[i];
        if (slot->dirty != dirty) continue;
        slot->last_use = ++recordings->clock;
        return slot;
    }
    return NULL;
}

static void empty(idi_recording_slot *slot, idi_backend *backend)
{
    if (slot->recording) backend->recording_destroy(backend, slot->recording);
    *slot = (idi_recording_slot){.dirty = 0};
}

void idi_recordings_note(idi_recordings *recordings, idi_backend *backend, uint64_t dirty)
{
    idi_recording_slot *oldest = &recordings->slots[0];
    for (int i = 1; i < IDI_RECORDING_COUNT; i++)
        if (recordings->slots[i].last_use < oldest->last_use) oldest = &recordings->slots[i];
    empty(oldest, backend);
    oldest->dirty = dirty;
    oldest->last_use = ++recordings->clock;
}

void idi_recordings_clear(idi_recordings *recordings, idi_backend *backend)
{
    for (int i = 0; i < IDI_RECORDING_COUNT; i++)
        empty(&recordings->slots[i], backend);
}
