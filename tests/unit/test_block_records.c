/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utilities/lib/block_records.h"

enum { RECORDS = 7, SIZE = 40, SUM = 8 };

static char folder[] = "/tmp/ih_test_block_records_XXXXXX";
static char path[sizeof folder + 16];

static ih_block_records *open_records(size_t n, size_t size, bool existing)
{
    ih_block_records *records = NULL;
    ih_error err = {0};

    assert_int_equal(ih_block_records_open(path, n, size, existing, &records, &err), IH_OK);
    return records;
}

static void content_of(size_t record, unsigned char bytes[SIZE])
{
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(record * 50 + i);
}

static void write_record(ih_block_records *records, size_t record)
{
    unsigned char bytes[SIZE];

    content_of(record, bytes);
    assert_int_equal(ih_block_records_write(records, record, bytes, NULL), IH_OK);
}

static bool has_record(ih_block_records *records, size_t record)
{
    unsigned char bytes[SIZE] = {0}, expected[SIZE];
    bool complete = ih_block_records_read(records, record, bytes);

    content_of(record, expected);
    if (complete)
        assert_memory_equal(bytes, expected, SIZE);
    return complete;
}

static void damage(off_t at, const void *bytes, size_t size)
{
    int file = open(path, O_RDWR);

    assert_true(file >= 0);
    assert_int_equal(pwrite(file, bytes, size, at), size);
    close(file);
}

static void only_records_that_were_written_are_there(void **state)
{
    ih_block_records *records = open_records(RECORDS, SIZE, false);

    (void)state;
    write_record(records, 4);
    write_record(records, 0);
    write_record(records, RECORDS - 1);
    for (size_t i = 0; i < RECORDS; i++)
        assert_int_equal(has_record(records, i), i == 4 || i == 0 || i == RECORDS - 1);
    ih_block_records_close(records);
}

static void a_record_outlives_the_process_that_wrote_it(void **state)
{
    ih_block_records *records = open_records(RECORDS, SIZE, false);

    (void)state;
    write_record(records, 2);
    ih_block_records_close(records);
    records = open_records(RECORDS, SIZE, true);
    assert_true(has_record(records, 2));
    assert_false(has_record(records, 3));
    write_record(records, 3);
    assert_true(has_record(records, 3));
    ih_block_records_close(records);
}

static void beginning_anew_forgets_all_records(void **state)
{
    ih_block_records *records = open_records(RECORDS, SIZE, false);

    (void)state;
    write_record(records, 2);
    ih_block_records_close(records);
    records = open_records(RECORDS, SIZE, false);
    assert_false(has_record(records, 2));
    ih_block_records_close(records);
}

static void a_file_of_other_numbers_begins_anew(void **state)
{
    ih_block_records *records = open_records(RECORDS, SIZE, false);
    struct stat about;

    (void)state;
    write_record(records, 2);
    ih_block_records_close(records);
    records = open_records(RECORDS + 1, SIZE, true);
    for (size_t i = 0; i <= RECORDS; i++)
        assert_false(has_record(records, i));
    ih_block_records_close(records);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, (RECORDS + 1) * (SIZE + SUM));
}

static void a_damaged_record_is_not_there_and_its_neighbours_are(void **state)
{
    ih_block_records *records = open_records(RECORDS, SIZE, false);
    const off_t second = SIZE + SUM;

    (void)state;
    for (size_t i = 0; i < 4; i++)
        write_record(records, i);
    damage(second + SUM + 13, "!", 1);         /* a byte of the content of record 1 */
    damage(2 * second, "\0\0\0\0\0\0\0\0", 8); /* record 2 was being written */
    assert_true(has_record(records, 0));
    assert_false(has_record(records, 1));
    assert_false(has_record(records, 2));
    assert_true(has_record(records, 3));
    ih_block_records_close(records);
}

static void a_record_in_the_place_of_another_is_not_there(void **state)
{
    ih_block_records *records = open_records(RECORDS, SIZE, false);
    unsigned char whole[SIZE + SUM];
    int file;

    (void)state;
    write_record(records, 1);
    file = open(path, O_RDONLY);
    assert_int_equal(pread(file, whole, sizeof whole, SIZE + SUM), sizeof whole);
    close(file);
    damage(3 * (SIZE + SUM), whole, sizeof whole);
    assert_true(has_record(records, 1));
    assert_false(has_record(records, 3));
    ih_block_records_close(records);
}

static void a_file_cut_short_begins_anew(void **state)
{
    ih_block_records *records = open_records(RECORDS, SIZE, false);

    (void)state;
    write_record(records, 0);
    ih_block_records_close(records);
    assert_int_equal(truncate(path, 3 * SIZE), 0);
    records = open_records(RECORDS, SIZE, true);
    assert_false(has_record(records, 0));
    ih_block_records_close(records);
}

static void what_cannot_be_opened_is_an_error(void **state)
{
    ih_block_records *records = NULL;
    ih_error err = {0};

    (void)state;
    assert_int_equal(
        ih_block_records_open("/no/such/folder/records", RECORDS, SIZE, false, &records, &err),
        IH_E_IO);
    assert_null(records);
    assert_non_null(strstr(err.text, "/no/such/folder/records"));
    assert_int_equal(ih_block_records_open(path, SIZE_MAX / 2, SIZE, false, &records, &err),
                     IH_E_MEMORY);
    assert_null(records);
    ih_block_records_close(NULL);
}

static void a_full_disk_is_an_error(void **state)
{
    ih_block_records *records = NULL;
    ih_error err = {0};

    (void)state;
    /* More than any disk holds, and not more than a file may have. */
    assert_int_equal(
        ih_block_records_open(path, (size_t)1 << 20, (size_t)1 << 40, false, &records, &err),
        IH_E_IO);
    assert_null(records);
    assert_true(err.text[0] != '\0');
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(only_records_that_were_written_are_there, remove_file),
        cmocka_unit_test_teardown(a_record_outlives_the_process_that_wrote_it, remove_file),
        cmocka_unit_test_teardown(beginning_anew_forgets_all_records, remove_file),
        cmocka_unit_test_teardown(a_file_of_other_numbers_begins_anew, remove_file),
        cmocka_unit_test_teardown(a_damaged_record_is_not_there_and_its_neighbours_are,
                                  remove_file),
        cmocka_unit_test_teardown(a_record_in_the_place_of_another_is_not_there, remove_file),
        cmocka_unit_test_teardown(a_file_cut_short_begins_anew, remove_file),
        cmocka_unit_test_teardown(what_cannot_be_opened_is_an_error, remove_file),
        cmocka_unit_test_teardown(a_full_disk_is_an_error, remove_file),
    };
    int failed;

    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/records", folder);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
