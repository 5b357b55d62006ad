/*
 * Names of addresses: of this very program, whole, stripped, and with its debug information apart.
 */
#include "image/symbols.h"

#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char executable[4096];
static char directory[] = "/tmp/symbols-test-XXXXXX";

/* ---- what there is to be named ---- */

static uint64_t here;
static uint32_t call_line;

__attribute__((noinline)) static void note_caller(void)
{
    here = (uint64_t)(uintptr_t)__builtin_return_address(0) - 1;
}

__attribute__((always_inline)) static inline void inner_function(void)
{
    call_line = __LINE__ + 1;
    note_caller();
    __asm__ volatile("");
}

__attribute__((noinline)) static void outer_function(void)
{
    inner_function();
    __asm__ volatile("");
}

/* ---- this program ---- */

struct self {
    uint64_t bias;
    uint8_t build_id[64];
    size_t build_id_length;
};

static int note_self(struct dl_phdr_info *info, size_t size, void *state)
{
    struct self *self = state;
    (void)size;
    self->bias = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        const char *note = (const char *)(uintptr_t)(info->dlpi_addr + header->p_vaddr);
        const char *end = note + header->p_memsz;
        while (header->p_type == PT_NOTE && note + sizeof(ElfW(Nhdr)) < end) {
            ElfW(Nhdr) head;
            memcpy(&head, note, sizeof head);
            const char *name = note + sizeof head, *data = name + (head.n_namesz + 3) / 4 * 4;
            if (head.n_type == NT_GNU_BUILD_ID && memcmp(name, "GNU", 4) == 0) {
                self->build_id_length = head.n_descsz;
                memcpy(self->build_id, data, head.n_descsz);
            }
            note = data + (head.n_descsz + 3) / 4 * 4;
        }
    }
    return 1; /* the first is the program */
}

static struct self self;

static int set_up(void **state)
{
    (void)state;
    ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    dl_iterate_phdr(note_self, &self);
    outer_function();
    return length > 0 && mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

static struct symbol_request request_for(const char *path)
{
    return (struct symbol_request){
        .path = path, .build_id = self.build_id, .build_id_length = self.build_id_length};
}

/* Runs a command with the directory as its working directory; skips the test if it fails. */
static void run(const char *format, const char *argument)
{
    char command[8192];
    int length = snprintf(command, sizeof command, "cd %s && ", directory);
    /* The formats are literals of this file; only one %s is in each. */
    const char *place = strstr(format, "%s");
    snprintf(command + length, sizeof command - (size_t)length, "%.*s%s%s", (int)(place - format),
             format, argument, place + 2);
    if (system(command) != 0) {
        print_message("cannot run: %s\n", command);
        skip();
    }
}

/* ---- tests ---- */

static void inlined_calls_are_frames(void **state)
{
    (void)state;
    struct symbols *symbols = symbols_new();
    struct symbol_request request = request_for(executable);
    struct symbol_frame frames[8];
    size_t count = symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8);
    assert_int_equal(count, 2);
    assert_string_equal(frames[0].function, "inner_function");
    assert_true(frames[0].inlined);
    assert_non_null(strstr(frames[0].file, "test_symbols.c"));
    assert_int_equal(frames[0].line, call_line);
    assert_string_equal(frames[1].function, "outer_function");
    assert_false(frames[1].inlined);
    assert_non_null(strstr(frames[1].file, "test_symbols.c"));
    assert_true(frames[1].line > call_line);

    /* With little room the innermost come, and the last is not said to be inlined into nothing. */
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 1),
                     1);
    assert_string_equal(frames[0].function, "inner_function");
    symbols_free(symbols);
}

static void another_build_knows_no_names(void **state)
{
    (void)state;
    struct symbols *symbols = symbols_new();
    struct symbol_request request = request_for(executable);
    struct symbol_frame frames[8];
    uint8_t other[64];
    memcpy(other, self.build_id, sizeof other);
    other[0] ^= 1;
    request.build_id = other;
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8),
                     0);
    /* The right one of the same path is another module. */
    request.build_id = self.build_id;
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8),
                     2);
    symbols_free(symbols);
}

static void without_build_id_the_time_decides(void **state)
{
    (void)state;
    struct symbols *symbols = symbols_new();
    struct symbol_request request = {.path = executable, .not_after_ns = INT64_MAX};
    struct symbol_frame frames[8];
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8),
                     2);
    symbols_free(symbols);
    symbols = symbols_new();
    request.not_after_ns = 1000000000; /* the program was started in 1970 */
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8),
                     0);
    symbols_free(symbols);
}

static void what_cannot_be_read_knows_no_names(void **state)
{
    (void)state;
    const char *const paths[] = {"/there/is/no/such/file", "/dev/zero", "/tmp",
                                 "linux-vdso.so.1",        "",          "/etc/passwd"};
    struct symbols *symbols = symbols_new();
    struct symbol_frame frames[8];
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct symbol_request request = {.path = paths[i], .not_after_ns = INT64_MAX};
        struct symbol_module *module = symbols_module(symbols, &request);
        assert_non_null(module);
        assert_int_equal(symbols_name(module, here - self.bias, frames, 8), 0);
    }
    struct symbol_request request = request_for(executable);
    struct symbol_module *module = symbols_module(symbols, &request);
    assert_ptr_equal(symbols_module(symbols, &request), module);
    assert_int_equal(symbols_name(module, 1, frames, 8), 0);
    assert_int_equal(symbols_name(module, UINT64_MAX, frames, 8), 0);
    symbols_free(symbols);
}

