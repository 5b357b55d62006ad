/* Which files can be recorded, and what is said of others: made by hand, of every kind. */
#include "image/processor.h"
#include "inspect/recordable.h"

#include <elf.h>
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

static char path[] = "/tmp/recordable-XXXXXX";
static struct error why;

static void write_file(const char *name, const void *bytes, size_t size)
{
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    assert_int_equal(write(file, bytes, size), (ssize_t)size);
    close(file);
}

/* What follows the headers of a 64-bit file; each may be there or not. */
struct parts {
    const char *interpreter;
    bool is_go;
};

static void write_elf(unsigned machine, struct parts parts)
{
    static const struct {
        Elf64_Nhdr header;
        char owner[4], id[8];
    } note = {{.n_namesz = 4, .n_descsz = 8, .n_type = 4}, "Go\0", "0123456"};
    unsigned char bytes[1024] = {0};
    Elf64_Ehdr header = {.e_type = ET_EXEC,
                         .e_machine = (Elf64_Half)machine,
                         .e_version = EV_CURRENT,
                         .e_phoff = sizeof(Elf64_Ehdr),
                         .e_ehsize = sizeof(Elf64_Ehdr),
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = 2};
    Elf64_Phdr programs[2] = {{.p_type = PT_NULL}, {.p_type = PT_NULL}};
    size_t end = sizeof header + sizeof programs;
    if (parts.interpreter) {
        size_t length = strlen(parts.interpreter) + 1;
        programs[0] = (Elf64_Phdr){
            .p_type = PT_INTERP, .p_offset = end, .p_filesz = length, .p_memsz = length};
        memcpy(bytes + end, parts.interpreter, length);
        end += (length + 7) & ~(size_t)7;
    }
    if (parts.is_go) {
        programs[1] = (Elf64_Phdr){
            .p_type = PT_NOTE, .p_offset = end, .p_filesz = sizeof note, .p_memsz = sizeof note};
        memcpy(bytes + end, &note, sizeof note);
        end += sizeof note;
    }
    memcpy(header.e_ident, ELFMAG "\2\1\1", 7);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, programs, sizeof programs);
    write_file(path, bytes, end);
}

static const char glibc[] = "/lib64/ld-linux-x86-64.so.2";

/* The answer, and that the sentence, if one is needed, begins with the path and says this. */
static void is(enum recordable expected, const struct executable_caller *caller, const char *words)
{
    why.sentence[0] = '\0';
    assert_int_equal(recordable_look(path, caller, &why), expected);
    if (!words) {
        assert_string_equal(why.sentence, "");
        return;
    }
    assert_int_equal(strncmp(why.sentence, path, strlen(path)), 0);
    if (!strstr(why.sentence, words))
        fail_msg("%s", why.sentence);
}

static void dynamic_programs_are(void **state)
{
    (void)state;
    write_elf(processor_machine, (struct parts){.interpreter = glibc});
    is(RECORDABLE_YES, NULL, NULL);
}

static void static_ones_are_not(void **state)
{
    (void)state;
    write_elf(processor_machine, (struct parts){0});
    is(RECORDABLE_NO, NULL, "is linked statically");
}

/* Such a program would not start with our preload. */
static void other_libcs_and_machines_are_harmed(void **state)
{
    (void)state;
    const unsigned other = processor_machine == EM_X86_64 ? EM_AARCH64 : EM_X86_64;
    write_elf(processor_machine, (struct parts){.interpreter = "/lib/ld-musl-x86_64.so.1"});
    is(RECORDABLE_NO_HARMED, NULL, "another libc than glibc");
    write_elf(other, (struct parts){.interpreter = glibc});
    is(RECORDABLE_NO_HARMED, NULL, "is a 64-bit program for ");
    write_elf(other, (struct parts){0});
    is(RECORDABLE_NO, NULL, "is a 64-bit program for ");

    Elf32_Ehdr header = {.e_type = ET_EXEC,
                         .e_machine = (Elf32_Half)processor_machine, /* as x32 has it */
                         .e_version = EV_CURRENT,
                         .e_ehsize = sizeof header};
    memcpy(header.e_ident, ELFMAG "\1\1\1", 7);
    write_file(path, &header, sizeof header);
    is(RECORDABLE_NO, NULL, "is a 32-bit program for ");
}

static void go_programs_have_threads_at_most(void **state)
{
    (void)state;
    write_elf(processor_machine, (struct parts){.is_go = true});
    is(RECORDABLE_NO, NULL, "is a Go program");
    write_elf(processor_machine, (struct parts){.is_go = true, .interpreter = glibc});
    is(RECORDABLE_PARTLY, NULL, "ctxreport inspect PID");
}

static void more_rights_than_the_callers_are_respected(void **state)
{
    (void)state;
    const uid_t other = getuid() + 1;
    const struct executable_caller self = executable_caller_self();
    const struct executable_caller stranger = {other, other, getgid(), getgid()};
    const struct executable_caller two = {other, getuid(), getgid(), getgid()};
    write_elf(processor_machine, (struct parts){.interpreter = glibc});
    is(RECORDABLE_YES, &self, NULL);
    is(RECORDABLE_YES, &stranger, NULL);
    is(RECORDABLE_NO_SUBTREE, &two, "whose effective user or group is not its real one");
    assert_int_equal(chmod(path, 04755), 0);
    is(RECORDABLE_NO_SUBTREE, &stranger, "runs with more rights than its caller");
    is(RECORDABLE_YES, NULL, NULL);
}

static void a_script_is_as_its_interpreter(void **state)
{
    (void)state;
    char interpreter[64], script[128], expected[256];
    snprintf(interpreter, sizeof interpreter, "%s.interpreter", path);
    write_elf(processor_machine, (struct parts){0});
    assert_int_equal(rename(path, interpreter), 0);
    snprintf(script, sizeof script, "#!%s\n", interpreter);
    write_file(path, script, strlen(script));
    snprintf(expected, sizeof expected, " is a script, and its interpreter %s is linked statically",
             interpreter);
    is(RECORDABLE_NO, NULL, expected);
    assert_int_equal(unlink(interpreter), 0);
}

/* The kernel follows only so many. */
static void scripts_of_scripts_end(void **state)
{
    (void)state;
    char script[sizeof path + 4];
    snprintf(script, sizeof script, "#!%s\n", path);
    write_file(path, script, strlen(script));
    is(RECORDABLE_YES, NULL, NULL);
}

static void what_is_no_program_is_somebody_elses_affair(void **state)
{
    (void)state;
    write_file(path, "text", 4);
    is(RECORDABLE_YES, NULL, NULL);
    assert_int_equal(recordable_look("/nonexistent/program", NULL, &why), RECORDABLE_YES);
}

static int begin(void **state)
{
    (void)state;
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int end(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dynamic_programs_are),
        cmocka_unit_test(static_ones_are_not),
        cmocka_unit_test(other_libcs_and_machines_are_harmed),
        cmocka_unit_test(go_programs_have_threads_at_most),
        cmocka_unit_test(more_rights_than_the_callers_are_respected),
        cmocka_unit_test(a_script_is_as_its_interpreter),
        cmocka_unit_test(scripts_of_scripts_end),
        cmocka_unit_test(what_is_no_program_is_somebody_elses_affair),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
