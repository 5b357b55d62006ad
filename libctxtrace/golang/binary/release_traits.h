/*
 * What differs between releases of Go, apart from offsets of members: the encoding of function
 * tables, types, spans and the heap's pointer bits. A release is one row of layout_table.c, which
 * also has its offsets; nothing else compares release numbers.
 */
#ifndef CTXTRACE_GOLANG_BINARY_RELEASE_TRAITS_H
#define CTXTRACE_GOLANG_BINARY_RELEASE_TRAITS_H

#include <stdbool.h>
#include <stdint.h>

/* Where the bits are that say which words of an object are pointers. */
enum pointer_bits {
    POINTER_BITS_IN_ARENAS_BY_PAIRS, /* two bits for a word, four words in a byte */
    POINTER_BITS_IN_ARENAS,          /* a bit for a word */
    POINTER_BITS_IN_SPANS            /* behind small objects; a header before others, or the type */
};

/* The kind numbers of an object's specials; NO_SPECIAL: the release has no such kind. */
struct special_numbers {
    uint8_t finalizer, weak_handle, cleanup, profile;
    uint8_t last; /* of those that are known */
};
#define NO_SPECIAL 255

struct release_traits {
    uint32_t header_magic;    /* of the pc and line tables */
    uint8_t function_record;  /* bytes in a function's entry, without its tables */
    uint8_t inlined_call;     /* bytes in an entry of a tree of inlined calls */
    uint8_t inlined_name;     /* where in it the function's name is */
    bool inlined_call_has_pc; /* it names a pc at which its position is found, and no parent */
    uint8_t wrapper;          /* the function id of wrappers, the last one */

    bool embedded_in_offset; /* whether a member is embedded is the offset's lowest bit */
    bool direct_in_flags;    /* whether a value is kept in the interface itself: in the flags */
    bool mask_in_flags;      /* whether a type's pointer mask is made on demand: in the flags */

    enum pointer_bits pointer_bits;
    bool narrow_span_counts; /* a span's counts of objects have 16 bits */
    bool inline_marks;       /* small spans with pointers end with inline mark bits */
    struct special_numbers specials;
    bool wide_special_offset; /* a special's offset in its span is a word */

    bool boxed_error;    /* cancelCtx.err is an atomic.Value, of any */
    bool list_of_labels; /* a goroutine's labels are a list, and no map */
};

#endif
