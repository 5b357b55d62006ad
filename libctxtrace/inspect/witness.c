#include "inspect/witness.h"

#include "segment/witness.h"

void witness_end(const char *path, const struct process_end *end)
{
    segment_saw_end(path, end->pid, end->ended_ns, end->wait_status);
}
