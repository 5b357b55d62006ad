#include "preload/executions.h"

#include "preload/preload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/executions.h"

/* The program may change its environment, so this is read once. Empty: nobody wants a journal. */
static char journal[PATH_MAX];

/*
 * One record, made without the help of stdio, which may not be used after vfork(). In memory from
 * the kernel: the stack is the program's, and may be the smallest that there is.
 */
struct record {
    size_t length;
    char bytes[2 * PATH_MAX + 64];
    char path[PATH_MAX]; /* for whoever makes it */
};

static struct record *new_record(void)
{
    struct record *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return made == MAP_FAILED ? NULL : made;
}

static void free_record(struct record *record)
{
    munmap(record, sizeof *record);
}

static void add_text(struct record *record, const char *text)
{
    size_t room = sizeof record->bytes - 1 - record->length, length = strlen(text);
    length = length < room ? length : room;
    memcpy(record->bytes + record->length, text, length);
    record->length += length;
}

static void add_number(struct record *record, unsigned long number)
{
    char digits[24], *digit = digits + sizeof digits;
    *--digit = '\0';
    do {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add_text(record, digit);
}

static void add_path(struct record *record, const char *path)
{
    if (path[0] != '/' && strchr(path, '/') && getcwd(record->path, sizeof record->path)) {
        add_text(record, record->path);
        add_text(record, "/");
        path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    }
    add_text(record, path);
}

static void append(const struct record *record)
{
    int file = open(journal, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return;
    ssize_t written;
    do
        written = write(file, record->bytes, record->length);
    while (written < 0 && errno == EINTR);
    close(file);
}

static void note(enum execution_kind kind, int pid, const char *path)
{
    if (!journal[0] || preload_is_sealed())
        return;
    int saved = errno;
    struct stat namespace;
    struct record *record = new_record();
    if (record) {
        const char letter[] = {(char)kind, ' ', '\0'};
        add_text(record, letter);
        add_number(record, stat("/proc/self/ns/pid", &namespace) == 0 ? namespace.st_ino : 0);
        add_text(record, " ");
        add_number(record, (unsigned long)pid);
        add_text(record, " ");
        add_path(record, path);
        record->bytes[record->length++] = '\0';
        append(record);
        free_record(record);
    }
    errno = saved;
}

void executions_start(bool is_recorded)
{
    const char *directory = secure_getenv("CTXTRACE_DIR");
    int length = directory ? snprintf(journal, sizeof journal, "%s/" EXECUTIONS_FILE, directory)
                           : (int)sizeof journal;
    if (length >= (int)sizeof journal || access(journal, W_OK) != 0)
        journal[0] = '\0';
    if (is_recorded)
        note(EXECUTION_RECORDED, getpid(), "");
}

void executions_not_recorded(void)
{
    int saved = errno;
    struct record *record = journal[0] ? new_record() : NULL;
    if (!record)
        return;
    /* What is not read stays zero. */
    if (readlink("/proc/self/exe", record->path, sizeof record->path - 1) > 0)
        note(EXECUTION_NOT_RECORDED, getpid(), record->path);
    free_record(record);
    errno = saved;
}

void executions_begin(const char *path)
{
    note(EXECUTION_BEGINS, getpid(), path);
}

/* Its path is read at once: the descriptor need not survive. */
void executions_begin_descriptor(int descriptor)
{
    int saved = errno;
    struct record *record = journal[0] ? new_record() : NULL;
    if (!record)
        return;
    add_text(record, "/proc/self/fd/");
    add_number(record, (unsigned long)descriptor);
    if (readlink(record->bytes, record->path, sizeof record->path - 1) < 0)
        record->path[0] = '\0';
    executions_begin(record->path);
    free_record(record);
    errno = saved;
}

void executions_failed(void)
{
    note(EXECUTION_FAILED, getpid(), "");
}

void executions_spawned(int pid, const char *path)
{
    note(EXECUTION_SPAWNED, pid, path);
}
