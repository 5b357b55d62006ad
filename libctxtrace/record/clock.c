#include "record/clock.h"

#include "base/clock.h"
#include "base/processor.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define CLOCK_TRUST_NS   NS_PER_MS
#define CLOCK_MEASURE_NS (10 * NS_PER_MS)

int64_t clock_about_now(struct clock *clock)
{
    int64_t coarse = clock_ns(CLOCK_MONOTONIC_COARSE);
    return coarse > clock->last_ns ? coarse : clock->last_ns;
}

static bool counter_is_trusted, read_in_user_space;
static uint64_t first_counter;
static int64_t first_ns;
/* Nanoseconds per 2^32 counts; 0 until it has been measured. */
static _Atomic uint64_t rate;

void clock_prepare(void)
{
    char name[16] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                  O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t length = read(fd, name, sizeof name - 1);
    close(fd);
    counter_is_trusted = length > 0 && strcmp(name, PROCESSOR_COUNTER_SOURCE "\n") == 0;
    /* The sources that the kernel's own module in the process can read by itself. */
    read_in_user_space = counter_is_trusted || strcmp(name, "kvm-clock\n") == 0 ||
                         strncmp(name, "hyperv_clocksou", 15) == 0;
    first_ns = now_ns();
    first_counter = processor_counter();
}

bool clock_needs_no_call(void)
{
    return read_in_user_space;
}

static uint64_t measure(int64_t now, uint64_t counter)
{
    if (now - first_ns < CLOCK_MEASURE_NS || counter <= first_counter)
        return 0;
    unsigned __int128 scaled = (unsigned __int128)(uint64_t)(now - first_ns) << 32;
    uint64_t measured = (uint64_t)(scaled / (counter - first_counter));
    atomic_store_explicit(&rate, measured, memory_order_relaxed);
    return measured;
}

static int64_t read_system(struct clock *clock, uint64_t counter)
{
    int64_t now = now_ns();
    if (atomic_load_explicit(&rate, memory_order_relaxed) == 0 && measure(now, counter) == 0)
        return now;
    clock->counter = counter;
    clock->base_ns = now > clock->last_ns ? now : clock->last_ns;
    return clock->last_ns = clock->base_ns;
}

int64_t clock_now(struct clock *clock)
{
    if (!counter_is_trusted)
        return now_ns();
    uint64_t counter = processor_counter(), advanced = counter - clock->counter;
    if (clock->counter == 0 || advanced >> 32 != 0)
        return read_system(clock, counter);
    int64_t since_ns =
        (int64_t)(advanced * atomic_load_explicit(&rate, memory_order_relaxed) >> 32);
    if (since_ns >= CLOCK_TRUST_NS)
        return read_system(clock, counter);
    return clock->last_ns = clock->base_ns + since_ns;
}
