#include "preload/preload.h"

extern struct wrapped wrapped_create, wrapped_join, wrapped_tryjoin, wrapped_timedjoin,
    wrapped_clockjoin, wrapped_detach, wrapped_setname, wrapped_mutex_lock, wrapped_mutex_timedlock,
    wrapped_mutex_clocklock, wrapped_rdlock, wrapped_wrlock, wrapped_timedrdlock,
    wrapped_timedwrlock, wrapped_clockrdlock, wrapped_clockwrlock, wrapped_cond_wait,
    wrapped_cond_timedwait, wrapped_cond_clockwait, wrapped_sem_wait, wrapped_sem_timedwait,
    wrapped_sem_clockwait, wrapped_execve, wrapped_execv, wrapped_execvp, wrapped_execvpe,
    wrapped_fexecve, wrapped_execveat, wrapped_posix_spawn, wrapped_posix_spawnp, wrapped_system,
    wrapped_popen;

struct wrapped *const wrapped_table[] = {
    &wrapped_create,          &wrapped_join,        &wrapped_tryjoin,
    &wrapped_timedjoin,       &wrapped_clockjoin,   &wrapped_detach,
    &wrapped_setname,         &wrapped_mutex_lock,  &wrapped_mutex_timedlock,
    &wrapped_mutex_clocklock, &wrapped_rdlock,      &wrapped_wrlock,
    &wrapped_timedrdlock,     &wrapped_timedwrlock, &wrapped_clockrdlock,
    &wrapped_clockwrlock,     &wrapped_cond_wait,   &wrapped_cond_timedwait,
    &wrapped_cond_clockwait,  &wrapped_sem_wait,    &wrapped_sem_timedwait,
    &wrapped_sem_clockwait,   &wrapped_execve,      &wrapped_execv,
    &wrapped_execvp,          &wrapped_execvpe,     &wrapped_fexecve,
    &wrapped_execveat,        &wrapped_posix_spawn, &wrapped_posix_spawnp,
    &wrapped_system,          &wrapped_popen,       NULL,
};
