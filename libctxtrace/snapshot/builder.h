/*
 * Making a snapshot: a source adds what it finds, in any order, and then finishes.
 *
 * Sources speak in ids (numbers that the program or its recorder gave); the builder turns ids into
 * indexes, links the tree and the lists of waiters, interns stacks and strings, names sites, and
 * puts everything into the order that snapshot.h promises. What a target says is not trusted:
 * parents that form a cycle are cut, ids that appear twice are dropped, references to things that
 * do not exist become SNAPSHOT_NONE, and each such repair is counted as a loss. Control characters
 * and broken UTF-8 in text are escaped here, once, for everybody.
 *
 * Memory: a builder owns all it is given copies of. Every function that can run out of memory makes
 * the builder "failed" and later calls do nothing; builder_finish() then returns NULL.
 * Threads: one builder belongs to one thread.
 */
#ifndef CTXTRACE_SNAPSHOT_BUILDER_H
#define CTXTRACE_SNAPSHOT_BUILDER_H

#include "snapshot/language.h"
#include "snapshot/snapshot.h"

struct snapshot_builder;

struct snapshot_builder *builder_new(void);
void builder_free(struct snapshot_builder *builder); /* NULL is fine; not after builder_finish() */

/* Room for that many things at once; a hint that saves copying. */
void builder_reserve(struct snapshot_builder *builder, size_t contexts, size_t tasks, size_t waits);

/* The part of the snapshot that is not a table. Filled in by the source. */
struct snapshot_program *builder_program(struct snapshot_builder *builder);

/*
 * The language that the program is written in, if it is not native_language. Fills in the fields of
 * the program that follow from it; its name only if the source gave none. `language` must outlive
 * the builder.
 */
void builder_language(struct snapshot_builder *builder, const struct language *language);

/* Interns untrusted text: `length` bytes, or up to a NUL for builder_string(). */
snapshot_string builder_string(struct snapshot_builder *builder, const char *text);
snapshot_string builder_string_bytes(struct snapshot_builder *builder, const char *text,
                                     size_t length);
__attribute__((format(printf, 2, 3))) snapshot_string
builder_string_format(struct snapshot_builder *builder, const char *format, ...);

/* Interns a stack. Returns its index, SNAPSHOT_NONE if it has no frames. The frames are copied. */
uint32_t builder_stack(struct snapshot_builder *builder, const struct snapshot_frame *frames,
                       size_t count, bool truncated);

/*
 * These copy what they are given and ignore the fields that the builder makes itself: every index
 * (parent, first_child, creator_task, owner_task, first_wait, ...) except stacks, which are indexes
 * that builder_stack() returned.
 */
void builder_add_context(struct snapshot_builder *builder, const struct snapshot_context *context);

/*
 * Says that the context with this id was changing while the snapshot was taken: it ended, or may
 * have. Facts about it and its descendants that depend on its not having ended become unknown, for
 * lack of two snapshots that agree. This may be called at any time.
 */
void builder_context_was_moving(struct snapshot_builder *builder, uint64_t id);

/* Says where the context with this id is held from. `context` of the holder is ignored. */
void builder_context_is_held(struct snapshot_builder *builder, uint64_t id,
                             const struct snapshot_holder *holder);

/*
 * Says that this source reports an end only where it began: descendants are given as open, and the
 * builder ends them with their parent. So a context with missing ancestors may have ended with one
 * of them, and nothing is claimed that depends on its being open.
 */
void builder_ends_are_told_once(struct snapshot_builder *builder);

/*
 * current and start context are given by id, 0 for none, ID_UNRECORDED for one that exists but is
 * not recorded; an id that nothing has counts as ID_UNRECORDED. The same holds for all other ids.
 */
void builder_add_task(struct snapshot_builder *builder, const struct snapshot_task *task,
                      uint64_t current_context_id, uint64_t start_context_id);

/* Says who is the next ancestor of the task with this id. `task` of the ancestor is ignored. */
void builder_add_ancestor(struct snapshot_builder *builder, uint64_t id,
                          const struct snapshot_ancestor *ancestor);

/*
 * What is waited for. Objects are the same if kind and key are equal; the key is an id for
 * contexts, tasks and recorded objects, a descriptor's number, or an address. Adding one again
 * fills in the fields that were unknown. Returns a number for builder_add_wait(). For a context or
 * task, `object->context`/`task` is found by the builder from the key.
 */
uint32_t builder_object(struct snapshot_builder *builder, uint64_t key,
                        const struct snapshot_object *object);

/*
 * task and bounded_by are given by id, 0 for none; `wait->object` is what builder_object returned.
 * A bound that is not there is unknown, not absent (see bound_missing).
 * A wait whose task or object is not there is dropped and counted.
 */
void builder_add_wait(struct snapshot_builder *builder, const struct snapshot_wait *wait,
                      uint64_t task_id, uint64_t bounded_by_id);

void builder_add_event(struct snapshot_builder *builder, const struct snapshot_event *event);

/* Counts add up by (what, why). A count of 0 is not kept. */
void builder_add_loss(struct snapshot_builder *builder, const char *what, const char *why,
                      uint64_t count);
/* The same for what is lost by design. */
void builder_add_expected_loss(struct snapshot_builder *builder, const char *what, const char *why,
                               uint64_t count);

/*
 * Replaces every frame that has only pc, module and module_offset by the frames that `expand` makes
 * of it (several when calls were inlined, innermost first). `expand` returns how many it wrote to
 * `frames` (at most `room`), 0 to keep the frame as it is. Strings in the new frames come from
 * builder_string() on the same builder. Called once for each different frame.
 */
typedef size_t builder_expand_function(void *state, struct snapshot_builder *builder,
                                       const struct snapshot_frame *frame, const char *module,
                                       struct snapshot_frame *frames, size_t room);
void builder_expand_frames(struct snapshot_builder *builder, builder_expand_function *expand,
                           void *state);

/*
 * Facts that follow from counted references, for sources that count them: sets `cancellable` and
 * `held_only_by_parent` of a context whose kind, state, owners and observers are filled in; if it
 * has ended both are unknown. `missing` says why a count cannot be relied on, PRECONDITION_NONE if
 * it can.
 */
void context_facts_from_counts(struct snapshot_context *context, enum precondition missing);

/*
 * Asks builder_finish() to work out `wakeable` and `wakeable_without_parent` of the waiting tasks
 * whose facts the source left at { FACT_UNKNOWN, PRECONDITION_NONE }, from what they wait for: the
 * contexts that could end, the mutexes' owners, the tasks that are joined, `signalable` of other
 * objects, and the times at which they give up. Whatever is outside the program (descriptors,
 * timers) counts as something that can wake a task. If `missing` is not PRECONDITION_NONE, waits or
 * tasks may be missing: then no task is said to be beyond waking, it is unknown for that reason.
 */
void builder_derive_task_facts(struct snapshot_builder *builder, enum precondition missing);

/* Makes the snapshot and frees the builder. NULL when memory ran out. */
struct snapshot *builder_finish(struct snapshot_builder *builder);

#endif
