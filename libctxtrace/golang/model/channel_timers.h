/*
 * When the channel of a time.Timer or time.Ticker that a goroutine waits for will be sent to, where
 * the channel itself does not say.
 *
 * Since Go 1.23 a channel has a pointer to its timer. Before that, and today in programs that opt
 * out (GODEBUG asynctimerchan=1, or a go.mod of an earlier version), only the timer knows its
 * channel: it is the argument of the function that the timer calls. Active timers are in a heap of
 * each P.
 */
#ifndef CTXTRACE_GOLANG_MODEL_CHANNEL_TIMERS_H
#define CTXTRACE_GOLANG_MODEL_CHANNEL_TIMERS_H

#include "golang/heap/heap.h"
#include "golang/model/goroutine_stacks.h"

/*
 * Fills in `until_ns` of such waits: SNAPSHOT_NEVER stays if no timer runs, SNAPSHOT_TIME_UNKNOWN
 * if the timers cannot be found. false when memory ran out.
 */
bool channel_timers_find(const struct go_program *program, const struct heap *heap,
                         struct goroutine_stacks *stacks);

#endif
