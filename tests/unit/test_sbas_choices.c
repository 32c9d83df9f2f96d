/* SPDX-License-Identifier: MIT
 *
 * Least absolute residuals, parts joined by a motion, and the covariance of the dates. Oracles:
 * all spanning trees of a small network (one of them is a solution of least absolute residuals),
 * LAPACK on the whole system of a pixel, and the scatter of many noisy pixels.
 */
#include "tests/unit/sbas_scene.h"

#include "algorithms/phase_statistics.h"

/* ---- parts joined by a motion ---- */

/* Powers of the time in years, without a constant. */
static void set_polynomial(struct scene *s, double *terms, size_t degree)
{
    for (size_t d = 0; d < s->network->n_dates; d++)
        for (size_t j = 0; j < degree; j++)
            terms[d * degree + j] =
                pow((s->network->date_days[d] - s->network->date_days[0]) / 365.25, (double)j + 1);
    s->options.join_terms = terms;
    s->options.n_join_terms = degree;
}

/* Weighted equations of the pairs, and for every date gamma (x - terms - constant) = 0: the
 * formulation of Doin et al. 2011 with a weight that is small but not 0. */
static void oracle_motion(const struct scene *s, const double *roots, size_t pixel, double gamma,
                          double *x)
{
    const ih_network *net = s->network;
    size_t p = s->options.n_join_terms, n = net->n_dates - 1 + p + 1, m = 0;
    double *a = calloc((net->n_pairs + net->n_dates + n) * n, sizeof *a);
    double *b = calloc(net->n_pairs + net->n_dates + n, sizeof *b);
    double values[2 * MAX_DATES];
    lapack_int rank;

    for (size_t k = 0; k < net->n_pairs; k++) {
        double value = observation(s, k, pixel);
        double w = s->with_quality ? roots[s->quality[k * s->stride + pixel]] : 1;
        size_t i = net->reference_index[k], j = net->secondary_index[k];

        if (!isfinite(value))
            continue;
        if (i > 0)
            a[m * n + i - 1] = -w;
        a[m * n + j - 1] = w;
        b[m++] = value * w;
    }
    for (size_t d = 0; d < net->n_dates; d++, m++) {
        if (d > 0)
            a[m * n + d - 1] = gamma;
        for (size_t j = 0; j < p; j++)
            a[m * n + net->n_dates - 1 + j] = -gamma * s->options.join_terms[d * p + j];
        a[m * n + n - 1] = -gamma;
    }
    assert_int_equal(LAPACKE_dgelsd(LAPACK_ROW_MAJOR, (lapack_int)m, (lapack_int)n, 1, a,
                                    (lapack_int)n, b, 1, values, 1e-13, &rank),
                     0);
    assert_int_equal(rank, n);
    x[0] = 0;
    memcpy(x + 1, b, (net->n_dates - 1) * sizeof *x);
    free(a);
    free(b);
}

/* With gamma 1e-4 the constraint moves phases by gamma^2 over the least stiffness of a part (about
 * 0.03) times misfits of some 100 rad, 3e-5; half a unit in the last place of the result is 8e-6.
 */
static void assert_agrees_with_constraint(struct scene *s, size_t wanted)
{
    double roots[IH_QUALITY_LEVELS];
    size_t in_parts = 0;

    root_weights(s, roots);
    invert(s);
    for (size_t p = 0; p < s->n_pixels; p++) {
        double x[MAX_DATES];

        if (s->components[p] == 0)
            continue;
        in_parts += s->components[p] > 1;
        oracle_motion(s, roots, p, 1e-4, x);
        for (size_t d = 0; d < s->network->n_dates; d++)
            assert_true(fabs((double)s->series[d * s->stride + p] - x[d]) < 5e-5);
    }
    assert_true(in_parts >= wanted);
}

