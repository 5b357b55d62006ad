/* What the next program makes of LD_PRELOAD: by its file, by what PATH leads to, and without us. */
#include "preload/next_program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/next-program-test-XXXXXX";
static char path[64];

/* A file of the directory; `path` is where it is. */
static void write_file(const char *name, const void *content, size_t size, mode_t mode)
{
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    assert_int_equal(write(file, content, size), size);
    close(file);
}

struct program {
    Elf64_Ehdr header;
    Elf64_Phdr interpreter;
    char name[64];
};

/* An executable of this machine that has this loader; NULL: it is static. */
static struct program program(const char *loader)
{
    struct program made;
    memset(&made, 0, sizeof made);
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(self, &made.header, sizeof made.header), sizeof made.header);
    close(self);
    made.header.e_phoff = offsetof(struct program, interpreter);
    made.header.e_phnum = 1;
    made.interpreter.p_type = loader ? PT_INTERP : PT_LOAD;
    made.interpreter.p_offset = offsetof(struct program, name);
    snprintf(made.name, sizeof made.name, "%s", loader ? loader : "");
    return made;
}

static bool rejects(const void *content, size_t size)
{
    write_file("file", content, size, 0755);
    return next_program_rejects_preload(path, false);
}

static void test_programs(void **unused)
{
    (void)unused;
    struct program glibc = program("/lib64/ld-linux-x86-64.so.2"), none = program(NULL);
    struct program musl = program("/lib/ld-musl-x86_64.so.1"), narrow = glibc, other = glibc;
    narrow.header.e_ident[EI_CLASS] = ELFCLASS32;
    other.header.e_machine = EM_SPARCV9;
    assert_false(rejects(&glibc, sizeof glibc));
    assert_false(rejects(&none, sizeof none)); /* nobody in it looks at LD_PRELOAD */
    assert_true(rejects(&musl, sizeof musl));
    assert_true(rejects(&narrow, sizeof narrow));
    assert_true(rejects(&other, sizeof other));
    assert_false(next_program_rejects_preload("/proc/self/exe", false));
}

static void test_what_cannot_be_read_is_taken_to_fit(void **unused)
{
    (void)unused;
    struct program musl = program("/lib/ld-musl-x86_64.so.1");
    assert_false(rejects("", 0));
    assert_false(rejects("text\n", 5));
    assert_false(rejects(&musl, sizeof musl.header - 1));
    assert_false(rejects(&musl, sizeof musl.header)); /* its program headers are not there */
    musl.header.e_phentsize++;
    assert_false(rejects(&musl, sizeof musl));
    errno = EXDEV;
    assert_false(next_program_rejects_preload("/no/such/program", false));
    assert_false(next_program_rejects_preload("/tmp", false));
    assert_int_equal(errno, EXDEV);
}

/* By what runs it, which can be a script itself, and be named with blanks around and words behind.
 */
static void test_scripts(void **unused)
{
    (void)unused;
    char text[128];
    struct program musl = program("/lib/ld-musl-x86_64.so.1");
    write_file("musl", &musl, sizeof musl, 0755);
    snprintf(text, sizeof text, "#! \t%s -x\n", path);
    assert_true(rejects(text, strlen(text)));
    snprintf(text, sizeof text, "#!%s\n", path); /* it is "file", with that text */
    write_file("outer", text, strlen(text), 0755);
    assert_true(next_program_rejects_preload(path, false));
    assert_false(rejects("#!/proc/self/exe\n", 17));
    assert_false(rejects("#!\n", 3));
    snprintf(text, sizeof text, "#!%s/file\n", directory);
    assert_false(rejects(text, strlen(text))); /* it is its own interpreter, without end */
}

static void test_search(void **unused)
{
    (void)unused;
    char places[128], found[PATH_MAX], first[64];
    struct program musl = program("/lib/ld-musl-x86_64.so.1");
    write_file("closed", &musl, sizeof musl, 0644);
    write_file("named", &musl, sizeof musl, 0755);
    strcpy(first, path);
    snprintf(places, sizeof places, "/no/such/directory:%s:/bin", directory);
    setenv("PATH", places, 1);
    assert_true(next_program_find("named", found));
    assert_string_equal(found, first);
    assert_true(next_program_rejects_preload("named", true));
    assert_false(next_program_rejects_preload("named", false)); /* is here, and here is none */
    assert_false(next_program_find("closed", found));           /* may not be executed */
    assert_false(next_program_find("no-such-program", found));
    assert_false(next_program_find("", found));
    assert_true(next_program_find("sh", found));
    assert_string_equal(found, "/bin/sh");
    char longest[NAME_MAX + 2];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(next_program_find(longest, found));

    /* An empty place is the current directory, and without PATH there are libc's. */
    assert_int_equal(chdir(directory), 0);
    static const char *const with_empty[] = {":/no/such", "/no/such::/bin", "/no/such:", ""};
    for (size_t i = 0; i < sizeof with_empty / sizeof with_empty[0]; i++) {
        setenv("PATH", with_empty[i], 1);
        assert_true(next_program_find("named", found));
        assert_string_equal(found, "named");
    }
    unsetenv("PATH");
    assert_false(next_program_find("named", found));
    assert_true(next_program_find("sh", found));
    assert_int_equal(chdir("/"), 0);
}

/* ---- the environment ---- */

#define OURS "/some/where/libctxtrace-preload.so"

static void assert_stripped(const char *before, const char *after)
{
    char variable[256], other[] = "OTHER=" OURS;
    char *const environment[] = {other, variable, NULL};
    snprintf(variable, sizeof variable, "LD_PRELOAD=%s", before);
    struct stripped_environment stripped;
    assert_true(stripped_environment_measure(&stripped, environment));
    stripped.variables = calloc(stripped.entries, sizeof *stripped.variables);
    stripped.text = malloc(stripped.text_size); /* no byte too many, under a sanitizer */
    stripped_environment_fill(&stripped, environment);
    assert_ptr_equal(stripped.variables[0], other);
    if (after) {
        assert_int_equal(strncmp(stripped.variables[1], "LD_PRELOAD=", 11), 0);
        assert_string_equal(stripped.variables[1] + 11, after);
    }
    assert_null(stripped.variables[after ? 2 : 1]);
    free(stripped.text);
    free(stripped.variables);
}

static void test_environment_without_us(void **unused)
{
    (void)unused;
    assert_stripped(OURS, NULL);
    assert_stripped("libctxtrace-preload.so", NULL);
    assert_stripped(OURS ".0.1", NULL);
    assert_stripped("/a.so:" OURS, "/a.so");
    assert_stripped(OURS ":/a.so", "/a.so");
    assert_stripped("/a.so " OURS ":/b.so", "/a.so:/b.so");
}

static void test_environment_that_can_stay(void **unused)
{
    (void)unused;
    char another[] = "LD_PRELOAD=/a.so:/xlibctxtrace-preload.so", path_of_us[] = "PATH=" OURS;
    char *const environment[] = {another, path_of_us, NULL}, *const empty[] = {NULL};
    struct stripped_environment stripped;
    assert_false(stripped_environment_measure(&stripped, environment));
    assert_false(stripped_environment_measure(&stripped, empty));
    assert_false(stripped_environment_measure(&stripped, NULL));
}

static int start(void **unused)
{
    (void)unused;
    return !mkdtemp(directory);
}

static int stop(void **unused)
{
    (void)unused;
    static const char *const names[] = {"file", "musl", "outer", "closed", "named"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_what_cannot_be_read_is_taken_to_fit),
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_environment_without_us),
        cmocka_unit_test(test_environment_that_can_stay),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
