/*
 * A program that is linked with libctxtrace, which needs libunwind, still has the C library's
 * backtrace(), and unwinds with it, also after stacks were recorded.
 */
#include <ctxtrace/ctxtrace.h>

#include <dlfcn.h>
#include <execinfo.h>
#include <stdio.h>
#include <string.h>

enum { MAX = 64 };

static void *addresses[MAX];
static int count;

__attribute__((noinline)) static void recurse(int depth)
{
    if (depth == 0) {
        ctxt_t *context = ctxt_with_cancel(ctxt_background());
        ctxt_cancel(context);
        ctxt_unref(context);
        count = backtrace(addresses, MAX);
    } else {
        recurse(depth - 1);
    }
    __asm__ volatile("");
}

static int is_the_c_librarys(const char *name)
{
    Dl_info info;
    void *symbol = dlsym(RTLD_DEFAULT, name);
    if (!symbol || !dladdr(symbol, &info) || !strstr(info.dli_fname, "/libc.so")) {
        fprintf(stderr, "%s is %s's\n", name, symbol ? info.dli_fname : "nobody");
        return 0;
    }
    return 1;
}

int main(void)
{
    if (!is_the_c_librarys("backtrace") || !is_the_c_librarys("backtrace_symbols"))
        return 1;
    recurse(10);
    Dl_info info;
    int in_program = 0;
    for (int i = 0; i < count; i++)
        in_program +=
            dladdr(addresses[i], &info) && strstr(info.dli_fname, "own_backtrace") != NULL;
    /* Eleven of recurse, main and _start. */
    if (in_program != 13) {
        fprintf(stderr, "%d frames, %d of them of the program\n", count, in_program);
        return 1;
    }
    return 0;
}
