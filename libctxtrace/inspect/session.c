#include "base/error.h"
#include "inspect/refusal.h"
#include "inspect/target.h"

#include <stdlib.h>
#include <string.h>

struct session {
    const struct source *source;
    void *state;
    char *text; /* the target's own copy of what the user wrote */
    struct target target;
};

static const struct source *find_source(const struct target *target)
{
    for (size_t i = 0; source_table[i]; i++) {
        if (source_table[i]->claims(target))
            return source_table[i];
    }
    return NULL;
}

static bool open_session(struct session *session, const char *text,
                         const struct source_options *options, struct error *error)
{
    static const struct source_options defaults;
    session->text = strdup(text);
    if (!session->text)
        return error_no_memory(error);
    if (!target_look(&session->target, session->text, error))
        return false;
    session->source = find_source(&session->target);
    if (!session->source)
        return refuse_target(&session->target, error);
    session->state = session->source->open(&session->target, options ? options : &defaults, error);
    return session->state != NULL;
}

struct session *session_open(const char *target, const struct source_options *options,
                             struct error *error)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session) {
        error_no_memory(error);
        return NULL;
    }
    if (open_session(session, target, options, error))
        return session;
    free(session->text);
    free(session);
    return NULL;
}

struct snapshot *session_take(struct session *session, struct error *error)
{
    return session->source->take(session->state, error);
}

bool session_keeps_alive(struct session *session, uint64_t id, char **out, struct error *error)
{
    if (!session->source->keeps_alive)
        return error_set(error,
                         "what keeps something alive cannot be told of a %s: it holds counts of "
                         "references, not the references",
                         session->source->name);
    return session->source->keeps_alive(session->state, id, out, error);
}

const struct source *session_source(const struct session *session)
{
    return session->source;
}

void session_close(struct session *session)
{
    if (!session)
        return;
    session->source->close(session->state);
    free(session->text);
    free(session);
}
