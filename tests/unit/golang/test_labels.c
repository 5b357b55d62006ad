/* Labels of runtime/pprof: a list since Go 1.24, a map before. */
#include "golang/model/labels.h"
#include "made_program.h"

enum { LABELS = 0x100, MAP = 0x200, BUCKETS = 0x1000, TEXTS = 0x8000, BUCKET = 272 };

static uint64_t next_text;

static uint64_t at(uint64_t offset)
{
    return MADE_START + offset;
}

static int begin(void **state)
{
    next_text = at(TEXTS);
    return made_begin(state);
}

static void put_string(uint64_t address, const char *text)
{
    made_put(next_text, text, strlen(text));
    made_word(address, next_text);
    made_word(address + 8, strlen(text));
    next_text += strlen(text);
}

static void assert_labels(uint64_t labels, const char *expected)
{
    char text[LABELS_SIZE];
    labels_text(&made, labels, text);
    assert_string_equal(text, expected);
}

/* ---- a list ---- */

static void put_list(uint64_t length)
{
    made.layout.traits.list_of_labels = true;
    made_word(at(LABELS), at(BUCKETS));
    made_word(at(LABELS) + 8, length);
}

static void put_pair(unsigned index, const char *key, const char *value)
{
    put_string(at(BUCKETS) + 32 * (uint64_t)index, key);
    put_string(at(BUCKETS) + 32 * (uint64_t)index + 16, value);
}

static void a_list_comes_in_its_order(void **state)
{
    (void)state;
    put_list(2);
    put_pair(0, "path", "/orders");
    put_pair(1, "user", "");
    assert_labels(at(LABELS), "path=/orders, user=");
    put_list(0);
    assert_labels(at(LABELS), "");
}

static void no_labels_are_empty(void **state)
{
    (void)state;
    made.layout.traits.list_of_labels = true;
    assert_labels(0, "");
    assert_labels(MADE_START - 4096, "");
    made.layout.traits.list_of_labels = false;
    assert_labels(0, "");
    assert_labels(at(LABELS), ""); /* a pointer to nothing */
}

static void long_ones_are_cut(void **state)
{
    (void)state;
    char value[LABELS_SIZE], expected[LABELS_SIZE] = "key=";
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    memset(expected + 4, 'v', sizeof expected - 5);
    put_list(2);
    put_pair(0, "key", value);
    put_pair(1, "more", "text");
    assert_labels(at(LABELS), expected);
}

static void damage_comes_to_an_end(void **state)
{
    (void)state;
    char text[LABELS_SIZE];
    put_list(UINT64_MAX);
    put_pair(0, "key", "value");
    made_word(at(BUCKETS) + 32 + 8, UINT64_MAX); /* a text without end, nowhere */
    labels_text(&made, at(LABELS), text);
    assert_int_equal(strncmp(text, "key=value, =", 12), 0);
    assert_true(strlen(text) < LABELS_SIZE);
}

/* ---- a map ---- */

static void put_map(uint64_t count, uint8_t log2)
{
    made_word(at(LABELS), at(MAP));
    made_word(at(MAP), count);
    made_byte(at(MAP) + 9, log2);
    made_word(at(MAP) + 16, at(BUCKETS));
}

static void put_slot(uint64_t bucket, unsigned slot, uint8_t hash, const char *key,
                     const char *value)
{
    made_byte(bucket + slot, hash);
    put_string(bucket + 8 + 16 * (uint64_t)slot, key);
    put_string(bucket + 8 + 128 + 16 * (uint64_t)slot, value);
}

static void a_map_has_slots_in_buckets(void **state)
{
    (void)state;
    put_map(3, 1);
    put_slot(at(BUCKETS), 0, 5, "a", "1");
    put_slot(at(BUCKETS), 3, 4, "gone", "x"); /* a hash below 5: the slot is empty */
    put_slot(at(BUCKETS), 7, 255, "b", "2");
    put_slot(at(BUCKETS) + BUCKET, 1, 5, "c", "3");
    assert_labels(at(LABELS), "a=1, b=2, c=3");
    put_map(3, 0); /* one bucket alone */
    assert_labels(at(LABELS), "a=1, b=2");
}

static void buckets_overflow(void **state)
{
    (void)state;
    put_map(2, 0);
    put_slot(at(BUCKETS), 0, 9, "a", "1");
    made_word(at(BUCKETS) + BUCKET - 8, at(BUCKETS) + 0x1000);
    put_slot(at(BUCKETS) + 0x1000, 0, 9, "b", "2");
    assert_labels(at(LABELS), "a=1, b=2");
}

static void a_damaged_map_comes_to_an_end(void **state)
{
    (void)state;
    char text[LABELS_SIZE];
    put_map(2, 0);
    put_slot(at(BUCKETS), 0, 9, "", "");
    made_word(at(BUCKETS) + BUCKET - 8, at(BUCKETS)); /* a ring */
    labels_text(&made, at(LABELS), text);
    assert_int_equal(strlen(text), 16 * 3 - 2);
    put_map(2, 63);
    assert_labels(at(LABELS), "");
    put_map(1000, 0); /* nobody has so many */
    assert_labels(at(LABELS), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, made_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_comes_in_its_order),
        TEST(no_labels_are_empty),
        TEST(long_ones_are_cut),
        TEST(damage_comes_to_an_end),
        TEST(a_map_has_slots_in_buckets),
        TEST(buckets_overflow),
        TEST(a_damaged_map_comes_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
