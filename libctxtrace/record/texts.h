/* Texts of the segment. */
#ifndef CTXTRACE_RECORD_TEXTS_H
#define CTXTRACE_RECORD_TEXTS_H

#include "record/recorder.h"

/* A reference to a copy of the text; 0 for NULL, an empty one, or when there is no room. */
uint64_t text_store(struct recorder_thread *thread, const char *text);
void text_free(struct recorder_thread *thread, uint64_t reference);

#endif
