/* Shared by the sources for Go programs, which differ only in where the memory comes from. */
#ifndef CTXTRACE_INSPECT_GO_SOURCE_H
#define CTXTRACE_INSPECT_GO_SOURCE_H

#include "base/error.h"
#include "golang/session.h"
#include "inspect/source.h"

/*
 * A session over `image`, which it takes over. NULL and a sentence if that holds no Go program that
 * can be read; NULL and the sentence that is there already if it is NULL.
 */
void *go_source_open(struct image *image, const struct source_options *options,
                     struct error *error);

/* The operations of struct source. */
struct snapshot *go_source_take(void *state, struct error *error);
bool go_source_keeps_alive(void *state, uint64_t id, char **out, struct error *error);
void go_source_close(void *state);

#endif
