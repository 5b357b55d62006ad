#include "inspect/target.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/*
 * The file is not ours and may be anything: a FIFO must not block us, a device must not be read,
 * and a terminal must not become ours.
 */
static bool read_head(struct target *target, struct failure *failure)
{
    int file = open(target->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0)
        return failure_set(failure, "cannot open %s: %s", target->path, strerror(errno));
    struct stat status;
    bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    ssize_t got = regular ? pread(file, target->head, sizeof target->head, 0) : 0;
    int error = errno;
    close(file);
    if (!regular)
        return failure_set(failure,
                           "%s is not a regular file: name a PID, a segment, a core or a report",
                           target->path);
    if (got < 0)
        return failure_set(failure, "cannot read %s: %s", target->path, strerror(error));
    return true;
}

bool target_look(struct target *target, const char *text, struct failure *failure)
{
    *target = (struct target){.text = text};
    int pid = number_of(text);
    if (pid > 0 && is_alive(pid)) {
        target->pid = pid;
        return true;
    }
    if (pid > 0 && access(text, F_OK) != 0)
        return failure_set(failure,
                           "there is no process %d (any more); for what it left behind, name its "
                           "segment, which `ctxreport list` shows, or its core",
                           pid);
    target->path = text;
    return read_head(target, failure);
}
