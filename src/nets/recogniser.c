/* SPDX-License-Identifier: Apache-2.0 */
/* nets/recogniser.c - what the recognisers share: the crop and the choice of the network. */
#include "nets/recogniser.h"
#include "ops/adaptive_pool.h"

/* The crop of pSp: rows 35..222 and columns 32..219 of a face of 256 x 256. */
enum { FACE_SIDE = 256, CROP_TOP = 35, CROP_LEFT = 32, CROP_SIDE = 188 };

static idi_value pool(idi_graph *graph, idi_value x, int64_t top, int64_t left, int64_t side,
                      int64_t out_side)
{
    const idi_adaptive_pool_attr attr = {
        .top = top,
        .left = left,
        .height = side,
        .width = side,
        .out_height = out_side,
        .out_width = out_side,
    };
    return idi_adaptive_pool(graph, x, &attr);
}

idi_value idi_recogniser_crop(idi_graph *graph, const idi_recogniser_config *config, idi_value face)
{
    const int64_t side = idi_graph_shape(graph, face).dim[1];
    if (config->kind == IDI_FACENET) return pool(graph, face, 0, 0, side, config->input_side);
    if (side != FACE_SIDE) face = pool(graph, face, 0, 0, side, FACE_SIDE);
    return pool(graph, face, CROP_TOP, CROP_LEFT, CROP_SIDE, config->input_side);
}

idi_value idi_recogniser_with_stages(idi_graph *graph, const idi_recogniser_config *config,
                                     idi_value crop, idi_mode mode,
                                     idi_value stages_out[IDI_RECOGNISER_STAGES])
{
    switch (config->kind) {
    case IDI_IRESNET:
        return idi_iresnet(graph, config, crop, mode, stages_out);
    case IDI_MOBILEFACENET:
        return idi_mobilefacenet(graph, config, crop, mode, stages_out);
    case IDI_FACENET:
        return idi_facenet(graph, config, crop, mode, stages_out);
    }
    return IDI_NONE;
}

idi_value idi_recogniser(idi_graph *graph, const idi_recogniser_config *config, idi_value crop,
                         idi_mode mode)
{
    idi_value stages[IDI_RECOGNISER_STAGES];
    return idi_recogniser_with_stages(graph, config, crop, mode, stages);
}
