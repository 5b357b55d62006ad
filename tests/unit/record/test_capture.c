/*
 * Stacks of many shapes: what is captured, by walking and by recognising, is what libunwind finds.
 */
#include "record/capture_layout.h"
#include "record/capture_rules.h"
#include "stack_truth.h"

#include <alloca.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef __clang__
#define UNOPTIMISED   __attribute__((noinline, optnone))
#define FRAME_POINTER __attribute__((noinline, optnone))
#define REALIGNED     __attribute__((noinline))
#else
#define UNOPTIMISED   __attribute__((noinline, optimize("O0")))
#define FRAME_POINTER __attribute__((noinline, optimize("no-omit-frame-pointer")))
#define REALIGNED     __attribute__((noinline, force_align_arg_pointer))
#endif
#define PLAIN __attribute__((noinline, noclone))
#ifdef __clang__
#undef PLAIN
#define PLAIN __attribute__((noinline))
#endif

#pragma GCC diagnostic ignored "-Wvla"

static volatile unsigned sink;

typedef void continuation(unsigned depth);

/* ---- shapes: each calls `next` and does something afterwards ---- */

PLAIN static void through_plain(continuation *next, unsigned depth)
{
    next(depth);
    sink++;
}

UNOPTIMISED static void through_unoptimised(continuation *next, unsigned depth)
{
    volatile char pad[100];
    pad[0] = (char)depth;
    next(depth);
    sink += (unsigned)pad[0];
}

FRAME_POINTER static void through_frame_pointer(continuation *next, unsigned depth)
{
    next(depth);
    sink++;
}

PLAIN static void through_alloca(continuation *next, unsigned depth)
{
    volatile char *pad = alloca(depth % 7 * 40 + 1);
    pad[0] = 1;
    next(depth);
    sink += (unsigned)pad[0];
}

PLAIN static void through_vla(continuation *next, unsigned depth)
{
    volatile char pad[depth % 5 * 64 + 1];
    pad[0] = 1;
    next(depth);
    sink += (unsigned)pad[0];
}

REALIGNED static void through_realigned(continuation *next, unsigned depth)
{
    _Alignas(64) volatile char pad[128];
    volatile char *more = alloca(depth % 3 * 16 + 1);
    pad[0] = 1;
    more[0] = 1;
    next(depth);
    sink += (unsigned)pad[0] + (unsigned)more[0];
}

PLAIN static void through_large(continuation *next, unsigned depth)
{
    volatile char pad[30000];
    pad[0] = 1;
    next(depth);
    sink += (unsigned)pad[0];
}

/* So many values live across the call that all registers are saved, the frame pointer's too. */
PLAIN static void through_registers(continuation *next, unsigned depth)
{
    unsigned a = sink, b = sink, c = sink, d = sink, e = sink, f = sink, g = sink;
    next(depth);
    sink += a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7;
}

static continuation *qsort_next;
static unsigned qsort_depth;
static bool qsort_done;

static int compare(const void *a, const void *b)
{
    if (!qsort_done) {
        qsort_done = true;
        qsort_next(qsort_depth);
    }
    return *(const int *)a - *(const int *)b;
}

PLAIN static void through_qsort(continuation *next, unsigned depth)
{
    int numbers[] = {3, 1, 2, 5, 4};
    qsort_next = next;
    qsort_depth = depth;
    qsort_done = false;
    qsort(numbers, 5, sizeof numbers[0], compare);
}

static void (*const shapes[])(continuation *, unsigned) = {
    through_plain,     through_unoptimised, through_frame_pointer, through_alloca, through_vla,
    through_realigned, through_large,       through_registers,     through_qsort};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static void check(unsigned depth)
{
    (void)depth;
    assert_stack_is_true(NULL);
}

static void each_shape_is_captured(void **state)
{
    (void)state;
    forget_interned();
    for (unsigned i = 0; i < SHAPES; i++)
        for (unsigned depth = 0; depth < 20; depth++)
            shapes[i](check, depth);
}

/* Walks through all shapes in an order that depends on the depth, then checks. */
static void nested(unsigned depth)
{
    if (depth == 0)
        check(0);
    else
        shapes[(depth * 7 + depth / 3) % SHAPES](nested, depth - 1);
}

