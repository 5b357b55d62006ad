/*
 * Files that targets name: only regular ones are opened, and they may be cut while they are read.
 */
#include "base/error.h"
#include "image/elf_file.h"
#include "image/executable_kind.h"
#include "image/regular_file.h"
#include "image/symbols.h"
#include "image/type_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/regular-file-XXXXXX";
static char path[PATH_MAX];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(strcpy(directory, "/tmp/regular-file-XXXXXX")))
        return -1;
    snprintf(path, sizeof path, "%s/file", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

/* A copy of this very program; returns its size. */
static off_t copy_self(void)
{
    char command[PATH_MAX + 32];
    struct stat status;
    snprintf(command, sizeof command, "cp -L /proc/%d/exe %s", getpid(), path);
    assert_int_equal(system(command), 0);
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

static void assert_not_opened(const char *name)
{
    struct error error = {.sentence = ""};
    struct executable_kind kind;
    errno = 0;
    assert_int_equal(regular_file_open(name, NULL), -1);
    assert_int_equal(errno, EINVAL);
    assert_null(elf_file_open(name, name, &error));
    assert_non_null(strstr(error.sentence, "not a regular file"));
    executable_kind_look(name, &kind);
    assert_int_equal(kind.format, EXECUTABLE_UNREADABLE);
}

/* Opening one of these would block, or do something. */
static void only_regular_files_are_opened(void **state)
{
    (void)state;
    char link[PATH_MAX + 8];
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_not_opened(path);
    snprintf(link, sizeof link, "%s-link", path);
    assert_int_equal(symlink(path, link), 0);
    assert_not_opened(link);
    assert_not_opened(directory);
    assert_not_opened("/dev/zero");
    assert_not_opened("/dev/tty");

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", directory);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    assert_not_opened(address.sun_path);
    close(server);
}

static void regular_files_are_opened_for_reading(void **state)
{
    (void)state;
    struct stat status;
    off_t size = copy_self();
    int descriptor = regular_file_open(path, &status);
    assert_true(descriptor >= 0);
    assert_int_equal(status.st_size, size);
    assert_int_equal(fcntl(descriptor, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
    close(descriptor);
    assert_int_equal(regular_file_open("/proc/self/exe/no", NULL), -1);
    assert_int_equal(errno, ENOTDIR);
    descriptor = regular_file_open("/proc/self/exe", NULL);
    assert_true(descriptor >= 0);
    close(descriptor);
}

static void an_elf_file_of_any_size_is_not_read(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    copy_self();
    if (truncate(path, (off_t)REGULAR_FILE_MAX_ELF + 1) != 0)
        skip();
    assert_null(elf_file_open(path, path, &error));
    assert_non_null(strstr(error.sentence, "larger than 4 GB"));
}

/* ---- cut while it is read: a mapping of it would be SIGBUS ---- */

static void ask_all(struct elf_file *file)
{
    uint64_t address;
    unsigned char id[ELF_BUILD_ID_SIZE];
    struct elf_range range;
    elf_file_symbol(file, "no_such_symbol", &address);
    elf_file_section(file, ".no_such_section", &range);
    elf_file_segment(file, 0, &range);
    elf_file_build_id(file, id);
    elf_file_program_headers(file);
}

static void an_elf_file_may_be_cut(void **state)
{
    (void)state;
    off_t size = copy_self();
    for (int part = 0; part < 16; part++) {
        struct error error = {.sentence = ""};
        copy_self();
        struct elf_file *file = elf_file_open(path, path, &error);
        assert_non_null(file);
        assert_int_equal(truncate(path, size * part / 16), 0);
        ask_all(file);
        elf_file_close(file);
    }
}

static void symbols_may_be_cut(void **state)
{
    (void)state;
    off_t size = copy_self();
    for (int part = 0; part < 16; part++) {
        copy_self();
        struct symbols *symbols = symbols_new();
        struct symbol_request request = {.path = path, .not_after_ns = INT64_MAX};
        struct symbol_module *module = symbols_module(symbols, &request);
        assert_int_equal(truncate(path, size * part / 16), 0);
        struct symbol_frame frames[8];
        for (uint64_t address = 0x1000; address < 0x9000; address += 0x100)
            assert_true(symbols_name(module, address, frames, 8) <= 8);
        symbols_free(symbols);
    }
}

static void types_may_be_cut(void **state)
{
    (void)state;
    off_t size = copy_self();
    for (int part = 0; part < 16; part++) {
        copy_self();
        int descriptor = regular_file_open(path, NULL);
        assert_int_equal(truncate(path, size * part / 16), 0);
        int32_t answer = -1;
        const struct layout_query query = {.type = "no_such_type", .path = "", .answer = &answer};
        assert_int_equal(type_layout_answer(descriptor, "no_such_unit", &query, 1), 0);
        close(descriptor);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_directory, remove_directory)
    const struct CMUnitTest tests[] = {
        TEST(only_regular_files_are_opened),
        TEST(regular_files_are_opened_for_reading),
        TEST(an_elf_file_of_any_size_is_not_read),
        TEST(an_elf_file_may_be_cut),
        TEST(symbols_may_be_cut),
        TEST(types_may_be_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
