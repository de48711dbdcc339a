# SPDX-License-Identifier: Apache-2.0
# The program that ThreadSanitizer watches; `make tsan` builds and runs it (tests/tsan/run.sh).
file(GLOB tsan_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/tsan/*.c)
add_executable(tsan_threads ${tsan_sources})
target_link_libraries(tsan_threads PRIVATE idi_internal m)
