/*
 * A thousand functions of ten shapes and many frame sizes call each other at random; at every leaf
 * what is captured, by walking and by recognising, is what libunwind finds.
 *
 * The seed is printed when it fails, and can be given as the first argument.
 */
#include "stack_truth.h"

#include <alloca.h>
#include <stdio.h>
#include <time.h>

#pragma GCC diagnostic ignored "-Wvla"

#ifdef __clang__
#define NODE_FUNCTION __attribute__((noinline))
#define UNOPTIMISED   __attribute__((noinline, optnone))
#define FRAME_POINTER __attribute__((noinline, optnone))
#define REALIGNED     __attribute__((noinline))
#else
#define NODE_FUNCTION __attribute__((noinline, noclone))
#define UNOPTIMISED   __attribute__((noinline, optimize("O0")))
#define FRAME_POINTER __attribute__((noinline, optimize("no-omit-frame-pointer")))
#define REALIGNED     __attribute__((noinline, force_align_arg_pointer))
#endif

static uint64_t random_state;
static volatile unsigned sink;
static unsigned leaves, captures;

static unsigned random_below(unsigned limit)
{
    uint64_t mixed = random_state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((mixed ^ mixed >> 31) >> 32) % limit;
}

static void descend(unsigned depth);

/* One shape each, by the last digit of the number; sizes by the number. */
#define SHAPE_0(n)                                                                                 \
    NODE_FUNCTION static void node_##n(unsigned depth)                                             \
    {                                                                                              \
        descend(depth);                                                                            \
        sink += 1##n;                                                                              \
    }
#define SHAPE_1(n)                                                                                 \
    FRAME_POINTER static void node_##n(unsigned depth)                                             \
    {                                                                                              \
        descend(depth);                                                                            \
        sink += 1##n;                                                                              \
    }
