# SPDX-License-Identifier: Apache-2.0
# One Criterion program a room: every tests/<room>/*.c. Ops add a file and nothing else.
add_library(idi_test_support STATIC)
file(GLOB support_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/*.c)
target_sources(idi_test_support PRIVATE ${support_sources})
target_include_directories(idi_test_support PUBLIC ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(idi_test_support PUBLIC idi_internal PkgConfig::CRITERION m)
target_compile_definitions(
    idi_test_support PUBLIC IDI_FIXTURES="${CMAKE_SOURCE_DIR}/tests/fixtures"
                            IDI_SCRATCH="${CMAKE_BINARY_DIR}/scratch")
# Criterion's macros declare what they need in their own way.
target_compile_options(idi_test_support PUBLIC -Wno-missing-prototypes -Wno-pedantic -Wno-undef
                                               -Wno-double-promotion -Wno-strict-prototypes
                                               -Wno-format-truncation)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/scratch)

# A Criterion program as a test. One limit in seconds for each of its tests, given here and nowhere
# else: where tests of different limits run side by side, Criterion 2.4.1 loses a block and the leak
# checker says so. Waiting OpenMP threads sleep: on a busy machine spinning ones cost far more than
# they save.
function(idi_add_criterion_test name)
    add_test(NAME ${name} COMMAND test_${name} --short-filename --timeout 1200)
    set_tests_properties(${name} PROPERTIES TIMEOUT 1800 ENVIRONMENT OMP_WAIT_POLICY=passive)
endfunction()

foreach(room core graph ops nets model data eval train api)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${room}/*.c)
    if(sources)
        add_executable(test_${room} ${sources})
        target_link_libraries(test_${room} PRIVATE idi_test_support)
        idi_add_criterion_test(${room})
    endif()
endforeach()

# The CUDA backend: the same tests on the emulated device, and on a real one where there is a
# toolkit (they skip themselves without a GPU). tests/gpu/run.sh runs the latter.
file(GLOB cuda_cases CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/ops/*.c)
list(REMOVE_ITEM cuda_cases ${CMAKE_SOURCE_DIR}/tests/ops/all.c)
file(GLOB cuda_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/cuda/*.c)
foreach(shared api/allocator api/world nets/fixture nets/judging nets/net_case nets/parity)
    list(APPEND cuda_tests ${CMAKE_SOURCE_DIR}/tests/${shared}.c)
endforeach()
if(IDI_CUDA_INCLUDE)
    add_subdirectory(tests/emulation)
    add_executable(test_cuda ${cuda_tests} ${cuda_cases})
    target_compile_definitions(test_cuda PRIVATE IDI_EMULATION)
    target_link_libraries(test_cuda PRIVATE idi_cuda_emulated idi_test_support stdc++)
    idi_add_criterion_test(cuda)
    if(IDI_BUILD_BENCH)
        add_executable(bench_gpu_emulated ${bench_gpu_sources})
        target_link_libraries(bench_gpu_emulated PRIVATE idi_cuda_emulated idi_dialect idi_internal
                                                         PkgConfig::JANSSON stdc++)
    endif()
endif()
if(IDI_HAS_CUDA)
    list(REMOVE_ITEM cuda_tests ${CMAKE_SOURCE_DIR}/tests/cuda/emulation.c
         ${CMAKE_SOURCE_DIR}/tests/cuda/emulation_async.c)
    add_executable(test_gpu ${cuda_tests} ${cuda_cases})
    target_link_libraries(test_gpu PRIVATE idi_test_support)
endif()

file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/cli/*.sh
     ${CMAKE_SOURCE_DIR}/tests/cuda/*.sh ${CMAKE_SOURCE_DIR}/tests/lint/*.sh
     ${CMAKE_SOURCE_DIR}/tests/consumer/*.sh ${CMAKE_SOURCE_DIR}/tests/abi/*.sh
     ${CMAKE_SOURCE_DIR}/tests/bindings/*.sh ${CMAKE_SOURCE_DIR}/tests/examples/*.sh)
foreach(script ${scripts})
    get_filename_component(name ${script} NAME_WE)
    get_filename_component(folder ${script} DIRECTORY)
    get_filename_component(folder ${folder} NAME)
    add_test(NAME ${folder}.${name} COMMAND bash ${script} ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
    set_tests_properties(${folder}.${name} PROPERTIES TIMEOUT 1800 SKIP_RETURN_CODE 77)
endforeach()
include(cmake/cudnn.cmake)
