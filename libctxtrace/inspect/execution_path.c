#include "inspect/execution_path.h"

#include "base/base_name.h"
#include "inspect/recordable.h"

#include <paths.h>
#include <string.h>

static bool can_be_recorded(const struct execution *noted)
{
    struct error ignored;
    enum recordable answer = recordable_look(noted->path, &noted->start.caller, &ignored);
    return answer == RECORDABLE_YES || answer == RECORDABLE_PARTLY;
}

/* execvp() has a shell run what the kernel does not know how to. */
static bool is_for_shell(const char *path)
{
    struct executable_kind kind;
    executable_kind_look(path, &kind);
    return kind.format == EXECUTABLE_OTHER;
}

/* The directory that it starts from is not known. */
static bool ends_with(const char *path, const char *relative)
{
    relative += strncmp(relative, "./", 2) == 0 ? 2 : 0;
    size_t length = strlen(path), end = strlen(relative);
    return length > end && path[length - end - 1] == '/' &&
           strcmp(path + length - end, relative) == 0;
}

bool execution_path_fits(const struct execution *noted, const char *path)
{
    if (noted->start.environment != ENVIRONMENT_WHOLE)
        return false;
    if (!path[0])
        return can_be_recorded(noted);
    if (strcmp(noted->path, path) == 0)
        return true;
    if (noted->path[0] != '/')
        return ends_with(path, noted->path);
    if (noted->start.is_spawned && strcmp(base_name(noted->path), base_name(path)) == 0)
        return can_be_recorded(noted);
    return strcmp(path, _PATH_BSHELL) == 0 && is_for_shell(noted->path);
}
