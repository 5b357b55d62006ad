#include "golang/session.h"

#include "base/clock.h"
#include "base/error.h"
#include "golang/capture/clone_place.h"
#include "golang/export/export.h"
#include "golang/model/blocked_since.h"
#include "golang/model/creation_stacks.h"
#include "golang/model/describe.h"
#include "golang/proof/proof.h"
#include "image/prefetch.h"

#include <stdlib.h>

struct go_session {
    struct go_options options;
    struct image *image;
    struct go_program *program;
    struct context_types types;
    struct blocked_since blocked_since;
    struct incremental_scan scan;
    struct descriptor_names descriptors;
    struct inject_place clone_place; /* if it was looked for */
    int64_t looked_ns;               /* the last time; 0: never */
};

/* Where there is none, the program is stopped, and that is said. */
static void find_clone_place(struct go_session *session)
{
    bool wanted = session->options.want_proofs && session->options.clone && session->image->live;
    session->options.clone = wanted;
    if (wanted && !clone_place_find(session->program, &session->clone_place))
        session->clone_place = (struct inject_place){0};
}

struct go_session *go_session_open(struct image *image, const struct go_options *options,
                                   struct error *error)
{
    struct go_session *session = calloc(1, sizeof *session);
    if (!session) {
        error_no_memory(error);
        image_close(image);
        return NULL;
    }
    session->options = *options;
    session->image = image;
    descriptor_names_init(&session->descriptors, image->live ? image->pid : 0);
    session->program = go_program_open(image, error);
    if (session->program && context_types_read(session->program, &session->types)) {
        find_clone_place(session);
        return session;
    }
    if (session->program)
        error_no_memory(error);
    go_session_close(session);
    return NULL;
}

void go_session_close(struct go_session *session)
{
    if (!session)
        return;
    context_types_free(&session->types);
    blocked_since_free(&session->blocked_since);
    incremental_scan_free(&session->scan);
    descriptor_names_free(&session->descriptors);
    go_program_close(session->program);
    image_close(session->image);
    free(session);
}

#define LEAST_SEARCH_NS (2 * NS_PER_MS)
#define MOST_ELAPSED_NS (2 * NS_PER_SECOND)

/* A share of the time since the last look. */
static int64_t search_budget(struct go_session *session)
{
    int64_t now = now_ns();
    int64_t elapsed = session->looked_ns ? now - session->looked_ns : 0;
    /* Else a long time between looks would make the next one cost more, and that time longer. */
    if (elapsed > MOST_ELAPSED_NS)
        elapsed = MOST_ELAPSED_NS;
    session->looked_ns = now;
    if (!session->options.search_permille)
        return INT64_MAX;
    int64_t budget = elapsed / 1000 * session->options.search_permille;
    return budget > LEAST_SEARCH_NS ? budget : LEAST_SEARCH_NS;
}

/*
 * What the proof left open: times, texts and creations. After it the program is not read any more.
 * `then`: what the model is of.
 */
static bool complete_by(struct go_session *session, const struct go_program *then,
                        const struct go_program *program, struct memory_over *over,
                        const struct facts *facts, struct model *model)
{
    const struct description wanted = {.contents = session->options.show_values,
                                       .system = session->options.want_system,
                                       .dead = facts->garbage,
                                       .over = over,
                                       .descriptors = &session->descriptors};
    struct goroutines *goroutines = &model->goroutines;
    runtime_clock_read(program, goroutines, &model->contexts, &model->clock);
    runtime_clock_bound_waits(&model->clock, goroutines);
    if (session->image->live)
        blocked_since_update(&session->blocked_since, &session->types, goroutines, &model->contexts,
                             model->taken_ns);
    return model_describe(program, &session->types, &wanted, model) &&
           creation_stacks_read(then, program, &session->types, model) &&
           ancestors_read(program, session->options.want_system, model);
}

/* A capture is not all that there is to tell: beneath it is the program as it is by now. */
static bool complete(struct go_session *session, struct go_capture *capture,
                     const struct facts *facts, struct model *model)
{
    if (!model->captured)
        return complete_by(session, session->program, session->program, NULL, facts, model);
    struct memory_over over;
    memory_over_begin(&over, capture->program.memory, session->program->memory);
    const struct go_program through = go_program_through(&capture->program, &over.memory);
    return complete_by(session, &capture->program, &through, &over, facts, model);
}

/* Our own pages go back to the system until the next look. */
static void end_capture(struct go_session *session, struct go_capture *capture)
{
    bool was_made = capture_is_sealed(capture);
    capture_free(capture);
    if (was_made)
        memory_drop_all(session->program->memory);
}

struct snapshot *go_session_take(struct go_session *session, struct error *error)
{
    const struct proof_options wanted = {.wanted = session->options.want_proofs,
                                         .any_build = session->options.any_build,
                                         .max_pause_ns = session->options.max_pause_ns,
                                         .place =
                                             session->options.clone ? &session->clone_place : NULL,
                                         .scan = &session->scan,
                                         .search_ns = search_budget(session)};
    struct proof proof = {0};
    struct snapshot *snapshot = NULL;
    if (proof_take(session->program, &session->types, &wanted, &proof, error)) {
        if (complete(session, &proof.capture, &proof.facts, &proof.model))
            snapshot = export_proof(session->program, &session->types, &proof,
                                    session->options.want_system);
        if (!snapshot)
            error_no_memory(error);
    }
    end_capture(session, &proof.capture);
    proof_free(&proof);
    return snapshot;
}

bool go_session_keeps_alive(struct go_session *session, uint64_t id, char **out,
                            struct error *error)
{
    return proof_retention_path(session->program, &session->types, session->options.max_pause_ns,
                                id, out, error);
}
