/* How many tasks and contexts there are of each place: see findings/census.h. */
#include "base/error.h"
#include "ctxreport/ingest.h"
#include "ctxreport/insert.h"
#include "findings/census.h"

#define PLACE_SIZE 1024

static void moment(struct insert *insert, const struct ingest *ingest, int64_t ns)
{
    int64_t since_1970;
    bool known =
        ns != SNAPSHOT_NEVER && ns != SNAPSHOT_TIME_UNKNOWN &&
        !__builtin_add_overflow(ns, ingest->snapshot->program.realtime_offset_ns, &since_1970);
    insert_integer_if(insert, known, known ? since_1970 : 0);
}

static void group_row(struct insert *insert, const struct ingest *ingest, size_t position,
                      const struct census_group *group)
{
    char place[PLACE_SIZE];
    struct text text = text_into(place, sizeof place);
    census_place(&text, ingest->snapshot, group);
    text_cut_broken_character(place);
    insert_integer(insert, ingest->program_id);
    insert_integer(insert, (int64_t)position);
    insert_text_always(insert, census_kind_name(group->kind));
    insert_integer(insert, group->count);
    insert_integer_if(insert, group->kind == CENSUS_TASKS, group->waiting);
    insert_text_always(insert, place + (place[0] == ' '));
    insert_text(insert, census_doing(ingest->snapshot, group));
    insert_integer_if(insert, group->site != SNAPSHOT_NONE, ingest->sites + group->site);
    moment(insert, ingest, group->since_ns);
    insert_integer(insert, group->since_at_least);
    moment(insert, ingest, group->until_ns);
    insert_row(insert);
}

bool ingest_census(struct ingest *ingest)
{
    struct census *census = census_take(ingest->snapshot);
    if (!census)
        return error_no_memory(ingest->error);
    struct insert insert;
    insert_prepare(&insert, ingest->store, "census");
    for (size_t i = 0; i < census->count; i++)
        group_row(&insert, ingest, i, &census->groups[i]);
    census_free(census);
    return insert_finish(&insert, ingest->error);
}
