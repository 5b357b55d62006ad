/* What kind of executable a file is: made by hand, cut short, of foreign machines, and rubbish. */
#include "base/error.h"
#include "image/executable_kind.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
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

static char path[] = "/tmp/executable-kind-XXXXXX";

static void write_file(const void *bytes, size_t size)
{
    int file = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(file, bytes, size), (ssize_t)size);
    close(file);
}

static struct executable_kind look(void)
{
    struct executable_kind kind;
    executable_kind_look(path, &kind);
    return kind;
}

/* A 64-bit file with one segment, whose content follows the headers. */
static size_t make_elf(unsigned char *bytes, unsigned machine, unsigned segment,
                       const void *content, size_t size)
{
    Elf64_Ehdr header = {.e_type = ET_EXEC,
                         .e_machine = (Elf64_Half)machine,
                         .e_version = EV_CURRENT,
                         .e_phoff = sizeof(Elf64_Ehdr),
                         .e_ehsize = sizeof(Elf64_Ehdr),
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = 1};
    Elf64_Phdr program = {.p_type = segment,
                          .p_offset = sizeof header + sizeof program,
                          .p_filesz = size,
                          .p_memsz = size};
    memcpy(header.e_ident, ELFMAG "\2\1\1", 7);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, &program, sizeof program);
    memcpy(bytes + sizeof header + sizeof program, content, size);
    return sizeof header + sizeof program + size;
}

static void test_interpreter(void **state)
{
    (void)state;
    unsigned char bytes[1024];
    static const char loader[] = "/lib/ld-musl-x86_64.so.1";
    size_t size = make_elf(bytes, EM_X86_64, PT_INTERP, loader, sizeof loader);
    write_file(bytes, size);
    struct executable_kind kind = look();
    assert_int_equal(kind.format, EXECUTABLE_ELF);
    assert_int_equal(kind.bits, 64);
    assert_int_equal(kind.machine, EM_X86_64);
    assert_string_equal(kind.interpreter, loader);
    assert_int_equal(kind.toolchain, TOOLCHAIN_OTHER);
    assert_false(kind.packed);
    assert_false(kind.mode & (S_ISUID | S_ISGID));
}

static void test_static(void **state)
{
    (void)state;
    unsigned char bytes[1024];
    write_file(bytes, make_elf(bytes, EM_AARCH64, PT_LOAD, "UPX!", 4));
    struct executable_kind kind = look();
    assert_int_equal(kind.machine, EM_AARCH64);
    assert_string_equal(executable_machine_name(kind.machine), "arm64");
    assert_string_equal(kind.interpreter, "");
    assert_true(kind.packed);
}

static void test_32_bit(void **state)
{
    (void)state;
    Elf32_Ehdr header = {
        .e_type = ET_EXEC, .e_machine = EM_386, .e_version = EV_CURRENT, .e_ehsize = sizeof header};
    memcpy(header.e_ident, ELFMAG "\1\1\1", 7);
    write_file(&header, sizeof header);
    struct executable_kind kind = look();
    assert_int_equal(kind.format, EXECUTABLE_ELF);
    assert_int_equal(kind.bits, 32);
    assert_string_equal(executable_machine_name(kind.machine), "x86");
}

/* The note that Go's linker writes; it is what is left without section headers. */
static void test_go_note(void **state)
{
    (void)state;
    unsigned char bytes[1024];
    const struct {
        Elf64_Nhdr header;
        char owner[4], id[8];
    } note = {{.n_namesz = 4, .n_descsz = 8, .n_type = 4}, "Go\0", "0123456"};
    write_file(bytes, make_elf(bytes, EM_X86_64, PT_NOTE, &note, sizeof note));
    assert_int_equal(look().toolchain, TOOLCHAIN_GO);
}

