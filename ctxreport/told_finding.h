/*
 * A finding as formats for CI services tell it: in one piece, with its place in the repository.
 */
#ifndef CTXREPORT_TOLD_FINDING_H
#define CTXREPORT_TOLD_FINDING_H

#include "base/error.h"
#include "ctxreport/format.h"

struct told_finding {
    const char *rule, *title, *sentence, *advice;
    const char *confidence, *severity; /* as words */
    const char *fingerprint;
    const char *program;  /* base name of the executable */
    const char *function; /* of the site; NULL: unknown */
    const char *file;     /* below the source root, if it is there; NULL: unknown */
    int64_t line;         /* 0: unknown */
    const char *reason;   /* of the suppression; NULL: none is given */
    bool is_known, is_suppressed;
    bool fails; /* it makes the exit status that of failure */
};

/* Texts are valid during the call. */
typedef void finding_teller(const struct told_finding *finding, void *data);

/* Tells all findings of a program, the most important first. */
bool tell_findings(const struct format_request *request, struct store *store, int64_t program_id,
                   finding_teller *tell, void *data, struct error *error);

/* The same of all programs of all runs of the request. */
bool tell_all_findings(const struct format_request *request, finding_teller *tell, void *data,
                       struct error *error);

#endif
