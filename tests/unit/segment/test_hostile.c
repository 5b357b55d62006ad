/* Files that are not what they say: refused with a sentence, or read without harm. */
#include "base/error.h"
#include "segment/reader.h"
#include "segment_writer.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct segment_writer writer;

static int open_writer(void **state)
{
    (void)state;
    writer_open(&writer);
    return 0;
}

static int close_writer(void **state)
{
    (void)state;
    writer_close(&writer);
    return 0;
}

static void assert_refused(const char *path, const char *part)
{
    struct error error = {{0}};
    struct segment_reader *reader = segment_reader_open(path, &error);
    assert_null(reader);
    if (!strstr(error.sentence, part))
        fail_msg("\"%s\" does not say \"%s\"", error.sentence, part);
}

static void headers_are_checked(void **state)
{
    (void)state;
    struct segment_header *header = writer.header;
    const struct segment_header good = *header;
#define REFUSED(change, part)                                                                      \
    do {                                                                                           \
        change;                                                                                    \
        assert_refused(writer.path, part);                                                         \
        *header = good;                                                                            \
    } while (0)
    REFUSED(header->magic = 0, "not finished");
    REFUSED(header->magic = 1, "not a segment");
    REFUSED(header->magic = __builtin_bswap64(SEGMENT_MAGIC), "byte order");
    REFUSED(header->byte_order = 1, "byte order");
    REFUSED(header->version = SEGMENT_VERSION + 1, "version");
    REFUSED(header->header_size = 128, "damaged");
    REFUSED(header->header_size += 8, "damaged");
    REFUSED(header->area_count = AREA_COUNT - 1, "damaged");
    REFUSED(header->area_count = SEGMENT_MOST_AREAS + 1, "damaged");
    REFUSED(header->required_features = 1, "features that this program does not know");
    REFUSED(header->ring_events = UINT64_MAX, "rings");
    REFUSED(header->ring_events = WRITER_RING_EVENTS + 1, "rings");
    for (int i = 0; i < AREA_COUNT; i++) {
        struct segment_area *area = &header->areas[i];
        REFUSED(area->item_size = 0, "damaged");
        REFUSED(area->item_size += 1, "damaged");
        REFUSED(area->item_size = UINT64_MAX - 7, "damaged");
        REFUSED(area->capacity = UINT64_MAX, "damaged");
        REFUSED(area->capacity = UINT64_MAX / area->item_size + 1, "damaged");
        REFUSED(area->capacity *= 100, "cut short");
        REFUSED(area->offset = 0, "damaged");
        REFUSED(area->offset += 4, "damaged");
        REFUSED(area->offset = UINT64_MAX - 7, "cut short");
    }
    struct error error;
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    segment_reader_close(reader);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    char path[256];
    assert_refused("/tmp/there-is-no-such-segment", "No such file");
    assert_refused("/tmp", "");
    assert_refused("/dev/null", "regular");
    snprintf(path, sizeof path, "%s.link", writer.path);
    assert_int_equal(symlink(writer.path, path), 0);
    assert_refused(path, "symbolic link");
    unlink(path);
    snprintf(path, sizeof path, "%s.fifo", writer.path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(path, "regular"); /* and it does not wait for a writer */
    unlink(path);
    assert_int_equal(truncate(writer.path, 100), 0);
    assert_refused(writer.path, "too short");
    assert_int_equal(truncate(writer.path, 0), 0);
    assert_refused(writer.path, "too short");
}

/* Another process may cut the file while it is open: a sentence or less content, never a signal. */
static void files_that_shrink_are_survived(void **state)
{
    (void)state;
    const uint64_t sizes[] = {writer.header->areas[AREA_RINGS].offset,
                              writer.header->areas[AREA_TASKS].offset + 8, SEGMENT_HEADER_SIZE, 100,
                              0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct error error = {{0}};
        struct segment_writer shrinking;
        writer_open(&shrinking);
        writer_context(&shrinking, 0, 1, 0, CONTEXT_CANCEL, 1);
        writer_event(&shrinking, 0, EVENT_TASK_CREATED, 1, 1);
        struct segment_reader *reader = segment_reader_open(shrinking.path, &error);
        assert_non_null(reader);
        assert_int_equal(truncate(shrinking.path, (off_t)sizes[i]), 0);
        struct snapshot_builder *builder = segment_reader_read(reader, &error);
        if (sizes[i] < sizeof(struct segment_header)) {
            assert_null(builder);
            assert_non_null(strstr(error.sentence, "cut short"));
        } else {
            struct snapshot *snapshot = builder_finish(builder);
            assert_int_equal(snapshot->event_count, 0);
            assert_int_equal(snapshot->context_count, sizes[i] > SEGMENT_HEADER_SIZE);
            snapshot_free(snapshot);
        }
        segment_reader_close(reader);
        writer_close(&shrinking);
    }
}

static void fill(void)
{
    writer_module(&writer, 0, "/usr/bin/orders", 0x1000, 0x2000);
    for (uint64_t i = 0; i < 40; i++) {
        const uint64_t addresses[] = {0x1010 + i, 0x1500, 0x1600 + i, 0};
        uint64_t *words = writer_context(&writer, i, i + 1, i / 2, i % CONTEXT_CUSTOM + 1, i % 3);
        words[CTX_STACKS] = writer_stack(&writer, addresses, 0, 0);
        words[CTX_NAME] = writer_text(&writer, "a name");
        words[CTX_CREATOR_TASK] = i % 8 + 1;
        writer_event(&writer, i % WRITER_RINGS, i % EVENT_TASK_JOINED + 1, i, i);
    }
    for (uint64_t i = 0; i < 16; i++) {
        writer_task(&writer, i, i + 1, i % TASK_ORIGIN_COROUTINE + 1)[TASK_CURRENT_CONTEXT] = i;
        writer_wait(&writer, i, i + 1, i % OBJECT_NOTHING + 1, i % WAIT_ACQUIRE + 1, i % 5 + 1);
        writer_channel(&writer, i, i + 1, i);
    }
}

/* Whatever a snapshot says must lead somewhere, or rules and screens would go astray. */
struct cutter {
    char path[256];
    off_t size;
    atomic_bool stop;
};

/* Cuts the file, in which the reader must have nothing mapped, and makes it as long again. */
static void *cut_again_and_again(void *argument)
{
    struct cutter *cutter = argument;
    for (uint64_t random = 1; !atomic_load(&cutter->stop);
         random = random * UINT64_C(6364136223846793005) + 1442695040888963407) {
        /* The header, which this process has mapped itself, stays. */
        off_t size = SEGMENT_HEADER_SIZE +
                     (off_t)((random >> 20) % (uint64_t)(cutter->size - SEGMENT_HEADER_SIZE));
        if (truncate(cutter->path, size) != 0 || truncate(cutter->path, cutter->size) != 0)
            break;
    }
    return NULL;
}

static void files_that_are_cut_while_they_are_read_are_survived(void **state)
{
    (void)state;
    pthread_t thread;
    struct stat status;
    struct cutter cutter = {.stop = false};
    struct error error;
    fill();
    assert_int_equal(stat(writer.path, &status), 0);
    cutter.size = status.st_size;
    snprintf(cutter.path, sizeof cutter.path, "%s", writer.path);
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    assert_int_equal(pthread_create(&thread, NULL, cut_again_and_again, &cutter), 0);
    for (int look = 0; look < 200; look++) {
        struct snapshot_builder *builder = segment_reader_read(reader, &error);
        if (builder)
            snapshot_free(builder_finish(builder));
    }
    atomic_store(&cutter.stop, true);
    pthread_join(thread, NULL);
    segment_reader_close(reader);
}

static void claims_of_giant_tables_cost_nothing(void **state)
{
    (void)state;
    struct timespec before, after;
    struct error error;
    uint64_t giant = UINT64_C(1) << 27;
    uint64_t offset = writer.size;
    for (int i = 0; i < AREA_COUNT; i++) {
        struct segment_area *area = &writer.header->areas[i];
        if (i == AREA_STACKS)
            continue;
        area->offset = offset;
        area->capacity = i == AREA_RINGS ? 1 : giant;
        area->used = area->capacity;
        offset += area->capacity * area->item_size;
    }
    if (ftruncate(writer.file, (off_t)offset) != 0)
        skip(); /* the file system has no room for such holes */
    clock_gettime(CLOCK_MONOTONIC, &before);
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
    segment_reader_close(reader);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_non_null(snapshot);
    assert_int_equal(snapshot->context_count, 0);
    snapshot_free(snapshot);
    assert_true(after.tv_sec - before.tv_sec < 10);
}

/* ---- mutations ---- */

static uint64_t random_number(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed ^ *seed >> 29;
}

static void check_indexes(const struct snapshot *snapshot)
{
#define VALID(index, count) assert_true((index) < (count) || (index) == SNAPSHOT_NONE)
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        VALID(context->parent, snapshot->context_count);
        VALID(context->first_child, snapshot->context_count);
        VALID(context->next_sibling, snapshot->context_count);
        VALID(context->creation_stack, snapshot->stack_count);
        VALID(context->cancel_stack, snapshot->stack_count);
        VALID(context->creator_task, snapshot->task_count);
        VALID(context->canceller_task, snapshot->task_count);
        assert_true(context->name < snapshot->texts_size);
        assert_true(context->kind < CONTEXT_KIND_COUNT);
        assert_true(context->cancellable.value <= FACT_YES);
    }
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct snapshot_task *task = &snapshot->tasks[i];
        VALID(task->parent, snapshot->task_count);
        VALID(task->current_context, snapshot->context_count);
        VALID(task->stack, snapshot->stack_count);
        assert_true(task->wait_count == 0 ||
                    task->first_wait + task->wait_count <= snapshot->wait_count);
    }
    for (uint32_t i = 0; i < snapshot->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[i];
        assert_true(wait->task < snapshot->task_count);
        assert_true(wait->object < snapshot->object_count);
        VALID(wait->next_of_object, snapshot->wait_count);
        VALID(wait->bounded_by, snapshot->context_count);
        VALID(wait->stack, snapshot->stack_count);
    }
    for (uint32_t i = 0; i < snapshot->stack_count; i++) {
        const struct snapshot_stack *stack = &snapshot->stacks[i];
        assert_true(stack->first_frame + stack->frame_count <= snapshot->frame_count);
        assert_true(stack->site < snapshot->site_count);
    }
    for (uint32_t i = 0; i < snapshot->texts_size; i++) {
        unsigned char byte = (unsigned char)snapshot->texts[i];
        assert_true(byte == 0 || (byte >= 0x20 && byte != 0x7f));
    }
}

