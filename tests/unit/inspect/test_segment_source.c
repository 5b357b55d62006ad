/* Sessions on segments: by PID and by file, with frames that have names. */
#include "../segment/segment_writer.h"
#include "base/error.h"
#include "inspect/source.h"

#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct segment_writer writer;
static uint64_t return_address;
static uint32_t call_line;

__attribute__((noinline)) static void note_caller(void)
{
    return_address = (uint64_t)(uintptr_t)__builtin_return_address(0);
}

__attribute__((noinline)) static void create_a_context(void)
{
    call_line = __LINE__ + 1;
    note_caller();
    __asm__ volatile("");
}

/* Describes this program as the recorder would. */
static int add_module(struct dl_phdr_info *info, size_t size, void *state)
{
    char path[SEGMENT_MODULE_PATH_BYTES] = {0};
    uint64_t end = 0;
    (void)size;
    (void)state;
    if (readlink("/proc/self/exe", path, sizeof path - 1) <= 0)
        return -1;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && info->dlpi_addr + header->p_vaddr + header->p_memsz > end)
            end = info->dlpi_addr + header->p_vaddr + header->p_memsz;
    }
    uint64_t *words = writer_module(&writer, 0, path, info->dlpi_addr, end);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        const char *note = (const char *)(uintptr_t)(info->dlpi_addr + header->p_vaddr);
        const char *last = note + header->p_memsz;
        while (header->p_type == PT_NOTE && note + sizeof(ElfW(Nhdr)) < last) {
            ElfW(Nhdr) head;
            memcpy(&head, note, sizeof head);
            const char *data = note + sizeof head + (head.n_namesz + 3) / 4 * 4;
            if (head.n_type == NT_GNU_BUILD_ID && head.n_descsz <= SEGMENT_BUILD_ID_BYTES) {
                words[MODULE_BUILD_ID_LENGTH] = head.n_descsz;
                memcpy(words + MODULE_BUILD_ID, data, head.n_descsz);
            }
            note = data + (head.n_descsz + 3) / 4 * 4;
        }
    }
    return 1;
}

static int set_up(void **state)
{
    (void)state;
    char path[] = "/tmp/segment-source-XXXXXX.ctxt";
    close(mkstemps(path, 5));
    writer_open_at(&writer, path);
    create_a_context();
    assert_int_equal(dl_iterate_phdr(add_module, NULL), 1);
    const uint64_t addresses[] = {return_address, 0};
    writer_context(&writer, 0, 1, 0, CONTEXT_CANCEL, 0)[CTX_STACKS] =
        writer_stack(&writer, addresses, 0, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    writer_close(&writer);
    return 0;
}

static void assert_named(struct session *session, bool named)
{
    struct error error;
    struct snapshot *snapshot = session_take(session, &error);
    if (!snapshot)
        fail_msg("%s", error.sentence);
    const struct snapshot_frame *frame =
        snapshot_top_frame(snapshot, snapshot->contexts[0].creation_stack);
    assert_non_null(frame);
    assert_string_equal(snapshot_text(snapshot, frame->function), named ? "create_a_context" : "");
    assert_int_equal(frame->line, named ? call_line : 0);
    assert_true(strlen(snapshot_text(snapshot, frame->module)) > 0);
    snapshot_free(snapshot);
}

static struct session *open_target(const char *target)
{
    struct error error;
    struct session *session = session_open(target, NULL, &error);
    if (!session)
        fail_msg("%s", error.sentence);
    assert_string_equal(session_source(session)->name, "segment");
    return session;
}

static void a_process_is_found_and_named(void **state)
{
    (void)state;
    char target[32];
    snprintf(target, sizeof target, "%d", getpid());
    struct session *session = open_target(target);
    assert_named(session, true);
    assert_named(session, true); /* again, from what is known by now */
    struct error error;
    char *out;
    assert_false(session_keeps_alive(session, 1, &out, &error));
    assert_non_null(strstr(error.sentence, "segment"));
    session_close(session);
}

static void the_dead_are_named_by_their_build_id(void **state)
{
    (void)state;
    writer_kill(&writer);
    struct session *session = open_target(writer.path);
    assert_named(session, true);
    session_close(session);
}

static void the_wrong_build_is_not_named(void **state)
{
    (void)state;
    uint64_t *words = writer_item(&writer, AREA_MODULES, 0);
    assert_true(words[MODULE_BUILD_ID_LENGTH] > 0);
    words[MODULE_BUILD_ID] ^= 1;
    struct session *session = open_target(writer.path);
    assert_named(session, false);
    session_close(session);
}

/*
 * Two libraries, one after the other at one place under one path: when a stack was recorded tells
 * which of them it is in.
 */
static void modules_at_one_place_in_turn_are_told_apart(void **state)
{
    (void)state;
    uint64_t *first = writer_item(&writer, AREA_MODULES, 0);
    uint64_t *second = writer_item(&writer, AREA_MODULES, 1);
    memcpy(second, first, MODULE_WORDS * 8);
    first[MODULE_UNLOADED] = 5;
    second[MODULE_ID] = 2;
    second[MODULE_BUILD_ID] ^= 1; /* a build that is not here, and so has no names */
    second[MODULE_LOADED] = 5;
    const uint64_t addresses[] = {return_address, 0};
    const struct {
        uint64_t generation;
        bool named;
    } stacks[] = {{4, true}, {5, false}};
    for (size_t i = 0; i < 2; i++) {
        writer_context(&writer, 0, 1, 0, CONTEXT_CANCEL, 0)[CTX_STACKS] =
            writer_stack(&writer, addresses, stacks[i].generation, 0);
        struct session *session = open_target(writer.path);
        assert_named(session, stacks[i].named);
        session_close(session);
    }
}

static void refusals_are_sentences(void **state)
{
    (void)state;
    struct error error;
    writer.header->version++;
    assert_null(session_open(writer.path, NULL, &error));
    assert_non_null(strstr(error.sentence, "version"));
    assert_null(session_open("/etc/passwd", NULL, &error));
    assert_non_null(strstr(error.sentence, "ctxreport list"));
}

int main(void)
{
#define SOURCE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        SOURCE_TEST(a_process_is_found_and_named),
        SOURCE_TEST(the_dead_are_named_by_their_build_id),
        SOURCE_TEST(the_wrong_build_is_not_named),
        SOURCE_TEST(modules_at_one_place_in_turn_are_told_apart),
        SOURCE_TEST(refusals_are_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
