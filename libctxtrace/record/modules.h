/*
 * Which executables and shared libraries are, and were, loaded where: for naming frames after the
 * process is gone, and for not mistaking a library loaded where another was.
 *
 * The state of all modules has a generation: 0 before the first look, and one more whenever a look
 * finds that modules have come or gone. Looks are taken by modules_refresh, which costs about
 * 20 ns when nothing changed: the loader counts its loads and unloads (dlpi_adds, dlpi_subs).
 *
 * The loader's own lock (the one that dl_iterate_phdr holds around its callback, and that is
 * recursive) is the only lock here: the table is read and changed inside such a callback. So there
 * is no lock order to observe among ours, and a fork leaves nothing of ours locked.
 */
#ifndef CTXTRACE_RECORD_MODULES_H
#define CTXTRACE_RECORD_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "segment/format.h"

#define MODULES_MAX 1024 /* loaded at the same time */

struct module {
    uint32_t number; /* 1, 2, ... in the order in which they were first seen; never reused */
    uint32_t build_id_length;
    uint8_t build_id[SEGMENT_BUILD_ID_BYTES];
    char path[SEGMENT_MODULE_PATH_BYTES]; /* NUL-terminated, absolute where that can be known */
    uint64_t begin, end;                  /* the range that its loaded segments span */
    uint64_t bias;                        /* address - bias = address in the file */
    uint64_t loaded;                      /* generation since which it is there */
    uint64_t unloaded;                    /* generation since which it is not; 0: it is */
    bool permanent;           /* the loader never unloads it: needed by the main program, or by us */
    const void *eh_frame_hdr; /* PT_GNU_EH_FRAME, NULL if it has none */
};

/* Called for a module newly seen (unloaded is 0) and for one newly unloaded, before the generation
 * that this makes is published. The loader's lock is held: it may make system calls and take locks
 * under which nobody captures a stack, loads or unloads; it must not do any of these itself. */
typedef void modules_listener(const struct module *module, void *argument);

/* Sets the one listener (NULL for none) and reports all modules to it that are loaded now; those
 * that come and go from now on it hears of as they are found. After a fork the child calls this
 * again to have all modules reported for its own segment. false: see modules_refresh's 0. */
bool modules_listen(modules_listener *listener, void *argument);

/* The generation that the last look found. Async-signal-safe. */
uint64_t modules_generation(void);

/* Looks whether modules have come or gone, tells the listener, and returns the generation. A
 * module with a frame on the caller's stack is loaded in that generation. Takes the loader's lock.
 * 0: this is a signal handler that interrupted a function of this header, and nothing was done. */
uint64_t modules_refresh(void);

/* Refreshes, returns likewise, and copies the loaded module that `address` lies in; found->number
 * is 0 if there is none. */
uint64_t modules_find(uint64_t address, struct module *found);

/* Modules that were seen when MODULES_MAX were loaded already, and are not known. */
uint64_t modules_lost(void);

#endif