static void a_motion_joins_parts_like_a_weak_constraint(void **state)
{
    (void)state;
    for (size_t degree = 1; degree <= 3; degree++) {
        double terms[MAX_DATES * 3];
        struct scene s;

        seed = 300 + degree;
        interleaved_scene(&s, 2 + degree % 2);
        s.with_quality = degree == 2;
        set_polynomial(&s, terms, degree);
        assert_agrees_with_constraint(&s, 20);
        free_scene(&s);

        seed = 310 + degree;
        nearest_scene(&s, 20, 3, 150);
        s.with_quality = degree == 1;
        fill_scene(&s, 1, 0.5);
        set_polynomial(&s, terms, degree);
        assert_agrees_with_constraint(&s, 5);
        free_scene(&s);
    }
}

static void a_steady_motion_is_recovered_across_a_gap(void **state)
{
    double terms[MAX_DATES];
    struct scene s;

    (void)state;
    nearest_scene(&s, 20, 3, 16);
    set_polynomial(&s, terms, 1);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        for (size_t p = 0; p < 16; p++) {
            size_t i = s.network->reference_index[k], j = s.network->secondary_index[k];
            double years = (s.network->date_days[j] - s.network->date_days[i]) / 365.25;

            s.phase[k * s.stride + p] = i < 9 && j >= 9 ? NAN : (float)(years * (double)p);
        }
    invert(&s);
    for (size_t p = 0; p < 16; p++) {
        assert_int_equal(s.components[p], 2);
        for (size_t d = 0; d < 20; d++)
            /* rounding of the phases to float32 */
            assert_true(fabs((double)s.series[d * s.stride + p] - terms[d] * (double)p) < 2e-6);
    }
    /* least velocity instead puts no motion into the gap */
    s.options.n_join_terms = 0;
    invert(&s);
    assert_true(fabs((double)(s.series[9 * s.stride + 15] - s.series[8 * s.stride + 15])) < 1e-5);
    free_scene(&s);
}

static void terms_of_a_motion_leave_whole_networks_alone(void **state)
{
    double terms[MAX_DATES * 2];
    float *before;
    struct scene s;
    size_t whole = 0;

    (void)state;
    seed = 320;
    nearest_scene(&s, 20, 3, 100);
    s.with_quality = true;
    fill_scene(&s, 1, 0.35);
    invert(&s);
    before = calloc(20 * s.stride, sizeof *before);
    memcpy(before, s.series, 20 * s.stride * sizeof *before);
    set_polynomial(&s, terms, 2);
    invert(&s);
    for (size_t p = 0; p < 100; p++) {
        if (s.components[p] != 1)
            continue;
        whole++;
        for (size_t d = 0; d < 20; d++)
            assert_memory_equal(before + d * s.stride + p, s.series + d * s.stride + p,
                                sizeof(float));
    }
    assert_true(whole > 50 && whole < 100);
    free(before);
    free_scene(&s);
}

/* Two parts of two dates each: a velocity and an acceleration follow, more does not. And a term
 * that repeats another adds nothing. */
static void terms_that_the_parts_do_not_determine_are_left_out(void **state)
{
    const int32_t reference[] = {0, 100}, secondary[] = {30, 190};
    double many[4 * 5], few[4 * 2], twice[4 * 2], once[4];
    struct scene s, t;

    (void)state;
    make_scene(&s, 2, reference, secondary, 1);
    make_scene(&t, 2, reference, secondary, 1);
    s.phase[0] = t.phase[0] = 1.0f;
    s.phase[s.stride] = t.phase[t.stride] = -2.0f;
    set_polynomial(&s, many, 5);
    set_polynomial(&t, few, 2);
    invert(&s);
    invert(&t);
    for (size_t d = 0; d < 4; d++)
        assert_memory_equal(s.series + d * s.stride, t.series + d * t.stride, sizeof(float));

    set_polynomial(&t, once, 1);
    for (size_t d = 0; d < 4; d++) {
        twice[2 * d] = once[d];
        twice[2 * d + 1] = 2 * once[d];
    }
    s.options.join_terms = twice;
    s.options.n_join_terms = 2;
    invert(&s);
    invert(&t);
    for (size_t d = 0; d < 4; d++)
        assert_memory_equal(s.series + d * s.stride, t.series + d * t.stride, sizeof(float));
    free_scene(&s);
    free_scene(&t);
}

/* ---- least absolute residuals ---- */

