/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/idinject.h - everything. A complete program:
 *
 *     #include <idinject/idinject.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         idi_context *context;
 *         if (idi_context_create(NULL, &context) != IDI_OK) return 1;
 *         idi_generate_file_options options;
 *         idi_generate_file_init(&options);
 *         options.model = "generator.safetensors";
 *         options.recogniser = "recogniser.safetensors";
 *         options.labels = "where.png";
 *         options.style = "how.png";
 *         options.identity = "who.png";
 *         options.out = "face.png";
 *         idi_status status = idi_generate_file(context, &options);
 *         if (status != IDI_OK) fprintf(stderr, "%s\n", idi_last_error());
 *         idi_context_destroy(&context);
 *         return status != IDI_OK;
 *     }
 *
 * Link with -lidinject. Objects are opaque; a function that makes one says who destroys it.
 * Structs that you fill start with struct_size: use their _init function. Calls that can
 * fail return an idi_status; idi_last_error() has the sentence. Those that cannot accept NULL: a
 * _destroy, _free or _init does nothing, and what asks about an object gives "", NULL or 0. */
#ifndef IDINJECT_H
#define IDINJECT_H

#include "idinject/attack.h"
#include "idinject/batch.h"
#include "idinject/bitmap.h"
#include "idinject/context.h"
#include "idinject/device.h"
#include "idinject/easy.h"
#include "idinject/edit.h"
#include "idinject/evaluate.h"
#include "idinject/explain.h"
#include "idinject/model.h"
#include "idinject/session.h"
#include "idinject/status.h"
#include "idinject/team.h"
#include "idinject/train.h"
#include "idinject/values.h"
#include "idinject/version.h"

#endif
