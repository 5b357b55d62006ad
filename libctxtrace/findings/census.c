#include "findings/census.h"

#include "base/hash.h"
#include "findings/evidence.h"
#include "findings/waiting.h"

#include <stdlib.h>

/* What is counted together: equal in all of the first four. */
struct counted {
    uint64_t likeness; /* of contexts without a site */
    uint32_t site;
    uint8_t kind;
    bool made_there;
    uint32_t sampled; /* site of a sampled creation; counted within the group */
    bool waits, at_least;
    uint32_t index;
    int64_t since_ns, until_ns;
};

struct count {
    struct counted *items;
    size_t count;
};

const char *census_kind_name(unsigned kind)
{
    static const char *const names[CENSUS_KIND_COUNT] = {"tasks", "contexts"};
    return kind < CENSUS_KIND_COUNT ? names[kind] : "unknown";
}

/* ---- tasks ---- */

static int64_t earlier(int64_t a, int64_t b)
{
    return !time_is_known(a) ? b : !time_is_known(b) || a < b ? a : b;
}

/* When a wait ends at the latest, if all that it knows of happens as planned. */
static int64_t end_of_wait(const struct snapshot *snapshot, const struct snapshot_wait *wait)
{
    const struct snapshot_object *object = &snapshot->objects[wait->object];
    int64_t until = wait->until_ns;
    if (wait->bounded_by != SNAPSHOT_NONE)
        until = earlier(until, snapshot->contexts[wait->bounded_by].deadline_ns);
    if (object->kind == OBJECT_CONTEXT && object->context != SNAPSHOT_NONE)
        until = earlier(until, snapshot->contexts[object->context].deadline_ns);
    return time_is_known(until) ? until : SNAPSHOT_NEVER;
}

static uint32_t site_of_task(const struct snapshot *snapshot, const struct snapshot_task *task,
                             bool *made_there)
{
    uint32_t site = SNAPSHOT_NONE;
    if (task->wait_count > 0)
        site = site_of_stack(snapshot, snapshot->waits[task->first_wait].stack);
    if (site == SNAPSHOT_NONE)
        site = site_of_stack(snapshot, task->stack);
    *made_there = site == SNAPSHOT_NONE;
    return *made_there ? site_of_stack(snapshot, task->creation_stack) : site;
}

static void count_task(struct count *count, const struct snapshot *snapshot, uint32_t index)
{
    const struct snapshot_task *task = &snapshot->tasks[index];
    if (!task_is_programs_own(task))
        return;
    struct counted *it = &count->items[count->count++];
    *it = (struct counted){.kind = CENSUS_TASKS,
                           .index = index,
                           .sampled = SNAPSHOT_NONE,
                           .waits = task->wait_count > 0,
                           .since_ns = SNAPSHOT_TIME_UNKNOWN,
                           .until_ns = SNAPSHOT_NEVER};
    it->site = site_of_task(snapshot, task, &it->made_there);
    for (uint32_t i = 0; i < task->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        it->until_ns = earlier(end_of_wait(snapshot, wait), it->until_ns);
        if (earlier(wait->since_ns, it->since_ns) == it->since_ns)
            continue;
        it->since_ns = wait->since_ns;
        it->at_least = wait->since_at_least;
    }
}

/* ---- contexts ---- */

static void count_context(struct count *count, const struct snapshot *snapshot, uint32_t index)
{
    const struct snapshot_context *context = &snapshot->contexts[index];
    if (context->state != CONTEXT_OPEN || context->kind == CONTEXT_BACKGROUND ||
        context->kind == CONTEXT_TODO)
        return;
    struct counted *it = &count->items[count->count++];
    *it = (struct counted){.kind = CENSUS_CONTEXTS,
                           .index = index,
                           .site = site_of_stack(snapshot, context_identifying_stack(context)),
                           .sampled = SNAPSHOT_NONE,
                           .since_ns = context->created_ns,
                           .until_ns = context->deadline_ns};
    if (!time_is_known(it->since_ns))
        it->since_ns = SNAPSHOT_TIME_UNKNOWN;
    if (!time_is_known(it->until_ns))
        it->until_ns = SNAPSHOT_NEVER;
    if (it->site != SNAPSHOT_NONE)
        return;
    it->sampled = site_of_stack(snapshot, context->creation_stack);
    it->likeness = likeness_of_context(snapshot, index);
    if (context->parent != SNAPSHOT_NONE)
        it->likeness ^= likeness_of_context(snapshot, context->parent) * 31;
}

/* ---- groups ---- */

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_group(const void *a, const void *b)
{
    const struct counted *left = a, *right = b;
    if (left->kind != right->kind)
        return compare(left->kind, right->kind);
    if (left->site != right->site)
        return compare(left->site, right->site);
    if (left->made_there != right->made_there)
        return compare(left->made_there, right->made_there);
    if (left->likeness != right->likeness)
        return compare(left->likeness, right->likeness);
    if (left->sampled != right->sampled)
        return compare(left->sampled, right->sampled);
    return compare(left->index, right->index);
}

static bool same_group(const struct counted *a, const struct counted *b)
{
    return a->kind == b->kind && a->site == b->site && a->made_there == b->made_there &&
           a->likeness == b->likeness;
}

static uint64_t identity_of(const struct snapshot *snapshot, const struct counted *it)
{
    uint64_t place = it->site == SNAPSHOT_NONE ? it->likeness : snapshot->sites[it->site].identity;
    return hash_scatter(place ^ it->kind ^ (uint64_t)it->made_there << 1);
}

