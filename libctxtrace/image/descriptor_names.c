/*
 * /proc/PID/fd/N is a link to a path, or to one of these: socket:[INODE], pipe:[INODE],
 * anon_inode:[eventfd], anon_inode:inotify.
 */
#include "image/descriptor_names.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANONYMOUS "anon_inode:"
#define SHARE     100 /* reading takes at most one part in so many of the time */
#define STALE_NS  (10 * NS_PER_SECOND)

void descriptor_names_init(struct descriptor_names *names, int pid)
{
    *names = (struct descriptor_names){.pid = pid};
}

void descriptor_names_free(struct descriptor_names *names)
{
    sockets_free(&names->sockets);
    *names = (struct descriptor_names){0};
}

/* A socket that is known already may be in another state by now. */
static bool should_read(const struct descriptor_names *names, bool known)
{
    int64_t age_ns = now_ns() - names->read_ns;
    return !names->read_ns || (age_ns > SHARE * names->cost_ns && (!known || age_ns > STALE_NS));
}

static void read_tables(struct descriptor_names *names)
{
    int64_t begin = now_ns();
    sockets_free(&names->sockets);
    sockets_read(&names->sockets, names->pid);
    names->read_ns = now_ns();
    names->cost_ns = names->read_ns - begin;
}

static void name_socket(struct descriptor_names *names, uint64_t inode,
                        char text[DESCRIPTOR_NAME_SIZE])
{
    char found[SOCKET_TEXT_SIZE];
    bool known = socket_text(&names->sockets, inode, found);
    if (should_read(names, known)) {
        read_tables(names);
        known = socket_text(&names->sockets, inode, found);
    }
    if (known)
        snprintf(text, DESCRIPTOR_NAME_SIZE, "%s", found);
    else
        snprintf(text, DESCRIPTOR_NAME_SIZE, "socket %llu", (unsigned long long)inode);
}

/* anon_inode:[eventfd] is an eventfd. */
static void name_anonymous(const char *link, char text[DESCRIPTOR_NAME_SIZE])
{
    const char *name = link + strlen(ANONYMOUS);
    size_t brackets = name[0] == '[';
    size_t length = strcspn(name + brackets, "]");
    memcpy(text, name + brackets, length);
    text[length] = '\0';
}

void descriptor_name(struct descriptor_names *names, int descriptor,
                     char text[DESCRIPTOR_NAME_SIZE])
{
    char path[64], link[DESCRIPTOR_NAME_SIZE];
    unsigned long long inode;
    text[0] = '\0';
    if (names->pid == 0)
        return;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", names->pid, descriptor);
    ssize_t length = readlink(path, link, sizeof link - 1);
    if (length <= 0)
        return;
    link[length] = '\0';
    if (sscanf(link, "socket:[%llu]", &inode) == 1)
        name_socket(names, inode, text);
    else if (sscanf(link, "pipe:[%llu]", &inode) == 1)
        snprintf(text, DESCRIPTOR_NAME_SIZE, "pipe %llu", inode);
    else if (strncmp(link, ANONYMOUS, strlen(ANONYMOUS)) == 0)
        name_anonymous(link, text);
    else
        memcpy(text, link, (size_t)length + 1);
}
