# SPDX-License-Identifier: Apache-2.0
# Benchmarks: programs of their own; tests never time.
file(GLOB bench_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.c)
foreach(source ${bench_sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_${name} ${source})
    target_link_libraries(bench_${name} PRIVATE idi_dialect idi_internal)
endforeach()
