/*
 * The owners that a segment shows are what lost cancels are proved by. Giving a reference back must
 * not be recorded when the context may already be another one.
 */
#include "record/recorder.h"
#include "runtime/node.h"
#include "runtime_test.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

static uint64_t recorded_references(const ctxt_t *context)
{
    return word_get(recorder_slot(AREA_CONTEXTS, context->record.index), CTX_REFERENCES);
}

/* The first thing that this thread records, for which the recorder has to prepare at length. */
static void *give_back(void *context)
{
    ctxt_unref(context);
    return NULL;
}

static void owners_of_the_next_context_stay_as_they_are(void **state)
{
    (void)state;
    enum { ROUNDS = 200 };
    for (int i = 0; i < ROUNDS; i++) {
        ctxt_t *context = ctxt_ref(ctxt_with_cancel(ctxt_background()));
        ctxt_cancel(context);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, give_back, context), 0);
        while (atomic_load(&context->references) == 2)
            sched_yield();
        ctxt_unref(context);
        ctxt_t *next = ctxt_with_cancel(ctxt_background()); /* in the same slot */
        pthread_join(thread, NULL);
        assert_int_equal(recorded_references(next), 1);
        ctxt_cancel(next);
        ctxt_unref(next);
    }
}

static char directory[] = "/tmp/ctxtrace-references-XXXXXX";

static int start_recording(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    setenv("CTXTRACE_DIR", directory, 1);
    return ctxt_trace_start();
}

static int remove_recording(void **state)
{
    (void)state;
    unlink(ctxt_trace_path());
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_of_the_next_context_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, start_recording, remove_recording);
}