/* The sum of rooted weight times absolute residual. */
static double misfit(const struct scene *s, const double *roots, size_t pixel, const double *x)
{
    double sum = 0;

    for (size_t k = 0; k < s->network->n_pairs; k++) {
        double value = observation(s, k, pixel);
        double w = s->with_quality ? roots[s->quality[k * s->stride + pixel]] : 1;

        if (isfinite(value))
            sum += w * fabs(value - (x[s->network->secondary_index[k]] -
                                     x[s->network->reference_index[k]]));
    }
    return sum;
}

/* Phases that the pairs of a set alone give; false when they are no spanning tree. */
static bool tree_phases(const struct scene *s, uint32_t set, size_t pixel, double *x)
{
    bool known[MAX_DATES] = {true};
    size_t n_known = 1, before;

    x[0] = 0;
    do {
        before = n_known;
        for (size_t k = 0; k < s->network->n_pairs; k++) {
            size_t i = s->network->reference_index[k], j = s->network->secondary_index[k];
            double value = observation(s, k, pixel);

            if (!(set >> k & 1) || known[i] == known[j] || isnan(value))
                continue;
            if (known[i])
                x[j] = x[i] + value;
            else
                x[i] = x[j] - value;
            known[i] = known[j] = true;
            n_known++;
        }
    } while (n_known > before);
    return n_known == s->network->n_dates;
}

/* The least misfit there is: some spanning tree without residuals attains it. */
static double least_misfit(const struct scene *s, const double *roots, size_t pixel, double *best)
{
    double least = INFINITY;

    for (uint32_t set = 0; set < 1u << s->network->n_pairs; set++) {
        double x[MAX_DATES], sum;

        if ((size_t)__builtin_popcount(set) != s->network->n_dates - 1 ||
            !tree_phases(s, set, pixel, x))
            continue;
        sum = misfit(s, roots, pixel, x);
        if (sum < least) {
            least = sum;
            memcpy(best, x, s->network->n_dates * sizeof *x);
        }
    }
    return least;
}

/* The share by which the misfit of a pixel by least absolute residuals exceeds the least there is;
 * *by_squares is that of its solution by least squares. NaN in pixels that are not whole. */
static double excess(struct scene *s, const double *roots, size_t pixel, double *by_squares)
{
    double x[MAX_DATES], best[MAX_DATES], sums[2], least;

    for (int norm = 0; norm < 2; norm++) {
        s->options.norm = norm ? IH_NORM_L1 : IH_NORM_L2;
        invert(s);
        if (s->components[pixel] != 1)
            return NAN;
        for (size_t d = 0; d < s->network->n_dates; d++)
            x[d] = (double)s->series[d * s->stride + pixel];
        sums[norm] = misfit(s, roots, pixel, x);
    }
    least = least_misfit(s, roots, pixel, best);
    *by_squares = sums[0] / least - 1;
    return sums[1] / least - 1;
}

/* With equal weights the least is met to the rounding of float32. Weights that differ by four
 * orders of magnitude between the pairs of a date, as here, slow the rounds down: 1 % at worst. */
static void absolute_residuals_are_the_least_there_are(void **state)
{
    (void)state;
    for (int weighted = 0; weighted < 2; weighted++) {
        double roots[IH_QUALITY_LEVELS], sum = 0;
        struct scene s;
        size_t n = 0, squares_worse = 0;

        seed = 400 + (uint64_t)weighted;
        nearest_scene(&s, 7, 3, 48);
        s.with_quality = weighted;
        fill_scene(&s, 2, 0.05);
        root_weights(&s, roots);
        for (size_t p = 0; p < 48; p++) {
            double by_squares, over = excess(&s, roots, p, &by_squares);

            if (isnan(over))
                continue;
            assert_true(over > -1e-6 && over < (weighted ? 0.02 : 1e-6));
            n++;
            sum += over;
            squares_worse += by_squares > 0.02;
        }
        assert_true(n > 40 && squares_worse > 40);
        assert_true(sum / (double)n < 0.003);
        free_scene(&s);
    }
}

