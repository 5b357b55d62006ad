#include "image/code_scopes.h"

#include <dwarf.h>
#include <stdbool.h>

/* What has no code of its own, but may have functions inside. */
static bool may_contain_functions(Dwarf_Die *die)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
        return true;
    default:
        return false;
    }
}

static bool is_code(Dwarf_Die *die)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_subprogram:
    case DW_TAG_inlined_subroutine:
    case DW_TAG_lexical_block:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
        return true;
    default:
        return false;
    }
}

/*
 * Walks the tree without recursion: a way down is given up when its children are exhausted. The
 * depth is limited, and the siblings of one parent are each looked at once.
 */
void code_scopes_find(struct code_scopes *scopes, Dwarf_Die *unit, Dwarf_Addr address)
{
    enum { DEEPEST = 64 };
    Dwarf_Die parents[DEEPEST], die;
    int depth = 0;
    scopes->count = 0;
    if (dwarf_child(unit, &die) != 0)
        return;
    for (;;) {
        Dwarf_Die child;
        bool here = is_code(&die) && dwarf_haspc(&die, address) > 0;
        bool below = scopes->count == 0 && depth < DEEPEST && may_contain_functions(&die);
        if (here) {
            if (scopes->count == MOST_SCOPES)
                return;
            scopes->dies[scopes->count++] = die;
            /* No sibling has the address, too. */
            if (dwarf_child(&die, &child) != 0)
                return;
            die = child;
            continue;
        }
        if (below && dwarf_child(&die, &child) == 0) {
            parents[depth++] = die;
            die = child;
            continue;
        }
        while (dwarf_siblingof(&die, &die) != 0) {
            if (scopes->count > 0 || depth == 0)
                return;
            die = parents[--depth];
        }
    }
}
