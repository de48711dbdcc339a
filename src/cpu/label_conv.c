/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/label_conv.c - ops/label_conv.h as loops. */
#include "ops/label_conv.h"
#include "cpu/act.h"
#include "cpu/cpu.h"
#include "cpu/label_map.h"

enum { TAPS = 9, MAX_CLASSES = 256 };

/* The class at `tap` of output pixel i, or -1 outside of the image and for unknown labels. */
static int64_t class_at(const idi_label_conv_attr *attr, const idi_tensor *labels, int64_t i,
                        int64_t tap)
{
    const int64_t n = i / (attr->height * attr->width);
    const int64_t y = i / attr->width % attr->height + tap / 3 - 1;
    const int64_t x = i % attr->width + tap % 3 - 1;
    if (y < 0 || y >= attr->height || x < 0 || x >= attr->width) return -1;
    const int64_t label = label_at(labels, n, y, x, attr->height, attr->width);
    return label < attr->classes ? label : -1;
}

IDI_CPU_OP(label_conv)
{
    const idi_label_conv_attr *attr = e->attr;
    const int64_t width = e->out[0].shape.dim[3];
    const int64_t pixels = attr->height * attr->width;
    const bool has_own = e->in[1].shape.rank == 3; /* weights of a sample */
    for (int64_t i = 0; i < idi_shape_rows(&e->out[0].shape); i++) {
        int64_t seen[TAPS];
        for (int64_t tap = 0; tap < TAPS; tap++)
            seen[tap] = class_at(attr, &e->in[0], i, tap);
        const real *weight =
            in_real(e, 1) + (has_own ? i / pixels * width * TAPS * attr->classes : 0);
        for (int64_t o = 0; o < width; o++) {
            double sum = (double)in_real(e, 2)[o];
            for (int64_t tap = 0; tap < TAPS; tap++)
                if (seen[tap] >= 0)
                    sum += (double)weight[(o * TAPS + tap) * attr->classes + seen[tap]];
            out_real(e, 0)[i * width + o] = (real)act_value(attr->act, sum);
        }
    }
    return IDI_OK;
}

static void grad_weight(const idi_exec *e, const idi_label_conv_attr *attr)
{
    const int64_t pixels = idi_shape_rows(&e->in[0].shape);
    const int64_t width = idi_shape_last(&e->in[0].shape);
    for (int64_t j = 0; j < width * TAPS; j++) {
        double sum[MAX_CLASSES] = {0.0};
        for (int64_t i = 0; i < pixels; i++) {
            const int64_t seen = class_at(attr, &e->in[1], i, j % TAPS);
            if (seen >= 0) sum[seen] += (double)in_real(e, 0)[i * width + j / TAPS];
        }
        for (int64_t r = 0; r < attr->classes; r++)
            out_real(e, 0)[j * attr->classes + r] = (real)sum[r];
    }
}

IDI_CPU_OP(label_conv_grad)
{
    const int64_t pixels = idi_shape_rows(&e->in[0].shape);
    const int64_t width = idi_shape_last(&e->in[0].shape);
    if (out_real(e, 0)) grad_weight(e, e->attr);
    for (int64_t o = 0; out_real(e, 1) && o < width; o++) {
        double sum = 0.0;
        for (int64_t i = 0; i < pixels; i++)
            sum += (double)in_real(e, 0)[i * width + o];
        out_real(e, 1)[o] = (real)sum;
    }
    return IDI_OK;
}
