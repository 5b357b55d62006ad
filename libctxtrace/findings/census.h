/*
 * A census of what is alive: how many tasks are at each place, and how many contexts each place
 * created. It claims nothing, so it needs no proof, and exists even where nothing was found.
 *
 * Counted are the program's own tasks that have not ended, by where they wait or are, or, if that
 * was not recorded, by where they were created; and open contexts other than background and todo.
 * Contexts whose creator is unknown are grouped with similar ones under similar parents.
 */
#ifndef CTXTRACE_FINDINGS_CENSUS_H
#define CTXTRACE_FINDINGS_CENSUS_H

#include "findings/creations.h"

enum census_kind { CENSUS_TASKS, CENSUS_CONTEXTS, CENSUS_KIND_COUNT };

struct census_group {
    uint64_t identity; /* the same in every snapshot of the program */
    uint8_t kind;      /* enum census_kind */
    uint32_t count;
    uint32_t waiting; /* of tasks: those that wait for something */
    uint32_t site;    /* SNAPSHOT_NONE: not known */
    bool made_there;  /* of tasks: the site is where they were created, not where they are */
    struct creations created; /* of contexts without a site: what was sampled of them */
    uint32_t created_alike;   /* how many of them have the site of `created.stack` */
    /* The one that has waited for the longest, or was made first; SNAPSHOT_NONE never. */
    uint32_t oldest;
    /*
     * Since when that one waits, or is there; SNAPSHOT_TIME_UNKNOWN: of none of them is it known.
     */
    int64_t since_ns;
    bool since_at_least; /* it may have begun earlier */
    /* When the first of them will end, or go on by itself; SNAPSHOT_NEVER: none is known to. */
    int64_t until_ns;
};

struct census {
    struct census_group *groups; /* tasks first; of each kind the largest first */
    size_t count;
};

/* n log n. NULL when memory ran out. */
struct census *census_take(const struct snapshot *snapshot);
void census_free(struct census *census); /* NULL is fine */

const char *census_kind_name(unsigned kind); /* "tasks", "contexts" */

/*
 * Where or what a group is: "serve (server.c:17)", "created in serve (server.c:17)", 'cancel under
 * value "session" created in serve (server.go:17) (known of 23 of 1,004)'.
 */
void census_place(struct text *text, const struct snapshot *snapshot,
                  const struct census_group *group);

/* What the oldest of a group of tasks does: "receive", "select", "running"; "" for contexts. */
const char *census_doing(const struct snapshot *snapshot, const struct census_group *group);

#endif
