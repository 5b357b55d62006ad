#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void read_the_systems_clocks(void **state)
{
    (void)state;
    struct timespec monotonic, realtime;
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_REALTIME, &realtime);
    int64_t now = now_ns(), of_day = realtime_ns();
    assert_true(now >= monotonic.tv_sec * NS_PER_SECOND + monotonic.tv_nsec);
    assert_true(now <= clock_ns(CLOCK_MONOTONIC));
    assert_true(now / NS_PER_SECOND - monotonic.tv_sec < 60);
    assert_true(of_day / NS_PER_SECOND - realtime.tv_sec < 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_the_systems_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
