/*
 * A line of tcp, tcp6, udp and udp6, numbers in hexadecimal but for the inode; addresses are words
 * of the machine's order, each of which has its bytes in the network's:
 *
 *     sl  local:port  remote:port  state  tx:rx  timer:when  retransmits  uid  timeout  inode ...
 *
 * A line of unix: address, references, protocol, flags, type, state, inode, and, if it has one, a
 * blank and its path. Sockets that are in no descriptor have inode 0.
 */
#include "image/sockets.h"

#include "base/array.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS        (1 << 17)
#define MAX_PATHS       (4 << 20)
#define LONGEST_READ_NS (100 * NS_PER_MS)
#define LINES_A_LOOK    256 /* between two looks at the clock */
#define NO_PATH         UINT32_MAX
#define UNIX_LISTENS    0x10000 /* __SO_ACCEPTCON of the kernel */
#define PORTS           65536

enum tcp_state { TCP_CONNECTING = 2, TCP_LISTENING = 10 };

enum protocol { PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_UNIX };

/* Addresses of version 4 are kept as those of version 6 that stand for them (::ffff:a.b.c.d). */
struct end {
    struct in6_addr address;
    uint16_t port;
};

struct socket_row {
    uint64_t inode;
    uint8_t protocol, state;
    bool listens;
    union {
        struct {
            struct end near, far;
        };
        uint32_t path; /* in `paths` */
    };
};

void sockets_free(struct sockets *sockets)
{
    free(sockets->rows);
    free(sockets->paths);
    free(sockets->listened);
    *sockets = (struct sockets){0};
}

/* Time that this thread has worked, so that a busy machine does not take names away. */
static int64_t worked_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- reading ---- */

static bool add_row(struct sockets *sockets, const struct socket_row *row)
{
    if (sockets->count == MAX_ROWS ||
        !ARRAY_ROOM(sockets->rows, sockets->capacity, sockets->count + 1))
        return false;
    sockets->rows[sockets->count++] = *row;
    return true;
}

static bool read_address(const char *hexadecimal, struct in6_addr *address)
{
    uint32_t words[4] = {0, 0, htonl(0xffff), 0};
    size_t length = strlen(hexadecimal);
    if (length != 8 && length != 32)
        return false;
    for (size_t i = 0; i < length / 8; i++)
        if (sscanf(hexadecimal + i * 8, "%8x", &words[length == 8 ? 3 : i]) != 1)
            return false;
    memcpy(address, words, sizeof words);
    return true;
}

static bool is_listened(const struct sockets *sockets, uint16_t port)
{
    return sockets->listened && (sockets->listened[port / 8] >> port % 8 & 1);
}

static void note_listened(struct sockets *sockets, uint16_t port)
{
    if (!sockets->listened)
        sockets->listened = calloc(PORTS / 8, 1);
    if (sockets->listened)
        sockets->listened[port / 8] |= (uint8_t)(1 << port % 8);
}

/* false when there is no room for more. */
static bool read_internet_line(struct sockets *sockets, const char *line, enum protocol protocol)
{
    char near[33], far[33];
    unsigned near_port, far_port, state;
    unsigned long long inode;
    struct socket_row row = {.protocol = (uint8_t)protocol};
    if (sscanf(line, " %*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*s %*s %*s %*s %*s %llu", near,
               &near_port, far, &far_port, &state, &inode) != 6 ||
        !inode || !read_address(near, &row.near.address) || !read_address(far, &row.far.address))
        return true;
    row.inode = inode;
    row.near.port = (uint16_t)near_port;
    row.far.port = (uint16_t)far_port;
    row.state = (uint8_t)state;
    row.listens = protocol == PROTOCOL_TCP && state == TCP_LISTENING;
    if (row.listens)
        note_listened(sockets, row.near.port);
    return add_row(sockets, &row);
}

/* Where the path is kept from now on. */
static uint32_t keep_path(struct sockets *sockets, const char *path)
{
    size_t length = strlen(path);
    if (length == 0)
        return NO_PATH;
    size_t needed = sockets->paths_size + length + 1;
    if (needed > MAX_PATHS || !ARRAY_ROOM(sockets->paths, sockets->paths_capacity, needed))
        return NO_PATH;
    uint32_t at = (uint32_t)sockets->paths_size;
    memcpy(sockets->paths + at, path, length + 1);
    sockets->paths_size = needed;
    return at;
}

