/*
 * Which frame of a stack is shown: the innermost that is the program's own, and what else if none.
 */
#include "golang/model/language.h"
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MOST_FRAMES 8
#define PROGRAM     "/usr/bin/shop"

/* "function", "function|file", "function|file|module" or "function|file|module|linkage" each. */
struct stack {
    bool go;
    const char *frames[MOST_FRAMES]; /* innermost first */
    const char *shown;
};

static const struct stack stacks[] = {
    {true,
     {"runtime.gopark", "sync.runtime_notifyListWait", "sync.(*Cond).Wait", "main.(*queue).get",
      "main.worker"},
     "main.(*queue).get"},
    {true,
     {"sync.(*Mutex).lockSlow", "internal/sync.(*Mutex).Lock", "database/sql.(*DB).conn",
      "example.org/shop/store.(*Orders).Find", "main.main"},
     "example.org/shop/store.(*Orders).Find"},
    {true,
     {"sync.(*WaitGroup).Wait", "golang.org/x/sync/errgroup.(*Group).Wait", "main.main"},
     "golang.org/x/sync/errgroup.(*Group).Wait"},
    {true,
     {"vendor/golang.org/x/net/http2/hpack.Read", "net/http.(*conn).serve", "main.handle"},
     "main.handle"},
    /* Nothing of the program's own: what the goroutine was started with. */
    {true,
     {"internal/poll.(*FD).Read", "net.(*conn).Read", "net/http.(*persistConn).readLoop"},
     "net/http.(*persistConn).readLoop"},
    {true, {"runtime.gopark", "runtime.bgsweep"}, "runtime.gopark"},
    /* Names that only begin like those of the standard library. */
    {true, {"syncer.Run", "main.main"}, "syncer.Run"},
    {true, {"network/poll.Wait", "main.main"}, "network/poll.Wait"},
    {true, {"net.example.org/poll.Wait", "main.main"}, "net.example.org/poll.Wait"},

    {false,
     {"__gthread_mutex_lock|/usr/include/x86_64-linux-gnu/c++/14/bits/gthr-default.h",
      "std::mutex::lock|/usr/include/c++/14/bits/std_mutex.h",
      "std::lock_guard<std::mutex>::lock_guard|/usr/include/c++/14/bits/std_mutex.h",
      "shop::Cart::add|/src/cart.cc", "main|/src/main.cc"},
     "shop::Cart::add"},
    {false,
     {"___pthread_mutex_lock||/lib/x86_64-linux-gnu/libc.so.6", "transfer|bank.c"},
     "transfer"},
    {false, {"pthread_cond_wait||/usr/bin/static-program", "worker"}, "worker"},
    {false, {"_ZNSt5mutex4lockEv", "_ZN4shop4Cart3addEv"}, "_ZN4shop4Cart3addEv"},
    {false, {"ctxt_wait", "serve|serve.c"}, "serve"},
    /* Of the static library, by the folder. */
    {false,
     {"lock_wait|/src/libctxtrace/base/lock.c", "stack_here|/src/libctxtrace/record/stacks.c",
      "tree_end|/src/libctxtrace/runtime/tree.c", "serve|serve.c"},
     "serve"},
    {false, {"|/src/a.c|/opt/shop/lib/libfoo.so", "main"}, ""},
    /* Libraries of the system, and what only looks like one. */
    {false,
     {"|/src/a.c|/usr/lib/x86_64-linux-gnu/libglib-2.0.so.0",
      "g_mutex_lock||/usr/lib/libglib-2.0.so.0", "serve", "main"},
     "serve"},
    {false, {"curl_easy_perform||/usr/lib/x86_64-linux-gnu/libcurl.so.4", "fetch"}, "fetch"},
    {false, {"ssl_read||/lib64/glibc-hwcaps/x86-64-v3/libssl.so.3", "fetch"}, "fetch"},
    {false, {"parse||/usr/lib/x86_64-linux-gnu/shop/libparse.so", "fetch"}, "parse"},
    {false, {"parse||/home/me/lib/libparse.so", "fetch"}, "parse"},
    {false,
     {"pthread_join||/lib/x86_64-linux-gnu/libc.so.6", "av_wait||/usr/lib/libavcodec.so.59",
      "g_thread_proxy||/usr/lib/libglib-2.0.so.0", "start_thread||/lib/libc.so.6"},
     "av_wait"},
    {false,
     {"SHOP_list::lock|/usr/include/shop/list.hpp", "shop::Cart::add|/src/cart.cc"},
     "shop::Cart::add"},
    /* Rust; a namespace of C++ may have the name of one of its crates. */
    {false,
     {"std::sync::poison::mutex::Mutex<T>::lock||" PROGRAM
      "|_RNvMs4_NtNtNtCsa_3std4sync6poison5mutexNtB5_5Mutex4lock",
      "<core::Thing as core::Other>::call||" PROGRAM "|_RNvXs_NtCsb_4core3opsNtB4_5Other4call",
      "shop::cart::add||" PROGRAM "|_RNvNtCsc_4shop4cart3add"},
     "shop::cart::add"},
    {false,
     {"core::sync::lock|/rustc/0123456789abcdef/library/core/src/sync.rs", "shop::cart::add"},
     "shop::cart::add"},
    {false,
     {"core::ops::function::FnOnce::call_once||" PROGRAM
      "|_ZN4core3ops8function6FnOnce9call_once17h2bfb280c4cf61ed6E",
      "shop::cart::add"},
     "shop::cart::add"},
    {false, {"core::Engine::run||" PROGRAM "|_ZN4core6Engine3runEv", "main"}, "core::Engine::run"},
    {false,
     {"poll||/lib/x86_64-linux-gnu/libc.so.6", "clone3||/lib/x86_64-linux-gnu/libc.so.6"},
     "poll"},
};

static void the_programs_own_frame_is_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
        const struct stack *stack = &stacks[i];
        struct snapshot_builder *builder = builder_new();
        struct snapshot_frame frames[MOST_FRAMES];
        size_t count = 0;
        builder_language(builder, stack->go ? &go_language : &native_language);
        builder_program(builder)->executable = builder_string(builder, PROGRAM);
        for (; count < MOST_FRAMES && stack->frames[count]; count++) {
            char text[512], *rest = text;
            assert_true(strlen(stack->frames[count]) < sizeof text);
            strcpy(text, stack->frames[count]);
            const char *function = strsep(&rest, "|"), *file = strsep(&rest, "|"),
                       *module = strsep(&rest, "|");
            frames[count] = (struct snapshot_frame){
                .pc = count + 1,
                .function = builder_string(builder, function),
                .file = builder_string(builder, file ? file : ""),
                .linkage = builder_string(builder, rest ? rest : ""),
                .module = builder_string(builder, module && module[0] ? module : PROGRAM)};
        }
        uint32_t index = builder_stack(builder, frames, count, false);
        struct snapshot *snapshot = builder_finish(builder);
        assert_string_equal(snapshot_text(snapshot, snapshot_top_frame(snapshot, index)->function),
                            stack->shown);
        snapshot_free(snapshot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_programs_own_frame_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
