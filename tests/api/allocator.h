/* SPDX-License-Identifier: Apache-2.0 */
/* api/allocator.h - an allocator for contexts under test: it counts, poisons, guards and fails. */
#ifndef IDI_TESTS_API_ALLOCATOR_H
#define IDI_TESTS_API_ALLOCATOR_H

#include <idinject/context.h>

#include <stdatomic.h>
#include <stdbool.h>

/* Give its address as allocator_user. Zero-initialise, then set fail_at to -1. */
typedef struct idi_test_allocator {
    atomic_llong live;    /* blocks made and not yet freed */
    atomic_llong made;    /* allocations asked for, refused ones included */
    atomic_llong refused; /* of them */
    atomic_llong damaged; /* blocks whose guards were overwritten, found when freed */
    atomic_llong fail_at; /* number of the allocation (as `made` counts) to refuse; -1: none */
    bool fails_on;        /* refuses all later ones too */
} idi_test_allocator;

/* The options' defaults, on the CPU, with this allocator. */
idi_context_options idi_test_allocator_options(idi_test_allocator *allocator);

#endif
