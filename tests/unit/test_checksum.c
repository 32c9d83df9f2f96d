/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "algorithms/checksum.h"

/* Values of the reference implementation (xxhsum -H64), for every way a text can end. */
static void known_texts_have_their_published_sums(void **state)
{
    static const char text[] = "Nobody inspects the spammish repetition";

    (void)state;
    assert_true(ih_checksum(0, "", 0) == 0xEF46DB3751D8E999u);
    assert_true(ih_checksum(0, "a", 1) == 0xD24EC4F1A98C6E5Bu);
    assert_true(ih_checksum(0, "abc", 3) == 0x44BC2CF5AD770999u);
    assert_true(ih_checksum(0, text, sizeof text - 1) == 0xFBCEA83C8A378BF1u);
}

static void every_changed_byte_changes_the_sum(void **state)
{
    unsigned char bytes[100];
    uint64_t sum;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37);
    sum = ih_checksum(7, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] ^= 1;
        assert_true(ih_checksum(7, bytes, sizeof bytes) != sum);
        bytes[i] ^= 1;
    }
    assert_true(ih_checksum(8, bytes, sizeof bytes) != sum);
    assert_true(ih_checksum(7, bytes, sizeof bytes - 1) != sum);
    assert_true(ih_checksum(7, bytes, sizeof bytes) == sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_their_published_sums),
        cmocka_unit_test(every_changed_byte_changes_the_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
