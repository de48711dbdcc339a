/* SPDX-License-Identifier: Apache-2.0 */
/* cli/explain.c - an image, and which tokens it was drawn from where: the options and the files. */
#include "explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct arguments {
    idi_common_arguments common;
    const char *model, *recogniser, *mask, *style, *style_mask, *identity, *scheme, *out;
} arguments;

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "generator, a model file (ca2sis, ca2sis-id)"},
    {.name = "recogniser",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recogniser),
     .value_name = "FILE",
     .help =
         "recogniser that reads the identity; default: the one that the generator's file names, "
         "in the same folder"},
    {.name = "mask",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, mask),
     .value_name = "FILE",
     .help = "where: label map as PNG"},
    {.name = "style",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, style),
     .value_name = "FILE",
     .help = "how: photograph"},
    {.name = "style-mask",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, style_mask),
     .value_name = "FILE",
     .help = "label map of the photograph; default: --mask"},
    {.name = "identity",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, identity),
     .value_name = "FILE",
     .help = "who: photograph, or .npy embedding; default: --style"},
    {.name = "scheme",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, scheme),
     .value_name = "NAME",
     .choices = "celebamask|bisenet",
     .help = "class order of the label maps: celebamask or bisenet; default celebamask"},
    {.name = "out",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FOLDER",
     .help = "for image.png, sheet.png, attention_BLOCK.npy, regions.csv; made if missing"},
    IDI_COMMON_OPTIONS};

/* What a run holds. */
typedef struct work {
    idi_cli *cli;
    const arguments *arguments;
    idi_model *generator, *recogniser;
    idi_bitmap labels, photo, photo_labels, colours;
    idi_style *style;
    idi_identity *identity;
    idi_explanation *explanation;
} work;

bool idi_explain_has_class(const idi_explain_view *view, int64_t block, int64_t class_index)
{
    const float *regions = idi_explanation_regions(view->explanation, block);
    return !isnan(regions[class_index * view->info.tokens]);
}

const char *idi_explain_token_name(const idi_explain_view *view, int64_t token)
{
    const char *name = token < view->info.classes ? idi_class_name(token) : "identity";
    return name ? name : "?";
}

/* --- the three inputs ------------------------------------------------------------------------- */

static idi_status load_identity(work *w)
{
    const arguments *a = w->arguments;
    const char *path = a->identity ? a->identity : a->style;
    idi_model_info info = {.struct_size = sizeof info};
    IDI_CLI_TRY(idi_model_get_info(w->generator, &info));
    if (info.identity_dim == 0) return IDI_OK;
    if (a->recogniser)
        IDI_CLI_TRY(idi_model_load(w->cli->context, a->recogniser, &w->recogniser));
    else if (!idi_is_array_path(path))
        IDI_CLI_TRY(idi_model_load_recogniser(w->generator, &w->recogniser));
    return idi_cli_load_identity(w->cli, w->recogniser, path, &w->identity);
}

static idi_status load_inputs(work *w)
{
    const arguments *a = w->arguments;
    idi_context *context = w->cli->context;
    const char *style_mask = a->style_mask ? a->style_mask : a->mask;
    IDI_CLI_TRY(idi_bitmap_load_labels(context, a->mask, a->scheme, &w->labels));
    IDI_CLI_TRY(idi_bitmap_load_labels(context, style_mask, a->scheme, &w->photo_labels));
    IDI_CLI_TRY(idi_bitmap_load(context, a->style, &w->photo));
    IDI_CLI_TRY(idi_model_load(context, a->model, &w->generator));
    IDI_CLI_TRY(idi_style_from_image(w->generator, &w->photo, &w->photo_labels, &w->style));
    return load_identity(w);
}

static void free_work(work *w)
{
    idi_context *context = w->cli->context;
    idi_explanation_destroy(&w->explanation);
    idi_identity_destroy(&w->identity);
    idi_style_destroy(&w->style);
    idi_model_destroy(&w->recogniser);
    idi_model_destroy(&w->generator);
    idi_bitmap_free(context, &w->colours);
    idi_bitmap_free(context, &w->photo);
    idi_bitmap_free(context, &w->photo_labels);
    idi_bitmap_free(context, &w->labels);
}

/* --- the files -------------------------------------------------------------------------------- */

static idi_status save_maps(const work *w, const idi_explain_view *view)
{
    char name[48];
    char path[IDI_PATH_BYTES];
    for (int64_t block = 0; block < view->info.blocks; block++) {
        int64_t side;
        const float *map = idi_explanation_map(view->explanation, block, &side);
        const int64_t shape[3] = {side, side, view->info.tokens};
        (void)snprintf(name, sizeof name, "attention_%lld.npy", (long long)block);
        IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, name, path));
        IDI_CLI_TRY(idi_cli_save_array(w->cli, path, map, shape, 3));
    }
    return IDI_OK;
}

