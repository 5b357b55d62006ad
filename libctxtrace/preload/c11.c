#include "preload/c11.h"

#include "preload/preload.h"

#include <dlfcn.h>
#include <string.h>

bool c11_is_of_libc;

static bool is_in_library_of(const struct wrapped *wrapped, const char *library)
{
    Dl_info info;
    return wrapped->next && dladdr(wrapped->next, &info) && info.dli_fname &&
           strcmp(info.dli_fname, library) == 0;
}

void c11_start(const struct wrapped *const *functions)
{
    Dl_info libc;
    /* A function that nobody else has. */
    bool are = dladdr(dlsym(RTLD_NEXT, "gnu_get_libc_version"), &libc) && libc.dli_fname;
    for (; are && *functions; functions++)
        are = is_in_library_of(*functions, libc.dli_fname);
    c11_is_of_libc = are;
}
