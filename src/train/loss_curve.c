/* SPDX-License-Identifier: Apache-2.0 */
/* train/loss_curve.c - a training's log as a picture. */
#include "train/training_log.h"

enum { WIDTH = 900, HEIGHT = 480, LEFT = 70, RIGHT = 840, TOP = 50, BOTTOM = 420, LINES = 5 };

/* The plane that steps and losses are drawn in. */
typedef struct plane {
    FILE *stream;
    double last_step, top_loss;
} plane;

static double across(const plane *p, int64_t step)
{
    return LEFT + (RIGHT - LEFT) * (double)step / p->last_step;
}

static double up(double share)
{
    return BOTTOM - (BOTTOM - TOP) * share;
}

static plane plane_of(FILE *stream, const idi_log_line *lines, int64_t count)
{
    plane p = {stream, 1.0, 0.0};
    for (int64_t i = 0; i < count; i++) {
        if ((double)lines[i].step > p.last_step) p.last_step = (double)lines[i].step;
        if (lines[i].loss > p.top_loss) p.top_loss = lines[i].loss;
    }
    if (!(p.top_loss > 0.0)) p.top_loss = 1.0;
    return p;
}

static void put_frame(const plane *p)
{
    (void)fprintf(p->stream,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                  "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n"
                  "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
                  (int)WIDTH, (int)HEIGHT, (int)WIDTH, (int)HEIGHT);
    for (int i = 0; i <= LINES; i++) {
        const double share = (double)i / LINES;
        (void)fprintf(p->stream,
                      "<path d=\"M%d %.1fH%d\" stroke=\"#dddddd\"/>"
                      "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>"
                      "<text x=\"%d\" y=\"%.1f\" fill=\"#b35900\">%.1f</text>"
                      "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n",
                      (int)LEFT, up(share), (int)RIGHT, LEFT - 8, up(share) + 4.0,
                      p->top_loss * share, RIGHT + 8, up(share) + 4.0, share,
                      LEFT + (RIGHT - LEFT) * share, BOTTOM + 22, p->last_step * share);
    }
    (void)fprintf(p->stream,
                  "<text x=\"%d\" y=\"28\" fill=\"#1f4e9c\">loss (thin: single steps)</text>"
                  "<text x=\"%d\" y=\"28\" text-anchor=\"end\" fill=\"#b35900\">TAR at FAR 0.01, "
                  "people not trained on</text><text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step"
                  "</text>\n",
                  (int)LEFT, (int)RIGHT, (LEFT + RIGHT) / 2, BOTTOM + 44);
}

/* weight: of a line in the running mean; 1: the losses themselves. */
static void put_losses(const plane *p, const idi_log_line *lines, int64_t count, double weight,
                       const char *style)
{
    double mean = count > 0 ? lines[0].loss : 0.0;
    (void)fprintf(p->stream, "<polyline fill=\"none\" %s points=\"", style);
    for (int64_t i = 0; i < count; i++) {
        mean += weight * (lines[i].loss - mean);
        (void)fprintf(p->stream, "%.1f,%.1f ", across(p, lines[i].step), up(mean / p->top_loss));
    }
    (void)fprintf(p->stream, "\"/>\n");
}

static void put_tars(const plane *p, const idi_log_line *lines, int64_t count)
{
    (void)fprintf(p->stream, "<polyline fill=\"none\" stroke=\"#b35900\" points=\"");
    for (int64_t i = 0; i < count; i++)
        if (lines[i].is_validated)
            (void)fprintf(p->stream, "%.1f,%.1f ", across(p, lines[i].step), up(lines[i].tar));
    (void)fprintf(p->stream, "\"/>\n");
    for (int64_t i = 0; i < count; i++)
        if (lines[i].is_validated)
            (void)fprintf(p->stream,
                          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"#b35900\"><title>step "
                          "%lld: TAR %.4f, EER %.4f</title></circle>\n",
                          across(p, lines[i].step), up(lines[i].tar), (long long)lines[i].step,
                          lines[i].tar, lines[i].eer);
}

idi_status idi_loss_curve_write(idi_memory *memory, const idi_log_line *lines, int64_t count,
                                const char *path)
{
    idi_file_writer writer;
    IDI_TRY(idi_file_writer_open(memory, path, &writer));
    const plane p = plane_of(writer.stream, lines, count);
    put_frame(&p);
    put_losses(&p, lines, count, 1.0, "stroke=\"#1f4e9c\" stroke-opacity=\"0.25\"");
    put_losses(&p, lines, count, count > 100 ? 0.05 : 0.2, "stroke=\"#1f4e9c\" stroke-width=\"2\"");
    put_tars(&p, lines, count);
    (void)fprintf(p.stream, "</svg>\n");
    idi_status st = ferror(p.stream) ? idi_fail(IDI_ERR_IO, "%s: cannot be written", path)
                                     : idi_file_writer_commit(&writer);
    if (st != IDI_OK) idi_file_writer_abandon(&writer);
    return st;
}
