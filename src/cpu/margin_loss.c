/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/margin_loss.c - ops/margin_loss.h as loops. With a = logsumexp over the other classes minus
 * the own class's logit, a sample's loss is log(1 + exp(a)) and its softmax of the others sums to
 * sigmoid(a): no difference of two near numbers where a sample is learnt well. */
#include "ops/margin_loss.h"
#include "cpu/cpu.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

typedef struct sample {
    const real *cosines; /* [K] */
    int64_t count;       /* K */
    int64_t own;         /* its class; -1: none */
    double angular, additive;
} sample;

static sample get_sample(const idi_exec *e, int64_t n)
{
    const idi_margin_loss_attr *attr = e->attr;
    const int64_t count = e->in[0].shape.dim[1];
    const int64_t class = ((const int32_t *)e->in[1].data)[n];
    const real *margins = in_real(e, 2);
    return (sample){in_real(e, 0) + n * count, count, class >= 0 && class < count ? class : -1,
                    margins ? (double)margins[2 * n] : attr->angular,
                    margins ? (double)margins[2 * n + 1] : attr->additive};
}

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x; /* a NaN stays one */
}

static double cosine(const sample *s, int64_t k, const idi_margin_loss_attr *attr)
{
    return clamp((double)s->cosines[k], attr->edge - 1.0, 1.0 - attr->edge);
}

static double own_logit(const sample *s, const idi_margin_loss_attr *attr)
{
    const double c = cosine(s, s->own, attr);
    double angle = acos(c) + s->angular;
    if (attr->beyond == IDI_MARGIN_CLIP) angle = clamp(angle, attr->edge, pi - attr->edge);
    const double turned = attr->beyond == IDI_MARGIN_FALLBACK && angle > pi
                              ? c - s->angular * sin(s->angular)
                              : cos(angle);
    return attr->scale * (turned - s->additive);
}

/* The derivative of the own class's logit by its clamped cosine, over the scale. */
static double own_slope(const sample *s, const idi_margin_loss_attr *attr)
{
    const double theta = acos(cosine(s, s->own, attr));
    const double angle = theta + s->angular;
    if (!attr->is_exact) return 1.0;
    if (attr->beyond == IDI_MARGIN_FALLBACK && angle > pi) return 1.0;
    if (attr->beyond == IDI_MARGIN_CLIP && (angle < attr->edge || angle > pi - attr->edge))
        return 0.0;
    return theta > 0.0 && theta < pi ? sin(angle) / sin(theta) : 0.0;
}

/* logsumexp of the other classes' logits; -INFINITY if there is none. */
static double others(const sample *s, const idi_margin_loss_attr *attr)
{
    double largest = -INFINITY;
    double sum = 0.0;
    for (int64_t k = 0; k < s->count; k++)
        if (k != s->own) largest = fmax(largest, attr->scale * cosine(s, k, attr));
    for (int64_t k = 0; k < s->count; k++)
        if (k != s->own) sum += exp(attr->scale * cosine(s, k, attr) - largest);
    return largest + log(sum);
}

IDI_CPU_OP(margin_loss)
{
    const idi_margin_loss_attr *attr = e->attr;
    const int64_t samples = e->in[0].shape.dim[0];
    double sum = 0.0;
    for (int64_t n = 0; n < samples; n++) {
        const sample s = get_sample(e, n);
        if (s.own < 0) continue;
        const double a = others(&s, attr) - own_logit(&s, attr);
        sum += (a <= 0.0 ? 0.0 : a) + log1p(exp(-fabs(a)));
    }
    out_real(e, 0)[0] = (real)(sum / (double)samples);
    return IDI_OK;
}

static void sample_gradient(const sample *s, const idi_margin_loss_attr *attr, double factor,
                            real *dcosines)
{
    const double logsumexp = s->own < 0 ? 0.0 : others(s, attr);
    const double share = s->own < 0 ? 0.0 : 1.0 / (1.0 + exp(own_logit(s, attr) - logsumexp));
    for (int64_t k = 0; k < s->count; k++) {
        double slope = fabs((double)s->cosines[k]) > 1.0 - attr->edge ? 0.0 : factor * share;
        if (k == s->own)
            slope *= -own_slope(s, attr);
        else if (share > 0.0)
            slope *= exp(attr->scale * cosine(s, k, attr) - logsumexp);
        dcosines[k] = (real)slope;
    }
}

IDI_CPU_OP(margin_loss_grad)
{
    const idi_margin_loss_attr *attr = e->attr;
    const int64_t samples = e->in[0].shape.dim[0];
    const double factor = (double)in_real(e, 3)[0] * attr->scale / (double)samples;
    for (int64_t n = 0; n < samples; n++) {
        const sample s = get_sample(e, n);
        sample_gradient(&s, attr, factor, out_real(e, 0) + n * s.count);
    }
    return IDI_OK;
}
