/*
 * The table of modules follows what is loaded and unloaded, and every change is a generation.
 */
#include "lone_child.h"
#include "module_log.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.so", PLUGINS, name);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail_msg("%s", dlerror());
    return library;
}

static uint64_t address_in(void *library)
{
    void *symbol = dlsym(library, "plugin_call");
    assert_non_null(symbol);
    return (uint64_t)(uintptr_t)symbol;
}

static void all_modules_are_reported(void **state)
{
    (void)state;
    assert_int_equal(modules_generation(), 0);
    assert_true(modules_listen(log_module, NULL));
    assert_true(modules_generation() >= 1);
    const struct module *libc = logged_path("/libc.so.6");
    assert_non_null(libc);
    assert_true(libc->build_id_length >= 16);
    assert_in_range((uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), libc->begin,
                    libc->end);
    /* The address in the file, by the symbol that the file gives for the place. */
    Dl_info info;
    assert_int_not_equal(dladdr((void *)(uintptr_t)libc->begin, &info), 0);
    assert_int_equal((uint64_t)(uintptr_t)info.dli_fbase, libc->begin);

    char executable[SEGMENT_MODULE_PATH_BYTES] = {0};
    assert_true(readlink("/proc/self/exe", executable, sizeof executable - 1) > 0);
    const struct module *self =
        logged_module((uint64_t)(uintptr_t)&all_modules_are_reported, modules_generation());
    assert_non_null(self);
    assert_string_equal(self->path, executable);
    assert_int_equal(self->number, 1);
}

static void looking_again_changes_nothing(void **state)
{
    (void)state;
    uint64_t generation = modules_refresh();
    uint32_t end = module_log_end;
    for (int i = 0; i < 100; i++)
        assert_int_equal(modules_refresh(), generation);
    assert_int_equal(module_log_end, end);
}

static void loading_and_unloading_are_generations(void **state)
{
    (void)state;
    uint64_t before = modules_refresh();
    void *library = load("plugin_one");
    uint64_t address = address_in(library);
    assert_null(logged_path("/plugin_one.so"));
    uint64_t during = modules_refresh();
    assert_int_equal(during, before + 1);
    const struct module *module = logged_path("/plugin_one.so");
    assert_non_null(module);
    assert_int_equal(module->loaded, during);
    assert_int_equal(module->unloaded, 0);
    assert_ptr_equal(logged_module(address, during), module);
    assert_null(logged_module(address, before));

    struct module found;
    assert_int_equal(modules_find(address, &found), during);
    assert_int_equal(found.number, module->number);
    assert_memory_equal(found.build_id, module->build_id, sizeof found.build_id);

    assert_int_equal(dlclose(library), 0);
    uint64_t after = modules_refresh();
    assert_int_equal(after, during + 1);
    assert_int_equal(module->unloaded, after);
    assert_null(logged_module(address, after));
    assert_int_equal(modules_find(address, &found), after);
    assert_int_equal(found.number, 0);
}

static void replaced_between_two_looks(const char *first, const char *second)
{
    void *library = load(first);
    uint64_t address = address_in(library), generation = modules_refresh();
    const struct module *old = logged_module(address, generation);
    dlclose(library);
    library = load(second);
    assert_int_equal(address_in(library), address);
    uint64_t next = modules_refresh();
    assert_int_equal(next, generation + 1);
    assert_ptr_equal(logged_module(address, generation), old);
    assert_non_null(strstr(old->path, first));
    assert_non_null(strstr(logged_module(address, next)->path, second));
    dlclose(library);
    modules_refresh();
}

static void another_library_at_the_same_place(void **state)
{
    (void)state;
    replaced_between_two_looks("plugin_one", "plugin_two");
    replaced_between_two_looks("plugin_anonymous_one", "plugin_anonymous_wide");
    /* A file may be another when it is loaded again, if it has no build id to tell. */
    replaced_between_two_looks("plugin_anonymous_one", "plugin_anonymous_one");
}

static void same_library_again_is_the_same_module(void **state)
{
    (void)state;
    void *library = load("plugin_one");
    uint64_t address = address_in(library), generation = modules_refresh();
    dlclose(library);
    library = load("plugin_one");
    assert_int_equal(address_in(library), address);
    assert_int_equal(modules_refresh(), generation);
    dlclose(library);
    modules_refresh();
}

