/* SPDX-License-Identifier: Apache-2.0 */
/* cli/evaluate_plot.c - lines over two axes as SVG, and text and bytes as HTML takes them. */
#include "evaluate_page.h"

#include <math.h>

enum { WIDTH = 460, HEIGHT = 340, LEFT = 56, RIGHT = 16, TOP = 30, BOTTOM = 48, TICKS = 5 };

/* Told apart by people who see few colours, on white and on black. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f"};
enum { COLOURS = sizeof colours / sizeof colours[0] };

static double x_of(const idi_plot *plot, double x)
{
    double low = plot->x_low, high = plot->x_high;
    if (plot->is_log) {
        x = log10(fmax(x, low));
        low = log10(low);
        high = log10(high);
    }
    return LEFT + (x - low) / (high - low) * (WIDTH - LEFT - RIGHT);
}

static double y_of(double y)
{
    return TOP + (1.0 - y) * (HEIGHT - TOP - BOTTOM);
}

static void draw_line(FILE *page, double x1, double y1, double x2, double y2)
{
    (void)fprintf(page, "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                  x1, y1, x2, y2);
}

static void draw_x_tick(FILE *page, const idi_plot *plot, double x)
{
    draw_line(page, x_of(plot, x), TOP, x_of(plot, x), HEIGHT - BOTTOM);
    (void)fprintf(page, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
                  x_of(plot, x), HEIGHT - BOTTOM + 16, x);
}

static void draw_x_ticks(FILE *page, const idi_plot *plot)
{
    if (plot->is_log) {
        const int last = (int)lround(log10(plot->x_high / plot->x_low));
        for (int i = 0; i <= last; i++)
            draw_x_tick(page, plot, plot->x_low * pow(10.0, i));
        return;
    }
    for (int i = 0; i <= TICKS; i++)
        draw_x_tick(page, plot, plot->x_low + (plot->x_high - plot->x_low) * i / TICKS);
}

void idi_plot_begin(FILE *page, const idi_plot *plot)
{
    (void)fprintf(page,
                  "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n"
                  "<text class=\"title\" x=\"%d\" y=\"18\">%s</text>\n",
                  WIDTH, HEIGHT, plot->title, LEFT, plot->title);
    draw_x_ticks(page, plot);
    for (int i = 0; i <= TICKS; i++) {
        const double y = (double)i / TICKS;
        draw_line(page, LEFT, y_of(y), WIDTH - RIGHT, y_of(y));
        (void)fprintf(page, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>\n", LEFT - 6,
                      y_of(y) + 4, y);
    }
    (void)fprintf(page,
                  "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n"
                  "<text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">%s"
                  "</text>\n",
                  (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, plot->x_title,
                  (TOP + HEIGHT - BOTTOM) / 2, plot->y_title);
}

void idi_plot_line(FILE *page, const idi_plot *plot, const idi_series *series, int index)
{
    const char *colour = colours[index % COLOURS];
    (void)fprintf(page, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"",
                  colour);
    for (int i = 0; i < series->count; i++)
        (void)fprintf(page, "%.1f,%.1f ", x_of(plot, series->x[i]), y_of(series->y[i]));
    (void)fprintf(page, "\"><title>");
    idi_html_text(page, series->name);
    (void)fprintf(page, "</title></polyline>\n");
    for (int i = 0; series->has_marks && i < series->count; i++)
        (void)fprintf(page, "<circle fill=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", colour,
                      x_of(plot, series->x[i]), y_of(series->y[i]));
    (void)fprintf(page,
                  "<rect fill=\"%s\" x=\"%d\" y=\"%d\" width=\"12\" height=\"4\"/>"
                  "<text x=\"%d\" y=\"%d\">",
                  colour, WIDTH - 170, HEIGHT - BOTTOM - 16 * index - 16, WIDTH - 152,
                  HEIGHT - BOTTOM - 16 * index - 11);
    idi_html_text(page, series->name);
    (void)fprintf(page, "</text>\n");
}

void idi_plot_end(FILE *page)
{
    (void)fprintf(page, "</svg>\n");
}

void idi_html_text(FILE *page, const char *text)
{
    for (const char *c = text; c && *c; c++) {
        const char *name = *c == '<'   ? "&lt;"
                           : *c == '>' ? "&gt;"
                           : *c == '&' ? "&amp;"
                           : *c == '"' ? "&quot;"
                                       : NULL;
        if (name) {
            (void)fputs(name, page);
        } else {
            (void)fputc(*c, page);
        }
    }
}

bool idi_html_bytes(FILE *page, const char *path)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char three[3];
    size_t count;
    FILE *stream = fopen(path, "rb");
    if (!stream) return false;
    while ((count = fread(three, 1, sizeof three, stream)) > 0) {
        const unsigned bits = (unsigned)three[0] << 16 | (count > 1 ? (unsigned)three[1] << 8 : 0) |
                              (count > 2 ? three[2] : 0);
        (void)fputc(digits[bits >> 18], page);
        (void)fputc(digits[bits >> 12 & 63], page);
        (void)fputc(count > 1 ? digits[bits >> 6 & 63] : '=', page);
        (void)fputc(count > 2 ? digits[bits & 63] : '=', page);
    }
    const bool is_read = !ferror(stream);
    return fclose(stream) == 0 && is_read;
}
