/*
 * Capturing the calling thread's stack: one entry, three ways behind it, each the fallback of the
 * one before.
 *
 *     1. Verified layout   a stack that was seen before is recognised by comparing the words where
 *        its return addresses must be. Nothing is walked, hashed or stored (capture_layout.h has
 *        the argument why that is sound).
 *     2. Rule walk         our own unwinder over unwinding rules cached by return address, taken
 *        from the modules' .eh_frame (capture_walk.h, capture_rules.h).
 *     3. libunwind         unw_backtrace, for frames whose rules 2 does not know, and for all
 *        frames of machines other than x86-64.
 *
 * Way 1 takes no lock. Way 2 takes none where it has been before; it takes the loader's for a
 * moment when it meets a module that modules.h does not know yet, or one without a build id that
 * can be unloaded. Way 3 takes the loader's and libunwind's.
 *
 * Rules for callers:
 * - Never with a lock held that the listener of modules.h, or a function that another thread runs
 *   under the loader's lock, may want.
 * - A capture in a signal handler that interrupted another capture of the same thread yields
 *   nothing (count 0, reference 0), unless way 1 recognises the stack; so does one that needs the
 *   loader's lock while another thread forks. Everything else may be interrupted anywhere.
 * - errno is not disturbed, and nothing is allocated (libunwind maps memory of its own, by mmap).
 */
#ifndef CTXTRACE_RECORD_CAPTURE_H
#define CTXTRACE_RECORD_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

/* As many as a segment has room for. */
enum { CAPTURE_MAX_FRAMES = 64 };

/*
 * Addresses are return addresses, pointing behind their calls, innermost first. The address at
 * which a signal interrupted a function is given plus 1, so that this holds for it, too.
 */
struct captured_stack {
    uint64_t addresses[CAPTURE_MAX_FRAMES];
    uint32_t count;
    bool truncated; /* there are more frames than were asked for */
};

/*
 * Fills `stack` with the return addresses of the callers of the library, at most `max_frames`
 * (itself at most CAPTURE_MAX_FRAMES) of them. The leading frames that belong to libctxtrace are
 * left out. Without any usable frame, count is 0.
 */
void capture_stack(struct captured_stack *stack, unsigned max_frames);

/*
 * Stores a stack and returns what stands for it, or 0 if it could not be stored. Called without any
 * lock, from any thread. `module_generation` is one in which all modules on it are loaded.
 */
typedef uint32_t capture_intern(const struct captured_stack *stack, uint64_t module_generation);

/*
 * Returns what `intern` returned for the present stack, now or on an earlier call; 0 if the stack
 * is unknown. One function only may be passed as `intern` in a process.
 *
 * `site` only chooses where the cache is looked in first, and never what is found: pass the return
 * address of the public function that was called (__builtin_return_address(0) there), or NULL.
 * Passing it saves about 5 ns.
 */
uint32_t capture_stack_reference(const void *site, capture_intern *intern);

/* In a forked child, in which no other thread captures anything. */
void capture_begin_in_child(void);

/* Sealed, no system calls are made, so that way 3 is closed. */
void capture_seal(bool sealed);

/*
 * Makes every reference that was returned until now forgotten: to be called when a new segment
 * begins, also in the child of a fork. A reference that is being interned while this is called is
 * not remembered, either. Async-signal-safe.
 */
void capture_forget_references(void);

#endif