static void nested_shapes_are_captured(void **state)
{
    (void)state;
    forget_interned();
    for (unsigned depth = 0; depth < 30; depth++)
        nested(depth);
}

static void same_stack_is_interned_once(void **state)
{
    (void)state;
    forget_interned();
    uint32_t first = 0;
    for (volatile int i = 0; i < 1000; i++) {
        uint32_t reference = capture_stack_reference(NULL, intern);
        if (i == 0)
            first = reference;
        assert_int_equal(reference, first);
    }
    assert_int_equal(atomic_load(&interned_count), 1);
}

/* The rules that the shapes are there for are met, and known: no shape falls back to libunwind. */
static void every_compiled_frame_has_a_rule(void **state)
{
    (void)state;
    struct captured_stack stack;
    capture_stack(&stack, CAPTURE_MAX_FRAMES);
    assert_true(stack.count > 4);
#ifdef __x86_64__
    for (uint32_t i = 0; i < stack.count; i++) {
        packed_rule rule = rules_get(stack.addresses[i]);
        assert_int_not_equal(rule, 0);
        assert_in_range(rule_kind(rule), UNWIND_END, UNWIND_REALIGNED);
        assert_true(rule & RULE_PERMANENT);
    }
    assert_int_equal(rule_kind(rules_get(stack.addresses[stack.count - 1])), UNWIND_END);
#endif
}

static struct captured_stack captured;

static void capture_it(unsigned depth)
{
    (void)depth;
    capture_stack(&captured, CAPTURE_MAX_FRAMES);
}

static void shapes_are_walked_by_rules(void **state)
{
    (void)state;
#ifdef __x86_64__
    bool kinds[RULE_KIND_MASK + 1] = {false};
    for (unsigned i = 0; i < SHAPES; i++) {
        shapes[i](capture_it, 3);
        for (uint32_t k = 0; k < captured.count; k++)
            kinds[rule_kind(rules_get(captured.addresses[k]))] = true;
    }
    assert_false(kinds[0] || kinds[UNWIND_UNKNOWN]);
    assert_true(kinds[UNWIND_SP] && kinds[UNWIND_BP] && kinds[UNWIND_END]);
#ifndef __clang__
    assert_true(kinds[UNWIND_REALIGNED]);
#endif
#endif
}

/* ---- stacks that agree in their innermost frames ---- */

static unsigned recursion_site;

PLAIN static void recurse(unsigned depth)
{
    if (depth == 0)
        assert_stack_is_true(&recursion_site);
    else if (depth % 3)
        through_plain(recurse, depth - 1);
    else
        recurse(depth - 1);
    sink++;
}

static void recursion_to_all_depths(void **state)
{
    (void)state;
    forget_interned();
    int rounds = thrice;
    for (int round = 0; round < rounds; round++)
        for (unsigned depth = 0; depth < 120; depth++)
            recurse(depth);
    /* Each depth is another stack as long as the frames fit. */
    assert_in_range(atomic_load(&interned_count), 40, 120);
}

PLAIN static void left(continuation *next, unsigned bits)
{
    next(bits);
    sink++;
}

PLAIN static void right(continuation *next, unsigned bits)
{
    next(bits);
    sink += 2;
}

/* A path of left and right, given by the bits of its argument below the leading 1. */
static void path(unsigned bits)
{
    if (bits == 1)
        assert_stack_is_true(NULL);
    else if (bits & 1)
        left(path, bits >> 1);
    else
        right(path, bits >> 1);
}

static void all_paths_of_a_tree_of_calls(void **state)
{
    (void)state;
    forget_interned();
    int rounds = thrice;
    for (int round = 0; round < rounds; round++)
        for (unsigned bits = 256; bits < 512; bits++)
            path(bits);
    /* Some are forgotten when they compete for a place: that depends on load addresses. */
    assert_in_range(atomic_load(&interned_count), 256, 512);
}

/* ---- truncation ---- */

static void limited(unsigned depth)
{
    (void)depth;
    void *truth[TRUTH_MAX_FRAMES];
    int count = unw_backtrace(truth, TRUTH_MAX_FRAMES);
    for (unsigned limit = 1; limit <= CAPTURE_MAX_FRAMES; limit++) {
        struct captured_stack stack;
        capture_stack(&stack, limit);
        unsigned expected = (unsigned)count < limit ? (unsigned)count : limit;
        assert_int_equal(stack.count, expected);
        assert_int_equal(stack.truncated, (unsigned)count > limit);
        for (unsigned i = 1; i < expected; i++)
            assert_int_equal(stack.addresses[i], (uint64_t)(uintptr_t)truth[i]);
    }
}

