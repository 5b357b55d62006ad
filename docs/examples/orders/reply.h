/*
 * Answers. A handler fills request->body and returns a status; these do both.
 *
 * The causes with which this server ends contexts carry the HTTP status as their code, so that an
 * answer can be made from the cause alone.
 */
#ifndef ORDERS_REPLY_H
#define ORDERS_REPLY_H

#include "request.h"

/* Nobody is there to read it, but logs are. The number is the one that nginx uses. */
#define STATUS_CLIENT_HUNG_UP 499

/* Answers with this body, which is taken over. */
unsigned reply(struct request *request, unsigned status, json_t *body);
/* Answers with one sentence. */
unsigned reply_problem(struct request *request, unsigned status, const char *sentence);
/* Answers for work that failed with `error`: why the context ended, or that the server is at fault.
 */
unsigned reply_error(ctxt_t *context, struct request *request, int error);

#endif
