# SPDX-License-Identifier: Apache-2.0
# Training over several processes, where MPI's development files are here. MPI goes into a module
# beside the library, which is loaded only where a launcher started several processes: neither the
# library nor the program needs MPI otherwise.
set(IDI_HAS_MPI FALSE)
if(IDI_MPI STREQUAL "off")
    message(STATUS "MPI: off; one process trains")
else()
    find_package(MPI QUIET COMPONENTS C)
    if(MPI_C_FOUND)
        set(IDI_HAS_MPI TRUE)
        message(STATUS "MPI: ${MPI_C_VERSION}, ${MPI_C_LIBRARIES}")
    elseif(IDI_MPI STREQUAL "on")
        message(FATAL_ERROR "MPI: asked for (IDI_MPI=on), but none was found")
    else()
        message(STATUS "MPI: none found; one process trains")
    endif()
endif()

if(IDI_HAS_MPI)
    add_library(idinject_mpi MODULE ${CMAKE_SOURCE_DIR}/src/mpi/transport.c)
    target_include_directories(idinject_mpi PRIVATE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(idinject_mpi PRIVATE idi_dialect MPI::MPI_C)
endif()
