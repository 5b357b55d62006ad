/* Keys in the modes in which text is typed or a question is answered. */
#ifndef CTXTOP_TYPING_H
#define CTXTOP_TYPING_H

#include "ctxtop/interface.h"

/* Returns what has to be drawn. */
unsigned typing_key(struct interface *interface, int key, bool is_function_key);

#endif