/* Nearest-3 networks lay the blame for errors of one pair at a time on that pair. */
static void outliers_do_not_spread_into_the_phases(void **state)
{
    static const size_t wrong[] = {10, 31, 55, 80};
    double worst = 0, worst_squares = 0;
    struct scene s;

    (void)state;
    nearest_scene(&s, 30, 3, 16);
    for (size_t p = 0; p < 16; p++) {
        for (size_t k = 0; k < s.network->n_pairs; k++)
            s.phase[k * s.stride + p] =
                (float)(s.network->secondary_index[k] - s.network->reference_index[k]);
        for (size_t w = 0; w < 4; w++)
            s.phase[wrong[w] * s.stride + p] += 6.2831853f * (float)((int)p % 5 - 2);
    }
    for (int norm = 0; norm < 2; norm++) {
        s.options.norm = norm ? IH_NORM_L1 : IH_NORM_L2;
        invert(&s);
        for (size_t p = 0; p < 16; p++)
            for (size_t d = 0; d < 30; d++) {
                double error = fabs((double)s.series[d * s.stride + p] - (double)d);

                worst = fmax(worst, norm ? error : 0);
                worst_squares = fmax(worst_squares, norm ? 0 : error);
            }
    }
    /* what is left is the softening of the last round, 4e-5 of the mean residual, times the number
     * of pairs it adds up over */
    assert_true(worst < 1e-3 && worst_squares > 1);
    free_scene(&s);
}

/* Without redundancy there is nothing to choose: every norm gives the sums along the chain. */
static void a_chain_has_one_solution_in_any_norm(void **state)
{
    struct scene s;
    float expected[20 * 32];

    (void)state;
    seed = 420;
    nearest_scene(&s, 20, 1, 32);
    s.with_quality = true;
    fill_scene(&s, 2, 0);
    invert(&s);
    memcpy(expected, s.series, sizeof expected);
    s.options.norm = IH_NORM_L1;
    invert(&s);
    for (size_t i = 0; i < 20 * 32; i++)
        /* a few units in the last place of values up to 30 */
        assert_true(fabsf(expected[i] - s.series[i]) < 1e-5f);
    free_scene(&s);
}

/* Pixels in parts, masked ones and ones without data, beside each other. */
static void absolute_residuals_know_parts_and_gaps(void **state)
{
    struct scene s, whole;
    double offset;

    (void)state;
    seed = 430;
    nearest_scene(&s, 16, 3, 5);
    fill_scene(&s, 1, 0);
    seed = 430;
    nearest_scene(&whole, 16, 3, 5);
    fill_scene(&whole, 1, 0);
    s.options.norm = whole.options.norm = IH_NORM_L1;
    s.options.min_norm_velocity = whole.options.min_norm_velocity = false;
    s.with_mask = true;
    memset(s.mask, 1, 5);
    s.mask[4] = 0;
    for (size_t k = 0; k < s.network->n_pairs; k++) {
        bool across = s.network->reference_index[k] < 8 && s.network->secondary_index[k] >= 8;

        s.phase[k * s.stride + 2] = NAN;
        if (across)
            s.phase[k * s.stride + 3] = NAN;
        /* pixel 3 of the whole network has pairs across that contradict nothing */
    }
    invert(&s);
    assert_no_solution(&s, 2);
    assert_no_solution(&s, 4);
    assert_int_equal(s.components[3], 2);
    assert_int_equal(s.components[0], 1);
    /* the second part has zero mean, and its shape is that of a network of its own */
    offset = 0;
    for (size_t d = 8; d < 16; d++)
        offset += (double)s.series[d * s.stride + 3];
    assert_true(fabs(offset) < 1e-5);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        if (s.network->reference_index[k] < 8)
            whole.phase[k * s.stride + 3] = NAN;
    whole.options.min_redundancy = 0;
    invert(&whole);
    offset = (double)(s.series[8 * s.stride + 3] - whole.series[8 * s.stride + 3]);
    for (size_t d = 8; d < 16; d++)
        assert_true(fabs((double)(s.series[d * s.stride + 3] - whole.series[d * s.stride + 3]) -
                         offset) < 1e-5);
    free_scene(&s);
    free_scene(&whole);
}

/* Operations of IEEE 754 alone, and a fixed number of rounds: one checksum (FNV-1a) for any
 * instruction set, and for any blocks. */
