#include "segment/descriptor_names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_SOCKETS = 1 << 20 };

void descriptor_names_init(struct descriptor_names *names, int pid)
{
    *names = (struct descriptor_names){.pid = pid};
}

void descriptor_names_free(struct descriptor_names *names)
{
    free(names->sockets);
    *names = (struct descriptor_names){0};
}

static struct socket_name *add_socket(struct descriptor_names *names, uint64_t inode)
{
    if (names->count == names->capacity) {
        size_t capacity = names->capacity ? names->capacity * 2 : 64;
        struct socket_name *sockets =
            capacity <= MOST_SOCKETS ? realloc(names->sockets, capacity * sizeof *sockets) : NULL;
        if (!sockets)
            return NULL;
        names->sockets = sockets;
        names->capacity = capacity;
    }
    struct socket_name *name = &names->sockets[names->count++];
    name->inode = inode;
    return name;
}

/* ---- /proc/PID/net: one line per socket, addresses in hexadecimal words of the machine's order
 * ---- */

enum { LISTENING = 0x0a };

static void write_address(const char *hexadecimal, unsigned port, char *text, size_t size)
{
    uint32_t words[4] = {0};
    char address[INET6_ADDRSTRLEN] = "?";
    bool is_v6 = strlen(hexadecimal) == 32;
    for (int i = 0; i < (is_v6 ? 4 : 1); i++)
        sscanf(hexadecimal + i * 8, "%8x", &words[i]);
    inet_ntop(is_v6 ? AF_INET6 : AF_INET, words, address, sizeof address);
    snprintf(text, size, is_v6 ? "[%s]:%u" : "%s:%u", address, port);
}

static void read_internet_line(struct descriptor_names *names, const char *line,
                               const char *protocol)
{
    char local[33], remote[33], near[64], far[64];
    unsigned local_port, remote_port, state;
    unsigned long long inode;
    if (sscanf(line, " %*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*s %*s %*s %*s %*s %llu", local,
               &local_port, remote, &remote_port, &state, &inode) != 6)
        return;
    struct socket_name *name = add_socket(names, inode);
    if (!name)
        return;
    write_address(local, local_port, near, sizeof near);
    write_address(remote, remote_port, far, sizeof far);
    if (state == LISTENING)
        snprintf(name->text, sizeof name->text, "%s %s, listening", protocol, near);
    else if (remote_port != 0)
        snprintf(name->text, sizeof name->text, "%s %s to %s", protocol, near, far);
    else
        snprintf(name->text, sizeof name->text, "%s %s", protocol, near);
}

static void read_unix_line(struct descriptor_names *names, const char *line, const char *protocol)
{
    unsigned long long inode;
    char path[109] = "";
    if (sscanf(line, "%*x: %*x %*x %*x %*x %*x %llu %108s", &inode, path) < 1)
        return;
    struct socket_name *name = add_socket(names, inode);
    if (name)
        snprintf(name->text, sizeof name->text, "%s socket%s%s", protocol, path[0] ? " " : "",
                 path);
}

static void read_table(struct descriptor_names *names, const char *file_name, const char *protocol,
                       void (*read_line)(struct descriptor_names *, const char *, const char *))
{
    char path[64], *line = NULL;
    size_t room = 0;
    snprintf(path, sizeof path, "/proc/%d/net/%s", names->pid, file_name);
    FILE *file = fopen(path, "re");
    while (file && getline(&line, &room, file) > 0)
        read_line(names, line, protocol);
    free(line);
    if (file)
        fclose(file);
}

static int by_inode(const void *a, const void *b)
{
    const struct socket_name *one = a, *other = b;
    return one->inode < other->inode ? -1 : one->inode > other->inode;
}

static void read_sockets(struct descriptor_names *names)
{
    read_table(names, "tcp", "tcp", read_internet_line);
    read_table(names, "tcp6", "tcp", read_internet_line);
    read_table(names, "udp", "udp", read_internet_line);
    read_table(names, "udp6", "udp", read_internet_line);
    read_table(names, "unix", "unix", read_unix_line);
    if (names->count > 0)
        qsort(names->sockets, names->count, sizeof *names->sockets, by_inode);
    names->sockets_read = true;
}

void descriptor_name(struct descriptor_names *names, int descriptor, char *text, size_t size)
{
    char path[64];
    struct socket_name wanted;
    unsigned long long inode;
    text[0] = '\0';
    if (names->pid == 0)
        return;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", names->pid, descriptor);
    ssize_t length = readlink(path, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    if (sscanf(text, "socket:[%llu]", &inode) != 1)
        return;
    if (!names->sockets_read)
        read_sockets(names);
    wanted.inode = inode;
    const struct socket_name *found =
        names->count > 0
            ? bsearch(&wanted, names->sockets, names->count, sizeof *names->sockets, by_inode)
            : NULL;
    if (found)
        snprintf(text, size, "%s", found->text);
}
