/* SPDX-License-Identifier: MIT */
#include "algorithms/ramp.h"

#include <math.h>
#include <string.h>

#include "algorithms/simd.h"

#define LANES 16

/* Powers of x and y of the six columns, in the order of the sums. */
static const int power_x[IH_RAMP_COLUMNS] = {0, 1, 0, 2, 1, 0};
static const int power_y[IH_RAMP_COLUMNS] = {0, 0, 1, 0, 1, 2};

/* Columns of each shape, as bits of the six. */
static const struct {
    const char *name;
    unsigned columns;
} shapes[] = {{"linear", 0x07},         {"quadratic", 0x3f},       {"linear_range", 0x03},
              {"linear_azimuth", 0x05}, {"quadratic_range", 0x0b}, {"quadratic_azimuth", 0x25}};
#define N_SHAPES (sizeof shapes / sizeof shapes[0])

/* A column whose remainder after the others, relative to itself, is below this is one of them. */
#define SMALLEST_PIVOT 1e-13

/* Scaled coordinate = scale * index + offset. */
struct axis {
    double scale, offset;
};

static struct axis axis_of(size_t n)
{
    struct axis axis = {.scale = n > 1 ? 2.0 / (double)(n - 1) : 0.0, .offset = n > 1 ? -1.0 : 0.0};

    return axis;
}

static inline double at(struct axis axis, size_t index)
{
    return axis.scale * (double)(int64_t)index + axis.offset;
}

bool ih_ramp_shape_of_name(const char *name, enum ih_ramp_shape *shape)
{
    for (size_t i = 0; name && i < N_SHAPES; i++)
        if (strcmp(name, shapes[i].name) == 0) {
            *shape = (enum ih_ramp_shape)i;
            return true;
        }
    return false;
}

const char *ih_ramp_shape_name(enum ih_ramp_shape shape)
{
    return (size_t)shape < N_SHAPES ? shapes[shape].name : NULL;
}

ih_status ih_ramp_check(const ih_ramp_options *options, ih_error *err)
{
    if (!ih_ramp_shape_name(options->shape))
        return ih_fail(err, IH_E_ARGUMENT, "a ramp of shape %d", (int)options->shape);
    if (options->nx == 0 || options->ny == 0 || options->nx > ((size_t)1 << 52) / options->ny)
        return ih_fail(err, IH_E_ARGUMENT, "a ramp over %zu x %zu pixels", options->nx,
                       options->ny);
    return IH_OK;
}

static size_t step_for(uint64_t n_pixels, size_t max_samples)
{
    if (max_samples == 0 || n_pixels <= max_samples)
        return 1;
    return (size_t)ceil(sqrt((double)n_pixels / (double)max_samples));
}

size_t ih_ramp_steps(const ih_ramp_options *options)
{
    return step_for((uint64_t)options->nx * options->ny, options->max_samples);
}

/* Sums along a part of one row, lane by lane: powers of x, those times the value, and so on. */
struct row_sums {
    double power[5][LANES], value[3][LANES], squares[LANES];
    int32_t finite[LANES];
};

/* Adds pixels of which used is 1 or 0; where it is 0 the value is 0 too. */
static inline __attribute__((always_inline)) void add_lanes(struct row_sums *restrict sums,
                                                            const double *restrict x,
                                                            const float *restrict value,
                                                            const int32_t *restrict used, size_t n)
{
    for (size_t l = 0; l < n; l++) {
        double one = (double)used[l], v = (double)value[l], x2 = x[l] * x[l];

        sums->power[0][l] += one;
        sums->power[1][l] += one * x[l];
        sums->power[2][l] += one * x2;
        sums->power[3][l] += one * (x2 * x[l]);
        sums->power[4][l] += one * (x2 * x2);
        sums->value[0][l] += v;
        sums->value[1][l] += v * x[l];
        sums->value[2][l] += v * x2;
        sums->squares[l] += v * v;
    }
}

static inline __attribute__((always_inline)) void
select_lanes(const float *restrict value, const int32_t *restrict inside, int32_t zero_too,
             struct row_sums *restrict sums, float *restrict clean, int32_t *restrict used,
             size_t n)
{
    for (size_t l = 0; l < n; l++) {
        int32_t finite = inside[l] & (fabsf(value[l]) < INFINITY);

        sums->finite[l] += finite;
        used[l] = finite & (zero_too | (value[l] != 0.0f));
    }
    for (size_t l = 0; l < n; l++)
        clean[l] = used[l] ? value[l] : 0.0f;
}

/* Columns begin, begin + step, ... below end of a row whose values and mask are given from begin
 * on. */
IH_SIMD static void sum_row(struct axis axis, size_t begin, size_t end, size_t step,
                            const float *values, const uint8_t *mask, int32_t zero_too,
                            struct row_sums *sums)
{
    size_t n = (end - begin + step - 1) / step;

