/*
 * Reading call frame information: how to get from a frame to its caller at one return address, in
 * the few forms that compilers make for x86-64.
 *
 * Of a frame, unwinding needs three numbers: the return address into it (pc), its stack pointer
 * after that return (sp), and the frame pointer register then (bp). The rule at pc gives the same
 * of its caller, by way of the canonical frame address (CFA), the caller's sp:
 *
 *     UNWIND_SP           CFA = sp + 8 * cfa_words
 *     UNWIND_BP           CFA = bp + 8 * cfa_words
 *     UNWIND_REALIGNED    CFA = word at (bp - 8 * cfa_words); the caller's bp = word at bp
 *     UNWIND_END          there is no caller
 *
 *     the caller's pc = word at CFA - 8
 *     the caller's bp = word at CFA - 8 * saved_bp_words, or unchanged if saved_bp_words is 0
 *
 * UNWIND_REALIGNED is what gcc makes of functions that align the stack for their own use and know
 * their arguments only by a register (DW_CFA_def_cfa_expression).
 */
#ifndef CTXTRACE_RECORD_CAPTURE_CFI_H
#define CTXTRACE_RECORD_CAPTURE_CFI_H

#include <stdint.h>

enum unwind_kind {
    UNWIND_UNKNOWN = 1, /* no rule, or one of another form: a matter for libunwind */
    UNWIND_SIGNAL,      /* the frame of a signal's delivery: likewise */
    UNWIND_END,
    UNWIND_SP,
    UNWIND_BP,
    UNWIND_REALIGNED
};

#define UNWIND_MAX_CFA_WORDS      ((1u << 17) - 1) /* frames up to 1 MiB */
#define UNWIND_MAX_SAVED_BP_WORDS ((1u << 9) - 1)

struct unwind_rule {
    enum unwind_kind kind;
    uint32_t cfa_words;
    uint32_t saved_bp_words;
};

/*
 * The rule for the frame that `pc` returns into, from the unwind tables of the module that spans
 * [begin, end) and has its PT_GNU_EH_FRAME at `eh_frame_hdr` (may be NULL). The module must stay
 * loaded. Reads nothing but the module, takes no lock, async-signal-safe.
 */
struct unwind_rule cfi_rule(const void *eh_frame_hdr, uint64_t begin, uint64_t end, uint64_t pc);

#endif
