/*
 * The environment variables of libctxtrace: one table. docs/man/ctxtrace.3 describes them for
 * users.
 *
 * In a program that runs with more rights than its caller (set-user-id, file capabilities) all of
 * them are ignored, and nothing is recorded.
 */
#ifndef CTXTRACE_RECORD_ENVIRONMENT_H
#define CTXTRACE_RECORD_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

/* CTXTRACE_DEAD as large as it can be: all are left. */
#define ENVIRONMENT_ALL_DEAD (1u << 20)

struct environment_variable {
    const char *name;
    const char *meaning;
    uint64_t standard, least, most; /* of numbers; 0, 0, 0: a text or a flag */
};

/* Ends with a NULL name. */
extern const struct environment_variable environment_table[];

/* Is it set to anything other than 0, "no", "off" or ""? */
bool environment_flag(const char *name);
/* Its text, or NULL. */
const char *environment_text(const char *name);
/*
 * Its number, brought into the limits of the table; the standard value if it is unset or no number.
 */
uint64_t environment_number(const char *name);

#endif
