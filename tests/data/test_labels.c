/* SPDX-License-Identifier: Apache-2.0 */
/* Label maps: schemes, checks, remapping, Pillow's nearest, and the lint on drawn faces. */
#include "data/labels.h"
#include "data_support.h"

#include <math.h>

TestSuite(labels);

static const idi_label_scheme *scheme_of(const char *name)
{
    const idi_label_scheme *scheme;
    cr_assert(idi_label_scheme_find(name, &scheme) == IDI_OK);
    return scheme;
}

Test(labels, schemes)
{
    const idi_label_scheme *celeba = scheme_of("celebamask"), *bisenet = scheme_of("bisenet");
    cr_assert(celeba == idi_label_scheme_at(0) && celeba->class_count == 19);
    cr_assert_null(idi_label_scheme_at(2));
    cr_assert(idi_label_scheme_class(celeba, "nose") == 2);
    cr_assert(idi_label_scheme_class(bisenet, "nose") == 10);
    cr_assert(idi_label_scheme_class(celeba, "moustache") == -1);
    for (int i = 0; i < 19; i++) {
        const int other = idi_label_scheme_class(bisenet, celeba->class_names[i]);
        cr_assert(other >= 0);
        cr_assert_arr_eq(celeba->class_colours[i], bisenet->class_colours[other], 3);
        cr_assert(idi_label_scheme_colour(celeba, celeba->class_colours[i]) == i);
    }
    const uint8_t unknown[3] = {1, 2, 3}, hair[3] = {0, 0, 204};
    cr_assert(idi_label_scheme_colour(celeba, unknown) == -1);
    cr_assert(idi_label_scheme_colour(celeba, hair) == 13);
    cr_assert(idi_label_scheme_find("helen", &celeba) == IDI_ERR_ARG);
    cr_assert_null(celeba);
    cr_assert_error_says("\"helen\"");
}

Test(labels, check_names_the_place)
{
    uint8_t bytes[6] = {0, 18, 5, 3, 23, 99};
    const idi_label_map map = {bytes, 3, 2};
    cr_assert(idi_labels_check(&map, idi_label_scheme_at(0)) == IDI_ERR_LABELS);
    cr_assert_error_says("label 23 at (1, 1), but scheme celebamask has classes 0..18");
    bytes[4] = bytes[5] = 7;
    cr_assert(idi_labels_check(&map, idi_label_scheme_at(0)) == IDI_OK);
}

Test(labels, remap_is_lossless)
{
    /* The published table, bisenet to celebamask. */
    static const uint8_t table[19] = {0, 1,  6,  7,  4,  5,  3,  8,  9, 15,
                                      2, 10, 11, 12, 17, 16, 18, 13, 14};
    uint8_t bytes[19];
    const idi_label_map map = {bytes, 19, 1};
    idi_label_map changing = map;
    const idi_label_scheme *celeba = scheme_of("celebamask"), *bisenet = scheme_of("bisenet");
    for (int i = 0; i < 19; i++)
        bytes[i] = (uint8_t)i;
    cr_assert(idi_labels_remap(&changing, bisenet, celeba) == IDI_OK);
    cr_assert_arr_eq(bytes, table, 19);
    cr_assert(idi_labels_remap(&changing, celeba, bisenet) == IDI_OK);
    for (int i = 0; i < 19; i++)
        cr_assert(bytes[i] == i);
}

Test(labels, failed_remap_changes_nothing)
{
    static const char *const few_names[] = {"background", "skin"};
    static const uint8_t few_colours[2][3] = {{0, 0, 0}, {204, 0, 0}};
    const idi_label_scheme few = {"few", 2, few_names, few_colours};
    uint8_t bytes[3] = {1, 2, 200};
    idi_label_map map = {bytes, 3, 1};
    const idi_label_scheme *celeba = scheme_of("celebamask"), *bisenet = scheme_of("bisenet");
    cr_assert(idi_labels_remap(&map, celeba, bisenet) == IDI_ERR_LABELS);
    cr_assert(bytes[0] == 1 && bytes[1] == 2 && bytes[2] == 200);
    bytes[2] = 0;
    cr_assert(idi_labels_remap(&map, celeba, &few) == IDI_ERR_LABELS);
    cr_assert_error_says("scheme few has no class nose");
    cr_assert(bytes[0] == 1 && bytes[1] == 2 && bytes[2] == 0);
}

