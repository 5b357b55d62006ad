/* C6: each turn of the loop derives its context from the one of the turn before. */
#include "stay.h"

enum { TURNS = 60 };

int main(void)
{
    ctxt_t *turns[TURNS];
    ctxt_t *context = ctxt_background();
    for (int i = 0; i < TURNS; i++) {
        context = ctxt_with_cancel(context);
        require(context != NULL, "no memory");
        turns[i] = context;
    }
    say_ready_and_stay();
    for (int i = 0; i < TURNS; i++)
        ctxt_end_scope(&turns[i]);
    return 0;
}
