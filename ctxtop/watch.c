#include "ctxtop/watch.h"

#include "base/error.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int pid_of_target(const char *target)
{
    char *end;
    long pid = strtol(target, &end, 10);
    return *end == '\0' && pid > 0 && pid <= INT32_MAX ? (int)pid : 0;
}

void watch_target(struct watch *watch, const char *target, const struct source_options *options)
{
    *watch = (struct watch){.options = *options, .pid = pid_of_target(target)};
    snprintf(watch->target, sizeof watch->target, "%s", target);
}

void watch_command(struct watch *watch, const struct command *command,
                   const struct source_options *options)
{
    *watch = (struct watch){.options = *options, .pid = command->pid, .command = command};
    snprintf(watch->target, sizeof watch->target, "%d", (int)command->pid);
}

static enum watch_result open_first(struct watch *watch, struct error *error)
{
    /* Asked before opening: a command that ended in between has left all it will ever leave. */
    bool ended = watch->command && command_has_ended(watch->command);
    watch->session = session_open(watch->target, &watch->options, error);
    if (watch->session)
        return WATCH_TAKEN;
    if (!watch->command)
        return WATCH_FAILED;
    if (!ended) {
        error_set(error, "%s has not begun to record yet", watch->command->name);
        return WATCH_NOT_YET;
    }
    char how[64];
    command_describe_end(watch->command, how, sizeof how);
    error_set(error,
              "%s has ended (%s) and left nothing to look at; programs that are linked "
              "statically, or end at once, cannot be watched",
              watch->command->name, how);
    return WATCH_FAILED;
}

static bool process_exists(int pid)
{
    return pid != 0 && kill(pid, 0) == 0;
}

/*
 * A recording ends when its process executes another program, but the process lives on and may
 * have begun a new one. Returns the new sample, or NULL to keep the old.
 */
static struct snapshot *take_again(struct watch *watch)
{
    struct error ignored;
    struct session *session = session_open(watch->target, &watch->options, &ignored);
    if (!session)
        return NULL;
    struct snapshot *snapshot = session_take(session, &ignored);
    if (!snapshot || snapshot->program.state == PROGRAM_DEAD) {
        snapshot_free(snapshot);
        session_close(session);
        return NULL;
    }
    session_close(watch->session);
    watch->session = session;
    return snapshot;
}

enum watch_result watch_take(struct watch *watch, struct snapshot **snapshot, struct error *error)
{
    if (!watch->session) {
        enum watch_result result = open_first(watch, error);
        if (result != WATCH_TAKEN)
            return result;
    }
    *snapshot = session_take(watch->session, error);
    if (!*snapshot)
        return WATCH_FAILED;
    bool ended = watch->command && command_has_ended(watch->command);
    if ((*snapshot)->program.state == PROGRAM_DEAD && !ended && process_exists(watch->pid)) {
        struct snapshot *fresh = take_again(watch);
        if (fresh) {
            snapshot_free(*snapshot);
            *snapshot = fresh;
        }
    }
    return WATCH_TAKEN;
}

enum watch_result watch_prove(struct watch *watch, struct snapshot **snapshot, struct error *error)
{
    struct source_options options = watch->options;
    options.want_proofs = true;
    struct session *session = session_open(watch->target, &options, error);
    if (!session)
        return WATCH_FAILED;
    *snapshot = session_take(session, error);
    session_close(session);
    return !*snapshot ? WATCH_FAILED : WATCH_TAKEN;
}

bool watch_keeps_alive(struct watch *watch, uint64_t id, char **out, struct error *error)
{
    if (!watch->session)
        return error_set(error, "there is nothing to look at yet");
    return session_keeps_alive(watch->session, id, out, error);
}

void watch_close(struct watch *watch)
{
    if (watch->session)
        session_close(watch->session);
    watch->session = NULL;
}
