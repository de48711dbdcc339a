/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/spade_batch_norm.c - ops/spade_batch_norm.h as loops. */
#include "ops/spade_batch_norm.h"
#include "cpu/act.h"
#include "cpu/cpu.h"

enum { X, MEAN, VARIANCE, MAPS, STYLE_MAPS, BLEND_GAMMA, BLEND_BETA, NOISE, NOISE_SCALE };

/* A map's number at `at`, blended with the style's where there is one. */
static double blended(const idi_exec *e, int64_t at, double share)
{
    const double own = (double)in_real(e, MAPS)[at];
    if (!in_real(e, STYLE_MAPS)) return own;
    return share * (double)in_real(e, STYLE_MAPS)[at] + (1.0 - share) * own;
}

static double share_of(const idi_exec *e, int input)
{
    return in_real(e, input) ? act_value(IDI_ACT_SIGMOID, (double)in_real(e, input)[0]) : 0.0;
}

IDI_CPU_OP(spade_batch_norm)
{
    const idi_spade_batch_norm_attr *attr = e->attr;
    const int64_t channels = idi_shape_last(&e->in[X].shape);
    const double gamma_share = share_of(e, BLEND_GAMMA);
    const double beta_share = share_of(e, BLEND_BETA);
    const int64_t pixels = idi_shape_rows(&e->in[X].shape);
#pragma omp parallel for schedule(static)
    for (int64_t p = 0; p < pixels; p++)
        for (int64_t c = 0; c < channels; c++) {
            double x = (double)in_real(e, X)[p * channels + c];
            if (in_real(e, NOISE))
                x += (double)in_real(e, NOISE)[p] * (double)in_real(e, NOISE_SCALE)[c];
            const double normal = (x - (double)in_real(e, MEAN)[c]) /
                                  sqrt((double)in_real(e, VARIANCE)[c] + attr->eps);
            const int64_t at = p * 2 * channels + c;
            const double y = normal * (1.0 + blended(e, at, gamma_share)) +
                             blended(e, at + channels, beta_share);
            out_real(e, 0)[p * channels + c] = (real)act_value(attr->act, y);
        }
    return IDI_OK;
}
