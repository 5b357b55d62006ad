/*
 * Files by the names that another process has for them: "/proc/PID/root" and its name.
 *
 * A link in such a name is meant relative to the process's own root directory. The kernel would
 * resolve a link that begins with '/' in ours, and find another file of that name, or one that a
 * program in a container chose. So from PID/root on the name is looked up with that as the root
 * (openat2(2), RESOLVE_IN_ROOT), which cannot be left, and no magic links of /proc are followed in
 * it. Before Linux 5.6 it is looked up as any other.
 *
 * A file that was deleted is still there for those who have it open: "/proc/PID/fd/N", a link that
 * stands for the open file itself, and leads nowhere else.
 */
#ifndef CTXTRACE_IMAGE_SEEN_PATH_H
#define CTXTRACE_IMAGE_SEEN_PATH_H

#include <stddef.h>

/* Writes "/proc/PID/root" and `name`, which begins with '/'. */
void seen_path(char *path, size_t size, int pid, const char *name);

/*
 * open(2), without a mode. "/proc/PID/fd/N" is opened also with O_NOFOLLOW; other names than that
 * and those that seen_path() makes are opened as they are.
 */
int seen_path_open(const char *path, int flags);

#endif
