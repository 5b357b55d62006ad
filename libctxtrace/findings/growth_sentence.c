#include "findings/growth_sentence.h"

#include "base/count.h"
#include "base/duration.h"
#include "base/times.h"
#include "findings/context_tree.h"
#include "findings/creations.h"
#include "findings/text.h"

#include <stdlib.h>
#include <string.h>

#define SENTENCE_SIZE 1024
#define MOST_PARENTS  3 /* that a sentence names */

static uint32_t stack_labelled(const struct claim *claim, const char *label)
{
    for (int i = 0; i < CLAIM_STACKS && claim->stacks[i].label; i++)
        if (strcmp(claim->stacks[i].label, label) == 0)
            return claim->stacks[i].stack;
    return SNAPSHOT_NONE;
}

uint32_t usual_stack(const struct finding *finding, const char *label, uint32_t *sharing)
{
    uint32_t candidate = SNAPSHOT_NONE, lead = 0;
    for (uint32_t i = 0; i < finding->count; i++) {
        uint32_t stack = stack_labelled(&finding->claims[i], label);
        if (lead == 0)
            candidate = stack;
        lead += stack == candidate ? 1 : (uint32_t)-1;
    }
    *sharing = 0;
    for (uint32_t i = 0; i < finding->count; i++)
        *sharing += stack_labelled(&finding->claims[i], label) == candidate;
    return *sharing > finding->count / 2 ? candidate : SNAPSHOT_NONE;
}

/* The parent that all of them have, SNAPSHOT_NONE if they have different ones. */
static uint32_t common_parent(const struct snapshot *snapshot, const struct finding *finding)
{
    uint32_t parent = snapshot->contexts[finding->claims[0].subject].parent;
    for (uint32_t i = 1; i < finding->count; i++)
        if (snapshot->contexts[finding->claims[i].subject].parent != parent)
            return SNAPSHOT_NONE;
    return parent;
}

/* What a person would know the context by: its name, its key, or else its type. */
static void add_likeness(struct text *text, const struct snapshot *snapshot, uint32_t context)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    const snapshot_string words[] = {it->name, it->key, it->type};
    if (context_is_root_kind(it)) {
        text_add(text, "%s", context_kind_name(it->kind));
        return;
    }
    text_add(text, "a %s context", context_kind_name(it->kind));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!words[i])
            continue;
        text_add(text, " (%s)", snapshot_text(snapshot, words[i]));
        return;
    }
}

/*
 * " below cancel context 17, below a value context (main.key)": up to the first with a key or name.
 */
static void add_parents(struct text *text, const struct snapshot *snapshot,
                        const struct finding *finding)
{
    uint32_t context = snapshot->contexts[finding->claims[0].subject].parent;
    bool is_one = common_parent(snapshot, finding) != SNAPSHOT_NONE;
    for (int i = 0; i < MOST_PARENTS && context != SNAPSHOT_NONE; i++) {
        const struct snapshot_context *it = &snapshot->contexts[context];
        if (i > 0 && it->parent == SNAPSHOT_NONE)
            return; /* background says nothing more */
        text_add(text, i ? ", below " : " below ");
        if (i == 0 && is_one)
            text_context(text, snapshot, context);
        if (i == 0 && is_one && it->key)
            text_add(text, " (%s)", snapshot_text(snapshot, it->key));
        if (i > 0 || !is_one)
            add_likeness(text, snapshot, context);
        if (it->name || it->key)
            return;
        context = it->parent;
    }
}

static void add_subjects(struct text *text, const struct snapshot *snapshot,
                         const struct finding *finding)
{
    bool tasks = finding->claims[0].subject_kind == SUBJECT_TASK;
    uint32_t first = finding->claims[0].subject;
    uint32_t created = tasks ? stack_labelled(&finding->claims[0], "created")
                             : context_identifying_stack(&snapshot->contexts[first]);
    const struct snapshot_frame *frame = snapshot_top_frame(snapshot, created);
    const char *function = frame ? snapshot_text(snapshot, frame->function) : "";
    if (tasks)
        text_add(text, "tasks created");
    else if (created != SNAPSHOT_NONE)
        text_add(text, "open contexts created");
    if (created != SNAPSHOT_NONE) {
        text_add(text, function[0] ? " in %s" : " here", function);
        return;
    }
    if (tasks)
        return;
    text_add(text, "open %s contexts", context_kind_name(snapshot->contexts[first].kind));
    add_parents(text, snapshot, finding);
    text_created(text, "created in", snapshot, finding);
}

