/* Cores, made by hand of this test's own executable: sound, cut short, of another build, spoilt. */
#include "base/error.h"
#include "image/image.h"
#include "made_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
