#include "inject/step.h"

#include <stddef.h>

void (*inject_at_step)(void) = NULL;
