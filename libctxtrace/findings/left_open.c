/*
 * left-open: a library keeps a task waiting for as long as something of its users is open, and
 * there is a pile of such tasks.
 *
 * What is open is told by the names on the stacks of such tasks: each row of `kinds` names the
 * function that the task is in, and the functions in which others are who use what is open. What
 * calls the library is long gone from all stacks, so nobody can say which user goes with which.
 *
 * A task counts when it is known to have waited for PATIENCE times min_age; a younger one may be of
 * work that goes on. Claimed is a pile: more than max_registrations beyond those that somebody
 * uses. It is only ever suspect: a program may mean to keep that many streams open, or be about to
 * use them again. Nothing is claimed of what keeps no task, as rows without a context that can end.
 */
#include "base/hash.h"
#include "findings/evidence.h"
#include "findings/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 10, USERS = 2 };

struct kind {
    const char *keeper;       /* the task that waits is in this function, or in a closure of it */
    const char *users[USERS]; /* who uses one has a function on the stack that begins like this */
    const char *one, *many;   /* what is open */
    const char *nobody;       /* "reads from": followed by "it" or "them" */
};

static const struct kind kinds[] = {
    {.keeper = "net/http.(*persistConn).readLoop",
     .users = {"net/http.(*bodyEOFSignal).Read"},
     .one = "body of an HTTP response",
     .many = "bodies of HTTP responses",
     .nobody = "reads from"},
    {.keeper = "google.golang.org/grpc.newClientStreamWithParams.func",
     .users = {"google.golang.org/grpc.(*clientStream).RecvMsg"},
     .one = "gRPC stream",
     .many = "gRPC streams",
     .nobody = "receives from"},
    {.keeper = "database/sql.(*Rows).awaitDone",
     .users = {"database/sql.(*Rows).Next"},
     .one = "result of a database query",
     .many = "results of database queries",
     .nobody = "reads from"},
    {.keeper = "database/sql.(*Tx).awaitDone",
     .users = {"database/sql.(*Tx).", "database/sql.(*Rows).Next"},
     .one = "database transaction",
     .many = "database transactions",
     .nobody = "works in"},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- what a stack tells ---- */

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool is_runtimes(const char *function)
{
    return begins_with(function, "runtime.") || begins_with(function, "internal/runtime/");
}

/* The innermost function that is not of the language's runtime. */
static const char *function_at(const struct snapshot *snapshot, uint32_t stack)
{
    const struct snapshot_stack *it = &snapshot->stacks[stack];
    for (uint32_t i = 0; i < it->frame_count; i++) {
        const char *function =
            snapshot_text(snapshot, snapshot->frames[it->first_frame + i].function);
        if (!is_runtimes(function))
            return function;
    }
    return "";
}

/* The kind of which a task with this stack keeps one open; KINDS: none. */
static unsigned kind_kept(const struct snapshot *snapshot, uint32_t stack)
{
    const char *function = function_at(snapshot, stack);
    unsigned kind = 0;
    while (kind < KINDS && !begins_with(function, kinds[kind].keeper))
        kind++;
    return kind;
}

static bool is_user(const char *function, const struct kind *kind)
{
    for (unsigned i = 0; i < USERS && kind->users[i]; i++)
        if (begins_with(function, kind->users[i]))
            return true;
    return false;
}

/* The kinds of which a task with this stack uses one, a bit each. */
static unsigned kinds_used(const struct snapshot *snapshot, uint32_t stack)
{
    const struct snapshot_stack *it = &snapshot->stacks[stack];
    unsigned used = 0;
    for (uint32_t i = 0; i < it->frame_count; i++) {
        const char *function =
            snapshot_text(snapshot, snapshot->frames[it->first_frame + i].function);
        for (unsigned kind = 0; kind < KINDS; kind++)
            used |= (unsigned)is_user(function, &kinds[kind]) << kind;
    }
    return used;
}

/* Tasks share their stacks, which are looked at once. */
struct role {
    uint8_t keeps, uses;
};

static struct role *roles_of_stacks(const struct snapshot *snapshot)
{
    struct role *roles = calloc(snapshot->stack_count + (size_t)1, sizeof *roles);
    for (uint32_t i = 0; roles && i < snapshot->stack_count; i++) {
        roles[i].keeps = (uint8_t)kind_kept(snapshot, i);
        if (roles[i].keeps == KINDS)
            roles[i].uses = (uint8_t)kinds_used(snapshot, i);
    }
    return roles;
}

/* ---- claims ---- */

static bool has_waited(const struct snapshot *snapshot, const struct thresholds *thresholds,
                       const struct snapshot_task *task)
{
    int64_t patience;
    if (task->wait_count == 0 ||
        __builtin_mul_overflow(thresholds->min_age_ns, PATIENCE, &patience))
        return false;
    return has_lasted(snapshot, snapshot->waits[task->first_wait].since_ns, patience);
}

static bool keeps(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  const struct role *roles, uint32_t task, unsigned kind)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    return it->stack != SNAPSHOT_NONE && roles[it->stack].keeps == kind &&
           has_waited(snapshot, thresholds, it);
}

