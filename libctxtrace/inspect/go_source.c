#include "inspect/go_source.h"

void *go_source_open(struct image *image, const struct source_options *options, struct error *error)
{
    const struct go_options go_options = {.want_proofs = options->want_proofs,
                                          .max_pause_ns = options->max_pause_ns,
                                          .clone = options->capture == CAPTURE_FORK,
                                          .show_values = options->show_values,
                                          .want_system = options->want_system,
                                          .search_permille = options->search_permille};
    return image ? go_session_open(image, &go_options, error) : NULL;
}

struct snapshot *go_source_take(void *state, struct error *error)
{
    return go_session_take(state, error);
}

bool go_source_keeps_alive(void *state, uint64_t id, char **out, struct error *error)
{
    return go_session_keeps_alive(state, id, out, error);
}

void go_source_close(void *state)
{
    go_session_close(state);
}
