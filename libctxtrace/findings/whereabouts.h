/*
 * Where a context is, when nobody recorded where it was created: what it hangs below, which is how
 * a person finds the line that makes it. Keys and types are names of the program's own.
 */
#ifndef CTXTRACE_FINDINGS_WHEREABOUTS_H
#define CTXTRACE_FINDINGS_WHEREABOUTS_H

#include "findings/text.h"

/*
 * A hash of it and of all above it, as far as their kinds, types and keys tell them apart: contexts
 * below different parents differ, and it survives recompiling. Never 0.
 */
uint64_t whereabouts_likeness(const struct snapshot *snapshot, uint32_t context);

/* " below main.requestKey(1), a cancel context, background": the nearest first. */
void text_whereabouts(struct text *text, const struct snapshot *snapshot, uint32_t context);

/* "; main.watch (server.go:12) waits for it", for the first that does. */
void text_waiter(struct text *text, const struct snapshot *snapshot, uint32_t context);

#endif
