#include "record/open_waits.h"

#include "record/slots.h"

#include <sys/mman.h>

static uint32_t *new_links(uint64_t count)
{
    void *links = mmap(NULL, count * sizeof(uint32_t), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return links == MAP_FAILED ? NULL : links;
}

bool waits_open(struct open_waits *waits, uint64_t wait_capacity, uint64_t task_capacity)
{
    invariant(wait_capacity > 0 && task_capacity > 0);
    *waits = (struct open_waits){.wait_capacity = wait_capacity, .task_capacity = task_capacity};
    waits->outer = new_links(wait_capacity);
    waits->innermost = new_links(task_capacity);
    if (waits->outer && waits->innermost)
        return true;
    waits_close(waits);
    return false;
}

void waits_close(struct open_waits *waits)
{
    if (waits->outer)
        munmap(waits->outer, waits->wait_capacity * sizeof *waits->outer);
    if (waits->innermost)
        munmap(waits->innermost, waits->task_capacity * sizeof *waits->innermost);
    waits->outer = waits->innermost = NULL;
}

void waits_end_innermost(struct recorder_thread *thread, uint32_t *innermost)
{
    invariant(*innermost != 0 && *innermost <= recorder.waits.wait_capacity);
    uint32_t index = *innermost - 1;
    segment_word *words = recorder_slot(AREA_WAITS, index);
    uint64_t sequence = slot_begin(words);
    word_set(words, WAIT_TASK_ID, 0);
    slot_end(words, sequence);
    *innermost = recorder.waits.outer[index];
    slots_free(&recorder.stocks[AREA_WAITS], &thread->caches[AREA_WAITS], index);
}

void waits_end_of_task(struct recorder_thread *thread, const struct record_slot *task)
{
    invariant(task->index < recorder.waits.task_capacity);
    uint32_t *innermost = &recorder.waits.innermost[task->index];
    while (*innermost)
        waits_end_innermost(thread, innermost);
}

void waits_detach(struct recorder_thread *thread)
{
    while (thread->innermost_wait)
        waits_end_innermost(thread, &thread->innermost_wait);
    if (thread->task.id)
        waits_end_of_task(thread, &thread->task);
}
