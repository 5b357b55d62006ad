/* What counts in a fingerprint and what does not, one difference at a time. */
#include "golang/model/language.h"
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* A stack of one frame; what is NULL is unknown. */
struct place {
    const char *function, *linkage, *file, *module, *build_id;
    uint64_t offset, entry;
    const char *executable; /* NULL: /usr/bin/shop */
    bool go;
};

static struct snapshot_site site_of(const struct place *place)
{
    struct snapshot_builder *builder = builder_new();
    const char *executable = place->executable ? place->executable : "/usr/bin/shop";
    builder_program(builder)->executable = builder_string(builder, executable);
    builder_language(builder, place->go ? &go_language : &native_language);
    struct snapshot_frame frame = {
        .pc = 0x1000 + place->offset,
        .module_offset = place->offset,
        .entry_offset = place->entry,
        .function = builder_string(builder, place->function ? place->function : ""),
        .linkage = builder_string(builder, place->linkage ? place->linkage : ""),
        .file = builder_string(builder, place->file ? place->file : ""),
        .module = builder_string(builder, place->module ? place->module : executable),
        .build_id = builder_string(builder, place->build_id ? place->build_id : ""),
    };
    builder_stack(builder, &frame, 1, false);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(snapshot->site_count, 1);
    struct snapshot_site site = snapshot->sites[0];
    snapshot_free(snapshot);
    return site;
}

enum verdict {
    SAME,     /* one fingerprint, one site */
    SIBLINGS, /* one fingerprint, but two sites of one snapshot */
    OTHER
};

#define C(...)                                                                                     \
    {                                                                                              \
        .function = __VA_ARGS__                                                                    \
    }
#define CXX(...)                                                                                   \
    {                                                                                              \
        .linkage = __VA_ARGS__, .function = "run"                                                  \
    }
#define NAMELESS(...)                                                                              \
    {                                                                                              \
        .offset = __VA_ARGS__                                                                      \
    }
#define GO(...)                                                                                    \
    {                                                                                              \
        .go = true, .function = __VA_ARGS__                                                        \
    }

static const struct {
    struct place a, b;
    enum verdict verdict;
} cases[] = {
    /* Files: the base name counts, directories do not. */
    {C("handle", .file = "/src/users.c"), C("handle", .file = "/src/orders.c"), OTHER},
    {C("handle", .file = "/src/users.c"), C("handle", .file = "/home/ci/users.c"), SAME},
    {GO("main.f", .file = "/src/a.go"), GO("main.f", .file = "/src/b.go"), SAME},
    /* C++: the linker's name decides. */
    {CXX("_ZN4mail6Sender3runEv"), CXX("_ZN3pay6Biller3runEv"), OTHER},
    {CXX("_ZN4mail6Sender3runEv"), C("_ZN4mail6Sender3runEv"), SAME},
    {CXX("_Z3runi"), CXX("_Z3runl"), OTHER},
    {CXX("_ZZ3runvENKUlvE_clEv"), CXX("_ZZ3runvENKUlvE0_clEv"), SIBLINGS},
    {CXX("_ZZ3runvENKUlvE_clEv"), CXX("_ZZ4walkvENKUlvE_clEv"), OTHER},
    {CXX("_ZN1A2E13runEv"), CXX("_ZN1A2E23runEv"), OTHER},
    /* Rust: of the older names all but the hash, of which each copy of a generic has its own. */
    {CXX("_ZN4shop3add17h0123456789abcdefE"), CXX("_ZN4shop3add17hfedcba9876543210E"), SIBLINGS},
    {CXX("_ZN4shop3add17h0123456789abcdefE"), CXX("_ZN4shop3sub17h0123456789abcdefE"), OTHER},
    {CXX("_ZN4shop3add17h0123456789abcdxyE"), CXX("_ZN4shop3add17h0123456789abcdzwE"), OTHER},
    {CXX("_RNvNtCsa_4shop4cart3add"), CXX("_RNvNtCsa_4shop4cart3sub"), OTHER},
    /* Copies and pieces of functions that a compiler makes. */
    {C("leak"), C("leak.constprop.0"), SAME},
    {C("leak"), C("leak.part.0.isra.0"), SAME},
    {C("leak"), C("leak.cold"), SAME},
    {C("leak"), C("leak.lto_priv.0"), SAME},
    {C("leak"), C("leak.llvm.1234567890"), SAME},
    {C("leak"), C("leak.1"), SAME},
    {C("leak"), C("leak.more"), OTHER},
    {C("leak"), C("leak1"), OTHER},
    /* Modules: versions do not count, and the executable's own name does not. */
    {C("f", .module = "/lib/libfoo.so.1"), C("f", .module = "/opt/libfoo.so.1.2"), SAME},
    {C("f", .module = "/lib/libfoo.so.1"), C("f", .module = "/lib/libbar.so.1"), OTHER},
    {C("f"), C("f", .executable = "/usr/bin/shop-1.1"), SAME},
    {C("f"), C("f", .module = "/lib/libfoo.so"), OTHER},
    /* Without names: the function, or else the call, in one build. */
    {NAMELESS(16, .build_id = "aa"), NAMELESS(16, .build_id = "aa"), SAME},
    {NAMELESS(16, .build_id = "aa"), NAMELESS(48, .build_id = "aa"), OTHER},
    {NAMELESS(16, .build_id = "aa"), NAMELESS(16, .build_id = "bb"), OTHER},
    {NAMELESS(16, .entry = 8, .build_id = "aa"), NAMELESS(48, .entry = 8, .build_id = "aa"), SAME},
    {NAMELESS(16, .entry = 8, .build_id = "aa"), NAMELESS(16, .entry = 9, .build_id = "aa"), OTHER},
    /* Closures of Go are numbered. */
    {GO("main.two.func1"), GO("main.two.func3"), SIBLINGS},
    {GO("main.two.func1"), GO("main.three.func1"), OTHER},
    {GO("main.two.func1.2"), GO("main.two.func1.10"), SIBLINGS},
    {GO("main.two.func1.gowrap1"), GO("main.two.func2.gowrap12"), SIBLINGS},
    {GO("main.two.deferwrap1"), GO("main.two.deferwrap2"), SIBLINGS},
    {GO("main.two-range1"), GO("main.two-range2"), SIBLINGS},
    {GO("main.init.0"), GO("main.init.1"), SIBLINGS},
    {GO("glob..func1"), GO("glob..func2"), SIBLINGS},
    {GO("main.(*T).func1"), GO("main.(*U).func1"), OTHER},
    {GO("main.worker1"), GO("main.worker2"), OTHER},
    {GO("example.org/v2/a.f"), GO("example.org/v3/a.f"), OTHER},
    {GO("example.org/func1/a.f"), GO("example.org/func2/a.f"), OTHER},
    /* Only Go has them. */
    {C("two.func1"), C("two.func3"), OTHER},
};

