/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/conv2d_planes.c - convolutions of few channels and their gradients on planes
 * (conv_planes.h).
 *
 * Output and input gradient are one loop: planes of the source's channels, taps, planes of the
 * target's channels. The gradient of the input reads dz and writes a phase of dx after the other,
 * each of which has its own taps. A task is some lines of a block of groups of a sample. The
 * weight's gradient is summed by each thread over samples and lines of its own, then over the
 * threads. */
#include "cpu/fast/conv_planes.h"
#include "cpu/fast/vector.h"

typedef struct job {
    conv_shape shape;
    bool is_back;                     /* to the gradient of the input */
    planes source, target;            /* target.stride phases each way */
    int64_t from, to;                 /* channels of a group in the source and in the target */
    int64_t rows, columns;            /* of a target's plane, all of them */
    int64_t reach;                    /* lines of the source above what a line needs */
    int64_t strip, strips;            /* lines a task */
    int64_t block, blocks;            /* groups a task */
    int64_t source_size, target_size; /* of planes */
    int64_t padded;                   /* target channels of a group, up to whole PLANES_TARGETS */
    int64_t taps;                     /* of all phases */
} job;

static int64_t round_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b * b;
}

/* Blocks of groups that fill cache lines of pixels, lines of planes that fit into a core's cache.
 */
static void divide(job *j)
{
    enum { CACHE_FLOATS = 1 << 16, LEAST_CHANNELS = 16, LEAST_LINES = 4 };
    const int64_t phases = j->source.stride * j->source.stride;
    j->block = conv_min(conv_max(LEAST_CHANNELS / conv_max(j->from, j->to), 1), j->shape.groups);
    j->blocks = (j->shape.groups + j->block - 1) / j->block;
    j->padded = round_up(j->to, PLANES_TARGETS);
    const int64_t line = j->block * (j->from * phases + j->padded) * j->source.pitch;
    const int64_t fitting = conv_max(CACHE_FLOATS / line - j->reach, LEAST_LINES);
    j->strips = (j->rows + fitting - 1) / fitting;
    j->strip = (j->rows + j->strips - 1) / j->strips;
    j->source_size = planes_size(j->strip + j->reach, j->source.pitch);
    j->target_size = planes_size(j->strip, j->source.pitch);
}

static job forward_job(const conv_shape *s)
{
    const int64_t pitch = s->out_width + (s->kernel_width - 1) / s->stride;
    job j = {
        .shape = *s,
        .source = {s->height, s->width, s->channels, s->stride, s->pad, s->pad, pitch},
        .target = {s->out_height, s->out_width, s->out_channels, 1, 0, 0, pitch},
        .from = s->group_in,
        .to = s->group_out,
        .rows = s->out_height,
        .columns = s->out_width,
        .reach = (s->kernel_height - 1) / s->stride,
        .taps = s->inner,
    };
    divide(&j);
    return j;
}

static job back_job(const conv_shape *s)
{
    const int64_t columns = (s->width + s->pad + s->stride - 1) / s->stride;
    const int64_t above = (s->kernel_height - 1) / s->stride;
    const int64_t before = (s->kernel_width - 1) / s->stride;
    const int64_t pitch = columns + before;
    job j = {
        .shape = *s,
        .is_back = true,
        .source = {s->out_height, s->out_width, s->out_channels, 1, above, before, pitch},
        .target = {s->height, s->width, s->channels, s->stride, s->pad, s->pad, pitch},
        .from = s->group_out,
        .to = s->group_in,
        .rows = (s->height + s->pad + s->stride - 1) / s->stride,
        .columns = columns,
        .reach = above,
        .taps = s->kernel_height * s->kernel_width * s->group_out,
    };
    divide(&j);
    return j;
}

/* --- taps and their weights ------------------------------------------------------------------- */

/* Where source channel c lies under tap (ky, kx). */
static int64_t tap_offset(const job *j, int64_t c, int64_t ky, int64_t kx)
{
    const int64_t s = j->shape.stride;
    const int64_t pitch = j->source.pitch;
    if (j->is_back)
        return c * j->source_size + (j->source.top - ky / s) * pitch + j->source.left - kx / s;
    return ((c * s + ky % s) * s + kx % s) * j->source_size + ky / s * pitch + kx / s;
}

static bool is_of_phase(const job *j, int64_t ky, int64_t kx, int64_t phase)
{
    const int64_t s = j->target.stride;
    return ky % s * s + kx % s == phase;
}

