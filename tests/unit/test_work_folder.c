/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "utilities/lib/work_folder.h"

static char root[] = "/tmp/ih_test_work_folder_XXXXXX";
static char result[sizeof root + 16], other[sizeof root + 16], scratch[sizeof root + 16];

static ih_work_folder *open_folder(const char *at, const char *out_dir)
{
    ih_work_folder *folder = NULL;
    ih_error err = {0};

    assert_int_equal(ih_work_folder_open(at, out_dir, &folder, &err), IH_OK);
    return folder;
}

static bool is_folder(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static void write_file(const ih_work_folder *folder, const char *name, const char *text)
{
    char *path = ih_work_folder_path(folder, name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

static void it_lies_hidden_in_the_result_and_goes_with_all_it_holds(void **state)
{
    ih_work_folder *folder = open_folder(NULL, result);
    char *path = strdup(ih_work_folder_name(folder));

    (void)state;
    assert_true(strncmp(path, result, strlen(result)) == 0);
    assert_int_equal(path[strlen(result) + 1], '.');
    assert_true(is_folder(path) && ih_work_folder_is_empty(folder));
    write_file(folder, "cube", "some bytes");
    assert_true(ih_work_folder_exists(folder, "cube") && !ih_work_folder_is_empty(folder));
    assert_false(ih_work_folder_exists(folder, "blocks"));
    assert_true(ih_work_folder_bytes(folder) > 0);
    ih_work_folder_remove(folder);
    assert_false(is_folder(path));
    free(path);
}

static void what_was_left_is_found_again(void **state)
{
    ih_work_folder *folder = open_folder(NULL, result);

    (void)state;
    assert_false(ih_work_folder_has(NULL, result, "cube"));
    write_file(folder, "cube", "some bytes");
    write_file(folder, "blocks", "more");
    ih_work_folder_leave(folder);
    assert_true(ih_work_folder_has(NULL, result, "cube"));
    assert_false(ih_work_folder_has(NULL, other, "cube"));
    folder = open_folder(NULL, result);
    assert_true(ih_work_folder_exists(folder, "blocks"));
    ih_work_folder_delete(folder, "blocks");
    assert_false(ih_work_folder_exists(folder, "blocks"));
    ih_work_folder_clear(folder);
    assert_true(ih_work_folder_is_empty(folder));
    ih_work_folder_remove(folder);
}

static void results_that_share_a_scratch_folder_have_folders_of_their_own(void **state)
{
    ih_work_folder *one = open_folder(scratch, result), *two = open_folder(scratch, other);

    (void)state;
    assert_string_not_equal(ih_work_folder_name(one), ih_work_folder_name(two));
    assert_true(strncmp(ih_work_folder_name(one), scratch, strlen(scratch)) == 0);
    write_file(one, "cube", "some bytes");
    assert_true(ih_work_folder_has(scratch, result, "cube"));
    assert_false(ih_work_folder_has(scratch, other, "cube"));
    assert_false(ih_work_folder_has(NULL, result, "cube"));
    ih_work_folder_remove(one);
    ih_work_folder_remove(two);
}

static void another_name_of_the_same_result_leads_to_the_same_folder(void **state)
{
    ih_work_folder *folder = open_folder(scratch, result);
    char name[sizeof result + 16];

    (void)state;
    write_file(folder, "cube", "some bytes");
    snprintf(name, sizeof name, "%s/../result", result);
    assert_true(ih_work_folder_has(scratch, name, "cube"));
    ih_work_folder_remove(folder);
}

static void two_at_a_time_are_refused(void **state)
{
    ih_work_folder *folder = open_folder(NULL, result), *second = NULL;
    ih_error err = {0};

    (void)state;
    assert_int_equal(ih_work_folder_open(NULL, result, &second, &err), IH_E_IO);
    assert_null(second);
    assert_non_null(strstr(err.text, "another process"));
    ih_work_folder_leave(folder);
    folder = open_folder(NULL, result);
    ih_work_folder_remove(folder);
}

static void the_lock_of_a_process_that_died_is_gone(void **state)
{
    ih_work_folder *folder;
    pid_t child = fork();
    int how;

    (void)state;
    if (child == 0) {
        ih_error err = {0};

        if (ih_work_folder_open(NULL, result, &folder, &err) == IH_OK) {
            write_file(folder, "cube", "some bytes");
            abort();
        }
        _exit(1);
    }
    assert_true(child > 0 && waitpid(child, &how, 0) == child && WIFSIGNALED(how));
    folder = open_folder(NULL, result);
    assert_true(ih_work_folder_exists(folder, "cube"));
    ih_work_folder_remove(folder);
}

static void a_result_that_is_not_there_is_an_error(void **state)
{
    ih_work_folder *folder = NULL;
    ih_error err = {0};

    (void)state;
    assert_int_equal(ih_work_folder_open(NULL, "/no/such/folder", &folder, &err), IH_E_IO);
    assert_null(folder);
    assert_non_null(strstr(err.text, "/no/such/folder"));
    assert_false(ih_work_folder_has(NULL, "/no/such/folder", "cube"));
    ih_work_folder_leave(NULL);
    ih_work_folder_remove(NULL);
}

static const double values[] = {1.5, -2.25, 0, 1e300};

static ih_status load(const ih_work_folder *folder, size_t size, const cJSON *index, double *out)
{
    ih_error err = {0};

    return ih_work_folder_load(folder, "values", out, size, index, &err);
}

static void an_array_comes_back_unless_it_is_damaged(void **state)
{
    ih_work_folder *folder = open_folder(NULL, result);
    cJSON *index = cJSON_CreateObject();
    char *path = ih_work_folder_path(folder, "values");
    double back[5] = {0};
    FILE *file;

    (void)state;
    assert_int_equal(load(folder, sizeof values, index, back), IH_E_DATA); /* not there */
    assert_int_equal(ih_work_folder_save(folder, "values", values, sizeof values, index, NULL),
                     IH_OK);
    assert_int_equal(load(folder, sizeof values, index, back), IH_OK);
    assert_memory_equal(back, values, sizeof values);
    /* of another size than is asked for, larger or smaller */
    assert_int_equal(load(folder, sizeof values - 8, index, back), IH_E_DATA);
    assert_int_equal(load(folder, sizeof values + 8, index, back), IH_E_DATA);
    file = fopen(path, "r+");
    fseek(file, 9, SEEK_SET);
    fputc('?', file);
    fclose(file);
    assert_int_equal(load(folder, sizeof values, index, back), IH_E_DATA);
    cJSON_Delete(index);
    free(path);
    ih_work_folder_remove(folder);
}

static void a_text_comes_back_unless_it_is_damaged(void **state)
{
    ih_work_folder *folder = open_folder(NULL, result);
    char *path = ih_work_folder_path(folder, "state.json");
    cJSON *json = cJSON_CreateObject(), *back;
    struct stat about;
    FILE *file;

    (void)state;
    cJSON_AddNumberToObject(json, "pairs", 84);
    cJSON_AddStringToObject(json, "name", "a \"quoted\" name");
    assert_null(ih_work_folder_load_json(folder, "state.json"));
    assert_int_equal(ih_work_folder_save_json(folder, "state.json", json, NULL), IH_OK);
    back = ih_work_folder_load_json(folder, "state.json");
    assert_non_null(back);
    assert_true(cJSON_Compare(json, back, true));
    cJSON_Delete(back);

    assert_int_equal(stat(path, &about), 0);
    file = fopen(path, "r+");
    fseek(file, about.st_size / 2, SEEK_SET);
    fputc('~', file);
    fclose(file);
    assert_null(ih_work_folder_load_json(folder, "state.json"));
    assert_int_equal(ih_work_folder_save_json(folder, "state.json", json, NULL), IH_OK);
    assert_int_equal(truncate(path, about.st_size - 3), 0);
    assert_null(ih_work_folder_load_json(folder, "state.json"));
    assert_int_equal(truncate(path, 5), 0);
    assert_null(ih_work_folder_load_json(folder, "state.json"));
    cJSON_Delete(json);
    free(path);
    ih_work_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lies_hidden_in_the_result_and_goes_with_all_it_holds),
        cmocka_unit_test(what_was_left_is_found_again),
        cmocka_unit_test(results_that_share_a_scratch_folder_have_folders_of_their_own),
        cmocka_unit_test(another_name_of_the_same_result_leads_to_the_same_folder),
        cmocka_unit_test(two_at_a_time_are_refused),
        cmocka_unit_test(the_lock_of_a_process_that_died_is_gone),
        cmocka_unit_test(a_result_that_is_not_there_is_an_error),
        cmocka_unit_test(an_array_comes_back_unless_it_is_damaged),
        cmocka_unit_test(a_text_comes_back_unless_it_is_damaged),
    };
    int failed;

    if (!mkdtemp(root))
        return 1;
    snprintf(result, sizeof result, "%s/result", root);
    snprintf(other, sizeof other, "%s/other", root);
    snprintf(scratch, sizeof scratch, "%s/scratch", root);
    if (mkdir(result, 0777) != 0 || mkdir(other, 0777) != 0 || mkdir(scratch, 0777) != 0)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(result);
    rmdir(other);
    rmdir(scratch);
    rmdir(root);
    return failed;
}
