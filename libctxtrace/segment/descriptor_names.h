/*
 * What the descriptors of a live process are: files by their paths, sockets by their addresses.
 * Made new for each picture, because descriptors are closed and their numbers used again.
 */
#ifndef CTXTRACE_SEGMENT_DESCRIPTOR_NAMES_H
#define CTXTRACE_SEGMENT_DESCRIPTOR_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket_name {
    uint64_t inode;
    char text[160];
};

struct descriptor_names {
    int pid; /* 0: no live process, and so no names */
    bool sockets_read;
    struct socket_name *sockets; /* by ascending inode */
    size_t count, capacity;
};

void descriptor_names_init(struct descriptor_names *names, int pid);
void descriptor_names_free(struct descriptor_names *names);

/* Writes the name of a descriptor to `text`; empty if it is not known. */
void descriptor_name(struct descriptor_names *names, int descriptor, char *text, size_t size);

#endif
