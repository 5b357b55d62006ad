/* What a goroutine waits for: a descriptor, by the runtime's poll descriptor; nothing at all. */
#include "golang/binary/pc_info.h"
#include "golang/model/waits.h"
#include "made_program.h"

enum { FD = 8, READER = 16, WRITER = 24, READ_DEADLINE = 32, WRITE_DEADLINE = 40 };

#define STACK     (MADE_START + 0x1000)
#define POLL      (MADE_START + 0x4000)
#define GOROUTINE (MADE_START + 0x8000)

static struct pc_info info; /* has no lines: where a pc is not known */
static struct go_stack stack;
static struct goroutine goroutine;
static struct go_waits waits;

static int begin(void **state)
{
    made_begin(state);
    made.layout.at[POLL_FD] = FD;
    made.layout.at[POLL_RG] = READER;
    made.layout.at[POLL_WG] = WRITER;
    made.layout.at[POLL_RD] = READ_DEADLINE;
    made.layout.at[POLL_WD] = WRITE_DEADLINE;
    stack.count = 1;
    stack.frames[0] = (struct go_frame){.sp = STACK, .top = STACK + 32, .info = &info};
    goroutine = (struct goroutine){.address = GOROUTINE,
                                   .status = GO_WAITING,
                                   .low = STACK - 0x800,
                                   .high = STACK + 0x800,
                                   .reason_text = "IO wait"};
    made_word(STACK + 16, POLL);
    made_word(POLL + FD, 7);
    made_word(POLL + READER, GOROUTINE);
    return 0;
}

static const struct go_wait *only_wait(void)
{
    waits_of(&made, &goroutine, &stack, &waits);
    assert_int_equal(waits.count, 1);
    assert_int_equal(waits.items[0].object, OBJECT_DESCRIPTOR);
    return &waits.items[0];
}

static void a_read_has_its_descriptor_and_deadline(void **state)
{
    (void)state;
    made_word(POLL + READ_DEADLINE, 12345);
    made_word(POLL + WRITE_DEADLINE, 99);
    const struct go_wait *wait = only_wait();
    assert_int_equal(wait->operation, WAIT_READ);
    assert_int_equal(wait->descriptor, 7);
    assert_int_equal(wait->until_ns, 12345);
}

static void a_write_has_its_own_deadline(void **state)
{
    (void)state;
    made_word(POLL + READER, 0);
    made_word(POLL + WRITER, GOROUTINE);
    made_word(POLL + READ_DEADLINE, 12345);
    made_word(POLL + WRITE_DEADLINE, 99);
    const struct go_wait *wait = only_wait();
    assert_int_equal(wait->operation, WAIT_WRITE);
    assert_int_equal(wait->until_ns, 99);
}

static void without_a_deadline_it_never_gives_up(void **state)
{
    (void)state;
    assert_int_equal(only_wait()->until_ns, SNAPSHOT_NEVER);
}

/* It is being woken, for example: the descriptor does not name it any more. */
static void whether_it_gives_up_is_unknown_when_its_descriptor_is(void **state)
{
    (void)state;
    made_word(POLL + READER, 0);
    const struct go_wait *wait = only_wait();
    assert_int_equal(wait->descriptor, -1);
    assert_int_equal(wait->until_ns, SNAPSHOT_TIME_UNKNOWN);
}

static void what_can_never_end_says_what_it_is(void **state)
{
    static const struct {
        const char *reason;
        uint8_t operation;
    } reasons[] = {{"chan receive (nil chan)", WAIT_RECEIVE},
                   {"chan send (nil chan)", WAIT_SEND},
                   {"select (no cases)", WAIT_UNKNOWN}};
    (void)state;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        goroutine.reason_text = reasons[i].reason;
        waits_of(&made, &goroutine, &stack, &waits);
        assert_int_equal(waits.count, 1);
        assert_true(waits.forever && waits.confirmed);
        assert_int_equal(waits.items[0].object, OBJECT_NOTHING);
        assert_int_equal(waits.items[0].operation, reasons[i].operation);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_read_has_its_descriptor_and_deadline, begin, made_end),
        cmocka_unit_test_setup_teardown(a_write_has_its_own_deadline, begin, made_end),
        cmocka_unit_test_setup_teardown(without_a_deadline_it_never_gives_up, begin, made_end),
        cmocka_unit_test_setup_teardown(whether_it_gives_up_is_unknown_when_its_descriptor_is,
                                        begin, made_end),
        cmocka_unit_test_setup_teardown(what_can_never_end_says_what_it_is, begin, made_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
