/*
 * Why something in a foreign program could not be read: one clear sentence that says what to do.
 *
 * The rooms that read foreign programs may not know the sources built on them, so they carry their
 * own small box for a sentence; a source copies it into its own failure.
 */
#ifndef CTXTRACE_IMAGE_COMPLAINT_H
#define CTXTRACE_IMAGE_COMPLAINT_H

#include <stdbool.h>

struct complaint {
    char sentence[768];
};

/* Fills in the sentence; always returns false, so that `return complain(...)` reads well. */
__attribute__((format(printf, 2, 3))) bool complain(struct complaint *complaint, const char *format,
                                                    ...);

#endif