static void no_more_frames_than_asked_for(void **state)
{
    (void)state;
    limited(0);
    through_large(limited, 0);
    through_qsort(limited, 0);
}

/* ---- calls that do not return ---- */

static jmp_buf back;

__attribute__((noreturn, noinline)) static void leave_by_jump(void)
{
    assert_stack_is_true(NULL);
    longjmp(back, 1);
}

/* The call is the last instruction, so the return address is another function's. */
PLAIN static void ends_in_call(void)
{
    sink++;
    leave_by_jump();
}

#ifdef __x86_64__
/* Behind the call begins another block, with a smaller frame by its rules. */
void call_before_another_block(void (*function)(void));
__asm__(".text\n"
        ".type call_before_another_block, @function\n"
        "call_before_another_block:\n"
        "    .cfi_startproc\n"
        "    sub $40, %rsp\n"
        "    .cfi_adjust_cfa_offset 40\n"
        "    call *%rdi\n"
        "    .cfi_adjust_cfa_offset -16\n"
        "    ud2\n"
        "    .cfi_endproc\n"
        ".size call_before_another_block, . - call_before_another_block\n");
#else
static void call_before_another_block(void (*function)(void))
{
    function();
}
#endif

static void calls_that_do_not_return(void **state)
{
    (void)state;
    forget_interned();
    for (volatile int i = 0; i < 3; i++) {
        if (setjmp(back) == 0)
            ends_in_call();
        if (setjmp(back) == 0)
            call_before_another_block(leave_by_jump);
        assert_stack_is_true(NULL);
    }
}

/* ---- stacks that look like others ---- */

#ifdef __x86_64__
enum { COPY_MAX = 1 << 16 };

extern void *__libc_stack_end;

static char stack_copy[COPY_MAX];
static size_t copy_size, copy_distance; /* from the frame's lower end */
static void (*copied_capture)(void);

__attribute__((no_sanitize("address", "thread"))) static void
copy_words(volatile uint64_t *to, const volatile uint64_t *from, size_t size)
{
    for (size_t i = 0; i < size / 8; i++)
        to[i] = from[i];
}

/*
 * Captures in a frame of variable size. At first it keeps a copy of the stack from its frame
 * pointer to the end. When called with a larger frame, it puts the copy where that part of the
 * stack was at first, as seen from the frame's lower end: if only return addresses were compared,
 * the stack would be taken for the first one.
 */
FRAME_POINTER __attribute__((no_sanitize("address", "thread"))) static void
capture_beneath_copy(bool first)
{
    char *end = __libc_stack_end, *frame = __builtin_frame_address(0);
    size_t size = first ? 64 : 64 + (size_t)(end - frame) + 4096;
    char *area = alloca(size);
    if (first) {
        copy_size = (size_t)(end - frame) & ~(size_t)7;
        copy_distance = (size_t)(frame - area);
        assert_true(copy_size <= COPY_MAX);
        copy_words((uint64_t *)(void *)stack_copy, (const uint64_t *)(void *)frame, copy_size);
    } else {
        assert_true(copy_distance + copy_size <= size);
        copy_words((uint64_t *)(void *)(area + copy_distance), (const uint64_t *)(void *)stack_copy,
                   copy_size);
    }
    copied_capture();
    sink += (unsigned)area[0];
}

PLAIN static void from_one_place(bool first)
{
    capture_beneath_copy(first);
    sink++;
}

PLAIN static void from_another_place(bool first)
{
    capture_beneath_copy(first);
    sink += 2;
}

static uint32_t reference_beneath_copy;

PLAIN static void capture_at_once(void)
{
    reference_beneath_copy = capture_stack_reference(NULL, intern);
    sink++;
}

/* Pushes the frame pointer, so that it is no longer in its register. */
FRAME_POINTER static void capture_through_frame(void)
{
    capture_at_once();
    sink++;
}

