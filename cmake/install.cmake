# SPDX-License-Identifier: Apache-2.0
# What other people's programs build against: the static library beside the shared one, the CMake
# package, the pkg-config file, the man page, and packages of all that (cpack).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The archive holds the CUDA objects too, so that nobody has to order two archives that need each
# other. What it stands on is named, not found: the package config finds it on the user's machine.
add_library(idinject_static STATIC ${idi_parts} $<$<BOOL:${IDI_HAS_CUDA}>:$<TARGET_OBJECTS:idi_cuda>>)
set_target_properties(idinject_static PROPERTIES OUTPUT_NAME idinject LINKER_LANGUAGE C)
target_include_directories(idinject_static INTERFACE $<INSTALL_INTERFACE:include>)
target_link_libraries(
    idinject_static INTERFACE PNG::PNG JPEG::JPEG PkgConfig::JANSSON PkgConfig::OPENBLAS
                              ${OpenMP_C_LIB_NAMES} Threads::Threads m ${CMAKE_DL_LIBS})
set(idi_private_libraries -lpng -ljpeg)
foreach(dependency JANSSON OPENBLAS)
    list(APPEND idi_private_libraries ${${dependency}_LDFLAGS})
endforeach()
foreach(name ${OpenMP_C_LIB_NAMES} m ${CMAKE_DL_LIBS})
    list(APPEND idi_private_libraries -l${name})
endforeach()
if(IDI_HAS_CUDA)
    # nvcc's objects want a little of the C++ library, also in a program of C.
    target_link_libraries(idinject_static INTERFACE CUDA::cudart_static ${CMAKE_DL_LIBS} stdc++)
    list(APPEND idi_private_libraries -L${CUDAToolkit_LIBRARY_DIR} -lcudart_static -lrt -ldl -lstdc++)
endif()
list(REMOVE_DUPLICATES idi_private_libraries)
list(JOIN idi_private_libraries " " idi_private_libraries)

# Programs find the library beside them, wherever the two were moved to.
file(RELATIVE_PATH bin_to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(idinject-cli PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
# The library finds the MPI module beside it.
set_target_properties(idinject PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON INSTALL_RPATH "$ORIGIN")
install(TARGETS idinject EXPORT idinject-shared)
if(IDI_HAS_MPI)
    install(TARGETS idinject_mpi LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
install(TARGETS idinject_static EXPORT idinject-static)
install(TARGETS idinject-cli)
install(DIRECTORY include/idinject bindings/cpp/idinject DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/idinject)
foreach(kind shared static)
    install(EXPORT idinject-${kind} NAMESPACE idinject:: DESTINATION ${package_dir}
            FILE idinject-${kind}-targets.cmake)
endforeach()
configure_package_config_file(cmake/idinject-config.cmake.in ${CMAKE_BINARY_DIR}/idinject-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/idinject-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/idinject-config.cmake
              ${CMAKE_BINARY_DIR}/idinject-config-version.cmake DESTINATION ${package_dir})

file(RELATIVE_PATH pkgconfig_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" pkgconfig_to_prefix ${pkgconfig_to_prefix})
configure_file(cmake/idinject.pc.in ${CMAKE_BINARY_DIR}/idinject.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/idinject.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# The man page is the program's own help.
if(NOT CMAKE_CROSSCOMPILING)
    set(man_page ${CMAKE_BINARY_DIR}/idinject.1)
    add_custom_command(OUTPUT ${man_page}
                       COMMAND bash ${CMAKE_SOURCE_DIR}/scripts/man.sh $<TARGET_FILE:idinject-cli> ${man_page}
                       DEPENDS idinject-cli ${CMAKE_SOURCE_DIR}/scripts/man.sh VERBATIM)
    add_custom_target(man ALL DEPENDS ${man_page})
    install(FILES ${man_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME idinject)
set(CPACK_PACKAGE_VENDOR "the libidinject authors")
set(CPACK_PACKAGE_CONTACT "the libidinject authors <idinject@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "faces from a label map, a style and an identity")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
    "pkg-config, libpng-dev, libjpeg-dev, libjansson-dev, libopenblas-openmp-dev")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
