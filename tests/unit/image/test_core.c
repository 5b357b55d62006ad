/* Cores, made by hand of this test's own executable: sound, cut short, of another build, spoilt. */
#include "base/error.h"
#include "image/image.h"

#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define STACK_AT  UINT64_C(0x7ffd00000000)
#define STACK     8192
#define NOTE_SIZE 4096
#define CORE_SIZE (4096 + NOTE_SIZE + STACK)

static char path[64];
static unsigned char core[CORE_SIZE];
static char executable[4096];

static size_t add_note(size_t at, uint32_t type, const void *content, size_t size)
{
    Elf64_Nhdr header = {.n_namesz = 5, .n_descsz = (Elf64_Word)size, .n_type = type};
    memcpy(core + at, &header, sizeof header);
    memcpy(core + at + sizeof header, "CORE\0\0\0", 8);
    memcpy(core + at + sizeof header + 8, content, size);
    return at + sizeof header + 8 + (size + 3) / 4 * 4;
}

/* NT_FILE with one mapping: the executable's first page. */
static size_t add_files(size_t at, uint64_t start)
{
    unsigned char note[1024] = {0};
    const uint64_t words[5] = {1, 4096, start, start + 4096, 0};
    memcpy(note, words, sizeof words);
    strcpy((char *)note + sizeof words, executable);
    return add_note(at, NT_FILE, note, sizeof words + strlen(executable) + 1);
}

static void make_core(void)
{
    memset(core, 0, sizeof core);
    ssize_t length = readlink("/proc/self/exe", executable, 900);
    assert_true(length > 0);
    executable[length] = '\0';
    uint64_t headers = getauxval(AT_PHDR), start = headers & ~UINT64_C(4095);
    Elf64_Ehdr file = {.e_type = ET_CORE,
                       .e_machine = EM_X86_64,
                       .e_version = EV_CURRENT,
                       .e_phoff = sizeof(Elf64_Ehdr),
                       .e_ehsize = sizeof(Elf64_Ehdr),
                       .e_phentsize = sizeof(Elf64_Phdr),
                       .e_phnum = 2};
    memcpy(file.e_ident, ELFMAG "\2\1\1", 7);
    Elf64_Phdr segments[2] = {{.p_type = PT_NOTE, .p_offset = 4096},
                              {.p_type = PT_LOAD,
                               .p_flags = PF_R | PF_W,
                               .p_offset = 4096 + NOTE_SIZE,
                               .p_vaddr = STACK_AT,
                               .p_filesz = STACK,
                               .p_memsz = STACK}};
    struct elf_prstatus status = {.pr_pid = 42};
    size_t at = add_note(4096, NT_PRSTATUS, &status, sizeof status);
    const uint64_t auxv[4] = {AT_PHDR, headers, AT_NULL, 0};
    at = add_note(at, NT_AUXV, auxv, sizeof auxv);
    at = add_files(at, start);
    segments[0].p_filesz = at - 4096;
    memcpy(core, &file, sizeof file);
    memcpy(core + sizeof file, segments, sizeof segments);
    memset(core + 4096 + NOTE_SIZE, 0x5a, STACK);
}

static void write_core(size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(file, core, size), (ssize_t)size);
    close(file);
}

static int start(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/ctxtrace-core-%d", getpid());
    make_core();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static void test_sound(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    write_core(CORE_SIZE);
    struct image *image = image_open_core(path, NULL, &error);
    if (!image)
        fail_msg("%s", error.sentence);
    assert_false(image->live);
    assert_false(image->truncated);
    assert_int_equal(image->thread_count, 1);
    assert_int_equal(image->threads[0].tid, 42);
    assert_int_equal(memory_u8(image->memory, STACK_AT + STACK - 1), 0x5a);
    assert_null(memory_at(image->memory, STACK_AT + STACK, 1));
    /* The executable's own beginning is not in the core, and comes from its file. */
    uint64_t headers = getauxval(AT_PHDR) & ~UINT64_C(4095);
    const void *page = memory_at(image->memory, headers, 4);
    assert_non_null(page);
    assert_memory_equal(page, ELFMAG, SELFMAG);
    image_close(image);
}

static void test_cut_short(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    write_core(CORE_SIZE - STACK / 2);
    struct image *image = image_open_core(path, NULL, &error);
    assert_non_null(image);
    assert_true(image->truncated);
    assert_int_equal(memory_u8(image->memory, STACK_AT), 0x5a);
    assert_null(memory_at(image->memory, STACK_AT + STACK - 8, 8));
    image_close(image);
}

/* A core that is still written, or that a full disk cuts: its memory is read, not mapped. */
static void test_cut_while_it_is_read(void **state)
{
    (void)state;
    for (int part = 0; part <= 8; part++) {
        struct error error = {.sentence = ""};
        write_core(CORE_SIZE);
        struct image *image = image_open_core(path, NULL, &error);
        assert_non_null(image);
        assert_int_equal(truncate(path, (off_t)CORE_SIZE * part / 8), 0);
        const void *end = memory_at(image->memory, STACK_AT + STACK - 8, 8);
        assert_true(part == 8 ? end != NULL : end == NULL);
        image_close(image);
    }
}

static void test_executable_is_no_file(void **state)
{
    (void)state;
    char pipe[80];
    write_core(CORE_SIZE);
    snprintf(pipe, sizeof pipe, "%s-pipe", path);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    const char *const names[] = {pipe, "/dev/zero", "/"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct error error = {.sentence = ""};
        assert_null(image_open_core(path, names[i], &error));
        assert_non_null(strstr(error.sentence, "not a regular file"));
        assert_null(image_open_core(names[i], NULL, &error));
        assert_non_null(strstr(error.sentence, "not a regular file"));
    }
    unlink(pipe);
}

static void test_executable_is_gone(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    write_core(CORE_SIZE);
    assert_null(image_open_core(path, "/nonexistent/program", &error));
    assert_non_null(strstr(error.sentence, "/nonexistent/program"));
}

static void test_no_core(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    assert_null(image_open_core("/proc/self/exe", NULL, &error));
    assert_non_null(strstr(error.sentence, "not a core"));
    write_core(0);
    assert_null(image_open_core(path, NULL, &error));
}

static void test_spoilt(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 2000; round++) {
        make_core();
        for (int i = 0; i < 1 + round % 20; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            core[random % (4096 + 1200)] = (unsigned char)(random >> 32);
        }
        write_core(round % 5 ? CORE_SIZE : random % CORE_SIZE);
        struct error error = {.sentence = ""};
        struct image *image = image_open_core(path, NULL, &error);
        if (!image)
            assert_true(error.sentence[0] != '\0');
        else
            memory_word(image->memory, STACK_AT);
        image_close(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound, start, stop),
        cmocka_unit_test_setup_teardown(test_cut_short, start, stop),
        cmocka_unit_test_setup_teardown(test_cut_while_it_is_read, start, stop),
        cmocka_unit_test_setup_teardown(test_executable_is_no_file, start, stop),
        cmocka_unit_test_setup_teardown(test_executable_is_gone, start, stop),
        cmocka_unit_test_setup_teardown(test_no_core, start, stop),
        cmocka_unit_test_setup_teardown(test_spoilt, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
