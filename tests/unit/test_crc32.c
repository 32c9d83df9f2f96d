/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "algorithms/crc32.h"

/* The check value of the standard, and sums of other lengths by zlib. */
static void known_texts_have_their_published_sums(void **state)
{
    ih_crc32_table table;

    (void)state;
    ih_crc32_fill(&table);
    assert_int_equal(ih_crc32(&table, 0, "", 0), 0);
    assert_int_equal(ih_crc32(&table, 0, "a", 1), 0xE8B7BE43u);
    assert_int_equal(ih_crc32(&table, 0, "123456789", 9), 0xCBF43926u);
    assert_int_equal(ih_crc32(&table, 0, "The quick brown fox jumps over the lazy dog", 43),
                     0x414FA339u);
}

/* One bit at a time, as the standard defines it. */
static uint32_t by_bits(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;

    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    }
    return ~crc;
}

static void parts_join_to_the_sum_of_the_whole(void **state)
{
    uint8_t bytes[77];
    ih_crc32_table table;

    (void)state;
    ih_crc32_fill(&table);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 73 + 5);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        uint32_t first = ih_crc32(&table, 0, bytes, cut);

        assert_int_equal(first, by_bits(bytes, cut));
        assert_int_equal(ih_crc32(&table, first, bytes + cut, sizeof bytes - cut),
                         by_bits(bytes, sizeof bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_their_published_sums),
        cmocka_unit_test(parts_join_to_the_sum_of_the_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