static void test_script(void **state)
{
    (void)state;
    static const struct {
        const char *text, *interpreter;
    } cases[] = {{"#!/bin/sh\necho", "/bin/sh"},
                 {"#! \t/usr/bin/env -S python3 -u\n", "/usr/bin/env"},
                 {"#!/bin/busybox", "/bin/busybox"},
                 {"#!", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(cases[i].text, strlen(cases[i].text));
        struct executable_kind kind = look();
        assert_int_equal(kind.format, EXECUTABLE_SCRIPT);
        assert_string_equal(kind.interpreter, cases[i].interpreter);
    }
}

static void test_others(void **state)
{
    (void)state;
    struct executable_kind kind;
    write_file("", 0);
    assert_int_equal(look().format, EXECUTABLE_OTHER);
    write_file("text\n", 5);
    assert_int_equal(look().format, EXECUTABLE_OTHER);
    executable_kind_look("/nonexistent/program", &kind);
    assert_int_equal(kind.format, EXECUTABLE_UNREADABLE);
    assert_int_equal(kind.error, ENOENT);
    executable_kind_look("/dev/zero", &kind);
    assert_int_equal(kind.format, EXECUTABLE_UNREADABLE);
}

static enum executable_rights rights_for(uid_t uid, uid_t euid, gid_t gid)
{
    const struct executable_kind kind = look();
    return executable_rights(&kind, &(struct executable_caller){uid, euid, gid, gid});
}

static void test_rights(void **state)
{
    (void)state;
    uid_t owner = geteuid(), other = owner + 1;
    gid_t group = getegid(), another = group + 1;
    write_file("#!/bin/sh\n", 10);
    chmod(path, 0755);
    assert_int_equal(rights_for(other, other, another), RIGHTS_AS_CALLER);
    assert_int_equal(rights_for(other, owner, group), RIGHTS_OF_TWO_IDENTITIES);
    chmod(path, 04755);
    assert_int_equal(rights_for(owner, owner, another), RIGHTS_AS_CALLER);
    assert_int_equal(rights_for(owner, other, another), RIGHTS_AS_CALLER); /* it becomes one */
    assert_int_equal(rights_for(other, other, another), RIGHTS_RAISED);
    chmod(path, 02755);
    assert_int_equal(rights_for(other, other, group), RIGHTS_AS_CALLER);
    assert_int_equal(rights_for(other, other, another), RIGHTS_RAISED);
    chmod(path, 02745); /* the group may not start it: another meaning */
    assert_int_equal(rights_for(other, other, another), RIGHTS_AS_CALLER);
    chmod(path, 0600);
}

/* This test's own executable, with bytes spoilt: it is enough that nothing breaks. */
static void test_spoilt(void **state)
{
    (void)state;
    static unsigned char bytes[65536];
    int file = open("/proc/self/exe", O_RDONLY);
    ssize_t size = read(file, bytes, sizeof bytes);
    close(file);
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 500; round++) {
        for (int i = 0; i < 4; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[random % 1024] = (unsigned char)(random >> 32);
        }
        memcpy(bytes, ELFMAG "\2\1\1", 7);
        write_file(bytes, round % 4 ? (size_t)size : random % (size_t)size);
        look();
    }
}

/* Each kind that cannot be read has its sentence; what can be read has none. */
static void test_sentences(void **state)
{
    (void)state;
    static const struct {
        struct executable_kind kind;
        const char *part, *remedy;
    } cases[] = {
        {{.format = EXECUTABLE_ELF, .bits = 32, .machine = EM_386},
         "32-bit program for x86,",
         "GOARCH=amd64"},
        {{.format = EXECUTABLE_ELF, .bits = 64, .machine = EM_AARCH64},
         "for arm64",
         "GOARCH=amd64"},
        {{.format = EXECUTABLE_ELF, .bits = 64, .machine = 9999},
         "another machine",
         "GOARCH=amd64"},
        {{.format = EXECUTABLE_ELF, .bits = 64, .machine = EM_X86_64, .toolchain = TOOLCHAIN_GCCGO},
         "gccgo",
         "-compiler=gc"},
        {{.format = EXECUTABLE_ELF,
          .bits = 64,
          .machine = EM_X86_64,
          .toolchain = TOOLCHAIN_TINYGO},
         "TinyGo",
         "Go's own compiler"},
        {{.format = EXECUTABLE_ELF, .bits = 64, .machine = EM_X86_64, .packed = true},
         "UPX",
         "upx -d"},
    };
    struct error error;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(executable_kind_check(&cases[i].kind, "/a/program", &error));
        assert_non_null(strstr(error.sentence, "/a/program"));
        assert_non_null(strstr(error.sentence, cases[i].part));
        assert_non_null(strstr(error.sentence, cases[i].remedy));
    }
    struct executable_kind kind = {
        .format = EXECUTABLE_ELF, .bits = 64, .machine = EM_X86_64, .toolchain = TOOLCHAIN_GO};
    assert_true(executable_kind_check(&kind, "/a/program", &error));
    kind.toolchain = TOOLCHAIN_OTHER;
    assert_true(executable_kind_check(&kind, "/a/program", &error));
}

static int start(void **state)
{
    (void)state;
    return mkstemp(path) < 0;
}

static int stop(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interpreter), cmocka_unit_test(test_static),
        cmocka_unit_test(test_32_bit),      cmocka_unit_test(test_go_note),
        cmocka_unit_test(test_script),      cmocka_unit_test(test_others),
        cmocka_unit_test(test_rights),      cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_spoilt),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
