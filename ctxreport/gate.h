/*
 * Which findings make the exit status that of failure: --fail-on.
 */
#ifndef CTXREPORT_GATE_H
#define CTXREPORT_GATE_H

#include "findings/rule.h"

/* For `confidence`: no finding does. */
#define FAIL_ON_NOTHING CONFIDENCE_COUNT

struct gate {
    unsigned confidence; /* enum confidence from which on they do, or FAIL_ON_NOTHING */
    unsigned severity;   /* enum severity from which on they do */
};

/* Proved ones, however severe. */
struct gate gate_default(void);

/*
 * Reads "likely", "high", "likely,high" or "none": what is not named is as it was. False when it
 * is something else.
 */
bool gate_parse(const char *text, struct gate *gate);

bool gate_stops(const struct gate *gate, unsigned confidence, unsigned severity);

/* Words of a report; what is none counts as the lowest confidence, and the highest severity. */
unsigned confidence_of(const char *name);
unsigned severity_of(const char *name);

#endif