    memset(sums, 0, sizeof *sums);
    for (size_t k = 0; k < n; k += LANES) {
        double x[LANES] = {0};
        float gathered[LANES] = {0}, clean[LANES];
        int32_t inside[LANES] = {0}, used[LANES];
        size_t width = n - k < LANES ? n - k : LANES;

        for (size_t l = 0; l < width; l++)
            x[l] = at(axis, begin + (k + l) * step);
        for (size_t l = 0; l < width; l++)
            inside[l] = mask ? mask[(k + l) * step] != 0 : 1;
        for (size_t l = 0; l < width; l++)
            gathered[l] = values[(k + l) * step];
        select_lanes(gathered, inside, zero_too, sums, clean, used, LANES);
        add_lanes(sums, x, clean, used, LANES);
    }
}

static double over_lanes(const double *sum)
{
    double total = 0.0;

    for (size_t l = 0; l < LANES; l++)
        total += sum[l];
    return total;
}

static void add_row(const struct row_sums *row, double y, ih_ramp_sums *sums)
{
    double power[5], value[3], y_power[5] = {1.0, y, y * y, y * y * y, y * y * y * y};
    size_t entry = 0;

    sums->count += (uint64_t)over_lanes(row->power[0]);
    for (size_t l = 0; l < LANES; l++)
        sums->finite += (uint64_t)row->finite[l];
    for (size_t k = 0; k < 5; k++)
        power[k] = over_lanes(row->power[k]);
    for (size_t k = 0; k < 3; k++)
        value[k] = over_lanes(row->value[k]);
    sums->sum_squares += over_lanes(row->squares);
    for (int i = 0; i < IH_RAMP_COLUMNS; i++) {
        sums->right[i] += value[power_x[i]] * y_power[power_y[i]];
        for (int j = i; j < IH_RAMP_COLUMNS; j++)
            sums->normal[entry++] +=
                power[power_x[i] + power_x[j]] * y_power[power_y[i] + power_y[j]];
    }
}

/* First index >= begin of those sampled: step/2 + k step. */
static size_t first_sample(size_t begin, size_t step)
{
    size_t start = step / 2;

    return begin <= start ? start : start + (begin - start + step - 1) / step * step;
}

/* The part of the block in one row, columns begin to end, of one date. */
static void accumulate_part(const ih_ramp_options *options, const ih_ramp_block *block, size_t row,
                            size_t begin, size_t end, size_t step, size_t date, ih_ramp_sums *sums)
{
    size_t first = first_sample(begin, step), offset;
    struct row_sums row_sums;

    if (first >= end)
        return;
    offset = row * options->nx + first - block->first_pixel;
    sum_row(axis_of(options->nx), first, end, step, block->values + date * block->stride + offset,
            block->mask ? block->mask + offset : NULL, !options->zero_is_no_data, &row_sums);
    add_row(&row_sums, at(axis_of(options->ny), row), sums);
}

void ih_ramp_accumulate(const ih_ramp_options *options, const ih_ramp_block *block,
                        ih_ramp_sums *sums)
{
    size_t n_steps = ih_ramp_steps(options), stop = block->first_pixel + block->n_pixels;

    for (size_t pixel = block->first_pixel; pixel < stop;) {
        size_t row = pixel / options->nx, begin = pixel % options->nx;
        size_t end = stop - pixel < options->nx - begin ? begin + (stop - pixel) : options->nx;

        for (size_t step = 1; step <= n_steps; step++) {
            if (first_sample(row, step) != row)
                continue;
            for (size_t date = 0; date < block->n_dates; date++)
                accumulate_part(options, block, row, begin, end, step, date,
                                sums + (step - 1) * block->n_dates + date);
        }
        pixel += end - begin;
    }
}

void ih_ramp_add(size_t n, const ih_ramp_sums *from, ih_ramp_sums *into)
{
    for (size_t k = 0; k < n; k++) {
        into[k].count += from[k].count;
        into[k].finite += from[k].finite;
        into[k].sum_squares += from[k].sum_squares;
        for (size_t i = 0; i < 21; i++)
            into[k].normal[i] += from[k].normal[i];
        for (size_t i = 0; i < 6; i++)
            into[k].right[i] += from[k].right[i];
    }
}

/* Entry of the normal matrix, i <= j. */
static size_t entry_of(size_t i, size_t j)
{
    return i * IH_RAMP_COLUMNS - i * (i + 1) / 2 + j;
}

/* Cholesky with the diagonal scaled to 1; false when a column is a combination of those before. */
static bool solve_normal(size_t n, double a[IH_RAMP_COLUMNS][IH_RAMP_COLUMNS], double *b)
{
    double scale[IH_RAMP_COLUMNS];

    for (size_t i = 0; i < n; i++) {
        if (!(a[i][i] > 0.0))
            return false;
        scale[i] = 1.0 / sqrt(a[i][i]);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i][j] * scale[i] * scale[j];

            for (size_t k = 0; k < j; k++)
                sum -= a[i][k] * a[j][k];
            if (i == j && !(sum > SMALLEST_PIVOT))
                return false;
            a[i][j] = i == j ? sqrt(sum) : sum / a[j][j];
        }
    for (size_t i = 0; i < n; i++) {
        b[i] *= scale[i];
        for (size_t k = 0; k < i; k++)
            b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
    for (size_t i = 0; i < n; i++)
        b[i] *= scale[i];
    return true;
}

