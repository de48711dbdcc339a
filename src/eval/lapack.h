/* SPDX-License-Identifier: Apache-2.0 */
/* eval/lapack.h - the two decompositions that statistics of features need, from the LAPACK inside
 * OpenBLAS. Matrices are row-major and dense. */
#ifndef IDI_EVAL_LAPACK_H
#define IDI_EVAL_LAPACK_H

#include "core/memory.h"

/* A symmetric matrix [dim, dim] becomes its eigenvectors, one a row; eigenvalues_out [dim],
 * ascending. Reads the lower triangle. */
IDI_NODISCARD idi_status idi_symmetric_eigen(idi_memory *memory, int dim, double *matrix,
                                             double *eigenvalues_out);

/* The singular values of a matrix [rows, columns], descending; the matrix is used up.
 * values_out [min(rows, columns)]. */
IDI_NODISCARD idi_status idi_singular_values(idi_memory *memory, int rows, int columns,
                                             double *matrix, double *values_out);

#endif
