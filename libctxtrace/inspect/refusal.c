#include "inspect/refusal.h"

#include "base/error.h"
#include "image/executable_kind.h"
#include "image/permission.h"
#include "image/seen_path.h"
#include "inspect/quiet_program.h"
#include "segment/liveness.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- processes ---- */

/* The executable's path as the kernel tells it; what cannot be told is the process. */
static void name_executable(int pid, const char *link, char *name, size_t size)
{
    ssize_t length = readlink(link, name, size - 1);
    if (length > 0)
        name[length] = '\0';
    else
        snprintf(name, size, "the executable of process %d", pid);
}

/* It may be the process that is out of reach, or only the file. */
static bool refuse_unreadable(int pid, int number, const char *link, struct error *error)
{
    char name[PATH_MAX];
    if ((number == EACCES || number == EPERM) && readlink(link, name, sizeof name) < 0) {
        permission_explain_reading(pid, error);
        return false;
    }
    if (number == ENOENT && segment_process_state(pid) == 'Z')
        return error_set(error,
                         "process %d has ended, and only waits for its parent to notice; for "
                         "what it left behind, name its segment or its core",
                         pid);
    if (number == ENOENT)
        return error_set(error, "process %d is a thread of the kernel: name a program", pid);
    name_executable(pid, link, name, sizeof name);
    return error_set(error,
                     "cannot open %s, which runs as process %d: %s; run this as a user who may "
                     "read that file, or as root",
                     name, pid, strerror(number));
}

/* Is the file behind this line of /proc/PID/maps, which maps its beginning, a Go library? */
static bool is_go_library(int pid, const char *line, char *name, size_t size)
{
    uint64_t offset;
    int begin = 0;
    char path[PATH_MAX + 64];
    struct executable_kind kind;
    if (sscanf(line, "%*s %*s %" SCNx64 " %*s %*s %n", &offset, &begin) != 1 || offset || !begin ||
        line[begin] != '/')
        return false;
    snprintf(name, size, "%.*s", (int)strcspn(line + begin, "\n"), line + begin);
    seen_path(path, sizeof path, pid, name);
    executable_kind_look(path, &kind);
    return kind.toolchain == TOOLCHAIN_GO;
}

/* A library that was built with -buildmode=c-shared brings Go's runtime into a C program. */
static bool find_go_library(int pid, char *name, size_t size)
{
    char path[64], line[PATH_MAX + 256];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re");
    while (maps && !found && fgets(line, sizeof line, maps))
        found = is_go_library(pid, line, name, size);
    if (maps)
        fclose(maps);
    return found;
}

static bool refuse_process(int pid, struct error *error)
{
    char link[64], name[PATH_MAX];
    struct executable_kind kind;
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    executable_kind_look(link, &kind);
    if (kind.format == EXECUTABLE_UNREADABLE)
        return refuse_unreadable(pid, kind.error, link, error);
    name_executable(pid, link, name, sizeof name);
    if (!executable_kind_check(&kind, name, error))
        return false;
    if (kind.toolchain == TOOLCHAIN_GO)
        return error_set(error,
                         "%s is a Go program whose build information cannot be read, so that its "
                         "release is not known: build it without a tool that removes it",
                         name);
    if (find_go_library(pid, name, sizeof name))
        return error_set(error,
                         "process %d is a program in another language with the Go library %s, "
                         "whose goroutines are not read: link it statically "
                         "(-buildmode=c-archive), which can be read",
                         pid, name);
    if (quiet_process_is_recorded(pid))
        return error_set(
            error,
            "process %d runs under libctxtrace and has recorded nothing so far: it has "
            "made no context and no thread, and waited for no lock (or no segment "
            "could be made for it); look again when it has",
            pid);
    return error_set(error,
                     "process %d is not recorded and is not a Go program that can be read; "
                     "start it with `ctxreport run -- COMMAND` or with CTXTRACE=1",
                     pid);
}

/* ---- files ---- */

static bool begins_with(const struct target *target, const char *bytes, size_t size)
{
    return memcmp(target->head, bytes, size) == 0;
}

static bool refuse_elf(const struct target *target, const struct executable_kind *kind,
                       struct error *error)
{
    if (!executable_kind_check(kind, target->text, error))
        return false;
    return error_set(error,
                     "%s is an executable: name a process that runs it, or the core that it left",
                     target->text);
}

/* What decompresses it, of formats that cores are found in and that are not read as they are. */
static const char *undone_by(const struct target *target)
{
    static const struct {
        const char *magic, *tool;
        size_t size;
    } formats[] = {{"\xfd"
                    "7zXZ",
                    "xz -d", 6},
                   {"BZh", "bzip2 -d", 3},
                   {"\x02!L\x18", "lz4 -d", 4},
                   {"PK\3\4", "unzip", 4}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (begins_with(target, formats[i].magic, formats[i].size))
            return formats[i].tool;
    return NULL;
}

/* A segment gets its magic when all else that it begins with is there. */
static bool is_unmade_segment(const struct target *target)
{
    static const char none[8];
    const char *ending = strrchr(target->path, '.');
    return ending && strcmp(ending, ".ctxt") == 0 && begins_with(target, none, sizeof none);
}

static bool refuse_file(const struct target *target, struct error *error)
{
    struct executable_kind kind;
    executable_kind_look(target->path, &kind);
    if (kind.format == EXECUTABLE_ELF)
        return refuse_elf(target, &kind, error);
    const char *tool = undone_by(target);
    if (tool)
        return error_set(error,
                         "%s is compressed in a way that is not read here; if it is a core, "
                         "decompress it first (%s)",
                         target->text, tool);
    if (is_unmade_segment(target))
        return error_set(error,
                         "%s is a segment that was not finished: nothing is recorded in it; if its "
                         "program has ended, remove it",
                         target->text);
    if (begins_with(target, "SQLite format 3", 16))
        return error_set(error, "%s is a report; `ctxreport show` prints it", target->text);
    return error_set(error,
                     "%s is neither a segment nor the core of a Go program; `ctxreport list` "
                     "shows what can be looked at",
                     target->text);
}

bool refuse_target(const struct target *target, struct error *error)
{
    return target->pid ? refuse_process(target->pid, error) : refuse_file(target, error);
}
