/*
 * What functions are called: with the namespaces and classes that they are in, and by the linker.
 * For symbol_dwarf.c.
 */
#ifndef CTXTRACE_IMAGE_SYMBOL_DWARF_NAMES_H
#define CTXTRACE_IMAGE_SYMBOL_DWARF_NAMES_H

#include "image/symbol_dwarf.h"

/*
 * Fills in `function` and `linkage` of the frame, for a subprogram or inlined call. They stay
 * unknown where the DWARF does not tell. The strings live as long as `dwarf`.
 */
void symbol_dwarf_function(struct symbol_dwarf *dwarf, Dwarf_Die *die, struct symbol_frame *frame);

void symbol_dwarf_forget_names(struct symbol_dwarf *dwarf);

#endif
