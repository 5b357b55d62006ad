/*
 * Values of a Go program as text: strings, numbers and booleans with their contents, everything
 * else by its type. No method of the program is run.
 */
#ifndef CTXTRACE_GOLANG_MODEL_FORMAT_VALUE_H
#define CTXTRACE_GOLANG_MODEL_FORMAT_VALUE_H

#include "golang/binary/program.h"

#define VALUE_TEXT_SIZE 512

/*
 * The value of that type in an interface whose data word is `data`. `content` false: its type
 * alone. Cut to fit; control characters are not escaped.
 */
void format_value(const struct go_program *program, uint64_t type, uint64_t data, bool content,
                  char text[VALUE_TEXT_SIZE]);

/*
 * The same for a key, with its content only if that is a number or a constant of the program. A key
 * that was made at run time can be a secret, and the key of a context that is dead but not yet
 * collected may lie in memory that has been reused.
 */
void format_key(const struct go_program *program, uint64_t type, uint64_t data,
                char text[VALUE_TEXT_SIZE]);

/* What Error() would return, as far as that is known without running it. */
void format_error(const struct go_program *program, uint64_t type, uint64_t data,
                  char text[VALUE_TEXT_SIZE]);

#endif
