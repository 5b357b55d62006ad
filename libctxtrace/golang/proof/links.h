/*
 * Which contexts end when something above them does.
 *
 * A child is not linked to the context that it names as its parent, but to the next one above that
 * can be cancelled, and only if there is one on the way that ends: package context asks the parent
 * for its channel. A type of the program's own may answer that there is none (how a context was
 * detached before WithoutCancel), and its children are linked to nothing; nobody has to cancel
 * them, the collector takes them. So that a parent is there does not say that a child is linked.
 * What says so:
 *
 *  - a cancelCtx has it in its map of children;
 *  - a goroutine of package context waits for its end beside that of a parent of an unknown type;
 *  - its parent is the type that package context puts in between for a parent that has an
 * AfterFunc.
 *
 * The map is not decoded, which changed with releases: all that it leads to is followed, but not
 * the keys, which are known by their itabs. What it consists of leads nowhere else.
 */
#ifndef CTXTRACE_GOLANG_PROOF_LINKS_H
#define CTXTRACE_GOLANG_PROOF_LINKS_H

#include "golang/heap/pointers.h"
#include "golang/model/model.h"

/* Sets `linked` of each such context. `watches`: of each goroutine, is it one of context's own? */
bool links_find(const struct go_program *program, const struct context_types *types,
                const struct model *model, struct masks *masks, const bool *watches, bool *linked);

#endif
