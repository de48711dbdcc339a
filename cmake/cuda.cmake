# SPDX-License-Identifier: Apache-2.0
# The CUDA backend, when a toolkit is here; without one the library is the CPU library.
#
# Gives: the library idi_cuda, if IDI_HAS_CUDA; IDI_CUDA_INCLUDE, the toolkit's headers, which are
# all that the host emulation of tests/emulation needs (also with IDI_CUDA=off), or NOTFOUND.
set(IDI_HAS_CUDA FALSE)
file(GLOB IDI_CUDA_KERNELS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cuda/ops/*.cu)
file(GLOB IDI_CUDA_RUNTIME CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cuda/runtime/*.c)

if(IDI_CUDA STREQUAL "off")
    message(STATUS "CUDA: off; building the CPU library")
else()
    include(CheckLanguage)
    if(NOT CMAKE_CUDA_COMPILER AND EXISTS /usr/local/cuda/bin/nvcc)
        set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)
    endif()
    check_language(CUDA)
    if(CMAKE_CUDA_COMPILER)
        set(IDI_HAS_CUDA TRUE)
    elseif(IDI_CUDA STREQUAL "on")
        message(FATAL_ERROR "CUDA: asked for (IDI_CUDA=on), but no toolkit was found")
    else()
        message(STATUS "CUDA: no toolkit found; building the CPU library")
    endif()
endif()

if(IDI_HAS_CUDA)
    # Code for every supported generation, and PTX for those to come. The Makefile names the one at
    # hand, which builds faster.
    if(NOT CMAKE_CUDA_ARCHITECTURES)
        set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 86-real 89-real 90a-real 100-real 120
            CACHE STRING "GPU architectures to compile for" FORCE)
    endif()
    enable_language(CUDA)
    # CMake 3.25 marks this target as deprecated even where CUDA 13 no longer has it, and stops.
    if(CMAKE_VERSION VERSION_LESS 3.26 AND NOT TARGET CUDA::nvToolsExt)
        add_library(CUDA::nvToolsExt INTERFACE IMPORTED)
    endif()
    find_package(CUDAToolkit REQUIRED)
    message(STATUS "CUDA: ${CUDAToolkit_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
    list(GET CUDAToolkit_INCLUDE_DIRS 0 IDI_CUDA_INCLUDE)

    add_library(idi_cuda STATIC ${IDI_CUDA_KERNELS} ${IDI_CUDA_RUNTIME})
    target_include_directories(idi_cuda PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
    target_include_directories(idi_cuda PUBLIC ${CMAKE_SOURCE_DIR})
    target_include_directories(idi_cuda SYSTEM PUBLIC ${IDI_CUDA_INCLUDE})
    target_compile_features(idi_cuda PRIVATE cuda_std_17)
    target_compile_options(
        idi_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-lineinfo --Werror=all-warnings
                         -Xcompiler=-Wall,-Wextra,-fvisibility=hidden,-fno-exceptions,-fno-rtti>)
    # The dialect's flags are for C alone.
    get_target_property(dialect idi_dialect INTERFACE_COMPILE_OPTIONS)
    target_compile_options(idi_cuda PRIVATE "$<$<COMPILE_LANGUAGE:C>:${dialect}>")
    target_compile_definitions(idi_cuda PRIVATE _POSIX_C_SOURCE=200809L)
    target_link_libraries(idi_cuda PUBLIC CUDA::cudart_static ${CMAKE_DL_LIBS})
else()
    find_path(IDI_CUDA_INCLUDE cuda_runtime.h HINTS /usr/local/cuda/include)
endif()