static void absolute_residuals_give_the_same_bytes_everywhere(void **state)
{
    static const size_t blocks[] = {48, 16, 32};
    struct scene s;

    (void)state;
    seed = 440;
    nearest_scene(&s, 20, 4, 48);
    s.with_quality = true;
    s.options.weight = IH_WEIGHT_COHERENCE;
    s.options.norm = IH_NORM_L1;
    for (size_t k = 0; k < s.network->n_pairs; k++)
        for (size_t p = 0; p < s.stride; p++) {
            s.phase[k * s.stride + p] =
                uniform() < 0.3 ? NAN : (float)(int)(20000 * uniform()) / 1024;
            s.quality[k * s.stride + p] = (uint8_t)(200 * uniform());
        }
    for (int b = 0; b < 3; b++) {
        uint64_t hash = 0xcbf29ce484222325u;

        invert_in_blocks(&s, blocks[b]);
        hash = checksum(hash, s.series, 20 * s.stride * sizeof *s.series);
        hash = checksum(hash, s.coherence, 48 * sizeof *s.coherence);
        assert_int_equal(hash, 0xee13a0a7450c6316);
    }
    free_scene(&s);
}

/* ---- covariance ---- */

/* Variance of each quality: the inverse of the variance weight, which treats all coherence below
 * 0.05 alike. */
static void set_variances(const struct scene *s, double variances[IH_QUALITY_LEVELS])
{
    float weights[IH_QUALITY_LEVELS];

    assert_int_equal(ih_weight_table(IH_WEIGHT_VARIANCE, s->options.looks, weights, NULL), IH_OK);
    for (int q = 0; q < IH_QUALITY_LEVELS; q++)
        variances[q] = 1 / (double)weights[q];
}

static double variance_of(const struct scene *s, const double *variances, size_t pair, size_t pixel)
{
    return variances[s->quality[pair * s->stride + pixel]];
}

/* Covariance of the dates but the first, relative to the first: G V G' with the dense G =
 * (A'WA)^-1 A'W. */
static void oracle_covariance(const struct scene *s, const double *roots, const double *variances,
                              size_t pixel, double *covariance)
{
    const ih_network *net = s->network;
    size_t n = net->n_dates - 1, m = net->n_pairs;
    double *normal = calloc(n * n, sizeof *normal), *g = calloc(n * m, sizeof *g);
    lapack_int pivots[MAX_DATES];

    for (size_t k = 0; k < m; k++) {
        double w = pow(roots[s->quality[k * s->stride + pixel]], 2);
        size_t i = net->reference_index[k], j = net->secondary_index[k];

        if (!isfinite(observation(s, k, pixel)))
            continue;
        g[(j - 1) * m + k] = w;
        normal[(j - 1) * n + j - 1] += w;
        if (i > 0) {
            g[(i - 1) * m + k] = -w;
            normal[(i - 1) * n + i - 1] += w;
            normal[(i - 1) * n + j - 1] -= w;
            normal[(j - 1) * n + i - 1] -= w;
        }
    }
    assert_int_equal(LAPACKE_dgesv(LAPACK_ROW_MAJOR, (lapack_int)n, (lapack_int)m, normal,
                                   (lapack_int)n, pivots, g, (lapack_int)m),
                     0);
    memset(covariance, 0, net->n_dates * net->n_dates * sizeof *covariance);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            for (size_t k = 0; k < m; k++)
                covariance[(a + 1) * net->n_dates + b + 1] +=
                    g[a * m + k] * variance_of(s, variances, k, pixel) * g[b * m + k];
    free(normal);
    free(g);
}

static void want_covariance(struct scene *s, const double *functions, size_t n)
{
    s->options.functions = functions;
    s->options.n_functions = n;
    s->options.date_variance = true;
    s->with_quality = true;
    s->covariance = calloc(n * (n + 1) / 2 * s->stride, sizeof *s->covariance);
    s->variance = calloc(s->network->n_dates * s->stride, sizeof *s->variance);
}

