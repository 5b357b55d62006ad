#include "ctxreport/recording.h"

#include "base/error.h"
#include "ctxreport/launch.h"
#include "inspect/executions.h"
#include "inspect/preload_path.h"
#include "inspect/recordable.h"
#include "inspect/watchable.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the preload ---- */

static bool find_preload(char *path, size_t size)
{
    /* Relative to the tool: the build tree, beside it, an installation. */
    static const char *const places[] = {
        "/../libctxtrace/preload/" CTXREPORT_PRELOAD_NAME,
        "/" CTXREPORT_PRELOAD_NAME,
        "/../" CTXREPORT_LIBRARY_DIRECTORY "/" CTXREPORT_PRELOAD_NAME,
    };
    char tool[PATH_MAX], candidate[2 * PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", tool, sizeof tool - 1);
    if (length > 0) {
        tool[length] = '\0';
        char *slash = strrchr(tool, '/');
        if (slash)
            *slash = '\0';
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            char resolved[PATH_MAX];
            snprintf(candidate, sizeof candidate, "%s%s", tool, places[i]);
            if (realpath(candidate, resolved) && access(resolved, R_OK) == 0)
                return snprintf(path, size, "%s", resolved) < (int)size;
        }
    }
    snprintf(path, size, "%s/%s", CTXREPORT_FULL_LIBRARY_DIRECTORY, CTXREPORT_PRELOAD_NAME);
    return access(path, R_OK) == 0;
}

/* ---- the directory ---- */

/* One that the loader cannot take would end the command before it begins, or make it complain. */
static bool does_harm(const char *command)
{
    struct error ignored;
    return recordable_look(command, NULL, &ignored) == RECORDABLE_NO_HARMED;
}

bool recording_prepare(struct recording *recording, const char *command, bool want_preload,
                       struct error *error)
{
    char base[PATH_MAX - 16], absolute[PATH_MAX];
    *recording = (struct recording){0};
    launch_find(command, recording->command, sizeof recording->command);
    watchables_directory(base, sizeof base);
    if (!watchables_make_directory(base, error))
        return false;
    /* The command may change its directory before it starts others. */
    if (!realpath(base, absolute) ||
        snprintf(recording->directory, sizeof recording->directory,
                 "%s/" RUN_DIRECTORY_PREFIX "XXXXXX",
                 absolute) >= (int)sizeof recording->directory ||
        !mkdtemp(recording->directory) || !executions_make_journal(recording->directory))
        return error_set(error, "no directory for segments can be made in %s: %s", base,
                         strerror(errno));
    char preload[PATH_MAX];
    if (!want_preload || does_harm(recording->command) || !find_preload(preload, sizeof preload))
        return true;
    if (preload_path_name(preload, recording->preload, sizeof recording->preload, error))
        return true;
    recording_end(recording);
    return false;
}

void recording_end(const struct recording *recording)
{
    executions_remove_journal(recording->directory);
    rmdir(recording->directory);
}

/* ---- the environment ---- */

static void add_preload(const char *path)
{
    const char *others = getenv("LD_PRELOAD");
    char *all = NULL;
    if (!others || others[0] == '\0')
        setenv("LD_PRELOAD", path, 1);
    else if (asprintf(&all, "%s:%s", path, others) > 0)
        setenv("LD_PRELOAD", all, 1);
    free(all);
}

/*
 * The runtime of AddressSanitizer, where it is a library, ends a program into which another library
 * was loaded before it, unless it is told not to look.
 */
static void allow_before_sanitizer(void)
{
    const char *others = getenv("ASAN_OPTIONS");
    char *all = NULL;
    if (asprintf(&all, "%s%sverify_asan_link_order=0", others ? others : "",
                 others && others[0] ? ":" : "") > 0)
        setenv("ASAN_OPTIONS", all, 1);
    free(all);
}

void recording_enter(void *state)
{
    const struct recording *recording = state;
    setenv("CTXTRACE", "1", 1);
    setenv("CTXTRACE_DIR", recording->directory, 1);
    /* The report wants all segments: those of regular exits, and of any number of processes. */
    setenv("CTXTRACE_KEEP", "1", 1);
    setenv("CTXTRACE_DEAD", "1048576", 1);
    if (!recording->preload[0])
        setenv("CTXTRACE_AT_ONCE", "1", 1); /* nobody else tells that it was recorded */
    if (recording->preload[0]) {
        add_preload(recording->preload);
        allow_before_sanitizer();
    }
}

/* ---- what was left ---- */

static int has_suffix(const struct dirent *entry)
{
    return watchables_is_segment_name(entry->d_name);
}

struct recorded_segment *recording_segments(const struct recording *recording, int first_pid)
{
    struct dirent **entries = NULL;
    int count = scandir(recording->directory, &entries, has_suffix, versionsort);
    struct recorded_segment *segments =
        calloc((size_t)(count > 0 ? count : 0) + 1, sizeof *segments);
    int used = 0;
    /* Once for the segments of the command itself, once for the others. */
    for (int others = 0; segments && others < 2; others++) {
        for (int i = 0; i < count; i++) {
            bool is_first = atoi(entries[i]->d_name) == first_pid;
            if (is_first != (others != 0) && asprintf(&segments[used].path, "%s/%s",
                                                      recording->directory, entries[i]->d_name) > 0)
                used++;
        }
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return segments;
}

void recording_segments_free(struct recorded_segment *segments)
{
    for (size_t i = 0; segments && segments[i].path; i++)
        free(segments[i].path);
    free(segments);
}