static void the_symbol_table_is_the_second_choice(void **state)
{
    (void)state;
    char path[4200];
    run("cp %s plain && strip --strip-debug plain", executable);
    snprintf(path, sizeof path, "%s/plain", directory);
    struct symbols *symbols = symbols_new();
    struct symbol_request request = request_for(path);
    struct symbol_frame frames[8];
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8),
                     1);
    assert_string_equal(frames[0].function, "outer_function");
    assert_null(frames[0].file);
    assert_int_equal(frames[0].line, 0);
    symbols_free(symbols);
}

static void debug_information_may_be_apart(void **state)
{
    (void)state;
    char path[4200];
    run("cp %s stripped && objcopy --only-keep-debug stripped stripped.debug && "
        "strip stripped && objcopy --add-gnu-debuglink=stripped.debug stripped",
        executable);
    snprintf(path, sizeof path, "%s/stripped", directory);
    struct symbols *symbols = symbols_new();
    struct symbol_request request = request_for(path);
    struct symbol_frame frames[8];
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8),
                     2);
    assert_string_equal(frames[0].function, "inner_function");
    assert_int_equal(frames[0].line, call_line);
    symbols_free(symbols);

    /* A debug file of another build is not taken. */
    run("objcopy --remove-section=.note.gnu.build-id %s", "stripped.debug");
    symbols = symbols_new();
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8),
                     0);
    symbols_free(symbols);
}

/* Names that have no end would be read on and on; then there are none but those of the symbols. */
static void texts_without_an_end_name_nothing(void **state)
{
    (void)state;
    char path[4200];
    run("cp %s endless && objcopy --dump-section .debug_str=texts endless && "
        "truncate -s -1 texts && objcopy --update-section .debug_str=texts endless 2>/dev/null",
        executable);
    snprintf(path, sizeof path, "%s/endless", directory);
    struct symbols *symbols = symbols_new();
    struct symbol_request request = request_for(path);
    struct symbol_frame frames[8];
    assert_int_equal(symbols_name(symbols_module(symbols, &request), here - self.bias, frames, 8),
                     1);
    assert_string_equal(frames[0].function, "outer_function");
    assert_null(frames[0].file);
    symbols_free(symbols);
}

static void function_starts_need_the_section_of_unwinding(void **state)
{
    (void)state;
    char path[4200];
    struct symbols *symbols = symbols_new();
    struct symbol_request request = request_for(executable);
    uint64_t at = here - self.bias,
             start = symbols_function_start(symbols_module(symbols, &request), at);
    /* Of the function, or of the part of it that the compiler has put elsewhere. */
    assert_in_range(start, (uint64_t)(uintptr_t)outer_function - self.bias, at);
    assert_int_equal(symbols_function_start(symbols_module(symbols, &request), start), start);
    /* Without section headers: what e_shoff and e_shnum say. */
    run("cp %s headless && dd if=/dev/zero of=headless bs=1 seek=40 count=8 conv=notrunc "
        "2>/dev/null "
        "&& dd if=/dev/zero of=headless bs=1 seek=60 count=4 conv=notrunc 2>/dev/null",
        executable);
    snprintf(path, sizeof path, "%s/headless", directory);
    request = request_for(path);
    assert_int_equal(symbols_function_start(symbols_module(symbols, &request), here - self.bias),
                     0);
    symbols_free(symbols);
}

static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    char path[4200];
    uint64_t seed = 5;
    run("cp %s damaged", executable);
    snprintf(path, sizeof path, "%s/damaged", directory);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 200; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            /* Not the first bytes, or it would be no ELF file at all. */
            fseek(file, 64 + (long)((seed >> 20) % (uint64_t)(size - 64)), SEEK_SET);
            fputc((int)(seed >> 56), file);
        }
        fflush(file);
        struct symbols *symbols = symbols_new();
        struct symbol_request request = {.path = path, .not_after_ns = INT64_MAX};
        struct symbol_module *module = symbols_module(symbols, &request);
        for (uint64_t i = 0; i < 20; i++) {
            struct symbol_frame frames[8];
            assert_true(symbols_name(module, here - self.bias + i * 16, frames, 8) <= 8);
        }
        symbols_free(symbols);
    }
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inlined_calls_are_frames),
        cmocka_unit_test(another_build_knows_no_names),
        cmocka_unit_test(without_build_id_the_time_decides),
        cmocka_unit_test(what_cannot_be_read_knows_no_names),
        cmocka_unit_test(the_symbol_table_is_the_second_choice),
        cmocka_unit_test(debug_information_may_be_apart),
        cmocka_unit_test(texts_without_an_end_name_nothing),
        cmocka_unit_test(function_starts_need_the_section_of_unwinding),
        cmocka_unit_test(damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
