#include "preload/executions.h"

#include "preload/next_program.h"
#include "preload/preload.h"
#include "preload/sealed.h"
#include "segment/executions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The program may change its environment, so this is read once. Empty: nobody wants a journal. */
static char journal[PATH_MAX];

/*
 * One record, made without the help of stdio, which may not be used after vfork(). In memory from
 * the kernel: the stack is the program's, and may be the smallest that there is.
 */
struct record {
    size_t length;
    char bytes[2 * PATH_MAX + 64];
    char path[PATH_MAX], found[PATH_MAX]; /* for whoever makes it */
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
    if (path[0] && path[0] != '/' && getcwd(record->path, sizeof record->path)) {
        add_text(record, record->path);
        add_text(record, "/");
        path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    }
    add_text(record, path);
}

/* A name that leads to no program stays one: its exec will fail. */
static void add_program(struct record *record, const char *path, bool search)
{
    bool is_name = search && !strchr(path, '/');
    if (is_name && !next_program_find(path, record->found))
        add_text(record, path);
    else
        add_path(record, is_name ? record->found : path);
}

/*
 * The descriptor that is kept is the program's to close, and then becomes some other file of the
 * program's: it is used only if it is still the journal. A child that shares our memory and not our
 * descriptors (vfork) may have kept one that we have not.
 */
static struct {
    int descriptor;
    dev_t device;
    ino_t inode;
} kept = {.descriptor = -1};

static int open_journal(void)
{
    return open(journal, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
}

static bool is_kept(void)
{
    struct stat status;
    return kept.descriptor >= 0 && fstat(kept.descriptor, &status) == 0 &&
           status.st_dev == kept.device && status.st_ino == kept.inode;
}

/* Out of the way of the numbers that a program expects. */
static int move_away(int descriptor)
{
    enum { USUAL_LIMIT = 1024, OUT_OF_THE_WAY = 64 };
    struct rlimit limit;
    int least = STDERR_FILENO + 1;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 4 * OUT_OF_THE_WAY)
        least = (int)(limit.rlim_cur < USUAL_LIMIT ? limit.rlim_cur : USUAL_LIMIT) - OUT_OF_THE_WAY;
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, least);
    close(descriptor);
    return moved;
}

void executions_keep_open(void)
{
    int saved = errno;
    struct stat status;
    int opened = journal[0] && !preload_is_sealed() && !is_kept() ? open_journal() : -1;
    if (opened >= 0 && fstat(opened, &status) == 0) {
        kept.device = status.st_dev;
        kept.inode = status.st_ino;
    }
    if (opened >= 0)
        kept.descriptor = move_away(opened);
    errno = saved;
}

static void append(const struct record *record)
{
    bool has_kept = is_kept();
    int file = has_kept ? kept.descriptor : open_journal();
    if (file < 0)
        return;
    ssize_t written;
    do
        written = write(file, record->bytes, record->length);
    while (written < 0 && errno == EINTR);
    if (!has_kept)
        close(file);
}

/* Whose process writes the record, and how the program is started. */
static void add_how(struct record *record, unsigned long detail)
{
    const unsigned long numbers[] = {getuid(), geteuid(), getgid(), getegid(), detail};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (i > 0)
            add_text(record, ",");
        add_number(record, numbers[i]);
    }
}

/* The value of a variable, if this is it. */
static const char *value_of(const char *variable, const char *name)
{
    size_t length = strlen(name);
    return strncmp(variable, name, length) == 0 && variable[length] == '=' ? variable + length + 1
                                                                           : NULL;
}

static bool is_of_journal(const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(journal, directory, length) == 0 &&
           strcmp(journal + length, "/" EXECUTIONS_FILE) == 0;
}

static enum execution_environment look_at_environment(char *const *environment)
{
    struct stripped_environment unused;
    bool has_directory = false;
    if (!stripped_environment_measure(&unused, environment))
        return ENVIRONMENT_NO_PRELOAD;
    for (size_t i = 0; environment[i]; i++) {
        const char *wish = value_of(environment[i], "CTXTRACE");
        const char *directory = value_of(environment[i], "CTXTRACE_DIR");
        if (wish && strcmp(wish, "0") == 0)
            return ENVIRONMENT_OFF;
        has_directory |= directory && is_of_journal(directory);
    }
    return has_directory ? ENVIRONMENT_WHOLE : ENVIRONMENT_NO_DIRECTORY;
}

static void note(enum execution_kind kind, int pid, unsigned long detail, const char *path,
                 bool search)
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
        add_how(record, detail);
        add_text(record, " ");
        add_program(record, path, search);
        record->bytes[record->length++] = '\0';
        append(record);
        free_record(record);
    }
    errno = saved;
}

/* As the kernel was given it. A script's is its own, and not its interpreter's. */
static const char *path_of_program(void)
{
    const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    return path && strncmp(path, "/dev/fd/", 8) != 0 ? path : "";
}

void executions_start(bool is_recorded)
{
    const char *directory = secure_getenv("CTXTRACE_DIR");
    int length = directory ? snprintf(journal, sizeof journal, "%s/" EXECUTIONS_FILE, directory)
                           : (int)sizeof journal;
    if (length >= (int)sizeof journal || access(journal, W_OK) != 0)
        journal[0] = '\0';
    if (is_recorded)
        note(EXECUTION_RECORDED, getpid(), 0, path_of_program(), false);
}

void executions_not_recorded(void)
{
    int saved = errno;
    struct record *record = journal[0] ? new_record() : NULL;
    if (!record)
        return;
    /* What is not read stays zero. */
    if (readlink("/proc/self/exe", record->path, sizeof record->path - 1) > 0)
        note(EXECUTION_NOT_RECORDED, getpid(), (unsigned long)ctxt_trace_failure(), record->path,
             false);
    free_record(record);
    errno = saved;
}

void executions_begin(const char *path, bool search, char *const *environment)
{
    if (journal[0])
        note(EXECUTION_BEGINS, getpid(), look_at_environment(environment), path, search);
}

/* Its path is read at once: the descriptor need not survive. */
void executions_begin_descriptor(int descriptor, char *const *environment)
{
    int saved = errno;
    struct record *record = journal[0] ? new_record() : NULL;
    if (!record)
        return;
    add_text(record, "/proc/self/fd/");
    add_number(record, (unsigned long)descriptor);
    if (readlink(record->bytes, record->path, sizeof record->path - 1) < 0)
        record->path[0] = '\0';
    executions_begin(record->path, false, environment);
    free_record(record);
    errno = saved;
}

void executions_failed(void)
{
    note(EXECUTION_FAILED, getpid(), 0, "", false);
}

void executions_spawned(int pid, const char *path, bool search, char *const *environment)
{
    if (journal[0])
        note(EXECUTION_SPAWNED, pid, look_at_environment(environment), path, search);
}