static void covariances_agree_with_dense_algebra(void **state)
{
    static const enum ih_weight weights[] = {IH_WEIGHT_VARIANCE, IH_WEIGHT_COHERENCE,
                                             IH_WEIGHT_NONE, IH_WEIGHT_VARIANCE};

    (void)state;
    for (int form = 0; form < 4; form++) {
        double functions[3 * 18], roots[IH_QUALITY_LEVELS], variances[IH_QUALITY_LEVELS];
        size_t reference = form % 2 ? 7 : 0, solved = 0;
        struct scene s;

        seed = 500 + (uint64_t)form;
        nearest_scene(&s, 18, 3, 40);
        fill_scene(&s, 1, 0.25);
        s.options.weight = weights[form];
        s.options.reference_date = reference;
        for (size_t i = 0; i < 3 * 18; i++)
            functions[i] = uniform() - 0.5;
        want_covariance(&s, functions, 3);
        root_weights(&s, roots);
        set_variances(&s, variances);
        invert(&s);
        for (size_t p = 0; p < 40; p++) {
            double c[18 * 18];

            if (s.components[p] != 1)
                continue;
            solved++;
            oracle_covariance(&s, roots, variances, p, c);
            for (size_t d = 0; d < 18; d++) {
                double expected =
                    c[d * 18 + d] + c[reference * 18 + reference] - 2 * c[d * 18 + reference];
                double got = (double)s.variance[d * s.stride + p];

                /* weights and results are float32: some units in its last place */
                assert_true(fabs(got - expected) < 1e-6 * expected + 1e-12);
            }
            for (size_t f = 0, e = 0; f < 3; f++)
                for (size_t g = 0; g <= f; g++, e++) {
                    double expected = 0, scale = 0;

                    for (size_t a = 0; a < 18; a++)
                        for (size_t b = 0; b < 18; b++) {
                            double part =
                                functions[f * 18 + a] * c[a * 18 + b] * functions[g * 18 + b];

                            expected += part;
                            scale += fabs(part);
                        }
                    assert_true(fabs((double)s.covariance[e * s.stride + p] - expected) <
                                1e-6 * scale);
                }
        }
        assert_true(solved > 20);
        free_scene(&s);
    }
}

/* Variances along a chain add up. */
static void the_variance_of_a_chain_grows_with_its_length(void **state)
{
    double variances[IH_QUALITY_LEVELS];
    struct scene s;

    (void)state;
    nearest_scene(&s, 12, 1, 3);
    s.with_quality = true;
    memset(s.quality, 120, s.network->n_pairs * s.stride);
    s.options.date_variance = true;
    s.options.reference_date = 4;
    s.variance = calloc(12 * s.stride, sizeof *s.variance);
    set_variances(&s, variances);
    invert(&s);
    for (size_t d = 0; d < 12; d++) {
        double steps = fabs((double)d - 4);

        assert_true(fabs((double)s.variance[d * s.stride + 1] - steps * variances[120]) <
                    1e-6 * variances[120] * steps + 1e-12);
    }
    free_scene(&s);
}

/* Twice the sum of 12 uniform numbers, less 12, has a variance of 4. */
static double roughly_normal(void)
{
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += uniform();
    return sum;
}

/* The scatter of n pixels whose pairs have the noise of their quality. A sample variance of n
 * normal numbers scatters by sqrt(2/n) of itself: five times that for the some 17 numbers compared.
 */
