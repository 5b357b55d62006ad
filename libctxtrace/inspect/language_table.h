/* Languages by name, for text fixtures and reports, which have no source. */
#ifndef CTXTRACE_INSPECT_LANGUAGE_TABLE_H
#define CTXTRACE_INSPECT_LANGUAGE_TABLE_H

#include "snapshot/language.h"

/* native_language if no language has this name. */
const struct language *language_named(const char *name);

#endif
