/* The lines above every view: the program, its state, what was counted, what was lost. */
#ifndef CTXTOP_HEADER_H
#define CTXTOP_HEADER_H

#include "ctxtop/view.h"

#define HEADER_SPANS 24

struct span {
    char text[LABEL_SIZE];
    enum meaning meaning;
};

/* One line, in pieces with a meaning each. Nothing is written between the pieces. */
struct header_line {
    struct span spans[HEADER_SPANS];
    unsigned count;
};

enum { HEADER_PROGRAM, HEADER_COUNTS, HEADER_LOSSES, HEADER_LINES };

/* How the sampling goes; all zero for batch output of the first sample. */
struct sampling_state {
    bool paused;
    int64_t age_ns;     /* of the sample */
    int64_t delay_ns;   /* between samples */
    const char *error;  /* why the last sample could not be taken, NULL if it could */
    const char *ending; /* how the command that was started ended, NULL if it runs */
};

/* Fills in the lines and returns how many there are. `model->sample` must be there. */
unsigned header_make(const struct model *model, const struct sampling_state *sampling,
                     struct header_line lines[HEADER_LINES]);

#endif
