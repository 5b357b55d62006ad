/*
 * Where a context is, if nobody recorded where it was created: what it hangs below and what keeps
 * it alive, which lets a person find the line that creates it. Keys, types and functions are names
 * of the program's own.
 */
#ifndef CTXTRACE_FINDINGS_WHEREABOUTS_H
#define CTXTRACE_FINDINGS_WHEREABOUTS_H

#include "findings/rule.h"
#include "findings/text.h"

/*
 * For a claim about a context that has no creation stack: its likeness becomes a hash of it and of
 * all above it, as far as their kinds, types and keys tell them apart, which survives recompiling;
 * and its place tells it from others that are like it and are kept alive from elsewhere.
 */
void claim_whereabouts(struct claim *claim, const struct snapshot *snapshot);

/*
 * " below main.requestKey(1), a cancel context, background, kept alive by main.serve (s.go:12)":
 * the nearest first. Nothing for a context that has a creation stack.
 */
void text_whereabouts(struct text *text, const struct snapshot *snapshot, uint32_t context);

/* "; main.watch (server.go:12) waits for it", for the first that does. */
void text_waiter(struct text *text, const struct snapshot *snapshot, uint32_t context);

#endif
