/* SPDX-License-Identifier: Apache-2.0 */
/* model/small_model.c - see small_model.h. */
#include "model/small_model.h"
#include "support/random.h"

#include <stdlib.h>

void small_model_close_memory(idi_memory **memory)
{
    idi_memory_stats stats;
    idi_memory_get_stats(*memory, &stats);
    idi_test_memory_close(memory);
    if (stats.total_current_bytes > 0) abort();
}
