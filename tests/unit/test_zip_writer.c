/* SPDX-License-Identifier: MIT */
#include "utilities/lib/zip_writer.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    snprintf(folder, sizeof folder, "/tmp/ih_zip_writer_XXXXXX");
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

/* A row of a raster, as compressible as real ones are not. */
static void fill(uint8_t *bytes, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> (i % 3 ? 30 : 24));
    }
}

static void write_example(const char *path)
{
    uint8_t *bytes = malloc(300001);
    ih_zip_writer *writer;

    fill(bytes, 300001, 7);
    assert_int_equal(ih_zip_writer_new(path, &writer, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_add(writer, "P/", NULL, 0, 0, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_add(writer, "P/P.txt", "Baseline: 1.5\n", 14, 6, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_add(writer, "P/empty", NULL, 0, 9, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_add(writer, "P/stored", bytes, 300001, 0, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_add(writer, "P/deflated", bytes, 300001, 1, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_add(writer, "P/\xC3\xA4.txt", "a", 1, 6, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_commit(writer, NULL), IH_OK);
    free(bytes);
}

static void gdal_reads_every_member(void **state)
{
    static const char *const members[] = {"stored", "deflated"};
    uint8_t *expected = malloc(300001);
    GByte *bytes = NULL;
    vsi_l_offset size = 0;

    (void)state;
    fill(expected, 300001, 7);
    write_example(in_folder("a.zip"));
    for (size_t i = 0; i < 2; i++) {
        assert_true(VSIIngestFile(NULL, CPLSPrintf("/vsizip/%s/a.zip/P/%s", folder, members[i]),
                                  &bytes, &size, -1));
        assert_int_equal(size, 300001);
        assert_memory_equal(bytes, expected, 300001);
        VSIFree(bytes);
    }
    free(expected);
    VSIUnlink(in_folder("a.zip"));
}

/* Python's zipfile is the independent reader: it checks every CRC and the directory against the
 * local headers. */
static void python_finds_no_fault(void **state)
{
    static const char script[] =
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; "
        "names = [i.filename for i in z.infolist()]; assert names == ['P/', 'P/P.txt', 'P/empty', "
        "'P/stored', 'P/deflated', 'P/\\u00e4.txt'], names; assert z.read('P/P.txt') == "
        "b'Baseline: 1.5\\n'; assert z.read('P/stored') == z.read('P/deflated'); "
        "assert z.getinfo('P/').is_dir() and z.getinfo('P/').external_attr >> 16 == 0o40755; "
        "assert z.getinfo('P/deflated').compress_size < 300001";
    char *command;

    (void)state;
    write_example(in_folder("a.zip"));
    command = CPLStrdup(CPLSPrintf("/usr/bin/python3 -c \"%s\" %s", script, in_folder("a.zip")));
    /* A sanitised program's preloads are not for the interpreter. */
    unsetenv("LD_PRELOAD");
    if (system("/usr/bin/python3 -c 'import zipfile'") != 0)
        skip();
    assert_int_equal(system(command), 0);
    CPLFree(command);
    VSIUnlink(in_folder("a.zip"));
}

static void more_than_65535_members_need_zip64(void **state)
{
    enum { MANY = 65600 };
    ih_zip_writer *writer;
    char name[32], *command;

    (void)state;
    assert_int_equal(ih_zip_writer_new(in_folder("many.zip"), &writer, NULL), IH_OK);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "%d", i);
        assert_int_equal(ih_zip_writer_add(writer, name, name, 1, 0, NULL), IH_OK);
    }
    assert_int_equal(ih_zip_writer_commit(writer, NULL), IH_OK);
    command = CPLStrdup(CPLSPrintf("/usr/bin/python3 -c \"import sys, zipfile; z = zipfile.ZipFile("
                                   "sys.argv[1]); assert len(z.namelist()) == 65600; "
                                   "assert z.read('65599') == b'6'\" %s",
                                   in_folder("many.zip")));
    assert_int_equal(system(command), 0);
    CPLFree(command);
    VSIUnlink(in_folder("many.zip"));
}

static void the_same_content_gives_the_same_bytes(void **state)
{
    GByte *a = NULL, *b = NULL;
    vsi_l_offset a_size = 0, b_size = 0;

    (void)state;
    write_example(in_folder("a.zip"));
    write_example(in_folder("b.zip"));
    assert_true(VSIIngestFile(NULL, in_folder("a.zip"), &a, &a_size, -1));
    assert_true(VSIIngestFile(NULL, in_folder("b.zip"), &b, &b_size, -1));
    assert_true(a_size == b_size);
    assert_memory_equal(a, b, a_size);
    VSIFree(a);
    VSIFree(b);
    VSIUnlink(in_folder("a.zip"));
    VSIUnlink(in_folder("b.zip"));
}

static int count_files(void)
{
    char **names = VSIReadDir(folder);
    int n = 0;

    for (char **name = names; name && *name; name++)
        n += (*name)[0] != '.';
    CSLDestroy(names);
    return n;
}

static void aborting_leaves_nothing(void **state)
{
    ih_zip_writer *writer;

    (void)state;
    assert_int_equal(ih_zip_writer_new(in_folder("a.zip"), &writer, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_add(writer, "x", "x", 1, 6, NULL), IH_OK);
    ih_zip_writer_abort(writer);
    ih_zip_writer_abort(NULL);
    assert_int_equal(count_files(), 0);
}

static void a_full_disk_fails_and_leaves_nothing(void **state)
{
    struct rlimit before, limit;
    uint8_t *bytes = calloc(200000, 1);
    ih_zip_writer *writer;
    ih_status added;

    (void)state;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 100000;
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(ih_zip_writer_new(in_folder("a.zip"), &writer, NULL), IH_OK);
    added = ih_zip_writer_add(writer, "x", bytes, 200000, 0, NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(added, IH_E_IO);
    /* Room came back, but a member is cut short. */
    assert_int_equal(ih_zip_writer_commit(writer, NULL), IH_E_IO);
    assert_int_equal(count_files(), 0);
    free(bytes);
}

static void impossible_members_are_refused(void **state)
{
    ih_zip_writer *writer = NULL;

    (void)state;
    assert_int_equal(ih_zip_writer_new(in_folder("none/a.zip"), &writer, NULL), IH_E_IO);
    assert_null(writer);
    assert_int_equal(ih_zip_writer_new(in_folder("a.zip"), &writer, NULL), IH_OK);
    assert_int_equal(ih_zip_writer_add(writer, "", "x", 1, 0, NULL), IH_E_ARGUMENT);
    assert_int_equal(ih_zip_writer_add(writer, "folder/", "x", 1, 0, NULL), IH_E_ARGUMENT);
    ih_zip_writer_abort(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gdal_reads_every_member),
        cmocka_unit_test(python_finds_no_fault),
        cmocka_unit_test(more_than_65535_members_need_zip64),
        cmocka_unit_test(the_same_content_gives_the_same_bytes),
        cmocka_unit_test(aborting_leaves_nothing),
        cmocka_unit_test(a_full_disk_fails_and_leaves_nothing),
        cmocka_unit_test(impossible_members_are_refused),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
