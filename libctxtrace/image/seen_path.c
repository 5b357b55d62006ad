#include "image/seen_path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void seen_path(char *path, size_t size, int pid, const char *name)
{
    snprintf(path, size, "/proc/%d/root%s", pid, name);
}

/* How long "/proc/PID/root" is at the beginning of the path, 0 if it is not there. */
static int root_length(const char *path)
{
    int length = 0;
    return sscanf(path, "/proc/%*9[0-9]/root%n", &length) == 0 && length > 0 && path[length] == '/'
               ? length
               : 0;
}

static bool is_descriptor(const char *path)
{
    int length = 0;
    return sscanf(path, "/proc/%*9[0-9]/fd/%*9[0-9]%n", &length) == 0 && length > 0 &&
           path[length] == '\0';
}

static int open_in(int root, const char *name, int flags)
{
    const struct open_how how = {.flags = (unsigned)flags,
                                 .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, name, &how, sizeof how);
}

int seen_path_open(const char *path, int flags)
{
    char root_path[32];
    int length = root_length(path);
    if (!length)
        return open(path, is_descriptor(path) ? flags & ~O_NOFOLLOW : flags);
    snprintf(root_path, sizeof root_path, "%.*s", length, path);
    int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -1;
    int descriptor = open_in(root, path + length, flags);
    int number = errno;
    close(root);
    if (descriptor < 0 && (number == ENOSYS || number == EPERM))
        return open(path, flags); /* unknown to the kernel, or to a filter of system calls */
    errno = number;
    return descriptor;
}
