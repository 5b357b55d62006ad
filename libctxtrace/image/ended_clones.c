/*
 * A child is ours if it is called so, and no signal is sent at its end, as no program makes one
 * for itself. Whose child it is the kernel says for each thread, so that it is the process's.
 */
#include "image/ended_clones.h"

#include "base/read_text.h"
#include "inject/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fields 3, the state, and 38, the signal at its end, of proc_pid_stat(5). */
static bool is_ended_clone(int pid)
{
    char path[64], text[1024], state;
    int signal;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (!read_text(AT_FDCWD, path, text, sizeof text))
        return false;
    const char *name = strchr(text, '('), *end = strrchr(text, ')');
    size_t length = sizeof INJECT_CHILD_NAME - 1;
    return name && end && (size_t)(end - name) == length + 1 &&
           strncmp(name + 1, INJECT_CHILD_NAME, length) == 0 &&
           sscanf(end + 1,
                  " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                  "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %d",
                  &state, &signal) == 2 &&
           state == 'Z' && signal == 0;
}

/* Its PID in the innermost of its namespaces, which is its parent's. */
static int own_number(int pid)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    if (!read_text(AT_FDCWD, path, text, sizeof text))
        return 0;
    const char *line = strstr(text, "\nNSpid:");
    const char *end = line ? strchr(line + 1, '\n') : NULL;
    while (end && end > line && end[-1] >= '0' && end[-1] <= '9')
        end--;
    return end ? atoi(end) : pid;
}

static size_t add_children(int tasks, const char *tid, int clones[ENDED_CLONES], size_t count)
{
    char path[300], text[4096], *place;
    snprintf(path, sizeof path, "%s/children", tid);
    if (!read_text(tasks, path, text, sizeof text))
        return count;
    for (char *word = strtok_r(text, " \n", &place); word && count < ENDED_CLONES;
         word = strtok_r(NULL, " \n", &place)) {
        int number = is_ended_clone(atoi(word)) ? own_number(atoi(word)) : 0;
        if (number > 0)
            clones[count++] = number;
    }
    return count;
}

size_t ended_clones_find(int directory, int clones[ENDED_CLONES])
{
    int tasks = openat(directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = tasks >= 0 ? fdopendir(tasks) : NULL;
    const struct dirent *entry;
    size_t count = 0;
    while (list && (entry = readdir(list)) && count < ENDED_CLONES)
        if (entry->d_name[0] != '.')
            count = add_children(tasks, entry->d_name, clones, count);
    if (list)
        closedir(list);
    else if (tasks >= 0)
        close(tasks);
    return count;
}
