#include "inspect/go_source.h"

void *go_source_open(struct image *image, const struct source_options *options,
                     struct complaint *complaint, struct failure *failure)
{
    const struct go_options go_options = {.want_proofs = options->want_proofs,
                                          .max_pause_ns = options->max_pause_ns,
                                          .show_values = options->show_values,
                                          .want_system = options->want_system,
                                          .search_permille = options->search_permille};
    struct go_session *session = image ? go_session_open(image, &go_options, complaint) : NULL;
    if (!session)
        failure_set(failure, "%s", complaint->sentence);
    return session;
}

struct snapshot *go_source_take(void *state, struct failure *failure)
{
    struct complaint complaint = {.sentence = ""};
    struct snapshot *snapshot = go_session_take(state, &complaint);
    if (!snapshot)
        failure_set(failure, "%s", complaint.sentence);
    return snapshot;
}

bool go_source_keeps_alive(void *state, uint64_t id, char **out, struct failure *failure)
{
    struct complaint complaint = {.sentence = ""};
    if (go_session_keeps_alive(state, id, out, &complaint))
        return true;
    return failure_set(failure, "%s", complaint.sentence);
}

void go_source_close(void *state)
{
    go_session_close(state);
}
