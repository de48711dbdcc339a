/* SPDX-License-Identifier: Apache-2.0 */
/* train/attacker.h - a frozen generator and the recogniser whose identities it takes, as inference
 * on the training's device: photographs to identities, and to images with other ones. */
#ifndef IDI_TRAIN_ATTACKER_H
#define IDI_TRAIN_ATTACKER_H

#include "graph/session.h"
#include "model/network.h"
#include "model/placement.h"
#include "train/fixed_files.h"
#include "train/recipe.h"

enum { IDI_ATTACKER_GROUP = 8 }; /* faces of one run */

typedef struct idi_attack_model {
    idi_model_config config;
    idi_weights *weights;
    idi_placement *placement;
    char made_for[17]; /* a generator's: the fingerprint of its recogniser; "": not noted */
} idi_attack_model;

typedef struct idi_attack_network {
    idi_network network;
    idi_graph_session *session;
    int64_t output_count; /* numbers of IDI_ATTACKER_GROUP outputs */
} idi_attack_network;

typedef struct idi_attacker {
    idi_memory *memory;
    int64_t size, identity_dim;
    idi_attack_model generator, recogniser;
    idi_attack_network embed, style, generate;
    float *styles; /* of a group */
} idi_attacker;

/* The two of recipe->attacks, which are noted in `files`. Errors: of reading model files; ARG, by
 * the recipe's member (another kind of network, another side than the data's, fewer classes than
 * label maps have, identities of another recogniser). */
IDI_NODISCARD idi_status idi_attacker_open(idi_backend *backend, const idi_recipe *recipe,
                                           idi_fixed_files *files, idi_attacker *attacker_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_attacker_close(idi_attacker *attacker);

/* faces [IDI_ATTACKER_GROUP, size, size, 3] in -1..1 -> identities [IDI_ATTACKER_GROUP,
 * identity_dim], of unit length. NUMERIC: one that has no length or is not finite. */
IDI_NODISCARD idi_status idi_attacker_embed(idi_attacker *attacker, const float *faces,
                                            float *identities_out);

/* Images of the faces, each with its own label map [size, size] and style and a given identity. */
IDI_NODISCARD idi_status idi_attacker_generate(idi_attacker *attacker, const float *faces,
                                               const uint8_t *labels, const float *identities,
                                               float *images_out);

#endif
