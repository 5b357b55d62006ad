#include "inspect/target.h"

#include "base/error.h"
#include "image/regular_file.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_PID_NAMESPACE 0xEFFFFFFCu /* PROC_PID_INIT_INO of the kernel */

/* The number that `text` is, or 0. */
static int number_of(const char *text)
{
    if (text[strspn(text, "0123456789")] != '\0' || strlen(text) > 9)
        return 0;
    return atoi(text);
}

static bool is_alive(int pid)
{
    return kill(pid, 0) == 0 || errno == EPERM;
}

/* In a PID namespace other processes cannot be named, and others have their numbers. */
static bool is_in_namespace(void)
{
    struct stat namespace;
    return stat("/proc/self/ns/pid", &namespace) == 0 && namespace.st_ino != FIRST_PID_NAMESPACE;
}

/*
 * Where /proc was mounted for another PID namespace, what it says of a number is of another process
 * than the one that signals with that number reach.
 */
static bool is_proc_ours(void)
{
    char text[32];
    ssize_t length = readlink("/proc/self", text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    return atoi(text) == getpid();
}

static bool read_head(struct target *target, struct error *error)
{
    int file = regular_file_open(target->path, NULL);
    if (file < 0 && errno == EINVAL)
        return error_set(error,
                         "%s is not a regular file: name a PID, a segment, a core or a report",
                         target->path);
    if (file < 0)
        return error_set(error, "cannot open %s: %s", target->path, strerror(errno));
    ssize_t got = pread(file, target->head, sizeof target->head, 0);
    int number = errno;
    close(file);
    if (got < 0)
        return error_set(error, "cannot read %s: %s", target->path, strerror(number));
    return true;
}

bool target_look(struct target *target, const char *text, struct error *error)
{
    *target = (struct target){.text = text};
    int pid = number_of(text);
    if (pid > 0 && !is_proc_ours())
        return error_set(error,
                         "process %d cannot be looked at: /proc is not mounted, or belongs to "
                         "another PID namespace than this tool is in; mount it again (mount -t "
                         "proc proc /proc, or unshare --mount-proc)",
                         pid);
    if (pid > 0 && is_alive(pid)) {
        target->pid = pid;
        return true;
    }
    if (pid > 0 && access(text, F_OK) != 0)
        return error_set(error,
                         "there is no process %d (any more)%s; for what it left behind, name its "
                         "segment, which `ctxreport list` shows, or its core",
                         pid, is_in_namespace() ? " in this PID namespace" : "");
    target->path = text;
    return read_head(target, error);
}