static void print_regions(FILE *stream, const idi_explain_view *view)
{
    (void)fprintf(stream, "block,side,region");
    for (int64_t t = 0; t < view->info.tokens; t++)
        (void)fprintf(stream, ",%s", idi_explain_token_name(view, t));
    for (int64_t block = 0; block < view->info.blocks; block++) {
        int64_t side;
        const float *regions = idi_explanation_regions(view->explanation, block);
        (void)idi_explanation_map(view->explanation, block, &side);
        for (int64_t c = 0; c < view->info.classes; c++) {
            if (!idi_explain_has_class(view, block, c)) continue;
            (void)fprintf(stream, "\n%lld,%lld,%s", (long long)block, (long long)side,
                          idi_explain_token_name(view, c));
            for (int64_t t = 0; t < view->info.tokens; t++)
                (void)fprintf(stream, ",%.9g", (double)regions[c * view->info.tokens + t]);
        }
    }
    (void)fprintf(stream, "\n");
}

static idi_status save_regions(const work *w, const idi_explain_view *view)
{
    char path[IDI_PATH_BYTES];
    char *text = NULL;
    size_t bytes = 0;
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "regions.csv", path));
    FILE *stream = open_memstream(&text, &bytes);
    if (!stream) return idi_cli_fail(w->cli, IDI_ERR_NOMEM, "%s: no memory", path);
    print_regions(stream, view);
    const bool is_whole = fclose(stream) == 0;
    const idi_status st = is_whole ? idi_cli_save_text(w->cli, path, text)
                                   : idi_cli_fail(w->cli, IDI_ERR_NOMEM, "%s: no memory", path);
    free(text);
    return st;
}

/* The label map in colours: as its file looks when it is read as a picture. */
static idi_status colour_labels(work *w)
{
    char path[IDI_PATH_BYTES];
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "labels.png", path));
    IDI_CLI_TRY(idi_cli_save_bitmap(w->cli, path, &w->labels, IDI_SAVE_NO_MARK));
    return idi_bitmap_load(w->cli->context, path, &w->colours);
}

/* How much of each region's attention goes to the identity, a column a resolution. */
static void print_leverage(const idi_explain_view *view)
{
    const int64_t last = view->info.tokens - 1;
    if (view->info.tokens == view->info.classes) return;
    (void)printf("share of a region's attention that goes to the identity\n%-12s", "region");
    for (int64_t block = 0; block < view->info.blocks; block++) {
        int64_t side;
        (void)idi_explanation_map(view->explanation, block, &side);
        (void)printf("  %5lldx%-5lld", (long long)side, (long long)side);
    }
    for (int64_t c = 0; c < view->info.classes; c++) {
        if (!idi_explain_has_class(view, view->info.blocks - 1, c)) continue;
        (void)printf("\n%-12s", idi_explain_token_name(view, c));
        for (int64_t block = 0; block < view->info.blocks; block++) {
            const float *regions = idi_explanation_regions(view->explanation, block);
            if (idi_explain_has_class(view, block, c))
                (void)printf("  %11.4f", (double)regions[c * view->info.tokens + last]);
            else
                (void)printf("  %11s", "-");
        }
    }
    (void)printf("\n");
}

static idi_status save_all(work *w)
{
    char path[IDI_PATH_BYTES];
    idi_explain_view view = {.cli = w->cli,
                             .explanation = w->explanation,
                             .info = {.struct_size = sizeof view.info},
                             .colours = &w->colours};
    IDI_CLI_TRY(idi_explanation_get_info(w->explanation, &view.info));
    IDI_CLI_TRY(idi_cli_make_folder(w->cli, w->arguments->out));
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "image.png", path));
    IDI_CLI_TRY(
        idi_cli_save_bitmap(w->cli, path, idi_explanation_image(w->explanation), IDI_SAVE_DEFAULT));
    IDI_CLI_TRY(colour_labels(w));
    IDI_CLI_TRY(save_maps(w, &view));
    IDI_CLI_TRY(save_regions(w, &view));
    IDI_CLI_TRY(idi_cli_join(w->cli, w->arguments->out, "sheet.png", path));
    IDI_CLI_TRY(idi_explain_save_sheet(&view, path));
    print_leverage(&view);
    (void)printf("%s\n", path);
    return IDI_OK;
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    work w = {.cli = cli, .arguments = arguments_in};
    idi_status st = load_inputs(&w);
    if (st == IDI_OK) st = idi_explain(w.generator, &w.labels, w.style, w.identity, &w.explanation);
    if (st == IDI_OK) st = save_all(&w);
    free_work(&w);
    return st;
}

const idi_command idi_command_explain = {
    .name = "explain",
    .summary = "shows which regions' styles, and how much of the identity, an image is drawn from",
    .text = "Makes one face and keeps its attention: for each pixel and resolution the shares of "
            "the\ntokens, which are each class's style and the identity.",
    .example =
        "idinject explain --model generator.safetensors --mask where.png --style how.png \\\n"
        "      --identity who.png --out explained",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
