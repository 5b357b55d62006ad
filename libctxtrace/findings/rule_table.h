/* All rules. */
#ifndef CTXTRACE_FINDINGS_RULE_TABLE_H
#define CTXTRACE_FINDINGS_RULE_TABLE_H

#include "findings/rule.h"

/* Ends with NULL. */
extern const struct rule *const rule_table[];
const struct rule *rule_find(const char *name);

#endif
