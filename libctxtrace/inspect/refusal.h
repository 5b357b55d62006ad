/* Why a target that no source claims cannot be looked at: what it is instead, and what to do. */
#ifndef CTXTRACE_INSPECT_REFUSAL_H
#define CTXTRACE_INSPECT_REFUSAL_H

#include "base/error.h"
#include "inspect/source.h"

/* Fills in the sentence; always returns false. */
bool refuse_target(const struct target *target, struct error *error);

#endif
