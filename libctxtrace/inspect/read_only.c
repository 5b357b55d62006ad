#include "inspect/read_only.h"

#include "image/intervention.h"

bool read_only_permits(const char *what, struct error *error)
{
    return intervention_allowed(what, error);
}
