/* SPDX-License-Identifier: MIT */
#include "drivers/hyp3/geo_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define ROOM 20000

/* A TIFF in memory that is written front to back; its directory is the last thing. */
typedef struct {
    unsigned char bytes[ROOM];
    size_t size;
    unsigned char entries[64 * 12];
    unsigned count;
} tiff;

static void put(unsigned char *at, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static tiff *new_tiff(void)
{
    tiff *t = calloc(1, sizeof *t);

    assert_non_null(t);
    memcpy(t->bytes, "II*\0", 4);
    t->size = 8;
    return t;
}

static void add_tag(tiff *t, unsigned tag, unsigned type, uint32_t count, const void *values,
                    size_t size)
{
    unsigned char *entry = t->entries + 12 * t->count++;

    put(entry, tag, 2);
    put(entry + 2, type, 2);
    put(entry + 4, count, 4);
    if (size <= 4) {
        memcpy(entry + 8, values, size);
        return;
    }
    assert_true(t->size + size <= ROOM);
    put(entry + 8, (uint32_t)t->size, 4);
    memcpy(t->bytes + t->size, values, size);
    t->size += size;
}

static void finish(tiff *t)
{
    assert_true(t->size + 2 + 12 * t->count <= ROOM);
    put(t->bytes + 4, (uint32_t)t->size, 4);
    put(t->bytes + t->size, t->count, 2);
    memcpy(t->bytes + t->size + 2, t->entries, 12 * t->count);
    t->size += 2 + 12 * t->count;
}

static bool read_at(void *source, uint64_t offset, void *buffer, size_t size)
{
    const tiff *t = source;

    if (offset > t->size || size > t->size - offset)
        return false;
    memcpy(buffer, t->bytes + offset, size);
    return true;
}

/* With a citation that begins with this letter, and a width in front that means nothing here. */
static tiff *geographic(char letter, unsigned width)
{
    static const uint16_t keys[] = {1, 1, 0, 1, 1024, 0, 1, 2};
    const double numbers[] = {6378137.0};
    char citation[] = "?GS 84 / UTM zone 11N|";
    tiff *t = new_tiff();

    citation[0] = letter;
    add_tag(t, 256, 3, 1, &(uint16_t){(uint16_t)width}, 2);
    if (width > 100)
        add_tag(t, 270, 2, 30, "what an image shows is no key", 30);
    add_tag(t, 34735, 3, 8, keys, sizeof keys);
    add_tag(t, 34736, 12, 1, numbers, sizeof numbers);
    add_tag(t, 34737, 2, sizeof citation, citation, sizeof citation);
    finish(t);
    return t;
}

static size_t keys_of(tiff *t, unsigned char keys[IH_GEO_KEYS_ROOM])
{
    size_t size = ih_geo_keys_read(read_at, t, keys);

    free(t);
    return size;
}

static void equal_keys_in_unequal_files_are_equal_bytes(void **state)
{
    unsigned char a[IH_GEO_KEYS_ROOM], b[IH_GEO_KEYS_ROOM];
    size_t n = keys_of(geographic('W', 40), a);

    (void)state;
    assert_int_equal(n, 3 * 8 + 16 + 8 + 23);
    assert_int_equal(keys_of(geographic('W', 3400), b), n);
    assert_memory_equal(a, b, n);
}

static void another_letter_makes_other_bytes(void **state)
{
    unsigned char a[IH_GEO_KEYS_ROOM], b[IH_GEO_KEYS_ROOM];
    size_t n = keys_of(geographic('W', 40), a);

    (void)state;
    assert_int_equal(keys_of(geographic('M', 40), b), n);
    assert_true(memcmp(a, b, n) != 0);
}

static void a_file_without_keys_has_none(void **state)
{
    unsigned char keys[IH_GEO_KEYS_ROOM];
    tiff *t = new_tiff();

    (void)state;
    add_tag(t, 256, 3, 1, &(uint16_t){7}, 2);
    add_tag(t, 34737, 2, 4, "abc", 4); /* a text that no key refers to */
    finish(t);
    assert_int_equal(keys_of(t, keys), 0);
}

static void keys_of_other_kinds_of_file_are_not_read(void **state)
{
    static const char *const starts[] = {"MM\0*", "II+\0", "PK\3\4"};
    unsigned char keys[IH_GEO_KEYS_ROOM];

    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        tiff *t = geographic('W', 40);

        memcpy(t->bytes, starts[i], 4);
        assert_int_equal(keys_of(t, keys), 0);
    }
}

static void every_truncation_gives_no_keys(void **state)
{
    unsigned char keys[IH_GEO_KEYS_ROOM];
    tiff *whole = geographic('W', 40);

    (void)state;
    for (size_t size = 0; size < whole->size; size++) {
        tiff *t = malloc(sizeof *t);

        assert_non_null(t);
        *t = *whole;
        t->size = size;
        assert_int_equal(keys_of(t, keys), 0);
    }
    free(whole);
}

static void more_than_there_is_room_for_is_none(void **state)
{
    static const uint16_t values[4 * 1000];
    unsigned char keys[IH_GEO_KEYS_ROOM];
    const uint32_t counts[] = {4 * 1000, 0x7fffffff, 0xffffffff};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        tiff *t = new_tiff();

        add_tag(t, 34735, 3, counts[i], values, sizeof values);
        finish(t);
        assert_int_equal(keys_of(t, keys), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_keys_in_unequal_files_are_equal_bytes),
        cmocka_unit_test(another_letter_makes_other_bytes),
        cmocka_unit_test(a_file_without_keys_has_none),
        cmocka_unit_test(keys_of_other_kinds_of_file_are_not_read),
        cmocka_unit_test(every_truncation_gives_no_keys),
        cmocka_unit_test(more_than_there_is_room_for_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
