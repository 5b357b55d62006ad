/*
 * Writes segments for tests of their reader, straight from the format's specification: a small file
 * with room for a few hundred of everything, mapped, to be filled in by hand and damaged at will.
 */
#ifndef CTXTRACE_TESTS_SEGMENT_WRITER_H
#define CTXTRACE_TESTS_SEGMENT_WRITER_H

#include "segment/format.h"
#include "segment/liveness.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
    WRITER_CONTEXTS = 1536,
    WRITER_ITEMS = 256,
    WRITER_STACK_WORDS = 4096,
    WRITER_RING_EVENTS = 16,
    WRITER_RINGS = 4
};

struct segment_writer {
    char path[128];
    int file;
    unsigned char *base;
    size_t size;
    struct segment_header *header;
    uint64_t next_generation, next_stack_word, next_text;
};

static inline void writer_check(int good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

static inline void writer_lay_out(struct segment_header *header)
{
    static const uint64_t item_sizes[AREA_COUNT] = {
        [AREA_CONTEXTS] = CTX_WORDS * 8,
        [AREA_TASKS] = TASK_WORDS * 8,
        [AREA_WAITS] = WAIT_WORDS * 8,
        [AREA_OBJECTS] = OBJ_WORDS * 8,
        [AREA_TEXTS] = SEGMENT_TEXT_SIZE,
        [AREA_STACKS] = 8,
        [AREA_MODULES] = MODULE_WORDS * 8,
        [AREA_RINGS] = (RING_FIRST_EVENT + WRITER_RING_EVENTS * EVENT_WORDS) * 8,
    };
    uint64_t offset = SEGMENT_HEADER_SIZE;
    for (int i = 0; i < AREA_COUNT; i++) {
        uint64_t capacity = i == AREA_CONTEXTS ? WRITER_CONTEXTS
                            : i == AREA_STACKS ? WRITER_STACK_WORDS
                            : i == AREA_RINGS  ? WRITER_RINGS
                                               : WRITER_ITEMS;
        header->areas[i].offset = offset;
        header->areas[i].item_size = item_sizes[i];
        header->areas[i].capacity = capacity;
        offset += (item_sizes[i] * capacity + 4095) / 4096 * 4096;
    }
    header->file_size = offset;
}

/* A segment without anything in it, of this very process: alive, as long as it is open. */
static inline void writer_open_at(struct segment_writer *writer, const char *path)
{
    struct segment_header layout = {0};
    struct timespec now;
    *writer = (struct segment_writer){.next_generation = 1};
    snprintf(writer->path, sizeof writer->path, "%s", path);
    writer->file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    writer_check(writer->file >= 0, path);
    writer_lay_out(&layout);
    writer->size = layout.file_size;
    writer_check(ftruncate(writer->file, (off_t)writer->size) == 0, "ftruncate");
    void *base = mmap(NULL, writer->size, PROT_READ | PROT_WRITE, MAP_SHARED, writer->file, 0);
    writer_check(base != MAP_FAILED, "mmap");
    writer->base = base;
    writer->header = base;
    *writer->header = layout;
    clock_gettime(CLOCK_MONOTONIC, &now);
    writer->header->version = SEGMENT_VERSION;
    writer->header->byte_order = SEGMENT_BYTE_ORDER;
    writer->header->header_size = SEGMENT_HEADER_SIZE;
    writer->header->area_count = AREA_COUNT;
    writer->header->pid = getpid();
    writer->header->process_start_time = segment_start_time(getpid());
    writer->header->started_ns = (int64_t)now.tv_sec * 1000000000;
    writer->header->ring_events = WRITER_RING_EVENTS;
    snprintf(writer->header->executable, SEGMENT_PATH_SIZE, "/usr/bin/orders");
    snprintf(writer->header->command, SEGMENT_PATH_SIZE, "orders --port 8080");
    writer->header->magic = SEGMENT_MAGIC;
}

static inline void writer_open(struct segment_writer *writer)
{
    char path[] = "/tmp/segment-test-XXXXXX";
    int file = mkstemp(path);
    writer_check(file >= 0, "mkstemp");
    close(file);
    writer_open_at(writer, path);
}

/* From now on its process is another one, which is gone. */
static inline void writer_kill(struct segment_writer *writer)
{
    writer->header->process_start_time++;
}

static inline void writer_unmap(struct segment_writer *writer)
{
    munmap(writer->base, writer->size);
    close(writer->file);
}

static inline void writer_close(struct segment_writer *writer)
{
    writer_unmap(writer);
    unlink(writer->path);
}

/* ---- items ---- */

/* The words of an item; it counts as used from now on. */
static inline uint64_t *writer_item(struct segment_writer *writer, enum segment_area_kind area,
                                    uint64_t index)
{
    struct segment_area *place = &writer->header->areas[area];
    assert(index < place->capacity);
    if (place->used <= index)
        place->used = index + 1;
    return (uint64_t *)(void *)(writer->base + place->offset + index * place->item_size);
}

/* A slot that is written, and stable. */
static inline uint64_t *writer_slot(struct segment_writer *writer, enum segment_area_kind area,
                                    uint64_t index, uint64_t id)
{
    uint64_t *words = writer_item(writer, area, index);
    words[0] += 2;
    words[1] = id;
    return words;
}

static inline uint64_t *writer_context(struct segment_writer *writer, uint64_t index, uint64_t id,
                                       uint64_t parent, uint64_t kind, uint64_t owners)
{
    uint64_t *words = writer_slot(writer, AREA_CONTEXTS, index, id);
    words[CTX_PARENT_ID] = parent;
    words[CTX_KIND_AND_STATE] = kind;
    words[CTX_CREATED] = (uint64_t)writer->header->started_ns + id;
    words[CTX_DEADLINE] = INT64_MAX;
    words[CTX_REQUESTED] = INT64_MAX;
    words[CTX_REFERENCES] = owners;
    return words;
}

static inline uint64_t *writer_task(struct segment_writer *writer, uint64_t index, uint64_t id,
                                    uint64_t kind)
{
    uint64_t *words = writer_slot(writer, AREA_TASKS, index, id);
    words[TASK_THREAD_AND_STATE] = (1000 + id) | kind << 32;
    words[TASK_CREATED] = (uint64_t)writer->header->started_ns + id;
    return words;
}

static inline uint64_t *writer_wait(struct segment_writer *writer, uint64_t index, uint64_t task,
                                    uint64_t kind, uint64_t operation, uint64_t object)
{
    uint64_t *words = writer_slot(writer, AREA_WAITS, index, task);
    words[WAIT_KINDS] = kind | operation << 8;
    words[WAIT_OBJECT_ID] = object;
    words[WAIT_SINCE] = (uint64_t)writer->header->started_ns + 1000;
    words[WAIT_UNTIL] = INT64_MAX;
    return words;
}

static inline uint64_t *writer_channel(struct segment_writer *writer, uint64_t index, uint64_t id,
                                       uint64_t references)
{
    uint64_t *words = writer_slot(writer, AREA_OBJECTS, index, id);
    words[OBJ_KIND_AND_FLAGS] = OBJECT_CHANNEL;
    words[OBJ_REFERENCES] = references | (uint64_t)(references + 8) << 32;
    return words;
}

static inline uint64_t writer_text(struct segment_writer *writer, const char *text)
{
    uint64_t cell = writer->next_text++, generation = writer->next_generation++;
    uint64_t *words = writer_item(writer, AREA_TEXTS, cell);
    words[TEXT_GENERATION] = generation;
    words[TEXT_LENGTH] = strlen(text);
    assert(strlen(text) <= SEGMENT_TEXT_BYTES);
    memcpy(words + TEXT_FIRST_WORD, text, strlen(text));
    return generation << 32 | (cell + 1);
}

/* `addresses` ends with 0. Returns the reference. */
static inline uint64_t writer_stack(struct segment_writer *writer, const uint64_t *addresses,
                                    uint64_t module_generation, uint64_t flags)
{
    uint64_t index = writer->next_stack_word, count = 0;
    while (addresses[count])
        count++;
    uint64_t *words = writer_item(writer, AREA_STACKS, index + STACK_FIRST_ADDRESS + count) -
                      STACK_FIRST_ADDRESS - count;
    words[STACK_MARK] = SEGMENT_STACK_COMMITTED | flags | count;
    words[STACK_MODULE_GENERATION] = module_generation;
    memcpy(words + STACK_FIRST_ADDRESS, addresses, count * 8);
    writer->next_stack_word += STACK_FIRST_ADDRESS + count;
    return index + 1;
}

static inline uint64_t *writer_module(struct segment_writer *writer, uint64_t index,
                                      const char *path, uint64_t begin, uint64_t end)
{
    uint64_t *words = writer_slot(writer, AREA_MODULES, index, index + 1);
    words[MODULE_BEGIN] = begin;
    words[MODULE_END] = end;
    words[MODULE_BIAS] = begin;
    snprintf((char *)(words + MODULE_PATH), SEGMENT_MODULE_PATH_BYTES, "%s", path);
    return words;
}

/* The next event of a ring. */
static inline uint64_t *writer_event(struct segment_writer *writer, uint64_t ring, uint64_t kind,
                                     uint64_t time_ns, uint64_t subject)
{
    uint64_t *words = writer_item(writer, AREA_RINGS, ring);
    uint64_t number = words[RING_HEAD]++;
    uint64_t *event = words + RING_FIRST_EVENT + number % WRITER_RING_EVENTS * EVENT_WORDS;
    memset(event, 0, EVENT_WORDS * 8);
    event[EVENT_SEQUENCE] = 2 * number + 2;
    event[EVENT_TIME] = time_ns;
    event[EVENT_KIND_AND_CODE] = kind;
    event[EVENT_SUBJECT] = subject;
    return event;
}

#endif
