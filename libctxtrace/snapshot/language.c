#include "snapshot/language.h"

#include <ctype.h>
#include <string.h>

static bool is_number(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
    }
    return length > 0;
}

static bool is_compilers_suffix(const char *text, size_t length)
{
    static const char *const words[] = {"constprop", "isra", "part",      "cold",
                                        "lto_priv",  "llvm", "localalias"};
    if (is_number(text, length))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == length && memcmp(text, words[i], length) == 0)
            return true;
    }
    return false;
}

/* The length of the name that the author gave. */
static size_t length_without_suffixes(const char *name)
{
    size_t length = strlen(name);
    for (;;) {
        const char *dot = memrchr(name, '.', length);
        size_t before = dot ? (size_t)(dot - name) : 0;
        if (before == 0 || !is_compilers_suffix(dot + 1, length - before - 1))
            return length;
        length = before;
    }
}

/* Where the hash of one of Rust's older names begins, 0 if it is none: ...17h, 16 digits, E. */
static size_t rust_hash(const char *name, size_t length)
{
    enum { HASH_LENGTH = 20, DIGITS = 16 };
    if (length <= HASH_LENGTH || memcmp(name, "_ZN", 3) != 0 || name[length - 1] != 'E')
        return 0;
    const char *hash = name + length - HASH_LENGTH;
    if (memcmp(hash, "17h", 3) != 0 || strspn(hash + 3, "0123456789abcdef") != DIGITS)
        return 0;
    return length - HASH_LENGTH;
}

/*
 * In linkage names a lambda is "Ul" parameters "E" [number] "_", another unnamed type "Ut" [number]
 * "_" (Itanium C++ ABI, 5.1.7). Is the digit at `place` one of such a number?
 */
static bool is_lambda_number(const char *name, size_t length, size_t place)
{
    size_t end = place, start = place;
    while (end < length && isdigit((unsigned char)name[end]))
        end++;
    while (start > 0 && isdigit((unsigned char)name[start - 1]))
        start--;
    return end < length && name[end] == '_' && start > 1 &&
           (name[start - 1] == 'E' || (name[start - 1] == 't' && name[start - 2] == 'U'));
}

static bool has_lambda(const char *name, size_t length)
{
    return length > 2 && memcmp(name, "_Z", 2) == 0 &&
           (memmem(name, length, "Ul", 2) || memmem(name, length, "Ut", 2));
}

static struct name_parts parts_of(const char *name)
{
    size_t length = length_without_suffixes(name), hash = rust_hash(name, length);
    return (struct name_parts){.length = length,
                               .lasting = hash ? hash : length,
                               .numbered = has_lambda(name, length) ? 0 : length};
}

static bool is_start(const struct frame_names *frame)
{
    return *frame->function ? is_start_function(frame->function)
                            : is_standard_library(frame->module);
}

const struct language native_language = {
    .name = "C",
    .owner = owner_of_native_frame,
    .is_start = is_start,
    .parts = parts_of,
    .is_closure_number = is_lambda_number,
};
