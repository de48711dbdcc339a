/* SPDX-License-Identifier: Apache-2.0 */
/* nets/ca2sis_config.h - the rule behind idi_ca2sis_config_init(), for callers that change a side.
 */
#ifndef IDI_NETS_CA2SIS_CONFIG_H
#define IDI_NETS_CA2SIS_CONFIG_H

#include "nets/ca2sis.h"

/* Fills block_count and blocks for config's size and code_side: channels halve from 256 to 32,
 * self-attention up to 64x64, heads 8 of 64, in the last block 4 of 32. If the two sides are not a
 * power of two apart, or too many, block_count becomes 0, which the check refuses. */
void idi_ca2sis_config_set_blocks(idi_ca2sis_config *config);

#endif
