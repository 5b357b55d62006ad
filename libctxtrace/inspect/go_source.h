/* What the sources for Go programs share: they differ only in where the memory comes from. */
#ifndef CTXTRACE_INSPECT_GO_SOURCE_H
#define CTXTRACE_INSPECT_GO_SOURCE_H

#include "golang/session.h"
#include "inspect/source.h"

/*
 * A session over `image`, which it takes over. If that is NULL or holds no Go program that can be
 * read, returns NULL and turns the complaint into a failure.
 */
void *go_source_open(struct image *image, const struct source_options *options,
                     struct complaint *complaint, struct failure *failure);

/* The operations of struct source. */
struct snapshot *go_source_take(void *state, struct failure *failure);
bool go_source_keeps_alive(void *state, uint64_t id, char **out, struct failure *failure);
void go_source_close(void *state);

#endif
