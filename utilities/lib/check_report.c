/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cpl_conv.h>
#include <cpl_string.h>

#include "drivers/hyp3/layers.h"
#include "utilities/lib/check_state.h"
#include "utilities/lib/pairs_csv.h"
#include "utilities/lib/report.h"

enum { NAMES_SHOWN = 5 };

static void add_strings(cJSON *object, const char *key, char **list)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);

    for (char **text = list; text && *text; text++)
        cJSON_AddItemToArray(array, cJSON_CreateString(*text));
}

static void report_item(const ih_check_state *s, size_t i, cJSON *object)
{
    const ih_interferogram *item = &s->catalogue->items[i];
    char date[16];

    ih_iso_date(item->reference_days, date);
    cJSON_AddStringToObject(object, "reference_date", date);
    ih_iso_date(item->secondary_days, date);
    cJSON_AddStringToObject(object, "secondary_date", date);
    ih_report_number(object, "perpendicular_baseline_m", item->perpendicular_baseline_m);
    if (s->common) {
        ih_report_number(object, "shrinks_common_area", s->shrinks[i]);
        ih_report_number(object, "residue_pixels", s->common->residue[i]);
        cJSON_AddBoolToObject(object, "on_lattice", s->common->on_lattice[i]);
    }
    if (s->options->deep) {
        ih_report_number(object, "valid_share", s->valid_share[i]);
        ih_report_number(object, "mean_coherence", s->mean_coherence[i]);
    }
}

static void report_files(const ih_check_product *p, cJSON *object)
{
    static const char *const keys[IH_FILE_TRAITS] = {[IH_FILE_LOOKS] = "looks",
                                                     [IH_FILE_FILTER] = "filter",
                                                     [IH_FILE_VERSION] = "version",
                                                     [IH_FILE_WATER_MASK] = "water_mask",
                                                     [IH_FILE_DEM] = "elevation_model",
                                                     [IH_FILE_UNWRAPPER] = "unwrapper",
                                                     [IH_FILE_TEXT_FORM] = "parameter_text"};
    cJSON *layers = cJSON_AddArrayToObject(object, "layers");

    for (size_t layer = 0; layer < ih_layer_count(); layer++)
        if (p->present >> layer & 1u)
            cJSON_AddItemToArray(layers, cJSON_CreateString(ih_layer_at(layer)->suffix));
    cJSON_AddStringToObject(object, "family", p->family);
    for (int t = 0; t < IH_FILE_TRAITS; t++)
        cJSON_AddStringToObject(object, keys[t], p->traits[t]);
    cJSON_AddNumberToObject(object, "bytes", p->input_bytes);
    ih_report_number(object, "phase_bytes_per_pixel", p->phase_bytes_per_pixel);
    add_strings(object, "damaged_files", p->damaged_files);
    add_strings(object, "mintpy_sidecars", p->sidecars);
}

void ih_check_report_products(ih_check_state *s)
{
    cJSON *list = cJSON_AddArrayToObject(s->report, "products");

    for (size_t i = 0; i < s->catalogue->count; i++) {
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "name", s->catalogue->items[i].name);
        cJSON_AddStringToObject(object, "path", s->catalogue->items[i].path);
        report_item(s, i, object);
        if (s->product_of[i] != SIZE_MAX)
            report_files(&s->products[s->product_of[i]], object);
        cJSON_AddItemToArray(list, object);
    }
    list = cJSON_AddArrayToObject(s->report, "not_in_stack");
    for (size_t i = 0; i < s->catalogue->n_skipped; i++) {
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "input", s->catalogue->skipped[i].what);
        cJSON_AddStringToObject(object, "reason", s->catalogue->skipped[i].why);
        cJSON_AddItemToArray(list, object);
    }
}

static const char *severity_of(const ih_finding *f)
{
    return ih_check_code_is_error(f->code) ? "error" : "warning";
}

