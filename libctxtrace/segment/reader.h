/*
 * From a segment to a snapshot: of a live process, or of the file that a dead one left.
 *
 * A snapshot of a live process is not taken at one instant: slots are copied one after the other
 * while the program goes on. Each slot's copy is consistent in itself; what a proof needs of
 * several is kept sound by the order of reading, which reading.h explains.
 *
 * Threads: one reader belongs to one thread.
 */
#ifndef CTXTRACE_SEGMENT_READER_H
#define CTXTRACE_SEGMENT_READER_H

#include "base/error.h"
#include "segment/file.h"
#include "snapshot/builder.h"

struct segment_reader;

/* One mapping of an executable or shared library that the program had, now or earlier. */
struct segment_module {
    uint64_t begin, end; /* addresses */
    uint64_t bias;       /* address - bias = address in the file */
    uint64_t loaded, unloaded;
    uint8_t build_id_length; /* 0: it has none */
    uint8_t build_id[SEGMENT_BUILD_ID_BYTES];
    char path[SEGMENT_MODULE_PATH_BYTES + 1]; /* as the program saw it: hostile */
};

/* On failure returns NULL and a sentence. */
struct segment_reader *segment_reader_open(const char *path, struct error *error);
void segment_reader_close(struct segment_reader *reader); /* NULL is fine */

/*
 * Takes a snapshot, into a builder that the caller finishes; frames in it have addresses and
 * modules but no names yet. NULL and a sentence on failure.
 */
struct snapshot_builder *segment_reader_read(struct segment_reader *reader, struct error *error);

/* The modules as of the last snapshot; valid until the next one. */
const struct segment_module *segment_reader_modules(const struct segment_reader *reader,
                                                    size_t *count);

/*
 * Says that this is the segment of process `pid`, by our number: a segment of another PID namespace
 * names its process by a number that is of no use here.
 */
void segment_reader_is_of(struct segment_reader *reader, int pid);

/* Its process, as we number it, while that is alive; 0: not known. As of the last snapshot. */
int segment_reader_live_pid(const struct segment_reader *reader);

#endif
