/*
 * Debug information of files from somewhere, for those who do not trust it. Used instead of what
 * libdw has, which relies on the file here (elfutils 0.188):
 *
 * - A text ends where a zero is. libdw hands it out as it is, and uses names of files itself, also
 *   if that zero is behind the section, or nowhere.
 * - dwarf_attr_integrate() and dwarf_diename() open the file that a skeleton unit names, whatever
 *   and wherever it is; code of units that are split off is named by the symbol table.
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
 * Takes over `dwarf`, which may be NULL. It is closed at once if it has sections of texts that do
 * not end with one.
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
