/* SPDX-License-Identifier: MIT */
#include "algorithms/connected_components.h"

#include <math.h>
#include <string.h>

#include "algorithms/alloc.h"

/* Largest share of a raster that the smallest kept region may be asked to have. */
#define LEAST_AREA_SHARE 0.003

/* As in the inversion: above it float32 does not resolve a cycle. */
#define MAX_PHASE 16777216.0f

/* Gives the region around start its label; stack has room for all pixels. */
static uint32_t fill_region(ih_regions *r, const uint16_t *value, size_t start, uint32_t label,
                            uint32_t *stack)
{
    size_t nx = r->nx, ny = r->ny, count = 1;
    uint32_t area = 1;

    r->label[start] = label;
    stack[0] = (uint32_t)start;
    while (count > 0) {
        size_t p = stack[--count], x = p % nx, y = p / nx;
        const size_t next[4] = {y > 0 ? p - nx : p, x > 0 ? p - 1 : p, x + 1 < nx ? p + 1 : p,
                                y + 1 < ny ? p + nx : p};

        for (int i = 0; i < 4; i++)
            if (r->label[next[i]] == 0 && value[next[i]] == value[start]) {
                r->label[next[i]] = label;
                stack[count++] = (uint32_t)next[i];
                area++;
            }
    }
    return area;
}

/* Areas, counted from the labels. */
static ih_status set_areas(ih_regions *r, ih_error *err)
{
    r->area = ih_calloc((size_t)r->n_regions + 1, sizeof *r->area);
    if (!r->area)
        return ih_fail(err, IH_E_MEMORY, "%u regions", r->n_regions);
    for (size_t p = 0; p < r->nx * r->ny; p++)
        if (r->label[p])
            r->area[r->label[p] - 1]++;
    return IH_OK;
}

ih_status ih_regions_label(size_t nx, size_t ny, const uint16_t *value, ih_regions *out,
                           ih_error *err)
{
    uint32_t *stack = NULL;
    ih_status st = IH_OK;

    *out = (ih_regions){.nx = nx, .ny = ny};
    if (nx == 0 || ny == 0 || nx > (UINT32_MAX - 1) / ny)
        return ih_fail(err, IH_E_ARGUMENT, "regions of %zu x %zu pixels", nx, ny);
    out->label = ih_calloc(nx * ny, sizeof *out->label);
    stack = ih_alloc(nx * ny, sizeof *stack);
    if (!out->label || !stack) {
        st = ih_fail(err, IH_E_MEMORY, "regions of %zu x %zu pixels", nx, ny);
        goto done;
    }
    for (size_t p = 0; p < nx * ny; p++)
        if (value[p] != 0 && out->label[p] == 0)
            fill_region(out, value, p, ++out->n_regions, stack);
    st = set_areas(out, err);

done:
    free(stack);
    return st;
}

void ih_regions_free(ih_regions *regions)
{
    free(regions->label);
    free(regions->area);
    *regions = (ih_regions){0};
}

double ih_regions_least_area(double least_pixels, size_t nx, size_t ny)
{
    return fmin(least_pixels, LEAST_AREA_SHARE * (double)nx * (double)ny);
}

/* area[r] is 0 for regions to remove; also, where given, from other labels of the same numbers. */
static void renumber(ih_regions *r, uint32_t *number, uint32_t *other)
{
    uint32_t kept = 0;

    number[0] = 0;
    for (uint32_t i = 0; i < r->n_regions; i++) {
        uint32_t area = r->area[i];

        number[i + 1] = area ? kept + 1 : 0;
        if (area)
            r->area[kept++] = area;
    }
    r->n_regions = kept;
    for (size_t p = 0; p < r->nx * r->ny; p++) {
        r->label[p] = number[r->label[p]];
        if (other)
            other[p] = number[other[p]];
    }
}

void ih_regions_remove_small(ih_regions *r, double least_area)
{
    uint32_t kept = 0;

    /* the areas serve as the table of new numbers first, then are counted again */
    for (uint32_t i = 0; i < r->n_regions; i++)
        r->area[i] = (double)r->area[i] < least_area ? 0 : ++kept;
    for (size_t p = 0; p < r->nx * r->ny; p++)
        if (r->label[p])
            r->label[p] = r->area[r->label[p] - 1];
    r->n_regions = kept;
    memset(r->area, 0, ((size_t)kept + 1) * sizeof *r->area);
    for (size_t p = 0; p < r->nx * r->ny; p++)
        if (r->label[p])
            r->area[r->label[p] - 1]++;
}

/* Minimum over n values from first to first + 2 * half steps, cut at both ends. */
static void minimum_along(const uint32_t *in, uint32_t *out, size_t n, size_t step, size_t half)
{
    for (size_t i = 0; i < n; i++) {
        size_t from = i > half ? i - half : 0, to = n - i > half + 1 ? i + half : n - 1;
        uint32_t least = UINT32_MAX;

        for (size_t j = from; j <= to; j++)
            least = in[j * step] < least ? in[j * step] : least;
        out[i * step] = least;
    }
}

ih_status ih_regions_erode(ih_regions *r, size_t width, uint32_t *eroded, ih_error *err)
{
    size_t n = r->nx * r->ny, half = width / 2;
    uint32_t *work = NULL, *number = NULL, *area = NULL;
    ih_status st = IH_OK;

    if (width % 2 == 0 || width > 1001)
        return ih_fail(err, IH_E_ARGUMENT, "an erosion of %zu pixels", width);
    work = ih_alloc(n, sizeof *work);
    number = ih_alloc((size_t)r->n_regions + 1, sizeof *number);
    area = ih_calloc((size_t)r->n_regions + 1, sizeof *area);
    if (!work || !number || !area) {
        st = ih_fail(err, IH_E_MEMORY, "an erosion of %zu x %zu pixels", r->nx, r->ny);
        goto done;
    }
    for (size_t y = 0; y < r->ny; y++)
        minimum_along(r->label + y * r->nx, work + y * r->nx, r->nx, 1, half);
    for (size_t x = 0; x < r->nx; x++)
        minimum_along(work + x, eroded + x, r->ny, r->nx, half);
    for (size_t p = 0; p < n; p++)
        area[eroded[p]]++;
    for (uint32_t i = 0; i < r->n_regions; i++)
        if (area[i + 1] == 0)
            r->area[i] = 0;
    renumber(r, number, eroded);

done:
    free(work);
    free(number);
    free(area);
    return st;
}

void ih_regions_boundary(size_t nx, size_t ny, const uint32_t *label, uint32_t *boundary)
{
    for (size_t y = 0; y < ny; y++)
        for (size_t x = 0; x < nx; x++) {
            size_t p = y * nx + x;
            int other =
                (x > 0 && label[p - 1] != label[p]) || (x + 1 < nx && label[p + 1] != label[p]) ||
                (y > 0 && label[p - nx] != label[p]) || (y + 1 < ny && label[p + nx] != label[p]);

            boundary[p] = other ? label[p] : 0;
        }
}

void ih_components_of_quality(size_t n_pixels, const float *phase_rad, const uint8_t *quality,
                              uint8_t least_quality, uint16_t *component)
{
    for (size_t p = 0; p < n_pixels; p++)
        component[p] = fabsf(phase_rad[p]) < MAX_PHASE && quality[p] >= least_quality;
}
