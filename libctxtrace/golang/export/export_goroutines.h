/* The goroutines of a model, as the tasks of a snapshot. */
#ifndef CTXTRACE_GOLANG_EXPORT_EXPORT_GOROUTINES_H
#define CTXTRACE_GOLANG_EXPORT_EXPORT_GOROUTINES_H

#include "golang/export/export_state.h"

void export_goroutines(struct exporting *export);

#endif