/* How many of the group, from this one on, have the same sampled site. */
static uint32_t alike_sampled(const struct count *count, size_t from)
{
    const struct counted *first = &count->items[from];
    size_t at = from + 1;
    while (at < count->count && same_group(first, &count->items[at]) &&
           count->items[at].sampled == first->sampled)
        at++;
    return (uint32_t)(at - from);
}

/* Within a group, those with the same sampled site are neighbours. */
static void count_sampled(struct census_group *group, const struct snapshot *snapshot,
                          const struct count *count, size_t from)
{
    const struct counted *first = &count->items[from];
    bool goes_on = from > 0 && same_group(&count->items[from - 1], first) &&
                   count->items[from - 1].sampled == first->sampled;
    if (first->sampled == SNAPSHOT_NONE || goes_on)
        return;
    uint32_t alike = alike_sampled(count, from);
    group->created.elsewhere = group->created.known > 0;
    group->created.known += alike;
    if (alike <= group->created_alike)
        return;
    group->created_alike = alike;
    group->created.stack = snapshot->contexts[first->index].creation_stack;
}

static void begin_group(struct census *census, const struct snapshot *snapshot,
                        const struct counted *it)
{
    census->groups[census->count++] = (struct census_group){.identity = identity_of(snapshot, it),
                                                            .kind = it->kind,
                                                            .site = it->site,
                                                            .made_there = it->made_there,
                                                            .oldest = it->index,
                                                            .since_ns = SNAPSHOT_TIME_UNKNOWN,
                                                            .until_ns = SNAPSHOT_NEVER};
}

static void add_to_group(struct census_group *group, const struct counted *it)
{
    group->count++;
    group->created.of++;
    group->waiting += it->waits;
    group->until_ns = earlier(it->until_ns, group->until_ns);
    if (!time_is_known(it->since_ns) ||
        (time_is_known(group->since_ns) && it->since_ns >= group->since_ns))
        return;
    group->since_ns = it->since_ns;
    group->since_at_least = it->at_least;
    group->oldest = it->index;
}

static int by_size(const void *a, const void *b)
{
    const struct census_group *left = a, *right = b;
    if (left->kind != right->kind)
        return compare(left->kind, right->kind);
    if (left->count != right->count)
        return compare(right->count, left->count);
    return compare(left->oldest, right->oldest);
}

struct census *census_take(const struct snapshot *snapshot)
{
    size_t most = (size_t)snapshot->task_count + snapshot->context_count;
    struct count count = {.items = calloc(most + 1, sizeof *count.items)};
    struct census *census = calloc(1, sizeof *census);
    if (census)
        census->groups = calloc(most + 1, sizeof *census->groups);
    if (!count.items || !census || !census->groups) {
        free(count.items);
        census_free(census);
        return NULL;
    }
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        count_task(&count, snapshot, i);
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        count_context(&count, snapshot, i);
    qsort(count.items, count.count, sizeof *count.items, by_group);
    for (size_t i = 0; i < count.count; i++) {
        if (i == 0 || !same_group(&count.items[i - 1], &count.items[i]))
            begin_group(census, snapshot, &count.items[i]);
        add_to_group(&census->groups[census->count - 1], &count.items[i]);
        count_sampled(&census->groups[census->count - 1], snapshot, &count, i);
    }
    qsort(census->groups, census->count, sizeof *census->groups, by_size);
    free(count.items);
    return census;
}

void census_free(struct census *census)
{
    if (census)
        free(census->groups);
    free(census);
}

/* ---- words ---- */

static void add_context_label(struct text *text, const struct snapshot *snapshot, uint32_t context)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    /* The types of the standard kinds say no more than the kind. */
    bool typed = it->kind == CONTEXT_CUSTOM || it->kind == CONTEXT_UNKNOWN_KIND;
    const snapshot_string labels[] = {it->name, it->key, typed ? it->type : 0};
    text_add(text, "%s", context_kind_name(it->kind));
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (labels[i]) {
            text_add(text, " \"%s\"", snapshot_text(snapshot, labels[i]));
            return;
        }
    }
}

void census_place(struct text *text, const struct snapshot *snapshot,
                  const struct census_group *group)
{
    if (group->site != SNAPSHOT_NONE) {
        uint32_t stack = snapshot->sites[group->site].stack;
        bool made = group->made_there || group->kind == CENSUS_CONTEXTS;
        text_place(text, made ? "created in" : "in", snapshot, stack);
        return;
    }
    if (group->kind == CENSUS_TASKS) {
        text_add(text, " at a place that is not known");
        return;
    }
    uint32_t parent = snapshot->contexts[group->oldest].parent;
    text_add(text, " of kind ");
    add_context_label(text, snapshot, group->oldest);
    if (parent != SNAPSHOT_NONE && snapshot->contexts[parent].kind != CONTEXT_BACKGROUND) {
        text_add(text, " under ");
        add_context_label(text, snapshot, parent);
    }
    text_creations(text, "created in", snapshot, &group->created);
}

const char *census_doing(const struct snapshot *snapshot, const struct census_group *group)
{
    if (group->kind != CENSUS_TASKS)
        return "";
    const struct snapshot_task *task = &snapshot->tasks[group->oldest];
    if (task->wait_count == 0)
        return task_state_name(task->state);
    const struct snapshot_wait *wait = &snapshot->waits[task->first_wait];
    return wait_cases(snapshot, wait) > 1 ? "select" : wait_operation_name(wait->operation);
}