static void look_for(const struct snapshot *snapshot, const struct thresholds *thresholds,
                     const struct role *roles, unsigned kind, struct claims *claims)
{
    uint32_t kept = 0, used = 0;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        uint32_t stack = snapshot->tasks[i].stack;
        kept += keeps(snapshot, thresholds, roles, i, kind);
        used += stack != SNAPSHOT_NONE && (roles[stack].uses >> kind & 1);
    }
    if (kept <= used || kept - used <= thresholds->max_registrations)
        return;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        if (!keeps(snapshot, thresholds, roles, i, kind))
            continue;
        struct claim claim =
            claim_about_task(snapshot, i, snapshot->tasks[i].first_wait, CONFIDENCE_SUSPECT);
        /* No place of the program's own is on its stack: it is the kind that makes the group. */
        claim.site = SNAPSHOT_NONE;
        claim.likeness = hash_text(HASH_START, kinds[kind].keeper);
        claim.number = used;
        claims_add(claims, &claim);
    }
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    struct role *roles = roles_of_stacks(snapshot);
    if (!roles)
        claims_fail(claims);
    for (unsigned kind = 0; roles && kind < KINDS; kind++)
        look_for(snapshot, thresholds, roles, kind, claims);
    free(roles);
}

/* ---- sentences ---- */

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *oldest = &finding->claims[0];
    const struct claim *youngest = &finding->claims[finding->count - 1];
    uint32_t stack = snapshot->tasks[oldest->subject].stack;
    const struct kind *kind = &kinds[kind_kept(snapshot, stack)];

    text_count(&text, finding->count, kind->one, kind->many);
    text_add(&text, " %s been open for at least ",
             singular_or_plural(finding->count, "has", "have"));
    text_duration(&text, age_at_snapshot(snapshot, youngest->since_ns));
    if (oldest->number > 0)
        text_add(&text, ", and at most %" PRId64 " of them %s in use: ", oldest->number,
                 singular_or_plural((uint64_t)oldest->number, "is", "are"));
    else
        text_add(&text, ", and nobody %s %s: ", kind->nobody,
                 singular_or_plural(finding->count, "it", "them"));
    text_add(&text, "%s", finding->count > 1 ? "for one, " : "");
    text_task(&text, snapshot, oldest->subject);
    text_add(&text, " waits in %s.", function_at(snapshot, stack));
}

const struct rule rule_left_open = {
    .name = "left-open",
    .catalogue = "G16, G17, G18",
    .title = "Responses, streams, rows or transactions that are left open",
    .advice = "Close what was opened on every path, errors included: the body of each response, "
              "also when it is not read; rows and transactions, by a deferred Close or Rollback; "
              "a stream by the end of its context, or by receiving to its end.",
    .severity = SEVERITY_MEDIUM,
    .check = check,
    .sentence = sentence,
};
