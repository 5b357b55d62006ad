/* The vector registers of a thread, from the forms in which the kernel gives them. */
#include "image/processor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static unsigned char area[1024];

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof area; i++)
        area[i] = (unsigned char)(i / 8);
    return 0;
}

static uint64_t word_of(unsigned char byte)
{
    return byte * UINT64_C(0x0101010101010101);
}

static void test_both_halves(void **state)
{
    (void)state;
    uint64_t words[IMAGE_VECTOR_WORDS];
    processor_vectors(area, sizeof area, words);
    for (size_t i = 0; i < 32; i++) {
        assert_true(words[i] == word_of((unsigned char)(160 / 8 + i)));
        assert_true(words[32 + i] == word_of((unsigned char)(576 / 8 + i)));
    }
}

static void test_the_lower_halves_alone(void **state)
{
    (void)state;
    uint64_t words[IMAGE_VECTOR_WORDS];
    processor_vectors(area, 512, words);
    assert_true(words[31] == word_of(160 / 8 + 31));
    for (size_t i = 32; i < IMAGE_VECTOR_WORDS; i++)
        assert_true(words[i] == 0);
}

static void test_too_little(void **state)
{
    (void)state;
    uint64_t words[IMAGE_VECTOR_WORDS];
    processor_vectors(area, 160, words);
    for (size_t i = 0; i < IMAGE_VECTOR_WORDS; i++)
        assert_true(words[i] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_both_halves, fill),
        cmocka_unit_test_setup(test_the_lower_halves_alone, fill),
        cmocka_unit_test_setup(test_too_little, fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
