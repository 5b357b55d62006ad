/*
 * Fingerprints: the part of a stack that stays the same when the program is changed elsewhere and
 * compiled again. They are kept in reports and compared between runs, so the text below is a
 * format. Whoever changes it raises SNAPSHOT_FINGERPRINT_VERSION in snapshot.h.
 *
 * FNV-1a with 64 bits, over the frames that count, innermost first; of each
 *
 *     its name: the linkage name of C++ or Rust (it has the namespaces and parameters), else that
 *         of the function. Cut off is what a compiler appends to its own copies and pieces of a
 *         function: .constprop.N, .isra.N, .part.N, .cold, .lto_priv.N, .llvm.N and bare numbers,
 *         and of Rust's older names the hash (17h and 16 digits), which goes by the compiler.
 *     the base name of its source file: static functions of several files may have one name. Not
 *         in languages where the name is the only one of the program.
 *     the base name of its module, without what follows ".so" (versions). Nothing for the
 *         executable itself: renamed, it is the same program.
 *
 * each ended by a byte 0xff. A frame without a name has the offset of its function in the module
 * (that of the call, if that is unknown) and the module's build id instead. Without a build id it
 * has the module's name; such a fingerprint, and one of a frame in no module at all, may be that of
 * another place in another build: it is not *identified*.
 *
 * Frames that do not count: those of ctxtrace and of a language's runtime, unless there are no
 * others. Of C, C++ and Rust also those of standard libraries (snapshot/frame_owner.h) that are
 * further in than all others, if there are others; the functions with which the C library starts
 * programs and threads; and nameless ones of standard libraries. Which of them are there depends on
 * the machine.
 *
 * Closures have no names, only numbers in the order of the source (func1, func1.2, gowrap1,
 * -range1, init.0; lambdas of C++), and inserting one shifts those after it. The numbers do not
 * count in a fingerprint. They do in the *identity*, which tells the sites of one snapshot apart:
 * so two closures of one function are two sites with one fingerprint, and a comparison of runs
 * compares how many there are.
 */
#ifndef CTXTRACE_SNAPSHOT_FINGERPRINT_H
#define CTXTRACE_SNAPSHOT_FINGERPRINT_H

#include "snapshot/language.h"
#include "snapshot/snapshot.h"

struct fingerprint {
    uint64_t fingerprint;
    uint64_t identity;
    bool identified;
};

/* What the frames' strings are in, and what they are of. */
struct fingerprint_source {
    const char *texts;
    snapshot_string executable; /* 0: unknown */
    const struct language *language;
};

struct fingerprint fingerprint_start(void);

void fingerprint_add(struct fingerprint *fingerprint, const struct fingerprint_source *source,
                     const struct snapshot_frame *frame);

#endif
