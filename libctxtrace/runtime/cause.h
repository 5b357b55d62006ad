/* Why a context has ended: a number and a text, shared by all that end for the same reason. */
#ifndef CTXTRACE_RUNTIME_CAUSE_H
#define CTXTRACE_RUNTIME_CAUSE_H

#include <ctxtrace/context.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct cause {
    ctxt_cause_t public_cause;
    _Atomic uint32_t references; /* static ones are not counted */
    bool is_static;
    int error; /* what a custom context ended with, if that is an error of its own; otherwise 0 */
    char text[];
};

/* The two that go without saying. */
extern struct cause cause_canceled, cause_timed_out;

/* A cause with formatted text, one reference; NULL: out of memory. */
__attribute__((format(printf, 2, 0))) struct cause *cause_new(int code, const char *format,
                                                              va_list arguments);
/* The same with this text. */
struct cause *cause_with_text(int code, const char *text);

struct cause *cause_ref(struct cause *cause);

void cause_unref_counted(struct cause *cause);
static inline void cause_unref(struct cause *cause) /* NULL is fine */
{
    if (cause && !cause->is_static)
        cause_unref_counted(cause);
}

#endif
