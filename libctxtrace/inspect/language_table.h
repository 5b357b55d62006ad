/* Languages by name, for those who have no source at hand: text fixtures and reports. */
#ifndef CTXTRACE_INSPECT_LANGUAGE_TABLE_H
#define CTXTRACE_INSPECT_LANGUAGE_TABLE_H

#include "snapshot/language.h"

/* native_language if no language has this name. */
const struct language *language_named(const char *name);

#endif
