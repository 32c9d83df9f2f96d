/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/zip_directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* An archive in memory. base is the offset its first byte pretends to have, so that archives beyond
 * 4 GiB can be tested without their bytes: what lies before base cannot be read. */
struct archive {
    unsigned char *bytes;
    size_t size, capacity;
    uint64_t base;
    size_t n_reads;
};

/* A member to be written. */
struct member {
    const char *name;
    const char *data;
    bool zip64; /* sizes and offset stand in the extra field */
    unsigned flags;
};

static bool read_at(void *source, uint64_t offset, void *buffer, size_t size)
{
    struct archive *archive = source;

    archive->n_reads++;
    if (offset < archive->base || offset - archive->base > archive->size ||
        size > archive->size - (offset - archive->base))
        return false;
    memcpy(buffer, archive->bytes + (offset - archive->base), size);
    return true;
}

static void put_bytes(struct archive *archive, const void *bytes, size_t size)
{
    while (archive->size + size > archive->capacity) {
        archive->capacity = archive->capacity ? 2 * archive->capacity : 4096;
        archive->bytes = realloc(archive->bytes, archive->capacity);
        assert_non_null(archive->bytes);
    }
    if (size > 0)
        memcpy(archive->bytes + archive->size, bytes, size);
    archive->size += size;
}

static void put(struct archive *archive, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)(i < 8 ? value >> (8 * i) & 0xff : 0);

        put_bytes(archive, &byte, 1);
    }
}

static void poke(struct archive *archive, size_t at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        archive->bytes[at + i] = (unsigned char)(value >> (8 * i) & 0xff);
}

static void put_local(struct archive *archive, const struct member *member)
{
    size_t size = strlen(member->data);

    put(archive, 0x04034b50, 4);
    put(archive, 20, 2);
    put(archive, member->flags, 2);
    put(archive, IH_ZIP_STORED, 2);
    put(archive, 0, 4);
    put(archive, 0xcafe, 4);
    put(archive, size, 4);
    put(archive, size, 4);
    put(archive, strlen(member->name), 2);
    put(archive, 4, 2); /* an extra field that only the local header has */
    put_bytes(archive, member->name, strlen(member->name));
    put(archive, 0x7777, 4);
    put_bytes(archive, member->data, size);
}

static void put_central(struct archive *archive, const struct member *member, uint64_t offset)
{
    uint64_t size = strlen(member->data);

    put(archive, 0x02014b50, 4);
    put(archive, 20, 2);
    put(archive, 20, 2);
    put(archive, member->flags, 2);
    put(archive, IH_ZIP_STORED, 2);
    put(archive, 0, 4);
    put(archive, 0xcafe, 4);
    put(archive, member->zip64 ? 0xffffffff : size, 4);
    put(archive, member->zip64 ? 0xffffffff : size, 4);
    put(archive, strlen(member->name), 2);
    put(archive, member->zip64 ? 4 + 4 + 24 : 0, 2);
    put(archive, 0, 2 + 2 + 2 + 4);
    put(archive, member->zip64 ? 0xffffffff : offset, 4);
    put_bytes(archive, member->name, strlen(member->name));
    if (member->zip64) {
        put(archive, 0x5455, 2); /* another extra field in front of it */
        put(archive, 0, 2);
        put(archive, 1, 2);
        put(archive, 24, 2);
        put(archive, size, 8);
        put(archive, size, 8);
        put(archive, offset, 8);
    }
}

static void put_end(struct archive *archive, uint64_t count, uint64_t size, uint64_t offset,
                    bool zip64, const char *comment)
{
    uint64_t end64 = archive->base + archive->size;

    if (zip64) {
        put(archive, 0x06064b50, 4);
        put(archive, 44, 8);
        put(archive, 45, 2);
        put(archive, 45, 2);
        put(archive, 0, 4 + 4);
        put(archive, count, 8);
        put(archive, count, 8);
        put(archive, size, 8);
        put(archive, offset, 8);
        put(archive, 0x07064b50, 4);
        put(archive, 0, 4);
        put(archive, end64, 8);
        put(archive, 1, 4);
    }
    put(archive, 0x06054b50, 4);
    put(archive, 0, 2 + 2);
    put(archive, zip64 ? 0xffff : count, 2);
    put(archive, zip64 ? 0xffff : count, 2);
    put(archive, zip64 ? 0xffffffff : size, 4);
    put(archive, zip64 ? 0xffffffff : offset, 4);
    put(archive, strlen(comment), 2);
    put_bytes(archive, comment, strlen(comment));
}

