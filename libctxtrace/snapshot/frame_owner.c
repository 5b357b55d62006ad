#include "snapshot/frame_owner.h"

#include "base/base_name.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool starts_with_any(const char *text, const char *const *starts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (starts_with(text, starts[i]))
            return true;
    }
    return false;
}

/* The file tells for programs that are linked with the static library. */
static bool is_of_our_folders(const char *file)
{
    static const char *const folders[] = {CTXTRACE_FOLDERS_IN_PROGRAMS}; /* CMakeLists.txt */
    for (size_t i = 0; i < COUNT(folders); i++) {
        if (strstr(file, folders[i]))
            return true;
    }
    return false;
}

static bool is_ctxtrace(const struct frame_names *frame)
{
    return starts_with(frame->function, "ctxt_") ||
           starts_with(base_name(frame->module), "libctxtrace") || is_of_our_folders(frame->file);
}

/* Those that programs wait in, wherever they are installed. */
bool is_standard_library(const char *module)
{
    static const char *const starts[] = {
        "libc.so",      "libc-2.",         "libc.musl",   "libpthread", "ld-linux",  "ld-musl",
        "ld-2.",        "libstdc++.",      "libc++.",     "libc++abi.", "libgcc_s.", "libglib-2.",
        "libgobject-2", "libgthread-",     "libgio-2.",   "libgomp.",   "libomp.",   "libtbb.",
        "libstd-",      "libboost_thread", "libQt5Core.", "libQt6Core."};
    return starts_with_any(base_name(module), starts, COUNT(starts));
}

static bool is_cxx_library(const struct frame_names *frame)
{
    static const char *const functions[] = {"std::",
                                            "__gnu_cxx::",
                                            "__gthread_",
                                            "_ZSt",
                                            "_ZNSt",
                                            "_ZNKSt",
                                            "boost::mutex",
                                            "boost::thread",
                                            "boost::condition",
                                            "boost::unique_lock"};
    /* Headers lie in directories such as /usr/include/c++/14 and /usr/include/c++/v1. */
    return starts_with_any(frame->function, functions, COUNT(functions)) ||
           strstr(frame->file, "/include/c++/") || strstr(frame->file, "/c++/v1/");
}

/* Names of Rust are _R... or, in the older kind, end with 17h, sixteen hexadecimal digits and E. */
static bool is_rust(const char *linkage)
{
    enum { HASH_LENGTH = 20 };
    size_t length = strlen(linkage);
    return starts_with(linkage, "_R") ||
           (starts_with(linkage, "_ZN") && length > HASH_LENGTH &&
            starts_with(linkage + length - HASH_LENGTH, "17h") && linkage[length - 1] == 'E');
}

/*
 * Its sources lie in /rustc/HASH/library; functions of its traits are <TYPE as core::...>. A C++
 * program may have a namespace `core` of its own.
 */
static bool is_rust_library(const struct frame_names *frame)
{
    static const char *const crates[] = {
        "std::",  "core::",  "alloc::",  "parking_lot::", "lock_api::", "parking_lot_core::",
        "<std::", "<core::", "<alloc::", "__rust_"};
    return starts_with(frame->file, "/rustc/") ||
           (is_rust(frame->linkage) && starts_with_any(frame->function, crates, COUNT(crates)));
}

/* Those that block, for programs that the C library is linked into. */
static bool is_c_library_function(const char *function)
{
    static const char *const starts[] = {"pthread_", "__pthread_", "___pthread_",
                                         "__lll_",   "__futex_",   "__GI_"};
    return starts_with_any(function, starts, COUNT(starts)) || is_start_function(function);
}

/*
 * One that lies where the dynamic linker looks by itself: /lib, /usr/lib64, and below them what is
 * named after a machine. What a program or package keeps for itself it keeps in a directory of its
 * own.
 */
static bool is_system_library(const char *module)
{
    static const char *const places[] = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"};
    const char *name = base_name(module);
    for (size_t i = 0; i < COUNT(places); i++) {
        if (!starts_with(module, places[i]))
            continue;
        const char *rest = module + strlen(places[i]);
        const char *slash = strchr(rest, '/');
        return rest == name || strstr(rest, "glibc-hwcaps/") ||
               (slash && slash + 1 == name && strstr(rest, "-linux-gnu") &&
                strstr(rest, "-linux-gnu") < slash);
    }
    return false;
}

/* A header of a library is compiled into the program that includes it. */
static bool is_system_header(const char *file)
{
    return starts_with(file, "/usr/include/") || starts_with(file, "/usr/lib/gcc/") ||
           starts_with(file, "/usr/lib/llvm");
}

enum frame_owner owner_of_native_frame(const struct frame_names *frame)
{
    if (is_ctxtrace(frame))
        return FRAME_OF_MACHINERY;
    if (is_standard_library(frame->module) || is_cxx_library(frame) || is_rust_library(frame) ||
        is_c_library_function(frame->function))
        return FRAME_OF_LIBRARY;
    bool own = strcmp(frame->module, frame->executable) == 0;
    bool system = is_system_header(frame->file) || (!own && is_system_library(frame->module));
    return system ? FRAME_OF_SYSTEM : FRAME_OF_PROGRAM;
}

bool is_start_function(const char *function)
{
    static const char *const names[] = {
        "_start", "__libc_start_main",      "start_thread", "__libc_start_main_impl",
        "clone",  "__libc_start_call_main", "clone3",       "__clone3",
        "__clone"};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(function, names[i]) == 0)
            return true;
    }
    return false;
}
