/* Saying a picture of a Go program in the words of a snapshot. */
#ifndef CTXTRACE_GOLANG_TELL_H
#define CTXTRACE_GOLANG_TELL_H

#include "golang/picture.h"
#include "golang/session.h"

/* NULL when memory ran out. The snapshot is the caller's. */
struct snapshot *tell(const struct go_program *program, const struct context_types *types,
                      const struct picture *picture, const struct go_options *options);

#endif
