#include "inspect/recordable.h"

#include "base/base_name.h"
#include "base/error.h"
#include "image/executable_kind.h"
#include "image/processor.h"

#include <stdio.h>
#include <string.h>

#define MAX_SCRIPTS 5 /* a script's interpreter can be one; the kernel allows as many */

static enum recordable no(struct error *why, enum recordable answer, const char *subject,
                          const char *reason)
{
    error_set(why, "%s %s", subject, reason);
    return answer;
}

/* The loader of the GNU libc, for which the preload is built; others are called otherwise. */
static bool is_glibc(const char *interpreter)
{
    return strncmp(base_name(interpreter), "ld-linux", 8) == 0;
}

static enum recordable judge_go(const struct executable_kind *kind, const char *subject,
                                struct error *why)
{
    enum recordable answer = kind->interpreter[0] ? RECORDABLE_PARTLY : RECORDABLE_NO;
    if (kind->toolchain == TOOLCHAIN_GO)
        return no(why, answer, subject,
                  "is a Go program, whose goroutines are not recorded: look at it while it runs, "
                  "with `ctxreport inspect PID`");
    return no(why, answer, subject,
              "is a Go program that was built with another compiler than Go's own, which can be "
              "neither recorded nor read");
}

static enum recordable judge_rights(const struct executable_kind *kind,
                                    const struct executable_caller *caller, const char *subject,
                                    struct error *why)
{
    enum executable_rights rights = caller ? executable_rights(kind, caller) : RIGHTS_AS_CALLER;
    if (rights == RIGHTS_RAISED)
        return no(why, RECORDABLE_NO_SUBTREE, subject,
                  "runs with more rights than its caller (set-user-ID or file capabilities), so "
                  "that nothing may be preloaded into it, and what it starts is not recorded "
                  "either: run all of it as that user");
    if (rights == RIGHTS_OF_TWO_IDENTITIES)
        return no(why, RECORDABLE_NO_SUBTREE, subject,
                  "was started by a process whose effective user or group is not its real one, so "
                  "that nothing may be preloaded into it, and what it starts is not recorded "
                  "either");
    return RECORDABLE_YES;
}

/* One whose loader complains about the preload on standard error is harmed by it, too. */
static enum recordable judge_elf(const struct executable_kind *kind,
                                 const struct executable_caller *caller, const char *subject,
                                 struct error *why)
{
    char reason[256];
    if (kind->bits != 64 || kind->machine != processor_machine) {
        snprintf(reason, sizeof reason,
                 "is a %u-bit program for %s, and only 64-bit ones for %s are recorded", kind->bits,
                 executable_machine_name(kind->machine), processor_name);
        return no(why, kind->interpreter[0] ? RECORDABLE_NO_HARMED : RECORDABLE_NO, subject,
                  reason);
    }
    if (kind->toolchain != TOOLCHAIN_OTHER)
        return judge_go(kind, subject, why);
    if (!kind->interpreter[0])
        return no(why, RECORDABLE_NO, subject,
                  "is linked statically, so that nothing can be preloaded: link it dynamically, "
                  "or with libctxtrace");
    if (!is_glibc(kind->interpreter))
        return no(why, RECORDABLE_NO_HARMED, subject,
                  "is linked with another libc than glibc (musl, say), into which the preload does "
                  "not fit");
    return judge_rights(kind, caller, subject, why);
}

static enum recordable judge(const char *path, int scripts, const char *subject,
                             const struct executable_caller *caller, struct error *why)
{
    struct executable_kind kind;
    executable_kind_look(path, &kind);
    if (kind.format == EXECUTABLE_ELF)
        return judge_elf(&kind, caller, subject, why);
    if (kind.format != EXECUTABLE_SCRIPT || scripts == MAX_SCRIPTS)
        return RECORDABLE_YES;
    char nested[2 * PATH_MAX];
    snprintf(nested, sizeof nested, "%s is a script, and its interpreter %s", subject,
             kind.interpreter);
    return judge(kind.interpreter, scripts + 1, nested, caller, why);
}

enum recordable recordable_look(const char *path, const struct executable_caller *caller,
                                struct error *why)
{
    return judge(path, 0, path, caller, why);
}
