#include "image/blocking_call.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct blocking_call calls[] = {
    /* EINTR, and a time-out that starts over */
    {SYS_epoll_wait, "epoll_wait", SHOWS_ALWAYS, TIME_OUT_MILLISECONDS, 3},
    {SYS_epoll_pwait, "epoll_pwait", SHOWS_ALWAYS, TIME_OUT_MILLISECONDS, 3},
    {SYS_epoll_pwait2, "epoll_pwait2", SHOWS_ALWAYS, TIME_OUT_TIMESPEC, 3},
    {SYS_rt_sigtimedwait, "sigtimedwait", SHOWS_ALWAYS, TIME_OUT_TIMESPEC, 2},
    {SYS_semop, "semop", SHOWS_ALWAYS, TIME_OUT_NONE, 0},
    {SYS_semtimedop, "semtimedop", SHOWS_ALWAYS, TIME_OUT_TIMESPEC, 3},
    /* the same; and fewer events than were asked for */
    {SYS_io_getevents, "io_getevents", SHOWS_ALWAYS, TIME_OUT_TIMESPEC, 4},
    {SYS_io_pgetevents, "io_pgetevents", SHOWS_ALWAYS, TIME_OUT_TIMESPEC, 4},
    {SYS_io_uring_enter, "io_uring_enter", SHOWS_ALWAYS, TIME_OUT_OF_RING, 3},
    /* EINTR where SO_RCVTIMEO is set; and fewer bytes, with MSG_WAITALL, or messages */
    {SYS_recvfrom, "recv", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_recvmsg, "recvmsg", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_recvmmsg, "recvmmsg", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_accept, "accept", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_accept4, "accept4", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_read, "read", SHOWS_OF_SOCKETS, TIME_OUT_OF_SOCKET, 0},
    {SYS_readv, "readv", SHOWS_OF_SOCKETS, TIME_OUT_OF_SOCKET, 0},
    {SYS_preadv2, "preadv2", SHOWS_OF_SOCKETS, TIME_OUT_OF_SOCKET, 0},
    /* EINTR where SO_SNDTIMEO is set; and fewer bytes, also of a pipe or terminal */
    {SYS_connect, "connect", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_sendto, "send", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_sendmsg, "sendmsg", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_sendmmsg, "sendmmsg", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_write, "write", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_writev, "writev", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_pwritev2, "pwritev2", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_sendfile, "sendfile", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 0},
    {SYS_splice, "splice", SHOWS_ALWAYS, TIME_OUT_OF_SOCKET, 2},
    {SYS_tee, "tee", SHOWS_ALWAYS, TIME_OUT_NONE, 0},
    {SYS_vmsplice, "vmsplice", SHOWS_ALWAYS, TIME_OUT_NONE, 0},
    /* EINTR, and a time-out that starts over, where what is left of it cannot be written down */
    {SYS_select, "select", SHOWS_BY_TIME_OUT, TIME_OUT_TIMEVAL, 4},
    {SYS_pselect6, "pselect", SHOWS_BY_TIME_OUT, TIME_OUT_TIMESPEC, 4},
    {SYS_ppoll, "ppoll", SHOWS_BY_TIME_OUT, TIME_OUT_TIMESPEC, 2},
    /* EINTR on tmpfs, from older kernels, though it does not sleep */
    {SYS_fallocate, "fallocate", SHOWS_NEVER, TIME_OUT_NONE, 0},
    /* waits less for what SO_LINGER is for */
    {SYS_close, "close", SHOWS_ALWAYS, TIME_OUT_NONE, 0},
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

/* ---- memory that cannot be written to ---- */

#define NEAR_STACK UINT64_C(65536)

/* Reads a hexadecimal number and what ends it. NULL: there is none. */
static const char *read_number(const char *at, char end, uint64_t *number)
{
    const char *begin = at;
    for (*number = 0; (*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f'); at++)
        *number = *number * 16 + (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
    return at > begin && *at == end ? at + 1 : NULL;
}

/* Of a line of /proc/PID/maps: "START-END rw.. ". */
static bool is_unwritable_part(const char *line, uint64_t address)
{
    uint64_t start, end;
    const char *rest = read_number(line, '-', &start);
    rest = rest ? read_number(rest, ' ', &end) : NULL;
    return rest && address >= start && address < end && rest[0] && rest[1] == '-';
}

/* By lines, each of which may be longer than there is room for: its beginning is enough. */
static bool is_unwritable(int directory, uint64_t address)
{
    char text[4096], line[64];
    size_t length = 0;
    ssize_t got;
    bool found = false;
    int maps = openat(directory, "maps", O_RDONLY | O_CLOEXEC);
    if (maps < 0)
        return false;
    while (!found && (got = read(maps, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < got && !found; i++) {
            if (text[i] != '\n' && length < sizeof line - 1)
                line[length++] = text[i];
            if (text[i] != '\n')
                continue;
            line[length] = '\0';
            length = 0;
            found = is_unwritable_part(line, address);
        }
    }
    close(maps);
    return found;
}

/* Mostly it is on the caller's stack, and nothing has to be looked up. */
static bool is_time_out_lost(const struct blocking_call *call, const uint64_t arguments[6],
                             uint64_t sp, int directory)
{
    uint64_t time_out = arguments[call->argument];
    return time_out && time_out - sp >= NEAR_STACK && is_unwritable(directory, time_out);
}

bool blocking_call_restarts(const struct blocking_call *call)
{
    return call->number != SYS_close;
}

bool blocking_call_is_timed(const struct blocking_call *call, const uint64_t arguments[6],
                            int directory)
{
    uint64_t argument = arguments[call->argument];
    switch (call->time_out) {
    case TIME_OUT_MILLISECONDS:
        return (int)argument >= 0;
    case TIME_OUT_TIMESPEC:
    case TIME_OUT_TIMEVAL:
        return argument != 0;
    case TIME_OUT_OF_RING:
        return (argument & IORING_ENTER_EXT_ARG) != 0;
    case TIME_OUT_OF_SOCKET:
        return is_socket(directory, (int)arguments[0]) || is_socket(directory, (int)argument);
    default:
        return false;
    }
}

bool blocking_call_shows(const struct blocking_call *call, const uint64_t arguments[6], uint64_t sp,
                         int directory)
{
    switch (call->shows) {
    case SHOWS_OF_SOCKETS:
        return is_socket(directory, (int)arguments[0]);
    case SHOWS_BY_TIME_OUT:
        return is_time_out_lost(call, arguments, sp, directory);
    case SHOWS_NEVER:
        return false;
    default:
        return true;
    }
}
