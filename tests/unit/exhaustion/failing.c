#include "failing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- the n-th call ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool armed, suspended, reached;
static unsigned long calls_left;
static int failed_with;
static unsigned long present; /* the n of this run */

static bool fails(int error)
{
    pthread_mutex_lock(&mutex);
    bool now = armed && !suspended && --calls_left == 0;
    if (now) {
        reached = true;
        failed_with = error;
        armed = false;
    }
    pthread_mutex_unlock(&mutex);
    if (now)
        errno = error;
    return now;
}

void failing_arm(unsigned long n)
{
    pthread_mutex_lock(&mutex);
    armed = true;
    reached = false;
    calls_left = present = n;
    pthread_mutex_unlock(&mutex);
}

void failing_suspend(bool is_suspended)
{
    pthread_mutex_lock(&mutex);
    suspended = is_suspended;
    pthread_mutex_unlock(&mutex);
}

unsigned long failing_number(void)
{
    return present;
}

int failing_error(void)
{
    pthread_mutex_lock(&mutex);
    int error = reached ? failed_with : 0;
    pthread_mutex_unlock(&mutex);
    return error;
}

bool failing_disarm(void)
{
    pthread_mutex_lock(&mutex);
    armed = false;
    bool was_reached = reached;
    pthread_mutex_unlock(&mutex);
    return was_reached;
}

/* ---- what is allocated ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void __real_free(void *block);

struct block {
    struct block *next;
    const void *address;
};

enum { BUCKETS = 1 << 16 };

static struct block *blocks[BUCKETS];
static long block_count;

static struct block **bucket_of(const void *address)
{
    return &blocks[((uintptr_t)address >> 4) % BUCKETS];
}

static void *note(void *address)
{
    if (!address)
        return NULL;
    struct block *block = __real_malloc(sizeof *block);
    assert_non_null(block);
    pthread_mutex_lock(&mutex);
    struct block **bucket = bucket_of(address);
    *block = (struct block){*bucket, address};
    *bucket = block;
    block_count++;
    pthread_mutex_unlock(&mutex);
    return address;
}

/* What is not noted comes from a library, and is still ours to give back. */
static void forget(const void *address)
{
    struct block *found = NULL;
    pthread_mutex_lock(&mutex);
    for (struct block **at = bucket_of(address); *at; at = &(*at)->next)
        if ((*at)->address == address) {
            found = *at;
            *at = found->next;
            block_count--;
            break;
        }
    pthread_mutex_unlock(&mutex);
    __real_free(found);
}

void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
    return fails(ENOMEM) ? NULL : note(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
    return fails(ENOMEM) ? NULL : note(__real_calloc(count, size));
}

void *__wrap_reallocarray(void *block, size_t count, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
    if (fails(ENOMEM))
        return NULL;
    forget(block);
    return note(__real_reallocarray(block, count, size));
}

void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
    return __wrap_reallocarray(block, 1, size);
}

char *__wrap_strdup(const char *text);
char *__wrap_strdup(const char *text)
{
    return fails(ENOMEM) ? NULL : note(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t size);
char *__wrap_strndup(const char *text, size_t size)
{
    return fails(ENOMEM) ? NULL : note(__real_strndup(text, size));
}

int __real_vasprintf(char **text, const char *format, va_list arguments);
int __wrap_vasprintf(char **text, const char *format, va_list arguments);
int __wrap_vasprintf(char **text, const char *format, va_list arguments)
{
    if (fails(ENOMEM))
        return -1;
    int length = __real_vasprintf(text, format, arguments);
    if (length >= 0)
        note(*text);
    return length;
}

int __wrap_asprintf(char **text, const char *format, ...);
int __wrap_asprintf(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = __wrap_vasprintf(text, format, arguments);
    va_end(arguments);
    return length;
}

char *__real_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved)
{
    char *found = fails(ENOMEM) ? NULL : __real_realpath(path, resolved);
    return resolved ? found : note(found);
}

/* What the C library's headers make of getline(), too, where they optimise. */
ssize_t __real___getdelim(char **line, size_t *size, int delimiter, FILE *file);
ssize_t __wrap___getdelim(char **line, size_t *size, int delimiter, FILE *file);
ssize_t __wrap___getdelim(char **line, size_t *size, int delimiter, FILE *file)
{
    if (fails(ENOMEM))
        return -1;
    char *before = *line;
    ssize_t length = __real___getdelim(line, size, delimiter, file);
    if (*line != before) {
        forget(before);
        note(*line);
    }
    return length;
}

ssize_t __wrap_getdelim(char **line, size_t *size, int delimiter, FILE *file);
ssize_t __wrap_getdelim(char **line, size_t *size, int delimiter, FILE *file)
{
    return __wrap___getdelim(line, size, delimiter, file);
}

ssize_t __wrap_getline(char **line, size_t *size, FILE *file);
ssize_t __wrap_getline(char **line, size_t *size, FILE *file)
{
    return __wrap___getdelim(line, size, '\n', file);
}

void __wrap_free(void *block);
void __wrap_free(void *block)
{
    if (block)
        forget(block);
    __real_free(block);
}

/* ---- everything else ---- */

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return fails(ENOMEM) ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, int) : 0;
    va_end(arguments);
    return fails(EMFILE) ? -1 : __real_open(path, flags, mode);
}

int __real_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...);
int __wrap_openat(int directory, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, int) : 0;
    va_end(arguments);
    return fails(EMFILE) ? -1 : __real_openat(directory, path, flags, mode);
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
    return fails(EMFILE) ? NULL : __real_fopen(path, mode);
}

