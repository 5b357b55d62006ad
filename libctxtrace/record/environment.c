#include "record/environment.h"

#include <stdlib.h>
#include <string.h>

/* The table has the number itself, from which the manual is checked. */
/* NOLINTNEXTLINE(misc-redundant-expression) */
_Static_assert(ENVIRONMENT_ALL_DEAD == 1u << 20, "the table has another limit");

const struct environment_variable environment_table[] = {
    {"CTXTRACE", "1: record from the start of the program", 0, 0, 0},
    {"CTXTRACE_DIR", "directory of the segments; default /dev/shm/ctxtrace-UID", 0, 0, 0},
    {"CTXTRACE_AT_ONCE", "1: make the segment at once, and not when there is something to record",
     0, 0, 0},
    {"CTXTRACE_KEEP", "1: keep the segment also when the program exits with nothing alive", 0, 0,
     0},
    {"CTXTRACE_DEBUG", "1: catch every use of a context after its last reference, with stacks", 0,
     0, 0},
    {"CTXTRACE_CONTEXTS", "contexts that can be alive at once", 4u << 20, 64, 64u << 20},
    {"CTXTRACE_TASKS", "tasks that can be alive at once; as many waits", 256u << 10, 64, 16u << 20},
    {"CTXTRACE_EVENTS", "events of history for each thread, rounded up to a power of two", 256, 16,
     1u << 20},
    {"CTXTRACE_FRAMES", "frames recorded of a stack", 16, 1, 64},
    {"CTXTRACE_DEAD", "segments of dead programs to leave in the directory", 16, 0, 1u << 20},
    {NULL, NULL, 0, 0, 0},
};

const char *environment_text(const char *name)
{
    return secure_getenv(name);
}

bool environment_flag(const char *name)
{
    const char *text = environment_text(name);
    return text && text[0] && strcmp(text, "0") != 0 && strcmp(text, "no") != 0 &&
           strcmp(text, "off") != 0;
}

uint64_t environment_number(const char *name)
{
    const struct environment_variable *variable = environment_table;
    while (variable->name && strcmp(variable->name, name) != 0)
        variable++;
    const char *text = environment_text(name);
    char *end = NULL;
    uint64_t value = text && text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (!end || *end)
        return variable->standard;
    if (value < variable->least)
        return variable->least;
    return value < variable->most ? value : variable->most;
}
