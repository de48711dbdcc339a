/* SPDX-License-Identifier: Apache-2.0 */
/* model/adaface.h - AdaFace's recognisers as the IResNets that they are: other names, and a few
 * layers that are left out there because they do nothing. */
#ifndef IDI_MODEL_ADAFACE_H
#define IDI_MODEL_ADAFACE_H

#include "model/config.h"
#include "model/tensor_table.h"

/* The order of the colours that the weights were trained on: the file does not say. */
typedef enum idi_adaface_colours {
    IDI_ADAFACE_BGR, /* AdaFace's own repository: "adaface" */
    IDI_ADAFACE_RGB  /* CVLface's releases of the same networks: "cvlface" */
} idi_adaface_colours;

/* False for NULL and other names. */
bool idi_adaface_parse(const char *arch_name, idi_adaface_colours *colours_out);
/* Whether the table's names are AdaFace's, and not those of its kin without a middle norm. */
bool idi_adaface_is(const idi_tensor_table *table);

/* The same network as IResNet, for RGB. Tensors stay `from`'s, but for those that are made. Errors:
 * WEIGHTS (something is missing; squeeze and excitation, which is not read), NOMEM. */
IDI_NODISCARD idi_status idi_adaface_to_iresnet(const idi_tensor_table *from,
                                                idi_adaface_colours colours,
                                                idi_tensor_table *table_out);

#endif
