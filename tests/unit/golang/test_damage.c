/*
 * Corrupted memory: a real program's, read through a backend that spoils bytes at random. Whatever
 * comes of it, the reader must come back, within its own memory (the sanitizers watch), and soon.
 */
#include "base/error.h"
#include "go_target.h"

#include <pthread.h>
#include <sys/uio.h>
#include <time.h>

#define MAX_SECONDS                                                                                \
    20 /* of processor time for one round, with sanitizers: a walk without a bound */

static int victim;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t seed;
static unsigned one_in; /* words that are spoilt */

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t spoilt_word(uint64_t word, uint64_t before)
{
    switch (next_random() % 4) {
    case 0:
        return word ^ UINT64_C(1) << (next_random() % 64);
    case 1:
        return next_random();
    case 2:
        return before; /* a pointer where none is expected */
    default:
        return UINT64_MAX - (next_random() & 0xff);
    }
}

static void spoil(unsigned char *bytes, size_t words)
{
    for (size_t i = next_random() % one_in; i < words; i += 1 + next_random() % (2 * one_in)) {
        uint64_t word, before = 0;
        memcpy(&word, bytes + 8 * i, sizeof word);
        if (i)
            memcpy(&before, bytes + 8 * (i - 1), sizeof before);
        word = spoilt_word(word, before);
        memcpy(bytes + 8 * i, &word, sizeof word);
    }
}

static void fetch(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count)
{
    (void)state;
    for (size_t i = 0; i < count; i++) {
        size_t length = ranges[i].end - ranges[i].start;
        struct iovec here = {local[i], length},
                     there = {(void *)(uintptr_t)ranges[i].start, length};
        ssize_t got = process_vm_readv(victim, &here, 1, &there, 1, 0);
        read[i] = got > 0 ? (size_t)got : 0;
        pthread_mutex_lock(&lock); /* several threads read it */
        spoil(local[i], read[i] / 8);
        pthread_mutex_unlock(&lock);
    }
}

static const struct memory_backend backend = {.fetch = fetch};

/* The regions of the victim, in a memory of ours. */
static struct memory *spoilt_memory(void)
{
    char path[64], line[4352], permissions[5];
    unsigned long start, end;
    struct memory *memory = memory_new(&backend, NULL);
    assert_non_null(memory);
    snprintf(path, sizeof path, "/proc/%d/maps", victim);
    FILE *maps = fopen(path, "r");
    assert_non_null(maps);
    memory_begin_regions(memory);
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %4s", &start, &end, permissions) == 3 && permissions[0] == 'r' &&
            !strstr(line, "[v"))
            memory_add_region(memory, start, end, permissions[1] == 'w');
    fclose(maps);
    assert_true(memory_end_regions(memory));
    return memory;
}

/* Returns true when there was something to show. */
static bool one_round(uint64_t number, unsigned rate, bool sound_beginning)
{
    struct error error = {.sentence = ""};
    const struct go_options options = {
        .want_proofs = true, .show_values = true, .want_system = true};
    struct image *image = image_open_process(victim, &error);
    assert_non_null(image);
    seed = number * UINT64_C(0x9e3779b97f4a7c15) + 1;
    one_in = sound_beginning ? 1U << 30 : rate;
    image->live = false; /* as a core: nothing is stopped, everything is judged */
    struct memory *sound = image->memory;
    image->memory = spoilt_memory();
    memory_free(sound);
    struct go_session *session = go_session_open(image, &options, &error);
    one_in = rate;
    if (session)
        memory_begin_reading(image->memory);
    struct snapshot *snapshot = session ? go_session_take(session, &error) : NULL;
    bool shown = snapshot != NULL;
    if (!shown)
        assert_true(error.sentence[0] != '\0');
    snapshot_free(snapshot);
    go_session_close(session);
    return shown;
}

static double processor_seconds(void)
{
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static void test_spoilt_memory_does_no_harm(void **state)
{
    (void)state;
    struct go_target target;
    unsigned shown = 0;
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", "'-ldflags=-s -w'");
    go_target_start(&target, NULL, NULL);
    victim = target.pid;
    time_t begin = time(NULL);
    const char *more = getenv("CTXTRACE_ROUNDS"); /* for a longer look than a test run's */
    uint64_t rounds = more ? strtoull(more, NULL, 10) : 300;
    const char *from = getenv("CTXTRACE_FIRST_ROUND");
    for (uint64_t round = from ? strtoull(from, NULL, 10) : 0;
         round < rounds && (more || time(NULL) - begin < 60); round++) {
        static const unsigned rates[] = {1 << 20, 1 << 14, 3000, 500, 100, 20};
        double round_begin = processor_seconds();
        shown += one_round(round, rates[round % 6], round % 3 != 0);
        if (processor_seconds() - round_begin > MAX_SECONDS)
            fail_msg("round %u took %.0f seconds", (unsigned)round,
                     processor_seconds() - round_begin);
    }
    assert_true(shown > 0);
    assert_int_equal(kill(victim, 0), 0);
    go_target_end(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spoilt_memory_does_no_harm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
