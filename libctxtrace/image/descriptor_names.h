/*
 * What the descriptors of a live process are: files by their paths, sockets by their addresses.
 *
 * The tables of sockets are read when an unknown one is asked for, but not so often that this takes
 * more than a hundredth of the time: on a busy server they are long.
 */
#ifndef CTXTRACE_IMAGE_DESCRIPTOR_NAMES_H
#define CTXTRACE_IMAGE_DESCRIPTOR_NAMES_H

#include "image/sockets.h"

#define DESCRIPTOR_NAME_SIZE 512

struct descriptor_names {
    int pid; /* 0: no live process, and so no names */
    struct sockets sockets;
    int64_t read_ns, cost_ns; /* when they were read, monotonic, and how long it took; 0: never */
};

void descriptor_names_init(struct descriptor_names *names, int pid);
void descriptor_names_free(struct descriptor_names *names);

/*
 * Writes the name of a descriptor to `text`; empty if it is not known. Longer ones are cut. Control
 * characters are not escaped.
 */
void descriptor_name(struct descriptor_names *names, int descriptor,
                     char text[DESCRIPTOR_NAME_SIZE]);

#endif
