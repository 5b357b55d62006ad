#include "segment/reading.h"

#include "base/sorted.h"

void reading_note_time(struct reading *reading, uint64_t time_ns)
{
    if ((int64_t)time_ns != SNAPSHOT_NEVER && (int64_t)time_ns > reading->last_write_ns)
        reading->last_write_ns = (int64_t)time_ns;
}

snapshot_string reading_text(struct reading *reading, uint64_t reference)
{
    size_t length = 0;
    const char *text = text_reader_find(&reading->texts, reference, &length);
    return text ? builder_string_bytes(reading->builder, text, length) : 0;
}

uint8_t reading_word(struct reading *reading, uint64_t recorded, uint64_t value)
{
    if (value < 64 && (recorded >> value & 1))
        return (uint8_t)value;
    reading->odd_values++;
    return 0;
}

const uint64_t *reading_task(const struct reading *reading, uint64_t id)
{
    const struct held_task *tasks = reading->tasks;
    size_t place = SORTED_FIRST(i, 0, reading->task_count, tasks[i].words[TASK_ID] >= id);
    bool found = place < reading->task_count && tasks[place].words[TASK_ID] == id;
    return found ? tasks[place].words : NULL;
}

static enum precondition doubt_about(const struct held_wait *wait)
{
    if (!wait->steady)
        return PRECONDITION_TWO_SNAPSHOTS_AGREE;
    return wait->group_is_whole ? PRECONDITION_NONE : PRECONDITION_NO_LOSSES;
}

const struct held_wait *reading_wait_of(const struct reading *reading, uint64_t task_id,
                                        enum precondition *doubt)
{
    size_t place =
        SORTED_FIRST(i, 0, reading->wait_count, reading->waits[i].words[WAIT_TASK_ID] >= task_id);
    if (place == reading->wait_count || reading->waits[place].words[WAIT_TASK_ID] != task_id)
        return NULL;
    *doubt = PRECONDITION_NONE;
    for (size_t i = place; *doubt == PRECONDITION_NONE && i < reading->wait_count &&
                           reading->waits[i].words[WAIT_TASK_ID] == task_id;
         i++)
        *doubt = doubt_about(&reading->waits[i]);
    return &reading->waits[place];
}