static const char *name_of(const struct place *place)
{
    return place->linkage ? place->linkage : place->function ? place->function : "no name";
}

static void one_difference_at_a_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct snapshot_site a = site_of(&cases[i].a), b = site_of(&cases[i].b);
        bool one_fingerprint = a.fingerprint == b.fingerprint, one_site = a.identity == b.identity;
        enum verdict verdict = !one_fingerprint ? OTHER : one_site ? SAME : SIBLINGS;
        if (verdict != cases[i].verdict)
            fail_msg("row %zu, %s and %s: %d", i, name_of(&cases[i].a), name_of(&cases[i].b),
                     verdict);
    }
}

static void what_is_not_identified(void **state)
{
    (void)state;
    assert_true(site_of(&(struct place){.function = "f"}).identified);
    assert_true(site_of(&(struct place){.offset = 16, .build_id = "aa"}).identified);
    assert_false(site_of(&(struct place){.offset = 16}).identified);
}

static uint64_t fingerprint_of(const char *const *functions, size_t count, const char *c_library)
{
    struct snapshot_builder *builder = builder_new();
    struct snapshot_frame frames[8];
    assert_true(count < 8);
    for (size_t i = 0; i < count; i++)
        frames[i] = (struct snapshot_frame){
            .pc = i + 1,
            .function = builder_string(builder, functions[i]),
            .module = builder_string(builder, functions[i][0] ? "/usr/bin/shop" : c_library)};
    builder_stack(builder, frames, count, false);
    struct snapshot *snapshot = builder_finish(builder);
    uint64_t fingerprint = snapshot->sites[0].fingerprint;
    snapshot_free(snapshot);
    return fingerprint;
}

/* Whether the C library has names for its own functions depends on the machine. */
static void how_the_c_library_starts_things_does_not_count(void **state)
{
    (void)state;
    static const char *const bare[] = {"serve", "main"},
                             *const named[] = {"serve", "main", "__libc_start_call_main",
                                               "__libc_start_main_impl", "_start"},
                             *const nameless[] = {"serve", "main", "", "_start"};
    uint64_t fingerprint = fingerprint_of(bare, 2, "");
    assert_true(fingerprint_of(named, 5, "") == fingerprint);
    assert_true(fingerprint_of(nameless, 4, "/lib/x86_64-linux-gnu/libc.so.6") == fingerprint);
    assert_true(fingerprint_of(nameless, 4, "/lib/libshop.so.6") != fingerprint);
}

/* What a standard library does inside of its functions is not the program's. */
static void what_is_inside_of_standard_libraries_does_not_count(void **state)
{
    (void)state;
    static const char *const short_way[] = {"std::mutex::lock", "serve", "std::invoke", "main"},
                             *const long_way[] = {"__gthread_mutex_lock", "",
                                                  "std::mutex::lock",     "serve",
                                                  "std::invoke",          "main"},
                             *const other[] = {"std::mutex::lock", "serve", "main"},
                             *const all[] = {"__gthread_mutex_lock", "std::mutex::lock"};
    const char *library = "/usr/lib/x86_64-linux-gnu/libglib-2.0.so.0";
    uint64_t fingerprint = fingerprint_of(short_way, 4, "");
    assert_true(fingerprint_of(long_way, 6, library) == fingerprint);
    assert_true(fingerprint_of(long_way, 6, "/usr/lib/libcurl.so.4") != fingerprint);
    assert_true(fingerprint_of(other, 3, "") != fingerprint);
    assert_true(fingerprint_of(all, 2, "") != fingerprint_of(all, 1, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_difference_at_a_time),
        cmocka_unit_test(what_is_not_identified),
        cmocka_unit_test(how_the_c_library_starts_things_does_not_count),
        cmocka_unit_test(what_is_inside_of_standard_libraries_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
