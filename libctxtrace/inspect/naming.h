/*
 * Names the frames of snapshots: connects a segment's modules with the symbols of their files. One
 * lives as long as its session, so that later snapshots find the names in a table.
 */
#ifndef CTXTRACE_INSPECT_NAMING_H
#define CTXTRACE_INSPECT_NAMING_H

#include "segment/reader.h"
#include "snapshot/builder.h"

struct naming;

struct naming *naming_new(void);         /* NULL when memory ran out */
void naming_free(struct naming *naming); /* NULL is fine */

/*
 * Forgets all names, which are then looked up again. For when memory has been short (base/lack.h).
 */
void naming_forget(struct naming *naming);

/* Before each snapshot: which modules its frames are in. Valid as long as the reader's list. */
void naming_of_segment(struct naming *naming, const struct segment_reader *reader,
                       int64_t started_realtime_ns);

/* For builder_expand_frames(); `state` is the naming. */
size_t naming_expand(void *state, struct snapshot_builder *builder,
                     const struct snapshot_frame *frame, const char *module,
                     struct snapshot_frame *frames, size_t room);

#endif
