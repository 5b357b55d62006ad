/*
 * The defect: a context that is kept, and replaced by one derived from itself each time.
 *
 * Only the newest visit counts, and looking it up finds it. But each new context keeps all before
 * it alive: the chain grows with every request, and so does the time of every lookup that misses.
 *
 * ctxtrace says: fat-context, likely from three visits on and proved from fifty. Right would be to
 * derive each visit from the session's first context, or not to keep a context in a variable at
 * all.
 */
#include "reply.h"
#include "routes.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>

struct visit {
    int number;
};

CTXT_VALUE(visit, struct visit)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ctxt_t *session; /* wrong: outlives every request */

/* The number of this visit, or 0 when memory ran out. */
static int remember_visit(ctxt_t *above)
{
    const struct visit *last = session ? get_visit(session) : NULL;
    struct visit *visit = malloc(sizeof *visit);
    if (!visit)
        return 0;
    visit->number = last ? last->number + 1 : 1;
    ctxt_t *longer = with_visit(session ? session : above, visit, free); /* wrong: of itself */
    if (!longer) {
        free(visit);
        return 0;
    }
    ctxt_unref(session);
    session = longer;
    return visit->number;
}

unsigned leak_fat_context(ctxt_t *context, struct request *request)
{
    pthread_mutex_lock(&lock);
    int number = remember_visit(request->server->context);
    pthread_mutex_unlock(&lock);
    if (number == 0)
        return reply_error(context, request, ENOMEM);
    return reply(request, MHD_HTTP_OK, json_pack("{s:i}", "visit", number));
}
