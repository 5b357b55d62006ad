#include "preload/preload.h"
#include "preload/c11.h"
#include "preload/executions.h"
#include "preload/process_state.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the real functions ---- */

/*
 * Whoever comes behind us: libc, or another library that wraps the same. Of a function that has
 * several versions some libcs hand out the newest, others the oldest.
 */
static void *look_up(const struct wrapped *wrapped)
{
    void *next = dlsym(RTLD_NEXT, wrapped->name);
    if (!wrapped->version)
        return next;
    void *oldest = dlvsym(RTLD_NEXT, wrapped->name, wrapped->oldest);
    void *newest = dlvsym(RTLD_NEXT, wrapped->name, wrapped->version);
    bool is_of_libc = next == oldest || next == newest;
    if (wrapped->asked == OLDEST || (wrapped->asked == UNVERSIONED && is_of_libc))
        return oldest ? oldest : next;
    return is_of_libc && newest ? newest : next;
}

void *wrapped_look_up(struct wrapped *wrapped)
{
    int saved = errno;
    void *next = look_up(wrapped);
    if (!next) {
        static const char text[] = "libctxtrace-preload: libc lacks a function that is called\n";
        if (write(STDERR_FILENO, text, sizeof text - 1) >= 0)
            abort();
        abort();
    }
    __atomic_store_n(&wrapped->next, next, __ATOMIC_RELAXED);
    errno = saved;
    return next;
}

/* ---- where the library is ---- */

/*
 * And libunwind, which the recorder calls: its locks are waited for while a stack is followed. That
 * is nothing of the program's, and the recorder, which is busy, would count it as lost.
 */
static struct range {
    uintptr_t begin, end;
} library, unwinder;

struct search {
    uintptr_t wanted;
    struct range *found;
};

static int find_module(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    const struct search *search = argument;
    uintptr_t begin = UINTPTR_MAX, end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        uintptr_t at = info->dlpi_addr + segment->p_vaddr;
        begin = at < begin ? at : begin;
        end = at + segment->p_memsz > end ? at + segment->p_memsz : end;
    }
    if (search->wanted < begin || search->wanted >= end)
        return 0;
    /* Linked into the executable it cannot be told from the program. */
    if (info->dlpi_name && info->dlpi_name[0])
        *search->found = (struct range){begin, end};
    return 1;
}

/* Where its code is, not the stub through which this library calls it. */
static void find_library(const char *function, struct range *found)
{
    struct search search = {(uintptr_t)dlsym(RTLD_DEFAULT, function), found};
    if (search.wanted && !found->end)
        dl_iterate_phdr(find_module, &search);
}

static bool is_in(uintptr_t address, const struct range *range)
{
    return address >= range->begin && address < range->end;
}

bool from_library(const void *return_address)
{
    uintptr_t address = (uintptr_t)return_address;
    return is_in(address, &library) || is_in(address, &unwinder);
}

/* ---- starting ---- */

static bool constructed, recording;

static bool is_on(int error)
{
    return error == 0 || error == EALREADY;
}

static void start(void)
{
    find_library("ctxt_trace_start", &library);
    find_library("unw_backtrace", &unwinder);
    const char *wanted = secure_getenv("CTXTRACE");
    if (!wanted || strcmp(wanted, "0") != 0)
        recording = is_on(ctxt_trace_want());
}

OUT_OF_LINE static void note_failure(void)
{
    struct process_state *state = ctxt_trace_failure() ? process_state_peek() : NULL;
    if (state && !atomic_exchange(&state->failure_is_noted, true)) {
        struct quiet quiet;
        quiet_begin(&quiet);
        executions_not_recorded();
        quiet_end(&quiet);
    }
}

bool preload_records(void)
{
    bool is_on = ctxt_trace_is_on();
    if (__builtin_expect(!is_on, 0))
        note_failure();
    return is_on;
}

void preload_start(void)
{
    if (__builtin_expect(!constructed, 0))
        start();
}

__attribute__((constructor)) static void construct(void)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    for (struct wrapped *const *wrapped = wrapped_table; *wrapped; wrapped++)
        __atomic_store_n(&(*wrapped)->next, look_up(*wrapped), __ATOMIC_RELAXED);
    c11_start();
    ctxt_trace_skip_module(wrapped_table);
    start();
    executions_start(recording);
    constructed = true;
    quiet_end(&quiet);
}

/* ---- unnoticed ---- */

void quiet_begin(struct quiet *quiet)
{
    quiet->errno_before = errno;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &quiet->cancel_state);
}

void quiet_end(const struct quiet *quiet)
{
    errno = quiet->errno_before;
    int ours;
    pthread_setcancelstate(quiet->cancel_state, &ours);
}
