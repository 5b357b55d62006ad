/*
 * A process that gives up its rights or its root directory may not be able to make a file where it
 * should afterwards. So recording begins before, if it is wanted at all: with chroot() in any case,
 * and with a change of user where a directory was chosen. (The usual one is the new user's own.)
 * Likewise the journal of executions is opened before.
 */
#include "preload/executions.h"
#include "preload/preload.h"
#include "preload/sealed.h"

#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

struct wrapped wrapped_chroot = {.name = "chroot"};
struct wrapped wrapped_setuid = {.name = "setuid"};
struct wrapped wrapped_seteuid = {.name = "seteuid"};
struct wrapped wrapped_setreuid = {.name = "setreuid"};
struct wrapped wrapped_setresuid = {.name = "setresuid"};

typedef int chroot_function(const char *);
typedef int user_function(uid_t);
typedef int two_users_function(uid_t, uid_t);
typedef int three_users_function(uid_t, uid_t, uid_t);

static void begin_before_change_of_user(void)
{
    if (preload_is_sealed() || geteuid() != 0 || !secure_getenv("CTXTRACE_DIR"))
        return;
    ctxt_trace_is_on();
    executions_keep_open();
}

PRELOAD_WRAPPER int chroot(const char *path)
{
    chroot_function *next = (chroot_function *)next_of(&wrapped_chroot);
    if (!preload_is_sealed()) {
        ctxt_trace_is_on();
        executions_keep_open();
    }
    return next(path);
}

PRELOAD_WRAPPER int setuid(uid_t user)
{
    user_function *next = (user_function *)next_of(&wrapped_setuid);
    begin_before_change_of_user();
    return next(user);
}

PRELOAD_WRAPPER int seteuid(uid_t effective)
{
    user_function *next = (user_function *)next_of(&wrapped_seteuid);
    begin_before_change_of_user();
    return next(effective);
}

PRELOAD_WRAPPER int setreuid(uid_t real, uid_t effective)
{
    two_users_function *next = (two_users_function *)next_of(&wrapped_setreuid);
    begin_before_change_of_user();
    return next(real, effective);
}

PRELOAD_WRAPPER int setresuid(uid_t real, uid_t effective, uid_t saved)
{
    three_users_function *next = (three_users_function *)next_of(&wrapped_setresuid);
    begin_before_change_of_user();
    return next(real, effective, saved);
}
