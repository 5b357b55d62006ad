/*
 * Suppressions: findings that the user has looked at and does not want to be told of. A file of
 * them looks like those of Valgrind, or has one on a line like those of LeakSanitizer:
 *
 *     {
 *        # the cache keeps these until its program ends
 *        rule:lost-cancel
 *        fun:refresh_cache
 *        reason:ticket 4711
 *        until:2027-06-30
 *     }
 *     leaked-task:audit_*
 *
 * In braces each line narrows it: all have to hold. Values are globs (fnmatch(3), where a star also
 * takes slashes) over the whole of a text:
 *
 *     rule     the name of the rule
 *     fun      a function of a stack that the finding rests on, in C++ also its linkage name; of
 *              several lines each is of a frame further out than that before, on the same stack
 *     obj      an executable or library of such a stack, its path or the last part of that
 *     pkg      the package of a function of such a stack, in Go
 *     src      a source file of such a stack, its path or the last part of that
 *     text     the sentence of the finding
 *
 * `until` is the last day (UTC) on which it holds, `reason` is free text; both are optional. On a
 * line of its own the rule, or a star, is before the colon, and behind it a glob of which a
 * function, source file or module has to be one. Lines that begin with # are comments.
 */
#ifndef CTXREPORT_SUPPRESSION_H
#define CTXREPORT_SUPPRESSION_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_FUNCTIONS = 16, UNTIL_SIZE = 11 };

/* What narrows a suppression, beside functions; NULL where nothing does. */
enum narrowing {
    NARROW_RULE,
    NARROW_MODULE,
    NARROW_PACKAGE,
    NARROW_SOURCE,
    NARROW_TEXT,
    NARROW_ANYTHING, /* a function, source file or module: of one on a line of its own */
    NARROWING_COUNT
};

struct suppression {
    unsigned line;
    char *globs[NARROWING_COUNT];
    char *functions[MAX_FUNCTIONS]; /* innermost first */
    size_t function_count;
    char *reason;           /* NULL: none */
    char until[UNTIL_SIZE]; /* "2027-06-30"; empty: for ever */
};

struct suppressions {
    char *file; /* as it was named or found */
    struct suppression *items;
    size_t count, capacity;
};

/* A frame of a stack that a finding rests on, as far as it is known; texts may be NULL. */
struct suppressible_frame {
    const char *function, *linkage, *file, *module;
};

/* What is asked whether it is to be suppressed. */
struct suppressible {
    const char *rule, *sentence;
    bool is_go;
    const struct suppressible_frame *frames; /* of all stacks, one behind the other */
    size_t frame_count;
    const size_t *stack_ends; /* of each stack, the place behind its last frame */
    size_t stack_count;
};

bool suppression_matches(const struct suppression *suppression, const struct suppressible *finding);

/* Is the last day over? `now_ns` counts since 1970. */
bool suppression_has_expired(const struct suppression *suppression, int64_t now_ns);

/* Its conditions in one line, as they could stand in the file. To be freed; NULL: no memory. */
char *suppression_in_words(const struct suppression *suppression);

/* The key of a narrowing, as it stands before the colon. */
const char *narrowing_key(enum narrowing narrowing);

/* The package of a Go function: "net/http" of "net/http.(*conn).serve". To be freed. */
char *package_of_function(const char *function);

void suppressions_free(struct suppressions *suppressions); /* NULL is fine */

#endif
