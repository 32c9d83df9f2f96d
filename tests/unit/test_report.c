/* SPDX-License-Identifier: MIT */
#include "utilities/lib/report.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    snprintf(folder, sizeof folder, "/tmp/ih_report_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return VSIRmdirRecursive(folder);
}

static const char *in_folder(const char *name)
{
    return CPLSPrintf("%s/%s", folder, name);
}

static char *read_all(const char *path)
{
    GByte *bytes = NULL;

    assert_true(VSIIngestFile(NULL, path, &bytes, NULL, -1));
    return (char *)bytes;
}

static void a_report_says_who_wrote_it(void **state)
{
    cJSON *json = ih_report_new("gdal_ih_try");

    (void)state;
    assert_non_null(json);
    assert_string_equal(json->child->string, "software");
    assert_string_equal(cJSON_GetObjectItem(json, "software")->valuestring, "InSARHub for GDAL");
    assert_string_equal(cJSON_GetObjectItem(json, "version")->valuestring, IH_VERSION);
    assert_string_equal(cJSON_GetObjectItem(json, "program")->valuestring, "gdal_ih_try");
    assert_true(strlen(cJSON_GetObjectItem(json, "gdal_version")->valuestring) >= 5);
    cJSON_Delete(json);
}

static void numbers_survive_and_what_is_none_becomes_null(void **state)
{
    cJSON *json = cJSON_CreateObject(), *back;
    char *text;

    (void)state;
    ih_report_number(json, "tenth", 0.1);
    ih_report_number(json, "small", -1.2345678901234567e-300);
    ih_report_number(json, "nan", NAN);
    ih_report_number(json, "infinite", -INFINITY);
    assert_int_equal(ih_report_write_json(in_folder("r.json"), json, NULL), IH_OK);
    text = read_all(in_folder("r.json"));
    assert_int_equal(text[strlen(text) - 1], '\n');
    back = cJSON_Parse(text);
    assert_true(cJSON_GetObjectItem(back, "tenth")->valuedouble == 0.1);
    assert_true(cJSON_GetObjectItem(back, "small")->valuedouble == -1.2345678901234567e-300);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(back, "nan")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(back, "infinite")));
    cJSON_Delete(back);
    cJSON_Delete(json);
    VSIFree(text);
    VSIUnlink(in_folder("r.json"));
}

static void a_text_replaces_the_old_one_whole(void **state)
{
    char *text;

    (void)state;
    assert_int_equal(ih_report_write_text(in_folder("t"), "a long first text\n", NULL), IH_OK);
    assert_int_equal(ih_report_write_text(in_folder("t"), "short\n", NULL), IH_OK);
    text = read_all(in_folder("t"));
    assert_string_equal(text, "short\n");
    VSIFree(text);
    assert_int_equal(ih_report_write_text(in_folder("t"), "", NULL), IH_OK);
    text = read_all(in_folder("t"));
    assert_string_equal(text, "");
    VSIFree(text);
    VSIUnlink(in_folder("t"));
}

static void memory_files_work_too(void **state)
{
    char *text;

    (void)state;
    assert_int_equal(ih_report_write_text("/vsimem/ih_report.txt", "x", NULL), IH_OK);
    text = read_all("/vsimem/ih_report.txt");
    assert_string_equal(text, "x");
    VSIFree(text);
    VSIUnlink("/vsimem/ih_report.txt");
}

static void a_full_disk_keeps_the_old_file_and_nothing_else(void **state)
{
    struct rlimit before, limit;
    char *large = calloc(50000, 1), *text, **names;
    ih_error err = {IH_OK, ""};
    ih_status status;

    (void)state;
    memset(large, 'x', 49999);
    assert_int_equal(ih_report_write_text(in_folder("t"), "old", NULL), IH_OK);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 10000;
    setrlimit(RLIMIT_FSIZE, &limit);
    status = ih_report_write_text(in_folder("t"), large, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, IH_E_IO);
    assert_non_null(strstr(err.text, "cannot be written"));
    text = read_all(in_folder("t"));
    assert_string_equal(text, "old");
    VSIFree(text);
    VSIUnlink(in_folder("t"));
    names = VSIReadDir(folder);
    for (char **name = names; name && *name; name++)
        assert_int_equal((*name)[0], '.');
    CSLDestroy(names);
    free(large);
}

static void a_missing_folder_is_told(void **state)
{
    ih_error err = {IH_OK, ""};

    (void)state;
    assert_int_equal(ih_report_write_text(in_folder("none/t"), "x", &err), IH_E_IO);
    assert_non_null(strstr(err.text, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_says_who_wrote_it),
        cmocka_unit_test(numbers_survive_and_what_is_none_becomes_null),
        cmocka_unit_test(a_text_replaces_the_old_one_whole),
        cmocka_unit_test(memory_files_work_too),
        cmocka_unit_test(a_full_disk_keeps_the_old_file_and_nothing_else),
        cmocka_unit_test(a_missing_folder_is_told),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
