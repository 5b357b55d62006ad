#include "runtime/done_fd.h"

#include "base/invariant.h"
#include "runtime/node.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All nodes that have a descriptor of ours, for the forked child. */
static struct lock list_lock;
static struct ctxt *list;

/* By the bare system call: write() would be a cancellation point, and locks are held here. */
void done_fd_signal(int fd)
{
    int saved = errno;
    const uint64_t one = 1;
    syscall(SYS_write, fd, &one, sizeof one);
    errno = saved;
}

void done_fd_complete_end(struct ctxt *node)
{
    uint32_t state = atomic_load(&node->state);
    if (state != NODE_ENDING_CANCELED && state != NODE_ENDING_TIMED_OUT)
        return;
    int fd = atomic_load(&node->done_fd);
    if (fd != NO_DONE_FD)
        done_fd_signal(fd);
    /* Everybody who gets here stores the same, so it does not matter who comes last. */
    atomic_store_explicit(&node->state,
                          state == NODE_ENDING_CANCELED ? NODE_CANCELED : NODE_TIMED_OUT,
                          memory_order_release);
}

static void remember(struct ctxt *node)
{
    invariant(lock_is_held(&list_lock));
    invariant(!list || !list->previous_with_fd);
    node->next_with_fd = list;
    node->previous_with_fd = NULL;
    if (list)
        list->previous_with_fd = node;
    list = node;
}

static void forget(struct ctxt *node)
{
    invariant((node->previous_with_fd ? node->previous_with_fd->next_with_fd : list) == node);
    invariant(!node->next_with_fd || node->next_with_fd->previous_with_fd == node);
    if (node->previous_with_fd)
        node->previous_with_fd->next_with_fd = node->next_with_fd;
    else
        list = node->next_with_fd;
    if (node->next_with_fd)
        node->next_with_fd->previous_with_fd = node->previous_with_fd;
}

void done_fd_close(struct ctxt *node)
{
    int fd = atomic_load_explicit(&node->done_fd, memory_order_relaxed);
    if (fd == NO_DONE_FD)
        return;
    int saved = errno;
    leaf_lock_take(&list_lock);
    forget(node);
    syscall(SYS_close, fd); /* not close(), a cancellation point */
    leaf_lock_release(&list_lock);
    errno = saved;
}

/* A descriptor of the child's own at the same number. */
static bool replace(int fd, bool ended)
{
    close(fd); /* first, so that there is room for the new one in a table that was full */
    int fresh = eventfd(ended ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fresh < 0 || fresh == fd)
        return fresh == fd;
    bool replaced = dup3(fresh, fd, O_CLOEXEC) == fd;
    close(fresh);
    return replaced;
}

void done_fd_fork_child(void)
{
    for (struct ctxt *node = list; node; node = node->next_with_fd) {
        if (replace(atomic_load(&node->done_fd), node_ended(node)))
            continue;
        atomic_store(&node->done_fd, NO_DONE_FD); /* better none than the parent's */
        forget(node);
    }
}

/* What a fork must find whole happens under the lock: a descriptor that is known to be ours. */
static int make(struct ctxt *line)
{
    leaf_lock_take(&list_lock);
    int fd = atomic_load(&line->done_fd);
    if (fd == NO_DONE_FD && (fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) >= 0) {
        node_announce(line);
        atomic_store(&line->done_fd, fd);
        remember(line);
        if (atomic_load(&line->state) > NODE_OPEN)
            done_fd_signal(fd);
    }
    leaf_lock_release(&list_lock);
    return fd;
}

int done_fd_of(struct ctxt *line)
{
    int fd = atomic_load(&line->done_fd);
    return fd != NO_DONE_FD ? fd : make(line);
}
