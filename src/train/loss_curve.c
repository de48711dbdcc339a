/* SPDX-License-Identifier: Apache-2.0 */
/* train/loss_curve.c - a training's log as a picture. */
#include "train/training_log.h"

#include <math.h>

enum { WIDTH = 900, HEIGHT = 480, LEFT = 70, RIGHT = 840, TOP = 70, BOTTOM = 420, LINES = 5 };
enum { TITLE_WIDTH = 150, TITLE_HEIGHT = 18, TITLES_A_ROW = 5 };

/* The plane that steps and values are drawn in. */
typedef struct plane {
    FILE *stream;
    const idi_log_layout *layout;
    const idi_log_line *lines;
    int64_t count;
    double last_step, top_loss;
} plane;

static double across(const plane *p, int64_t step)
{
    return LEFT + (RIGHT - LEFT) * (double)step / p->last_step;
}

static double up(const plane *p, int column, double value)
{
    const double top = p->layout->columns[column].axis == IDI_AXIS_LOSS ? p->top_loss : 1.0;
    return BOTTOM - (BOTTOM - TOP) * value / top;
}

static const char *colour_of(int column)
{
    static const char *const colours[] = {"#1f4e9c", "#2e8b57", "#7a3e9d", "#a0522d",
                                          "#008b8b", "#c71585", "#b35900", "#556b2f"};
    return colours[column % (int)(sizeof colours / sizeof colours[0])];
}

static plane plane_of(FILE *stream, const idi_log_layout *layout, const idi_log_line *lines,
                      int64_t count)
{
    plane p = {stream, layout, lines, count, 1.0, 0.0};
    for (int64_t i = 0; i < count; i++) {
        if ((double)lines[i].step > p.last_step) p.last_step = (double)lines[i].step;
        for (int c = 0; c < layout->count; c++)
            if (layout->columns[c].axis == IDI_AXIS_LOSS && lines[i].values[c] > p.top_loss)
                p.top_loss = lines[i].values[c];
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
        const double y = BOTTOM - (BOTTOM - TOP) * share;
        (void)fprintf(p->stream,
                      "<path d=\"M%d %.1fH%d\" stroke=\"#dddddd\"/>"
                      "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>"
                      "<text x=\"%d\" y=\"%.1f\">%.1f</text>"
                      "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n",
                      (int)LEFT, y, (int)RIGHT, LEFT - 8, y + 4.0, p->top_loss * share, RIGHT + 8,
                      y + 4.0, share, LEFT + (RIGHT - LEFT) * share, BOTTOM + 22,
                      p->last_step * share);
    }
    (void)fprintf(p->stream, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>\n",
                  (LEFT + RIGHT) / 2, BOTTOM + 44);
}

/* place: among the titles. */
static void put_title(const plane *p, int column, int place)
{
    const idi_log_column *c = &p->layout->columns[column];
    (void)fprintf(p->stream, "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s%s</text>\n",
                  LEFT + TITLE_WIDTH * (place % TITLES_A_ROW),
                  24 + TITLE_HEIGHT * (place / TITLES_A_ROW), colour_of(column),
                  c->title ? c->title : c->name, c->axis == IDI_AXIS_SHARE ? " \xe2\x86\x92" : "");
}

/* weight: of a value in the running mean; 1: the values themselves. */
static void put_curve(const plane *p, int column, double weight, const char *style)
{
    double mean = (double)NAN;
    (void)fprintf(p->stream, "<polyline fill=\"none\" stroke=\"%s\" %s points=\"",
                  colour_of(column), style);
    for (int64_t i = 0; i < p->count; i++) {
        const double value = p->lines[i].values[column];
        if (isnan(value)) continue;
        mean = isnan(mean) ? value : mean + weight * (value - mean);
        (void)fprintf(p->stream, "%.1f,%.1f ", across(p, p->lines[i].step), up(p, column, mean));
    }
    (void)fprintf(p->stream, "\"/>\n");
}

static void put_points(const plane *p, int column)
{
    for (int64_t i = 0; i < p->count; i++) {
        const double value = p->lines[i].values[column];
        if (isnan(value)) continue;
        (void)fprintf(p->stream,
                      "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\"><title>step %lld: %s "
                      "%.4f</title></circle>\n",
                      across(p, p->lines[i].step), up(p, column, value), colour_of(column),
                      (long long)p->lines[i].step, p->layout->columns[column].name, value);
    }
}

static void put_column(const plane *p, int column, int place)
{
    put_title(p, column, place);
    if (p->layout->columns[column].axis == IDI_AXIS_SHARE) {
        put_curve(p, column, 1.0, "");
        put_points(p, column);
        return;
    }
    if (column == 0) put_curve(p, column, 1.0, "stroke-opacity=\"0.25\"");
    put_curve(p, column, p->count > 100 ? 0.05 : 0.2, "stroke-width=\"2\"");
}

idi_status idi_loss_curve_write(idi_memory *memory, const idi_log_layout *layout,
                                const idi_log_line *lines, int64_t count, const char *path)
{
    idi_file_writer writer;
    int place = 0;
    IDI_TRY(idi_file_writer_open(memory, path, &writer));
    const plane p = plane_of(writer.stream, layout, lines, count);
    put_frame(&p);
    for (int c = 0; c < layout->count; c++)
        if (layout->columns[c].axis != IDI_AXIS_NONE) put_column(&p, c, place++);
    (void)fprintf(p.stream, "</svg>\n");
    idi_status st = ferror(p.stream) ? idi_fail(IDI_ERR_IO, "%s: cannot be written", path)
                                     : idi_file_writer_commit(&writer);
    if (st != IDI_OK) idi_file_writer_abandon(&writer);
    return st;
}
