#include "preload/preload.h"

extern struct wrapped wrapped_create, wrapped_join, wrapped_tryjoin, wrapped_timedjoin,
    wrapped_clockjoin, wrapped_detach, wrapped_setname, wrapped_mutex_lock, wrapped_mutex_timedlock,
    wrapped_mutex_clocklock, wrapped_rdlock, wrapped_wrlock, wrapped_timedrdlock,
    wrapped_timedwrlock, wrapped_clockrdlock, wrapped_clockwrlock, wrapped_cond_wait,
    wrapped_cond_timedwait, wrapped_cond_clockwait, wrapped_sem_wait, wrapped_sem_timedwait,
    wrapped_sem_clockwait, wrapped_execve, wrapped_execv, wrapped_execvp, wrapped_execvpe,
    wrapped_fexecve, wrapped_execveat, wrapped_posix_spawn, wrapped_posix_spawnp, wrapped_system,
    wrapped_popen, wrapped_longjmp, wrapped_underscore_longjmp, wrapped_siglongjmp,
    wrapped_longjmp_chk, wrapped_setcontext, wrapped_swapcontext, wrapped_prctl,
    wrapped_mutex_trylock, wrapped_tryrdlock, wrapped_trywrlock, wrapped_thrd_create,
    wrapped_thrd_join, wrapped_thrd_detach, wrapped_mtx_lock, wrapped_mtx_timedlock,
    wrapped_mtx_trylock, wrapped_cnd_wait, wrapped_cnd_timedwait;

#if defined(__x86_64__)
extern struct wrapped wrapped_syscall;
#endif

#if HAS_OLD_VERSIONS
extern struct wrapped wrapped_old_cond_wait, wrapped_old_cond_timedwait, wrapped_old_posix_spawn,
    wrapped_old_posix_spawnp, wrapped_any_cond_wait, wrapped_any_cond_timedwait,
    wrapped_any_posix_spawn, wrapped_any_posix_spawnp;
#endif

struct wrapped *const wrapped_table[] = {
    &wrapped_create,
    &wrapped_join,
    &wrapped_tryjoin,
    &wrapped_timedjoin,
    &wrapped_clockjoin,
    &wrapped_detach,
    &wrapped_setname,
    &wrapped_mutex_lock,
    &wrapped_mutex_trylock,
    &wrapped_mutex_timedlock,
    &wrapped_mutex_clocklock,
    &wrapped_rdlock,
    &wrapped_wrlock,
    &wrapped_tryrdlock,
    &wrapped_trywrlock,
    &wrapped_timedrdlock,
    &wrapped_timedwrlock,
    &wrapped_clockrdlock,
    &wrapped_clockwrlock,
    &wrapped_cond_wait,
    &wrapped_cond_timedwait,
    &wrapped_cond_clockwait,
    &wrapped_sem_wait,
    &wrapped_sem_timedwait,
    &wrapped_sem_clockwait,
    &wrapped_execve,
    &wrapped_execv,
    &wrapped_execvp,
    &wrapped_execvpe,
    &wrapped_fexecve,
    &wrapped_execveat,
    &wrapped_posix_spawn,
    &wrapped_posix_spawnp,
    &wrapped_system,
    &wrapped_popen,
    &wrapped_longjmp,
    &wrapped_underscore_longjmp,
    &wrapped_siglongjmp,
    &wrapped_longjmp_chk,
    &wrapped_thrd_create,
    &wrapped_thrd_join,
    &wrapped_thrd_detach,
    &wrapped_mtx_lock,
    &wrapped_mtx_timedlock,
    &wrapped_mtx_trylock,
    &wrapped_cnd_wait,
    &wrapped_cnd_timedwait,
    &wrapped_setcontext,
    &wrapped_swapcontext,
    &wrapped_prctl,
#if defined(__x86_64__)
    &wrapped_syscall,
#endif
#if HAS_OLD_VERSIONS
    &wrapped_old_cond_wait,
    &wrapped_old_cond_timedwait,
    &wrapped_old_posix_spawn,
    &wrapped_old_posix_spawnp,
    &wrapped_any_cond_wait,
    &wrapped_any_cond_timedwait,
    &wrapped_any_posix_spawn,
    &wrapped_any_posix_spawnp,
#endif
    NULL,
};
