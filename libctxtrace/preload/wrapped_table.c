/* The wrapped functions. A new one is a row here and a file that defines it. */
#include "preload/wrapped_table.h"

#define EVERYWHERE(ROW)                                                                            \
    ROW(create)                                                                                    \
    ROW(join)                                                                                      \
    ROW(tryjoin)                                                                                   \
    ROW(timedjoin)                                                                                 \
    ROW(clockjoin)                                                                                 \
    ROW(detach)                                                                                    \
    ROW(setname)                                                                                   \
    ROW(mutex_lock)                                                                                \
    ROW(mutex_trylock)                                                                             \
    ROW(mutex_timedlock)                                                                           \
    ROW(mutex_clocklock)                                                                           \
    ROW(rdlock)                                                                                    \
    ROW(wrlock)                                                                                    \
    ROW(tryrdlock)                                                                                 \
    ROW(trywrlock)                                                                                 \
    ROW(timedrdlock)                                                                               \
    ROW(timedwrlock)                                                                               \
    ROW(clockrdlock)                                                                               \
    ROW(clockwrlock)                                                                               \
    ROW(cond_wait)                                                                                 \
    ROW(cond_timedwait)                                                                            \
    ROW(cond_clockwait)                                                                            \
    ROW(sem_wait)                                                                                  \
    ROW(sem_timedwait)                                                                             \
    ROW(sem_clockwait)                                                                             \
    ROW(execve)                                                                                    \
    ROW(execv)                                                                                     \
    ROW(execvp)                                                                                    \
    ROW(execvpe)                                                                                   \
    ROW(fexecve)                                                                                   \
    ROW(execveat)                                                                                  \
    ROW(posix_spawn)                                                                               \
    ROW(posix_spawnp)                                                                              \
    ROW(system)                                                                                    \
    ROW(popen)                                                                                     \
    ROW(longjmp)                                                                                   \
    ROW(underscore_longjmp)                                                                        \
    ROW(siglongjmp)                                                                                \
    ROW(longjmp_chk)                                                                               \
    ROW(thrd_create)                                                                               \
    ROW(thrd_join)                                                                                 \
    ROW(thrd_detach)                                                                               \
    ROW(mtx_lock)                                                                                  \
    ROW(mtx_timedlock)                                                                             \
    ROW(mtx_trylock)                                                                               \
    ROW(cnd_wait)                                                                                  \
    ROW(cnd_timedwait)                                                                             \
    ROW(setcontext)                                                                                \
    ROW(swapcontext)                                                                               \
    ROW(prctl)                                                                                     \
    ROW(underscore_exit)                                                                           \
    ROW(exit_at_once)                                                                              \
    ROW(quick_exit)                                                                                \
    ROW(chroot)                                                                                    \
    ROW(setuid)                                                                                    \
    ROW(seteuid)                                                                                   \
    ROW(setreuid)                                                                                  \
    ROW(setresuid)

#if defined(__x86_64__)
#define ON_X86_64(ROW) ROW(syscall)
#else
#define ON_X86_64(ROW)
#endif

/* Where libc keeps versions of a function that programs of before are linked to. */
#if HAS_OLD_VERSIONS
#define OF_OLD_VERSIONS(ROW)                                                                       \
    ROW(old_cond_wait)                                                                             \
    ROW(old_cond_timedwait)                                                                        \
    ROW(old_posix_spawn)                                                                           \
    ROW(old_posix_spawnp)                                                                          \
    ROW(any_cond_wait)                                                                             \
    ROW(any_cond_timedwait)                                                                        \
    ROW(any_posix_spawn)                                                                           \
    ROW(any_posix_spawnp)
#else
#define OF_OLD_VERSIONS(ROW)
#endif

#define WRAPPED(ROW) EVERYWHERE(ROW) ON_X86_64(ROW) OF_OLD_VERSIONS(ROW)

#define DECLARE(name) extern struct wrapped wrapped_##name;
WRAPPED(DECLARE)

#define ENTRY(name) &wrapped_##name,
struct wrapped *const wrapped_table[] = {WRAPPED(ENTRY) NULL};