/* Of target channel `to` and source channel `from` in the group. */
static float weight_of(const job *j, const float *weight, int64_t to, int64_t from, int64_t ky,
                       int64_t kx)
{
    const conv_shape *s = &j->shape;
    const int64_t o = j->is_back ? from : to;
    const int64_t c = j->is_back ? to : from;
    return weight[o * s->inner + (ky * s->kernel_width + kx) * s->group_in + c];
}

/* The taps of a phase: how many, and their offsets. Channels outside, so that taps of one plane
 * follow each other. */
static int64_t list_taps(const job *j, int64_t phase, int64_t *offsets)
{
    int64_t count = 0;
    for (int64_t c = 0; c < j->from; c++)
        for (int64_t ky = 0; ky < j->shape.kernel_height; ky++)
            for (int64_t kx = 0; kx < j->shape.kernel_width; kx++)
                if (is_of_phase(j, ky, kx, phase)) offsets[count++] = tap_offset(j, c, ky, kx);
    return count;
}

/* Of target channels first .. first + PLANES_TARGETS - 1, zeros behind the last. */
static void pack_weights(const job *j, const float *weight, int64_t first, int64_t phase,
                         float *out)
{
    for (int64_t c = 0; c < j->from; c++)
        for (int64_t ky = 0; ky < j->shape.kernel_height; ky++)
            for (int64_t kx = 0; kx < j->shape.kernel_width; kx++) {
                if (!is_of_phase(j, ky, kx, phase)) continue;
                for (int64_t o = first; o < first + PLANES_TARGETS; o++)
                    *out++ = o < j->to ? weight_of(j, weight, o, c, ky, kx) : 0.0F;
            }
}

/* --- output and gradient of the input --------------------------------------------------------- */

typedef struct call {
    job job;
    const float *source, *weight, *bias, *residual;
    float *target;
    idi_act act;
    int64_t *offsets; /* of all phases, one after the other */
    float *weights; /* [phases][groups][padded/PLANES_TARGETS][taps of the phase, PLANES_TARGETS] */
} call;

static int64_t packed_floats(const job *j)
{
    return j->taps * j->padded * j->shape.groups;
}

static int64_t task_floats(const job *j)
{
    const int64_t phases = j->source.stride * j->source.stride;
    return j->block * j->from * phases * j->source_size + j->padded * j->target_size;
}

static void prepare(const call *k)
{
    const job *j = &k->job;
    int64_t *offsets = k->offsets;
    float *weights = k->weights;
    for (int64_t phase = 0; phase < j->target.stride * j->target.stride; phase++) {
        const int64_t count = list_taps(j, phase, offsets);
#pragma omp parallel for schedule(static)
        for (int64_t g = 0; g < j->shape.groups; g++)
            for (int64_t o = 0; o < j->padded; o += PLANES_TARGETS)
                pack_weights(j, k->weight + g * j->shape.group_out * j->shape.inner, o, phase,
                             weights + (g * j->padded + o) * count);
        offsets += count;
        weights += count * j->padded * j->shape.groups;
    }
}

/* What the products are added to. */
static void begin_targets(const call *k, int64_t group, int64_t image, int64_t first, int64_t rows,
                          float *targets)
{
    const job *j = &k->job;
    const int64_t channel = group * j->to;
    conv_zero(targets, j->padded * j->target_size);
    if (k->residual)
        planes_pack(&j->target, k->residual + image + channel, j->to, first, rows, targets,
                    j->target_size);
    for (int64_t o = 0; k->bias && o < j->to; o++)
        for (int64_t i = 0; i < rows * j->target.pitch; i++)
            targets[o * j->target_size + i] += k->bias[channel + o];
}

/* One group's lines of one phase. */
static void run_group(const call *k, int64_t group, int64_t phase, int64_t image, int64_t first,
                      int64_t rows, const float *sources, const int64_t *offsets, int64_t taps,
                      const float *weights, float *targets)
{
    const job *j = &k->job;
    const int64_t length = (rows - 1) * j->target.pitch + j->columns;
    begin_targets(k, group, image, first, rows, targets);
    for (int64_t o = 0; o < j->padded; o += PLANES_TARGETS)
        planes_combine(sources, offsets, taps, weights + (group * j->padded + o) * taps,
                       targets + o * j->target_size, j->target_size, length);
    for (int64_t o = 0; o < j->to && k->act != IDI_ACT_NONE; o++)
        fast_activate_serial(targets + o * j->target_size, length, k->act);
    planes_unpack(&j->target, phase, targets, j->target_size, j->to, first, rows,
                  k->target + image + group * j->to);
}

