/* What a goroutine waits for, as a snapshot has it. */
#ifndef CTXTRACE_GOLANG_EXPORT_EXPORT_WAITS_H
#define CTXTRACE_GOLANG_EXPORT_EXPORT_WAITS_H

#include "golang/export/export_state.h"

/* `stack` is the index of its stack. */
void export_waits(struct exporting *export, const struct goroutine *goroutine, uint32_t stack);

#endif
