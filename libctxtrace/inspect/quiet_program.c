#include "inspect/quiet_program.h"

#include "base/base_name.h"
#include "snapshot/builder.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static void set_end(struct snapshot_program *program, const struct process_end *end)
{
    if (end->pid != program->pid)
        return;
    bool killed = WIFSIGNALED(end->wait_status);
    program->end = killed ? PROGRAM_KILLED_BY : PROGRAM_EXITED_WITH;
    program->end_detail = killed ? WTERMSIG(end->wait_status) : WEXITSTATUS(end->wait_status);
    program->exited = !killed;
}

/* ---- live ones ---- */

static bool maps_library(int pid, const char *name)
{
    char path[64], line[PATH_MAX + 256];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re");
    while (maps && !found && fgets(line, sizeof line, maps))
        found = strstr(line, name) != NULL;
    if (maps)
        fclose(maps);
    return found;
}

/* What CTXTRACE is in the environment that it was started with; 0: it is not set. */
static char wish_of(int pid)
{
    static const char name[] = "CTXTRACE=";
    char path[64], *variable = NULL, wish = '\0';
    size_t size = 0;
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    FILE *variables = fopen(path, "re");
    while (variables && getdelim(&variable, &size, '\0', variables) > 0)
        if (strncmp(variable, name, sizeof name - 1) == 0)
            wish = variable[sizeof name - 1];
    free(variable);
    if (variables)
        fclose(variables);
    return wish;
}

bool quiet_process_is_recorded(int pid)
{
    char wish = wish_of(pid);
    if (wish == '0')
        return false;
    return maps_library(pid, "/libctxtrace-preload.so") ||
           (wish == '1' && maps_library(pid, "/libctxtrace.so"));
}

/* ---- dead ones ---- */

struct snapshot *quiet_program(const struct execution *execution, const struct process_end *end)
{
    struct snapshot_builder *builder = builder_new();
    if (!builder)
        return NULL;
    struct snapshot_program *program = builder_program(builder);
    *program = (struct snapshot_program){
        .pid = execution->pid,
        .state = PROGRAM_DEAD,
        .executable = builder_string(builder, execution->path),
        .command = builder_string(builder, base_name(execution->path)),
        .version = builder_string(builder, ""),
        .source = builder_string(builder, "recorder that had nothing to write"),
        .started_ns = SNAPSHOT_TIME_UNKNOWN,
        .taken_ns = SNAPSHOT_TIME_UNKNOWN,
        .counts_contexts = true,
        .complete = true,
        .end = PROGRAM_END_UNKNOWN,
    };
    set_end(program, end);
    return builder_finish(builder);
}