static void what_is_never_unloaded_is_permanent(void **state)
{
    (void)state;
    struct module_identity identity;
    assert_true(modules_identify((uint64_t)(uintptr_t)&load, &identity));
    assert_true(identity.permanent);
    assert_true(modules_identify((uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version"),
                                 &identity));
    assert_true(identity.permanent);
    void *library = load("plugin_one");
    assert_true(modules_identify(address_in(library), &identity));
    assert_false(identity.permanent);
    dlclose(library);
    library = load("plugin_anonymous_one");
    assert_true(modules_identify(address_in(library), &identity));
    assert_false(identity.permanent);
    assert_int_equal(identity.build_id_at, 0);
    dlclose(library);
    assert_false(modules_identify(8, &identity));
}

static void identity_tells_libraries_apart(void **state)
{
    (void)state;
    struct module_identity one, two;
    void *library = load("plugin_one");
    uint64_t address = address_in(library);
    assert_true(modules_identify(address, &one));
    assert_true(module_is_live(&one, address));
    dlclose(library);
    library = load("plugin_two");
    assert_int_equal(address_in(library), address);
    assert_false(module_is_live(&one, address));
    uint64_t generation = modules_generation();
    assert_true(modules_identify(address, &two));
    assert_true(modules_generation() > generation);
    assert_true(module_is_live(&two, address));
    dlclose(library);
    library = load("plugin_one");
    assert_true(module_is_live(&one, address));
    assert_false(module_is_live(&two, address));
    dlclose(library);
}

/* Libraries of a name that the program does not need by that name come first and last. */
static void hundreds_of_changes(void **state)
{
    (void)state;
    const char *const names[] = {"plugin_one", "plugin_two", "plugin_wide"};
    for (int i = 0; i < 100; i++) {
        void *library = load(names[i % 3]);
        uint64_t address = address_in(library);
        const struct module *module = logged_module(address, modules_refresh());
        assert_non_null(strstr(module->path, names[i % 3]));
        dlclose(library);
    }
    assert_int_equal(modules_lost(), 0);
}

static void a_new_listener_hears_of_all(void **state)
{
    (void)state;
    modules_refresh();
    uint32_t end = module_log_end;
    memset(module_log, 0, sizeof module_log);
    assert_true(modules_listen(log_module, NULL));
    assert_int_equal(module_log_end, end);
    assert_non_null(logged_path("/libc.so.6"));
    assert_null(logged_path("/plugin_one.so"));
}

static _Atomic bool stop;

static void *look_all_the_time(void *unused)
{
    struct module module;
    while (!stop) {
        modules_refresh();
        modules_find((uint64_t)(uintptr_t)&stop, &module);
    }
    return unused;
}

static int count_one(struct dl_phdr_info *info, size_t size, void *count)
{
    (void)info;
    (void)size;
    ++*(int *)count;
    return 0;
}

/* The loader's lock would stay locked for ever in a child whose parent's other thread held it. */
static void a_look_in_another_thread_survives_fork(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, look_all_the_time, NULL), 0);
    for (int i = 0; i < 300; i++) {
        pid_t child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0) {
            int count = 0;
            dl_iterate_phdr(count_one, &count);
            _exit(count > 2 && modules_refresh() ? 0 : 1);
        }
        assert_int_equal(status_of_lone_child(child), 0);
    }
    stop = true;
    pthread_join(thread, NULL);
}

/* ---- somebody who is at the table for long, as on a machine without time for it ---- */

enum { LONG_MS = 400 }; /* longer than a fork waits for those who may wait for it themselves */

static _Atomic bool at_the_table;

static void take_long(const struct module *module, void *unused)
{
    log_module(module, unused);
    if (!at_the_table) {
        at_the_table = true;
        usleep(LONG_MS * 1000);
    }
}

static void *look_once(void *unused)
{
    modules_refresh();
    return unused;
}

static void a_fork_waits_for_who_is_at_the_table(void **state)
{
    (void)state;
    pthread_t thread;
    at_the_table = true;
    assert_true(modules_listen(take_long, NULL));
    void *library = load("plugin_one");
    at_the_table = false;
    assert_int_equal(pthread_create(&thread, NULL, look_once, NULL), 0);
    while (!at_the_table)
        sched_yield();
    pid_t child = fork();
    assert_int_not_equal(child, -1);
    if (child == 0) {
        int count = 0, status;
        dl_iterate_phdr(count_one, &count);
        /* Nor is anything kept that the other thread had, which is not here. */
        pid_t grandchild = fork();
        if (grandchild == 0)
            _exit(0);
        _exit(count > 2 && modules_refresh() && waitpid(grandchild, &status, 0) == grandchild ? 0
                                                                                              : 1);
    }
    assert_int_equal(status_of_lone_child(child), 0);
    pthread_join(thread, NULL);
    dlclose(library);
    assert_true(modules_listen(log_module, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_modules_are_reported),
        cmocka_unit_test(looking_again_changes_nothing),
        cmocka_unit_test(loading_and_unloading_are_generations),
        cmocka_unit_test(another_library_at_the_same_place),
        cmocka_unit_test(same_library_again_is_the_same_module),
        cmocka_unit_test(what_is_never_unloaded_is_permanent),
        cmocka_unit_test(identity_tells_libraries_apart),
        cmocka_unit_test(hundreds_of_changes),
        cmocka_unit_test(a_new_listener_hears_of_all),
        cmocka_unit_test(a_fork_waits_for_who_is_at_the_table),
        cmocka_unit_test(a_look_in_another_thread_survives_fork),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
