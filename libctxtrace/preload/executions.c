#include "preload/executions.h"

#include "preload/preload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/executions.h"

/* The program may change its environment, so this is read once. Empty: nobody wants a journal. */
static char journal[PATH_MAX];

/* One record, made without the help of stdio, which may not be used after vfork(). */
struct record {
    char bytes[2 * PATH_MAX + 64];
    size_t length;
};

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
    char directory[PATH_MAX];
    if (path[0] != '/' && strchr(path, '/') && getcwd(directory, sizeof directory)) {
        add_text(record, directory);
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
    struct record record;
    record.length = 0;
    const char letter[] = {(char)kind, ' ', '\0'};
    add_text(&record, letter);
    add_number(&record, stat("/proc/self/ns/pid", &namespace) == 0 ? namespace.st_ino : 0);
    add_text(&record, " ");
    add_number(&record, (unsigned long)pid);
    add_text(&record, " ");
    add_path(&record, path);
    record.bytes[record.length++] = '\0';
    append(&record);
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
    char path[PATH_MAX];
    if (!journal[0])
        return;
    int saved = errno;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    note(EXECUTION_NOT_RECORDED, getpid(), path);
    errno = saved;
}

void executions_begin(const char *path)
{
    note(EXECUTION_BEGINS, getpid(), path);
}

/* Its path is read at once: the descriptor need not survive. */
void executions_begin_descriptor(int descriptor)
{
    if (!journal[0])
        return;
    int saved = errno;
    struct record link;
    link.length = 0;
    char path[PATH_MAX];
    add_text(&link, "/proc/self/fd/");
    add_number(&link, (unsigned long)descriptor);
    link.bytes[link.length] = '\0';
    ssize_t length = readlink(link.bytes, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    errno = saved;
    executions_begin(path);
}

void executions_failed(void)
{
    note(EXECUTION_FAILED, getpid(), "");
}

void executions_spawned(int pid, const char *path)
{
    note(EXECUTION_SPAWNED, pid, path);
}
