/*
 * Values of a Go program as text: what is plain (strings, numbers, booleans) with its content,
 * everything else by its type. No method of the program is run.
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
 * The same of a key, with its content only where that is a number or a constant of the program. A
 * key that was put together at run time can be a secret, and a context that is dead but not yet
 * collected can have a key whose memory holds something else by now.
 */
void format_key(const struct go_program *program, uint64_t type, uint64_t data,
                char text[VALUE_TEXT_SIZE]);

/* What Error() would say, as far as that can be told without running it. */
void format_error(const struct go_program *program, uint64_t type, uint64_t data,
                  char text[VALUE_TEXT_SIZE]);

#endif