Test(labels, nearest_is_pillows)
{
    static const int sizes[][2] = {{286, 3}, {256, 2}, {700, 7}};
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_label_map row, out;
    cr_assert(idi_label_map_create(memory, 512, 3, &row) == IDI_OK);
    for (int i = 0; i < 512 * 3; i++)
        row.labels[i] = (uint8_t)(i % 512 % 251);
    for (int i = 0; i < 3; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "nearest_%dx%d.npy", sizes[i][0], sizes[i][1]);
        cr_assert(idi_labels_resize(memory, &row, sizes[i][0], sizes[i][1], &out) == IDI_OK);
        idi_tensor wanted = load_array(memory, name);
        cr_assert(wanted.shape.dim[0] == out.height && wanted.shape.dim[1] == out.width);
        cr_assert_arr_eq(out.labels, wanted.data, (size_t)(out.width * out.height));
        if (i == 0) cr_assert(out.labels[71] == 127, "the tie falls the other way");
        if (i == 1) cr_assert(out.labels[0] == 1 && out.labels[1] == 3, "halving takes odd pixels");
        idi_free(memory, wanted.data);
        idi_label_map_free(memory, &out);
    }
    cr_assert(idi_labels_resize(memory, &row, 0, 3, &out) == IDI_ERR_SHAPE);
    idi_label_map_free(memory, &row);
    test_memory_end(&heap, memory);
}

/* A face of ellipses in units of the eye distance, v down from the eyes; drawn in this order. */
typedef struct part {
    const char *name;
    double u, v, width, height; /* half axes */
    bool is_optional;
} part;

static const part parts[] = {
    {"hair", 0, 0.1, 1.5, 1.9, false},          {"neck", 0, 2.0, 0.7, 0.8, false},
    {"neck_l", 0, 2.3, 0.6, 0.08, true},        {"cloth", 0, 3.1, 2.2, 0.6, false},
    {"l_ear", -1.12, 0.3, 0.18, 0.4, false},    {"r_ear", 1.12, 0.3, 0.18, 0.4, false},
    {"skin", 0, 0.4, 1.08, 1.4, false},         {"hat", 0, -1.5, 1.4, 0.6, true},
    {"eye_g", 0, 0, 0.95, 0.28, true},          {"l_eye", -0.5, 0, 0.18, 0.08, false},
    {"r_eye", 0.5, 0, 0.18, 0.08, false},       {"l_brow", -0.52, -0.33, 0.32, 0.07, false},
    {"r_brow", 0.52, -0.33, 0.32, 0.07, false}, {"nose", 0, 0.42, 0.25, 0.42, false},
    {"u_lip", 0, 1.02, 0.4, 0.07, false},       {"mouth", 0, 1.08, 0.3, 0.05, true},
    {"l_lip", 0, 1.16, 0.36, 0.08, false}};
enum { PARTS = (int)(sizeof parts / sizeof parts[0]) };

typedef struct pose {
    double x, y, unit, degrees;
    bool has_optional;
} pose;

static void draw(idi_label_map *map, const idi_label_scheme *scheme, const pose *p)
{
    const double angle = p->degrees * 3.14159265358979 / 180, c = cos(angle), s = sin(angle);
    memset(map->labels, 0, (size_t)(map->width * map->height));
    for (int64_t i = 0; i < map->width * map->height; i++) {
        const double dx = ((double)(i % map->width) - p->x) / p->unit;
        const double dy = ((double)(i / map->width) - p->y) / p->unit;
        const double u = c * dx + s * dy, v = c * dy - s * dx;
        for (int k = 0; k < PARTS; k++) {
            if (parts[k].is_optional && !p->has_optional) continue;
            const double a = (u - parts[k].u) / parts[k].width;
            const double b = (v - parts[k].v) / parts[k].height;
            if (a * a + b * b > 1) continue;
            map->labels[i] = (uint8_t)idi_label_scheme_class(scheme, parts[k].name);
        }
    }
}

