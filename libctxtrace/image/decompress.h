/*
 * A compressed core as a plain one: decompressed into a file that has no name, mode 0600, in TMPDIR
 * or /var/tmp, and that is gone with its last descriptor.
 *
 * A core is read at random and would fill our memory, so it has to be a file; it can be many times
 * as large as its compressed form. No more is written than the file system can spare, pages of
 * zeros become holes, and what turns out not to be a core is given up at once.
 */
#ifndef CTXTRACE_IMAGE_DECOMPRESS_H
#define CTXTRACE_IMAGE_DECOMPRESS_H

#include "base/error.h"

#include <stddef.h>

/* Is it compressed in a way that can be undone here? `size` bytes of its beginning. */
bool decompress_knows(const unsigned char *head, size_t size);

/*
 * Decompresses all of `descriptor`, whose name in complaints is `shown_as`. Returns the descriptor
 * of the file, for the caller to close, or -1 and a sentence. *is_cut: what was compressed is cut
 * short or damaged, and the file holds what came before that.
 */
int decompress_core(int descriptor, const char *shown_as, bool *is_cut, struct error *error);

#endif
