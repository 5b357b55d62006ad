#include "segment/header_v1.h"

#include <string.h>

_Static_assert(sizeof(struct segment_header_v1) <= SEGMENT_V1_HEADER_SIZE &&
                   offsetof(struct segment_header_v1, areas) == 192,
               "the header of version 1 has changed");

/* Kinds of losses stand in the order that version 1 had; its last one had two reasons. */
static void take_losses(struct segment_header *header, const struct segment_header_v1 *old)
{
    for (int kind = 0; kind < SEGMENT_V1_LOSSES; kind++)
        header->losses[kind][LOSS_NOT_SAID] = old->losses[kind];
}

void segment_header_from_v1(struct segment_header *header, const struct segment_header_v1 *old)
{
    *header = (struct segment_header){
        .magic = old->magic,
        .version = old->version,
        .byte_order = old->byte_order,
        .header_size = old->header_size,
        .file_size = old->file_size,
        .area_count = SEGMENT_V1_AREAS,
        .recorder = SEGMENT_BY_LIBRARY,
        .ring_events = old->ring_events,
        .pid = old->pid,
        .forked_from = old->forked_from,
        .process_start_time = old->process_start_time,
        .started_ns = old->started_ns,
        .made_ns = old->started_ns,
        .realtime_offset_ns = old->realtime_offset_ns,
        .unrecorded_contexts = old->unrecorded_contexts,
        .unrecorded_tasks = old->unrecorded_tasks,
        .end = old->exited == 1 ? SEGMENT_EXIT : SEGMENT_RUNNING,
        .stopped_ns = old->stopped_ns,
        .contexts_created = old->contexts_created,
        .contexts_ended = old->contexts_ended,
    };
    take_losses(header, old);
    memcpy(header->areas, old->areas, sizeof old->areas);
    memcpy(header->boot_id, old->boot_id, sizeof header->boot_id);
    memcpy(header->executable, old->executable, sizeof header->executable);
    memcpy(header->command, old->command, sizeof header->command);
}
