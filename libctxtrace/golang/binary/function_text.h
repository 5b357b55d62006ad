/* Names of Go functions as people know them. */
#ifndef CTXTRACE_GOLANG_BINARY_FUNCTION_TEXT_H
#define CTXTRACE_GOLANG_BINARY_FUNCTION_TEXT_H

#include <stddef.h>

#define GO_FUNCTION_SIZE 1024

/*
 * As Go's own tracebacks print it: the type arguments of a generic function are left out
 * ("main.Map[...]"), and escapes in a package's path are undone: symbols have %2e for a dot of its
 * last part, and %xx for some other bytes (cmd/internal/objabi, PathToPrefix). Returns `out`, or
 * `symbol` itself if it is longer than `size`.
 */
const char *go_function_text(const char *symbol, char *out, size_t size);

#endif
