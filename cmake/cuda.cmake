# SPDX-License-Identifier: Apache-2.0
# The CUDA toolkit, when it is here: one kernel is compiled and linked, so that the build is known
# to work; the backend itself comes later. Without the toolkit the library is the CPU library.
set(IDI_CUDA_OBJECTS "")
set(IDI_CUDA_LIBRARIES "")
if(IDI_CUDA STREQUAL "off")
    message(STATUS "CUDA: off; building the CPU library")
    return()
endif()

include(CheckLanguage)
if(NOT CMAKE_CUDA_COMPILER AND EXISTS /usr/local/cuda/bin/nvcc)
    set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)
endif()
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
    if(IDI_CUDA STREQUAL "on")
        message(FATAL_ERROR "CUDA: asked for (IDI_CUDA=on), but no toolkit was found")
    endif()
    message(STATUS "CUDA: no toolkit found; building the CPU library")
    return()
endif()

set(CMAKE_CUDA_ARCHITECTURES 90a CACHE STRING "GPU architectures to compile for")
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
message(STATUS "CUDA: ${CUDAToolkit_VERSION}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
file(GLOB cuda_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/cuda/ops/*.cu
     ${CMAKE_SOURCE_DIR}/cuda/runtime/*.c)
add_library(idi_cuda OBJECT ${cuda_sources})
target_include_directories(idi_cuda PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src
                                            ${CMAKE_SOURCE_DIR})
target_compile_features(idi_cuda PRIVATE cuda_std_17)
target_compile_options(
    idi_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-lineinfo --Werror=all-warnings
                     -Xcompiler=-Wall,-Wextra,-fvisibility=hidden,-fno-exceptions,-fno-rtti>)
target_link_libraries(idi_cuda PRIVATE CUDA::cudart_static)
set(IDI_CUDA_OBJECTS $<TARGET_OBJECTS:idi_cuda>)
set(IDI_CUDA_LIBRARIES CUDA::cudart_static)
