/*
 * What things are called on the screen and in text.
 *
 * All write a NUL-terminated string cut to `size`. Indexes may be SNAPSHOT_NONE: the text is then
 * "-".
 */
#ifndef CTXTOP_LABELS_H
#define CTXTOP_LABELS_H

#include "snapshot/snapshot.h"

#define LABEL_SIZE 256

/* "#17"; ids that are addresses in disguise are hexadecimal. */
void label_id(uint64_t id, char *out, size_t size);

/*
 * What people know the program by: the name that it was called by, as in argv[0], and that of its
 * executable in parentheses if it is another. A link such as redis-server may lead to
 * redis-check-rdb.
 */
void label_program(const struct snapshot *snapshot, char *out, size_t size);

/* The number of a thread, as ps and gdb show it; "#17" of other tasks. */
void label_task_number(const struct snapshot_task *task, char *out, size_t size);

/* Its name; else what is known of it: the key of a value, the type of a custom context, its id. */
void label_context(const struct snapshot *snapshot, uint32_t context, char *out, size_t size);
void label_task(const struct snapshot *snapshot, uint32_t task, char *out, size_t size);

/* "context request", "mutex 0x55d0", "descriptor 7 (127.0.0.1:80)" */
void label_object(const struct snapshot *snapshot, uint32_t object, char *out, size_t size);

/* A task that may be gone: by its index if there is one, else by its id, else "unknown". */
void label_task_or_id(const struct snapshot *snapshot, uint32_t task, uint64_t id, char *out,
                      size_t size);

/* "fetch_orders db.c:120"; what is unknown is left out. NULL makes "". */
void label_frame(const struct snapshot *snapshot, const struct snapshot_frame *frame, char *out,
                 size_t size);

/* The frame of a stack that a person would recognise, "" when there is no stack. */
void label_site(const struct snapshot *snapshot, uint32_t stack, char *out, size_t size);

#endif
