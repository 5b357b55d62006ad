/*
 * verdicts PID: what the Go reader says of each goroutine, one line each: its id, and whether
 * anything can still wake it. For check_leak_profile.py.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "golang/session.h"

int main(int count, char **arguments)
{
    struct complaint complaint = {.sentence = ""};
    const struct go_options options = {.want_proofs = true, .max_pause_ns = INT64_C(10000000000)};
    if (count != 2) {
        fprintf(stderr, "usage: verdicts PID\n");
        return 2;
    }
    struct image *image = image_open_process(atoi(arguments[1]), &complaint);
    struct go_session *session = image ? go_session_open(image, &options, &complaint) : NULL;
    struct snapshot *snapshot = session ? go_session_take(session, &complaint) : NULL;
    if (!snapshot)
        fprintf(stderr, "verdicts: %s\n", complaint.sentence);
    for (uint32_t i = 0; snapshot && i < snapshot->task_count; i++)
        printf("%" PRIu64 " %s\n", snapshot->tasks[i].id,
               fact_value_name(snapshot->tasks[i].wakeable.value));
    bool good = snapshot != NULL;
    snapshot_free(snapshot);
    go_session_close(session);
    return good ? 0 : 2;
}
