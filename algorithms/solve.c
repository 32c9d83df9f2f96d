/* SPDX-License-Identifier: MIT */
#include "algorithms/solve.h"

#include <pthread.h>
#include <string.h>

#include <lapacke.h>

#include "algorithms/alloc.h"

/* Present only when the LAPACK in use is OpenBLAS. */
extern void openblas_set_num_threads(int threads) __attribute__((weak));

static void set_one_thread(void)
{
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
}

void ih_solve_single_threaded(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, set_one_thread);
}

ih_status ih_solve_svd(size_t n_rows, size_t n_columns, const double *matrix, double *left,
                       double *values, double *right, ih_error *err)
{
    double *transposed_right = NULL, *superdiagonal = NULL, *work = NULL;
    ih_status st = IH_OK;
    lapack_int info;

    if (n_rows < n_columns || n_columns == 0 || n_rows > INT32_MAX / n_columns)
        return ih_fail(err, IH_E_ARGUMENT, "a design matrix of %zu x %zu", n_rows, n_columns);
    transposed_right = ih_alloc(n_columns * n_columns, sizeof *transposed_right);
    superdiagonal = ih_alloc(n_columns, sizeof *superdiagonal);
    work = ih_alloc(n_rows * n_columns, sizeof *work);
    if (!transposed_right || !superdiagonal || !work) {
        st = ih_fail(err, IH_E_MEMORY, "a design matrix of %zu x %zu", n_rows, n_columns);
        goto done;
    }

    ih_solve_single_threaded();
    memcpy(work, matrix, n_rows * n_columns * sizeof *work);
    info = LAPACKE_dgesvd(LAPACK_ROW_MAJOR, 'S', 'S', (lapack_int)n_rows, (lapack_int)n_columns,
                          work, (lapack_int)n_columns, values, left, (lapack_int)n_columns,
                          transposed_right, (lapack_int)n_columns, superdiagonal);
    if (info != 0) {
        st = ih_fail(err, IH_E_NUMERIC, "the singular value decomposition of %zu x %zu failed (%d)",
                     n_rows, n_columns, (int)info);
        goto done;
    }
    for (size_t i = 0; i < n_columns; i++)
        for (size_t j = 0; j < n_columns; j++)
            right[i * n_columns + j] = transposed_right[j * n_columns + i];

done:
    free(work);
    free(superdiagonal);
    free(transposed_right);
    return st;
}