static void solve_date(unsigned columns, const ih_ramp_sums *sums, ih_ramp *ramp)
{
    double a[IH_RAMP_COLUMNS][IH_RAMP_COLUMNS], b[IH_RAMP_COLUMNS];
    size_t index[IH_RAMP_COLUMNS], n = 0;

    for (size_t i = 0; i < IH_RAMP_COLUMNS; i++)
        if (columns & 1u << i)
            index[n++] = i;
    for (size_t i = 0; i < n; i++) {
        b[i] = sums->right[index[i]];
        for (size_t j = 0; j <= i; j++)
            a[i][j] = sums->normal[entry_of(index[j], index[i])];
    }
    ramp->determined = sums->count >= n && solve_normal(n, a, b);
    for (size_t i = 0; ramp->determined && i < n; i++)
        ramp->coefficient[index[i]] = b[i];
}

double ih_ramp_value(const ih_ramp_options *options, const ih_ramp *ramp, size_t column, size_t row)
{
    const double *c = ramp->coefficient;
    double x = at(axis_of(options->nx), column), y = at(axis_of(options->ny), row);
    double constant = c[0] + (c[2] + c[5] * y) * y, linear = c[1] + c[4] * y;

    return constant + (linear + c[3] * x) * x;
}

/* Mean of a ramp over n > 0 pixels. */
static double mean_ramp(const ih_ramp_options *options, const ih_ramp *ramp, const size_t *pixels,
                        size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += ih_ramp_value(options, ramp, pixels[i] % options->nx, pixels[i] / options->nx);
    return sum / (double)n;
}

size_t ih_ramp_solve(const ih_ramp_options *options, size_t n_dates, const ih_ramp_sums *sums,
                     const size_t *reference_pixels, size_t n_reference, ih_ramp *ramps)
{
    size_t n_undetermined = 0;

    for (size_t date = 0; date < n_dates; date++) {
        size_t step = step_for(sums[date].count, options->max_samples);
        const ih_ramp_sums *chosen = sums + (step - 1) * n_dates + date;
        ih_ramp *ramp = &ramps[date];

        *ramp = (ih_ramp){.step = step, .count = chosen->count};
        solve_date(shapes[options->shape].columns, chosen, ramp);
        n_undetermined += !ramp->determined && sums[date].sum_squares > 0.0;
        if (n_reference > 0 && ramp->determined)
            ramp->coefficient[0] -= mean_ramp(options, ramp, reference_pixels, n_reference);
    }
    return n_undetermined;
}

/* n pixels of a row from column begin on. */
IH_SIMD static void remove_row(const ih_ramp_options *options, const ih_ramp *ramp, size_t row,
                               size_t begin, size_t n, const float *values, float *result)
{
    const double *c = ramp->coefficient;
    struct axis axis = axis_of(options->nx);
    double y = at(axis_of(options->ny), row);
    double constant = c[0] + (c[2] + c[5] * y) * y, linear = c[1] + c[4] * y, square = c[3];
    int zero_too = !options->zero_is_no_data;

    for (size_t k = 0; k < n; k++) {
        double x = at(axis, begin + k);
        double left = (double)values[k] - (constant + (linear + square * x) * x);
        int changes = (fabsf(values[k]) < INFINITY) & (zero_too | (values[k] != 0.0f));

        result[k] = changes ? (float)left : values[k];
    }
}

void ih_ramp_remove(const ih_ramp_options *options, const ih_ramp_block *block,
                    const ih_ramp *ramps, float *result)
{
    size_t stop = block->first_pixel + block->n_pixels;

    for (size_t pixel = block->first_pixel; pixel < stop;) {
        size_t row = pixel / options->nx, begin = pixel % options->nx;
        size_t n = stop - pixel < options->nx - begin ? stop - pixel : options->nx - begin;

        for (size_t date = 0; date < block->n_dates; date++) {
            size_t offset = date * block->stride + pixel - block->first_pixel;

            remove_row(options, &ramps[date], row, begin, n, block->values + offset,
                       result + offset);
        }
        pixel += n;
    }
}

double ih_ramp_residual_squares(const ih_ramp_sums *sums, const ih_ramp *ramp)
{
    const double *c = ramp->coefficient;
    double squares = sums->sum_squares;

    for (size_t i = 0; i < IH_RAMP_COLUMNS; i++) {
        squares -= 2.0 * c[i] * sums->right[i];
        for (size_t j = 0; j < IH_RAMP_COLUMNS; j++)
            squares += c[i] * c[j] * sums->normal[i <= j ? entry_of(i, j) : entry_of(j, i)];
    }
    return fmax(squares, 0.0);
}
