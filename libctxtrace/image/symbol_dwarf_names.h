/*
 * The names of functions: with the namespaces and classes that they are in, and as the linker knows
 * them. For symbol_dwarf.c.
 */
#ifndef CTXTRACE_IMAGE_SYMBOL_DWARF_NAMES_H
#define CTXTRACE_IMAGE_SYMBOL_DWARF_NAMES_H

#include "image/symbol_dwarf.h"

/*
 * Fills in `function` and `linkage` of the frame, for a subprogram or inlined call. They stay
 * unknown where DWARF does not say. The strings live as long as `dwarf`.
 */
void symbol_dwarf_function(struct symbol_dwarf *dwarf, Dwarf_Die *die, struct symbol_frame *frame);

void symbol_dwarf_forget_names(struct symbol_dwarf *dwarf);

#endif
