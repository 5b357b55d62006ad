/* Finding the runtime's own variables: by symbol if there are symbols, by their shape if not. */
#ifndef CTXTRACE_GOLANG_BINARY_LOCATE_H
#define CTXTRACE_GOLANG_BINARY_LOCATE_H

#include "base/error.h"
#include "golang/binary/program.h"

/* Fills in allgs, heap, itab_table and the lists of finalizers and threads. */
bool locate_runtime(struct go_program *program, struct error *error);

#endif
