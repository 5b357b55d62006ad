/* Finding the moduledata of a program, and through it everything that the linker laid out. */
#ifndef CTXTRACE_GOLANG_BINARY_MODULE_H
#define CTXTRACE_GOLANG_BINARY_MODULE_H

#include "base/error.h"
#include "golang/binary/program.h"

/* Fills in program->modules. By symbol if there is one, by searching otherwise. */
bool modules_find(struct go_program *program, struct error *error);

/*
 * The address of the first word in [start, end) that matches, or 0. Unreadable memory is skipped,
 * and a range longer than global data can be is not searched.
 */
typedef bool module_match(const struct go_program *program, uint64_t address);
uint64_t module_search(const struct go_program *program, uint64_t start, uint64_t end,
                       module_match *is);

/* The module whose code has this pc, or whose types have this address; NULL for none. */
const struct module *module_of_pc(const struct go_program *program, uint64_t pc);
const struct module *module_of_type(const struct go_program *program, uint64_t type);

/* Is it global data of a module? */
bool is_global_data(const struct go_program *program, uint64_t address);

#endif
