/* Snapshots of a Go program, live or a core: what both sources for Go are built on. */
#ifndef CTXTRACE_GOLANG_SESSION_H
#define CTXTRACE_GOLANG_SESSION_H

#include "base/error.h"
#include "golang/binary/program.h"
#include "snapshot/snapshot.h"

struct go_options {
    bool want_proofs;
    int64_t max_pause_ns;
    bool clone; /* have the program clone itself where that can be done, see capture/forked.h */
    bool show_values;
    bool want_system;
    unsigned search_permille; /* see struct source_options */
    bool any_build;           /* prove things of builds that were not tested: to test them */
};

struct go_session;

/* Takes the image over, also on failure. NULL and a sentence when it cannot be read. */
struct go_session *go_session_open(struct image *image, const struct go_options *options,
                                   struct error *error);
struct snapshot *go_session_take(struct go_session *session, struct error *error);
/* What keeps a context or goroutine alive; one line for each link. The caller frees it. */
bool go_session_keeps_alive(struct go_session *session, uint64_t id, char **out,
                            struct error *error);
void go_session_close(struct go_session *session); /* NULL is fine */

#endif
