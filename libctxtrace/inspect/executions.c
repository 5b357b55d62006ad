#include "inspect/executions.h"

#include "base/array.h"
#include "image/regular_file.h"
#include "inspect/execution_path.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NO_PID = -1 }; /* of a process that is not known by its number */

#define MAX_JOURNAL (INT64_C(1) << 30) /* some millions of programs */

static bool journal_path(const char *directory, const char *name, char path[PATH_MAX])
{
    return snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

static bool make_file(const char *directory, const char *name, off_t size)
{
    char path[PATH_MAX];
    if (!journal_path(directory, name, path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool made = file >= 0 && ftruncate(file, size) == 0;
    return file >= 0 && close(file) == 0 && made;
}

bool executions_make_journal(const char *directory)
{
    return make_file(directory, EXECUTIONS_FILE, 0) &&
           make_file(directory, SEALED_EXECUTIONS_FILE, SEALED_EXECUTIONS_SIZE);
}

void executions_remove_journal(const char *directory)
{
    char path[PATH_MAX];
    if (journal_path(directory, EXECUTIONS_FILE, path))
        unlink(path);
    if (journal_path(directory, SEALED_EXECUTIONS_FILE, path))
        unlink(path);
}

/* ---- the list ---- */

/* The inode that tells the namespace in which we see processes from others. */
static uint64_t own_numbers(void)
{
    struct stat namespace;
    return stat("/proc/self/ns/pid", &namespace) == 0 ? namespace.st_ino : 0;
}

static struct execution *append(struct executions *found, const char *path, int pid,
                                uint64_t numbers, const struct execution_start *start)
{
    if (!ARRAY_ROOM(found->items, found->capacity, found->count + 1)) {
        found->is_cut = true;
        return NULL;
    }
    char *copy = strdup(path);
    found->is_cut |= !copy;
    if (!copy)
        return NULL;
    struct execution *item = &found->items[found->count++];
    *item = (struct execution){.path = copy, .pid = pid, .numbers = numbers, .start = *start};
    return item;
}

/* As `run` starts its command. */
static struct execution_start started_by_us(void)
{
    return (struct execution_start){.caller = executable_caller_self()};
}

static void remove_at(struct executions *found, size_t index)
{
    free(found->items[index].path);
    memmove(&found->items[index], &found->items[index + 1],
            (found->count - index - 1) * sizeof *found->items);
    found->count--;
}

/* The last entry of the process, which is what it is now; `count` if there is none. */
static size_t last_of(const struct executions *found, int pid, uint64_t numbers)
{
    for (size_t i = found->count; i > 0; i--) {
        const struct execution *item = &found->items[i - 1];
        if (item->pid == pid && item->numbers == numbers && !item->is_past)
            return i - 1;
    }
    return found->count;
}

struct execution *executions_find(const struct executions *found, int pid)
{
    size_t last = last_of(found, pid, own_numbers());
    return last < found->count ? &found->items[last] : NULL;
}

struct execution *executions_add(struct executions *found, const char *path, int pid)
{
    const struct execution_start start = started_by_us();
    return append(found, path, pid, own_numbers(), &start);
}

void executions_forget(struct executions *found, int pid)
{
    size_t last = last_of(found, pid, own_numbers());
    if (last < found->count)
        remove_at(found, last);
}

static void append_recorded(struct executions *found, const char *path, int pid, uint64_t numbers,
                            size_t record)
{
    if (!ARRAY_ROOM(found->recorded, found->recorded_capacity, found->recorded_count + 1)) {
        found->is_cut = true;
        return;
    }
    char *copy = strdup(path);
    found->is_cut |= !copy;
    if (copy)
        found->recorded[found->recorded_count++] = (struct execution){
            .path = copy, .pid = pid, .numbers = numbers, .is_recorded = true, .record = record};
}

/* The last one of the process; `recorded_count` if there is none. */
static size_t last_recorded_of(const struct executions *found, int pid, uint64_t numbers)
{
    for (size_t i = found->recorded_count; i > 0; i--)
        if (found->recorded[i - 1].pid == pid && found->recorded[i - 1].numbers == numbers)
            return i - 1;
    return found->recorded_count;
}

static void remove_recorded_at(struct executions *found, size_t index)
{
    if (index == found->recorded_count)
        return;
    struct execution *item = &found->recorded[index];
    free(item->path);
    memmove(item, item + 1, (found->recorded_count - index - 1) * sizeof *item);
    found->recorded_count--;
}

/* The noted path may be a symbolic link to it. A script's interpreter is not told from others. */
static bool is_file(const char *noted, const char *executable)
{
    char real[PATH_MAX];
    return strcmp(noted, executable) == 0 ||
           (realpath(noted, real) && strcmp(real, executable) == 0);
}

void executions_has_segment(struct executions *found, int pid, const char *executable)
{
    uint64_t numbers = own_numbers();
    for (size_t i = found->recorded_count; i > 0; i--) {
        const struct execution *item = &found->recorded[i - 1];
        if (item->pid == pid && item->numbers == numbers && is_file(item->path, executable)) {
            remove_recorded_at(found, i - 1);
            return;
        }
    }
    remove_recorded_at(found, last_recorded_of(found, pid, numbers));
}

/* ---- what processes became ---- */

static void append_became(struct executions *found, int pid, uint64_t numbers)
{
    if (!ARRAY_ROOM(found->became, found->became_capacity, found->became_count + 1)) {
        found->is_cut = true;
        return;
    }
    found->became[found->became_count++] = (struct process_number){pid, numbers};
}

/* It could not, after all. */
static void remove_became(struct executions *found, int pid, uint64_t numbers)
{
    for (size_t i = found->became_count; i > 0; i--) {
        struct process_number *item = &found->became[i - 1];
        if (item->pid != pid || item->numbers != numbers)
            continue;
        memmove(item, item + 1, (found->became_count - i) * sizeof *item);
        found->became_count--;
        return;
    }
}

size_t executions_became(const struct executions *found, int pid)
{
    uint64_t numbers = own_numbers();
    size_t count = 0;
    for (size_t i = 0; i < found->became_count; i++)
        count += found->became[i].pid == pid && found->became[i].numbers == numbers;
    return count;
}

void executions_free(struct executions *found)
{
    for (size_t i = 0; i < found->count; i++)
        free(found->items[i].path);
    for (size_t i = 0; i < found->recorded_count; i++)
        free(found->recorded[i].path);
    free(found->recorded);
    free(found->became);
    free(found->items);
    *found = (struct executions){0};
}

/* ---- the journal ---- */

struct reading {
    struct executions *found;
    struct executions early; /* in which a recorder started and which nobody has noted yet */
    size_t record;           /* the number of the present one */
};

/* libc's posix_spawn() returns late: the new program may have noted its recorder already. */
static void note_spawned(struct reading *reading, const char *path, int pid, uint64_t numbers,
                         const struct execution_start *start)
{
    const struct execution spawned = {.path = (char *)(uintptr_t)path, .start = *start};
    size_t early = last_of(&reading->early, pid, numbers);
    if (pid && early < reading->early.count &&
        execution_path_fits(&spawned, reading->early.items[early].path)) {
        append_recorded(reading->found, path, pid, numbers, reading->record);
        remove_at(&reading->early, early);
    } else
        append(reading->found, path, pid, numbers, start);
}

/*
 * If the process was noted to have become another program than this one, that one left nothing, and
 * how it became this one nobody could note.
 */
static void note_recorded(struct reading *reading, const char *path, int pid, uint64_t numbers,
                          const struct execution_start *start)
{
    struct executions *found = reading->found, *early = &reading->early;
    size_t started = last_of(found, pid, numbers);
    if (started < found->count && execution_path_fits(&found->items[started], path)) {
        append_recorded(found, found->items[started].path, pid, numbers, reading->record);
        remove_at(found, started);
        return;
    }
    if (started < found->count)
        found->items[started].is_past = true;
    struct execution *item = append(early, path, pid, numbers, start);
    if (item)
        item->record = reading->record;
}

/* Its recorder could not begin, when there was something to record. */
static void note_not_recorded(struct reading *reading, const char *path, int pid, uint64_t numbers,
                              const struct execution_start *start)
{
    struct executions *found = reading->found, *early = &reading->early;
    size_t noted = last_recorded_of(found, pid, numbers), unnoted = last_of(early, pid, numbers);
    if (unnoted < early->count && (noted == found->recorded_count ||
                                   early->items[unnoted].record > found->recorded[noted].record))
        remove_at(early, unnoted);
    else
        remove_recorded_at(found, noted);
    append(found, path, pid, numbers, start);
}

/* What was recorded without anybody noting that it was started. */
static void take_unnoted(struct reading *reading)
{
    const struct executions *early = &reading->early;
    for (size_t i = 0; i < early->count; i++) {
        const struct execution *item = &early->items[i];
        if (item->path[0])
            append_recorded(reading->found, item->path, item->pid, item->numbers, item->record);
    }
    reading->found->is_cut |= early->is_cut;
}

static void note_failed(struct executions *found, int pid, uint64_t numbers)
{
    remove_became(found, pid, numbers);
    size_t begun = last_of(found, pid, numbers);
    if (begun < found->count)
        remove_at(found, begun);
}

/* The numbers of `how`; what the last one means depends on the record. */
static bool read_how(const char *how, enum execution_kind kind, struct execution_start *start)
{
    struct executable_caller *caller = &start->caller;
    unsigned detail;
    *start = (struct execution_start){.error = 0};
    if (sscanf(how, "%u,%u,%u,%u,%u", &caller->uid, &caller->euid, &caller->gid, &caller->egid,
               &detail) != 5)
        return false;
    if (kind == EXECUTION_NOT_RECORDED)
        start->error = detail <= INT_MAX ? (int)detail : INT_MAX;
    else
        start->environment = detail;
    start->is_spawned = kind == EXECUTION_SPAWNED;
    return true;
}

static bool take(struct reading *reading, enum execution_kind kind, uint64_t numbers, int pid,
                 const struct execution_start *start, const char *path)
{
    switch (kind) {
    case EXECUTION_BEGINS:
        append_became(reading->found, pid, numbers);
        append(reading->found, path, pid, numbers, start);
        return true;
    case EXECUTION_SPAWNED:
        note_spawned(reading, path, pid, numbers, start);
        return true;
    case EXECUTION_RECORDED:
        note_recorded(reading, path, pid, numbers, start);
        return true;
    case EXECUTION_NOT_RECORDED:
        note_not_recorded(reading, path, pid, numbers, start);
        return true;
    case EXECUTION_FAILED:
        note_failed(reading->found, pid, numbers);
        return true;
    default:
        return false;
    }
}

/* ---- the records ---- */

struct record {
    enum execution_kind kind;
    uint64_t numbers;
    int pid;
    struct execution_start start;
    const char *path;
};

/* False if it is damaged. */
static bool parse(const char *text, struct record *record)
{
    int begin = 0;
    char letter, how[64];
    if (sscanf(text, "%c %" SCNu64 " %d %63s%n", &letter, &record->numbers, &record->pid, how,
               &begin) < 4 ||
        text[begin] != ' ')
        return false;
    record->kind = (enum execution_kind)letter;
    record->path = text + begin + 1;
    return read_how(how, record->kind, &record->start);
}

static bool take_record(struct reading *reading, const char *text)
{
    struct record record;
    return parse(text, &record) &&
           take(reading, record.kind, record.numbers, record.pid, &record.start, record.path);
}

static void read_records(FILE *journal, struct reading *reading)
{
    char *record = NULL;
    size_t size = 0;
    ssize_t length;
    for (; (length = getdelim(&record, &size, '\0', journal)) > 0; reading->record++)
        if (record[length - 1] != '\0' || !take_record(reading, record))
            reading->found->is_cut = true;
    if (!feof(journal))
        reading->found->is_cut = true;
    free(record);
}

/* The recorder of a program that was started by a process which could not say when. */
static bool take_early(struct reading *reading, const struct record *record)
{
    const struct execution noted = {.path = (char *)(uintptr_t)record->path,
                                    .start = record->start};
    for (size_t i = 0; i < reading->early.count; i++) {
        const struct execution *early = &reading->early.items[i];
        if ((record->pid > 0 && early->pid != record->pid) || early->numbers != record->numbers ||
            !execution_path_fits(&noted, early->path))
            continue;
        append_recorded(reading->found, early->path[0] ? early->path : record->path, early->pid,
                        early->numbers, early->record);
        remove_at(&reading->early, i);
        return true;
    }
    return false;
}

static bool take_sealed_record(struct reading *reading, const char *text)
{
    struct record record;
    if (!parse(text, &record) ||
        (record.kind != EXECUTION_BEGINS && record.kind != EXECUTION_SPAWNED))
        return text[0] == EXECUTION_FAILED;
    if (record.pid == 0)
        record.pid = NO_PID;
    if (record.kind == EXECUTION_BEGINS)
        append_became(reading->found, record.pid, record.numbers);
    if (!take_early(reading, &record))
        append(reading->found, record.path, record.pid, record.numbers, &record.start);
    return true;
}

static void take_sealed_records(struct reading *reading, const struct sealed_executions *sealed)
{
    const size_t room = sizeof sealed->records;
    size_t used = sealed->used < room ? sealed->used : room;
    reading->found->is_cut |= sealed->used > room || sealed->records[room - 1];
    for (size_t at = 0; at < used;) {
        size_t length = strnlen(sealed->records + at, room - at);
        if (length == room - at)
            return;
        if (length > 0 && !take_sealed_record(reading, sealed->records + at))
            reading->found->is_cut = true;
        at += length + 1;
    }
}

static void read_sealed(const char *directory, struct reading *reading)
{
    char name[PATH_MAX];
    int file =
        journal_path(directory, SEALED_EXECUTIONS_FILE, name) ? regular_file_open(name, NULL) : -1;
    struct sealed_executions *sealed = malloc(sizeof *sealed);
    if (sealed && file >= 0 && read(file, sealed, sizeof *sealed) == (ssize_t)sizeof *sealed)
        take_sealed_records(reading, sealed);
    else
        reading->found->is_cut = true;
    free(sealed);
    if (file >= 0)
        close(file);
}

void executions_read(const char *directory, const char *path, int pid, struct executions *found)
{
    char name[PATH_MAX];
    struct stat status;
    struct reading reading = {.found = found};
    *found = (struct executions){0};
    const struct execution_start start = started_by_us();
    append(found, path, pid, own_numbers(), &start);
    int file = journal_path(directory, EXECUTIONS_FILE, name) ? regular_file_open(name, NULL) : -1;
    FILE *journal = file < 0 ? NULL : fdopen(file, "r");
    if (journal && fstat(fileno(journal), &status) == 0 && status.st_size <= MAX_JOURNAL)
        read_records(journal, &reading);
    else
        found->is_cut = true;
    if (journal)
        fclose(journal);
    else if (file >= 0)
        close(file);
    read_sealed(directory, &reading);
    take_unnoted(&reading);
    executions_free(&reading.early);
}
