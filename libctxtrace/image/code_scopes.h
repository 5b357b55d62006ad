/*
 * Which functions, inlined calls and blocks an address lies in, from DWARF.
 *
 * libdw's dwarf_getscopes() looks for the origin of an inlined call in the unit of its code, and
 * finds nothing when GCC's link-time optimization has put them into different ones. So the code's
 * own tree is walked here, and what a thing is called is asked of its origin later.
 */
#ifndef CTXTRACE_IMAGE_CODE_SCOPES_H
#define CTXTRACE_IMAGE_CODE_SCOPES_H

#include <elfutils/libdw.h>

enum { MOST_SCOPES = 128 };

struct code_scopes {
    Dwarf_Die dies[MOST_SCOPES]; /* outermost first, without the unit itself */
    int count;
};

/* Deeper scopes than there is room for are left out. */
void code_scopes_find(struct code_scopes *scopes, Dwarf_Die *unit, Dwarf_Addr address);

#endif