#define SHAPE_2(n)                                                                                 \
    UNOPTIMISED static void node_##n(unsigned depth)                                               \
    {                                                                                              \
        volatile char pad[1##n % 99 * 8 + 8];                                                      \
        pad[0] = 1;                                                                                \
        descend(depth);                                                                            \
        sink += (unsigned)pad[0];                                                                  \
    }
#define SHAPE_3(n)                                                                                 \
    NODE_FUNCTION static void node_##n(unsigned depth)                                             \
    {                                                                                              \
        volatile char *pad = alloca(random_below(1##n) + 1);                                       \
        pad[0] = 1;                                                                                \
        descend(depth);                                                                            \
        sink += (unsigned)pad[0] + 1##n;                                                           \
    }
#define SHAPE_4(n)                                                                                 \
    NODE_FUNCTION static void node_##n(unsigned depth)                                             \
    {                                                                                              \
        volatile char pad[random_below(3) * 16 + 1];                                               \
        pad[0] = 1;                                                                                \
        descend(depth);                                                                            \
        sink += (unsigned)pad[0] + 1##n;                                                           \
    }
#define SHAPE_5(n)                                                                                 \
    REALIGNED static void node_##n(unsigned depth)                                                 \
    {                                                                                              \
        _Alignas(64) volatile char pad[64];                                                        \
        volatile char *more = alloca(random_below(2) * 64 + 1);                                    \
        pad[0] = more[0] = 1;                                                                      \
        descend(depth);                                                                            \
        sink += (unsigned)pad[0] + (unsigned)more[0] + 1##n;                                       \
    }
#define SHAPE_6(n)                                                                                 \
    NODE_FUNCTION static void node_##n(unsigned depth)                                             \
    {                                                                                              \
        volatile char pad[1##n * 5];                                                               \
        pad[0] = 1;                                                                                \
        descend(depth);                                                                            \
        sink += (unsigned)pad[0];                                                                  \
    }
#define SHAPE_7(n)                                                                                 \
    NODE_FUNCTION static void node_##n(unsigned depth)                                             \
    {                                                                                              \
        unsigned a = sink, b = sink, c = sink, d = sink, e = sink, f = sink;                       \
        descend(depth);                                                                            \
        descend(depth > 3 ? 0 : depth);                                                            \
        sink += a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + 1##n;                                  \
    }
#define SHAPE_8(n)                                                                                 \
    static int compare_##n(const void *a, const void *b)                                           \
    {                                                                                              \
        descend((unsigned)*(const int *)a);                                                        \
        return a < b ? -1 : 1;                                                                     \
    }                                                                                              \
    NODE_FUNCTION static void node_##n(unsigned depth)                                             \
    {                                                                                              \
        int pair[] = {(int)depth, (int)depth};                                                     \
        qsort(pair, 2, sizeof pair[0], compare_##n);                                               \
        sink += 1##n;                                                                              \
    }
#define SHAPE_9(n)                                                                                 \
    NODE_FUNCTION static void node_##n(unsigned depth)                                             \
    {                                                                                              \
        if (random_below(1##n) % 2) {                                                              \
            descend(depth);                                                                        \
            sink++;                                                                                \
        }                                                                                          \
        descend(depth);                                                                            \
    }

#define TEN_NODES(tens)                                                                            \
    SHAPE_0(tens##0)                                                                               \
    SHAPE_1(tens##1)                                                                               \
    SHAPE_2(tens##2)                                                                               \
    SHAPE_3(tens##3)                                                                               \
    SHAPE_4(tens##4)                                                                               \
    SHAPE_5(tens##5)                                                                               \
    SHAPE_6(tens##6)                                                                               \
    SHAPE_7(tens##7)                                                                               \
    SHAPE_8(tens##8)                                                                               \
    SHAPE_9(tens##9)

#define NAME(n) node_##n,
#define TEN_NAMES(tens)                                                                            \
    NAME(tens##0)                                                                                  \
    NAME(tens##1)                                                                                  \
    NAME(tens##2)                                                                                  \
    NAME(tens##3)                                                                                  \
    NAME(tens##4)                                                                                  \
    NAME(tens##5)                                                                                  \
    NAME(tens##6)                                                                                  \
    NAME(tens##7)                                                                                  \
    NAME(tens##8)                                                                                  \
    NAME(tens##9)

#define HUNDRED(do, hundreds)                                                                      \
    do                                                                                             \
    (hundreds##0) do(hundreds##1) do(hundreds##2) do(hundreds##3) do(hundreds##4) do(              \
        hundreds##5) do(hundreds##6) do(hundreds##7) do(hundreds##8) do(hundreds##9)

#define THOUSAND(do)                                                                               \
    HUNDRED(do, 0)                                                                                 \
    HUNDRED(do, 1)                                                                                 \
    HUNDRED(do, 2)                                                                                 \
    HUNDRED(do, 3)                                                                                 \
    HUNDRED(do, 4)                                                                                 \
    HUNDRED(do, 5)                                                                                 \
    HUNDRED(do, 6)                                                                                 \
    HUNDRED(do, 7)                                                                                 \
    HUNDRED(do, 8)                                                                                 \
    HUNDRED(do, 9)

THOUSAND(TEN_NODES)

static void (*const nodes[])(unsigned) = {THOUSAND(TEN_NAMES)};

enum { NODES = sizeof nodes / sizeof nodes[0] };

static unsigned leaf_limit;

static void descend(unsigned depth)
{
    if (leaves >= leaf_limit)
        return;
    if (depth == 0) {
        leaves++;
        captures++;
        assert_stack_is_true(random_below(2) ? &leaves : NULL);
        return;
    }
    nodes[random_below(NODES)](depth - 1);
}

/* Random walks that are repeated, so that stacks come again. */
static void walks_through(unsigned starts, unsigned repeats)
{
    for (unsigned start = 0; start < starts; start++) {
        unsigned depth = 1 + random_below(start % 10 == 0 ? 60 : 25);
        uint64_t before = random_state;
        for (unsigned repeat = 0; repeat < repeats; repeat++) {
            random_state = before;
            leaves = 0;
            leaf_limit = 30;
            descend(depth);
        }
    }
}

#ifdef TRUTH_BY_STEPS
enum { STARTS = 300 }; /* the truth takes its time then */
#else
enum { STARTS = 8000 };
#endif

static void random_stacks_are_captured(void **state)
{
    (void)state;
    forget_interned();
    walks_through(STARTS, 3);
    assert_true(captures > 10 * STARTS);
    assert_true(atomic_load(&interned_count) > STARTS);
}

int main(int argument_count, char **arguments)
{
    uint64_t seed = argument_count > 1 ? strtoull(arguments[1], NULL, 0) : (uint64_t)time(NULL);
    random_state = seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_stacks_are_captured),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)
        fprintf(stderr, "the seed was %llu\n", (unsigned long long)seed);
    return failed;
}
