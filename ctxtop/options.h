/* What the command line asks for. */
#ifndef CTXTOP_OPTIONS_H
#define CTXTOP_OPTIONS_H

#include "ctxtop/theme.h"
#include "ctxtop/view.h"
#include "inspect/source_argp.h"

#define OPTIONS_VIEWS 16

struct options {
    const char *target; /* NULL: none was named */
    char **command;     /* to start and watch; NULL: none */
    bool no_preload;    /* start it without libctxtrace-preload.so */
    bool batch, json;
    long iterations; /* 0: not given */
    int64_t delay_ns;
    bool delay_given;
    const struct view *views[OPTIONS_VIEWS + 1]; /* NULL-terminated */
    unsigned view_count;
    const char *filter; /* "" for none */
    bool folds;         /* fold from fold_depth on */
    uint32_t fold_depth;
    unsigned width; /* of batch text; 0: as wide as its content */
    bool ascii, show_system, hide_ended, debug;
    bool scheme_given;
    enum scheme scheme;
    struct source_options source;
    struct source_arguments looking; /* while the command line is read */
};

/*
 * Reads the command line. Does not return when it is wrong (exit status 2 and a sentence), or asks
 * for help or the version only.
 */
void options_parse(struct options *options, int argc, char **argv);

#endif
