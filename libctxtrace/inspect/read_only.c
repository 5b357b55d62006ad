#include "inspect/read_only.h"

#include "image/intervention.h"

bool read_only_permits(const char *what, struct failure *failure)
{
    struct complaint complaint;
    return intervention_allowed(what, &complaint) ||
           failure_set(failure, "%s.", complaint.sentence);
}