FILE *__real_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode)
{
    return fails(ENOMEM) ? NULL : __real_fdopen(fd, mode);
}

DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd)
{
    return fails(ENOMEM) ? NULL : __real_fdopendir(fd);
}

int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags)
{
    return fails(EMFILE) ? -1 : __real_eventfd(count, flags);
}

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags);
int __wrap_epoll_create1(int flags)
{
    return fails(EMFILE) ? -1 : __real_epoll_create1(flags);
}

int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags)
{
    return fails(EMFILE) ? -1 : __real_memfd_create(name, flags);
}

int __real_socketpair(int domain, int type, int protocol, int sockets[2]);
int __wrap_socketpair(int domain, int type, int protocol, int sockets[2]);
int __wrap_socketpair(int domain, int type, int protocol, int sockets[2])
{
    return fails(EMFILE) ? -1 : __real_socketpair(domain, type, protocol, sockets);
}

int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size)
{
    return fails(ENOSPC) ? -1 : __real_ftruncate(fd, size);
}

FILE *__real_open_memstream(char **text, size_t *size);
FILE *__wrap_open_memstream(char **text, size_t *size);
FILE *__wrap_open_memstream(char **text, size_t *size)
{
    return fails(ENOMEM) ? NULL : __real_open_memstream(text, size);
}

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
    return fails(EMFILE) ? NULL : __real_opendir(path);
}

int __real_fallocate(int fd, int mode, off_t offset, off_t size);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size)
{
    return fails(ENOSPC) ? -1 : __real_fallocate(fd, mode, offset, size);
}

/* Of system calls that the recorder makes by itself, those that make files and room in them. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    long argument[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        argument[i] = va_arg(arguments, long);
    va_end(arguments);
    bool can_fail = number == SYS_openat || number == SYS_fallocate || number == SYS_pwrite64;
    if (can_fail && fails(number == SYS_openat ? EMFILE : ENOSPC))
        return -1;
    return __real_syscall(number, argument[0], argument[1], argument[2], argument[3], argument[4],
                          argument[5]);
}

int __real_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags)
{
    return fails(EMFILE) ? -1 : __real_pipe2(ends, flags);
}

int __real_dup3(int from, int to, int flags);
int __wrap_dup3(int from, int to, int flags);
int __wrap_dup3(int from, int to, int flags)
{
    return fails(EBUSY) ? -1 : __real_dup3(from, to, flags);
}

int __real_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    return fails(ENOSPC) ? -1 : __real_epoll_ctl(epoll, operation, fd, event);
}

int __real_signalfd(int fd, const sigset_t *set, int flags);
int __wrap_signalfd(int fd, const sigset_t *set, int flags);
int __wrap_signalfd(int fd, const sigset_t *set, int flags)
{
    return fails(EMFILE) ? -1 : __real_signalfd(fd, set, flags);
}

int __real_mkostemp(char *path, int flags);
int __wrap_mkostemp(char *path, int flags);
int __wrap_mkostemp(char *path, int flags)
{
    return fails(EMFILE) ? -1 : __real_mkostemp(path, flags);
}

/* Handlers of the child's count on; what comes after them in it is another scenario. */
pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
    if (fails(EAGAIN))
        return -1;
    pid_t child = __real_fork();
    if (child == 0)
        armed = false;
    return child;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument)
{
    return fails(EAGAIN) ? EAGAIN : __real_pthread_create(thread, attributes, function, argument);
}

/* ---- driving ---- */

static int descriptors_open(void)
{
    int count = 0;
    DIR *directory = __real_opendir("/proc/self/fd");
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static unsigned long next_after(unsigned long n, unsigned long dense)
{
    return n < dense ? n + 1 : n + n / 8;
}

/* One run in which the n-th call fails. Returns whether it was reached. */
static bool run_once(const char *name, failing_scenario *scenario, unsigned long n)
{
    char said[1024] = "";
    int descriptors_before = descriptors_open();
    failing_arm(n);
    bool done = scenario(said, sizeof said);
    bool was_reached = failing_disarm();
    if (descriptors_open() != descriptors_before)
        fail_msg("%s, call %lu: a descriptor is left open", name, n);
    if (!done && (said[0] == '\0' || strchr(said, '\n')))
        fail_msg("%s, call %lu: failed and said \"%s\"", name, n, said);
    assert_true(done || was_reached);
    return was_reached;
}

static long blocks_now(void)
{
    pthread_mutex_lock(&mutex);
    long count = block_count;
    pthread_mutex_unlock(&mutex);
    return count;
}

void failing_drive(const char *name, failing_scenario *scenario, unsigned long dense, long kept)
{
    char said[1024] = "";
    /* Once before: what is made once in a process and kept. */
    if (!scenario(said, sizeof said))
        fail_msg("%s fails by itself: %s", name, said);
    unsigned long failures = 0, n = 1;
    for (bool was_reached = true; was_reached; n = next_after(n, dense)) {
        long blocks_before = blocks_now();
        was_reached = false;
        for (long round = 0; round <= 2 * kept; round++)
            was_reached |= run_once(name, scenario, n);
        if (labs(blocks_now() - blocks_before) > kept)
            fail_msg("%s, call %lu: %ld blocks are left", name, n, blocks_now() - blocks_before);
        failures += was_reached;
    }
    print_message("%s: %lu calls, %lu of them failed\n", name, n - 2, failures);
}
