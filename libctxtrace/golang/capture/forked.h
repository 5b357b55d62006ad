/*
 * The maker of captures of a live program that clones itself: it is stopped for as long as that
 * takes, which is copying page tables, and runs on. The clone, whose memory is that of that moment,
 * is read at leisure, and ended.
 *
 * What is not copied into a clone is not read of it, and counts as missing: memory that it shares
 * with the program or with others (MAP_SHARED), and what it was not to have (MADV_DONTFORK,
 * MADV_WIPEONFORK). So no proof rests on any of it.
 */
#ifndef CTXTRACE_GOLANG_CAPTURE_FORKED_H
#define CTXTRACE_GOLANG_CAPTURE_FORKED_H

#include "golang/capture/stopped.h"
#include "inject/place.h"

/*
 * `place` is all zero if there is none. CAPTURE_NOT_STOPPED: there was no clone, or what was read
 * of it is worth nothing; `why_not` says why. Else CAPTURE_MADE or CAPTURE_FAILED. `pause_ns` of
 * the capture is how long the program was stopped.
 */
enum capture_outcome capture_forked(const struct go_program *program,
                                    const struct inject_place *place, int64_t limit_ns,
                                    struct go_capture *capture, struct error *why_not,
                                    struct error *error);

#endif
