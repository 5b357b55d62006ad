/*
 * Which builds proofs were tested with.
 *
 * A toolchain can be told to build with experiments (GOEXPERIMENT), and the version of a program
 * names those that are not the release's default: "go1.22.12 X:noallocheaders". An experiment may
 * change what the garbage collector knows about objects, or where it keeps that: then a marking by
 * the rules of the release goes wrong, and misses what is reachable. So nothing is proved of a
 * program whose experiments were not tested, nor of one that was built with an unknown release, or
 * with a development version between two releases.
 */
#ifndef CTXTRACE_GOLANG_BINARY_EXPERIMENTS_H
#define CTXTRACE_GOLANG_BINARY_EXPERIMENTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Were proofs tested with programs of this version (see version.h), which belongs to release
 * 1.`minor`? If not, `why` gives the reason, in a clause.
 */
bool go_build_is_tested(const char *version, int minor, char *why, size_t size);

/* Was it built with this experiment? */
bool go_build_has_experiment(const char *version, const char *experiment);

#endif
