/* SPDX-License-Identifier: Apache-2.0 */
/* eval/lapack.c - see lapack.h. Fortran's entry points, because not every package of OpenBLAS has
 * LAPACKE. */
#include "eval/lapack.h"

/* The trailing numbers are the lengths of the CHARACTER arguments, as gfortran passes them. */
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info,
             size_t jobz_length, size_t uplo_length);
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s,
             double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork,
             int *iwork, int *info, size_t jobz_length);

idi_status idi_symmetric_eigen(idi_memory *memory, int dim, double *matrix, double *eigenvalues_out)
{
    idi_status st = IDI_OK;
    double *work = NULL, best;
    int *integers = NULL;
    const int query = -1;
    int integer_count, info = 0;
    /* Our rows are Fortran's columns: its upper triangle is our lower one. */
    dsyevd_("V", "U", &dim, matrix, &dim, eigenvalues_out, &best, &query, &integer_count, &query,
            &info, 1, 1);
    IDI_ENSURE(info == 0);
    const int count = (int)best;
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof *work, &work));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, (size_t)integer_count * sizeof *integers,
                               &integers));
    dsyevd_("V", "U", &dim, matrix, &dim, eigenvalues_out, work, &count, integers, &integer_count,
            &info, 1, 1);
    IDI_REQUIRE_TO(done, info == 0, IDI_ERR_NUMERIC,
                   "the eigenvalues of a symmetric matrix of %d rows do not converge (LAPACK %d)",
                   dim, info);
done:
    idi_free(memory, work);
    idi_free(memory, integers);
    return st;
}

idi_status idi_singular_values(idi_memory *memory, int rows, int columns, double *matrix,
                               double *values_out)
{
    idi_status st = IDI_OK;
    double *work = NULL, best, unused;
    int *integers = NULL;
    const int query = -1, one = 1, least = rows < columns ? rows : columns;
    int info = 0;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)least * 8 * sizeof *integers, &integers));
    dgesdd_("N", &columns, &rows, matrix, &columns, values_out, &unused, &one, &unused, &one, &best,
            &query, integers, &info, 1);
    const int count = (int)best;
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof *work, &work));
    dgesdd_("N", &columns, &rows, matrix, &columns, values_out, &unused, &one, &unused, &one, work,
            &count, integers, &info, 1);
    IDI_REQUIRE_TO(done, info == 0, IDI_ERR_NUMERIC,
                   "the singular values of a matrix of %d x %d do not converge (LAPACK %d)", rows,
                   columns, info);
done:
    idi_free(memory, work);
    idi_free(memory, integers);
    return st;
}
