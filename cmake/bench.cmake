# SPDX-License-Identifier: Apache-2.0
# Benchmarks: programs of their own; tests never time.
file(GLOB bench_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.c)
foreach(source ${bench_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_${name} ${source})
    target_link_libraries(bench_${name} PRIVATE idi_dialect idi_internal)
endforeach()

# On a GPU; the tests run the same program on the emulated one.
file(GLOB bench_gpu_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/gpu/*.c)
if(IDI_HAS_CUDA)
    add_executable(bench_gpu ${bench_gpu_sources})
    target_link_libraries(bench_gpu PRIVATE idi_dialect idi_internal PkgConfig::JANSSON)
endif()
