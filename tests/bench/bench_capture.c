/*
 * What capturing a stack of 16 frames costs: recognised, walked, by libunwind's unw_backtrace and
 * by the C library's backtrace; and what a thread's first capture costs. The ways are measured in
 * turn, round by round; printed are medians and minima in nanoseconds, and the ratio of the median
 * to unw_backtrace's.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define UNW_LOCAL_ONLY
#include "record/capture.h"

#include <libunwind.h>

enum { FRAMES = 16, ROUNDS = 201, CALLS = 500, SITES = 64, THREADS = 101 };

#ifdef __clang__
#define UNOPTIMISED __attribute__((noinline, optnone))
#else
#define UNOPTIMISED __attribute__((noinline, optimize("O0")))
#endif

typedef int backtrace_function(void **addresses, int size);

static backtrace_function *c_library_backtrace;
static uint32_t interned;
static volatile uint32_t sink;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static uint32_t intern(const struct captured_stack *stack, uint64_t generation)
{
    (void)stack;
    (void)generation;
    return ++interned;
}

/* ---- the ways ---- */

static void recognise(void)
{
    sink = capture_stack_reference(__builtin_return_address(0), intern);
}

static void recognise_without_site(void)
{
    sink = capture_stack_reference(NULL, intern);
}

static void walk(void)
{
    struct captured_stack stack;
    capture_stack(&stack, CAPTURE_MAX_FRAMES);
    sink = stack.count;
}

static void by_libunwind(void)
{
    void *addresses[CAPTURE_MAX_FRAMES];
    sink = (uint32_t)unw_backtrace(addresses, CAPTURE_MAX_FRAMES);
}

static void by_c_library(void)
{
    void *addresses[CAPTURE_MAX_FRAMES];
    sink = (uint32_t)c_library_backtrace(addresses, CAPTURE_MAX_FRAMES);
}

static const struct way {
    const char *name;
    void (*capture)(void);
    int calls;
} ways[] = {
    {"recognised", recognise, CALLS},
    {"recognised, no site given", recognise_without_site, CALLS},
    {"walked", walk, CALLS},
    {"unw_backtrace", by_libunwind, CALLS},
    {"backtrace of the C library", by_c_library, CALLS / 10},
};

enum { WAYS = sizeof ways / sizeof ways[0], REFERENCE = 3 };

static double samples[WAYS][ROUNDS];

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

static void report(const char *title, int rounds)
{
    double medians[WAYS];
    for (int i = 0; i < WAYS; i++)
        medians[i] = median(samples[i], rounds);
    printf("%s\n", title);
    for (int i = 0; i < WAYS; i++)
        printf("  %-28s %9.1f (min %9.1f)  %.2f\n", ways[i].name, medians[i], samples[i][0],
               medians[i] / medians[REFERENCE]);
}

/* ---- one stack, again and again ---- */

static void measure(void)
{
    for (int round = -5; round < ROUNDS; round++) {
        for (int i = 0; i < WAYS; i++) {
            int64_t start = now_ns();
            for (int call = 0; call < ways[i].calls; call++)
                ways[i].capture();
            if (round >= 0)
                samples[i][round] = (double)(now_ns() - start) / ways[i].calls;
        }
    }
}

__attribute__((noinline)) static void descend(int depth, void (*function)(void))
{
    if (depth == 0)
        function();
    else
        descend(depth - 1, function);
    __asm__ volatile("" ::: "memory");
}

UNOPTIMISED static void descend_unoptimised(int depth, void (*function)(void))
{
    if (depth == 0)
        function();
    else
        descend_unoptimised(depth - 1, function);
}

/* How many descents give a stack of FRAMES frames for a way. */
static uint32_t frames_seen;

static void count_frames(void)
{
    walk();
    frames_seen = sink;
}

static int depth_for(void (*descent)(int, void (*)(void)))
{
    descent(0, count_frames);
    return FRAMES - (int)frames_seen - 1;
}

/* ---- many stacks in turn ---- */

static const struct way *present_way;

static void capture_present(void)
{
    present_way->capture();
}

/* SITES stacks that differ by who called what in the six frames nearest to the capture. */
__attribute__((noinline)) static void one(unsigned bits);
__attribute__((noinline)) static void two(unsigned bits);

static void step(unsigned bits)
{
    if (bits == 1)
        capture_present();
    else if (bits & 1)
        one(bits >> 1);
    else
        two(bits >> 1);
    __asm__ volatile("" ::: "memory");
}

static void one(unsigned bits)
{
    step(bits);
    __asm__ volatile("" ::: "memory");
}

static void two(unsigned bits)
{
    step(bits);
    __asm__ volatile("nop" ::: "memory");
}

static void capture_nothing(void)
{
}

static void measure_many(void)
{
    static const struct way nothing = {"", capture_nothing, 0};
    for (int round = -5; round < ROUNDS; round++) {
        double base = 0;
        for (int i = -1; i < WAYS; i++) {
            present_way = i < 0 ? &nothing : &ways[i];
            int64_t start = now_ns();
            for (int repeat = 0; repeat < 4; repeat++)
                for (unsigned bits = SITES; bits < 2 * SITES; bits++)
                    step(bits);
            double spent = (double)(now_ns() - start) / (4 * SITES);
            if (i < 0)
                base = spent;
            else if (round >= 0)
                samples[i][round] = spent - base;
        }
    }
}

/* ---- the first capture of a thread ---- */

static double first_spent;

static void *capture_first(void *unused)
{
    (void)unused;
    int64_t start = now_ns();
    present_way->capture();
    first_spent = (double)(now_ns() - start);
    return NULL;
}

static void measure_threads(void)
{
    for (int round = -1; round < THREADS; round++) {
        for (int i = 0; i < WAYS; i++) {
            pthread_t thread;
            present_way = &ways[i];
            if (pthread_create(&thread, NULL, capture_first, NULL) != 0)
                abort();
            pthread_join(thread, NULL);
            if (round >= 0)
                samples[i][round] = first_spent;
        }
    }
}

int main(void)
{
    /* This program is linked with libunwind, so its own name for it is libunwind's. */
    void *c_library = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    if (!c_library) {
        fprintf(stderr, "the C library is not libc.so.6\n");
        return 2;
    }
    c_library_backtrace = (backtrace_function *)(uintptr_t)dlsym(c_library, "backtrace");

    int64_t start = now_ns();
    recognise();
    printf("the process's first capture: %lld ns\n", (long long)(now_ns() - start));
    descend(depth_for(descend), measure);
    report("16 frames without frame pointers", ROUNDS);
    descend_unoptimised(depth_for(descend_unoptimised), measure);
    report("16 frames, unoptimised", ROUNDS);
    measure_many();
    report("64 different stacks in turn", ROUNDS);
    measure_threads();
    report("a thread's first capture", THREADS);
    return 0;
}
