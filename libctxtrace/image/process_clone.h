/* What a live process's image reads: the process, or a clone that it has made of itself. */
#ifndef CTXTRACE_IMAGE_PROCESS_CLONE_H
#define CTXTRACE_IMAGE_PROCESS_CLONE_H

#include "image/image.h"

#include <stdatomic.h>

struct process_state {
    int pid;
    int pagemap; /* descriptor; -1: it cannot be had */
    struct image *image;
    int memory;       /* /proc/PID/mem */
    uint64_t witness; /* an address that could be read at first; 0: none */
    int clone;        /* what is read instead: its directory in /proc; -1: none */
    int clone_memory; /* and the files there */
    int clone_pagemap;
    _Atomic bool must_seek; /* process_vm_readv() is forbidden here: read the file instead */
};

/* What is read from now on is that clone; false if it cannot be. */
bool process_read_clone(struct image *image, int clone);
/* It is the process again. */
void process_read_itself(struct image *image);

#endif
