/* The rings of threads' last events. */
#ifndef CTXTRACE_RECORD_EVENTS_H
#define CTXTRACE_RECORD_EVENTS_H

#include "record/recorder.h"

struct event {
    uint8_t kind; /* enum event_kind */
    uint8_t end;
    int32_t code;
    int64_t time_ns;
    uint64_t task_id, subject_id, parent_id, text;
    uint32_t stack;
};
void event_write(struct recorder_thread *thread, const struct event *event);

/* The thread ends, and leaves its ring to another. */
void rings_detach(struct recorder_thread *thread);

#endif
