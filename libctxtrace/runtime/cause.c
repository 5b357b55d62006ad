#include "runtime/cause.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cause cause_canceled = {{ECANCELED, "context canceled"}, 0, true, 0};
struct cause cause_timed_out = {{ETIMEDOUT, "context deadline exceeded"}, 0, true, 0};

/* With room for a text of this length, which is still to be written. */
static struct cause *cause_with_room(int code, size_t length)
{
    struct cause *cause = malloc(sizeof *cause + length + 1);
    if (!cause)
        return NULL;
    cause->public_cause = (ctxt_cause_t){code, cause->text};
    atomic_init(&cause->references, 1);
    cause->is_static = false;
    cause->error = 0;
    cause->text[0] = '\0';
    return cause;
}

struct cause *cause_with_text(int code, const char *text)
{
    struct cause *cause = cause_with_room(code, strlen(text));
    if (cause)
        strcpy(cause->text, text);
    return cause;
}

struct cause *cause_new(int code, const char *format, va_list arguments)
{
    enum { USUAL = 256 };
    char usual[USUAL] = "";
    if (!format) {
        snprintf(usual, sizeof usual, "code %d", code);
        return cause_with_text(code, usual);
    }
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(usual, sizeof usual, format, arguments);
    struct cause *cause;
    if (length < USUAL) {
        cause = cause_with_text(code, usual);
    } else {
        cause = cause_with_room(code, (size_t)length);
        if (cause)
            vsnprintf(cause->text, (size_t)length + 1, format, again);
    }
    va_end(again);
    return cause;
}

struct cause *cause_ref(struct cause *cause)
{
    if (!cause->is_static)
        atomic_fetch_add_explicit(&cause->references, 1, memory_order_relaxed);
    return cause;
}

void cause_unref_counted(struct cause *cause)
{
    if (atomic_fetch_sub_explicit(&cause->references, 1, memory_order_acq_rel) == 1)
        free(cause);
}
