/*
 * Reading untrusted debug information. Used in place of functions of libdw that trust the file
 * (elfutils 0.188):
 *
 * - A text ends at its first zero byte. libdw returns texts, and uses file names itself, even if
 *   that zero lies beyond the section, or there is none.
 * - dwarf_attr_integrate() and dwarf_diename() open the file that a skeleton unit names, whatever
 *   and wherever it is; functions of split units get their names from the symbol table.
 */
#ifndef CTXTRACE_IMAGE_DEBUG_TEXTS_H
#define CTXTRACE_IMAGE_DEBUG_TEXTS_H

#include <elfutils/libdw.h>
#include <stdbool.h>

/* Debug information, and where in memory the sections are that have texts among attributes. */
struct debug_file {
    Dwarf *dwarf; /* NULL: there is none, or none that can be used */
    struct {
        const char *begin, *end;
    } sections[2];
};

/*
 * Takes over `dwarf`, which may be NULL. It is closed at once if a section of texts does not end
 * with a zero.
 */
void debug_open(struct debug_file *file, Dwarf *dwarf);
void debug_close(struct debug_file *file);

/* NULL: it is no text, or does not end. It lives as long as the file. */
const char *debug_text(const struct debug_file *file, Dwarf_Attribute *attribute);

/* The attribute of the DIE itself, or of what it is an instance or the definition of. */
bool debug_attribute(const Dwarf_Die *die, unsigned name, Dwarf_Attribute *attribute);

/* Its DW_AT_name, with the rules of both above. */
const char *debug_name(const struct debug_file *file, const Dwarf_Die *die);

/* One step along that way. false: there is none. The result may be the argument. */
bool debug_origin(const Dwarf_Die *die, Dwarf_Die *origin);

enum { DEBUG_LONGEST_CHAIN = 16 }; /* of such steps; a damaged file may have rings */

#endif
