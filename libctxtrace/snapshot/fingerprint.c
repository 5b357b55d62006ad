#include "snapshot/fingerprint.h"

#include <ctype.h>
#include <string.h>

#include "base/base_name.h"
#include "base/hash.h"
#include "snapshot/frame_owner.h"

static uint64_t add_bytes(uint64_t hash, const char *text, size_t length)
{
    return hash_byte(hash_text_part(hash, text, length), 0xff);
}

static uint64_t add_number(uint64_t hash, uint64_t number)
{
    return hash_byte(hash_number(hash, number), 0xff);
}

static bool is_number(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)text[i]))
            return false;
    }
    return length > 0;
}

/* ---- names of native functions ---- */

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

/* ---- names of Go functions ---- */

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

/* ---- the hash ---- */

/* The identity has the whole name, the fingerprint no numbers of closures. */
static void add_name(struct fingerprint *it, const char *name, bool go)
{
    size_t length = go ? strlen(name) : length_without_suffixes(name);
    const char *slash = go ? strrchr(name, '/') : NULL;
    size_t path = slash ? (size_t)(slash - name) : 0;
    bool numbered = go || has_lambda(name, length);
    size_t hash = go ? 0 : rust_hash(name, length);
    it->identity = add_bytes(it->identity, name, length);
    for (size_t i = 0; i < (hash ? hash : length); i++) {
        bool number = numbered && i >= path && isdigit((unsigned char)name[i]) &&
                      (go ? is_closure_number(name, length, i) : is_lambda_number(name, length, i));
        if (!number)
            it->fingerprint = hash_byte(it->fingerprint, (unsigned char)name[i]);
    }
    it->fingerprint = hash_byte(it->fingerprint, 0xff);
}

static void add_text(struct fingerprint *it, const char *text, size_t length)
{
    it->identity = add_bytes(it->identity, text, length);
    it->fingerprint = add_bytes(it->fingerprint, text, length);
}

static void add_module(struct fingerprint *it, const struct fingerprint_source *source,
                       const struct snapshot_frame *frame)
{
    const char *name = base_name(source->texts + frame->module);
    const char *version = strstr(name, ".so");
    bool own = frame->module != 0 && frame->module == source->executable;
    add_text(it, name, own ? 0 : version ? (size_t)(version + 3 - name) : strlen(name));
}

static void add_nameless(struct fingerprint *it, const struct fingerprint_source *source,
                         const struct snapshot_frame *frame)
{
    uint64_t offset = frame->entry_offset ? frame->entry_offset : frame->module_offset;
    it->identity = add_number(it->identity, offset);
    it->fingerprint = add_number(it->fingerprint, offset);
    if (frame->build_id) {
        const char *build_id = source->texts + frame->build_id;
        add_text(it, build_id, strlen(build_id));
        return;
    }
    it->identified = false;
    add_module(it, source, frame);
}

struct fingerprint fingerprint_start(void)
{
    return (struct fingerprint){
        .fingerprint = HASH_START, .identity = HASH_START, .identified = true};
}

bool fingerprint_counts(const struct fingerprint_source *source, const struct snapshot_frame *frame)
{
    if (source->go)
        return true;
    if (frame->function)
        return !is_start_function(source->texts + frame->function);
    return !is_standard_library(source->texts + frame->module);
}

void fingerprint_add(struct fingerprint *fingerprint, const struct fingerprint_source *source,
                     const struct snapshot_frame *frame)
{
    if (!frame->function) {
        add_nameless(fingerprint, source, frame);
        return;
    }
    add_name(fingerprint, source->texts + (frame->linkage ? frame->linkage : frame->function),
             source->go);
    if (!source->go) {
        const char *file = base_name(source->texts + frame->file);
        add_text(fingerprint, file, strlen(file));
    }
    add_module(fingerprint, source, frame);
}
