/*
 * Fuzzes the reader of segments, of both versions of the format, and the rules behind it. The input
 * begins with the version; then it is a list of patches, 12 bytes each (a place and a word), to a
 * small segment that is good: random bytes alone would not get past the header's checks.
 */
#include "../unit/segment/segment_writer.h"
#include "base/error.h"
#include "findings/findings.h"
#include "findings/rule.h"
#include "fuzz.h"
#include "segment/header_v1.h"
#include "segment/reader.h"

enum { PATCH_SIZE = 12, MOST_PATCHES = 256 };

static struct segment_writer writer;
static unsigned char *good;

static void fill(void)
{
    writer_module(&writer, 0, "/usr/bin/orders", 0x1000, 0x2000);
    for (uint64_t i = 0; i < 40; i++) {
        const uint64_t addresses[] = {0x1010 + i, 0x1500, 0};
        uint64_t *words = writer_context(&writer, i, i + 1, i / 2, i % CONTEXT_CUSTOM + 1, i % 3);
        words[CTX_STACKS] = writer_stack(&writer, addresses, 0, 0);
        words[CTX_NAME] = writer_text(&writer, "a name");
        writer_event(&writer, i % WRITER_RINGS, i % EVENT_TASK_JOINED + 1, i, i);
    }
    for (uint64_t i = 0; i < 16; i++) {
        writer_task(&writer, i, i + 1, i % TASK_ORIGIN_COROUTINE + 1);
        writer_wait(&writer, i, i + 1, i % OBJECT_NOTHING + 1, i % WAIT_ACQUIRE + 1, i % 5 + 1);
        writer_channel(&writer, i, i + 1, i);
    }
}

static void remove_file(void)
{
    unlink(writer.path);
}

static void start(void)
{
    writer_open(&writer);
    atexit(remove_file);
    fill();
    writer_kill(&writer);
    good = malloc(writer.size);
    writer_check(good != NULL, "malloc");
    memcpy(good, writer.base, writer.size);
}

/* The same in the words of version 1; items of later sizes are read as far as they were known. */
static void make_old(void)
{
    const struct segment_header *today = (const void *)good;
    struct segment_header_v1 old = {.magic = today->magic,
                                    .version = SEGMENT_V1,
                                    .byte_order = today->byte_order,
                                    .header_size = SEGMENT_V1_HEADER_SIZE,
                                    .file_size = today->file_size,
                                    .pid = today->pid,
                                    .process_start_time = today->process_start_time,
                                    .started_ns = today->started_ns,
                                    .ring_events = today->ring_events};
    memcpy(old.areas, today->areas, sizeof old.areas);
    memcpy(old.executable, today->executable, sizeof old.executable);
    memcpy(old.command, today->command, sizeof old.command);
    memset(writer.base, 0, today->header_size);
    memcpy(writer.base, &old, sizeof old);
}

static void patch(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < MOST_PATCHES && (i + 1) * PATCH_SIZE <= size; i++) {
        uint32_t place;
        uint64_t word;
        memcpy(&place, data + i * PATCH_SIZE, sizeof place);
        memcpy(&word, data + i * PATCH_SIZE + sizeof place, sizeof word);
        /* Every other one into the header, which steers everything else. */
        size_t limit = place & 1 ? writer.size : sizeof *writer.header;
        size_t offset = (place >> 1) % (limit / 8) * 8;
        memcpy(writer.base + offset, &word, sizeof word);
    }
}

static void look_at(struct snapshot *snapshot)
{
    const struct thresholds thresholds = thresholds_default();
    if (snapshot)
        findings_free(findings_check(snapshot, &thresholds, NULL));
    snapshot_free(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error;
    struct fuzz_input input = {data, size};
    if (!good)
        start();
    if (fuzz_number(&input, 1) & 1)
        make_old();
    patch(input.data, input.size);
    fuzz_clock_start();
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    if (reader) {
        struct snapshot_builder *builder = segment_reader_read(reader, &error);
        look_at(builder ? builder_finish(builder) : NULL);
        segment_reader_close(reader);
    }
    fuzz_clock_stop();
    memcpy(writer.base, good, writer.size);
    return 0;
}
