#include "preload/preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- the real functions ---- */

void *wrapped_look_up(struct wrapped *wrapped)
{
    int saved = errno;
    void *next = NULL;
    if (wrapped->version)
        next = dlvsym(RTLD_NEXT, wrapped->name, wrapped->version);
    if (!next)
        next = dlsym(RTLD_NEXT, wrapped->name);
    if (!next) {
        static const char text[] = "libctxtrace-preload: libc lacks a function that is wrapped\n";
        if (write(STDERR_FILENO, text, sizeof text - 1) >= 0)
            abort();
        abort();
    }
    __atomic_store_n(&wrapped->next, next, __ATOMIC_RELAXED);
    errno = saved;
    return next;
}

/* ---- where the library is ---- */

static uintptr_t library_begin, library_end;

static int find_library(struct dl_phdr_info *info, size_t size, void *address)
{
    (void)size;
    uintptr_t wanted = (uintptr_t)address, begin = UINTPTR_MAX, end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        uintptr_t at = info->dlpi_addr + segment->p_vaddr;
        begin = at < begin ? at : begin;
        end = at + segment->p_memsz > end ? at + segment->p_memsz : end;
    }
    if (wanted < begin || wanted >= end)
        return 0;
    library_begin = begin;
    library_end = end;
    return 1;
}

bool from_library(const void *return_address)
{
    uintptr_t address = (uintptr_t)return_address;
    return address >= library_begin && address < library_end;
}

__attribute__((constructor)) static void start(void)
{
    int saved = errno;
    /* Where its code is, not the stub through which this library calls it. */
    dl_iterate_phdr(find_library, dlsym(RTLD_DEFAULT, "ctxt_trace_start"));
    for (struct wrapped *const *wrapped = wrapped_table; *wrapped; wrapped++)
        next_of(*wrapped);
    ctxt_trace_skip_module(wrapped_table);
    const char *wanted = secure_getenv("CTXTRACE");
    if (!wanted || strcmp(wanted, "0") != 0)
        ctxt_trace_start();
    errno = saved;
}

/* ---- waits ---- */

int64_t wait_until(clockid_t clock, const struct timespec *until)
{
    if (!until)
        return CTXT_NEVER;
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return CTXT_NEVER;
    int64_t left =
        ((int64_t)until->tv_sec - now.tv_sec) * CTXT_SECOND + until->tv_nsec - now.tv_nsec;
    return ctxt_now() + left;
}

uint32_t wait_begin(enum ctxt_wait_object object, enum ctxt_wait_operation operation,
                    const void *address, ctxt_task_id_t owner, clockid_t clock,
                    const struct timespec *until)
{
    ctxt_wait_description_t wait = {
        .object = object,
        .operation = operation,
        .address = address,
        .owner = owner,
        .until_ns = wait_until(clock, until),
    };
    return ctxt_wait_begin(&wait);
}

void wait_end_at(void *token)
{
    ctxt_wait_end(*(uint32_t *)token);
}
