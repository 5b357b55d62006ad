#include "image/blocking_call.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const struct blocking_call calls[] = {
    /* EINTR, and a time-out that begins anew */
    {SYS_epoll_wait, "epoll_wait", false},
    {SYS_epoll_pwait, "epoll_pwait", false},
    {SYS_epoll_pwait2, "epoll_pwait2", false},
    {SYS_rt_sigtimedwait, "sigtimedwait", false},
    {SYS_semop, "semop", false},
    {SYS_semtimedop, "semtimedop", false},
    /* the same; and fewer events than were asked for */
    {SYS_io_getevents, "io_getevents", false},
    {SYS_io_pgetevents, "io_pgetevents", false},
    {SYS_io_uring_enter, "io_uring_enter", false},
    /* EINTR where SO_RCVTIMEO is set; and fewer bytes, with MSG_WAITALL, or messages */
    {SYS_recvfrom, "recv", false},
    {SYS_recvmsg, "recvmsg", false},
    {SYS_recvmmsg, "recvmmsg", false},
    {SYS_accept, "accept", false},
    {SYS_accept4, "accept4", false},
    {SYS_read, "read", true},
    {SYS_readv, "readv", true},
    {SYS_preadv2, "preadv2", true},
    /* EINTR where SO_SNDTIMEO is set; and fewer bytes, also of a pipe or terminal */
    {SYS_connect, "connect", false},
    {SYS_sendto, "send", false},
    {SYS_sendmsg, "sendmsg", false},
    {SYS_sendmmsg, "sendmmsg", false},
    {SYS_write, "write", false},
    {SYS_writev, "writev", false},
    {SYS_pwritev2, "pwritev2", false},
    {SYS_sendfile, "sendfile", false},
    {SYS_splice, "splice", false},
    {SYS_tee, "tee", false},
    {SYS_vmsplice, "vmsplice", false},
    /* waits less for what SO_LINGER is for */
    {SYS_close, "close", false},
};

#define CALLS (sizeof calls / sizeof calls[0])

const struct blocking_call *blocking_call_at(size_t row)
{
    return row < CALLS ? &calls[row] : NULL;
}

const struct blocking_call *blocking_call_find(long number)
{
    for (size_t i = 0; i < CALLS; i++)
        if (calls[i].number == number)
            return &calls[i];
    return NULL;
}

static bool is_socket(int directory, int descriptor)
{
    char path[32];
    struct stat status;
    snprintf(path, sizeof path, "fd/%d", descriptor);
    return fstatat(directory, path, &status, 0) == 0 && S_ISSOCK(status.st_mode);
}

bool blocking_call_shows(const struct blocking_call *call, const uint64_t arguments[6],
                         int directory)
{
    return !call->of_sockets || is_socket(directory, (int)arguments[0]);
}
