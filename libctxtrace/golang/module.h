/* Finding the moduledata of a program, and through it everything that the linker laid out. */
#ifndef CTXTRACE_GOLANG_MODULE_H
#define CTXTRACE_GOLANG_MODULE_H

#include "golang/program.h"

/* Fills in program->modules. By symbol if there is one, by searching otherwise. */
bool modules_find(struct go_program *program, struct complaint *complaint);

/* The module whose code has this pc, or whose types have this address; NULL for none. */
const struct module *module_of_pc(const struct go_program *program, uint64_t pc);
const struct module *module_of_type(const struct go_program *program, uint64_t type);

#endif
