#include "image/process_clone.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

void process_read_itself(struct image *image)
{
    struct process_state *process = image->state;
    close_file(&process->clone);
    close_file(&process->clone_memory);
    close_file(&process->clone_pagemap);
}

bool process_read_clone(struct image *image, int clone)
{
    struct process_state *process = image->state;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", clone);
    process->clone = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    process->clone_memory = openat(process->clone, "mem", O_RDONLY | O_CLOEXEC);
    process->clone_pagemap = openat(process->clone, "pagemap", O_RDONLY | O_CLOEXEC);
    if (process->clone >= 0 && process->clone_memory >= 0)
        return true;
    process_read_itself(image);
    return false;
}
