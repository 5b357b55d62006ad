/*
 * What the descriptors of a live process are: files by their paths, sockets by their addresses.
 * Made new for each picture, because descriptors are closed and their numbers used again; the
 * tables of sockets are read once, and only if one is asked for.
 */
#ifndef CTXTRACE_IMAGE_DESCRIPTOR_NAMES_H
#define CTXTRACE_IMAGE_DESCRIPTOR_NAMES_H

#include "image/sockets.h"

#define DESCRIPTOR_NAME_SIZE 512

struct descriptor_names {
    int pid; /* 0: no live process, and so no names */
    bool sockets_read;
    struct sockets sockets;
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
