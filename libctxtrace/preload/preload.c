#include "preload/preload.h"

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
void *wrapped_next(const struct wrapped *wrapped)
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
    void *next = wrapped_next(wrapped);
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
    /* Linked into the executable it cannot be told apart from the program. */
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

void preload_find_library(void)
{
    find_library("ctxt_trace_start", &library);
    find_library("unw_backtrace", &unwinder);
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
