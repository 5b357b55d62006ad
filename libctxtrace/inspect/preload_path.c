#include "inspect/preload_path.h"

#include "base/error.h"
#include "base/hash.h"
#include "inspect/watchable.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char split_at[] = " :$";

static bool leads_to(const char *link, const char *directory)
{
    char found[PATH_MAX];
    ssize_t length = readlink(link, found, sizeof found - 1);
    if (length < 0)
        return false;
    found[length] = '\0';
    return strcmp(found, directory) == 0;
}

static bool make_link(const char *link, const char *directory, struct error *error)
{
    if (symlink(directory, link) == 0 || leads_to(link, directory))
        return true;
    if (errno == EEXIST && unlink(link) == 0 && symlink(directory, link) == 0)
        return true;
    return error_set(error,
                     "%s has a blank, a colon or a dollar sign in its path, at which the dynamic "
                     "linker would cut it, and %s cannot be made to lead there: %s",
                     directory, link, strerror(errno));
}

/* The command may change its directory before it starts others: the link's path is absolute. */
static bool find_base(const char *directory, char absolute[PATH_MAX], struct error *error)
{
    char base[PATH_MAX];
    watchables_directory(base, sizeof base);
    if (!watchables_make_directory(base, error))
        return false;
    if (realpath(base, absolute) && !strpbrk(absolute, split_at))
        return true;
    return error_set(error,
                     "%s has a blank, a colon or a dollar sign in its path, at which the dynamic "
                     "linker would cut it, and so has %s, where a link to it could be; set "
                     "CTXTRACE_DIR to another directory",
                     directory, base);
}

bool preload_path_name(const char *path, char *name, size_t size, struct error *error)
{
    char base[PATH_MAX], directory[PATH_MAX], link[PATH_MAX + 64];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (!strpbrk(path, split_at) || length == 0 || length >= sizeof directory)
        return snprintf(name, size, "%s", path) < (int)size;
    memcpy(directory, path, length);
    directory[length] = '\0';
    if (!find_base(directory, base, error))
        return false;
    /*
     * If two directories had the same hash, which nobody will live to see, the later one would have
     * the link.
     */
    snprintf(link, sizeof link, "%s/preload-%016" PRIx64, base,
             hash_text_part(HASH_START, directory, length));
    return make_link(link, directory, error) &&
           snprintf(name, size, "%s%s", link, slash) < (int)size;
}
