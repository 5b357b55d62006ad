/*
 * What was done to the program that is watched, as lines for the log.
 *
 * A sample has the totals since the first look at the program; a line is the difference between two
 * samples. Only the first of what takes the program no time, such as a sign of life in its segment,
 * gets a line: it comes with every sample. One thread.
 */
#ifndef CTXTOP_INTERVENTIONS_H
#define CTXTOP_INTERVENTIONS_H

#include "snapshot/snapshot.h"

#define INTERVENTION_LINES     1000 /* older ones are forgotten */
#define INTERVENTION_LINE_SIZE 256

struct intervention_line {
    uint64_t position; /* where in the command's output it belongs, see log_file.h */
    char text[INTERVENTION_LINE_SIZE];
};

/* Starts zeroed. */
struct interventions {
    struct intervention_line *lines;
    uint32_t count;
    uint64_t forgotten;
    int32_t pid; /* whose `before` is */
    struct snapshot_intervention before[INTERVENTION_COUNT];
};

/* Takes what is new in this sample's program. True if there was something. */
bool interventions_update(struct interventions *interventions,
                          const struct snapshot_program *program, uint64_t position);
void interventions_free(struct interventions *interventions);

#endif
