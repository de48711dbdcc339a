/* SPDX-License-Identifier: Apache-2.0 */
/* core/ranks_open.c - whether a launcher started this process as one of several, and the MPI module
 * then. A process on its own pays for neither. */
#include "core/ranks.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* How many processes the launcher has started, as far as the environment tells. Open MPI's mpirun;
 * MPICH's and Intel's; MVAPICH's. */
static const char *const counts[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"};
/* A launcher that does not say (srun): MPI itself does. */
static const char unknown_count[] = "PMIX_RANK";

static bool was_launched(void)
{
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const char *text = getenv(counts[i]);
        if (text) return strtol(text, NULL, 10) > 1;
    }
    return getenv(unknown_count) != NULL;
}

#ifdef IDI_WITH_MPI
/* The module stays: MPI does not like to be unloaded. Its own parts look for its symbols globally.
 */
static idi_status load(idi_transport_open *open_out)
{
    void *module = dlopen(IDI_MPI_MODULE, RTLD_NOW | RTLD_GLOBAL);
    IDI_REQUIRE(module, IDI_ERR_STATE,
                "a launcher started this process as one of several, but the MPI module cannot be "
                "loaded: %s",
                dlerror());
    void *symbol = dlsym(module, IDI_MPI_OPEN);
    IDI_REQUIRE(symbol, IDI_ERR_STATE, IDI_MPI_MODULE " has no function " IDI_MPI_OPEN);
    memcpy(open_out, &symbol, sizeof symbol); /* ISO C has no cast for it */
    return IDI_OK;
}
#else
static idi_status load(idi_transport_open *open_out)
{
    *open_out = NULL;
    return idi_fail(IDI_ERR_UNSUPPORTED,
                    "a launcher started this process as one of several, but this build has no MPI; "
                    "build with IDI_MPI=on, or start one process");
}
#endif

idi_status idi_ranks_open(idi_memory *memory, idi_ranks **ranks_out)
{
    idi_transport transport;
    idi_transport_open open_transport = NULL;
    char text[512] = "";
    *ranks_out = NULL;
    if (!was_launched()) return IDI_OK;
    IDI_TRY(load(&open_transport));
    IDI_REQUIRE(open_transport(&transport, text, (int)sizeof text) == 0, IDI_ERR_STATE, "%s", text);
    if (transport.count > 1) return idi_ranks_create(memory, &transport, ranks_out);
    transport.close(transport.state, 1);
    return IDI_OK;
}
