#include "digest.h"

#include "base/hash.h"
#include "failing.h"

#include <errno.h>

static uint64_t add_text(uint64_t hash, const struct snapshot *snapshot, snapshot_string text)
{
    return hash_byte(hash_text(hash, snapshot_text(snapshot, text)), 0);
}

uint64_t digest_of(const struct snapshot *snapshot)
{
    uint64_t hash = hash_number(HASH_START, snapshot->context_count);
    hash = hash_number(hash, snapshot->task_count);
    hash = hash_number(hash, snapshot->wait_count);
    hash = hash_number(hash, snapshot->object_count);
    hash = hash_number(hash, snapshot->event_count);
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        hash = add_text(hash, snapshot, snapshot->contexts[i].name);
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        hash = add_text(hash, snapshot, snapshot->tasks[i].name);
    for (uint32_t i = 0; i < snapshot->frame_count; i++) {
        const struct snapshot_frame *frame = &snapshot->frames[i];
        hash = add_text(add_text(hash, snapshot, frame->function), snapshot, frame->linkage);
        hash = hash_number(add_text(hash, snapshot, frame->file), frame->line);
    }
    for (uint32_t i = 0; i < snapshot->loss_count; i++)
        hash = hash_number(add_text(hash, snapshot, snapshot->losses[i].what),
                           snapshot->losses[i].count);
    return hash;
}

uint64_t digest_of_findings(const struct findings *findings)
{
    uint64_t hash = hash_number(HASH_START, findings->count);
    for (uint32_t i = 0; i < findings->count; i++)
        hash = hash_number(hash_text(hash, findings->items[i].sentence), findings->items[i].count);
    return hash;
}

uint64_t digest_of_file(const char *path)
{
    static char bytes[1 << 22];
    failing_suspend(true);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    assert_true(size > 0 && size < sizeof bytes);
    fclose(file);
    failing_suspend(false);
    return hash_text_part(HASH_START, bytes, size);
}

void digest_check(uint64_t *whole, uint64_t digest)
{
    if (*whole == 0)
        *whole = digest;
    if (digest != *whole && failing_error() != EMFILE)
        fail_msg("call %lu: it says that it succeeded, and has made something else",
                 failing_number());
}