static bool read_unix_line(struct sockets *sockets, char *line, enum protocol protocol)
{
    unsigned long long inode;
    unsigned flags;
    int end = 0;
    if (sscanf(line, "%*x: %*x %*x %x %*x %*x %llu%n", &flags, &inode, &end) != 2 || !end || !inode)
        return true;
    line[strcspn(line, "\n")] = '\0';
    const struct socket_row row = {.inode = inode,
                                   .protocol = (uint8_t)protocol,
                                   .listens = flags & UNIX_LISTENS,
                                   .path =
                                       keep_path(sockets, line[end] == ' ' ? line + end + 1 : "")};
    return add_row(sockets, &row);
}

static void read_table(struct sockets *sockets, int pid, const char *name, enum protocol protocol)
{
    char path[64], *line = NULL;
    size_t size = 0;
    bool room = true;
    snprintf(path, sizeof path, "/proc/%d/net/%s", pid, name);
    FILE *file = fopen(path, "re");
    for (unsigned lines = 0; file && room && getline(&line, &size, file) > 0; lines++) {
        if (lines % LINES_A_LOOK == 0 && worked_ns() > sockets->until_ns)
            break;
        room = protocol == PROTOCOL_UNIX ? read_unix_line(sockets, line, protocol)
                                         : read_internet_line(sockets, line, protocol);
    }
    free(line);
    if (file)
        fclose(file);
}

static int by_inode(const void *a, const void *b)
{
    const struct socket_row *left = a, *right = b;
    return (left->inode > right->inode) - (left->inode < right->inode);
}

void sockets_read(struct sockets *sockets, int pid)
{
    *sockets = (struct sockets){.until_ns = worked_ns() + LONGEST_READ_NS};
    read_table(sockets, pid, "tcp", PROTOCOL_TCP);
    read_table(sockets, pid, "tcp6", PROTOCOL_TCP);
    read_table(sockets, pid, "udp", PROTOCOL_UDP);
    read_table(sockets, pid, "udp6", PROTOCOL_UDP);
    read_table(sockets, pid, "unix", PROTOCOL_UNIX);
    if (sockets->count)
        qsort(sockets->rows, sockets->count, sizeof *sockets->rows, by_inode);
}

/* ---- naming ---- */

static void write_end(const struct end *end, char *text, size_t size)
{
    char address[INET6_ADDRSTRLEN] = "?";
    bool is_v4 = IN6_IS_ADDR_V4MAPPED(&end->address);
    inet_ntop(is_v4 ? AF_INET : AF_INET6,
              is_v4 ? (const void *)&end->address.s6_addr[12] : &end->address, address,
              sizeof address);
    snprintf(text, size, is_v4 ? "%s:%u" : "[%s]:%u", address, end->port);
}

/* Who called whom? Whoever accepted a connection has the port on which somebody listens. */
static const char *arrow_of(const struct sockets *sockets, const struct socket_row *row)
{
    if (row->protocol == PROTOCOL_UDP || row->state == TCP_CONNECTING)
        return "->";
    return is_listened(sockets, row->near.port) ? "<-" : "<->";
}

static void write_internet(const struct sockets *sockets, const struct socket_row *row,
                           char text[SOCKET_TEXT_SIZE])
{
    char near[64], far[64];
    const char *protocol = row->protocol == PROTOCOL_TCP ? "tcp" : "udp";
    write_end(&row->near, near, sizeof near);
    write_end(&row->far, far, sizeof far);
    if (row->listens)
        snprintf(text, SOCKET_TEXT_SIZE, "%s listening on %s", protocol, near);
    else if (row->far.port)
        snprintf(text, SOCKET_TEXT_SIZE, "%s %s %s %s", protocol, near, arrow_of(sockets, row),
                 far);
    else
        snprintf(text, SOCKET_TEXT_SIZE, "%s %s", protocol, near);
}

bool socket_text(const struct sockets *sockets, uint64_t inode, char text[SOCKET_TEXT_SIZE])
{
    const struct socket_row wanted = {.inode = inode};
    const struct socket_row *row =
        sockets->count ? bsearch(&wanted, sockets->rows, sockets->count, sizeof wanted, by_inode)
                       : NULL;
    if (!row)
        return false;
    if (row->protocol != PROTOCOL_UNIX)
        write_internet(sockets, row, text);
    else if (row->path != NO_PATH)
        snprintf(text, SOCKET_TEXT_SIZE, "unix %s%s", row->listens ? "listening on " : "",
                 sockets->paths + row->path);
    else
        snprintf(text, SOCKET_TEXT_SIZE, "unix socket");
    return true;
}
