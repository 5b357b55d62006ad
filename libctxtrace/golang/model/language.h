/* Go, as snapshots know it. */
#ifndef CTXTRACE_GOLANG_MODEL_LANGUAGE_H
#define CTXTRACE_GOLANG_MODEL_LANGUAGE_H

#include "snapshot/language.h"

extern const struct language go_language;

/* Looks at nothing but the function's name. There is no FRAME_OF_SYSTEM. */
enum frame_owner owner_of_go_frame(const struct frame_names *frame);

#endif
