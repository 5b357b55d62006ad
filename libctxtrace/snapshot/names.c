/* The names of everything, as screens, reports and the schema show them. */
#include "snapshot/snapshot.h"

#include <stdio.h>
#include <string.h>

#define NAMES(table) (sizeof(table) / sizeof *(table))

static const char *name_of(const char *const *names, unsigned count, unsigned value)
{
    return value < count ? names[value] : "unknown";
}

const char *context_kind_name(unsigned kind)
{
    static const char *const names[] = {"unknown",        "background", "todo",
                                        "cancel",         "deadline",   "value",
                                        "without-cancel", "after-func", "custom"};
    _Static_assert(NAMES(names) == CONTEXT_KIND_COUNT, "a kind of context without a name");
    return name_of(names, NAMES(names), kind);
}

const char *context_state_name(unsigned state)
{
    static const char *const names[] = {"open", "canceled", "timed-out", "ending"};
    _Static_assert(NAMES(names) == CONTEXT_STATE_COUNT, "a state of contexts without a name");
    return name_of(names, NAMES(names), state);
}

const char *context_end_name(unsigned end)
{
    static const char *const names[] = {"not-ended", "own-cancel", "parent", "deadline", "unknown"};
    _Static_assert(NAMES(names) == CONTEXT_END_COUNT, "an end of contexts without a name");
    return name_of(names, NAMES(names), end);
}

const char *task_kind_name(unsigned kind)
{
    static const char *const names[] = {"thread", "goroutine", "callback", "coroutine"};
    _Static_assert(NAMES(names) == TASK_KIND_COUNT, "a kind of task without a name");
    return name_of(names, NAMES(names), kind);
}

const char *task_state_name(unsigned state)
{
    static const char *const names[] = {"alive",   "running",    "runnable",
                                        "waiting", "in-syscall", "exited"};
    _Static_assert(NAMES(names) == TASK_STATE_COUNT, "a state of tasks without a name");
    return name_of(names, NAMES(names), state);
}

const char *object_kind_name(unsigned kind)
{
    static const char *const names[] = {
        "unknown",    "context", "channel", "mutex",      "rwmutex", "condition", "semaphore",
        "wait-group", "task",    "group",   "descriptor", "timer",   "syscall",   "nothing"};
    _Static_assert(NAMES(names) == OBJECT_KIND_COUNT, "a kind of object without a name");
    return name_of(names, NAMES(names), kind);
}

const char *wait_operation_name(unsigned operation)
{
    static const char *const names[] = {"unknown",   "done",      "receive", "send",        "lock",
                                        "read-lock", "condition", "join",    "group-empty", "read",
                                        "write",     "accept",    "connect", "poll",        "sleep",
                                        "acquire",   "syscall"};
    _Static_assert(NAMES(names) == WAIT_OPERATION_COUNT, "an operation without a name");
    return name_of(names, NAMES(names), operation);
}

const char *event_kind_name(unsigned kind)
{
    static const char *const names[] = {"context-created",  "context-ended", "cancel-too-late",
                                        "context-released", "task-created",  "task-exited",
                                        "task-joined"};
    _Static_assert(NAMES(names) == EVENT_KIND_COUNT, "a kind of event without a name");
    return name_of(names, NAMES(names), kind);
}

const char *intervention_name(unsigned kind)
{
    static const char *const names[] = {"stopped", "stopped thread by thread",
                                        "given a sign of life in its segment"};
    _Static_assert(NAMES(names) == INTERVENTION_COUNT, "an intervention without a name");
    return name_of(names, NAMES(names), kind);
}

const char *program_state_name(unsigned state)
{
    static const char *const names[] = {"alive", "dead", "core"};
    _Static_assert(NAMES(names) == PROGRAM_STATE_COUNT, "a state of programs without a name");
    return name_of(names, NAMES(names), state);
}

const char *fact_value_name(unsigned value)
{
    static const char *const names[] = {"unknown", "no", "yes"};
    return name_of(names, NAMES(names), value);
}

const char *precondition_text(unsigned precondition)
{
    static const char *const texts[] = {
        "nothing was missing",
        "there is no means to observe it",
        "contexts or tasks existed before recording began",
        "records were lost",
        "references to the object are not counted",
        "the program was not stopped while its memory was read",
        "there were no two pictures that agree",
        "not all memory that holds roots could be read",
        "the program would have to be stopped for longer than is allowed",
        "the context has ended or is ending",
        "proofs were not tested with the way in which the program was built",
        "another thread could unlock it, or cancel the wait",
        "its address, or that of what leads to it, stands where Go's collector does not look",
        "a thread that ran had not gone on when it was looked at again",
        "an observer that goes on may take over the duty to cancel it",
        "nobody saw when the program ended",
    };
    _Static_assert(NAMES(texts) == PRECONDITION_COUNT, "a precondition without a text");
    return name_of(texts, NAMES(texts), precondition);
}

const char *program_ending(const struct snapshot_program *program, char text[PROGRAM_ENDING_SIZE])
{
    const char *signal_name;
    switch (program->end) {
    case PROGRAM_EXITED:
        return "has exited";
    case PROGRAM_EXITED_WITH:
        snprintf(text, PROGRAM_ENDING_SIZE, "exited with status %d", program->end_detail);
        return text;
    case PROGRAM_KILLED_BY:
        signal_name = sigabbrev_np(program->end_detail);
        snprintf(text, PROGRAM_ENDING_SIZE, "was killed by signal %d%s%s%s", program->end_detail,
                 signal_name ? " (SIG" : "", signal_name ? signal_name : "",
                 signal_name ? ")" : "");
        return text;
    case PROGRAM_EXECED:
        return "became another program (exec)";
    default:
        return "ended, and nobody saw how (killed, crashed, or left by _exit)";
    }
}
