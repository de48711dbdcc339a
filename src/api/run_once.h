/* SPDX-License-Identifier: Apache-2.0 */
/* api/run_once.h - plans a network, runs it for one sample and frees it: encoders. */
#ifndef IDI_API_RUN_ONCE_H
#define IDI_API_RUN_ONCE_H

#include "api/objects.h"

/* image [S, S, 3], or noise where the network has no image, and labels u8 [S, S] (NULL if it takes
 * none) to the output's floats. */
IDI_NODISCARD idi_status idi_run_once(const idi_model *model, const idi_network *network,
                                      const float *image, const uint8_t *labels, float *out);

#endif
