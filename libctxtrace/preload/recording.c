#include "preload/recording.h"

#include "preload/executions.h"
#include "preload/preload.h"
#include "preload/process_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool constructed, recording;

static bool is_recorded(int error)
{
    return error == 0 || error == EALREADY;
}

static void start(void)
{
    preload_find_library();
    const char *wanted = secure_getenv("CTXTRACE");
    if (!wanted || strcmp(wanted, "0") != 0)
        recording = is_recorded(ctxt_trace_want());
}

bool preload_construct(void)
{
    start();
    constructed = true;
    return recording;
}

OUT_OF_LINE static void note_failure(void)
{
    struct process_state *state = ctxt_trace_failure() ? process_state_peek() : NULL;
    if (state && !atomic_exchange(&state->failure_is_noted, true)) {
        struct quiet quiet;
        quiet_begin(&quiet);
        executions_not_recorded();
        quiet_end(&quiet);
    }
}

bool preload_records(void)
{
    bool is_on = ctxt_trace_is_on();
    if (__builtin_expect(!is_on, 0))
        note_failure();
    return is_on;
}

void preload_start(void)
{
    if (__builtin_expect(!constructed, 0))
        start();
}
