/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_training_log.c - the log of a training: there and back, cut where it goes on,
 * and its curve. */
#include "support/random.h"
#include "train/training_log.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())
#define PATH     IDI_SCRATCH "/training_log.csv"
#define HEADER   "step,loss,rate,tar,eer\n"

enum { LOSS, RATE, TAR, EER, COLUMN_COUNT };
static const idi_log_column columns[COLUMN_COUNT] = {{"loss", IDI_AXIS_LOSS, NULL},
                                                     {"rate", IDI_AXIS_NONE, NULL},
                                                     {"tar", IDI_AXIS_SHARE, "TAR"},
                                                     {"eer", IDI_AXIS_NONE, NULL}};
static const idi_log_layout layout = {columns, COLUMN_COUNT};

static idi_memory *memory;

static void open_rig(void)
{
    memory = idi_test_memory();
    (void)unlink(PATH);
}

static void close_rig(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(training_log, .init = open_rig, .fini = close_rig);

static void write_file(const char *text)
{
    FILE *stream = fopen(PATH, "wb");
    cr_assert(stream && fputs(text, stream) >= 0 && fclose(stream) == 0);
}

static void expect_file(const char *text)
{
    uint8_t *bytes;
    size_t size;
    OK(idi_file_read(memory, PATH, 1 << 20, &bytes, &size));
    cr_expect(size == strlen(text) && memcmp(bytes, text, size) == 0, "%.*s", (int)size,
              (const char *)bytes);
    idi_free(memory, bytes);
}

static void cut(int64_t last)
{
    idi_training_log log;
    OK(idi_training_log_open(memory, PATH, &layout, last, &log));
    idi_training_log_close(&log);
}

Test(training_log, there_and_back)
{
    const idi_log_line line[2] = {
        {1, {2.5, 1e-3, (double)NAN, (double)NAN}},
        {20, {0.333333343, 1e-20, 0.9875, 0.0125}},
    };
    idi_training_log log;
    idi_log_line *lines;
    int64_t count;
    OK(idi_training_log_open(memory, PATH, &layout, 0, &log));
    for (int i = 0; i < 2; i++)
        OK(idi_training_log_add(&log, &line[i]));
    OK(idi_training_log_sync(&log));
    idi_training_log_close(&log);
    expect_file(HEADER "1,2.5,0.001,,\n20,0.333333343,1e-20,0.9875,0.0125\n");
    OK(idi_training_log_read(memory, PATH, &layout, &lines, &count));
    cr_assert_eq(count, 2);
    cr_expect_eq(lines[0].step, 1);
    cr_expect_eq(lines[0].values[RATE], 1e-3);
    cr_expect(isnan(lines[0].values[TAR]) && isnan(lines[0].values[EER]));
    cr_expect_eq(lines[1].values[RATE], 1e-20);
    cr_expect_eq(lines[1].values[EER], 0.0125);
    OK(idi_loss_curve_write(memory, &layout, lines, count, IDI_SCRATCH "/training_log.svg"));
    idi_free(memory, lines);
}

Test(training_log, is_cut_where_a_training_goes_on)
{
    write_file(HEADER "5,1,1,,\n10,1,1,0.5,0.5\n15,1,1,,\n2");
    cut(12);
    expect_file(HEADER "5,1,1,,\n10,1,1,0.5,0.5\n");
    cut(10);
    expect_file(HEADER "5,1,1,,\n10,1,1,0.5,0.5\n");
    cut(0);
    expect_file(HEADER);
}

Test(training_log, a_line_that_was_written_half_goes)
{
    write_file(HEADER "5,1,1,,\n6,1,1,");
    cut(100);
    expect_file(HEADER "5,1,1,,\n");
    write_file("step,lo"); /* of the header too */
    cut(100);
    expect_file(HEADER);
}

Test(training_log, another_file_is_left_alone)
{
    idi_training_log log;
    write_file("my own notes\n");
    cr_expect_eq(idi_training_log_open(memory, PATH, &layout, 3, &log), IDI_ERR_FORMAT);
    idi_training_log_close(&log);
    expect_file("my own notes\n");
}

Test(training_log, a_curve_of_nothing_is_a_picture)
{
    OK(idi_loss_curve_write(memory, &layout, NULL, 0, IDI_SCRATCH "/training_log.svg"));
}
