/* SPDX-License-Identifier: Apache-2.0 */
/* model/onnx_iresnet.h - an ONNX graph that is an IResNet, as the tensors of its PyTorch state
 * dictionary. Names are no help, because exporters fold batch norms into convolutions and number
 * what comes out: the graph is walked from its input. */
#ifndef IDI_MODEL_ONNX_IRESNET_H
#define IDI_MODEL_ONNX_IRESNET_H

#include "model/config.h"
#include "model/tensor_table.h"

/* A folded convolution's batch norm comes out as one that adds the bias alone. The table owns its
 * tensors and outlives the file. Errors: IO, FORMAT (not an ONNX file), WEIGHTS (no IResNet: which
 * layer is missing after which, and what stands there), NOMEM. */
IDI_NODISCARD idi_status idi_onnx_iresnet(idi_memory *memory, const char *path,
                                          idi_tensor_table *table_out,
                                          idi_model_config *config_out);

#endif
