/* What a sub-command says when it fails. */
#ifndef CTXREPORT_SAY_FAILURE_H
#define CTXREPORT_SAY_FAILURE_H

#include "base/error.h"
#include "inspect/source.h"

/* Writes the sentence to standard error; returns STATUS_TROUBLE. */
int say_failure(const struct error *error);

#endif
