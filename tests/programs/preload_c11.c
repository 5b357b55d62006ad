/*
 * Threads of C11. "circle": two of them wait for each other, one waits for a condition and main for
 * all. "results": each function does and returns what it must; at the end all have been joined.
 */
#include "preload_stay.h"

#include <errno.h>
#include <string.h>
#include <threads.h>

static mtx_t accounts, journal;
static cnd_t never;
static mtx_t of_never;

/* ---- a circle ---- */

static mtx_t count_mutex;
static cnd_t count_changed;
static int have_one;

static void wait_until_both_have_one(void)
{
    mtx_lock(&count_mutex);
    have_one++;
    cnd_broadcast(&count_changed);
    while (have_one < 2)
        cnd_wait(&count_changed, &count_mutex);
    mtx_unlock(&count_mutex);
}

static int transfer(void *unused)
{
    (void)unused;
    mtx_lock(&accounts);
    wait_until_both_have_one();
    mtx_lock(&journal);
    return 0;
}

static int audit(void *unused)
{
    (void)unused;
    mtx_lock(&journal);
    wait_until_both_have_one();
    mtx_lock(&accounts);
    return 0;
}

static int wait_for_nothing(void *unused)
{
    (void)unused;
    mtx_lock(&of_never);
    while (have_one >= 0)
        cnd_wait(&never, &of_never);
    return 0;
}

static void make_circle(void)
{
    thrd_t threads[3];
    REQUIRE(thrd_create(&threads[0], transfer, NULL) == thrd_success);
    REQUIRE(thrd_create(&threads[1], audit, NULL) == thrd_success);
    REQUIRE(thrd_create(&threads[2], wait_for_nothing, NULL) == thrd_success);
    puts("ready");
    fflush(stdout);
    thrd_join(threads[2], NULL);
}

/* ---- results ---- */

static int negative(void *argument)
{
    return argument == &accounts ? -7 : 0;
}

static int leave(void *unused)
{
    (void)unused;
    thrd_exit(42);
}

static int hold(void *unused)
{
    (void)unused;
    mtx_lock(&accounts);
    mtx_lock(&journal); /* main has it until this one is to end */
    mtx_unlock(&journal);
    mtx_unlock(&accounts);
    return 1;
}

static struct timespec at_once(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return now;
}

static int join(thrd_t thread)
{
    int result = 0;
    REQUIRE(thrd_join(thread, &result) == thrd_success);
    return result;
}

static void check_threads(void)
{
    thrd_t thread;
    REQUIRE(thrd_create(&thread, negative, &accounts) == thrd_success);
    REQUIRE(join(thread) == -7);
    REQUIRE(thrd_create(&thread, leave, NULL) == thrd_success);
    REQUIRE(join(thread) == 42);
    REQUIRE(thrd_create(&thread, negative, NULL) == thrd_success);
    REQUIRE(thrd_join(thread, NULL) == thrd_success);
    REQUIRE(thrd_create(&thread, negative, NULL) == thrd_success);
    REQUIRE(thrd_detach(thread) == thrd_success);
}

static void check_locks(void)
{
    thrd_t thread;
    struct timespec now = at_once();
    mtx_t again;
    REQUIRE(mtx_init(&again, mtx_plain | mtx_recursive) == thrd_success);
    REQUIRE(mtx_lock(&again) == thrd_success && mtx_lock(&again) == thrd_success);
    REQUIRE(mtx_unlock(&again) == thrd_success && mtx_unlock(&again) == thrd_success);
    REQUIRE(mtx_lock(&journal) == thrd_success);
    REQUIRE(mtx_timedlock(&journal, &now) == thrd_timedout);
    REQUIRE(cnd_timedwait(&never, &journal, &now) == thrd_timedout);
    REQUIRE(thrd_create(&thread, hold, NULL) == thrd_success);
    while (mtx_trylock(&accounts) != thrd_busy) {
        mtx_unlock(&accounts);
        thrd_yield();
    }
    now = at_once();
    REQUIRE(mtx_timedlock(&accounts, &now) == thrd_timedout);
    REQUIRE(mtx_unlock(&journal) == thrd_success);
    REQUIRE(mtx_lock(&accounts) == thrd_success);
    REQUIRE(mtx_unlock(&accounts) == thrd_success);
    REQUIRE(join(thread) == 1);
}

int main(int count, char **arguments)
{
    mtx_t *const mutexes[] = {&accounts, &journal, &count_mutex, &of_never};
    for (size_t i = 0; i < sizeof mutexes / sizeof *mutexes; i++)
        REQUIRE(mtx_init(mutexes[i], mtx_timed) == thrd_success);
    REQUIRE(cnd_init(&never) == thrd_success && cnd_init(&count_changed) == thrd_success);
    if (count > 1 && strcmp(arguments[1], "circle") == 0)
        make_circle();
    for (int i = 0; i < 200; i++) {
        check_threads();
        check_locks();
    }
    puts("done");
    return 0;
}
