# SPDX-License-Identifier: Apache-2.0
# `cmake --build BUILD --target docs`: the API reference as HTML in BUILD/docs/html, where Doxygen is.
find_program(IDI_DOXYGEN doxygen)
if(IDI_DOXYGEN)
    configure_file(docs/Doxyfile.in ${CMAKE_BINARY_DIR}/Doxyfile @ONLY)
    add_custom_target(docs COMMAND ${IDI_DOXYGEN} ${CMAKE_BINARY_DIR}/Doxyfile VERBATIM)
endif()