static bool read_if_possible(void)
{
    struct error error;
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    if (!reader)
        return false;
    struct snapshot_builder *builder = segment_reader_read(reader, &error);
    segment_reader_close(reader);
    struct snapshot *snapshot = builder ? builder_finish(builder) : NULL;
    if (!snapshot)
        return false;
    check_indexes(snapshot);
    snapshot_free(snapshot);
    return true;
}

static uint64_t interesting(uint64_t *seed)
{
    static const uint64_t values[] = {0, 1, 2, 3, UINT32_MAX, INT64_MAX, UINT64_MAX, 1u << 27};
    uint64_t choice = random_number(seed) % 12;
    return choice < 8 ? values[choice] : random_number(seed) >> random_number(seed) % 64;
}

static void damaged_segments_are_read_without_harm(void **state)
{
    (void)state;
    uint64_t seed = 42;
    unsigned readable = 0;
    fill();
    writer_kill(&writer);
    unsigned char *good = malloc(writer.size);
    memcpy(good, writer.base, writer.size);
    uint64_t *words = (uint64_t *)(void *)writer.base;
    for (int round = 0; round < 3000; round++) {
        uint64_t changes = 1 + random_number(&seed) % 8;
        for (uint64_t i = 0; i < changes; i++) {
            /* Half of the damage in the header, which steers everything else. */
            uint64_t limit = random_number(&seed) % 2 ? writer.size : sizeof *writer.header;
            words[random_number(&seed) % (limit / 8)] = interesting(&seed);
        }
        readable += read_if_possible();
        memcpy(writer.base, good, writer.size);
    }
    free(good);
    assert_true(readable > 300); /* or the damage would only have tried the header's checks */
}

int main(void)
{
#define HOSTILE_TEST(name) cmocka_unit_test_setup_teardown(name, open_writer, close_writer)
    const struct CMUnitTest tests[] = {
        HOSTILE_TEST(headers_are_checked),
        HOSTILE_TEST(other_files_are_refused),
        HOSTILE_TEST(files_that_shrink_are_survived),
        HOSTILE_TEST(files_that_are_cut_while_they_are_read_are_survived),
        HOSTILE_TEST(claims_of_giant_tables_cost_nothing),
        HOSTILE_TEST(damaged_segments_are_read_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
