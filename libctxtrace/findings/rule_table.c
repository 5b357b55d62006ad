/* The rules. A new one is a row here and a file that defines it. */
#include "findings/rule_table.h"

#include <string.h>

#define RULES(ROW)                                                                                 \
    ROW(deadlock)                                                                                  \
    ROW(leaked_task)                                                                               \
    ROW(never_cancelled_wait)                                                                      \
    ROW(lost_cancel)                                                                               \
    ROW(cancelled_but_blocked_elsewhere)                                                           \
    ROW(ignored_cancel)                                                                            \
    ROW(wait_without_done)                                                                         \
    ROW(wakes_only_by_parent)                                                                      \
    ROW(fat_context)                                                                               \
    ROW(child_pile_up)                                                                             \
    ROW(after_func_not_stopped)                                                                    \
    ROW(broken_inheritance)                                                                        \
    ROW(unreleased_timeout)                                                                        \
    ROW(left_open)                                                                                 \
    ROW(thread_not_joined)                                                                         \
    ROW(inverted_deadline)                                                                         \
    ROW(born_expired)                                                                              \
    ROW(growing_site)

#define DECLARE(name) extern const struct rule rule_##name;
RULES(DECLARE)

#define ENTRY(name) &rule_##name,
const struct rule *const rule_table[] = {RULES(ENTRY) NULL};

const struct rule *rule_find(const char *name)
{
    for (size_t i = 0; rule_table[i]; i++) {
        if (strcmp(rule_table[i]->name, name) == 0)
            return rule_table[i];
    }
    return NULL;
}
