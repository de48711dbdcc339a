/* SPDX-License-Identifier: Apache-2.0 */
/* cli/option_value.c - numbers, sizes, grids, choices and file names from text. */
#include "option_value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* strtoull takes blanks and a minus sign, which nobody means. */
static bool parse_unsigned(const char *text, const char **end_out, uint64_t *value_out)
{
    char *end;
    if (!isdigit((unsigned char)text[0])) return false;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0) return false;
    *value_out = (uint64_t)value;
    *end_out = end;
    return true;
}

static bool parse_seed(const char *text, uint64_t *value_out)
{
    const char *end;
    return parse_unsigned(text, &end, value_out) && *end == '\0';
}

static bool parse_count(const idi_option *option, const char *text, int64_t *value_out)
{
    uint64_t value;
    if (!parse_seed(text, &value)) return false;
    if (value > (uint64_t)option->high || value < (uint64_t)option->low) return false;
    *value_out = (int64_t)value;
    return true;
}

static bool parse_bytes(const char *text, size_t *value_out)
{
    static const char units[] = "KMGT";
    const char *end;
    uint64_t value;
    if (!parse_unsigned(text, &end, &value)) return false;
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (*end && (!unit || end[1])) return false;
    const unsigned shift = unit ? 10U * (unsigned)(unit - units + 1) : 0;
    if (value > (uint64_t)SIZE_MAX >> shift) return false;
    *value_out = (size_t)(value << shift);
    return true;
}

static bool parse_number(const char *text, double *value_out)
{
    char *end;
    if (isspace((unsigned char)text[0])) return false;
    const double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value)) return false;
    *value_out = value;
    return true;
}

static bool parse_grid(const idi_option *option, const char *text, idi_grid *value_out)
{
    const char *end;
    uint64_t rows;
    uint64_t columns;
    if (!parse_unsigned(text, &end, &rows) || (*end != 'x' && *end != 'X')) return false;
    if (!parse_seed(end + 1, &columns)) return false;
    const uint64_t high = (uint64_t)option->high;
    if (rows < 1 || rows > high || columns < 1 || columns > high) return false;
    *value_out = (idi_grid){.rows = (int64_t)rows, .columns = (int64_t)columns};
    return true;
}

static bool add_text(const char *text, idi_texts *texts)
{
    if (!text[0] || texts->count >= IDI_MAX_TEXTS) return false;
    texts->text[texts->count++] = text;
    return true;
}

bool idi_is_choice(const char *choices, const char *word)
{
    const size_t length = strlen(word);
    for (const char *c = choices; length && c; c = strchr(c, '|')) {
        if (*c == '|') c++;
        if (strncmp(c, word, length) == 0 && (c[length] == '|' || c[length] == '\0')) return true;
    }
    return false;
}

static bool is_output(const idi_option *option, const char *text)
{
    if (!option->choices) return text[0] != '\0';
    const char *dot = strrchr(text, '.');
    return dot && dot > text && dot[-1] != '/' && idi_is_choice(option->choices, dot + 1);
}

/* "png|npy" with `lead` before each and "or" between: ".png or .npy". */
static void list_choices(const char *choices, const char *lead, char *out, size_t bytes)
{
    size_t used = 0;
    out[0] = '\0';
    while (*choices && used + 1 < bytes) {
        const int length = (int)strcspn(choices, "|");
        const int n = snprintf(out + used, bytes - used, "%s%s%.*s", used ? " or " : "", lead,
                               length, choices);
        used += n > 0 ? (size_t)n : 0;
        choices += length + (choices[length] == '|');
    }
}

static void describe(const idi_option *option, char *out, size_t bytes)
{
    char list[160];
    list_choices(option->choices ? option->choices : "",
                 option->kind == IDI_OPTION_OUTPUT ? "." : "", list, sizeof list);
    switch (option->kind) {
    case IDI_OPTION_OUTPUT:
        (void)snprintf(out, bytes, "a file name%s%s", option->choices ? " that ends in " : "",
                       list);
        break;
    case IDI_OPTION_CHOICE:
        (void)snprintf(out, bytes, "%s", list);
        break;
    case IDI_OPTION_COUNT:
        (void)snprintf(out, bytes, "a whole number from %lld to %lld", (long long)option->low,
                       (long long)option->high);
        break;
    case IDI_OPTION_SEED:
        (void)snprintf(out, bytes, "a whole number from 0 to 18446744073709551615");
        break;
    case IDI_OPTION_BYTES:
        (void)snprintf(out, bytes, "a number of bytes such as 1000000, 512M or 2G");
        break;
    case IDI_OPTION_NUMBER:
        (void)snprintf(out, bytes, "a number");
        break;
    case IDI_OPTION_GRID:
        (void)snprintf(out, bytes, "ROWSxCOLUMNS such as 4x6, each from 1 to %lld",
                       (long long)option->high);
        break;
    case IDI_OPTION_TEXTS:
        (void)snprintf(out, bytes, "some text, at most %d times", (int)IDI_MAX_TEXTS);
        break;
    case IDI_OPTION_FLAG:
    case IDI_OPTION_TEXT:
        (void)snprintf(out, bytes, "some text");
        break;
    }
}

static bool store(const idi_option *option, const char *text, void *place)
{
    switch (option->kind) {
    case IDI_OPTION_FLAG:
        *(bool *)place = true;
        return true;
    case IDI_OPTION_TEXT:
        *(const char **)place = text;
        return text[0] != '\0';
    case IDI_OPTION_TEXTS:
        return add_text(text, place);
    case IDI_OPTION_OUTPUT:
        *(const char **)place = text;
        return is_output(option, text);
    case IDI_OPTION_CHOICE:
        *(const char **)place = text;
        return idi_is_choice(option->choices, text);
    case IDI_OPTION_COUNT:
        return parse_count(option, text, place);
    case IDI_OPTION_SEED:
        return parse_seed(text, place);
    case IDI_OPTION_BYTES:
        return parse_bytes(text, place);
    case IDI_OPTION_NUMBER:
        return parse_number(text, place);
    case IDI_OPTION_GRID:
        return parse_grid(option, text, place);
    }
    return false;
}

const char *idi_option_store(const idi_option *option, const char *text, void *arguments,
                             char *want_out, size_t want_bytes)
{
    if (store(option, text, (unsigned char *)arguments + option->offset)) return NULL;
    describe(option, want_out, want_bytes);
    return want_out;
}
