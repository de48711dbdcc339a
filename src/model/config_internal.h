/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_internal.h - what config.c, config_json.c and config_infer.c share. */
#ifndef IDI_MODEL_CONFIG_INTERNAL_H
#define IDI_MODEL_CONFIG_INTERNAL_H

#include "model/config.h"
#include "model/tensor_table.h"

/* depth: 0 where the name says none. */
IDI_NODISCARD idi_status idi_arch_parse(const char *name, idi_arch *arch_out, int *depth_out);

/* What idi_config_infer() does, of a table; sentences do not name the file. */
IDI_NODISCARD idi_status idi_config_infer_table(const idi_tensor_table *table,
                                                const char *arch_name,
                                                idi_model_config *config_out);

/* An error unless `config` is of the architecture that a caller asked for by name. */
IDI_NODISCARD idi_status idi_config_require_arch(const idi_model_config *config,
                                                 const char *arch_name);

#endif
