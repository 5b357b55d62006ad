/*
 * Which contexts end when something above them does.
 *
 * A child is not linked to the context that it names as its parent, but to the nearest ancestor
 * that can be cancelled, and only if the parent can end: package context asks the parent for its
 * Done channel. A type of the program's own may return nil (as contexts were detached before
 * WithoutCancel existed); then its children are linked to nothing, and nobody has to cancel them:
 * the collector frees them. So having a parent does not make a child linked. What shows that it is:
 *
 *  - a cancelCtx has it in its map of children;
 *  - a goroutine of package context waits for its end and for that of a parent of a foreign type;
 *  - its parent is of the type that package context puts in between for a parent with an AfterFunc
 *    method.
 *
 * The map is not decoded, as its layout changes with releases: everything that it leads to is
 * followed, except for the keys, which are recognised by their itabs. Its parts lead nowhere else.
 */
#ifndef CTXTRACE_GOLANG_PROOF_LINKS_H
#define CTXTRACE_GOLANG_PROOF_LINKS_H

#include "golang/heap/pointers.h"
#include "golang/model/model.h"

/*
 * Sets `linked` of each such context. `watches`: for each goroutine, is it one of package context?
 */
bool links_find(const struct go_program *program, const struct context_types *types,
                const struct model *model, struct masks *masks, const bool *watches, bool *linked);

#endif
