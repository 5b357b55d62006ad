#include "preload/executions.h"

#include "preload/next_program.h"
#include "preload/plain_text.h"
#include "preload/preload.h"
#include "preload/process_state.h"
#include "preload/sealed.h"
#include "preload/sealed_journal.h"
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
static char journal[PATH_MAX], sealed_journal[PATH_MAX];

/*
 * One record. In memory from the kernel: the stack is the program's, and may be the smallest that
 * there is.
 */
struct record {
    struct plain_text text;
    char bytes[2 * PATH_MAX + 64];
    char path[PATH_MAX], found[PATH_MAX]; /* for whoever makes it */
};

static struct record *new_record(void)
{
    struct record *made =
        mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        return NULL;
    made->text = (struct plain_text){made->bytes, 0, sizeof made->bytes - 1};
    return made;
}

static void free_record(struct record *record)
{
    munmap(record, sizeof *record);
}

static void add_path(struct record *record, const char *path)
{
    if (path[0] && path[0] != '/' && getcwd(record->path, sizeof record->path)) {
        plain_text_add(&record->text, record->path);
        plain_text_add(&record->text, "/");
        path += strncmp(path, "./", 2) == 0 ? 2 : 0;
    }
    plain_text_add(&record->text, path);
}

/* A name that leads to no program stays one: its exec will fail. */
static void add_program(struct record *record, const char *path, bool search)
{
    bool is_name = search && !strchr(path, '/');
    if (is_name && !next_program_find(path, record->found))
        plain_text_add(&record->text, path);
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
    if (journal[0] && !preload_is_sealed())
        sealed_journal_open(sealed_journal);
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
        written = write(file, record->bytes, record->text.length + 1);
    while (written < 0 && errno == EINTR);
    if (!has_kept)
        close(file);
}

/* Who writes the record: to be found out by system calls. */
struct author {
    unsigned long numbers; /* the PID namespace */
    unsigned long ids[4];
};

static struct author author_now(void)
{
    struct stat namespace;
    bool known = stat("/proc/self/ns/pid", &namespace) == 0;
    return (struct author){known ? namespace.st_ino : 0,
                           {getuid(), geteuid(), getgid(), getegid()}};
}

/* All of the record between its kind and its path. */
static void add_how(struct plain_text *text, const struct author *author, int pid,
                    unsigned long detail)
{
    plain_text_add(text, " ");
    plain_text_add_number(text, author->numbers);
    plain_text_add(text, " ");
    plain_text_add_number(text, (unsigned long)pid);
    plain_text_add(text, " ");
    for (size_t i = 0; i < sizeof author->ids / sizeof *author->ids; i++) {
        plain_text_add_number(text, author->ids[i]);
        plain_text_add(text, ",");
    }
    plain_text_add_number(text, detail);
    plain_text_add(text, " ");
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
    if (!journal[0])
        return;
    int saved = errno;
    struct record *record = new_record();
    if (record) {
        const struct author author = author_now();
        const char letter[] = {(char)kind, '\0'};
        plain_text_add(&record->text, letter);
        add_how(&record->text, &author, pid, detail);
        add_program(record, path, search);
        append(record);
        free_record(record);
    }
    errno = saved;
}

/* ---- where system calls are forbidden ---- */

static struct author sealed_author;
/* The record of the exec that the thread is about to make, or NULL. */
static __thread char *begun __attribute__((tls_model("initial-exec")));

/* 0 in a forked child: its state was wiped. */
static int sealed_pid(void)
{
    const struct process_state *state = process_state_peek();
    return state ? atomic_load_explicit(&state->pid, memory_order_relaxed) : 0;
}

static char *note_sealed(enum execution_kind kind, int pid, unsigned long detail, const char *path)
{
    enum { MOST_NUMBERS = 160 };
    const size_t size = MOST_NUMBERS + strlen(path);
    char *record = sealed_journal_reserve(size);
    if (!record)
        return NULL;
    struct plain_text text = {record, 1, size - 1};
    add_how(&text, &sealed_author, pid, detail);
    plain_text_add(&text, path);
    sealed_journal_set_kind(record, (char)kind);
    return record;
}

void executions_seal(void)
{
    int saved = errno;
    struct process_state *state = journal[0] ? process_state_peek() : NULL;
    if (state) {
        process_state_pid(state);
        sealed_journal_open(sealed_journal);
        sealed_author = author_now();
    }
    errno = saved;
}

/* ---- what happens ---- */

/* As the kernel was given it. A script's is its own, and not its interpreter's. */
static const char *path_of_program(void)
{
    const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    return path && strncmp(path, "/dev/fd/", 8) != 0 ? path : "";
}

void executions_start(bool is_recorded)
{
    const char *directory = secure_getenv("CTXTRACE_DIR");
    const char *wanted = directory ? directory : "";
    snprintf(journal, sizeof journal, "%s/" EXECUTIONS_FILE, wanted);
    int length =
        snprintf(sealed_journal, sizeof sealed_journal, "%s/" SEALED_EXECUTIONS_FILE, wanted);
    if (!directory || length >= (int)sizeof sealed_journal || access(journal, W_OK) != 0)
        journal[0] = '\0';
    if (is_recorded)
        note(EXECUTION_RECORDED, getpid(), 0, path_of_program(), false);
}

void executions_not_recorded(void)
{
    int saved = errno;
    struct record *record = journal[0] && !preload_is_sealed() ? new_record() : NULL;
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
    if (!journal[0])
        return;
    unsigned long detail = look_at_environment(environment);
    if (preload_is_sealed())
        begun = note_sealed(EXECUTION_BEGINS, sealed_pid(), detail, path);
    else
        note(EXECUTION_BEGINS, getpid(), detail, path, search);
}

/* Where the descriptor leads is read at once: it need not survive. */
static void begin_from(struct record *record, int descriptor, const char *path,
                       char *const *environment)
{
    struct plain_text link = {record->bytes, 0, sizeof record->bytes - 1};
    plain_text_add(&link, "/proc/self/fd/");
    plain_text_add_number(&link, (unsigned long)descriptor);
    ssize_t length = readlink(record->bytes, record->path, sizeof record->path - 1);
    struct plain_text program = {record->path, length > 0 ? (size_t)length : 0,
                                 sizeof record->path - 1};
    if (path[0] && length > 1)
        plain_text_add(&program, "/");
    plain_text_add(&program, path);
    executions_begin(record->path, false, environment);
}

void executions_begin_at(int descriptor, const char *path, char *const *environment)
{
    int saved = errno;
    if (preload_is_sealed()) {
        executions_begin(path[0] ? path : "a program by its descriptor", false, environment);
        return;
    }
    struct record *record = journal[0] ? new_record() : NULL;
    if (!record)
        return;
    begin_from(record, descriptor, path, environment);
    free_record(record);
    errno = saved;
}

void executions_failed(void)
{
    if (!journal[0])
        return;
    if (!preload_is_sealed())
        note(EXECUTION_FAILED, getpid(), 0, "", false);
    else if (begun)
        sealed_journal_set_kind(begun, EXECUTION_FAILED);
    begun = NULL;
}

void executions_spawned(int pid, const char *path, bool search, char *const *environment)
{
    if (!journal[0])
        return;
    unsigned long detail = look_at_environment(environment);
    if (preload_is_sealed())
        note_sealed(EXECUTION_SPAWNED, pid, detail, path);
    else
        note(EXECUTION_SPAWNED, pid, detail, path, search);
}
