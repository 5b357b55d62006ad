/*
 * Where a Go program can be made to clone itself (inject/place.h): over what initializes its
 * runtime, by a thread that waits in the runtime's own futex or usleep.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_CLONE_PLACE_H
#define CTXTRACE_GOLANG_CAPTURE_CLONE_PLACE_H

#include "golang/binary/program.h"
#include "inject/place.h"

/* false if there is none: somebody has changed the names of the runtime's functions. */
bool clone_place_find(const struct go_program *program, struct inject_place *place);

#endif
