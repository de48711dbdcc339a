/* SPDX-License-Identifier: Apache-2.0 */
/* model/small_model.c - see small_model.h. */
#include "model/small_model.h"

#include <criterion/criterion.h>
#include <string.h>

idi_model_config small_model_config(void)
{
    idi_model_config config;
    cr_assert_eq(idi_config_parse(SMALL_MODEL, strlen(SMALL_MODEL), &config), IDI_OK, "%s",
                 idi_last_error());
    return config;
}
