/*
 * The findings of one run, put together as they are compared with those of another: one entry for
 * each fingerprint and program.
 *
 * A fingerprint that is *identified* names one place of the source. Closures of one function share
 * one, so it also matters how many places there are. What has no place in the source (a context
 * whose creator is unknown) has a fingerprint that only describes it; then it matters how many such
 * things there are.
 */
#ifndef CTXREPORT_RUN_FINDINGS_H
#define CTXREPORT_RUN_FINDINGS_H

#include "base/error.h"
#include "ctxreport/format.h"
#include "findings/rule.h"

#define FINGERPRINT_SIZE 20

/* How much there is, of each confidence and of higher ones. */
struct amounts {
    int64_t count[CONFIDENCE_COUNT];  /* things that findings are about, in all programs */
    int64_t places[CONFIDENCE_COUNT]; /* the most in one program */
};

struct run_finding {
    char fingerprint[FINGERPRINT_SIZE];
    char *program; /* base name of the executable */
    char *rule, *sentence, *site;
    unsigned confidence; /* the highest */
    unsigned severity;
    bool identified;
    bool is_suppressed; /* what is, and what is not, of one fingerprint are two entries */
    struct amounts amounts;
};

struct run_findings {
    struct run_finding *items; /* in order of importance */
    size_t count, capacity;
    const char **fingerprints; /* of the items, sorted */
    char **programs;           /* base names of the executables of the run, sorted */
    size_t program_count, program_capacity;
};

/*
 * Reads those of the first run of the selection. False with a sentence, also when its fingerprints
 * are of another version than ours. Free it in any case.
 */
bool run_findings_read(struct run_findings *findings, const struct selection *selection,
                       struct error *error);
void run_findings_free(struct run_findings *findings);

bool run_findings_has_fingerprint(const struct run_findings *findings, const char *fingerprint);

/* Has the run a program of that name? */
bool run_findings_has_program(const struct run_findings *findings, const char *name);

#endif
