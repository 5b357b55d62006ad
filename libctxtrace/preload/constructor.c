/* What is done before the program's own code runs. */
#include "preload/c11.h"
#include "preload/executions.h"
#include "preload/recording.h"
#include "preload/wrapped_table.h"

extern struct wrapped wrapped_thrd_create, wrapped_thrd_join, wrapped_thrd_detach, wrapped_mtx_lock,
    wrapped_mtx_timedlock, wrapped_mtx_trylock, wrapped_cnd_wait, wrapped_cnd_timedwait;

static const struct wrapped *const functions_of_c11[] = {
    &wrapped_thrd_create, &wrapped_thrd_join,     &wrapped_thrd_detach,
    &wrapped_mtx_lock,    &wrapped_mtx_timedlock, &wrapped_mtx_trylock,
    &wrapped_cnd_wait,    &wrapped_cnd_timedwait, NULL};

__attribute__((constructor)) static void construct(void)
{
    struct quiet quiet;
    quiet_begin(&quiet);
    for (struct wrapped *const *wrapped = wrapped_table; *wrapped; wrapped++)
        __atomic_store_n(&(*wrapped)->next, wrapped_next(*wrapped), __ATOMIC_RELAXED);
    c11_start(functions_of_c11);
    ctxt_trace_skip_module(wrapped_table);
    executions_start(preload_construct());
    quiet_end(&quiet);
}
