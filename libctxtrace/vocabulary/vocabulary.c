#include "vocabulary/vocabulary.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *word_of(const char *const *words, unsigned count, unsigned value)
{
    return value < count ? words[value] : "unknown";
}

const char *context_kind_name(unsigned kind)
{
    static const char *const words[] = {
#define CONTEXT_KIND(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == CONTEXT_KIND_COUNT, "values without a gap");
    return word_of(words, COUNT(words), kind);
}

const char *context_state_name(unsigned state)
{
    static const char *const words[] = {
#define CONTEXT_STATE(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == CONTEXT_STATE_COUNT, "values without a gap");
    return word_of(words, COUNT(words), state);
}

const char *context_end_name(unsigned end)
{
    static const char *const words[] = {
#define CONTEXT_END(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == CONTEXT_END_COUNT, "values without a gap");
    return word_of(words, COUNT(words), end);
}

const char *task_kind_name(unsigned kind)
{
    static const char *const words[] = {
#define TASK_KIND(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == TASK_KIND_COUNT, "values without a gap");
    return word_of(words, COUNT(words), kind);
}

const char *task_state_name(unsigned state)
{
    static const char *const words[] = {
#define TASK_STATE(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == TASK_STATE_COUNT, "values without a gap");
    return word_of(words, COUNT(words), state);
}

const char *object_kind_name(unsigned kind)
{
    static const char *const words[] = {
#define OBJECT_KIND(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == OBJECT_KIND_COUNT, "values without a gap");
    return word_of(words, COUNT(words), kind);
}

const char *wait_operation_name(unsigned operation)
{
    static const char *const words[] = {
#define WAIT_OPERATION(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == WAIT_OPERATION_COUNT, "values without a gap");
    return word_of(words, COUNT(words), operation);
}

const char *event_kind_name(unsigned kind)
{
    static const char *const words[] = {
#define EVENT_KIND(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == EVENT_KIND_COUNT, "values without a gap");
    return word_of(words, COUNT(words), kind);
}

const char *program_state_name(unsigned state)
{
    static const char *const words[] = {
#define PROGRAM_STATE(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == PROGRAM_STATE_COUNT, "values without a gap");
    return word_of(words, COUNT(words), state);
}

const char *intervention_name(unsigned kind)
{
    static const char *const words[] = {
#define INTERVENTION(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == INTERVENTION_COUNT, "values without a gap");
    return word_of(words, COUNT(words), kind);
}

const char *fact_value_name(unsigned value)
{
    static const char *const words[] = {
#define FACT_VALUE(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == FACT_VALUE_COUNT, "values without a gap");
    return word_of(words, COUNT(words), value);
}

const char *precondition_text(unsigned precondition)
{
    static const char *const words[] = {
#define PRECONDITION(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == PRECONDITION_COUNT, "values without a gap");
    return word_of(words, COUNT(words), precondition);
}

const char *loss_noun(unsigned loss)
{
    static const char *const words[] = {
#define LOSS(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == LOSS_COUNT, "values without a gap");
    return word_of(words, COUNT(words), loss);
}

const char *loss_reason_text(unsigned reason)
{
    static const char *const words[] = {
#define LOSS_REASON(value, name, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == LOSS_REASON_COUNT, "values without a gap");
    return word_of(words, COUNT(words), reason);
}

const char *wait_operation_phrase(unsigned operation)
{
    static const char *const words[] = {
#define WAIT_OPERATION(value, name, ignored, word, ...) [value] = (word),
#include "vocabulary/words.def"
    };
    _Static_assert(COUNT(words) == WAIT_OPERATION_COUNT, "values without a gap");
    return word_of(words, COUNT(words), operation);
}

enum task_kind task_kind_of(unsigned origin)
{
    static const uint8_t kinds[] = {
#define TASK_ORIGIN(value, name, kind) [value] = (kind),
#include "vocabulary/words.def"
    };
    return origin < COUNT(kinds) ? kinds[origin] : TASK_THREAD;
}
