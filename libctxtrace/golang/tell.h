/* Saying a picture of a Go program in the words of a snapshot. */
#ifndef CTXTRACE_GOLANG_TELL_H
#define CTXTRACE_GOLANG_TELL_H

#include "golang/facts.h"
#include "golang/holders.h"
#include "golang/runtime_clock.h"
#include "golang/session.h"
#include "image/descriptor_names.h"

/*
 * `why_not` is a clause that says why there are no proofs, or empty. NULL when memory ran out. The
 * snapshot is the caller's.
 */
struct snapshot *tell(const struct go_program *program, const struct context_types *types,
                      const struct picture *picture, const struct facts *facts,
                      const struct holders *holders, const struct runtime_clock *clock,
                      const char *why_not, const struct go_options *options,
                      struct descriptor_names *descriptors);

#endif
