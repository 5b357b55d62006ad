#include "findings/growth.h"

#include "base/clock.h"
#include "base/times.h"
#include "findings/growth_clock.h"
#include "findings/growth_groups.h"
#include "findings/growth_state.h"

#include <stdlib.h>

#define SAME_START_NS NS_PER_SECOND
#define MANY_SITES    20000 /* above that, those that have nothing any more are forgotten */

struct growth *growth_new(void)
{
    return calloc(1, sizeof(struct growth));
}

struct growth *growth_of_two_looks(void)
{
    struct growth *growth = growth_new();
    if (growth)
        growth->is_pair = true;
    return growth;
}

static void forget(struct growth *growth, struct grown_site *site)
{
    HASH_DEL(growth->sites, site);
    free(site);
}

static void clear(struct growth *growth)
{
    struct grown_site *site, *next;
    HASH_ITER(hh, growth->sites, site, next)
    forget(growth, site);
    for (int grown = 0; grown < GROWN_COUNT; grown++)
        free(growth->members[grown].items);
}

void growth_free(struct growth *growth)
{
    if (!growth)
        return;
    clear(growth);
    free(growth);
}

bool growth_each_site(const struct growth *growth, growth_visit *visit, void *state)
{
    for (const struct grown_site *site = growth->sites; site; site = site->hh.next)
        if (!visit(state, site->key.grown == GROWN_TASKS, site->key.group, site->now))
            return false;
    return true;
}

struct growth_totals growth_last(const struct growth *growth)
{
    return growth->last;
}

struct growth_totals growth_before(const struct growth *growth)
{
    return growth->before;
}

struct growth_verdict growth_verdict_of(const struct growth *growth, const struct grown_site *site)
{
    if (growth->is_pair)
        return growth->parts.looks == 2 ? pair_judge(&site->pair) : (struct growth_verdict){0};
    return growth_judge(&site->cohorts, parts_complete(&growth->parts));
}

/* ---- looking ---- */

static struct grown_site *site_for(struct growth *growth, uint64_t group, enum grown grown)
{
    struct site_key key = {group, grown};
    struct grown_site *site;
    HASH_FIND(hh, growth->sites, &key, sizeof key, site);
    if (site)
        return site;
    site = calloc(1, sizeof *site);
    if (!site)
        return NULL;
    site->key = key;
    HASH_ADD(hh, growth->sites, key, sizeof site->key, site);
    if (TABLE_HAS(site))
        return site;
    free(site);
    return NULL;
}

static int by_id(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static bool is_numbered(const struct snapshot *snapshot, enum grown grown)
{
    return grown == GROWN_TASKS && snapshot->task_count > 0 &&
           snapshot->tasks[0].kind == TASK_GOROUTINE;
}

/* When it was created; of a goroutine, where nobody notes that, its number. */
static int64_t creation_of(const struct snapshot *snapshot, enum grown grown, uint32_t index)
{
    if (grown == GROWN_CONTEXTS)
        return snapshot->contexts[index].created_ns;
    const struct snapshot_task *task = &snapshot->tasks[index];
    return task->kind == TASK_GOROUTINE ? (int64_t)(task->id & INT64_MAX) : task->created_ns;
}

static int64_t waiting_since(const struct snapshot *snapshot, enum grown grown, uint32_t index)
{
    if (grown != GROWN_TASKS || snapshot->tasks[index].wait_count == 0)
        return SNAPSHOT_TIME_UNKNOWN;
    return snapshot->waits[snapshot->tasks[index].first_wait].since_ns;
}

static int64_t highest_number(const struct snapshot *snapshot)
{
    int64_t highest = 0;
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        if (creation_of(snapshot, GROWN_TASKS, i) > highest)
            highest = creation_of(snapshot, GROWN_TASKS, i);
    return highest;
}

static uint64_t id_of(const struct snapshot *snapshot, enum grown grown, uint32_t index)
{
    return grown == GROWN_TASKS ? snapshot->tasks[index].id : snapshot->contexts[index].id;
}

/* Who is there now. */
static bool gather(struct growth *growth, const struct snapshot *snapshot, enum grown grown,
                   const uint64_t *groups, struct members *members)
{
    uint32_t count = grown == GROWN_TASKS ? snapshot->task_count : snapshot->context_count;
    *members = (struct members){.items = calloc(count + (size_t)1, sizeof *members->items),
                                .taken_ns = snapshot->program.taken_ns,
                                .numbered = is_numbered(snapshot, grown)};
    if (members->numbered)
        members->highest = highest_number(snapshot);
    if (!members->items)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct grown_site *site = groups[i] ? site_for(growth, groups[i], grown) : NULL;
        if (groups[i] && !site)
            return false;
        if (!site)
            continue;
        site->now++;
        members->items[members->count++] =
            (struct member){.id = id_of(snapshot, grown, i),
                            .site = site,
                            .created = creation_of(snapshot, grown, i),
                            .since = waiting_since(snapshot, grown, i),
                            .look = growth->parts.looks - 1};
    }
    qsort(members->items, members->count, sizeof *members->items, by_id);
    return true;
}

/* ---- who has come, stayed and gone ---- */

