/*
 * Trees that are walked recursively: each level derives a context from the one above and ends it
 * when it returns. Nothing grows. One walk is deeper than the stacks that are recorded, one is not.
 */
#include "stay.h"

enum { SHALLOW = 40, DEEP = 130 };

OUT_OF_LINE static int walk(ctxt_t *context, long levels)
{
    ctxt_scope level = ctxt_with_cancel(context);
    int result = levels == 0 ? ctxt_sleep(level, 3 * CTXT_SECOND) : walk(level, levels - 1);
    __asm__ volatile("");
    return result;
}

static int walk_again(ctxt_t *context, void *levels)
{
    while (ctxt_err(context) == 0)
        walk(context, (long)levels);
    return 0;
}

int main(void)
{
    ctxt_scope all = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *shallow = ctxt_go(all, walk_again, (void *)SHALLOW);
    ctxt_task_t *deep = ctxt_go(all, walk_again, (void *)DEEP);
    say_ready_and_stay();
    ctxt_cancel(all);
    ctxt_join(ctxt_background(), shallow, NULL);
    ctxt_join(ctxt_background(), deep, NULL);
    return 0;
}
