#include "image/sleeper.h"

#include "base/clock.h"
#include "image/blocking_call.h"
#include "image/processor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_text(int tasks, int tid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "%d/%s", tid, name);
    int file = openat(tasks, path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, text, size - 1);
    if (file >= 0)
        close(file);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static bool read_switches(int tasks, int tid, uint64_t *switches)
{
    char text[8192];
    if (!read_text(tasks, tid, "status", text, sizeof text))
        return false;
    const char *voluntary = strstr(text, "\nvoluntary_ctxt_switches:");
    const char *others = strstr(text, "\nnonvoluntary_ctxt_switches:");
    if (!voluntary || !others)
        return false;
    *switches = strtoull(strchr(voluntary, ':') + 1, NULL, 10) +
                strtoull(strchr(others, ':') + 1, NULL, 10);
    return true;
}

/* "NUMBER ARGUMENT1 ... ARGUMENT6 SP PC", or "running", or with -1 "SP PC" only. */
static bool read_call(int tasks, int tid, struct sleeper *sleeper)
{
    char text[256], *at;
    uint64_t values[8];
    if (!read_text(tasks, tid, "syscall", text, sizeof text))
        return false;
    sleeper->number = strtol(text, &at, 10);
    if (at == text || sleeper->number < 0)
        return false;
    for (size_t i = 0; i < 8; i++) {
        char *end;
        values[i] = strtoull(at, &end, 16);
        if (end == at)
            return false;
        at = end;
    }
    memcpy(sleeper->arguments, values, sizeof sleeper->arguments);
    sleeper->sp = values[6];
    sleeper->pc = values[7];
    sleeper->tid = tid;
    return true;
}

bool sleeper_read(int tasks, int directory, int tid, struct sleeper *sleeper)
{
    struct sleeper before = {.at_ns = now_ns()};
    *sleeper = (struct sleeper){0};
    if (!read_call(tasks, tid, &before))
        return false;
    /* Most threads are asleep in other calls, and their switches need not be counted. */
    *sleeper = before;
    const struct blocking_call *call = blocking_call_find(before.number);
    if (!call || !blocking_call_shows(call, before.arguments, before.sp, directory))
        return false;
    struct sleeper again = {0};
    return read_switches(tasks, tid, &sleeper->switches) && read_call(tasks, tid, &again) &&
           sleeper_is_same(&before, &again);
}

bool sleeper_is_same(const struct sleeper *one, const struct sleeper *other)
{
    return one->number == other->number && one->sp == other->sp && one->pc == other->pc &&
           memcmp(one->arguments, other->arguments, sizeof one->arguments) == 0;
}

bool sleeper_sleeps(int tasks, const struct sleeper *sleeper)
{
    struct sleeper now = {0};
    return read_call(tasks, sleeper->tid, &now) && sleeper_is_same(sleeper, &now) &&
           read_switches(tasks, sleeper->tid, &now.switches) && now.switches == sleeper->switches;
}

void sleeper_registers(const struct sleeper *sleeper, struct image_thread *seen)
{
    *seen = (struct image_thread){.tid = sleeper->tid,
                                  .own_tid = sleeper->tid,
                                  .asleep = true,
                                  .pc = sleeper->pc,
                                  .sp = sleeper->sp};
    processor_see_call(sleeper->arguments, sleeper->sp, seen);
}