/* Local headers and data, directory, end record; base as in struct archive. */
static struct archive packed(const struct member *members, size_t count, uint64_t base,
                             const char *comment)
{
    struct archive archive = {.base = base};
    uint64_t *offsets = calloc(count + 1, sizeof *offsets), start;

    assert_non_null(offsets);
    for (size_t i = 0; i < count; i++) {
        offsets[i] = base + archive.size;
        put_local(&archive, &members[i]);
    }
    start = base + archive.size;
    for (size_t i = 0; i < count; i++)
        put_central(&archive, &members[i], offsets[i]);
    put_end(&archive, count, base + archive.size - start, start, count > 0 && members[0].zip64,
            comment);
    free(offsets);
    return archive;
}

static ih_zip_directory *listed(struct archive *archive, const char **why)
{
    return ih_zip_directory_read(read_at, archive, archive->base + archive->size, why);
}

static void assert_refused(struct archive *archive, const char *expected)
{
    const char *why = NULL;
    ih_zip_directory *directory = listed(archive, &why);

    assert_null(directory);
    assert_non_null(why);
    if (!strstr(why, expected))
        fail_msg("said \"%s\", not \"%s\"", why, expected);
    assert_null(listed(archive, NULL));
}

static const struct member plain[] = {{"NAME/", "", false, 0},
                                      {"NAME/NAME.txt", "Baseline: 1\n", false, 0},
                                      {"NAME/NAME_corr.tif", "pixels", false, 0}};
#define N_PLAIN (sizeof plain / sizeof *plain)

static void assert_plain(struct archive *archive, const ih_zip_directory *directory)
{
    assert_non_null(directory);
    assert_int_equal(directory->count, N_PLAIN);
    assert_int_equal(directory->skipped, 0);
    for (size_t i = 0; i < N_PLAIN; i++) {
        const ih_zip_member *member = ih_zip_find(directory, plain[i].name);
        uint64_t offset = 0;

        assert_non_null(member);
        assert_ptr_equal(member, &directory->members[i]);
        assert_int_equal(member->method, IH_ZIP_STORED);
        assert_int_equal(member->crc32, 0xcafe);
        assert_int_equal(member->size, strlen(plain[i].data));
        assert_int_equal(member->compressed_size, strlen(plain[i].data));
        assert_false(member->encrypted);
        assert_true(ih_zip_data_offset(directory, member, read_at, archive, &offset));
        assert_memory_equal(archive->bytes + (offset - archive->base), plain[i].data,
                            strlen(plain[i].data));
    }
    assert_null(ih_zip_find(directory, "NAME/NAME"));
    assert_null(ih_zip_find(directory, ""));
}

static void members_and_their_bytes_are_found(void **state)
{
    struct archive archive = packed(plain, N_PLAIN, 0, "");
    ih_zip_directory *directory = listed(&archive, NULL);

    (void)state;
    /* The whole directory of a small archive in one read: it may be a range request. */
    assert_int_equal(archive.n_reads, 1);
    assert_plain(&archive, directory);
    ih_zip_directory_free(directory);
    free(archive.bytes);
}

static void an_empty_archive_has_no_members(void **state)
{
    struct archive archive = packed(NULL, 0, 0, "");
    ih_zip_directory *directory = listed(&archive, NULL);

    (void)state;
    assert_non_null(directory);
    assert_int_equal(directory->count, 0);
    assert_null(ih_zip_find(directory, "x"));
    ih_zip_directory_free(directory);
    ih_zip_directory_free(NULL);
    free(archive.bytes);
}

static void an_archive_comment_of_any_length_is_allowed(void **state)
{
    const size_t lengths[] = {1, 21, 22, 23, 1000, 65534, 65535};
    char *comment = calloc(65536, 1);

    (void)state;
    assert_non_null(comment);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct archive archive;
        ih_zip_directory *directory;

        memset(comment, 'c', lengths[i]);
        comment[lengths[i]] = '\0';
        archive = packed(plain, N_PLAIN, 0, comment);
        directory = listed(&archive, NULL);
        assert_plain(&archive, directory);
        ih_zip_directory_free(directory);
        free(archive.bytes);
    }
    free(comment);
}

static void zip64_members_beyond_4_gib_are_found(void **state)
{
    const uint64_t base = 5ull << 30;
    struct member members[N_PLAIN];
    struct archive archive;
    char *comment = calloc(65536, 1);
    ih_zip_directory *directory;

    (void)state;
    assert_non_null(comment);
    memset(comment, 'c', 65535); /* the search for the end record stays after base */
    memcpy(members, plain, sizeof members);
    for (size_t i = 0; i < N_PLAIN; i++)
        members[i].zip64 = true;
    archive = packed(members, N_PLAIN, base, comment);
    directory = listed(&archive, NULL);
    assert_plain(&archive, directory);
    assert_true(directory->members[0].header_offset >= base);
    ih_zip_directory_free(directory);
    free(archive.bytes);
    free(comment);
}

