/* The labels that runtime/pprof gave a goroutine. */
#ifndef CTXTRACE_GOLANG_MODEL_LABELS_H
#define CTXTRACE_GOLANG_MODEL_LABELS_H

#include "golang/binary/program.h"

#define LABELS_SIZE 512

/* "key=value, key=value"; empty when there are none. Cut to fit. `labels` is g.labels. */
void labels_text(const struct go_program *program, uint64_t labels, char text[LABELS_SIZE]);

#endif
