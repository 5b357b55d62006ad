/*
 * Rules and findings.
 *
 * A rule looks at a snapshot and makes claims, one per defective thing. Claims of one rule with the
 * same confidence, site (or likeness and place) and peers become one finding with a count: a
 * thousand leaks from one line are one finding. The rule then writes the sentence for the whole
 * group, with its numbers.
 *
 * Adding a rule is one file that defines a `struct rule`, and one row in rule_table.c.
 *
 * Never a false `proved`: a claim is proved only if every fact it rests on is known. When a fact is
 * unknown the rule lowers the claim and names the missing precondition, or makes no claim.
 */
#ifndef CTXTRACE_FINDINGS_RULE_H
#define CTXTRACE_FINDINGS_RULE_H

#include "snapshot/snapshot.h"

enum confidence { CONFIDENCE_SUSPECT, CONFIDENCE_LIKELY, CONFIDENCE_PROVED, CONFIDENCE_COUNT };
enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL, SEVERITY_COUNT };

enum subject_kind { SUBJECT_CONTEXT, SUBJECT_TASK, SUBJECT_OBJECT, SUBJECT_KIND_COUNT };

#define CLAIM_STACKS 4

struct labelled_stack {
    const char *label; /* "created", "waits", "cancelled by", "holds the lock" ...; static text */
    uint32_t stack;
};

struct claim {
    uint8_t confidence;
    uint8_t subject_kind;
    uint8_t missing;  /* enum precondition that kept it from being proved; PRECONDITION_NONE */
    uint32_t subject; /* index of the context, task or object */
    uint32_t site;    /* what groups claims; SNAPSHOT_NONE: a group of its own */
    uint32_t other;   /* rule's own: e.g. the parent that lives on, or the peer; SNAPSHOT_NONE */
    int64_t since_ns; /* since when it has been so; SNAPSHOT_TIME_UNKNOWN */
    int64_t number;   /* rule's own: e.g. a depth, a lag in nanoseconds */
    struct labelled_stack stacks[CLAIM_STACKS]; /* unused ones have label NULL */
    /*
     * When there is no site: what groups claims instead, a hash of names that survive recompiling
     * (likeness_of_context() in findings/evidence.h); 0: a group of its own.
     */
    uint64_t likeness;
    /*
     * What tells claims of one likeness apart in one snapshot, and counts in no fingerprint: they
     * are as many findings of one fingerprint, as two closures of one function are; 0: nothing.
     */
    uint64_t place;
    /*
     * What tells claims of one site apart, and counts in the fingerprint beside it: a hash of the
     * sites of all others that the defect needs; 0: it needs none.
     */
    uint64_t peers;
};

struct thresholds {
    int64_t min_age_ns;    /* younger contexts and waits are not looked at; default 1 s */
    uint32_t max_depth;    /* fat-context: depth above which a chain is too deep; default 50 */
    uint32_t max_repeats;  /* fat-context: same site on one ancestry; default 3 */
    uint32_t max_children; /* child pile-up; default 1000 */
    int64_t max_lag_ns;    /* ignored-cancel: time after the end that is tolerated; 1 s */
    /*
     * How many of one site on one context, unjoined threads, or things left open, look like a pile;
     * default 10.
     */
    uint32_t max_registrations;
    uint32_t min_growth; /* growing-site: so many more are growth; default 4 */
};

struct finding {
    const struct rule *rule;
    uint8_t confidence;
    uint8_t missing;
    uint64_t fingerprint; /* of rule and site (and peers); the same after recompiling */
    uint32_t site;
    uint32_t count;             /* claims in it */
    const struct claim *claims; /* oldest first */
    char *sentence;
};

struct findings {
    struct finding *items; /* most severe, most certain, most numerous first */
    uint32_t count;
    uint32_t
        withheld[PRECONDITION_COUNT]; /* claims that were lowered or dropped, by what was missing */
};

struct claims; /* findings/claims.h */

struct growth; /* findings/growth.h: what is remembered from look to look */

struct rule {
    const char *name;      /* "lost-cancel": what users write in options and find in the schema */
    const char *catalogue; /* "C1, C2": codes of docs/findings.md, "The catalogue" */
    const char *title;     /* "A context that nobody can cancel any more" */
    const char *advice;    /* what to do, one or two sentences */
    enum severity severity;
    void (*check)(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims);
    /* Writes the sentence for a group of claims to `out`, at most `size` bytes. */
    void (*sentence)(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size);
    /*
     * Rules over time have this instead of the two above: adds findings, by findings_take(), about
     * what there is in `snapshot`, which `growth` looked at last. False when memory ran out.
     */
    bool (*check_over_time)(const struct growth *growth, const struct snapshot *snapshot,
                            const struct thresholds *thresholds, struct findings *findings);
};

struct thresholds thresholds_default(void);

const char *confidence_name(unsigned confidence);
const char *severity_name(unsigned severity);
const char *subject_kind_name(unsigned kind);

#endif