static void damaged_zip64_records_are_refused(void **state)
{
    const struct member member = {"a", "", true, 0};
    const size_t end = 22, locator = end + 20, end64 = locator + 56;
    const struct {
        size_t back; /* from the end of the archive */
        uint64_t value;
        size_t size;
    } changes[] = {
        {locator, 0, 4},              /* signature of the locator */
        {locator - 8, UINT64_MAX, 8}, /* offset of the zip64 end record */
        {locator - 16, 2, 4},         /* number of disks */
        {end64, 0, 4},                /* signature */
        {end64 - 24, 2, 8},           /* members on this disk */
        {end64 - 40, UINT64_MAX, 8},  /* size of the directory */
        {end64 - 48, UINT64_MAX, 8},  /* its offset */
        {end64 - 48, UINT64_MAX - 10, 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct archive archive = packed(&member, 1, 0, "");

        poke(&archive, archive.size - changes[i].back, changes[i].value, changes[i].size);
        assert_refused(&archive, "does not fit");
        free(archive.bytes);
    }
}

static void every_truncation_is_refused(void **state)
{
    struct archive archive = packed(plain, N_PLAIN, 0, "comment");
    size_t whole = archive.size;

    (void)state;
    for (archive.size = 0; archive.size < whole; archive.size++)
        assert_refused(&archive, "not all of one");
    free(archive.bytes);
}

static void an_archive_inside_a_truncated_one_is_not_taken_for_it(void **state)
{
    struct archive inner = packed(plain, N_PLAIN, 0, ""), outer = {0};

    (void)state;
    put_bytes(&outer, inner.bytes, inner.size);
    put_bytes(&outer, "the rest of the outer archive is miss", 37);
    assert_refused(&outer, "not all of one");
    free(inner.bytes);
    free(outer.bytes);
}

static void unsafe_names_are_skipped_and_counted(void **state)
{
    static char long_name[IH_ZIP_MAX_NAME + 2], longest_name[IH_ZIP_MAX_NAME + 1];
    const struct member members[] = {
        {"good", "1", false, 0},         {"../evil", "2", false, 0},
        {"a/../../evil", "3", false, 0}, {"a/..", "4", false, 0},
        {"..", "5", false, 0},           {"/etc/passwd", "6", false, 0},
        {"\\windows", "7", false, 0},    {"C:\\evil", "8", false, 0},
        {"c:evil", "9", false, 0},       {"", "10", false, 0},
        {long_name, "11", false, 0},     {"a\\..\\b", "12", false, 0},
        {longest_name, "13", false, 0},  {"a/..b", "14", false, 0},
        {"a...", "15", false, 0},        {"back\\slash", "16", false, 0}};
    struct archive archive;
    ih_zip_directory *directory;

    (void)state;
    memset(long_name, 'n', sizeof long_name - 1);
    memset(longest_name, 'm', sizeof longest_name - 1);
    archive = packed(members, sizeof members / sizeof *members, 0, "");
    directory = listed(&archive, NULL);
    assert_non_null(directory);
    assert_int_equal(directory->count, 5);
    assert_int_equal(directory->skipped, 11);
    assert_non_null(ih_zip_find(directory, "good"));
    assert_non_null(ih_zip_find(directory, longest_name));
    assert_non_null(ih_zip_find(directory, "a/..b"));
    assert_non_null(ih_zip_find(directory, "a..."));
    assert_non_null(ih_zip_find(directory, "back/slash"));
    ih_zip_directory_free(directory);
    free(archive.bytes);
}

static void a_name_with_a_nul_is_skipped(void **state)
{
    const struct member member = {"goodXevil", "1", false, 0};
    struct archive archive = packed(&member, 1, 0, "");
    ih_zip_directory *directory;

    (void)state;
    poke(&archive, archive.size - 22 - 9 + 4, 0, 1);
    directory = listed(&archive, NULL);
    assert_non_null(directory);
    assert_int_equal(directory->count, 0);
    assert_int_equal(directory->skipped, 1);
    ih_zip_directory_free(directory);
    free(archive.bytes);
}

static void the_first_of_several_members_of_one_name_counts(void **state)
{
    const struct member members[] = {{"b", "first", false, 0},      {"a", "x", false, 0},
                                     {"b", "second one", false, 0}, {"c\\d", "slash", false, 0},
                                     {"b", "third", false, 0},      {"c/d", "again", false, 0}};
    struct archive archive = packed(members, 6, 0, "");
    ih_zip_directory *directory = listed(&archive, NULL);

    (void)state;
    assert_non_null(directory);
    assert_int_equal(directory->count, 3);
    assert_int_equal(directory->skipped, 3);
    assert_string_equal(directory->members[0].name, "b");
    assert_int_equal(directory->members[0].size, 5);
    assert_int_equal(directory->members[0].header_offset, 0);
    assert_string_equal(directory->members[1].name, "a");
    assert_string_equal(directory->members[2].name, "c/d");
    ih_zip_directory_free(directory);
    free(archive.bytes);
}

static void encryption_is_seen_in_every_form(void **state)
{
    const struct member members[] = {{"a", "1", false, 1},
                                     {"b", "2", false, 1u << 6},
                                     {"c", "3", false, 1u << 13},
                                     {"d", "4", false, 1u << 11 | 1u << 3}};
    struct archive archive = packed(members, 4, 0, "");
    ih_zip_directory *directory = listed(&archive, NULL);

    (void)state;
    assert_non_null(directory);
    assert_true(directory->members[0].encrypted);
    assert_true(directory->members[1].encrypted);
    assert_true(directory->members[2].encrypted);
    assert_false(directory->members[3].encrypted);
    ih_zip_directory_free(directory);
    free(archive.bytes);
}

/* Offset of the central entry of a one-member archive of a one-letter name. */
static size_t only_entry(const struct archive *archive)
{
    return archive->size - 22 - 46 - 1;
}

static void members_that_reach_beyond_the_archive_are_skipped(void **state)
{
    const struct {
        size_t at;
        uint64_t value;
        size_t size;
    } changes[] = {
        {20, 0x7fffffff, 4}, /* compressed size */
        {20, 0xffffffff, 4}, /* and no zip64 field */
        {24, 7, 4},          /* stored, but another size than its bytes */
        {42, 0x7fffffff, 4}, /* offset */
        {42, 30, 4},         /* no room for the data before the directory */
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const struct member member = {"a", "data", false, 0};
        struct archive archive = packed(&member, 1, 0, "");
        ih_zip_directory *directory;

        poke(&archive, only_entry(&archive) + changes[i].at, changes[i].value, changes[i].size);
        directory = listed(&archive, NULL);
        assert_non_null(directory);
        assert_int_equal(directory->count, 0);
        assert_int_equal(directory->skipped, 1);
        ih_zip_directory_free(directory);
        free(archive.bytes);
    }
}

static void lying_counts_and_sizes_of_the_directory_are_refused(void **state)
{
    const struct {
        size_t at; /* in the end record */
        uint64_t value;
        size_t size;
        const char *why;
    } changes[] = {
        {8, 0x00030003, 4,
         "damaged"}, /* one member too many fits 46 bytes each, but is not there */
        {8, 0x00010001, 4, "more members than it claims"},
        {8, 0x00000000, 4, "more members than it claims"},
        {8, 0x03e803e8, 4, "claims more members"},
        {8, 0xfffefffe, 4, "too many members"},
        {8, 0x00020001, 4, "does not fit"},  /* members on other disks */
        {4, 1, 2, "does not fit"},           /* disk number */
        {12, 0x7fffffff, 4, "does not fit"}, /* size of the directory */
        {12, 0xffffffff, 4, "does not fit"}, /* zip64, but there is no locator */
        {16, 0x7fffffff, 4, "does not fit"}, /* its offset */
        {16, 1, 4, "damaged"},
    };
    const struct member members[] = {
        {"a", "data", false, 0},
        {"a_name_that_leaves_room_for_a_third_directory_entry", "", false, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct archive archive = packed(members, 2, 0, "");

        poke(&archive, archive.size - 22 + changes[i].at, changes[i].value, changes[i].size);
        assert_refused(&archive, changes[i].why);
        free(archive.bytes);
    }
}

static void no_more_members_than_the_limit_are_listed(void **state)
{
    struct member *members = calloc(IH_ZIP_MAX_MEMBERS + 1, sizeof *members);
    char(*names)[8] = calloc(IH_ZIP_MAX_MEMBERS + 1, sizeof *names);

    (void)state;
    assert_non_null(members);
    assert_non_null(names);
    for (size_t i = 0; i <= IH_ZIP_MAX_MEMBERS; i++) {
        snprintf(names[i], sizeof names[i], "n%05u", (unsigned)i);
        members[i].name = names[i];
        members[i].data = "";
    }
    for (size_t extra = 0; extra < 2; extra++) {
        struct archive archive = packed(members, IH_ZIP_MAX_MEMBERS + extra, 0, "");

        if (extra == 0) {
            ih_zip_directory *directory = listed(&archive, NULL);

            assert_non_null(directory);
            assert_int_equal(directory->count, IH_ZIP_MAX_MEMBERS);
            assert_string_equal(ih_zip_find(directory, "n04095")->name, "n04095");
            ih_zip_directory_free(directory);
        } else {
            assert_refused(&archive, "too many members");
        }
        free(archive.bytes);
    }
    free(names);
    free(members);
}

static void a_local_header_that_disagrees_gives_no_offset(void **state)
{
    const struct {
        size_t at;
        uint64_t value;
        size_t size;
    } changes[] = {
        {0, 0, 4},       /* signature */
        {8, 8, 2},       /* another method */
        {26, 0xffff, 2}, /* name that reaches beyond the archive */
        {28, 0xffff, 2}, /* extra field that does */
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const struct member member = {"a", "data", false, 0};
        struct archive archive = packed(&member, 1, 0, "");
        ih_zip_directory *directory;
        uint64_t offset;

        poke(&archive, changes[i].at, changes[i].value, changes[i].size);
        directory = listed(&archive, NULL);
        assert_non_null(directory);
        assert_int_equal(directory->count, 1);
        assert_false(
            ih_zip_data_offset(directory, &directory->members[0], read_at, &archive, &offset));
        ih_zip_directory_free(directory);
        free(archive.bytes);
    }
    assert_false(ih_zip_data_offset(NULL, NULL, read_at, NULL, NULL));
}

static bool read_nothing(void *source, uint64_t offset, void *buffer, size_t size)
{
    (void)source, (void)offset, (void)buffer, (void)size;
    return false;
}

static void a_source_that_cannot_be_read_is_refused(void **state)
{
    const char *why = NULL;

    (void)state;
    assert_null(ih_zip_directory_read(read_nothing, NULL, 1 << 20, &why));
    assert_non_null(why);
    assert_null(ih_zip_directory_read(read_nothing, NULL, UINT64_MAX, &why));
    assert_null(ih_zip_directory_read(read_nothing, NULL, 0, &why));
}

static void any_changed_byte_gives_a_refusal_or_a_consistent_list(void **state)
{
    struct archive archive = packed(plain, N_PLAIN, 0, "comment");

    (void)state;
    for (size_t at = 0; at < archive.size; at++) {
        unsigned char kept = archive.bytes[at];

        for (unsigned change = 1; change < 256; change = change * 2 + 1) {
            ih_zip_directory *directory;

            archive.bytes[at] = (unsigned char)(kept ^ change);
            directory = listed(&archive, NULL);
            for (size_t i = 0; directory && i < directory->count; i++) {
                const ih_zip_member *member = &directory->members[i];
                uint64_t offset;

                if (ih_zip_data_offset(directory, member, read_at, &archive, &offset))
                    assert_true(offset + member->compressed_size <= archive.size);
            }
            if (directory)
                assert_true(directory->count + directory->skipped == N_PLAIN);
            ih_zip_directory_free(directory);
        }
        archive.bytes[at] = kept;
    }
    free(archive.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_and_their_bytes_are_found),
        cmocka_unit_test(an_empty_archive_has_no_members),
        cmocka_unit_test(an_archive_comment_of_any_length_is_allowed),
        cmocka_unit_test(zip64_members_beyond_4_gib_are_found),
        cmocka_unit_test(damaged_zip64_records_are_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(an_archive_inside_a_truncated_one_is_not_taken_for_it),
        cmocka_unit_test(unsafe_names_are_skipped_and_counted),
        cmocka_unit_test(a_name_with_a_nul_is_skipped),
        cmocka_unit_test(the_first_of_several_members_of_one_name_counts),
        cmocka_unit_test(encryption_is_seen_in_every_form),
        cmocka_unit_test(members_that_reach_beyond_the_archive_are_skipped),
        cmocka_unit_test(lying_counts_and_sizes_of_the_directory_are_refused),
        cmocka_unit_test(no_more_members_than_the_limit_are_listed),
        cmocka_unit_test(a_local_header_that_disagrees_gives_no_offset),
        cmocka_unit_test(a_source_that_cannot_be_read_is_refused),
        cmocka_unit_test(any_changed_byte_gives_a_refusal_or_a_consistent_list),
    };
    return cmocka_run_group_tests_name("zip_directory", tests, NULL, NULL);
}
