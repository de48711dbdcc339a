# SPDX-License-Identifier: Apache-2.0
# The rooms of src/ as one shared library; the tests link the same objects statically.
file(GLOB room_sources CONFIGURE_DEPENDS
     ${CMAKE_SOURCE_DIR}/src/core/*.c ${CMAKE_SOURCE_DIR}/src/graph/*.c
     ${CMAKE_SOURCE_DIR}/src/ops/*.c ${CMAKE_SOURCE_DIR}/src/nets/*.c
     ${CMAKE_SOURCE_DIR}/src/model/*.c ${CMAKE_SOURCE_DIR}/src/data/*.c
     ${CMAKE_SOURCE_DIR}/src/eval/*.c ${CMAKE_SOURCE_DIR}/src/train/*.c
     ${CMAKE_SOURCE_DIR}/src/api/*.c ${CMAKE_SOURCE_DIR}/src/cpu/select/*.c)
# The plain loops, compiled for float and again for double: the oracle.
file(GLOB loop_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cpu/*.c)

add_library(idi_cpu32 OBJECT ${loop_sources})
add_library(idi_cpu64 OBJECT ${loop_sources})
target_compile_definitions(idi_cpu64 PRIVATE IDI_CPU_DOUBLE)
add_library(idi_rooms OBJECT ${room_sources})
if(IDI_HAS_CUDA)
    target_compile_definitions(idi_rooms PRIVATE IDI_WITH_CUDA)
    target_include_directories(idi_rooms PRIVATE ${CMAKE_SOURCE_DIR})
    target_include_directories(idi_rooms SYSTEM PRIVATE ${IDI_CUDA_INCLUDE})
endif()

if(IDI_HAS_MPI)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/src/core/ranks_open.c
                                PROPERTIES COMPILE_DEFINITIONS IDI_WITH_MPI)
endif()

# The fast float versions, once for each instruction set; cpu/select picks at run time. Contraction
# and reassociation are theirs alone: they are held to a tolerance, the oracle defines the result.
file(GLOB fast_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cpu/fast/*.c)
set(fast_isas base)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND fast_isas avx2 avx512 bf16)
    target_compile_definitions(idi_rooms PRIVATE IDI_HAS_X86)
endif()
set(flags_avx2 -mavx2 -mfma)
set(flags_avx512 -mavx2 -mfma -mavx512f -mavx512dq -mavx512vl -mavx512bw)
set(flags_bf16 ${flags_avx512} -mavx512bf16 -DIDI_FAST_BF16)
set(sources_bf16 feed_forward pixel_transformer table) # src/cpu/fast/bf16.def
list(TRANSFORM sources_bf16 REPLACE "(.+)" ${CMAKE_SOURCE_DIR}/src/cpu/fast/\\1.c)
foreach(isa ${fast_isas})
    if(NOT DEFINED sources_${isa})
        set(sources_${isa} ${fast_sources})
    endif()
    add_library(idi_fast_${isa} OBJECT ${sources_${isa}})
    target_compile_definitions(idi_fast_${isa} PRIVATE IDI_ISA=${isa})
    target_compile_options(idi_fast_${isa} PRIVATE -O3 -fno-math-errno -fno-trapping-math ${flags_${isa}})
    list(APPEND fast_parts idi_fast_${isa})
    list(APPEND fast_objects $<TARGET_OBJECTS:idi_fast_${isa}>)
endforeach()

foreach(part idi_cpu32 idi_cpu64 idi_rooms ${fast_parts})
    target_include_directories(${part} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${part} PRIVATE idi_dialect PNG::PNG JPEG::JPEG PkgConfig::JANSSON
                                          PkgConfig::OPENBLAS OpenMP::OpenMP_C Threads::Threads)
endforeach()
# On the files, because those flags come after the dialect's -ffp-contract=off.
set_source_files_properties(${fast_sources} PROPERTIES COMPILE_OPTIONS -ffp-contract=fast)

set(idi_parts $<TARGET_OBJECTS:idi_rooms> $<TARGET_OBJECTS:idi_cpu32> $<TARGET_OBJECTS:idi_cpu64>
              ${fast_objects})
set(idi_libraries PNG::PNG JPEG::JPEG PkgConfig::JANSSON PkgConfig::OPENBLAS OpenMP::OpenMP_C
                  Threads::Threads m ${CMAKE_DL_LIBS})
set(idi_cuda_library $<$<BOOL:${IDI_HAS_CUDA}>:idi_cuda>)

add_library(idinject SHARED ${idi_parts})
add_library(idinject::idinject ALIAS idinject)
target_link_libraries(idinject PRIVATE idi_dialect ${idi_libraries} ${idi_cuda_library})
target_include_directories(idinject PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>
                                           $<INSTALL_INTERFACE:include>)
target_link_options(idinject PRIVATE
                    -Wl,--version-script=${CMAKE_SOURCE_DIR}/src/api/idinject.map -Wl,-z,defs)
# Until 1.0 a minor version may change the binary interface.
set(idi_soversion ${PROJECT_VERSION_MAJOR})
if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(idi_soversion 0.${PROJECT_VERSION_MINOR})
endif()
set_target_properties(idinject PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${idi_soversion}
                      BUILD_RPATH "$ORIGIN" # where the MPI module is
                      LINK_DEPENDS ${CMAKE_SOURCE_DIR}/src/api/idinject.map)
if(IDI_SANITIZE)
    # The sanitizers' run time resolves its symbols when the program starts.
    set_property(TARGET idinject PROPERTY LINK_OPTIONS
                 -Wl,--version-script=${CMAKE_SOURCE_DIR}/src/api/idinject.map)
endif()

add_library(idi_internal STATIC ${idi_parts})
target_link_libraries(idi_internal PUBLIC idi_dialect ${idi_libraries} ${idi_cuda_library})
if(IDI_HAS_CUDA)
    # The two archives need each other; CMake names both twice then.
    target_link_libraries(idi_cuda INTERFACE $<LINK_ONLY:idi_internal>)
endif()
target_include_directories(idi_internal PUBLIC ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)

# The program: public headers only.
file(GLOB cli_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/*.c)
add_executable(idinject-cli ${cli_sources})
set_target_properties(idinject-cli PROPERTIES OUTPUT_NAME idinject)
target_link_libraries(idinject-cli PRIVATE idi_dialect idinject m PkgConfig::JANSSON ${CMAKE_DL_LIBS})