static idi_lint_finding lint(const idi_label_map *map, const idi_label_scheme *scheme)
{
    idi_lint_finding finding;
    cr_assert(idi_labels_lint(map, scheme, &finding) == IDI_OK, "%s", idi_last_error());
    cr_assert(strlen(finding.text) > 20);
    return finding;
}

Test(labels, lint_recognises_both_orders)
{
    static const pose poses[] = {{128, 112, 60, 0, false}, {128, 112, 60, 0, true},
                                 {100, 130, 40, 25, true}, {150, 120, 45, -35, false},
                                 {128, 80, 25, 0, true},   {128, 60, 100, 0, false},
                                 {60, 200, 60, 0, false}};
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_label_map map;
    cr_assert(idi_label_map_create(memory, 256, 256, &map) == IDI_OK);
    for (size_t i = 0; i < sizeof poses / sizeof poses[0]; i++) {
        for (int made = 0; made < 2; made++) {
            const idi_label_scheme *right = idi_label_scheme_at(made);
            const idi_label_scheme *wrong = idi_label_scheme_at(1 - made);
            draw(&map, right, &poses[i]);
            idi_lint_finding f = lint(&map, right);
            cr_assert(f.verdict == IDI_LINT_FITS, "pose %zu, %s: %s", i, right->name, f.text);
            cr_assert_null(f.looks_like);
            f = lint(&map, wrong);
            cr_assert(f.verdict == IDI_LINT_WRONG_ORDER, "pose %zu, %s read as %s: %s", i,
                      right->name, wrong->name, f.text);
            cr_assert(f.looks_like == right);
            cr_assert(strstr(f.text, right->name) && strstr(f.text, wrong->name));
        }
    }
    idi_label_map_free(memory, &map);
    test_memory_end(&heap, memory);
}

/* Neither "fits" nor "wrong order": the lint does not guess. */
Test(labels, lint_is_unsure_when_it_should_be)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_label_map map;
    cr_assert(idi_label_map_create(memory, 256, 256, &map) == IDI_OK);
    for (int made = 0; made < 2; made++) {
        const idi_label_scheme *scheme = idi_label_scheme_at(made);
        for (int turn = 90; turn <= 270; turn += 90) {
            const pose p = {128, 128, 40, turn, true};
            draw(&map, scheme, &p);
            for (int read = 0; read < 2; read++) {
                const idi_lint_finding f = lint(&map, idi_label_scheme_at(read));
                cr_assert(f.verdict == IDI_LINT_UNSURE, "turned by %d: %s", turn, f.text);
            }
        }
        memset(map.labels, 1, 256 * 256);
        cr_assert(lint(&map, scheme).verdict == IDI_LINT_UNSURE, "skin only");
        for (int i = 0; i < 256 * 256; i++)
            map.labels[i] = (uint8_t)(((uint32_t)i * 2654435761u >> 8) % 19);
        cr_assert(lint(&map, scheme).verdict == IDI_LINT_UNSURE, "noise");
    }
    idi_label_map_free(memory, &map);
    test_memory_end(&heap, memory);
}

Test(labels, lint_ignores_specks)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_label_map map;
    const pose p = {128, 112, 60, 0, false};
    const idi_label_scheme *scheme = idi_label_scheme_at(0);
    cr_assert(idi_label_map_create(memory, 256, 256, &map) == IDI_OK);
    draw(&map, scheme, &p);
    for (int i = 0; i < 19; i++)
        map.labels[(i * 7919) % 65536] = (uint8_t)i;
    cr_assert(lint(&map, scheme).verdict == IDI_LINT_FITS);
    map.labels[0] = 19;
    idi_lint_finding f;
    cr_assert(idi_labels_lint(&map, scheme, &f) == IDI_ERR_LABELS);
    idi_label_map_free(memory, &map);
    test_memory_end(&heap, memory);
}
