/* Executables and what their debug information says, and the machine's settings. */
#include "base/error.h"
#include "base/hash.h"
#include "base/lack.h"
#include "digest.h"
#include "failing.h"
#include "image/elf_file.h"
#include "image/executable_kind.h"
#include "image/machine_settings.h"
#include "image/symbols.h"

#include <unistd.h>

static char executable[4096];

static bool no_memory(char *said, size_t size)
{
    snprintf(said, size, "memory ran out");
    return false;
}

/* ---- files ---- */

static bool an_executable(char *said, size_t size)
{
    struct error error = {""};
    unsigned char id[ELF_BUILD_ID_SIZE];
    uint64_t address = 0;
    struct elf_file *file = elf_file_open(executable, executable, &error);
    snprintf(said, size, "%s", error.sentence);
    if (!file)
        return false;
    static uint64_t whole;
    struct elf_range text = {0};
    struct elf_object object = {0};
    bool has_symbol = elf_file_symbol(file, "main", &address);
    bool has_object = elf_file_object_at(file, (uint64_t)(uintptr_t)executable, &object);
    uint64_t hash = hash_number(HASH_START, elf_file_build_id(file, id));
    hash = hash_number(hash, elf_file_section(file, ".text", &text) ? text.address : 1);
    hash = hash_number(hash_number(hash, has_symbol ? address : 1), has_object);
    digest_check(&whole, hash);
    elf_file_close(file);
    return true;
}

static bool its_kind(char *said, size_t size)
{
    struct executable_kind kind;
    executable_kind_look(executable, &kind);
    if (kind.format == EXECUTABLE_UNREADABLE)
        snprintf(said, size, "%s", strerror(kind.error));
    else
        assert_int_equal(kind.format, EXECUTABLE_ELF);
    return kind.format == EXECUTABLE_ELF;
}

/* ---- names ---- */

/* Addresses all over the text: of functions with and without lines, of what is inlined. */
static uint64_t name_all(struct symbol_module *module)
{
    struct elf_range text;
    struct error error;
    uint64_t hash = HASH_START;
    failing_suspend(true);
    struct elf_file *file = elf_file_open(executable, executable, &error);
    assert_non_null(file);
    assert_true(elf_file_section(file, ".text", &text));
    elf_file_close(file);
    failing_suspend(false);
    for (uint64_t at = text.address; at < text.address + text.size; at += text.size / 20) {
        struct symbol_frame frames[8];
        size_t count = symbols_name(module, at, frames, 8);
        for (size_t i = 0; i < count; i++) {
            hash = hash_text(hash, frames[i].function ? frames[i].function : "");
            hash =
                hash_number(hash_text(hash, frames[i].file ? frames[i].file : ""), frames[i].line);
        }
        hash = hash_number(hash, symbols_function_start(module, at));
    }
    return hash;
}

/* Names that are not whole are said to lack memory. */
static bool names(char *said, size_t size)
{
    const struct symbol_request request = {.path = executable, .not_after_ns = INT64_MAX};
    struct symbols *symbols = symbols_new();
    (void)lack_was_noted();
    struct symbol_module *module = symbols ? symbols_module(symbols, &request) : NULL;
    uint64_t hash = module ? name_all(module) : 0;
    bool whole = module && !lack_was_noted();
    static uint64_t all;
    if (whole)
        digest_check(&all, hash);
    symbols_free(symbols);
    return whole || no_memory(said, size);
}

static void executables(void **state)
{
    (void)state;
    failing_drive("executable", an_executable, FAILING_ALL, 0);
    failing_drive("kind of executable", its_kind, FAILING_ALL, 0);
}

static void debug_information(void **state)
{
    (void)state;
    failing_drive("names", names, 300, 0);
}

/* ---- settings ---- */

static char settings_path[] = "/tmp/ctxtrace-exhaustion-XXXXXX";

/* Whatever fails, what the machine's owner has forbidden stays forbidden. */
static bool settings(char *said, size_t size)
{
    struct machine_settings found;
    (void)said;
    (void)size;
    machine_settings_read(settings_path, &found);
    assert_true(found.read_only);
    return true;
}

static void what_is_forbidden_stays_so(void **state)
{
    static const char text[] = "# a comment\nsyslog = no\nread-only = yes\n";
    (void)state;
    int descriptor = mkstemp(settings_path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, sizeof text - 1), sizeof text - 1);
    close(descriptor);
    failing_drive("settings", settings, FAILING_ALL, 0);
    unlink(settings_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executables),
        cmocka_unit_test(debug_information),
        cmocka_unit_test(what_is_forbidden_stays_so),
    };
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    executable[length > 0 ? length : 0] = '\0';
    return cmocka_run_group_tests(tests, NULL, NULL);
}