static void covariances_are_the_scatter_of_noisy_pixels(void **state)
{
    enum { N = 20000, DATES = 15 };
    const double tolerance = 5 * sqrt(2.0 / N);
    double functions[2 * DATES], variances[IH_QUALITY_LEVELS], sums[3] = {0};
    struct scene s;

    (void)state;
    seed = 520;
    nearest_scene(&s, DATES, 3, N);
    set_variances(&s, variances);
    for (size_t k = 0; k < s.network->n_pairs; k++) {
        uint8_t quality = (uint8_t)(20 + 170 * uniform());

        for (size_t p = 0; p < N; p++) {
            s.quality[k * s.stride + p] = quality;
            s.phase[k * s.stride + p] =
                k % 7 == 3 ? NAN : (float)(sqrt(variances[quality]) * roughly_normal());
        }
    }
    for (size_t i = 0; i < 2 * DATES; i++)
        functions[i] = uniform() - 0.5;
    want_covariance(&s, functions, 2);
    invert(&s);
    for (size_t d = 1; d < DATES; d++) {
        double sum = 0;

        for (size_t p = 0; p < N; p++)
            sum += pow((double)s.series[d * s.stride + p], 2) / N;
        assert_true(fabs(sum / (double)s.variance[d * s.stride] - 1) < tolerance);
    }
    for (size_t p = 0; p < N; p++) {
        double f[2] = {0};

        for (size_t d = 0; d < DATES; d++)
            for (int i = 0; i < 2; i++)
                f[i] += functions[(size_t)i * DATES + d] * (double)s.series[d * s.stride + p];
        sums[0] += f[0] * f[0] / N;
        sums[1] += f[0] * f[1] / N;
        sums[2] += f[1] * f[1] / N;
    }
    assert_true(fabs(sums[0] / (double)s.covariance[0] - 1) < tolerance);
    assert_true(fabs(sums[2] / (double)s.covariance[2 * s.stride] - 1) < tolerance);
    assert_true(fabs(sums[1] - (double)s.covariance[s.stride]) <
                tolerance * sqrt((double)(s.covariance[0] * s.covariance[2 * s.stride])));
    free_scene(&s);
}

/* The inversion is linear: the response to one radian in each pair gives its covariance. */
static void assert_joined_covariance(enum ih_weight weight)
{
    double functions[2 * 24], terms[MAX_DATES * 2], variances[IH_QUALITY_LEVELS];
    double expected[24] = {0}, product = 0;
    struct scene s;

    seed = 530;
    interleaved_scene(&s, 3);
    s.options.weight = weight;
    for (size_t k = 0; k < s.network->n_pairs; k++)
        memset(s.quality + k * s.stride, s.quality[k * s.stride], s.stride);
    for (size_t i = 0; i < 2 * 24; i++)
        functions[i] = uniform() - 0.5;
    want_covariance(&s, functions, 2);
    s.options.reference_date = 5;
    /* a minimum norm is no measurement */
    invert(&s);
    assert_true(isnan(s.variance[3 * s.stride]) && isnan(s.covariance[s.stride]));

    set_polynomial(&s, terms, 2);
    set_variances(&s, variances);
    for (size_t k = 0; k < s.network->n_pairs; k++) {
        double v = variance_of(&s, variances, k, 0), f[2] = {0};

        for (size_t i = 0; i < s.network->n_pairs; i++)
            s.phase[i * s.stride] = i == k ? 1.0f : 0.0f;
        invert(&s);
        for (size_t d = 0; d < 24; d++) {
            expected[d] += v * pow((double)(s.series[d * s.stride] - s.series[5 * s.stride]), 2);
            for (int i = 0; i < 2; i++)
                f[i] += functions[(size_t)i * 24 + d] * (double)s.series[d * s.stride];
        }
        product += v * f[0] * f[1];
    }
    for (size_t d = 0; d < 24; d++)
        /* responses are float32 */
        assert_true(fabs((double)s.variance[d * s.stride] - expected[d]) <
                    2e-6 * expected[d] + 1e-12);
    assert_true(fabs((double)s.covariance[s.stride] - product) <
                2e-6 * sqrt((double)(s.covariance[0] * s.covariance[2 * s.stride])));
    free_scene(&s);
}

static void the_covariance_of_joined_parts_is_that_of_their_responses(void **state)
{
    (void)state;
    assert_joined_covariance(IH_WEIGHT_VARIANCE);
    assert_joined_covariance(IH_WEIGHT_COHERENCE);
}

static void a_pixel_without_solution_has_no_covariance(void **state)
{
    double function[10] = {0};
    struct scene s;

    (void)state;
    seed = 540;
    nearest_scene(&s, 10, 2, 3);
    fill_scene(&s, 1, 0);
    function[3] = 1;
    want_covariance(&s, function, 1);
    for (size_t k = 0; k < s.network->n_pairs; k++)
        s.phase[k * s.stride + 1] = NAN;
    invert(&s);
    for (size_t d = 0; d < 10; d++)
        assert_true(isnan(s.variance[d * s.stride + 1]));
    assert_true(isnan(s.covariance[1]) && s.covariance[0] > 0);
    assert_true(s.variance[0] == 0);
    /* x_3 itself, relative to the first date */
    assert_true(fabsf(s.covariance[0] / s.variance[3 * s.stride] - 1) < 1e-6f);
    free_scene(&s);
}

