/* Buckets of the memory profiler, whole and damaged, in a memory that is made up. */
#include "golang/heap/allocation_stacks.h"
#include "made_up_memory.h"

#include <stdlib.h>

#define BUCKET (MADE_UP + 0x1000)
#define DEPTH  5

/* A bucket of a program of Go 1.26. */
#define OBJECT_SIZE UINT64_C(96)
#define HASH_SEEN   UINT64_C(0xe91b0f441b28f340)
static const uint64_t addresses[DEPTH] = {0x47e025, 0x41ec05, 0x482a5d, 0x4de51d, 0x486021};

static struct made_up made_up;

static uint64_t header_size(void)
{
    return (uint64_t)made_up.program.layout.at[BUCKET_HEADER_SIZE];
}

static void put_bucket(uint64_t at, uint64_t kind, uint64_t depth)
{
    made_up_field(&made_up, at, BUCKET_KIND, kind, 8);
    made_up_field(&made_up, at, BUCKET_OBJECT_SIZE, OBJECT_SIZE, 8);
    made_up_field(&made_up, at, BUCKET_STACK_LENGTH, depth, 8);
    made_up_field(&made_up, at, BUCKET_HASH, allocation_stack_hash(addresses, DEPTH, OBJECT_SIZE),
                  8);
    for (unsigned i = 0; i < DEPTH; i++)
        made_up_put(&made_up, at + header_size() + 8 * i, addresses[i], 8);
}

static int begin(void **state)
{
    (void)state;
    made_up_begin(&made_up, 26);
    put_bucket(BUCKET, 1, DEPTH);
    return 0;
}

static int end(void **state)
{
    (void)state;
    made_up_end(&made_up);
    return 0;
}

static uint32_t find_once(uint64_t bucket)
{
    struct allocation_stacks stacks = {0};
    uint32_t found = allocation_stacks_find(&stacks, &made_up.program, bucket);
    assert_false(stacks.failed);
    allocation_stacks_free(&stacks);
    return found;
}

static void test_a_bucket_is_read_once(void **state)
{
    struct allocation_stacks stacks = {0};
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(allocation_stacks_find(&stacks, &made_up.program, BUCKET), 0);
    assert_int_equal(stacks.count, 1);
    assert_int_equal(stacks.address_count, DEPTH);
    assert_int_equal(stacks.items[0].size, OBJECT_SIZE);
    assert_memory_equal(stacks.addresses + stacks.items[0].first, addresses, sizeof addresses);
    assert_int_equal(allocation_stacks_find(&stacks, &made_up.program, 0), ALLOCATION_STACK_NONE);
    allocation_stacks_free(&stacks);
}

static void test_the_hash_is_the_runtimes(void **state)
{
    (void)state;
    assert_int_equal(allocation_stack_hash(NULL, 0, 0), 0);
    assert_int_equal(allocation_stack_hash(addresses, DEPTH, OBJECT_SIZE), HASH_SEEN);
    assert_int_not_equal(allocation_stack_hash(addresses, DEPTH, OBJECT_SIZE + 8), HASH_SEEN);
}

/* Whatever bit of what counts is another, it is no bucket. */
static void test_no_bit_may_be_wrong(void **state)
{
    (void)state;
    uint64_t size = header_size() + sizeof addresses;
    const uint64_t links = 16; /* to other buckets, which say nothing of this one */
    for (uint64_t bit = links * 8; bit < size * 8; bit++) {
        unsigned char *byte = &made_up.bytes[BUCKET - MADE_UP + bit / 8];
        *byte ^= (unsigned char)(1U << bit % 8);
        memory_begin_reading(made_up.program.memory);
        assert_int_equal(find_once(BUCKET), ALLOCATION_STACK_NONE);
        *byte ^= (unsigned char)(1U << bit % 8);
    }
    memory_begin_reading(made_up.program.memory);
    assert_int_equal(find_once(BUCKET), 0);
}

static void test_impossible_depths(void **state)
{
    static const uint64_t depths[] = {0, 1025, UINT32_MAX, UINT64_C(1) << 32 | DEPTH, UINT64_MAX};
    (void)state;
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        put_bucket(BUCKET, 1, depths[i]);
        memory_begin_reading(made_up.program.memory);
        assert_int_equal(find_once(BUCKET), ALLOCATION_STACK_NONE);
    }
}

/* Block and mutex profiles have buckets, too. */
static void test_buckets_of_other_profiles(void **state)
{
    (void)state;
    for (uint64_t kind = 0; kind < 5; kind++) {
        put_bucket(BUCKET, kind, DEPTH);
        memory_begin_reading(made_up.program.memory);
        assert_int_equal(find_once(BUCKET), kind == 1 ? 0 : ALLOCATION_STACK_NONE);
    }
}

static void test_where_no_bucket_can_be(void **state)
{
    (void)state;
    uint64_t last = MADE_UP + MADE_UP_SIZE - header_size() - sizeof addresses;
    put_bucket(last, 1, DEPTH);
    assert_int_equal(find_once(last), 0);
    /* Its stack would go on where nothing is. */
    made_up_field(&made_up, last, BUCKET_STACK_LENGTH, DEPTH + 1, 8);
    memory_begin_reading(made_up.program.memory);
    assert_int_equal(find_once(last), ALLOCATION_STACK_NONE);
    assert_int_equal(find_once(BUCKET + 4), ALLOCATION_STACK_NONE);
    assert_int_equal(find_once(MADE_UP + MADE_UP_SIZE - 8), ALLOCATION_STACK_NONE);
    assert_int_equal(find_once(8), ALLOCATION_STACK_NONE);
    assert_int_equal(find_once(UINT64_MAX - 7), ALLOCATION_STACK_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_bucket_is_read_once, begin, end),
        cmocka_unit_test_setup_teardown(test_the_hash_is_the_runtimes, begin, end),
        cmocka_unit_test_setup_teardown(test_no_bit_may_be_wrong, begin, end),
        cmocka_unit_test_setup_teardown(test_impossible_depths, begin, end),
        cmocka_unit_test_setup_teardown(test_buckets_of_other_profiles, begin, end),
        cmocka_unit_test_setup_teardown(test_where_no_bucket_can_be, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
