/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/version.h - the version; CMake reads it from here. */
#ifndef IDINJECT_VERSION_H
#define IDINJECT_VERSION_H

#define IDI_VERSION_MAJOR 0
#define IDI_VERSION_MINOR 1
#define IDI_VERSION_PATCH 0

#endif
