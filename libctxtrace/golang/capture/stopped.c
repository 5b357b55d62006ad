#include "golang/capture/stopped.h"

#include "base/error.h"
#include "golang/capture/threads.h"
#include "image/process.h"
#include "image/urgency.h"

#include <stdlib.h>
#include <string.h>

#define TRIES 3 /* each costs the program a pause */

/* What comes of one try. */
enum held { HELD_FAILED, HELD_NOT, HELD_TOO_LONG, HELD_MOVED, HELD };

struct pause stopped_pause(const struct go_program *program, int64_t limit_ns)
{
    return (struct pause){.takes_eintr = thread_is_poller, .state = program, .limit_ns = limit_ns};
}

/* What was read of a stopped program that is not kept. */
static void forget_threads(const struct go_program *program)
{
    free(process_take_threads(program->image));
}

static bool fill_within(const struct go_program *program, struct memory_deadline *deadline,
                        struct go_capture *capture)
{
    struct memory within = memory_within(program->memory, deadline);
    const struct go_program through = go_program_through(program, &within);
    return capture_fill(&through, capture);
}

/* If it was to; and its threads were all held until it had. */
static bool has_cloned(const struct pause *pause, struct error *why_not)
{
    if (!pause->place || pause->cloned)
        return pause->end == STOP_NONE || pause->end == STOP_HELD;
    if (pause->obstacle == INJECT_CALL_FAILED)
        return error_set(why_not, "%s (%s)", obstacle_text(pause->obstacle),
                         strerror(pause->call_error));
    return error_set(why_not, "%s", obstacle_text(pause->obstacle));
}

/*
 * The copy is given up when the program may not be stopped for longer. It runs on then, even if we
 * do not get to say so; what was copied after that is of no single instant, and worthless.
 */
static enum held copy_once(const struct go_program *program, struct pause *pause,
                           struct go_capture *capture, struct error *why_not, struct error *error)
{
    struct image *image = program->image;
    bool stopped = process_stop(image, pause, why_not) && has_cloned(pause, why_not);
    struct memory_deadline deadline = {.at_ns = pause->until_ns};
    bool there = stopped && image_refresh(image, error);
    struct urgency urgency = urgency_begin();
    bool copied = there && fill_within(program, &deadline, capture);
    urgency_end(&urgency);
    process_resume(image, pause);
    capture->taken_ns = pause->began_ns;
    if (!stopped)
        return pause->obstacle == INJECT_NO_THREAD ? HELD_MOVED : HELD_NOT;
    if (there && !copied)
        error_no_memory(error);
    if (!copied)
        return HELD_FAILED;
    if (deadline.passed || pause->end == STOP_LIMIT)
        return HELD_TOO_LONG;
    if (pause->end == STOP_HELD)
        return HELD;
    error_set(why_not, "%s", process_end_text(pause->end));
    return pause->end == STOP_MOVED ? HELD_MOVED : HELD_NOT;
}

static enum capture_outcome outcome_of(enum held held)
{
    switch (held) {
    case HELD_FAILED:
        return CAPTURE_FAILED;
    case HELD_TOO_LONG:
        return CAPTURE_TOO_LONG;
    case HELD:
        return CAPTURE_MADE;
    default:
        return CAPTURE_NOT_STOPPED;
    }
}

enum capture_outcome stopped_capture(const struct go_program *program, struct pause *pause,
                                     struct go_capture *capture, struct error *why_not,
                                     struct error *error)
{
    const struct error before = *why_not;
    enum held held = HELD_MOVED;
    int64_t longest_ns = 0;
    for (unsigned tries = 0; held == HELD_MOVED && tries < TRIES; tries++) {
        capture_empty(capture);
        held = copy_once(program, pause, capture, why_not, error);
        longest_ns = pause->took_ns > longest_ns ? pause->took_ns : longest_ns;
    }
    capture->pause_ns = longest_ns;
    if (held == HELD && !capture_seal(program, capture)) {
        error_no_memory(error);
        held = HELD_FAILED;
    }
    if (held == HELD)
        *why_not = before; /* without that of an earlier try */
    else
        forget_threads(program);
    return outcome_of(held);
}

enum capture_outcome capture_stopped(const struct go_program *program, int64_t limit_ns,
                                     struct go_capture *capture, struct error *why_not,
                                     struct error *error)
{
    struct pause pause = stopped_pause(program, limit_ns);
    return stopped_capture(program, &pause, capture, why_not, error);
}

static bool check_once(const struct go_program *program, struct pause *pause,
                       struct goroutine *const *goroutines, size_t count, struct error *why_not)
{
    bool stopped = process_stop(program->image, pause, why_not);
    if (stopped)
        goroutines_check(program, goroutines, count, pause->until_ns);
    process_resume(program->image, pause);
    forget_threads(program); /* they are no part of the capture */
    return stopped;
}

bool stopped_check(const struct go_program *program, int64_t limit_ns,
                   struct goroutine *const *goroutines, size_t count, int64_t *pause_ns,
                   struct error *why_not)
{
    struct pause pause = stopped_pause(program, limit_ns);
    const struct error before = *why_not;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        bool stopped = check_once(program, &pause, goroutines, count, why_not);
        *pause_ns = pause.took_ns > *pause_ns ? pause.took_ns : *pause_ns;
        if (!stopped)
            return false;
        if (pause.end == STOP_HELD) {
            *why_not = before;
            return true;
        }
        error_set(why_not, "%s", process_end_text(pause.end));
        if (pause.end != STOP_MOVED)
            break;
    }
    return false;
}
