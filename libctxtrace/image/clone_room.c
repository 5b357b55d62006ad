#include "image/clone_room.h"

#include "base/error.h"
#include "base/read_text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct clone_room_places clone_room_system = {
    .memory = "/proc/meminfo", .groups = "/sys/fs/cgroup", .groups_v1 = "/sys/fs/cgroup/memory"};

/* The number behind a name that begins a line; false: there is none. */
static bool find_number(const char *text, const char *name, uint64_t *number)
{
    size_t length = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0)
            return sscanf(line + length, "%" SCNu64, number) == 1;
    }
    return false;
}

/* "max", or so large that it is none, is no limit. */
static bool read_number(const char *folder, const char *name, uint64_t *number)
{
    char path[PATH_MAX + 64], text[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return read_text(AT_FDCWD, path, text, sizeof text) && sscanf(text, "%" SCNu64, number) == 1;
}

/* What could be given up for others at once. */
static uint64_t spare_cache(const char *folder)
{
    char path[PATH_MAX + 64], text[8192];
    uint64_t bytes = 0;
    snprintf(path, sizeof path, "%s/memory.stat", folder);
    if (read_text(AT_FDCWD, path, text, sizeof text))
        find_number(text, "inactive_file ", &bytes);
    return bytes;
}

static bool group_has_room(const char *folder, bool is_v1, uint64_t needed)
{
    uint64_t limit, used;
    if (!read_number(folder, is_v1 ? "memory.limit_in_bytes" : "memory.max", &limit))
        return true; /* none */
    if (!read_number(folder, is_v1 ? "memory.usage_in_bytes" : "memory.current", &used))
        return false;
    uint64_t spare = spare_cache(folder);
    used = used > spare ? used - spare : 0;
    return limit >= used && limit - used >= needed;
}

/* The group and all above it. */
static bool groups_have_room(const char *root, const char *path, bool is_v1, uint64_t needed,
                             struct error *why_not)
{
    char folder[PATH_MAX];
    struct stat ignored;
    size_t length = strlen(root);
    snprintf(folder, sizeof folder, "%s%s", root, path);
    if (stat(folder, &ignored) != 0)
        return error_set(why_not, "how much memory its control group may have cannot be read");
    for (char *end = folder + strlen(folder); end && end >= folder + length;
         end = strrchr(folder, '/')) {
        *end = '\0';
        if (!group_has_room(folder, is_v1, needed))
            return error_set(why_not, "its control group could run out of memory");
    }
    return true;
}

/* Lines of /proc/PID/cgroup: number, controllers, path; version 2 has no controllers. */
static bool all_groups_have_room(char *lines, const struct clone_room_places *places,
                                 uint64_t needed, struct error *why_not)
{
    char *place;
    for (char *line = strtok_r(lines, "\n", &place); line; line = strtok_r(NULL, "\n", &place)) {
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = '\0';
        bool is_v2 = controllers[1] == '\0', is_v1 = strcmp(controllers + 1, "memory") == 0;
        if ((is_v1 || is_v2) && !groups_have_room(is_v1 ? places->groups_v1 : places->groups, path,
                                                  is_v1, needed, why_not))
            return false;
    }
    return true;
}

bool clone_room_is_there(int directory, const struct clone_room_places *places,
                         struct error *why_not)
{
    char text[8192];
    uint64_t own_kb, available_kb;
    if (!read_text(directory, "status", text, sizeof text) ||
        !find_number(text, "RssAnon:", &own_kb))
        return error_set(why_not, "how much memory it has cannot be read");
    if (read_text(AT_FDCWD, places->memory, text, sizeof text) &&
        find_number(text, "MemAvailable:", &available_kb) && available_kb < own_kb)
        return error_set(why_not, "the machine could run out of memory");
    if (!read_text(directory, "cgroup", text, sizeof text))
        return true; /* a kernel without them */
    return all_groups_have_room(text, places, own_kb * 1024, why_not);
}