/* Task `index`: sample, strip and block of groups. */
static void run_task(const call *k, int64_t index, float *own)
{
    const job *j = &k->job;
    const int64_t first_group = index % j->blocks * j->block;
    const int64_t groups = conv_min(j->block, j->shape.groups - first_group);
    const int64_t first = index / j->blocks % j->strips * j->strip;
    const int64_t rows = conv_min(j->strip, j->rows - first);
    const int64_t n = index / j->blocks / j->strips;
    const int64_t per_group = j->from * j->source.stride * j->source.stride * j->source_size;
    const int64_t source_image = n * j->source.height * j->source.width * j->source.channels;
    const int64_t target_image = n * j->target.height * j->target.width * j->target.channels;
    const int64_t *offsets = k->offsets;
    const float *weights = k->weights;
    planes_pack(&j->source, k->source + source_image + first_group * j->from, groups * j->from,
                first, rows + j->reach, own, j->source_size);
    for (int64_t phase = 0; phase < j->target.stride * j->target.stride; phase++) {
        int64_t taps = 0;
        for (int64_t ky = 0; ky < j->shape.kernel_height; ky++)
            for (int64_t kx = 0; kx < j->shape.kernel_width; kx++)
                taps += is_of_phase(j, ky, kx, phase) ? j->from : 0;
        for (int64_t g = 0; g < groups; g++)
            run_group(k, first_group + g, phase, target_image, first, rows, own + g * per_group,
                      offsets, taps, weights, own + j->block * per_group);
        offsets += taps;
        weights += taps * j->padded * j->shape.groups;
    }
}

static size_t job_workspace(const job *j, int64_t threads)
{
    return (size_t)(packed_floats(j) + threads * task_floats(j)) * sizeof(float) +
           (size_t)j->taps * sizeof(int64_t);
}

static void run(call *k, const idi_exec *e)
{
    const job *j = &k->job;
    const int64_t tasks = j->shape.batch * j->strips * j->blocks;
    k->offsets = e->workspace;
    k->weights = (float *)(k->offsets + j->taps);
    float *own = k->weights + packed_floats(j);
    prepare(k);
#pragma omp parallel for schedule(static) num_threads(e->thread_count)
    for (int64_t t = 0; t < tasks; t++)
        run_task(k, t, own + omp_get_thread_num() * task_floats(j));
}

void IDI_FAST_NAME(planes_forward)(const conv_shape *s, const idi_exec *e)
{
    const idi_conv2d_attr *attr = e->attr;
    call k = {.job = forward_job(s),
              .source = e->in[0].data,
              .weight = e->in[1].data,
              .bias = e->in[2].data,
              .residual = e->in[3].data,
              .target = e->out[0].data,
              .act = attr->act};
    run(&k, e);
}

void IDI_FAST_NAME(planes_grad_input)(const conv_shape *s, const idi_exec *e)
{
    call k = {.job = back_job(s),
              .source = e->in[0].data,
              .weight = e->in[1].data,
              .target = e->out[0].data,
              .act = IDI_ACT_NONE};
    run(&k, e);
}

/* --- gradient of the weight ------------------------------------------------------------------- */

/* A thread's planes and its sums [O, taps]. */
static int64_t weight_floats(const job *j)
{
    const int64_t phases = j->source.stride * j->source.stride;
    return j->block * (j->from * phases * j->source_size + j->to * j->target_size) +
           j->shape.out_channels * j->taps;
}

/* Adds the lines of one group: PLANES_TARGETS of dz by PLANES_VECTORS taps at a time. The last ones
 * are taken again where some are missing. */
