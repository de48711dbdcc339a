/* SPDX-License-Identifier: Apache-2.0 */
/* nets/sanitizer.c - what the leak checker is not to report: Criterion's runner keeps 48 bytes of
 * its own when several suites run in parallel. Leaks of the library are found as ever, since its
 * blocks do not come out of libcriterion. */
#include "support/network_run.h"

#if IDI_TEST_IS_SANITIZED
/* Found by name by the sanitizer's run time. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libcriterion\n";
}
#endif
