/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch.c - the options of 'idinject batch'. */
#include "batch.h"

typedef idi_batch_arguments arguments;

static const arguments defaults = {
    .batch = 1, .threads = 1, .references = 256, .quality = 95, .shard_size = 1000};

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "generator, a model file"},
    {.name = "recogniser",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recogniser),
     .value_name = "FILE",
     .help = "recogniser that reads identities; default: the one that the generator's file names, "
             "in the same folder"},
    {.name = "manifest",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, manifest),
     .value_name = "FILE",
     .help =
         "the list: JSON lines, or a .csv with a header, with mask, style (of all generators but "
         "spade), out; style_mask, identity, identity_strength, seed, and edits"},
    {.name = "out",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "PATH",
     .help = "where the images go: a folder, made if it is missing, or one .tar for all"},
    {.name = "format",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, format),
     .value_name = "NAME",
     .choices = "files|tar",
     .help =
         "what the folder is filled with: files, or tar shards as WebDataset reads them; default "
         "files"},
    {.name = "shard-size",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, shard_size),
     .value_name = "N",
     .help = "images a tar shard; default 1000",
     .low = 1,
     .high = 1 << 30},
    {.name = "shard",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, shard),
     .value_name = "I/N",
     .help =
         "makes the Ith of N parts of the list, 1/N to N/N, as each machine of a cluster would"},
    {.name = "quality",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, quality),
     .value_name = "N",
     .help = "of outputs that end in .jpg or .jpeg; default 95",
     .low = 1,
     .high = 100},
    {.name = "batch",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, batch),
     .value_name = "N",
     .help = "images that go on together, which a GPU makes in one run; default 1",
     .low = 1,
     .high = 1024},
    {.name = "threads",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, threads),
     .value_name = "N",
     .help = "threads that read files, and as many that write them; default 1",
     .low = 0,
     .high = 256},
    {.name = "references",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, references),
     .value_name = "N",
     .help = "styles and identities that are kept for later jobs; default 256",
     .low = 0,
     .high = 1 << 20},
    {.name = "scheme",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, scheme),
     .value_name = "NAME",
     .choices = "celebamask|bisenet",
     .help = "class order of the label maps: celebamask or bisenet; default celebamask"},
    {.name = "noise",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, has_noise),
     .help =
         "of sean: add its noise, as published, by each job's \"seed\", or else by its output's "
         "name; default: none"},
    {.name = "no-mark",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, has_no_mark),
     .help = "leave out the pictures' note that the picture was made by a model"},
    {.name = "no-fold",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_plain),
     .help = "run the network as published, nothing folded: the same but for rounding, slower"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

const idi_command idi_command_batch = {
    .name = "batch",
    .summary = "makes many faces from a list",
    .text =
        "The list has an object a line:\n"
        "    {\"mask\": \"where.png\", \"style\": \"how.png\", \"identity\": \"who.png\",\n"
        "     \"identity_strength\": 1, \"out\": \"face_1.png\"}\n"
        "A list whose name ends in .csv has these names in its first line instead. Inputs lie\n"
        "relative to the list, outputs relative to --out; their endings (.png, .jpg, .npy) say "
        "what\n"
        "they are. Files are read and written while the generator runs, and each person is "
        "encoded\n"
        "once. A job that fails is told, does not hold up the others, and is listed in\n"
        "failures.jsonl, which is a list for this command too; the exit code is 1 then.\n"
        "The first Ctrl-C finishes what is in work, a second ends at once. However it ended, the\n"
        "same command goes on: journal.jsonl in --out has what is made. run.json has the options\n"
        "and every image's SHA-256 when all is done.\n"
        "Edits are those of 'generate' under its names: style_from, style_seed, mean_style, "
        "mask_from,\n"
        "mask_mix, one_person, least_similarity, no_identity. What may be given again there is a "
        "list\n"
        "here ([\"p2.png:2\", \"p3.png\"] of identity), in CSV a column that is there again.\n"
        "In a tar an image has the name of its \"out\", and a .json beside it its job and seed.\n"
        "Several devices share the list: --device cuda:0,cuda:1. So do several processes:\n"
        "'mpirun -n 4 idinject batch ...' gives each its --shard.",
    .example = "idinject batch --model generator.safetensors --manifest jobs.jsonl --out faces",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .defaults = &defaults,
    .takes_devices = true,
    .run = idi_batch_main};
