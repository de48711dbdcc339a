# SPDX-License-Identifier: Apache-2.0
# The dialect: C17 without extensions, and no contraction, so that the double-precision oracle does
# not depend on the compiler.
add_library(idi_dialect INTERFACE)
target_compile_options(
    idi_dialect
    INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wvla -Wconversion -Wno-sign-conversion
              -Wdouble-promotion -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
              -Wwrite-strings -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Wswitch-enum
              -fno-common -ffp-contract=off)
if(IDI_WERROR)
    target_compile_options(idi_dialect INTERFACE -Werror)
endif()
if(IDI_SANITIZE)
    target_compile_options(idi_dialect INTERFACE -fsanitize=${IDI_SANITIZE} -fno-omit-frame-pointer
                                                 -fno-sanitize-recover=undefined)
    target_link_options(idi_dialect INTERFACE -fsanitize=${IDI_SANITIZE})
endif()
target_compile_definitions(idi_dialect INTERFACE _POSIX_C_SOURCE=200809L)
