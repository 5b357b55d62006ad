/*
 * The vocabulary, for those who write segments, those who read them, and those who look at
 * snapshots: the enums that words.def describes, and the words for their values.
 *
 * Whatever is marked RECORDED there has the same value here and in segments.
 */
#ifndef CTXTRACE_VOCABULARY_VOCABULARY_H
#define CTXTRACE_VOCABULARY_VOCABULARY_H

#include <stdint.h>

/* In place of an id: there is something, but it is not recorded. Nothing has this id. */
#define ID_UNRECORDED UINT64_MAX

enum context_kind {
#define CONTEXT_KIND(value, name, ...) name = (value),
#include "vocabulary/words.def"
    CONTEXT_KIND_COUNT
};

enum context_state {
#define CONTEXT_STATE(value, name, ...) name = (value),
#include "vocabulary/words.def"
    CONTEXT_STATE_COUNT
};

/* What ended a context. */
enum context_end {
#define CONTEXT_END(value, name, ...) name = (value),
#include "vocabulary/words.def"
    CONTEXT_END_COUNT
};

enum task_kind {
#define TASK_KIND(value, name, ...) name = (value),
#include "vocabulary/words.def"
    TASK_KIND_COUNT
};

/* How a recorded task came to be. */
enum task_origin {
#define TASK_ORIGIN(value, name, ...) name = (value),
#include "vocabulary/words.def"
    TASK_ORIGIN_COUNT
};

enum task_state {
#define TASK_STATE(value, name, ...) name = (value),
#include "vocabulary/words.def"
    TASK_STATE_COUNT
};

enum object_kind {
#define OBJECT_KIND(value, name, ...) name = (value),
#include "vocabulary/words.def"
    OBJECT_KIND_COUNT
};

enum wait_operation {
#define WAIT_OPERATION(value, name, ...) name = (value),
#include "vocabulary/words.def"
    WAIT_OPERATION_COUNT
};

/* What is known of a lock, or of a wait; bits. */
enum wait_property {
#define WAIT_PROPERTY(value, name, ...) name = (value),
#include "vocabulary/words.def"
};

enum event_kind {
#define EVENT_KIND(value, name, ...) name = (value),
#include "vocabulary/words.def"
    EVENT_KIND_COUNT
};

enum program_state {
#define PROGRAM_STATE(value, name, ...) name = (value),
#include "vocabulary/words.def"
    PROGRAM_STATE_COUNT
};

/* What was done to a program that was looked at, other than reading it. */
enum intervention_kind {
#define INTERVENTION(value, name, ...) name = (value),
#include "vocabulary/words.def"
    INTERVENTION_COUNT
};

enum fact_value {
#define FACT_VALUE(value, name, ...) name = (value),
#include "vocabulary/words.def"
    FACT_VALUE_COUNT
};

/* What a source would have needed to answer a fact that it left unknown. */
enum precondition {
#define PRECONDITION(value, name, ...) name = (value),
#include "vocabulary/words.def"
    PRECONDITION_COUNT
};

/* What could not be recorded. */
enum loss {
#define LOSS(value, name, ...) name = (value),
#include "vocabulary/words.def"
    LOSS_COUNT
};

enum loss_reason {
#define LOSS_REASON(value, name, ...) name = (value),
#include "vocabulary/words.def"
    LOSS_REASON_COUNT
};

/* Which values of a table stand in segments: a bit for each. */
enum { DERIVED = 0, RECORDED = 1 };
enum {
    RECORDED_CONTEXT_KINDS = 0
#define CONTEXT_KIND(value, name, word, recorded, ...) | (recorded) << (value)
#include "vocabulary/words.def"
};
enum {
    RECORDED_CONTEXT_STATES = 0
#define CONTEXT_STATE(value, name, word, recorded, ...) | (recorded) << (value)
#include "vocabulary/words.def"
};
enum {
    RECORDED_CONTEXT_ENDS = 0
#define CONTEXT_END(value, name, word, recorded, ...) | (recorded) << (value)
#include "vocabulary/words.def"
};
enum {
    RECORDED_OBJECT_KINDS = 0
#define OBJECT_KIND(value, name, word, recorded, ...) | (recorded) << (value)
#include "vocabulary/words.def"
};
enum {
    RECORDED_WAIT_OPERATIONS = 0
#define WAIT_OPERATION(value, name, word, phrase, recorded, ...) | (recorded) << (value)
#include "vocabulary/words.def"
};
enum {
    RECORDED_EVENT_KINDS = 0
#define EVENT_KIND(value, name, word, recorded, ...) | (recorded) << (value)
#include "vocabulary/words.def"
};

/* The kind of a task of this origin. */
enum task_kind task_kind_of(unsigned origin);

/* Words for screens, reports and the schema: "cancel", "waiting", "receive" ... Never NULL. */
const char *context_kind_name(unsigned kind);
const char *context_state_name(unsigned state);
const char *context_end_name(unsigned end);
const char *task_kind_name(unsigned kind);
const char *task_state_name(unsigned state);
const char *object_kind_name(unsigned kind);
const char *wait_operation_name(unsigned operation);
const char *event_kind_name(unsigned kind);
const char *program_state_name(unsigned state);
const char *intervention_name(unsigned kind); /* a participle: "stopped" */
const char *fact_value_name(unsigned value);
/* A clause that says what was missing, e.g. "contexts existed before recording began". */
const char *precondition_text(unsigned precondition);
/* What a waiting task tries to do: "lock ", "sleep". If it ends in a blank, the object follows. */
const char *wait_operation_phrase(unsigned operation);
/* A plural noun: "contexts"; and a clause, e.g. "the segment was full". */
const char *loss_noun(unsigned loss);
const char *loss_reason_text(unsigned reason);

#endif
