/* Samples as plain text: no colours, no escapes; what --batch prints. */
#ifndef CTXTOP_BATCH_H
#define CTXTOP_BATCH_H

#include "ctxtop/folds.h"
#include "ctxtop/header.h"

#include <stdio.h>

/* The views to print; NULL-terminated. */
struct text_options {
    const struct view *views[16];
    const char *filter; /* "" for none */
    unsigned width;     /* cut lines to so many columns; 0: as wide as the content */
    bool folds;         /* fold from `fold_depth` on, instead of as the view would begin */
    uint32_t fold_depth;
};

/* Header and views. False when memory ran out. */
bool text_print_sample(FILE *out, const struct model *model, const struct sampling_state *sampling,
                       const struct text_options *options);

/* One view alone, without the header. */
bool text_print_view(FILE *out, const struct model *model, const struct view *view,
                     const struct text_options *options);

#endif
