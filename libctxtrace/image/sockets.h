/*
 * The sockets of a live process by their inodes, from the tables in /proc/PID/net, which are those
 * of its network namespace.
 *
 * The tables hold the sockets of everybody in that namespace, and can be long: what is kept and the
 * time spent reading are bounded, and a socket that was not reached has no name.
 */
#ifndef CTXTRACE_IMAGE_SOCKETS_H
#define CTXTRACE_IMAGE_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKET_TEXT_SIZE 192

struct sockets {
    struct socket_row *rows; /* by ascending inode */
    size_t count, capacity;
    char *paths; /* of Unix sockets, each NUL-terminated */
    size_t paths_size, paths_capacity;
    uint8_t *listened; /* a bit for each TCP port that somebody listens on */
    int64_t until_ns;  /* reading ends when its thread has worked so long, wherever it is */
};

/* Reads the tables. What cannot be read is missing. Free it in any case. */
void sockets_read(struct sockets *sockets, int pid);
void sockets_free(struct sockets *sockets);

/*
 * Writes what the socket is:
 *
 *     tcp listening on [::]:8080
 *     tcp 127.0.0.1:8080 <- 10.0.0.5:51324     accepted: somebody listens on the near port
 *     tcp 10.0.0.5:51324 -> 10.0.0.9:5432      being connected
 *     tcp 10.0.0.5:51324 <-> 10.0.0.9:5432     which of the two is not known
 *     udp 0.0.0.0:53                           and with ->, if it has one peer only
 *     unix listening on /run/service.sock, unix /run/service.sock, unix socket
 *
 * false if it is not known. Control characters in paths are not escaped.
 */
bool socket_text(const struct sockets *sockets, uint64_t inode, char text[SOCKET_TEXT_SIZE]);

#endif