void ih_check_report_findings(ih_check_state *s)
{
    cJSON *list = cJSON_AddArrayToObject(s->report, "findings");
    size_t errors = ih_findings_count_errors(&s->findings);

    for (size_t i = 0; i < s->findings.count; i++) {
        const ih_finding *f = &s->findings.items[i];
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "code", ih_check_code_name(f->code));
        cJSON_AddStringToObject(object, "severity", severity_of(f));
        cJSON_AddStringToObject(object, "message", f->message);
        add_strings(object, "products", f->products);
        cJSON_AddItemToArray(list, object);
    }
    cJSON_AddNumberToObject(s->report, "errors", (double)errors);
    cJSON_AddNumberToObject(s->report, "warnings", (double)(s->findings.count - errors));
    cJSON_AddNumberToObject(s->report, "ignored", (double)s->findings.n_ignored);
    cJSON_AddNumberToObject(s->report, "removed_sidecars", (double)s->n_removed_sidecars);
}

static double number_at(const cJSON *object, const char *key)
{
    return cJSON_GetNumberValue(cJSON_GetObjectItem(object, key));
}

static const char *text_at(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));

    return text ? text : "";
}

/* "1 pair", "2 pairs". */
static void print_count(FILE *out, double n, const char *what)
{
    fprintf(out, "%.0f %s%s", n, what, n == 1 ? "" : "s");
}

static void print_names(FILE *out, const cJSON *names)
{
    const cJSON *name;
    int n = 0;

    cJSON_ArrayForEach(name, names)
    {
        if (n++ < NAMES_SHOWN)
            fprintf(out, "%s%s", n > 1 ? ", " : "", cJSON_GetStringValue(name));
    }
    fputs(n > NAMES_SHOWN ? ", ...\n" : "\n", out);
}

static void print_costliest(FILE *out, const ih_check_state *s)
{
    size_t worst = 0;

    for (size_t i = 1; i < s->catalogue->count; i++)
        if (s->shrinks[i] > s->shrinks[worst])
            worst = i;
    if (s->shrinks[worst] > 0)
        fprintf(out, "  shrunk most by %s, alone by %.1f %%\n", s->catalogue->items[worst].name,
                100 * s->shrinks[worst]);
}

static void print_coverage(FILE *out, const ih_check_state *s)
{
    const cJSON *grid = cJSON_GetObjectItem(s->report, "grid"), *side;
    const cJSON *coverage = cJSON_GetObjectItem(s->report, "coverage");
    const cJSON *area = cJSON_GetObjectItem(coverage, "common_area");

    if (!grid)
        return;
    fprintf(out, "Grid: %s, pixels of %g; %.0f of %zu products off its lattice\n",
            text_at(grid, "name"), number_at(grid, "pixel_size"), number_at(grid, "off_lattice"),
            s->catalogue->count);
    if (!area)
        return;
    fprintf(out, "Common area: %.0f x %.0f pixels, %.1f km2, %.0f %% of what any product covers\n",
            number_at(area, "width"), number_at(area, "height"),
            number_at(area, "square_kilometres"),
            100 * number_at(coverage, "common_share_of_union"));
    cJSON_ArrayForEach(side, cJSON_GetObjectItem(coverage, "limits"))
    {
        fprintf(out, "  limited in the %s by ", side->string);
        print_names(out, side);
    }
    print_costliest(out, s);
}

static void print_network(FILE *out, const ih_check_state *s)
{
    const cJSON *n = cJSON_GetObjectItem(s->report, "network");

    if (!n)
        return;
    fputs("Network: ", out);
    print_count(out, number_at(n, "pairs"), "pair");
    fprintf(out, " of %.0f dates, %s to %s, in ", number_at(n, "dates"), text_at(n, "first_date"),
            text_at(n, "last_date"));
    print_count(out, number_at(n, "parts"), "part");
    fputs("; ", out);
    print_count(out, number_at(n, "bridges"), "bridge");
    fprintf(out, "\n  weakest date %s with ", text_at(n, "weakest_date"));
    print_count(out, number_at(n, "pairs_of_weakest_date"), "pair");
    fprintf(out, "; longest time without a date %.0f days from %s\n",
            number_at(n, "longest_gap_days"), text_at(n, "longest_gap_from"));
}

