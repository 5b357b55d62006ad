/*
 * Fuzzes the reader of segments. The input is a list of patches, 12 bytes each (a place and a
 * word), to a small segment that is good: random bytes alone would not get past the header's
 * checks.
 */
#include <stddef.h>
#include <stdint.h>

#include "../unit/segment/segment_writer.h"

#include "segment/reader.h"

enum { PATCH_SIZE = 12, MOST_PATCHES = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct segment_writer writer;
static unsigned char *good;

static void fill(void)
{
    writer_module(&writer, 0, "/usr/bin/orders", 0x1000, 0x2000);
    for (uint64_t i = 0; i < 40; i++) {
        const uint64_t addresses[] = {0x1010 + i, 0x1500, 0};
        uint64_t *words = writer_context(&writer, i, i + 1, i / 2, i % SEGMENT_CUSTOM + 1, i % 3);
        words[CTX_STACKS] = writer_stack(&writer, addresses, 0, 0);
        words[CTX_NAME] = writer_text(&writer, "a name");
        writer_event(&writer, i % WRITER_RINGS, i % SEGMENT_TASK_JOINED + 1, i, i);
    }
    for (uint64_t i = 0; i < 16; i++) {
        writer_task(&writer, i, i + 1, i % SEGMENT_COROUTINE + 1);
        writer_wait(&writer, i, i + 1, i % SEGMENT_OBJECT_NOTHING + 1, i % SEGMENT_WAIT_ACQUIRE + 1,
                    i % 5 + 1);
        writer_channel(&writer, i, i + 1, i);
    }
}

static void start(void)
{
    writer_open(&writer);
    fill();
    writer_kill(&writer);
    good = malloc(writer.size);
    writer_check(good != NULL, "malloc");
    memcpy(good, writer.base, writer.size);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct segment_problem problem;
    if (!good)
        start();
    patch(data, size);
    struct segment_reader *reader = segment_reader_open(writer.path, &problem);
    if (reader) {
        struct snapshot_builder *builder = segment_reader_read(reader, &problem);
        snapshot_free(builder ? builder_finish(builder) : NULL);
        segment_reader_close(reader);
    }
    memcpy(writer.base, good, writer.size);
    return 0;
}
