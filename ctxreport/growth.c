#include "ctxreport/growth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctxreport/growth_groups.h"
#include "ctxreport/growth_state.h"
#include "ctxreport/insert.h"

#define LEAST_RISES  2
#define LEAST_GROWTH 3
#define MANY_SITES   100000 /* above that, those that have nothing any more are forgotten */

static const char *const grown_names[GROWN_COUNT] = {
    [GROWN_CONTEXTS] = "contexts", [GROWN_TASKS] = "tasks"};

static struct growth *new_with(uint32_t least_rises)
{
    struct growth *growth = calloc(1, sizeof *growth);
    if (growth)
        growth->least_rises = least_rises;
    return growth;
}

struct growth *growth_new(void)
{
    return new_with(LEAST_RISES);
}

struct growth *growth_of_two_looks(void)
{
    return new_with(1);
}

static void forget(struct growth *growth, struct grown_site *site)
{
    HASH_DEL(growth->sites, site);
    free(site);
}

void growth_free(struct growth *growth)
{
    if (!growth)
        return;
    struct grown_site *site, *next;
    HASH_ITER(hh, growth->sites, site, next)
    forget(growth, site);
    for (int grown = 0; grown < GROWN_COUNT; grown++)
        free(growth->members[grown].items);
    free(growth);
}

struct growth_totals growth_last(const struct growth *growth)
{
    return growth->last;
}

struct growth_totals growth_before(const struct growth *growth)
{
    return growth->before;
}

/* ---- a number from look to look ---- */

/* What was not there at the first looks has grown from nothing. */
static void judge(struct course *course, bool first_look)
{
    if (course->looks == 0)
        course->first = first_look ? course->now : 0;
    if (course->looks > 0 || !first_look) {
        course->rises += course->now > course->before;
        course->dropped = course->dropped || course->now < course->before;
    }
    course->looks++;
}

static void begin_look(struct course *course)
{
    course->before = course->now;
    course->seen += course->now;
    course->now = 0;
}

/* A few may go: a leak can have its place in common with something that ends. */
bool course_only_grows(const struct growth *growth, const struct course *course)
{
    uint32_t grown = course->now > course->first ? course->now - course->first : 0;
    return course->rises >= growth->least_rises && !course->dropped && grown >= LEAST_GROWTH &&
           course->seen > 0 && course->gone <= course->seen / 2 && course->gone <= grown / 4;
}

/* ---- looking ---- */

static struct grown_site *site_for(struct growth *growth, uint64_t group, enum grown grown,
                                   int64_t now_ns)
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
    site->first_ns = now_ns;
    HASH_ADD(hh, growth->sites, key, sizeof site->key, site);
    return site;
}

static int by_id(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
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
    *members = (struct members){.items = calloc(count + (size_t)1, sizeof *members->items)};
    if (!members->items)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!groups[i])
            continue;
        struct grown_site *site = site_for(growth, groups[i], grown, snapshot->program.taken_ns);
        if (!site)
            return false;
        site->all.now++;
        members->items[members->count++] =
            (struct member){.id = id_of(snapshot, grown, i), .site = site, .looks = 1};
    }
    qsort(members->items, members->count, sizeof *members->items, by_id);
    return true;
}

static void note_gone(const struct member *member)
{
    member->site->all.gone++;
    if (member->looks > 1)
        member->site->stayed.gone++;
}

static void note_stayed(const struct member *before, struct member *now)
{
    now->looks = before->looks + 1;
    now->site->stayed.now++;
}

/* Knows those of the look before again. */
static void recognise(const struct members *before, struct members *now)
{
    struct member *candidate = now->items, *end = now->items + now->count;
    for (size_t i = 0; i < before->count; i++) {
        const struct member *was = &before->items[i];
        while (candidate < end && candidate->id < was->id)
            candidate++;
        if (candidate < end && candidate->id == was->id && candidate->site == was->site)
            note_stayed(was, candidate);
        else
            note_gone(was);
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
    recognise(&growth->members[grown], &now);
    free(growth->members[grown].items);
    growth->members[grown] = now;
    return true;
}

static void count_all(struct growth *growth, const struct snapshot *snapshot)
{
    growth->before = growth->looks > 0 ? growth->last : (struct growth_totals){0};
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
    if (growth->looks == 0)
        growth->before = growth->last;
}

/* Nobody can have stayed before there was a second look. */
static void judge_all(struct growth *growth)
{
    struct grown_site *site, *next;
    HASH_ITER(hh, growth->sites, site, next)
    {
        judge(&site->all, growth->looks == 0);
        if (growth->looks > 0)
            judge(&site->stayed, growth->looks == 1);
        if (!site->all.now && HASH_COUNT(growth->sites) > MANY_SITES)
            forget(growth, site);
    }
}

bool growth_look(struct growth *growth, const struct snapshot *snapshot)
{
    struct growth_groups groups;
    for (struct grown_site *site = growth->sites; site; site = site->hh.next) {
        begin_look(&site->all);
        begin_look(&site->stayed);
    }
    bool good = growth_groups_make(snapshot, &groups) &&
                look_at(growth, snapshot, GROWN_CONTEXTS, groups.contexts) &&
                look_at(growth, snapshot, GROWN_TASKS, groups.tasks);
    growth_groups_free(&groups);
    if (!good)
        return false;
    count_all(growth, snapshot);
    judge_all(growth);
    growth->looks++;
    growth->last_ns = snapshot->program.taken_ns;
    return true;
}

/* ---- the tables ---- */

bool growth_ingest(const struct growth *growth, struct store *store, int64_t run_id,
                   const struct snapshot *snapshot, struct failure *failure)
{
    struct insert insert;
    insert_prepare(&insert, store, "samples");
    insert_null(&insert);
    insert_integer(&insert, run_id);
    insert_integer(&insert, snapshot->program.taken_ns + snapshot->program.realtime_offset_ns);
    insert_integer(&insert, growth->last.contexts);
    insert_integer(&insert, growth->last.open);
    insert_integer(&insert, growth->last.tasks);
    insert_integer(&insert, growth->last.waiting);
    insert_row(&insert);
    if (!insert_finish(&insert, failure))
        return false;

    int64_t sample_id = sqlite3_last_insert_rowid(store_database(store));
    insert_prepare(&insert, store, "sample_sites");
    for (const struct grown_site *site = growth->sites; site; site = site->hh.next) {
        char fingerprint[17];
        snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, site->key.group);
        insert_integer(&insert, sample_id);
        insert_text_always(&insert, grown_names[site->key.grown]);
        insert_text_always(&insert, fingerprint);
        insert_integer(&insert, site->all.now);
        insert_row(&insert);
    }
    return insert_finish(&insert, failure);
}
