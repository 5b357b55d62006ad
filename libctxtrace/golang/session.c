#include "golang/session.h"

#include "golang/picture.h"
#include "golang/tell.h"

#include <stdlib.h>
#include <time.h>

struct go_session {
    struct go_options options;
    struct image *image;
    struct go_program *program;
    struct context_types types;
};

struct go_session *go_session_open(struct image *image, const struct go_options *options,
                                   struct complaint *complaint)
{
    struct go_session *session = calloc(1, sizeof *session);
    if (!session) {
        complain(complaint, "Memory ran out.");
        image_close(image);
        return NULL;
    }
    session->options = *options;
    session->image = image;
    session->program = go_program_open(image, complaint);
    if (session->program && context_types_read(session->program, &session->types))
        return session;
    if (session->program)
        complain(complaint, "Memory ran out.");
    go_session_close(session);
    return NULL;
}

void go_session_close(struct go_session *session)
{
    if (!session)
        return;
    context_types_free(&session->types);
    go_program_close(session->program);
    image_close(session->image);
    free(session);
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct snapshot *go_session_take(struct go_session *session, struct complaint *complaint)
{
    struct picture picture = {0};
    struct snapshot *snapshot = NULL;
    if (!image_refresh(session->image, complaint))
        return NULL;
    picture.taken_ns = clock_ns(CLOCK_MONOTONIC);
    if (picture_read(session->program, &session->types, &picture))
        snapshot = tell(session->program, &session->types, &picture, &session->options);
    if (!snapshot)
        complain(complaint, "Memory ran out.");
    picture_free(&picture);
    return snapshot;
}
