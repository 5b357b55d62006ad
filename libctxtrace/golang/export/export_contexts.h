/* The contexts of a model, as a snapshot has them. */
#ifndef CTXTRACE_GOLANG_EXPORT_EXPORT_CONTEXTS_H
#define CTXTRACE_GOLANG_EXPORT_EXPORT_CONTEXTS_H

#include "golang/export/export_state.h"

/* The number by which the snapshot knows a context; 0 for none. */
uint64_t context_id(const struct exporting *export, uint32_t index);

void export_contexts(struct exporting *export);

#endif
