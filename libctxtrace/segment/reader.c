#include "segment/reader.h"

#include "base/base_name.h"
#include "base/error.h"
#include "image/command_line.h"
#include "segment/liveness.h"
#include "segment/program_clock.h"
#include "segment/read_contexts.h"
#include "segment/read_events.h"
#include "segment/read_objects.h"
#include "segment/read_owners.h"
#include "segment/read_reacquired.h"
#include "segment/read_tasks.h"
#include "segment/read_waits.h"
#include "segment/unseen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct segment_reader {
    struct segment_file file;
    char *path;
    enum segment_life life;
    struct module_table modules;
};

struct segment_reader *segment_reader_open(const char *path, struct error *error)
{
    struct segment_reader *reader = calloc(1, sizeof *reader);
    if (reader)
        reader->path = strdup(path);
    if (!reader || !reader->path) {
        error_no_memory(error);
        free(reader);
        return NULL;
    }
    if (segment_file_open(&reader->file, path, error)) {
        reader->file.pid_here = segment_pid_here(&reader->file);
        return reader;
    }
    free(reader->path);
    free(reader);
    return NULL;
}

void segment_reader_close(struct segment_reader *reader)
{
    if (!reader)
        return;
    segment_file_close(&reader->file);
    module_table_free(&reader->modules);
    free(reader->path);
    free(reader);
}

const struct segment_module *segment_reader_modules(const struct segment_reader *reader,
                                                    size_t *count)
{
    *count = reader->modules.count;
    return reader->modules.items;
}

int segment_reader_live_pid(const struct segment_reader *reader)
{
    return reader->life == LIFE_ALIVE ? reader->file.pid_here : 0;
}

void segment_reader_is_of(struct segment_reader *reader, int pid)
{
    reader->file.pid_here = pid;
}

/* ---- the program ---- */

static uint64_t losses_that_hide(const struct segment_header *header)
{
    return segment_lost(header, LOSS_CONTEXTS) + segment_lost(header, LOSS_TASKS) +
           segment_lost(header, LOSS_WAITS) + segment_lost(header, LOSS_CHANGES);
}

static bool is_complete(const struct reading *reading)
{
    const struct segment_header *header = &reading->file->header;
    return losses_that_hide(header) == 0 && header->unrecorded_contexts == 0 &&
           header->unrecorded_tasks == 0 && header->stopped_ns == 0 &&
           reading->in_flight[AREA_CONTEXTS] == 0 && reading->in_flight[AREA_TASKS] == 0 &&
           reading->in_flight[AREA_WAITS] == 0;
}

/* Until when it lived, and how it ended. */
struct program_life {
    int64_t taken_ns;
    bool taken_at_least;
    enum program_end end;
    int32_t end_detail;
};

static void take_end(struct program_life *life, const struct segment_reader *reader)
{
    uint64_t status = reader->file.header.wait_status;
    if (reader->life == LIFE_EXECED || reader->file.header.end == SEGMENT_EXECED)
        life->end = PROGRAM_EXECED; /* how the process ended later is another program's end */
    else if (!(status & SEGMENT_WAIT_STATUS_KNOWN))
        life->end = reader->life == LIFE_EXITED ? PROGRAM_EXITED : PROGRAM_END_UNKNOWN;
    else if (WIFSIGNALED((int)(uint32_t)status))
        life->end = PROGRAM_KILLED_BY;
    else
        life->end = PROGRAM_EXITED_WITH;
    if (life->end == PROGRAM_KILLED_BY)
        life->end_detail = WTERMSIG((int)(uint32_t)status);
    else if (life->end == PROGRAM_EXITED_WITH)
        life->end_detail = WEXITSTATUS((int)(uint32_t)status);
}

static struct program_life life_of(const struct segment_reader *reader,
                                   const struct reading *reading)
{
    const struct segment_header *header = &reader->file.header;
    struct program_life life = {.taken_ns = reading->began_ns};
    if (reader->life == LIFE_ALIVE)
        return life;
    take_end(&life, reader);
    int64_t ended_ns = (int64_t)header->ended_ns, alive_ns = (int64_t)header->alive_ns;
    life.taken_ns = alive_ns > reading->last_write_ns ? alive_ns : reading->last_write_ns;
    life.taken_at_least = ended_ns < life.taken_ns;
    if (!life.taken_at_least)
        life.taken_ns = ended_ns;
    return life;
}

