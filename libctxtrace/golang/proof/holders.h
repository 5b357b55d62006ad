/*
 * Where a context is held from. A Go program does not record who created one, so a claim about it
 * names the nearest place in the program's own code or data that leads to it: the frame of a
 * function, a closure, a global variable. If only its parent's map has it, that is the place that
 * the parent is held from.
 *
 * The path is the one on which a marking first reached it (trail.h). There may be others, and which
 * one comes first can differ from run to run, so no fingerprint depends on it. It tells findings of
 * one snapshot apart:
 *   - held by a frame: the function, and the word of the frame. A thousand goroutines of one
 *     function hold their contexts in one place;
 *   - held by an object that a frame, a closure or a global variable leads to, directly or not:
 *     that function or variable, and the word of the object, if that is no larger than
 *     SMALL_OBJECT. The connections of a list hold theirs in one place, and so does a map, however
 *     many are in it.
 */
#ifndef CTXTRACE_GOLANG_PROOF_HOLDERS_H
#define CTXTRACE_GOLANG_PROOF_HOLDERS_H

#include "golang/proof/facts.h"

struct holder {
    uint32_t context; /* index */
    /* One of these: */
    uint32_t goroutine, frame;     /* indexes; goroutine SNAPSHOT_NONE: it is no frame */
    const struct pc_info *closure; /* the entry of its function; NULL: it is no closure */
    char *name;                    /* in words; NULL: it is one of the above */
    uint64_t place;
};

struct holders {
    struct holder *items; /* by context */
    size_t count;
};

/*
 * For the contexts that the facts claim something about; `program` is the capture's. false when
 * memory ran out. Free it in any case.
 */
bool holders_find(const struct go_program *program, const struct context_types *types,
                  const struct model *model, const struct facts *facts, struct holders *holders);
void holders_free(struct holders *holders);

#endif
