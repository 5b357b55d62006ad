#include "runtime/misuse.h"

#include "record/capture.h"
#include "record/environment.h"
#include "runtime/ranked_lock.h"

#include <ctxtrace/trace.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SENTENCE_SIZE = 8192, RELEASE_BUCKETS = 4096 };

static ctxt_misuse_handler *_Atomic handler;

/* Debug mode only: where each released context lost its last reference. */
struct release {
    struct release *next;
    const void *context;
    struct captured_stack stack;
};
static struct release *releases[RELEASE_BUCKETS];
static struct lock releases_lock;

bool misuse_debug_mode;

__attribute__((constructor)) static void choose_mode(void)
{
    misuse_debug_mode = environment_flag("CTXTRACE_DEBUG");
}

static struct release **bucket_of(const void *context)
{
    return &releases[((uintptr_t)context >> 6) % RELEASE_BUCKETS];
}

void misuse_remember_release(const void *context)
{
    struct release *release = malloc(sizeof *release);
    if (!release)
        return;
    release->context = context;
    capture_stack(&release->stack, CAPTURE_MAX_FRAMES);
    leaf_lock_take(&releases_lock);
    struct release **bucket = bucket_of(context);
    release->next = *bucket;
    *bucket = release;
    leaf_lock_release(&releases_lock);
}

__attribute__((format(printf, 3, 4))) static size_t append(char *text, size_t length,
                                                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(text + length, SENTENCE_SIZE - length, format, arguments);
    va_end(arguments);
    length += more > 0 ? (size_t)more : 0;
    return length < SENTENCE_SIZE ? length : SENTENCE_SIZE - 1;
}

static size_t append_stack(char *text, size_t length, const char *title,
                           const struct captured_stack *stack)
{
    length = append(text, length, "\n  %s:", title);
    for (uint32_t i = 0; i < stack->count; i++) {
        Dl_info info = {0};
        /* The address lies behind the call, which may be its function's last instruction. */
        const char *address = (const char *)(uintptr_t)stack->addresses[i];
        dladdr(address - 1, &info);
        length =
            append(text, length, "\n    %p %s (%s)", (const void *)address,
                   info.dli_sname ? info.dli_sname : "?", info.dli_fname ? info.dli_fname : "?");
    }
    return length;
}

static size_t append_release(char *text, size_t length, const void *context)
{
    leaf_lock_take(&releases_lock);
    const struct release *release = *bucket_of(context);
    while (release && release->context != context)
        release = release->next;
    leaf_lock_release(&releases_lock);
    /* Never changed or freed, and naming its frames takes locks of the loader. */
    return release
               ? append_stack(text, length, "its last reference was given back at", &release->stack)
               : length;
}

static void print_and_abort(const char *sentence)
{
    size_t length = strlen(sentence);
    if (write(STDERR_FILENO, sentence, length) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
        abort();
    abort();
}

void misuse(const char *function, const void *context, const char *format, ...)
{
    char *sentence = malloc(SENTENCE_SIZE);
    if (!sentence)
        abort();
    size_t length = append(sentence, 0, "libctxtrace: %s: ", function);
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(sentence + length, SENTENCE_SIZE - length, format, arguments);
    va_end(arguments);
    length += more > 0 ? (size_t)more : 0;
    if (misuse_debug()) {
        struct captured_stack here;
        capture_stack(&here, CAPTURE_MAX_FRAMES);
        length = append_stack(sentence, length, "the misuse is at", &here);
        append_release(sentence, length, context);
    }
    ctxt_misuse_handler *chosen = atomic_load(&handler);
    if (chosen)
        chosen(sentence);
    else
        print_and_abort(sentence);
    free(sentence);
    errno = EINVAL;
}

ctxt_misuse_handler *ctxt_set_misuse_handler(ctxt_misuse_handler *chosen)
{
    return atomic_exchange(&handler, chosen);
}
