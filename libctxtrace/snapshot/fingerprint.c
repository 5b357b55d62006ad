#include "snapshot/fingerprint.h"

#include "base/base_name.h"
#include "base/hash.h"

#include <ctype.h>
#include <string.h>

static uint64_t add_bytes(uint64_t hash, const char *text, size_t length)
{
    return hash_byte(hash_text_part(hash, text, length), 0xff);
}

static uint64_t add_number(uint64_t hash, uint64_t number)
{
    return hash_byte(hash_number(hash, number), 0xff);
}

/* ---- the hash ---- */

/* The identity has the whole name, the fingerprint no numbers of closures. */
static void add_name(struct fingerprint *it, const struct language *language, const char *name)
{
    struct name_parts parts = language->parts(name);
    it->identity = add_bytes(it->identity, name, parts.length);
    for (size_t i = 0; i < parts.lasting; i++) {
        bool number = i >= parts.numbered && isdigit((unsigned char)name[i]) &&
                      language->is_closure_number(name, parts.length, i);
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

void fingerprint_add(struct fingerprint *fingerprint, const struct fingerprint_source *source,
                     const struct snapshot_frame *frame)
{
    if (!frame->function) {
        add_nameless(fingerprint, source, frame);
        return;
    }
    add_name(fingerprint, source->language,
             source->texts + (frame->linkage ? frame->linkage : frame->function));
    if (!source->language->names_are_unique) {
        const char *file = base_name(source->texts + frame->file);
        add_text(fingerprint, file, strlen(file));
    }
    add_module(fingerprint, source, frame);
}