static void copies_of_a_stack_are_not_taken_for_it(void **state)
{
    (void)state;
    void (*const captures[])(void) = {capture_at_once, capture_through_frame};
    for (unsigned i = 0; i < 2; i++) {
        forget_interned();
        copied_capture = captures[i];
        from_one_place(true);
        uint32_t one = reference_beneath_copy;
        from_another_place(false);
        uint32_t another = reference_beneath_copy;
        assert_int_not_equal(one, another);
        const struct interned_stack *a = interned_at(one), *b = interned_at(another);
        assert_int_equal(a->count, b->count);
        assert_int_not_equal(a->addresses[i + 2], b->addresses[i + 2]);
    }
}

/* Two captures in the same frame; the stacks differ in the first address only. */
PLAIN static void capture_twice(const void *first_site, const void *second_site,
                                uint64_t addresses[2])
{
    addresses[0] = interned_at(capture_stack_reference(first_site, intern))->addresses[0];
    addresses[1] = interned_at(capture_stack_reference(second_site, intern))->addresses[0];
}

/* The site may be anything, also what makes the key of one place that of the other. */
static void keys_that_collide_are_not_taken_for_the_same(void **state)
{
    (void)state;
    const void *sites[2] = {NULL, NULL};
    uint64_t addresses[2], colliding[2];
    forget_interned();
    for (volatile int round = 0; round < 2; round++) {
        uint64_t *found = round ? colliding : addresses;
        capture_twice(sites[0], sites[1], found);
        uint64_t difference = found[0] ^ found[1];
        uint64_t site = difference ^ difference << 20 ^ difference << 40 ^ difference << 60;
        assert_int_equal(layout_first_key(found[0], 0), layout_first_key(found[1], site));
        sites[1] = (const void *)(uintptr_t)site;
        if (round == 0)
            forget_interned();
    }
    assert_memory_equal(colliding, addresses, sizeof addresses);
}

static void layouts_that_are_being_written_are_not_used(void **state)
{
    (void)state;
    forget_interned();
    uint32_t references[4];
    for (volatile int i = 0; i < 4; i++) {
        references[i] = capture_stack_reference(NULL, intern);
        for (unsigned set = 0; set < 1 << LAYOUT_SET_BITS; set++)
            for (unsigned way = 0; way < LAYOUT_WAYS; way++)
                layouts[set][way].sequence += i == 1 || i == 2;
    }
    assert_int_equal(references[1], references[0]);
    assert_int_not_equal(references[2], references[1]);
    assert_int_equal(references[3], references[1]);
}
#endif

/* ---- signals ---- */

static uint64_t interrupted_at;
static struct captured_stack in_handler;
static uint32_t reference_in_handler;

static void handle(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
#ifdef __x86_64__
    interrupted_at = (uint64_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#endif
    capture_stack(&in_handler, CAPTURE_MAX_FRAMES);
    reference_in_handler = capture_stack_reference(NULL, intern);
}

static void install(int number, int flags)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | flags};
    assert_int_equal(sigaction(number, &action, NULL), 0);
}

static void assert_handlers_stack(const uint64_t *addresses, uint32_t count,
                                  const struct captured_stack *outside)
{
    assert_true(count > outside->count);
    uint32_t inner = count - outside->count;
    /* All that was there before the signal is there, but for where exactly the innermost is. */
    for (uint32_t i = 1; i < outside->count; i++)
        assert_int_equal(addresses[inner + i], outside->addresses[i]);
#ifdef __x86_64__
    bool found = false;
    for (uint32_t i = 0; i < inner; i++)
        found |= addresses[i] == interrupted_at + 1;
    assert_true(found);
#endif
}

static void captures_in_signal_handlers(void **state)
{
    (void)state;
    forget_interned();
    stack_t alternate = {.ss_sp = malloc(SIGSTKSZ * 4), .ss_size = (size_t)SIGSTKSZ * 4};
    assert_int_equal(sigaltstack(&alternate, NULL), 0);
    install(SIGUSR1, 0);
    install(SIGUSR2, SA_ONSTACK);
    for (int number = 0; number < 2; number++) {
        struct captured_stack outside;
        capture_stack(&outside, CAPTURE_MAX_FRAMES);
        raise(number ? SIGUSR2 : SIGUSR1);
        assert_handlers_stack(in_handler.addresses, in_handler.count, &outside);
        const struct interned_stack *stack = interned_at(reference_in_handler);
        assert_handlers_stack(stack->addresses, stack->count, &outside);
    }
    stack_t none = {.ss_flags = SS_DISABLE};
    assert_int_equal(sigaltstack(&none, NULL), 0);
    free(alternate.ss_sp);
}

