/*
 * Every release of Go that is read, once: the newest of its versions, with which it is tested (for
 * CMake and scripts tests/go_releases.sh reads it from here), its traits, and its offsets, which
 * layouts/generator writes. A new one begins as a copy of the row before.
 */
#include "golang/binary/layout_table.h"

/* clang-format off */
const struct layout_row layout_rows[] = {
    {
        .tested = "go1.18.10",
        .traits = {.header_magic = 0xfffffff0, .function_record = 40,
                   .inlined_call = 20, .inlined_name = 12, .inlined_call_has_pc = false,
                   .wrapper = 21, .embedded_in_offset = true,
                   .direct_in_flags = false, .mask_in_flags = false,
                   .pointer_bits = POINTER_BITS_IN_ARENAS_BY_PAIRS,
                   .narrow_span_counts = false, .inline_marks = false,
                   .specials = {1, NO_SPECIAL, NO_SPECIAL, 2, 4}, .wide_special_offset = false,
                   .boxed_error = false, .list_of_labels = false},
#include "golang/binary/layouts/go1_18.h"
    },
    {
        .tested = "go1.19.13",
        .traits = {.header_magic = 0xfffffff0, .function_record = 40,
                   .inlined_call = 20, .inlined_name = 12, .inlined_call_has_pc = false,
                   .wrapper = 21, .embedded_in_offset = false,
                   .direct_in_flags = false, .mask_in_flags = false,
                   .pointer_bits = POINTER_BITS_IN_ARENAS_BY_PAIRS,
                   .narrow_span_counts = false, .inline_marks = false,
                   .specials = {1, NO_SPECIAL, NO_SPECIAL, 2, 4}, .wide_special_offset = false,
                   .boxed_error = false, .list_of_labels = false},
#include "golang/binary/layouts/go1_19.h"
    },
    {
        .tested = "go1.20.14",
        .traits = {.header_magic = 0xfffffff1, .function_record = 44,
                   .inlined_call = 16, .inlined_name = 4, .inlined_call_has_pc = true,
                   .wrapper = 21, .embedded_in_offset = false,
                   .direct_in_flags = false, .mask_in_flags = false,
                   .pointer_bits = POINTER_BITS_IN_ARENAS,
                   .narrow_span_counts = false, .inline_marks = false,
                   .specials = {1, NO_SPECIAL, NO_SPECIAL, 2, 4}, .wide_special_offset = false,
                   .boxed_error = false, .list_of_labels = false},
#include "golang/binary/layouts/go1_20.h"
    },
    {
        .tested = "go1.21.13",
        .traits = {.header_magic = 0xfffffff1, .function_record = 44,
                   .inlined_call = 16, .inlined_name = 4, .inlined_call_has_pc = true,
                   .wrapper = 21, .embedded_in_offset = false,
                   .direct_in_flags = false, .mask_in_flags = false,
                   .pointer_bits = POINTER_BITS_IN_ARENAS,
                   .narrow_span_counts = false, .inline_marks = false,
                   .specials = {1, NO_SPECIAL, NO_SPECIAL, 2, 4}, .wide_special_offset = false,
                   .boxed_error = false, .list_of_labels = false},
#include "golang/binary/layouts/go1_21.h"
    },
    {
        .tested = "go1.22.12",
        .traits = {.header_magic = 0xfffffff1, .function_record = 44,
                   .inlined_call = 16, .inlined_name = 4, .inlined_call_has_pc = true,
                   .wrapper = 22, .embedded_in_offset = false,
                   .direct_in_flags = false, .mask_in_flags = false,
                   .pointer_bits = POINTER_BITS_IN_SPANS,
                   .narrow_span_counts = true, .inline_marks = false,
                   .specials = {1, NO_SPECIAL, NO_SPECIAL, 2, 4}, .wide_special_offset = false,
                   .boxed_error = false, .list_of_labels = false},
#include "golang/binary/layouts/go1_22.h"
    },
    {
        .tested = "go1.23.12",
        .traits = {.header_magic = 0xfffffff1, .function_record = 44,
                   .inlined_call = 16, .inlined_name = 4, .inlined_call_has_pc = true,
                   .wrapper = 22, .embedded_in_offset = false,
                   .direct_in_flags = false, .mask_in_flags = false,
                   .pointer_bits = POINTER_BITS_IN_SPANS,
                   .narrow_span_counts = true, .inline_marks = false,
                   .specials = {1, 2, NO_SPECIAL, 3, 5}, .wide_special_offset = false,
                   .boxed_error = false, .list_of_labels = false},
#include "golang/binary/layouts/go1_23.h"
    },
    {
        .tested = "go1.24.9",
        .traits = {.header_magic = 0xfffffff1, .function_record = 44,
                   .inlined_call = 16, .inlined_name = 4, .inlined_call_has_pc = true,
                   .wrapper = 22, .embedded_in_offset = false,
                   .direct_in_flags = false, .mask_in_flags = true,
                   .pointer_bits = POINTER_BITS_IN_SPANS,
                   .narrow_span_counts = true, .inline_marks = false,
                   .specials = {1, 2, 6, 3, 6}, .wide_special_offset = true,
                   .boxed_error = false, .list_of_labels = true},
#include "golang/binary/layouts/go1_24.h"
    },
    {
        .tested = "go1.25.4",
        .traits = {.header_magic = 0xfffffff1, .function_record = 44,
                   .inlined_call = 16, .inlined_name = 4, .inlined_call_has_pc = true,
                   .wrapper = 23, .embedded_in_offset = false,
                   .direct_in_flags = false, .mask_in_flags = true,
                   .pointer_bits = POINTER_BITS_IN_SPANS,
                   .narrow_span_counts = true, .inline_marks = false,
                   .specials = {2, 3, 7, 4, 10}, .wide_special_offset = true,
                   .boxed_error = true, .list_of_labels = true},
#include "golang/binary/layouts/go1_25.h"
    },
    {
        .tested = "go1.26.8",
        .traits = {.header_magic = 0xfffffff1, .function_record = 44,
                   .inlined_call = 16, .inlined_name = 4, .inlined_call_has_pc = true,
                   .wrapper = 23, .embedded_in_offset = false,
                   .direct_in_flags = true, .mask_in_flags = true,
                   .pointer_bits = POINTER_BITS_IN_SPANS,
                   .narrow_span_counts = true, .inline_marks = true,
                   .specials = {2, 3, 7, 4, 10}, .wide_special_offset = true,
                   .boxed_error = true, .list_of_labels = true},
#include "golang/binary/layouts/go1_26.h"
    },
    {
        .tested = "go1.27.4",
        .traits = {.header_magic = 0xfffffff1, .function_record = 44,
                   .inlined_call = 16, .inlined_name = 4, .inlined_call_has_pc = true,
                   .wrapper = 23, .embedded_in_offset = false,
                   .direct_in_flags = true, .mask_in_flags = true,
                   .pointer_bits = POINTER_BITS_IN_SPANS,
                   .narrow_span_counts = true, .inline_marks = true,
                   .specials = {2, 3, 7, 4, 10}, .wide_special_offset = true,
                   .boxed_error = true, .list_of_labels = true},
#include "golang/binary/layouts/go1_27.h"
    },
};
/* clang-format on */

const size_t layout_row_count = sizeof layout_rows / sizeof layout_rows[0];
