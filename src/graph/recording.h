/* SPDX-License-Identifier: Apache-2.0 */
/* graph/recording.h - a session's few recordings: which nodes have run together before, and how to
 * run them again in one go. */
#ifndef IDI_GRAPH_RECORDING_H
#define IDI_GRAPH_RECORDING_H

#include "graph/backend.h"

/* Four cover a generator: an image alone, with a new style, with a new identity, with both. */
enum { IDI_RECORDING_COUNT = 6 };

typedef struct idi_recording_slot {
    uint64_t dirty; /* the bits that say which nodes run; 0: the slot is empty */
    int64_t last_use;
    void *recording; /* the backend's; NULL: these nodes have run directly so far */
} idi_recording_slot;

typedef struct idi_recordings {
    idi_recording_slot slots[IDI_RECORDING_COUNT];
    int64_t clock;
} idi_recordings;

/* NULL: these nodes have not run yet. */
idi_recording_slot *idi_recordings_find(idi_recordings *recordings, uint64_t dirty);
/* Notes that they have run. The slot that was not used for longest makes room. */
void idi_recordings_note(idi_recordings *recordings, idi_backend *backend, uint64_t dirty);
void idi_recordings_clear(idi_recordings *recordings, idi_backend *backend);

#endif
