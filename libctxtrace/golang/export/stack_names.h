/* Stacks of goroutines as a snapshot has them: with function, file, line and inlined calls. */
#ifndef CTXTRACE_GOLANG_EXPORT_STACK_NAMES_H
#define CTXTRACE_GOLANG_EXPORT_STACK_NAMES_H

#include "golang/capture/unwind.h"
#include "snapshot/builder.h"

struct stack_names;

/* For one builder. NULL when memory ran out. */
struct stack_names *stack_names_new(const struct go_program *program,
                                    struct snapshot_builder *builder);
void stack_names_free(struct stack_names *names); /* NULL is fine */

/*
 * Interns a stack, whose lines have been looked up (pc_info_lines()), innermost frame first, and
 * returns its index. `complete`: it was walked up to its top. Go's own last frame (goexit) is left
 * out.
 */
uint32_t stack_names_add(struct stack_names *names, const struct pc_info *const *frames,
                         size_t count, bool complete);

/* The same for a stack in which inlined calls have frames of their own: each is one line. */
uint32_t stack_names_add_calls(struct stack_names *names, const struct pc_info *const *calls,
                               size_t count, bool complete);

/* The stack of one frame, the `go` statement. SNAPSHOT_NONE for NULL. */
uint32_t stack_names_add_call(struct stack_names *names, const struct pc_info *call);

#endif
