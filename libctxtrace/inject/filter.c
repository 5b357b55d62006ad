/*
 * Classic BPF as far as the kernel lets seccomp filters use it: an accumulator, an index register,
 * 16 words of scratch memory; loads are of whole words of struct seccomp_data. Jumps go forward
 * only, so that every program ends.
 */
#include "inject/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ptrace.h>

struct machine {
    struct seccomp_data data;
    uint32_t accumulator, index;
    uint32_t scratch[BPF_MEMWORDS];
};

static uint32_t operand_of(const struct machine *machine, const struct sock_filter *instruction)
{
    return BPF_SRC(instruction->code) == BPF_X ? machine->index : instruction->k;
}

static bool calculate(struct machine *machine, const struct sock_filter *instruction)
{
    uint32_t operand = operand_of(machine, instruction), *value = &machine->accumulator;
    switch (BPF_OP(instruction->code)) {
    case BPF_ADD:
        *value += operand;
        return true;
    case BPF_SUB:
        *value -= operand;
        return true;
    case BPF_MUL:
        *value *= operand;
        return true;
    case BPF_DIV:
        *value = operand ? *value / operand : 0;
        return operand != 0; /* the kernel's filter returns 0 then */
    case BPF_AND:
        *value &= operand;
        return true;
    case BPF_OR:
        *value |= operand;
        return true;
    case BPF_XOR:
        *value ^= operand;
        return true;
    case BPF_LSH:
        *value = operand < 32 ? *value << operand : 0;
        return true;
    case BPF_RSH:
        *value = operand < 32 ? *value >> operand : 0;
        return true;
    case BPF_NEG:
        *value = -*value;
        return true;
    default:
        return false;
    }
}

/* By how many instructions it goes on; < 0: it is no jump. */
static int64_t jump_of(const struct machine *machine, const struct sock_filter *instruction)
{
    uint32_t value = machine->accumulator, operand = operand_of(machine, instruction);
    bool taken;
    switch (BPF_OP(instruction->code)) {
    case BPF_JA:
        return instruction->k;
    case BPF_JEQ:
        taken = value == operand;
        break;
    case BPF_JGT:
        taken = value > operand;
        break;
    case BPF_JGE:
        taken = value >= operand;
        break;
    case BPF_JSET:
        taken = (value & operand) != 0;
        break;
    default:
        return -1;
    }
    return taken ? instruction->jt : instruction->jf;
}

static bool load(const struct machine *machine, const struct sock_filter *instruction,
                 uint32_t *value)
{
    switch (BPF_MODE(instruction->code)) {
    case BPF_IMM:
        *value = instruction->k;
        return true;
    case BPF_LEN:
        *value = sizeof machine->data;
        return true;
    case BPF_MEM:
        if (instruction->k >= BPF_MEMWORDS)
            return false;
        *value = machine->scratch[instruction->k];
        return true;
    case BPF_ABS:
        if (BPF_CLASS(instruction->code) != BPF_LD || instruction->k % sizeof *value ||
            instruction->k > sizeof machine->data - sizeof *value)
            return false;
        memcpy(value, (const char *)&machine->data + instruction->k, sizeof *value);
        return true;
    default:
        return false;
    }
}

/* What is neither a jump nor a return. */
static bool execute(struct machine *machine, const struct sock_filter *instruction)
{
    uint16_t code = instruction->code;
    switch (BPF_CLASS(code)) {
    case BPF_LD:
        return load(machine, instruction, &machine->accumulator);
    case BPF_LDX:
        return load(machine, instruction, &machine->index);
    case BPF_ST:
    case BPF_STX:
        if (instruction->k >= BPF_MEMWORDS)
            return false;
        machine->scratch[instruction->k] =
            BPF_CLASS(code) == BPF_ST ? machine->accumulator : machine->index;
        return true;
    case BPF_ALU:
        return calculate(machine, instruction);
    case BPF_MISC:
        if (BPF_MISCOP(code) == BPF_TAX)
            machine->index = machine->accumulator;
        else
            machine->accumulator = machine->index;
        return true;
    default:
        return false;
    }
}

static struct machine machine_for(const struct filter_call *call)
{
    struct machine machine = {
        .data = {.nr = (int)call->number, .arch = call->machine, .instruction_pointer = call->pc}};
    for (size_t i = 0; i < 6; i++)
        machine.data.args[i] = call->arguments[i];
    return machine;
}

uint32_t filter_run(const struct sock_filter *program, size_t length,
                    const struct filter_call *call)
{
    struct machine machine = machine_for(call);
    for (size_t at = 0; at < length; at++) {
        const struct sock_filter *instruction = &program[at];
        if (BPF_CLASS(instruction->code) == BPF_RET)
            return BPF_RVAL(instruction->code) == BPF_A ? machine.accumulator : instruction->k;
        if (BPF_CLASS(instruction->code) != BPF_JMP) {
            if (!execute(&machine, instruction))
                break;
            continue;
        }
        int64_t by = jump_of(&machine, instruction);
        if (by < 0)
            break;
        at += (size_t)by;
    }
    return SECCOMP_RET_KILL_PROCESS;
}

static bool passes(const struct sock_filter *program, size_t length,
                   const struct filter_call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((filter_run(program, length, &calls[i]) & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ALLOW)
            return false;
    return true;
}

enum filter_answer filter_ask(int tid, const struct filter_call *calls, size_t count)
{
    struct sock_filter program[BPF_MAXINSNS];
    for (uintptr_t number = 0;; number++) {
        long length = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, (void *)number, NULL);
        if (length < 0 && errno == ENOENT && number)
            return FILTER_PASSES; /* that was all of them */
        if (length <= 0 || length > BPF_MAXINSNS ||
            ptrace(PTRACE_SECCOMP_GET_FILTER, tid, (void *)number, program) != length)
            return FILTER_UNREAD;
        if (!passes(program, (size_t)length, calls, count))
            return FILTER_FORBIDS;
    }
}
