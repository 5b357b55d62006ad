#include "image/symbols.h"

#include "base/lack.h"
#include "base/table.h"
#include "image/demangle.h"
#include "image/symbol_dwarf.h"
#include "image/symbol_file.h"
#include "image/symbol_table.h"

#include <stdlib.h>
#include <string.h>

/* More calls than this inlined into one another are not told. */
enum { MOST_FRAMES = 32 };

/* What an address was found to be. */
struct named_address {
    uint64_t address;
    struct symbol_frame *frames;
    size_t count;
    UT_hash_handle hh;
};

struct symbol_module {
    char *key; /* path and build id */
    size_t key_length;
    struct symbol_file main, debug;
    struct symbol_dwarf dwarf;
    struct symbol_table table;
    Dwarf_CFI *unwinding; /* made on first use, if the file has any */
    struct named_address *named;
    struct demangled_names *demangled;
    UT_hash_handle hh;
};

struct symbols {
    struct symbol_module *modules;
};

struct symbols *symbols_new(void)
{
    return calloc(1, sizeof(struct symbols));
}

/* ---- modules ---- */

static void free_module(struct symbol_module *module)
{
    struct named_address *named, *next;
    HASH_ITER(hh, module->named, named, next)
    {
        HASH_DEL(module->named, named);
        free(named->frames);
        free(named);
    }
    if (module->unwinding)
        dwarf_cfi_end(module->unwinding);
    demangled_names_free(&module->demangled);
    symbol_dwarf_close(&module->dwarf);
    symbol_table_free(&module->table);
    symbol_file_close(&module->debug);
    symbol_file_close(&module->main);
    free(module->key);
    free(module);
}

void symbols_forget(struct symbols *symbols)
{
    struct symbol_module *module, *next;
    HASH_ITER(hh, symbols->modules, module, next)
    {
        HASH_DEL(symbols->modules, module);
        free_module(module);
    }
}

void symbols_free(struct symbols *symbols)
{
    if (symbols)
        symbols_forget(symbols);
    free(symbols);
}

static void open_module(struct symbol_module *module, const struct symbol_request *request)
{
    if (!symbol_file_open(&module->main, request))
        return;
    symbol_table_read(&module->table, module->main.elf);
    struct symbol_file *with_dwarf = &module->main;
    if (!symbol_file_has_section(&module->main, ".debug_info") &&
        symbol_file_open_debug(&module->debug, &module->main, request->path)) {
        symbol_table_read(&module->table, module->debug.elf);
        with_dwarf = &module->debug;
    }
    symbol_table_sort(&module->table);
    symbol_dwarf_open(&module->dwarf, with_dwarf->elf);
}

static struct symbol_module *add_module(struct symbols *symbols,
                                        const struct symbol_request *request, const char *key,
                                        size_t key_length)
{
    struct symbol_module *module = calloc(1, sizeof *module);
    if (module)
        module->key = malloc(key_length);
    if (!module || !module->key) {
        free(module);
        lack_note();
        return NULL;
    }
    memcpy(module->key, key, key_length);
    module->key_length = key_length;
    module->main.descriptor = module->debug.descriptor = -1;
    open_module(module, request);
    HASH_ADD_KEYPTR(hh, symbols->modules, module->key, key_length, module);
    if (TABLE_HAS(module))
        return module;
    free_module(module);
    lack_note();
    return NULL;
}

struct symbol_module *symbols_module(struct symbols *symbols, const struct symbol_request *request)
{
    size_t path_size = strlen(request->path) + 1;
    size_t key_length = path_size + request->build_id_length;
    char *key = lack_malloc(key_length);
    if (!key)
        return NULL;
    memcpy(key, request->path, path_size);
    if (request->build_id_length > 0)
        memcpy(key + path_size, request->build_id, request->build_id_length);
    struct symbol_module *module = NULL;
    HASH_FIND(hh, symbols->modules, key, key_length, module);
    if (!module)
        module = add_module(symbols, request, key, key_length);
    free(key);
    return module;
}

/* ---- addresses ---- */

/*
 * A name that is composed of DWARF's namespaces and classes is better than a demangled one (it has
 * the arguments of templates), but in Rust, where implementations of traits have numbers there.
 */
static void demangle_name(struct symbol_module *module, struct symbol_frame *frame)
{
    const char *linkage = frame->linkage ? frame->linkage : frame->function;
    if (!linkage)
        return;
    struct demangled_name name = demangled_names_find(&module->demangled, linkage);
    bool composed = frame->linkage && frame->function != frame->linkage;
    if (!name.text || (composed && name.language != NAME_OF_RUST))
        return;
    frame->function = name.text;
    frame->linkage = linkage;
}

/* DWARF may know a line but no function, as of assembly; the symbol table then has its name. */
static size_t look_up(struct symbol_module *module, uint64_t address, struct symbol_frame *frames,
                      size_t room)
{
    const char *function = symbol_table_find(&module->table, address);
    size_t count = symbol_dwarf_name(&module->dwarf, address, frames, room);
    if (count == 0 && function) {
        frames[0] = (struct symbol_frame){0};
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (!frames[i].function && !frames[i].inlined)
            frames[i].function = function;
        demangle_name(module, &frames[i]);
    }
    return count;
}

static const struct named_address *remember(struct symbol_module *module, uint64_t address)
{
    struct symbol_frame frames[MOST_FRAMES];
    struct named_address *named = calloc(1, sizeof *named);
    if (!named) {
        lack_note();
        return NULL;
    }
    named->address = address;
    named->count = look_up(module, address, frames, MOST_FRAMES);
    named->frames = lack_malloc((named->count + 1) * sizeof *frames);
    if (!named->frames) {
        free(named);
        return NULL;
    }
    memcpy(named->frames, frames, named->count * sizeof *frames);
    HASH_ADD(hh, module->named, address, sizeof address, named);
    if (TABLE_HAS(named))
        return named;
    free(named->frames);
    free(named);
    lack_note();
    return NULL;
}

size_t symbols_name(struct symbol_module *module, uint64_t address, struct symbol_frame *frames,
                    size_t room)
{
    struct named_address *known = NULL;
    HASH_FIND(hh, module->named, &address, sizeof address, known);
    const struct named_address *named = known ? known : remember(module, address);
    size_t count = named ? named->count : 0;
    if (count > room)
        count = room;
    for (size_t i = 0; i < count; i++)
        frames[i] = named->frames[i];
    return count;
}

/*
 * Without the section libdw would look for the table by the program headers, and for that read the
 * whole file, however large; libelf then forgets what it had read of it before (elfutils 0.188).
 */
static void open_unwinding(struct symbol_module *module)
{
    if (!module->unwinding && symbol_file_has_section(&module->main, ".eh_frame"))
        module->unwinding = dwarf_getcfi_elf(module->main.elf);
}

uint64_t symbols_function_start(struct symbol_module *module, uint64_t address)
{
    Dwarf_Frame *frame = NULL;
    Dwarf_Addr start = 0, end = 0;
    open_unwinding(module);
    if (!module->unwinding || dwarf_cfi_addrframe(module->unwinding, address, &frame) != 0)
        return 0;
    if (dwarf_frame_info(frame, &start, &end, NULL) < 0 || address < start || address >= end)
        start = 0;
    free(frame);
    return start;
}
