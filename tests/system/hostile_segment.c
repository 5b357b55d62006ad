/*
 * Writes a segment in which everything is sound but the times, which lie at the ends of their range
 * and beside each other in ways that no program has:
 *
 *     hostile_segment PATH SEED [live]
 *
 * Without `live` its program is dead. With it, it is this one, which says "ready" and then lives
 * until its standard input ends. PATH may be a directory, or - for that of CTXTRACE_DIR: the
 * segment then has the name that a recorder would give it.
 */
#include "../unit/segment/segment_writer.h"

#include <stdbool.h>
#include <sys/stat.h>

enum { CONTEXTS = 24, TASKS = 12 };

static uint64_t seed;

static uint64_t random_number(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 33;
}

/* A moment of a second ago counts as well: the others are then far from it. */
static int64_t some_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t times[] = {INT64_MIN,
                             INT64_MIN + 1,
                             INT64_MIN + 1000000000,
                             -1000000000,
                             -1,
                             0,
                             1,
                             INT64_MAX,
                             INT64_MAX - 1,
                             INT64_MAX - 1000000000,
                             INT64_MAX / 2 + 2,
                             INT64_MIN / 2 - 2,
                             (int64_t)(now.tv_sec - 2) * 1000000000,
                             (int64_t)now.tv_sec * 1000000000};
    return times[random_number() % (sizeof times / sizeof *times)];
}

static void spoil_header(struct segment_header *header)
{
    header->started_ns = some_time();
    header->made_ns = some_time();
    header->realtime_offset_ns = some_time();
    header->boottime_offset_ns = some_time();
    header->namespace_offset_ns = some_time();
    header->time_namespace = random_number() % 2;
    header->ended_ns = (uint64_t)some_time();
    header->alive_ns = (uint64_t)some_time();
    header->stopped_ns = (uint64_t)some_time();
    header->end = random_number() % 4;
}

static void add_contexts(struct segment_writer *writer)
{
    for (uint64_t i = 0; i < CONTEXTS; i++) {
        const uint64_t addresses[] = {0x1010 + 16 * (i % 4), 0x1500, 0};
        uint64_t *words = writer_context(
            writer, i, i + 1, i / 2, i == 0 ? CONTEXT_BACKGROUND : i % CONTEXT_CUSTOM + 1, i % 3);
        words[CTX_KIND_AND_STATE] |= random_number() % 3 << 8 | random_number() % 4 << 16;
        words[CTX_STACKS] = writer_stack(writer, addresses, 0, 0);
        words[CTX_NAME] = writer_text(writer, "a \033[31mname");
        words[CTX_ENDED] = (uint64_t)some_time();
        words[CTX_CREATED] = (uint64_t)some_time();
        words[CTX_DEADLINE] = (uint64_t)some_time();
        words[CTX_REQUESTED] = (uint64_t)some_time();
        writer_event(writer, i % WRITER_RINGS, i % EVENT_TASK_JOINED + 1, (uint64_t)some_time(), i);
    }
}

static void add_tasks(struct segment_writer *writer)
{
    for (uint64_t i = 0; i < TASKS; i++) {
        uint64_t *task = writer_task(writer, i, i + 1, i % TASK_ORIGIN_COROUTINE + 1);
        task[TASK_CREATED] = (uint64_t)some_time();
        uint64_t *wait =
            writer_wait(writer, i, i + 1, i % OBJECT_NOTHING + 1, i % WAIT_ACQUIRE + 1, i % 5 + 1);
        wait[WAIT_SINCE] = (uint64_t)some_time();
        wait[WAIT_UNTIL] = (uint64_t)some_time();
        wait[WAIT_OWNER_TASK] = i % 4 ? (i + 1) % TASKS + 1 : 0;
        writer_channel(writer, i, i + 1, i);
    }
}

static void name_it(const char *path, char *name, size_t size)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        snprintf(name, size, "%s/%d-%llu-1" SEGMENT_FILE_SUFFIX, path, (int)getpid(),
                 (unsigned long long)segment_start_time(getpid()));
    else
        snprintf(name, size, "%s", path);
}

int main(int count, char **arguments)
{
    struct segment_writer writer;
    char name[sizeof writer.path];
    if (count < 3)
        return 2;
    bool live = count > 3, is_told = strcmp(arguments[1], "-") == 0;
    seed = strtoull(arguments[2], NULL, 10);
    name_it(is_told ? getenv("CTXTRACE_DIR") : arguments[1], name, sizeof name);
    writer_open_at(&writer, name);
    writer_module(&writer, 0, "/usr/bin/orders", 0x1000, 0x2000);
    add_contexts(&writer);
    add_tasks(&writer);
    spoil_header(writer.header);
    if (!live) {
        writer_kill(&writer);
        return 0;
    }
    writer.header->end = SEGMENT_RUNNING;
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
