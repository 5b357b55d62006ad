/* Whether a thread can be cancelled in this process: by which modules are loaded right now. */
#include "preload/imports.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_a_module_that_comes_and_goes(void **unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++) {
        assert_false(imports_thread_cancellation());
        assert_false(imports_thread_cancellation()); /* as it was found before */
        void *module = dlopen(CANCELLING_MODULE, RTLD_LAZY);
        assert_non_null(module);
        assert_true(imports_thread_cancellation());
        assert_true(imports_thread_cancellation());
        assert_int_equal(dlclose(module), 0);
    }
    assert_false(imports_thread_cancellation());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_module_that_comes_and_goes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