/*
 * What a living one says now: a worker process that began its segment under its master's title has
 * got one of its own since.
 */
static snapshot_string command_of(const struct segment_reader *reader,
                                  struct snapshot_builder *builder)
{
    const struct segment_header *header = &reader->file.header;
    char now[SEGMENT_PATH_SIZE];
    if (reader->life == LIFE_ALIVE && reader->file.pid_here &&
        command_line_read(reader->file.pid_here, now, sizeof now))
        return builder_string(builder, now);
    return builder_string(builder,
                          header->command[0] ? header->command : base_name(header->executable));
}

static void describe_program(const struct segment_reader *reader, const struct reading *reading)
{
    const struct segment_header *header = &reader->file.header;
    struct snapshot_builder *builder = reading->builder;
    struct snapshot_program *program = builder_program(builder);
    struct program_life life = life_of(reader, reading);
    *program = (struct snapshot_program){
        .pid = reader->file.pid_here ? reader->file.pid_here : header->pid,
        .forked_from = header->forked_from,
        .state = reader->life == LIFE_ALIVE ? PROGRAM_ALIVE : PROGRAM_DEAD,
        .executable = builder_string(builder, header->executable),
        .command = command_of(reader, builder),
        .version = builder_string_format(builder, "segment format %u", header->version),
        .source = builder_string(builder, "segment"),
        .started_ns = header->started_ns,
        .taken_ns = life.taken_ns,
        .taken_at_least = life.taken_at_least,
        .realtime_offset_ns = reader->life == LIFE_ALIVE ? program_clock_realtime_offset(header)
                                                         : header->realtime_offset_ns,
        .contexts_unrecorded = header->unrecorded_contexts,
        .contexts_created = header->contexts_created + reading->contexts_created,
        .contexts_ended = header->contexts_ended + reading->contexts_ended,
        .counts_contexts = true,
        .complete = is_complete(reading),
        .exited = reader->life == LIFE_EXITED,
        .end = (uint8_t)life.end,
        .end_detail = life.end_detail,
    };
}

/* ---- losses ---- */

static const char *why_lost(unsigned kind, unsigned reason)
{
    if (kind == LOSS_EVENTS && reason == LOSS_FULL)
        return "there was no ring for their threads";
    return loss_reason_text(reason < LOSS_REASON_COUNT ? reason : LOSS_NOT_SAID);
}

static const char *const area_nouns[AREA_COUNT] = {
    [AREA_CONTEXTS] = "contexts", [AREA_TASKS] = "tasks",  [AREA_WAITS] = "waits",
    [AREA_OBJECTS] = "objects",   [AREA_TEXTS] = "texts",  [AREA_STACKS] = "stacks",
    [AREA_MODULES] = "modules",   [AREA_RINGS] = "events",
};

static void add_losses(const struct reading *reading)
{
    const struct segment_header *header = &reading->file->header;
    struct snapshot_builder *builder = reading->builder;
    for (unsigned kind = 0; kind < LOSS_COUNT; kind++) {
        for (unsigned reason = 0; reason < LOSS_REASON_ROOM; reason++)
            builder_add_loss(builder, loss_noun(kind), why_lost(kind, reason),
                             header->losses[kind][reason]);
    }
    builder_add_loss(builder, "contexts", "they existed before recording began",
                     header->unrecorded_contexts);
    builder_add_loss(builder, "tasks", "they existed before recording began",
                     header->unrecorded_tasks);
    builder_add_loss(builder, "changes of everything", "recording was switched off",
                     header->stopped_ns != 0);
    for (unsigned i = 0; i < AREA_COUNT; i++)
        builder_add_loss(builder, area_nouns[i],
                         reading->file->quiet ? "the program died while it wrote them"
                                              : "they were being written at that moment",
                         reading->in_flight[i]);
    builder_add_expected_loss(builder, "events", "newer ones were written over them",
                              reading->lapped_events);
    builder_add_loss(builder, "stacks", "references to them led nowhere",
                     reading->stacks.unreadable);
    builder_add_loss(builder, "modules", "there are more than can be", reading->modules->left_out);
    builder_add_loss(builder, "values", "the format does not know them", reading->odd_values);
}

/* ---- one reading ---- */

/*
 * Owners and observers are counted from a context's creation on; these make counts miss something.
 */