/* ---- coroutines ---- */

enum { COROUTINES = 8, COROUTINE_STACK = 256 * 1024 };

static ucontext_t main_context, coroutine_contexts[COROUTINES];
static uint32_t coroutine_references[COROUTINES];

static void coroutine(int index)
{
    for (int round = 0; round < 3; round++) {
        coroutine_references[index] = assert_stack_is_true(NULL);
        nested(12);
        swapcontext(&coroutine_contexts[index], &main_context);
    }
}

static void coroutines_have_stacks_of_their_own(void **state)
{
    (void)state;
    forget_interned();
    char *stacks[COROUTINES];
    for (int i = 0; i < COROUTINES; i++) {
        stacks[i] =
            mmap(NULL, COROUTINE_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(stacks[i], MAP_FAILED);
        getcontext(&coroutine_contexts[i]);
        coroutine_contexts[i].uc_stack = (stack_t){.ss_sp = stacks[i], .ss_size = COROUTINE_STACK};
        coroutine_contexts[i].uc_link = &main_context;
        makecontext(&coroutine_contexts[i], (void (*)(void))(void *)coroutine, 1, i);
    }
    for (int round = 0; round < 4; round++)
        for (int i = 0; i < COROUTINES; i++)
            swapcontext(&main_context, &coroutine_contexts[i]);
#ifdef __x86_64__
    for (int i = 1; i < COROUTINES; i++)
        assert_int_equal(coroutine_references[i], coroutine_references[0]);
#endif
    for (int i = 0; i < COROUTINES; i++)
        munmap(stacks[i], COROUTINE_STACK);
}

/* ---- state ---- */

static void errno_is_not_disturbed(void **state)
{
    (void)state;
    struct captured_stack stack;
    forget_interned();
    errno = 4711;
    capture_stack(&stack, CAPTURE_MAX_FRAMES);
    assert_int_equal(errno, 4711);
    assert_int_not_equal(capture_stack_reference(NULL, intern), 0);
    assert_int_equal(errno, 4711);
}

static void forgotten_references_are_interned_again(void **state)
{
    (void)state;
    forget_interned();
    for (volatile uint32_t i = 0; i < 5; i++) {
        assert_int_equal(capture_stack_reference(NULL, intern), i + 1);
        capture_forget_references();
    }
}

static uint32_t refuse(const struct captured_stack *stack, uint64_t generation)
{
    (void)stack;
    (void)generation;
    return 0;
}

static void what_could_not_be_stored_is_not_remembered(void **state)
{
    (void)state;
    forget_interned();
    capture_intern *const interns[] = {refuse, refuse, intern, refuse};
    uint32_t references[4];
    for (volatile int i = 0; i < 4; i++)
        references[i] = capture_stack_reference(NULL, interns[i]);
    assert_int_equal(references[0], 0);
    assert_int_equal(references[1], 0);
    assert_int_equal(references[2], 1);
#ifdef __x86_64__
    assert_int_equal(references[3], 1);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_shape_is_captured),
        cmocka_unit_test(nested_shapes_are_captured),
        cmocka_unit_test(same_stack_is_interned_once),
        cmocka_unit_test(every_compiled_frame_has_a_rule),
        cmocka_unit_test(shapes_are_walked_by_rules),
        cmocka_unit_test(recursion_to_all_depths),
        cmocka_unit_test(all_paths_of_a_tree_of_calls),
        cmocka_unit_test(no_more_frames_than_asked_for),
        cmocka_unit_test(calls_that_do_not_return),
#ifdef __x86_64__
        cmocka_unit_test(copies_of_a_stack_are_not_taken_for_it),
        cmocka_unit_test(keys_that_collide_are_not_taken_for_the_same),
        cmocka_unit_test(layouts_that_are_being_written_are_not_used),
#endif
        cmocka_unit_test(captures_in_signal_handlers),
        cmocka_unit_test(coroutines_have_stacks_of_their_own),
        cmocka_unit_test(errno_is_not_disturbed),
        cmocka_unit_test(forgotten_references_are_interned_again),
        cmocka_unit_test(what_could_not_be_stored_is_not_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