/* Both looks of a pair, of which this is the second. */
struct two_looks {
    struct growth *growth;
    const struct members *before, *now;
};

static void note_fate(const struct two_looks *looks, const struct member *member,
                      enum pair_fate fate)
{
    if (!looks->growth->is_pair || looks->growth->parts.looks != 2)
        return;
    if (member->created == SNAPSHOT_TIME_UNKNOWN)
        pair_add_undated(&member->site->pair, fate);
    else
        pair_add(&member->site->pair, fate, looks->before->taken_ns, looks->now->taken_ns,
                 member->created);
}

static void note_new(const struct two_looks *looks, const struct member *member)
{
    const struct watch_parts *parts = &looks->growth->parts;
    member->site->cohorts.born[parts_of_look(parts, member->look)]++;
    note_fate(looks, member, PAIR_NEW);
}

static void note_gone(const struct two_looks *looks, const struct member *member)
{
    const struct watch_parts *parts = &looks->growth->parts;
    unsigned born = parts_of_look(parts, member->look);
    member->site->cohorts.gone[born][parts_of_look(parts, parts->looks - 1)]++;
    note_fate(looks, member, PAIR_GONE);
}

static void note_stayed(const struct two_looks *looks, const struct member *before,
                        struct member *now)
{
    now->look = before->look;
    note_fate(looks, now, PAIR_STAYED);
}

/* Recognises those that the look before saw. */
static void recognise(const struct two_looks *looks)
{
    struct member *was = looks->before->items, *is = looks->now->items;
    struct member *was_end = was + looks->before->count, *is_end = is + looks->now->count;
    while (was < was_end || is < is_end) {
        if (is == is_end || (was < was_end && was->id < is->id)) {
            note_gone(looks, was++);
        } else if (was == was_end || is->id < was->id) {
            note_new(looks, is++);
        } else if (was->site == is->site) {
            note_stayed(looks, was++, is++);
        } else {
            note_gone(looks, was++);
            note_new(looks, is++);
        }
    }
}

static bool look_at(struct growth *growth, const struct snapshot *snapshot, enum grown grown,
                    const uint64_t *groups)
{
    struct members now;
    if (!gather(growth, snapshot, grown, groups, &now)) {
        free(now.items);
        return false;
    }
    if (growth->is_pair && growth->parts.looks == 2 && now.numbered)
        growth_clock_date(&growth->members[grown], &now);
    recognise(&(struct two_looks){growth, &growth->members[grown], &now});
    free(growth->members[grown].items);
    growth->members[grown] = now;
    return true;
}

static void count_all(struct growth *growth, const struct snapshot *snapshot)
{
    growth->before = growth->last;
    growth->last = (struct growth_totals){.contexts = snapshot->context_count};
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        growth->last.open += snapshot->contexts[i].state == CONTEXT_OPEN;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct snapshot_task *task = &snapshot->tasks[i];
        if (task->system || task->state == TASK_EXITED)
            continue;
        growth->last.tasks++;
        growth->last.waiting += task->wait_count > 0;
    }
    if (growth->parts.looks == 1)
        growth->before = growth->last;
}

/* A new part may have begun, for which there is no room but that of two earlier ones. */
static void begin_look(struct growth *growth, int64_t now_ns)
{
    bool merge = parts_look(&growth->parts, now_ns);
    for (struct grown_site *site = growth->sites; site; site = site->hh.next) {
        site->now = 0;
        if (merge)
            cohorts_merge(&site->cohorts);
    }
}

static void end_look(struct growth *growth)
{
    struct grown_site *site, *next;
    HASH_ITER(hh, growth->sites, site, next)
    {
        cohorts_look(&site->cohorts, &growth->parts, site->now);
        if (!site->now && HASH_COUNT(growth->sites) > MANY_SITES)
            forget(growth, site);
    }
}

/* ---- whose looks they are ---- */

/*
 * The process may have become another program. Two looks work out its start a little differently.
 */
static bool is_another(const struct growth *growth, const struct snapshot_program *program)
{
    int64_t apart = time_between(growth->started_ns, program->started_ns);
    return growth->parts.looks > 0 &&
           (growth->pid != program->pid || apart > SAME_START_NS || apart < -SAME_START_NS);
}

static void start_over(struct growth *growth)
{
    bool is_pair = growth->is_pair;
    clear(growth);
    *growth = (struct growth){.is_pair = is_pair};
}

bool growth_look(struct growth *growth, const struct snapshot *snapshot)
{
    struct growth_groups groups;
    if (is_another(growth, &snapshot->program))
        start_over(growth);
    if (growth->has_ended)
        return true;
    growth->pid = snapshot->program.pid;
    growth->started_ns = snapshot->program.started_ns;
    growth->has_ended = snapshot->program.state != PROGRAM_ALIVE;
    begin_look(growth, snapshot->program.taken_ns);
    bool good = growth_groups_make(snapshot, &groups) &&
                look_at(growth, snapshot, GROWN_CONTEXTS, groups.contexts) &&
                look_at(growth, snapshot, GROWN_TASKS, groups.tasks);
    growth_groups_free(&groups);
    if (!good)
        return false;
    count_all(growth, snapshot);
    end_look(growth);
    return true;
}