static enum precondition what_counts_lack(const struct segment_header *header)
{
    if (segment_lost(header, LOSS_CHANGES) != 0 || header->stopped_ns != 0)
        return PRECONDITION_NO_LOSSES;
    return PRECONDITION_NONE;
}

/*
 * What keeps "nothing can wake this task" from being said: a wait, or another task, may be missing.
 */
static enum precondition what_waits_lack(const struct reading *reading)
{
    const struct segment_header *header = &reading->file->header;
    if (segment_lost(header, LOSS_WAITS) != 0 || segment_lost(header, LOSS_CHANGES) != 0 ||
        header->stopped_ns != 0 || reading->in_flight[AREA_WAITS] != 0)
        return PRECONDITION_NO_LOSSES;
    return PRECONDITION_NONE;
}

/* In the order that reading.h explains. */
static bool read_parts(struct reading *reading)
{
    return look_at_waits(reading) && hold_tasks(reading) && read_contexts(reading) &&
           hold_objects(reading) && hold_waits(reading) && find_reacquired(reading) &&
           read_owners(reading) && look_again_at_waits(reading) && add_tasks(reading) &&
           add_objects(reading) && add_waits(reading) && read_events(reading) &&
           !reading->stacks.failed;
}

/* The process, if its threads have the numbers here that they know themselves by. */
static int pid_of_threads(const struct segment_reader *reader)
{
    int pid = segment_reader_live_pid(reader);
    return pid == reader->file.header.pid ? pid : 0;
}

static bool begin(struct segment_reader *reader, struct reading *reading)
{
    struct segment_file *file = &reader->file;
    *reading = (struct reading){
        .file = file,
        .builder = builder_new(),
        .modules = &reader->modules,
        .counts_lack = what_counts_lack(&file->header),
        .last_write_ns = file->header.started_ns,
        .began_ns = program_clock_now(&file->header),
    };
    descriptor_names_init(&reading->descriptors, segment_reader_live_pid(reader));
    thread_names_init(&reading->thread_names, pid_of_threads(reader));
    module_table_free(&reader->modules);
    return reading->builder && text_reader_init(&reading->texts, file) &&
           module_table_read(&reader->modules, file, &reading->in_flight[AREA_MODULES]) &&
           stack_reader_init(&reading->stacks, file, &reader->modules, reading->builder);
}

static void end(struct reading *reading)
{
    text_reader_free(&reading->texts);
    stack_reader_free(&reading->stacks);
    descriptor_names_free(&reading->descriptors);
    free(reading->waits);
    free(reading->first_look);
    free(reading->tasks);
    free(reading->objects);
    free(reading->open_contexts);
}

/* At most that many items of an area can be more than zeros: storage cannot be claimed falsely. */
static size_t stored_items(const struct segment_file *file, enum segment_area_kind kind)
{
    struct stat status;
    const struct area_range *range = &file->areas[kind];
    if (fstat(file->descriptor, &status) != 0)
        return 0;
    uint64_t stored = (uint64_t)status.st_blocks * 512 / range->item_size + 1;
    return range->used < stored ? (size_t)range->used : (size_t)stored;
}

static bool read_all(struct segment_reader *reader, struct reading *reading)
{
    if (!begin(reader, reading))
        return false;
    builder_reserve(reading->builder, stored_items(&reader->file, AREA_CONTEXTS),
                    stored_items(&reader->file, AREA_TASKS),
                    stored_items(&reader->file, AREA_WAITS));
    builder_ends_are_told_once(reading->builder);
    if (!read_parts(reading))
        return false;
    segment_file_refresh(&reader->file); /* losses while it was read count, too */
    describe_program(reader, reading);
    add_losses(reading);
    add_unseen(reading);
    builder_derive_task_facts(reading->builder, what_waits_lack(reading));
    return true;
}

struct snapshot_builder *segment_reader_read(struct segment_reader *reader, struct error *error)
{
    struct reading reading;
    if (!segment_file_refresh(&reader->file)) {
        error_set(error, "%.480s has been cut short since it was opened", reader->path);
        return NULL;
    }
    reader->life = segment_life(&reader->file);
    reader->file.quiet = reader->life != LIFE_ALIVE;
    bool done = read_all(reader, &reading);
    end(&reading);
    if (done)
        return reading.builder;
    error_no_memory(error);
    builder_free(reading.builder);
    return NULL;
}