/* ---- how it grew ---- */

/* On the clock of the looks. */
struct course {
    int64_t began_ns, rose_ns, ended_ns; /* when it rose last: 0 if that is not known */
    int64_t lag_ns;                      /* counted are those that had been there for so long */
};

static struct course course_of(const struct growth *growth, const struct growth_verdict *verdict)
{
    const int64_t *ends = growth->parts.ended_ns;
    unsigned parts = parts_complete(&growth->parts);
    struct course course = {.began_ns = ends[verdict->start], .ended_ns = ends[parts]};
    if (growth->is_pair)
        parts = PAIR_PARTS;
    int64_t length_ns = time_between(ends[0], course.ended_ns);
    course.lag_ns = time_share(length_ns, verdict->lag, parts);
    if (!growth->is_pair)
        course.rose_ns = ends[verdict->last_rise];
    else if (verdict->last_rise > 0)
        course.rose_ns =
            time_between(time_share(length_ns, parts - verdict->last_rise, parts), course.ended_ns);
    return course;
}

static void add_duration(struct text *text, const char *before, int64_t nanoseconds)
{
    char length[DURATION_SIZE];
    text_add(text, "%s%s", before, duration_text(length, sizeof length, nanoseconds));
}

static void add_growth(struct text *text, const struct growth_verdict *verdict,
                       const struct course *course)
{
    char from[COUNT_SIZE], to[COUNT_SIZE];
    text_add(text, " grew from %s to %s", number_text(from, sizeof from, verdict->from),
             number_text(to, sizeof to, verdict->to));
    add_duration(text, " within ", time_between(course->began_ns, course->ended_ns));
}

/* It grew in each third of that time, or it would be no finding. */
static void add_last_rise(struct text *text, const struct course *course)
{
    if (course->rose_ns == 0)
        text_add(text, "; when, two looks cannot tell");
    else if (course->rose_ns >= course->ended_ns)
        text_add(text, ", all the time, most recently at the end");
    else
        add_duration(text, ", all the time, most recently ",
                     time_between(course->rose_ns, course->ended_ns));
    if (course->rose_ns != 0 && course->rose_ns < course->ended_ns)
        text_add(text, " before its end");
}

static void add_ended(struct text *text, const struct growth_verdict *verdict)
{
    char ended[COUNT_SIZE];
    if (verdict->kind == GROWS_BEHIND)
        text_add(text, ": %s were seen to end, but they stay longer and longer, and more come",
                 number_text(ended, sizeof ended, verdict->ended));
    else if (verdict->ended > 0)
        text_add(text, "; %s %s seen to end", number_text(ended, sizeof ended, verdict->ended),
                 verdict->ended == 1 ? "was" : "were");
    else
        text_add(text, "; none was seen to end");
}

/* ---- where ---- */

/* Where most of them are, or are waited for. */
static void add_usual_place(struct text *text, const struct snapshot *snapshot,
                            const struct finding *finding)
{
    char count[COUNT_SIZE];
    uint32_t sharing;
    bool tasks = finding->claims[0].subject_kind == SUBJECT_TASK;
    uint32_t stack = usual_stack(finding, tasks ? "is at" : "waited for", &sharing);
    if (stack == SNAPSHOT_NONE || !snapshot_top_frame(snapshot, stack))
        return;
    text_add(text, " %s of them are%s", number_text(count, sizeof count, sharing),
             tasks ? " now" : " waited for");
    text_place(text, "in", snapshot, stack);
    text_add(text, ".");
}

char *growth_sentence(const struct growth *growth, const struct snapshot *snapshot,
                      const struct growth_verdict *verdict, const struct finding *finding)
{
    char sentence[SENTENCE_SIZE];
    struct text text = text_into(sentence, sizeof sentence);
    struct course course = course_of(growth, verdict);
    text_add(&text, verdict->kind == GROWS_AMONG ? "Of the " : "The ");
    add_subjects(&text, snapshot, finding);
    if (verdict->kind == GROWS_AMONG)
        add_duration(&text, " more and more stay: those that had been there for ", course.lag_ns);
    add_growth(&text, verdict, &course);
    add_last_rise(&text, &course);
    add_ended(&text, verdict);
    text_add(&text, ".");
    add_usual_place(&text, snapshot, finding);
    return strdup(sentence);
}
