/* SPDX-License-Identifier: Apache-2.0 */
/* tests/data/tree.c - writes the data sets of tree.h. */
#include "tree.h"

#include "core/rng.h"
#include "data/image.h"

#include <dirent.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>

const int64_t tree_numbers[TREE_FACES] = {0, 1, 2, 10, 2000, 2017};

/* --- folders ---------------------------------------------------------------------------------- */

static void remove_tree(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder) {
        (void)unlink(path);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(folder))) {
        char inner[2048];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        (void)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        remove_tree(inner);
    }
    (void)closedir(folder);
    (void)rmdir(path);
}

static void make_folder(const char *path)
{
    cr_assert(mkdir(path, 0777) == 0, "%s cannot be made", path);
}

const char *tree_fresh(const char *name)
{
    static char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", IDI_SCRATCH, name);
    remove_tree(path);
    make_folder(path);
    return path;
}

const char *tree_path(const char *root, const char *format, ...)
{
    static char paths[8][1200];
    static int turn;
    char *path = paths[turn++ % 8];
    char tail[160];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(tail, sizeof tail, format, arguments);
    va_end(arguments);
    (void)snprintf(path, sizeof paths[0], "%s/%s", root, tail);
    return path;
}

void tree_write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    cr_assert(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* --- pictures --------------------------------------------------------------------------------- */

static void jpeg_row(int64_t number, int64_t y, int64_t width, uint8_t *row)
{
    for (int64_t i = 0; i < width * 3; i++) {
        uint32_t word[4];
        idi_philox((uint64_t)number, (uint64_t)y / 5, (uint64_t)(i / 15), word);
        row[i] = (uint8_t)word[i % 3];
    }
}

void tree_write_jpeg(const char *path, int64_t number, int64_t width, int64_t height)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    uint8_t row[3 * 256];
    JSAMPROW rows[1] = {row};
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_stdio_dest(&info, file);
    info.image_width = (JDIMENSION)width;
    info.image_height = (JDIMENSION)height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_start_compress(&info, TRUE);
    for (int64_t y = 0; y < height; y++) {
        jpeg_row(number, y, width, row);
        (void)jpeg_write_scanlines(&info, rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    cr_assert(fclose(file) == 0);
}

/* Not every face has every part; those of a face reach into each other. */
static bool has_part(int64_t number, int class_number)
{
    return class_number == 1 || (number + class_number) % 4 != 0;
}

bool tree_part_has(int64_t number, int class_number, int64_t x, int64_t y)
{
    if (!has_part(number, class_number)) return false;
    if (class_number == 1) return x >= 4 && x < 28 && y >= 2 && y < 30;
    uint32_t word[4];
    idi_philox((uint64_t)number, 1, (uint64_t)class_number, word);
    const int64_t left = word[0] % 24, top = word[1] % 24;
    return x >= left && x < left + 8 && y >= top && y < top + 8;
}

void tree_write_mask(const char *path, int64_t number, int class_number, int64_t side)
{
    idi_memory *memory;
    idi_image image;
    const idi_png_options options = {.is_unmarked = true};
    cr_assert(idi_memory_create(NULL, 0, &memory) == IDI_OK);
    cr_assert(idi_image_create(memory, side, side, 3, &image) == IDI_OK);
    for (int64_t i = 0; i < side * side; i++)
        memset(image.pixels + i * 3,
               tree_part_has(number, class_number, i % side, i / side) ? 255 : 0, 3);
    cr_assert(idi_png_write(memory, path, &image, &options) == IDI_OK, "%s", idi_last_error());
    idi_image_free(memory, &image);
    idi_memory_destroy(&memory);
}

void tree_labels(int64_t number, uint8_t *labels_out)
{
    for (int64_t i = 0; i < TREE_MASK_SIDE * TREE_MASK_SIDE; i++) {
        labels_out[i] = 0;
        for (int c = 1; c < 19; c++)
            if (tree_part_has(number, c, i % TREE_MASK_SIDE, i / TREE_MASK_SIDE))
                labels_out[i] = (uint8_t)c;
    }
}

static void write_labels(const char *path, int64_t number)
{
    idi_memory *memory;
    idi_label_map map;
    cr_assert(idi_memory_create(NULL, 0, &memory) == IDI_OK);
    cr_assert(idi_label_map_create(memory, TREE_MASK_SIDE, TREE_MASK_SIDE, &map) == IDI_OK);
    tree_labels(number, map.labels);
    cr_assert(idi_png_write_labels(memory, path, &map, NULL, NULL) == IDI_OK);
    idi_label_map_free(memory, &map);
    idi_memory_destroy(&memory);
}

/* --- data sets -------------------------------------------------------------------------------- */

static void write_masks(const char *root, int64_t number)
{
    const idi_label_scheme *scheme = idi_label_scheme_at(0);
    for (int c = 1; c < 19; c++)
        if (has_part(number, c))
            tree_write_mask(tree_path(root, "CelebAMask-HQ-mask-anno/%d/%05d_%s.png",
                                      (int)(number / 2000), (int)number, scheme->class_names[c]),
                            number, c, TREE_MASK_SIDE);
}

static void write_lists(const char *root)
{
    tree_write_text(tree_path(root, "CelebA-HQ-to-CelebA-mapping.txt"),
                    "idx     orig_idx    orig_file\r\n"
                    "0       119613      119614.jpg\r\n"
                    "1       99094       99095.jpg\r\n"
                    "2       3           000004.jpg\r\n"
                    "10      8           000009.jpg\r\n"
                    "2000    11          000012.jpg\r\n"
                    "2017    12          000013.jpg\r\n");
    tree_write_text(tree_path(root, "identity_CelebA.txt"),
                    "000004.jpg 77\n000009.jpg 5\n000012.jpg 900\n000013.jpg 900\n"
                    "000014.jpg 3\n099095.jpg 77\n119614.jpg 77\n");
}

const char *tree_celebamask(const char *name)
{
    const char *root = tree_fresh(name);
    make_folder(tree_path(root, "CelebA-HQ-img"));
    make_folder(tree_path(root, "CelebAMask-HQ-mask-anno"));
    make_folder(tree_path(root, "CelebAMask-HQ-mask-anno/0"));
    make_folder(tree_path(root, "CelebAMask-HQ-mask-anno/1"));
    for (int i = 0; i < TREE_FACES; i++) {
        tree_write_jpeg(tree_path(root, "CelebA-HQ-img/%d.jpg", (int)tree_numbers[i]),
                        tree_numbers[i], TREE_SIDE, TREE_SIDE);
        write_masks(root, tree_numbers[i]);
    }
    tree_write_text(tree_path(root, "CelebA-HQ-img/README.txt"), "no picture");
    write_lists(root);
    return root;
}

const char *tree_paired(const char *name)
{
    const char *root = tree_fresh(name);
    make_folder(tree_path(root, "images"));
    make_folder(tree_path(root, "labels"));
    for (int i = 0; i < TREE_FACES; i++) {
        tree_write_jpeg(tree_path(root, "images/%d.jpg", (int)tree_numbers[i]), tree_numbers[i],
                        TREE_SIDE, TREE_SIDE);
        write_labels(tree_path(root, "labels/%d.png", (int)tree_numbers[i]), tree_numbers[i]);
    }
    write_lists(root);
    return root;
}
