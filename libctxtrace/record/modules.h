/*
 * Where executables and shared libraries are, and were, loaded: for naming frames after the process
 * is gone, and for not mistaking one library for another that was loaded in its place.
 *
 * The table of loaded modules has a generation: 0 before the first look, and one more whenever a
 * look at the loader's list finds that modules have come or gone. A look is taken only when an
 * address turns up that the table does not explain.
 *
 * A look holds the loader's lock (the recursive one that dl_iterate_phdr holds around its
 * callback), which is also what protects the table; so there is no order of locks to observe among
 * ours. Of a process that forks while another thread holds that lock, the child would hang when it
 * next loads a library, so looks are kept from happening during a fork, and they are rare: the
 * questions that are asked often (modules_identify, module_is_live) take no lock where glibc has
 * _dl_find_object (2.35).
 */
#ifndef CTXTRACE_RECORD_MODULES_H
#define CTXTRACE_RECORD_MODULES_H

#include "segment/format.h"

#include <stdbool.h>
#include <stdint.h>

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
};

/*
 * Called for a module newly seen (unloaded is 0) and for one newly unloaded, before the generation
 * that this makes is published. The loader's lock is held: it may make system calls and take locks
 * under which nobody captures a stack, loads or unloads; it must not do any of these itself.
 */
typedef void modules_listener(const struct module *module, void *argument);

/*
 * Sets the one listener (NULL for none) and reports all modules to it that are loaded now; later
 * ones are reported as they come and go. After a fork the child calls this again to have all
 * modules reported for its own segment. false: see modules_refresh's 0.
 */
bool modules_listen(modules_listener *listener, void *argument);

/* The generation that the last look found. Async-signal-safe. */
uint64_t modules_generation(void);

/*
 * Looks whether modules have come or gone, tells the listener, and returns the generation. A module
 * with a frame on the caller's stack is loaded in that generation and, as long as the frame is
 * there, in all later ones. Costs about 20 ns if nothing changed. 0: nothing was done, because this
 * is a signal handler that interrupted such a look, or because another thread is forking.
 */
uint64_t modules_refresh(void);

/*
 * Refreshes, returns likewise, and copies the loaded module that `address` lies in; found->number
 * is 0 if there is none.
 */
uint64_t modules_find(uint64_t address, struct module *found);

/*
 * What makes sure that a module is the same one as before. Two modules with the same build id have
 * the same code, and the same names for it.
 */
struct module_identity {
    uint64_t begin, end;
    uint64_t eh_frame_hdr; /* address of PT_GNU_EH_FRAME; 0 if it has none */
    uint64_t build_id_at;  /* where in the module's first page it is; 0: nowhere, so that the
                              module can be told from others only by a look */
    uint64_t build_id[SEGMENT_BUILD_ID_BYTES / 8];
    bool permanent; /* it is never unloaded: needed by the main program or by us, or says so */
};

/*
 * The loaded module that `address` lies in, code on the caller's stack. The table has it then, in
 * modules_generation() and as long as it is on the stack: if it did not, a look was taken. false:
 * it is in no module that is known, or a look was needed and could not be taken.
 */
bool modules_identify(uint64_t address, struct module_identity *identity);

/*
 * Whether the module that `address`, code on the caller's stack, now lies in is that one, which has
 * a build_id_at. Reads nothing but the loader's lock-free tables and the module's first page.
 */
bool module_is_live(const struct module_identity *identity, uint64_t address);

/*
 * Once, when the library is loaded: has looks and forks keep out of each other's way. Before other
 * handlers of forks are registered that start threads in the child.
 */
void modules_watch_forks(void);

/* How many modules were found to be unloaded until now. */
uint64_t modules_unloaded(void);

/* Modules that were seen when MODULES_MAX were loaded already, and are not known. */
uint64_t modules_lost(void);

#endif
