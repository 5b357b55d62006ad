/*
 * A sound Go program to spoil: the core that make_image.sh made, opened once; every input gets an
 * image of its own, whose memory it may have spoilt on the way.
 */
#ifndef CTXTRACE_TESTS_GO_IMAGE_H
#define CTXTRACE_TESTS_GO_IMAGE_H

#include "image/image.h"

/* Changes bytes of [start, start + size), which were just read, before anybody sees them. */
typedef void spoil_bytes(uint64_t start, unsigned char *bytes, size_t size);

/* The image with nothing spoilt. Ends the program with status 77 when there is no core. */
struct image *go_image_sound(void);

/* A new one; close it as any other. `spoil` may be NULL. */
struct image *go_image_spoilt(spoil_bytes *spoil);

/*
 * All that a reader of programs does: opening, a snapshot with proofs, and what keeps one of its
 * contexts alive, chosen by any number. Takes the image over.
 */
void go_image_read_all(struct image *image, size_t choice);

#endif
