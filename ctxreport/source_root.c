#include "ctxreport/source_root.h"

#include <string.h>

static const char *below(const char *path, const char *root)
{
    size_t length = strlen(root);
    while (length > 0 && root[length - 1] == '/')
        length--;
    if (strncmp(path, root, length) != 0 || path[length] != '/')
        return path;
    path += length;
    return path + strspn(path, "/");
}

static const char *without_dots(const char *path)
{
    for (;;) {
        size_t dots = strncmp(path, "./", 2) == 0 ? 2 : strncmp(path, "../", 3) == 0 ? 3 : 0;
        if (dots == 0)
            return path;
        path += dots;
        path += strspn(path, "/");
    }
}

const char *path_in_sources(const char *path, const char *root)
{
    if (!path || !root)
        return path;
    return path[0] == '/' ? below(path, root) : without_dots(path);
}
