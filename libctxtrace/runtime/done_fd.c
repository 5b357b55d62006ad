#include "runtime/done_fd.h"

#include "runtime/fork.h"
#include "runtime/misuse.h"
#include "runtime/node.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* All nodes that have a descriptor of ours, for the forked child. */
static struct lock list_lock;
static struct ctxt *list;

static void signal_fd(int fd)
{
    int saved = errno;
    eventfd_write(fd, 1);
    errno = saved;
}

void done_fd_complete_end(struct ctxt *node)
{
    uint32_t state = atomic_load(&node->state);
    if (state != NODE_ENDING_CANCELED && state != NODE_ENDING_TIMED_OUT)
        return;
    int fd = atomic_load(&node->done_fd);
    if (fd != NO_DONE_FD)
        signal_fd(fd);
    /* Everybody who gets here stores the same, so it does not matter who comes last. */
    atomic_store_explicit(&node->state,
                          state == NODE_ENDING_CANCELED ? NODE_CANCELED : NODE_TIMED_OUT,
                          memory_order_release);
}

static void remember(struct ctxt *node)
{
    lock_take(&list_lock);
    node->next_with_fd = list;
    node->previous_with_fd = NULL;
    if (list)
        list->previous_with_fd = node;
    list = node;
    lock_release(&list_lock);
}

static void forget(struct ctxt *node)
{
    lock_take(&list_lock);
    if (node->previous_with_fd)
        node->previous_with_fd->next_with_fd = node->next_with_fd;
    else
        list = node->next_with_fd;
    if (node->next_with_fd)
        node->next_with_fd->previous_with_fd = node->previous_with_fd;
    lock_release(&list_lock);
}

void done_fd_close(struct ctxt *node)
{
    int fd = atomic_load_explicit(&node->done_fd, memory_order_relaxed);
    if (fd == NO_DONE_FD)
        return;
    int saved = errno;
    forget(node);
    close(fd);
    errno = saved;
}

void done_fd_fork_child(void)
{
    for (struct ctxt *node = list; node; node = node->next_with_fd) {
        int fd = atomic_load(&node->done_fd);
        int fresh = eventfd(node_ended(node) ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fresh < 0)
            continue;
        dup3(fresh, fd, O_CLOEXEC);
        close(fresh);
    }
}

static int make(struct ctxt *line)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -1;
    node_announce(line);
    int expected = NO_DONE_FD;
    if (!atomic_compare_exchange_strong(&line->done_fd, &expected, fd)) {
        close(fd);
        return expected;
    }
    remember(line);
    if (atomic_load(&line->state) > NODE_OPEN)
        signal_fd(fd);
    return fd;
}

int ctxt_done_fd(ctxt_t *context)
{
    if (!node_check(context, __func__))
        return -1;
    struct ctxt *line = context->line;
    if (!line) {
        errno = 0;
        return -1;
    }
    if (line->kind == SEGMENT_CUSTOM)
        return line->custom.ops->done_fd(line->custom.self);
    int fd = atomic_load(&line->done_fd);
    return fd != NO_DONE_FD ? fd : make(line);
}
