/* Texts of a program's read-only data. */
#include "golang/binary/text_pool.h"
#include "made_program.h"

#define TEXTS MADE_START

static struct text_pool *pool;

static int begin(void **state)
{
    if (made_begin(state) != 0)
        return -1;
    pool = text_pool_new();
    memcpy(made_bytes, "main.serve\0main.work\0", 21);
    return pool ? 0 : -1;
}

static int end(void **state)
{
    text_pool_free(pool);
    return made_end(state);
}

static void texts_end_at_their_nul(void **state)
{
    (void)state;
    assert_string_equal(text_pool_get(pool, made.memory, TEXTS, 100), "main.serve");
    assert_string_equal(text_pool_get(pool, made.memory, TEXTS + 11, 100), "main.work");
    assert_string_equal(text_pool_get(pool, made.memory, TEXTS + 10, 100), "");
}

static void the_nul_must_be_in_the_room(void **state)
{
    (void)state;
    assert_string_equal(text_pool_get(pool, made.memory, TEXTS, 10), "");
    assert_string_equal(text_pool_get(pool, made.memory, TEXTS, 11), "main.serve");
}

static void no_text_is_longer_than_4096(void **state)
{
    (void)state;
    memset(made_bytes + 0x1000, 'x', 8192);
    const uint64_t end = TEXTS + 0x1000 + 8192; /* where the NUL is */
    assert_string_equal(text_pool_get(pool, made.memory, end - 4096, 10000), "");
    assert_int_equal(strlen(text_pool_get(pool, made.memory, end - 4095, 10000)), 4095);
}

static void what_cannot_be_read_is_empty(void **state)
{
    (void)state;
    assert_string_equal(text_pool_get(pool, made.memory, MADE_START - 100, 10), "");
    assert_string_equal(text_pool_get(pool, made.memory, MADE_START + MADE_SIZE - 4, 10), "");
}

/* It is read once, and stays where it is. */
static void a_text_outlives_the_reading(void **state)
{
    (void)state;
    const char *text = text_pool_get(pool, made.memory, TEXTS, 100);
    memset(made_bytes, 'y', 10);
    memory_begin_reading(made.memory);
    for (uint64_t i = 0; i < 300; i++)
        text_pool_get(pool, made.memory, TEXTS + 0x8000 + i, 1); /* others, that are empty */
    assert_string_equal(text, "main.serve");
    assert_ptr_equal(text_pool_get(pool, made.memory, TEXTS, 100), text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(texts_end_at_their_nul),      TEST(the_nul_must_be_in_the_room),
        TEST(no_text_is_longer_than_4096), TEST(what_cannot_be_read_is_empty),
        TEST(a_text_outlives_the_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
