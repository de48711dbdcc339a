# SPDX-License-Identifier: Apache-2.0
# cuDNN's plans for the shipped architectures, made for a described device: no GPU, no toolkit's
# compiler, but cuDNN itself and its headers. tests/cudnn/plans.sh runs it.
if(IDI_CUDA_INCLUDE AND EXISTS ${IDI_CUDA_INCLUDE}/cudnn_graph.h)
    set(runtime ${CMAKE_SOURCE_DIR}/cuda/runtime)
    add_executable(
        cudnn_plans ${CMAKE_SOURCE_DIR}/tests/cudnn/plans.c ${runtime}/conv.c ${runtime}/conv_graph.c
                    ${runtime}/conv_plan.c ${runtime}/conv_route.c ${runtime}/sdpa.c
                    ${runtime}/sdpa_plan.c ${runtime}/plan_cache.c ${runtime}/cudnn_plan.c
                    ${runtime}/cudnn.c ${runtime}/library.c)
    target_include_directories(cudnn_plans PRIVATE ${CMAKE_SOURCE_DIR})
    target_include_directories(cudnn_plans SYSTEM PRIVATE ${IDI_CUDA_INCLUDE})
    target_link_libraries(cudnn_plans PRIVATE idi_internal ${CMAKE_DL_LIBS})
    add_executable(describe_device ${CMAKE_SOURCE_DIR}/tests/cudnn/describe.c ${runtime}/cudnn.c
                                   ${runtime}/library.c)
    target_include_directories(describe_device PRIVATE ${CMAKE_SOURCE_DIR})
    target_include_directories(describe_device SYSTEM PRIVATE ${IDI_CUDA_INCLUDE})
    target_link_libraries(describe_device PRIVATE idi_internal ${CMAKE_DL_LIBS})
    set(extent)
    if(IDI_SANITIZE)
        set(extent some)
    endif()
    # cuDNN and cuBLASLt keep memory until the process ends, which the leak checker would tell of.
    add_test(NAME cudnn.plans
             COMMAND bash ${CMAKE_SOURCE_DIR}/tests/cudnn/plans.sh ${CMAKE_SOURCE_DIR}
                     ${CMAKE_BINARY_DIR} ${IDI_CUDA_INCLUDE} ${extent})
    set_tests_properties(cudnn.plans PROPERTIES TIMEOUT 1800 SKIP_RETURN_CODE 77
                                                ENVIRONMENT ASAN_OPTIONS=detect_leaks=0)
endif()
