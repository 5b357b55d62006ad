/*
 * Stacks through libraries that are unloaded, and others loaded in their place: neither wrong
 * frames nor frames of the wrong library.
 */
#define TRUTH_BY_STEPS
#include "module_log.h"
#include "stack_truth.h"

#include <dlfcn.h>
#include <signal.h>

typedef void plugin_call(void (*call)(void));

static void *library;
static uint32_t reference;

static plugin_call *load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.so", PLUGINS, name);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail_msg("%s", dlerror());
    return (plugin_call *)(uintptr_t)dlsym(library, "plugin_call");
}

static void check(void)
{
    reference = assert_stack_is_true(NULL);
}

/* Captures through a library, and makes sure that the frames are said to be in this library. */
static uint32_t capture_through(const char *name)
{
    plugin_call *call = load(name);
    call(check);
    const struct interned_stack *stack = interned_at(reference);
    const struct module *module = logged_module(stack->addresses[2] - 1, stack->generation);
    assert_non_null(module);
    assert_non_null(strstr(module->path, name));
    assert_ptr_equal(logged_module(stack->addresses[3] - 1, stack->generation), module);
    for (uint32_t i = 0; i < stack->count; i++)
        assert_non_null(logged_module(stack->addresses[i] - 1, stack->generation));
    dlclose(library);
    return reference;
}

/* Up to where capture_through was called from. */
static void assert_same_addresses(uint32_t a, uint32_t b)
{
    const struct interned_stack *first = interned_at(a), *second = interned_at(b);
    assert_int_equal(first->count, second->count);
    assert_memory_equal(first->addresses, second->addresses, 5 * sizeof(uint64_t));
}

static int begin(void **state)
{
    (void)state;
    forget_interned();
    return modules_listen(log_module, NULL) ? 0 : -1;
}

/* In turn, and from one place, so that the stacks differ in nothing but the library. */
static void capture_in_turn(const char *first, const char *second)
{
    const char *const names[] = {first, second};
    uint32_t references[2];
    for (int i = 0; i < 40; i++) {
        references[i % 2] = capture_through(names[i % 2]);
        if (i % 2) {
            assert_same_addresses(references[0], references[1]);
            assert_int_not_equal(references[0], references[1]);
        }
    }
}

/* Nothing but the names in it tells the two stacks apart. */
static void same_code_of_another_library(void **state)
{
    (void)state;
    capture_in_turn("plugin_one", "plugin_two");
}

/* The return addresses are the same, but are found elsewhere on the stack. */
static void same_code_with_another_frame(void **state)
{
    (void)state;
    capture_in_turn("plugin_one", "plugin_wide");
    capture_in_turn("plugin_wide", "plugin_one");
}

static void libraries_without_a_build_id(void **state)
{
    (void)state;
    capture_in_turn("plugin_anonymous_one", "plugin_anonymous_two");
    capture_in_turn("plugin_anonymous_one", "plugin_anonymous_wide");
    capture_in_turn("plugin_anonymous_wide", "plugin_anonymous_one");
}

/* Nobody looks while the other one is there. */
static void replaced_and_back_unnoticed(void **state)
{
    (void)state;
    uint32_t first = capture_through("plugin_one");
    load("plugin_wide");
    dlclose(library);
    assert_same_addresses(first, capture_through("plugin_one"));
}

static void loaded_library_is_recognised(void **state)
{
    (void)state;
    plugin_call *call = load("plugin_one");
    uint32_t references[5];
    for (volatile int i = 0; i < 5; i++) {
        call(check);
        references[i] = reference;
    }
#ifdef __x86_64__
    for (int i = 1; i < 5; i++)
        assert_int_equal(references[i], references[0]);
#endif
    /* Also while others come and go. */
    void *kept = library;
    for (volatile int i = 0; i < 5; i++) {
        capture_through("plugin_two");
        call(check);
        references[i] = reference;
    }
#ifdef __x86_64__
    for (int i = 1; i < 5; i++)
        assert_int_equal(references[i], references[0]);
#endif
    dlclose(kept);
}

static struct captured_stack in_handler;
static void *handlers_truth[TRUTH_MAX_FRAMES];
static int handlers_truth_count;

static void handle(int number)
{
    (void)number;
    unw_context_t context;
    unw_getcontext(&context);
    handlers_truth_count = step_through(handlers_truth, TRUTH_MAX_FRAMES, &context);
    capture_stack(&in_handler, CAPTURE_MAX_FRAMES);
}

static void raise_signal(void)
{
    raise(SIGUSR1);
}

/*
 * Stacks of signal handlers are captured by libunwind, which must not go by what it knew of the
 * library that was there before.
 */
static void signal_handlers_above_replaced_libraries(void **state)
{
    (void)state;
    signal(SIGUSR1, handle);
    for (int i = 0; i < 10; i++) {
        plugin_call *call = load(i % 2 ? "plugin_one" : "plugin_wide");
        call(raise_signal);
        assert_int_equal(in_handler.count, (uint32_t)handlers_truth_count);
        for (uint32_t k = 1; k < in_handler.count; k++)
            assert_in_range(in_handler.addresses[k], (uintptr_t)handlers_truth[k],
                            (uintptr_t)handlers_truth[k] + 1);
        dlclose(library);
    }
    signal(SIGUSR1, SIG_DFL);
}

static plugin_call *inner_call;

static void call_inner(void)
{
    inner_call(check);
}

static void through_two_libraries(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        plugin_call *outer = load("plugin_one");
        void *outer_library = library;
        inner_call = load(i % 2 ? "plugin_two" : "plugin_wide");
        outer(call_inner);
        const struct interned_stack *stack = interned_at(reference);
        const struct module *module = logged_module(stack->addresses[2] - 1, stack->generation);
        assert_non_null(strstr(module->path, i % 2 ? "plugin_two" : "plugin_wide"));
        module = logged_module(stack->addresses[5] - 1, stack->generation);
        assert_non_null(strstr(module->path, "plugin_one"));
        dlclose(library);
        dlclose(outer_library);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(same_code_of_another_library, begin),
        cmocka_unit_test_setup(same_code_with_another_frame, begin),
        cmocka_unit_test_setup(libraries_without_a_build_id, begin),
        cmocka_unit_test_setup(replaced_and_back_unnoticed, begin),
        cmocka_unit_test_setup(loaded_library_is_recognised, begin),
        cmocka_unit_test_setup(signal_handlers_above_replaced_libraries, begin),
        cmocka_unit_test_setup(through_two_libraries, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
