#include "ctxreport/comparison.h"

#include "base/error.h"
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 256

/* All zero before it is filled in: it is hashed by the byte. */
struct compared_key {
    char fingerprint[FINGERPRINT_SIZE];
    char program[NAME_SIZE]; /* empty: one that only one of the runs knows */
};

struct compared_entry {
    struct compared_key key;
    struct compared compared;
    size_t place; /* in the order of importance, then in that of the comparison */
    UT_hash_handle hh;
};

const char *change_name(enum change change)
{
    static const char *const names[CHANGE_COUNT] = {[CHANGE_NEW] = "new",
                                                    [CHANGE_KEPT] = "kept",
                                                    [CHANGE_GONE] = "gone",
                                                    [CHANGE_SUPPRESSED] = "suppressed"};
    return names[change];
}

bool compared_was_known(const struct compared *item, unsigned confidence)
{
    if (confidence >= CONFIDENCE_COUNT || item->older.count[confidence] == 0)
        return false;
    return item->newer.places[confidence] <= item->older.places[confidence] &&
           (item->identified || item->newer.count[confidence] <= item->older.count[confidence]);
}

bool compared_is_worse(const struct compared *item, const struct gate *gate)
{
    unsigned confidence = gate->confidence;
    return confidence < CONFIDENCE_COUNT && item->finding->severity >= gate->severity &&
           item->has && item->newer.count[confidence] > 0 && !compared_was_known(item, confidence);
}

/* ---- keys ---- */

static struct compared_key key_of(const struct comparison *comparison, const char *fingerprint,
                                  const char *program)
{
    struct compared_key key = {0};
    snprintf(key.fingerprint, sizeof key.fingerprint, "%s", fingerprint);
    if (run_findings_has_program(comparison->older, program) &&
        run_findings_has_program(comparison->newer, program))
        snprintf(key.program, sizeof key.program, "%s", program);
    return key;
}

static struct compared_entry *find(const struct comparison *comparison, const char *fingerprint,
                                   const char *program)
{
    struct compared_key key = key_of(comparison, fingerprint, program);
    struct compared_entry *entry;
    HASH_FIND(hh, comparison->entries, &key, sizeof key, entry);
    return entry;
}

static struct compared_entry *find_or_add(struct comparison *comparison,
                                          const struct run_finding *finding)
{
    struct compared_entry *entry = find(comparison, finding->fingerprint, finding->program);
    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->key = key_of(comparison, finding->fingerprint, finding->program);
    entry->place = comparison->count;
    entry->compared = (struct compared){.finding = finding, .identified = true};
    HASH_ADD(hh, comparison->entries, key, sizeof entry->key, entry);
    if (!TABLE_HAS(entry)) {
        free(entry);
        return NULL;
    }
    comparison->count++;
    return entry;
}

/* ---- adding up ---- */

static void add_amounts(struct amounts *sum, const struct amounts *more)
{
    for (int i = 0; i < CONFIDENCE_COUNT; i++) {
        sum->count[i] += more->count[i];
        if (more->places[i] > sum->places[i])
            sum->places[i] = more->places[i];
    }
}

static void add_finding(struct compared *item, const struct run_finding *finding, bool newer)
{
    unsigned *confidence = newer ? &item->new_confidence : &item->old_confidence;
    *(newer ? &item->has : &item->had) = true;
    item->identified &= finding->identified;
    if (finding->confidence > *confidence)
        *confidence = finding->confidence;
    add_amounts(newer ? &item->newer : &item->older, &finding->amounts);
}

/* What the older run suppressed is not known by that: when the suppression ends, it is new. */
static bool add_all(struct comparison *comparison, const struct run_findings *findings, bool newer)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct run_finding *finding = &findings->items[i];
        if (finding->is_suppressed && !newer)
            continue;
        struct compared_entry *entry = find_or_add(comparison, finding);
        if (!entry)
            return false;
        if (finding->is_suppressed)
            entry->compared.is_suppressed = true;
        else
            add_finding(&entry->compared, finding, newer);
    }
    return true;
}

/* More of it than before counts as new where the new ones cannot be told from the old. */
static enum change judge(const struct compared *item)
{
    if (!item->has)
        return item->is_suppressed ? CHANGE_SUPPRESSED : CHANGE_GONE;
    if (!item->had)
        return CHANGE_NEW;
    for (unsigned i = 0; i <= item->old_confidence && i <= item->new_confidence; i++) {
        if (!compared_was_known(item, i))
            return CHANGE_NEW;
    }
    return CHANGE_KEPT;
}

static int by_change_and_place(const void *a, const void *b)
{
    const struct compared_entry *left = *(struct compared_entry *const *)a,
                                *right = *(struct compared_entry *const *)b;
    if (left->compared.change != right->compared.change)
        return left->compared.change < right->compared.change ? -1 : 1;
    return left->place < right->place ? -1 : 1;
}

static bool put_in_order(struct comparison *comparison)
{
    struct compared_entry **order = calloc(comparison->count + 1, sizeof *order), *entry, *next;
    comparison->items = calloc(comparison->count + 1, sizeof *comparison->items);
    if (!order || !comparison->items) {
        free(order);
        return false;
    }
    size_t count = 0;
    HASH_ITER(hh, comparison->entries, entry, next)
    {
        entry->compared.change = judge(&entry->compared);
        order[count++] = entry;
    }
    qsort(order, count, sizeof(struct compared_entry *), by_change_and_place);
    for (size_t i = 0; i < count; i++)
        comparison->items[i] = order[i]->compared;
    free(order);
    return true;
}

bool comparison_make(struct comparison *comparison, const struct run_findings *older,
                     const struct run_findings *newer, struct error *error)
{
    *comparison = (struct comparison){.older = older, .newer = newer};
    if (add_all(comparison, newer, true) && add_all(comparison, older, false) &&
        put_in_order(comparison))
        return true;
    return error_no_memory(error);
}

void comparison_free(struct comparison *comparison)
{
    struct compared_entry *entry, *next;
    HASH_ITER(hh, comparison->entries, entry, next)
    {
        HASH_DEL(comparison->entries, entry);
        free(entry);
    }
    free(comparison->items);
    *comparison = (struct comparison){0};
}

const struct compared *comparison_find(const struct comparison *comparison, const char *fingerprint,
                                       const char *program)
{
    struct compared_entry *entry = find(comparison, fingerprint, program);
    return entry ? &entry->compared : NULL;
}
