#include "image/thread_names.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* /proc/PID/task/TID/comm: the name and a new line. */
static bool read_name(pid_t pid, pid_t thread, char text[THREAD_NAME_SIZE])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/comm", (int)pid, (int)thread);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    ssize_t length = read(descriptor, text, THREAD_NAME_SIZE - 1);
    close(descriptor);
    if (length > 0 && text[length - 1] == '\n')
        length--;
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

void thread_names_init(struct thread_names *names, pid_t pid)
{
    *names = (struct thread_names){.pid = pid};
    if (pid != 0 && !read_name(pid, pid, names->of_program))
        names->pid = 0;
}

bool thread_name(const struct thread_names *names, pid_t thread, char text[THREAD_NAME_SIZE])
{
    return names->pid != 0 && thread > 0 && thread != names->pid &&
           read_name(names->pid, thread, text) && strcmp(text, names->of_program) != 0;
}
