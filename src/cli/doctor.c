/* SPDX-License-Identifier: Apache-2.0 */
/* cli/doctor.c - what this machine has, whether a model runs on it, and if not, why not. */
#include "doctor.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct arguments {
    idi_common_arguments common;
    const char *model;
} arguments;

static const idi_option options[] = {{.name = "model",
                                      .kind = IDI_OPTION_TEXT,
                                      .offset = offsetof(arguments, model),
                                      .value_name = "FILE",
                                      .help = "loads this model file and runs it once"},
                                     IDI_PRECISION_OPTION,
                                     IDI_COMMON_OPTIONS};

static const double GIB = 1024.0 * 1024.0 * 1024.0;

void idi_doctor_say(const char *what, const char *verdict, const char *format, ...)
{
    va_list values;
    (void)printf("%-12s %-3s ", what, verdict);
    va_start(values, format);
    (void)vprintf(format, values);
    va_end(values);
    (void)printf("\n");
}

static void look_at_program(void)
{
    char built[32];
    (void)snprintf(built, sizeof built, "%d.%d.%d", IDI_VERSION_MAJOR, IDI_VERSION_MINOR,
                   IDI_VERSION_PATCH);
    if (strcmp(built, idi_version()) == 0) {
        idi_doctor_say("library", "ok", "%s", built);
    } else {
        idi_doctor_say("library", "NO", "%s, but this program was built for %s: two are installed",
                       idi_version(), built);
    }
}

static void look_at_host(void)
{
    const char *threads = getenv("OMP_NUM_THREADS");
    const double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    idi_doctor_say("host", "ok", "%ld processors, %.1f GiB%s%s", sysconf(_SC_NPROCESSORS_ONLN),
                   memory / GIB, threads ? ", OMP_NUM_THREADS=" : "", threads ? threads : "");
}

/* How libraries tell their version. */
typedef int (*version_by_pointer)(int *);
typedef size_t (*version_by_value)(void);

/* The first of the names that the library looks for. */
static void *open_first(const char *const *names, char *reason, size_t reason_bytes)
{
    reason[0] = '\0';
    for (int i = 0; names[i]; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library) return library;
        const char *error = dlerror();
        if (i == 0) (void)snprintf(reason, reason_bytes, "%s", error ? error : "no reason given");
    }
    return NULL;
}

static void find_function(void *library, const char *name, void *function_out)
{
    void *address = dlsym(library, name);
    memcpy(function_out, &address, sizeof address);
}

static void look_at_driver(void)
{
    static const char *const names[] = {"libcuda.so.1", NULL};
    char reason[256];
    void *library = open_first(names, reason, sizeof reason);
    version_by_pointer get_version = NULL;
    int version = 0;
    if (!library) {
        idi_doctor_say("driver", "-", "no NVIDIA driver: %s", reason);
        return;
    }
    find_function(library, "cuDriverGetVersion", &get_version);
    if (get_version && get_version(&version) == 0) {
        idi_doctor_say("driver", "ok", "for CUDA up to %d.%d", version / 1000, version % 1000 / 10);
    } else {
        idi_doctor_say("driver", "NO", "does not tell its version");
    }
    if (access("/dev/nvidiactl", R_OK | W_OK) != 0)
        idi_doctor_say("driver", "NO",
                       "/dev/nvidiactl cannot be opened: the GPU is not handed to this user "
                       "or container");
    (void)dlclose(library);
}

static void look_at_library(const char *what, const char *const *names, const char *version_name)
{
    char reason[256];
    void *library = open_first(names, reason, sizeof reason);
    version_by_value get_version = NULL;
    if (!library) {
        idi_doctor_say(what, "-", "%s", reason);
        return;
    }
    find_function(library, version_name, &get_version);
    idi_doctor_say(what, get_version ? "ok" : "NO", "version %zu", get_version ? get_version() : 0);
    (void)dlclose(library);
}

static idi_status look_at_devices(void)
{
    for (int i = 0; i < idi_device_count(); i++) {
        idi_device_info info = {.struct_size = sizeof info};
        IDI_CLI_TRY(idi_device_get_info(i, &info));
        if (info.is_usable) {
            idi_doctor_say(info.id, "ok", "%s", info.name);
        } else {
            idi_doctor_say(info.id, "-", "cannot be used: %s", info.reason);
        }
    }
    return IDI_OK;
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    static const char *const cublaslt[] = {"libcublasLt.so.13", "libcublasLt.so",
                                           "libcublasLt.so.12", NULL};
    static const char *const cudnn[] = {"libcudnn.so.9", "libcudnn.so", NULL};
    const arguments *a = arguments_in;
    look_at_program();
    look_at_host();
    look_at_driver();
    look_at_library("cuBLASLt", cublaslt, "cublasLtGetVersion");
    look_at_library("cuDNN", cudnn, "cudnnGetVersion");
    IDI_CLI_TRY(look_at_devices());
    idi_doctor_say("in use", "ok", "%s", idi_context_device(cli->context));
    return a->model ? idi_doctor_model(cli, a->model) : IDI_OK;
}

const idi_command idi_command_doctor = {
    .name = "doctor",
    .summary = "says what this machine has, and why something does not run",
    .text =
        "Looks at the library, the driver, the libraries that a GPU needs and the devices; with\n"
        "--model runs that model once on a drawn face. Lines say ok, NO where something is\n"
        "wrong, and - for what is not there and is not needed on the CPU.",
    .example = "idinject doctor --model generator.safetensors",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
