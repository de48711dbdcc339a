/* SPDX-License-Identifier: Apache-2.0 */
/* model/small_model.h - the setting of a small generator. */
#ifndef IDI_TESTS_MODEL_SMALL_MODEL_H
#define IDI_TESTS_MODEL_SMALL_MODEL_H

#include "model/config.h"

/* Small, and with every layout that a generator's parameters have. */
#define SMALL_MODEL                                                                                \
    "{\"arch\": \"ca2sis-id\", \"size\": 64, \"classes\": 3, \"code_side\": 16, "                  \
    "\"code_channels\": 12, \"style_dim\": 5, \"style_width\": 2, \"style_downs\": 3, "            \
    "\"norm_groups\": 4, \"noise_dim\": 3, \"noise_hidden\": 6, \"identity_dim\": 7, "             \
    "\"spade_hidden\": 9, \"modulation\": \"spade\", \"has_tanh\": true, \"block_count\": 3, "     \
    "\"blocks\": ["                                                                                \
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": true}, "            \
    "{\"channels\": 8, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": false}, "            \
    "{\"channels\": 4, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}]}"

idi_model_config small_model_config(void);

#endif
