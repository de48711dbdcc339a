/* SPDX-License-Identifier: Apache-2.0 */
/* bindings/check.hpp - CHECK for programs without a test framework, which want exceptions. */
#ifndef IDI_TESTS_BINDINGS_CHECK_HPP
#define IDI_TESTS_BINDINGS_CHECK_HPP

#include <cstdio>

static int check_failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);             \
            check_failures = 1;                                                                    \
        }                                                                                          \
    } while (0)

#endif
