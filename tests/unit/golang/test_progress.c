/* What a claim rests on has to have gone on between two captures. */
#include "base/clock.h"
#include "base/error.h"
#include "go_target.h"
#include "golang/proof/progress.h"
#include "image/process.h"

#define SHORT_NS INT64_C(50000000)
#define LONG_NS  INT64_C(60000000000)

struct counts {
    unsigned leaked, lost; /* claimed */
    unsigned lagging;      /* withheld for a thread that did not go on */
};

static struct counts look(struct go_session *session)
{
    struct counts counts = {0};
    struct snapshot *snapshot = go_target_take(session);
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct fact fact = snapshot->tasks[i].wakeable;
        counts.leaked += fact.value == FACT_NO;
        counts.lagging += fact.value == FACT_UNKNOWN && fact.missing == PRECONDITION_THREADS_GO_ON;
    }
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        const struct fact fact = context->cancellable;
        counts.lost += context->kind == CONTEXT_CANCEL && fact.value == FACT_NO;
        counts.lagging += fact.value == FACT_UNKNOWN && fact.missing == PRECONDITION_THREADS_GO_ON;
    }
    snapshot_free(snapshot);
    return counts;
}

#define MOST_LOOKS 200

/* On a machine so busy that a thread does not get its turn in seconds, a look claims nothing. */
static struct counts look_until_claimed(struct go_session *session)
{
    struct counts counts = look(session);
    for (int looks = 1; looks < MOST_LOOKS && counts.lagging; looks++) {
        assert_int_equal(counts.leaked + counts.lost, 0);
        counts = look(session);
    }
    return counts;
}

/* A thread that is not let run is what one is whose turn does not come. */
static void test_nothing_is_claimed_until_all_have_gone_on(void **state)
{
    (void)state;
    struct go_target target;
    if (!go_is_there())
        skip();
    go_target_build(&target, "busy", "");
    go_target_start(&target, NULL, NULL);
    struct go_session *session = go_target_open(&target, true);
    for (int held = 0; held < 2; held++) {
        struct counts counts = look_until_claimed(session);
        assert_int_equal(counts.leaked, 1);
        assert_int_equal(counts.lost, 1);
        assert_int_equal(counts.lagging, 0);
        kill(target.pid, SIGSTOP);
        counts = look(session);
        assert_int_equal(counts.leaked, 0);
        assert_int_equal(counts.lost, 0);
        assert_int_equal(counts.lagging, 2);
        kill(target.pid, SIGCONT);
    }
    go_session_close(session);
    go_target_end(&target);
}

static void begin(struct image *image, const struct go_program *program, struct progress *progress)
{
    struct error error = {.sentence = ""};
    struct pause pause = {.limit_ns = LONG_NS};
    assert_true(image_refresh(image, &error));
    assert_true(process_stop(image, &pause, &error));
    struct go_program stopped = *program;
    stopped.threads = image->threads;
    stopped.thread_count = image->thread_count;
    assert_true(progress_begin(&stopped, progress));
    process_resume(image, &pause);
}

static void test_only_the_laggards_are_waited_for(void **state)
{
    (void)state;
    struct go_target target;
    struct progress progress;
    struct error error = {.sentence = ""};
    if (!go_is_there())
        skip();
    go_target_build(&target, "busy", "");
    go_target_start(&target, NULL, NULL);
    struct image *image = image_open_process(target.pid, &error);
    struct go_program *program = image ? go_program_open(image, &error) : NULL;
    assert_non_null(program);
    begin(image, program, &progress);
    assert_false(progress.was_at_rest);
    assert_true(progress.count >= 1 && progress.count < image->thread_count);
    assert_true(progress_wait(image, &progress, 1, now_ns() + LONG_NS));
    progress_free(&progress);

    kill(target.pid, SIGSTOP);
    begin(image, program, &progress);
    assert_false(progress_wait(image, &progress, 1, now_ns() + SHORT_NS));
    assert_true(progress.count >= 1);
    kill(target.pid, SIGCONT);
    assert_true(progress_wait(image, &progress, 1, now_ns() + LONG_NS));
    progress_free(&progress);

    /* What has ended has nothing in its hands any more. */
    begin(image, program, &progress);
    kill(target.pid, SIGKILL);
    assert_int_equal(waitpid(target.pid, NULL, 0), target.pid);
    target.pid = 0;
    assert_true(progress_wait(image, &progress, 1, now_ns() + LONG_NS));
    progress_free(&progress);
    go_program_close(program);
    image_close(image);
    go_target_end(&target);
}

/* Nothing of it ever changes. */
static void loop_in_one_instruction(void)
{
    __asm__ volatile("1: jmp 1b");
}

static int start_loop(void)
{
    int pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        loop_in_one_instruction();
    return pid;
}

static struct image_thread glance_at(struct image *image, int tid)
{
    enum glance glance;
    struct image_thread thread;
    process_glance(image, &tid, 1, LONG_NS, &glance, &thread);
    assert_int_equal(glance, GLANCE_READ);
    return thread;
}

static void test_a_loop_of_one_instruction_goes_on(void **state)
{
    (void)state;
    struct error error = {.sentence = ""};
    int pid = start_loop();
    struct image *image = image_open_process(pid, &error);
    assert_non_null(image);
    struct image_thread thread = glance_at(image, pid), later = glance_at(image, pid);
    while (thread.pc != later.pc) { /* it has not come to its loop */
        thread = later;
        later = glance_at(image, pid);
    }
    struct laggard laggard = {.thread = thread};
    struct progress progress = {.laggards = &laggard, .count = 1};
    assert_true(progress_wait(image, &progress, 1, now_ns() + LONG_NS));
    assert_int_equal(glance_at(image, pid).pc, thread.pc);

    kill(pid, SIGSTOP);
    progress.count = 1;
    laggard.thread = glance_at(image, pid);
    assert_false(progress_wait(image, &progress, 1, now_ns() + SHORT_NS));
    image_close(image);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_claimed_until_all_have_gone_on),
        cmocka_unit_test(test_only_the_laggards_are_waited_for),
        cmocka_unit_test(test_a_loop_of_one_instruction_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
