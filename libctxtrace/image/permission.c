#include "image/permission.h"

#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAPABILITY_PTRACE 19
#define SECCOMP_FILTER    2

/* ---- asking ---- */

/* The words behind "NAME:\t" in a status file; "" if there is no such line. */
static void status_field(const char *path, const char *name, char *text, size_t size)
{
    char line[512];
    size_t length = strlen(name);
    FILE *file = fopen(path, "re");
    text[0] = '\0';
    while (file && !text[0] && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            snprintf(text, size, "%.*s", (int)strcspn(line + length + 2, "\n"), line + length + 2);
    if (file)
        fclose(file);
}

static uint64_t status_number(const char *path, const char *name, int base)
{
    char text[128];
    uint64_t number = 0;
    status_field(path, name, text, sizeof text);
    sscanf(text, base == 16 ? "%" SCNx64 : "%" SCNu64, &number);
    return number;
}

int permission_yama_scope(void)
{
    int scope = -1;
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    if (file && fscanf(file, "%d", &scope) != 1)
        scope = -1;
    if (file)
        fclose(file);
    return scope;
}

/* The first namespace maps all of 32 bits to themselves. */
static bool is_in_user_namespace(void)
{
    unsigned inside = 0, outside = 0, count = UINT32_MAX;
    FILE *file = fopen("/proc/self/uid_map", "re");
    bool read = file && fscanf(file, "%u %u %u", &inside, &outside, &count) == 3;
    if (file)
        fclose(file);
    return read && (inside || outside || count != UINT32_MAX);
}

static void collect(int pid, struct permission_facts *facts)
{
    char path[64], user[128];
    struct stat owner;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    uint64_t ours = status_number("/proc/self/status", "CapEff", 16);
    uint64_t theirs = status_number(path, "CapPrm", 16);
    *facts = (struct permission_facts){
        .pid = pid,
        .our_user = geteuid(),
        .may_trace = ours >> CAPABILITY_PTRACE & 1,
        .they_have_more = theirs & ~status_number("/proc/self/status", "CapPrm", 16),
        .other_user_namespace = is_in_user_namespace(),
        .filtered = status_number("/proc/self/status", "Seccomp", 10) == SECCOMP_FILTER,
        .yama = permission_yama_scope(),
        .tracer = (int)status_number(path, "TracerPid", 10)};
    status_field(path, "Uid", user, sizeof user);
    if (sscanf(user, "%*u %u", &facts->their_user) != 1)
        facts->their_user = facts->our_user;
    snprintf(path, sizeof path, "/proc/%d/mem", pid); /* the directory itself stays theirs */
    facts->file_owner = stat(path, &owner) == 0 ? owner.st_uid : facts->their_user;
    snprintf(path, sizeof path, "/proc/%d/status", facts->tracer);
    if (facts->tracer)
        status_field(path, "Name", facts->tracer_name, sizeof facts->tracer_name);
}

/* ---- explaining ---- */

#define CONTAINER                                                                                  \
    "in a container start it with --cap-add=SYS_PTRACE, or with `kubectl debug "                   \
    "--profile=sysadmin`"

static bool explain_yama(const struct permission_facts *facts, struct error *error)
{
    if (facts->yama >= 3)
        return error_set(error,
                         "no permission to read process %d: Yama forbids it to everybody until the "
                         "next boot (/proc/sys/kernel/yama/ptrace_scope is 3)",
                         facts->pid);
    return error_set(
        error,
        "no permission to read process %d: Yama allows it %s "
        "(/proc/sys/kernel/yama/ptrace_scope is %d): run this as root, or write 0 into "
        "that file",
        facts->pid, facts->yama == 1 ? "to its parents only" : "to root only", facts->yama);
}

static bool explain_capable(const struct permission_facts *facts, struct error *error)
{
    if (facts->yama >= 3)
        return explain_yama(facts, error);
    if (facts->other_user_namespace)
        return error_set(error,
                         "no permission to read process %d: CAP_SYS_PTRACE counts only within this "
                         "user namespace, and that process is not in it: run this outside of it",
                         facts->pid);
    return error_set(
        error,
        "no permission to read process %d, although user and capabilities would allow "
        "it: a security module (SELinux, AppArmor, ...) or a seccomp filter forbids it",
        facts->pid);
}

bool permission_explain(const struct permission_facts *facts, struct error *error)
{
    if (facts->may_trace)
        return explain_capable(facts, error);
    if (facts->our_user == 0)
        return error_set(error,
                         "no permission to read process %d: root lacks CAP_SYS_PTRACE here; %s",
                         facts->pid, CONTAINER);
    if (facts->our_user != facts->their_user)
        return error_set(error,
                         "no permission to read process %d, which belongs to user %u: run this as "
                         "that user or as root",
                         facts->pid, facts->their_user);
    if (facts->file_owner != facts->their_user)
        return error_set(
            error,
            "no permission to read process %d: it is marked as not dumpable (it called "
            "prctl(PR_SET_DUMPABLE, 0), or its executable may not be read or raises "
            "its rights): run this as root",
            facts->pid);
    if (facts->they_have_more)
        return error_set(error,
                         "no permission to read process %d, which has capabilities that this one "
                         "lacks: run this as root",
                         facts->pid);
    if (facts->yama > 0)
        return explain_yama(facts, error);
    return explain_capable(facts, error);
}

bool permission_explain_reading(int pid, struct error *error)
{
    struct permission_facts facts;
    collect(pid, &facts);
    return permission_explain(&facts, error);
}

bool permission_explain_stopping(int pid, int number, struct error *error)
{
    struct permission_facts facts;
    collect(pid, &facts);
    if (number != EPERM && number != EACCES && number != ENOSYS)
        return error_set(error, "cannot stop process %d: %s", pid, strerror(number));
    if (facts.tracer)
        return error_set(error,
                         "cannot stop process %d: process %d (%s) traces it already, and only one "
                         "can; end that one first",
                         pid, facts.tracer, facts.tracer_name);
    if (facts.filtered || number == ENOSYS)
        return error_set(
            error,
            "cannot stop process %d: a seccomp filter forbids ptrace to this tool; %s, "
            "or without that filter (--security-opt seccomp=unconfined)",
            pid, CONTAINER);
    struct error reading;
    permission_explain(&facts, &reading);
    return error_set(error, "cannot stop process %d: %.600s", pid, reading.sentence);
}