static void correlate_group(const job *j, const int64_t *offsets, const float *sources,
                            const float *targets, int64_t rows, float *sums)
{
    const int64_t length = (rows - 1) * j->target.pitch + j->columns;
    for (int64_t o = 0; o < j->to; o += PLANES_TARGETS)
        for (int64_t t = 0; t < j->taps; t += PLANES_VECTORS) {
            float products[PLANES_TARGETS][PLANES_VECTORS];
            const float *target[PLANES_TARGETS];
            const float *source[PLANES_VECTORS];
            for (int i = 0; i < PLANES_TARGETS; i++)
                target[i] = targets + conv_min(o + i, j->to - 1) * j->target_size;
            for (int v = 0; v < PLANES_VECTORS; v++)
                source[v] = sources + offsets[conv_min(t + v, j->taps - 1)];
            planes_correlate(target, source, length, products);
            for (int64_t i = 0; i < conv_min(PLANES_TARGETS, j->to - o); i++)
                for (int64_t v = 0; v < conv_min(PLANES_VECTORS, j->taps - t); v++)
                    sums[(o + i) * j->taps + t + v] += products[i][v];
        }
}

static void correlate_task(const job *j, const idi_exec *e, const int64_t *offsets, int64_t index,
                           float *own)
{
    const conv_shape *s = &j->shape;
    const int64_t first_group = index % j->blocks * j->block;
    const int64_t groups = conv_min(j->block, s->groups - first_group);
    const int64_t first = index / j->blocks % j->strips * j->strip;
    const int64_t rows = conv_min(j->strip, j->rows - first);
    const int64_t n = index / j->blocks / j->strips;
    const int64_t per_group = j->from * s->stride * s->stride * j->source_size;
    const float *dz = (const float *)e->in[0].data +
                      n * s->out_height * s->out_width * s->out_channels + first_group * j->to;
    const float *x = (const float *)e->in[1].data + n * s->height * s->width * s->channels +
                     first_group * j->from;
    float *targets = own + j->block * per_group;
    float *sums = targets + j->block * j->to * j->target_size + first_group * j->to * j->taps;
    planes_pack(&j->source, x, groups * j->from, first, rows + j->reach, own, j->source_size);
    planes_pack(&j->target, dz, groups * j->to, first, rows, targets, j->target_size);
    for (int64_t g = 0; g < groups; g++)
        correlate_group(j, offsets, own + g * per_group, targets + g * j->to * j->target_size, rows,
                        sums + g * j->to * j->taps);
}

/* From the threads' sums, whose taps go by channel, to the weight's order. */
static void join_threads(const job *j, const float *own, int64_t threads, float *dweight)
{
    const conv_shape *s = &j->shape;
    const int64_t kernel = s->kernel_height * s->kernel_width;
    const float *first = own + weight_floats(j) - s->out_channels * j->taps;
#pragma omp parallel for schedule(static)
    for (int64_t o = 0; o < s->out_channels; o++)
        for (int64_t i = 0; i < s->inner; i++) {
            const int64_t tap = i % s->group_in * kernel + i / s->group_in;
            float sum = 0.0F;
            for (int64_t t = 0; t < threads; t++)
                sum += first[t * weight_floats(j) + o * j->taps + tap];
            dweight[o * s->inner + i] = sum;
        }
}

void IDI_FAST_NAME(planes_grad_weight)(const conv_shape *s, const idi_exec *e)
{
    const job j = forward_job(s);
    const int64_t tasks = s->batch * j.strips * j.blocks;
    const int64_t sums = s->out_channels * j.taps;
    int64_t *offsets = e->workspace;
    float *own = (float *)(offsets + j.taps);
    (void)list_taps(&j, 0, offsets);
    for (int64_t t = 0; t < e->thread_count; t++)
        conv_zero(own + (t + 1) * weight_floats(&j) - sums, sums);
#pragma omp parallel for schedule(static) num_threads(e->thread_count)
    for (int64_t t = 0; t < tasks; t++)
        correlate_task(&j, e, offsets, t, own + omp_get_thread_num() * weight_floats(&j));
    join_threads(&j, own, e->thread_count, e->out[0].data);
}

/* --- workspace -------------------------------------------------------------------------------- */

size_t IDI_FAST_NAME(planes_forward_workspace)(const conv_shape *s, int64_t threads)
{
    const job j = forward_job(s);
    return job_workspace(&j, threads);
}

size_t IDI_FAST_NAME(planes_grad_input_workspace)(const conv_shape *s, int64_t threads)
{
    const job j = back_job(s);
    return job_workspace(&j, threads);
}

size_t IDI_FAST_NAME(planes_grad_weight_workspace)(const conv_shape *s, int64_t threads)
{
    const job j = forward_job(s);
    return (size_t)(threads * weight_floats(&j)) * sizeof(float) + (size_t)j.taps * sizeof(int64_t);
}