static void choices_that_contradict_each_other_are_refused(void **state)
{
    double values[2 * 12] = {0};
    struct scene s;
    ih_sbas_plan *plan;
    ih_sbas_workspace *ws;
    ih_sbas_input in;
    ih_sbas_output out;

    (void)state;
    nearest_scene(&s, 12, 2, 1);
    s.options.norm = IH_NORM_L1;
    s.options.date_variance = true;
    assert_int_equal(ih_sbas_plan_new(s.network, &s.options, &plan, NULL), IH_E_ARGUMENT);
    s.options.norm = (enum ih_norm)7;
    assert_int_equal(ih_sbas_plan_new(s.network, &s.options, &plan, NULL), IH_E_ARGUMENT);
    s.options.norm = IH_NORM_L2;
    s.options.reference_date = 12;
    assert_int_equal(ih_sbas_plan_new(s.network, &s.options, &plan, NULL), IH_E_ARGUMENT);
    s.options.reference_date = 0;
    s.options.functions = values;
    s.options.n_functions = 65;
    assert_int_equal(ih_sbas_plan_new(s.network, &s.options, &plan, NULL), IH_E_ARGUMENT);
    s.options.n_functions = 2;
    values[13] = NAN;
    assert_int_equal(ih_sbas_plan_new(s.network, &s.options, &plan, NULL), IH_E_ARGUMENT);
    assert_null(plan);

    s.options.n_functions = 0;
    assert_int_equal(ih_sbas_plan_new(s.network, &s.options, &plan, NULL), IH_OK);
    assert_int_equal(ih_sbas_workspace_new(plan, &ws, NULL), IH_OK);
    s.variance = calloc(12 * s.stride, sizeof(float));
    in = (ih_sbas_input){.n_pixels = 1, .phase_rad = s.phase, .pair_stride = s.stride};
    out = (ih_sbas_output){
        .phase_rad = s.series, .date_stride = s.stride, .date_variance_rad2 = s.variance};
    assert_int_equal(ih_sbas_invert(plan, ws, &in, &out, NULL), IH_E_ARGUMENT); /* no quality */
    in.quality = s.quality;
    in.quality_stride = s.stride;
    assert_int_equal(ih_sbas_invert(plan, ws, &in, &out, NULL), IH_OK);
    out.function_covariance = s.variance;
    assert_int_equal(ih_sbas_invert(plan, ws, &in, &out, NULL), IH_E_ARGUMENT);
    ih_sbas_workspace_free(ws);
    ih_sbas_plan_free(plan);
    free_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_motion_joins_parts_like_a_weak_constraint),
        cmocka_unit_test(a_steady_motion_is_recovered_across_a_gap),
        cmocka_unit_test(terms_of_a_motion_leave_whole_networks_alone),
        cmocka_unit_test(terms_that_the_parts_do_not_determine_are_left_out),
        cmocka_unit_test(absolute_residuals_are_the_least_there_are),
        cmocka_unit_test(outliers_do_not_spread_into_the_phases),
        cmocka_unit_test(a_chain_has_one_solution_in_any_norm),
        cmocka_unit_test(absolute_residuals_know_parts_and_gaps),
        cmocka_unit_test(absolute_residuals_give_the_same_bytes_everywhere),
        cmocka_unit_test(covariances_agree_with_dense_algebra),
        cmocka_unit_test(the_variance_of_a_chain_grows_with_its_length),
        cmocka_unit_test(covariances_are_the_scatter_of_noisy_pixels),
        cmocka_unit_test(the_covariance_of_joined_parts_is_that_of_their_responses),
        cmocka_unit_test(a_pixel_without_solution_has_no_covariance),
        cmocka_unit_test(choices_that_contradict_each_other_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