static const char *bytes_text(double bytes, char text[32])
{
    bool small = bytes < 1e8;

    snprintf(text, 32, "%.1f %s", bytes / (small ? 1e6 : 1e9), small ? "MB" : "GB");
    return text;
}

static void print_forecast(FILE *out, const ih_check_state *s)
{
    const ih_run_forecast *f = &s->forecast;
    char a[32], b[32], c[32];

    if (!s->has_forecast)
        return;
    fprintf(out, "Run of gdal_ih_sbas: disk %s (work cube %s, results at most %s",
            bytes_text(f->disk_bytes, a), bytes_text(f->cube_file_bytes, b),
            bytes_text(f->result_bytes, c));
    fprintf(out, ", while writing %s)\n", bytes_text(f->temporary_bytes, a));
    fprintf(out, "  memory about %s, with -no_resume %s to hold the cube as well\n",
            bytes_text(f->memory_bytes, a), bytes_text(f->memory_bytes + f->cube_memory_bytes, b));
    if (f->total_seconds < 120)
        fprintf(out, "  time about %.0f s", fmax(1, ceil(f->total_seconds)));
    else
        fprintf(out, "  time about %.0f min", ceil(f->total_seconds / 60));
    fprintf(out, ", by the size alone (threads: %ld)\n", s->options->threads);
}

static void print_finding(FILE *out, const ih_finding *f)
{
    int n = CSLCount(f->products);

    fprintf(out, "%s %s: %s\n", ih_check_code_is_error(f->code) ? "ERROR" : "WARNING",
            ih_check_code_name(f->code), f->message);
    for (int i = 0; i < n && i < NAMES_SHOWN; i++)
        fprintf(out, "    %s\n", f->products[i]);
    if (n > NAMES_SHOWN)
        fprintf(out, "    and %d more\n", n - NAMES_SHOWN);
}

char *ih_check_summary(const ih_check_state *s)
{
    size_t errors = ih_findings_count_errors(&s->findings);
    size_t warnings = s->findings.count - errors, size = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fputs("Stack: ", out);
    print_count(out, (double)s->catalogue->count, "product");
    fputs(s->options->deep ? ", every byte read\n" : "\n", out);
    print_network(out, s);
    print_coverage(out, s);
    print_forecast(out, s);
    if (s->n_removed_sidecars)
        fprintf(out, "Removed: %zu side-cars\n", s->n_removed_sidecars);
    if (s->findings.n_ignored)
        fprintf(out, "Ignored: %zu findings (-ignore)\n", s->findings.n_ignored);
    if (s->findings.count == 0) {
        fputs("Nothing found.\n", out);
    } else {
        fputs("Found: ", out);
        print_count(out, (double)errors, "error");
        fputs(", ", out);
        print_count(out, (double)warnings, "warning");
        fputs("\n", out);
    }
    for (size_t i = 0; i < s->findings.count; i++)
        print_finding(out, &s->findings.items[i]);
    fclose(out);
    return text;
}

char *ih_check_list_codes(void)
{
    char *text = CPLStrdup("");

    for (int code = 0; code < IH_CHECK_CODES; code++) {
        const char *line =
            CPLSPrintf("%-22s %-8s %s\n", ih_check_code_name((enum ih_check_code)code),
                       ih_check_code_is_error((enum ih_check_code)code) ? "error" : "warning",
                       ih_check_code_meaning((enum ih_check_code)code));

        text = CPLRealloc(text, strlen(text) + strlen(line) + 1);
        strcat(text, line);
    }
    return text;
}
