#include "golang/model/language.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- whose code a frame is ---- */

static bool is_go_machinery(const char *function)
{
    static const char *const starts[] = {
        "runtime.",       "runtime/",       "internal/runtime/",      "context.",
        "sync.runtime_",  "time.Sleep",     "internal/poll.runtime_", "internal/sync.runtime_",
        "os/signal.loop", "syscall.Syscall"};
    for (size_t i = 0; i < COUNT(starts); i++) {
        if (strncmp(function, starts[i], strlen(starts[i])) == 0)
            return true;
    }
    return false;
}

struct package_name {
    const char *text;
    size_t length;
};

static int compare_package(const void *key, const void *entry)
{
    const struct package_name *name = key;
    const char *other = *(const char *const *)entry;
    int order = strncmp(name->text, other, name->length);
    return order ? order : -(other[name->length] != '\0');
}

/* The first parts of the paths that Go keeps for its standard library; no other module has one. */
static bool is_go_library(const char *function)
{
    static const char *const packages[] = {
        "archive", "arena",    "bufio",   "bytes",   "cmp",      "compress", "container", "context",
        "crypto",  "database", "debug",   "embed",   "encoding", "errors",   "expvar",    "flag",
        "fmt",     "go",       "hash",    "html",    "image",    "index",    "internal",  "io",
        "iter",    "log",      "maps",    "math",    "mime",     "net",      "os",        "path",
        "plugin",  "reflect",  "regexp",  "runtime", "slices",   "sort",     "strconv",   "strings",
        "structs", "sync",     "syscall", "testing", "text",     "time",     "unicode",   "unique",
        "unsafe",  "vendor",   "weak"};
    /* A path that begins with a domain has its dots before the first slash. */
    struct package_name name = {function, strcspn(function, strchr(function, '/') ? "/" : ".")};
    return bsearch(&name, packages, COUNT(packages), sizeof *packages, compare_package) != NULL;
}

enum frame_owner owner_of_go_frame(const struct frame_names *frame)
{
    if (is_go_machinery(frame->function))
        return FRAME_OF_MACHINERY;
    return is_go_library(frame->function) ? FRAME_OF_LIBRARY : FRAME_OF_PROGRAM;
}

static bool is_start(const struct frame_names *frame)
{
    (void)frame;
    return false; /* these are machinery */
}

/* ---- names of functions ---- */

/* The digits that follow a word which Go's compiler makes up: how many characters it has. */
static size_t closure_word(const char *text, size_t left)
{
    static const char *const words[] = {"func", "gowrap", "deferwrap"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]);
        if (left > length && memcmp(text, words[i], length) == 0 &&
            isdigit((unsigned char)text[length]))
            return length;
    }
    return 0;
}

static bool is_closure_number(const char *name, size_t length, size_t place)
{
    size_t start = place;
    while (start > 0 && isdigit((unsigned char)name[start - 1]))
        start--;
    size_t end = place;
    while (end < length && isdigit((unsigned char)name[end]))
        end++;
    /* It ends a part of the name: .func1 .2 .gowrap3 .func1-range1 */
    if (start == 0 || (end < length && name[end] != '.' && name[end] != '-'))
        return false;
    if (name[start - 1] == '.')
        return true;
    static const char range[] = "-range";
    if (start >= sizeof range - 1 && memcmp(name + start - (sizeof range - 1), range, 6) == 0)
        return true;
    const char *dot = memrchr(name, '.', start);
    return dot &&
           dot + 1 + closure_word(dot + 1, (size_t)(name + length - dot - 1)) == name + start;
}

/* The path of the package can have anything in it. */
static struct name_parts parts_of(const char *name)
{
    size_t length = strlen(name);
    const char *slash = strrchr(name, '/');
    return (struct name_parts){
        .length = length, .lasting = length, .numbered = slash ? (size_t)(slash - name) : 0};
}

const struct language go_language = {
    .name = "Go",
    .collected = true,
    .main_may_block = true,
    .names_are_unique = true,
    .inner_frames_count = true,
    .start_tells_more = true,
    .owner = owner_of_go_frame,
    .is_start = is_start,
    .parts = parts_of,
    .is_closure_number = is_closure_number,
};
