/*
 * Views: what can be looked at. A view says which items it has, and what each shows; everything
 * else (folding, sorting, filtering, searching, drawing, text) is done once, for all of them.
 *
 * Adding a view is one file in views/ that defines a `struct view`, and one row in view_table.h.
 * Its tab, key, help, option and JSON are made from that `struct view`.
 *
 * Nothing here knows of the terminal: the screen and the batch text are made of the same cells.
 */
#ifndef CTXTOP_VIEW_H
#define CTXTOP_VIEW_H

#include "ctxtop/labels.h"
#include "ctxtop/lines.h"
#include "ctxtop/sample.h"
#include "ctxtop/text.h"
#include "ctxtop/theme.h"

struct interventions;
struct json_t;
struct log_file;
struct target_list;

/* What views look at. */
struct model {
    const struct sample *sample;       /* NULL until there is one */
    int64_t now_ns;                    /* the program's clock, see sample_now() */
    bool show_system;                  /* tasks of the language runtime, too */
    bool hide_ended;                   /* contexts and tasks that have ended are left out */
    const struct log_file *log;        /* output of the command, NULL if there is none */
    const struct interventions *done;  /* to the program; NULL: that is not noted */
    const struct target_list *targets; /* what could be watched, NULL unless asked for */
};

enum item_kind {
    ITEM_CONTEXT,
    ITEM_TASK,
    ITEM_OBJECT,
    ITEM_WAIT,
    ITEM_FINDING,
    ITEM_CLAIM,
    ITEM_EVENT,
    ITEM_LOG_LINE,
    ITEM_INTERVENTION,
    ITEM_TARGET,
    ITEM_SITE
};

#define ITEM_NONE UINT32_MAX

/* One thing in a view. Kind and id together are its identity, from one sample to the next. */
struct item {
    uint64_t id;
    uint32_t index;  /* into the array of the snapshot (or list) that the kind means */
    uint32_t parent; /* index of the item that it is shown below, ITEM_NONE */
    uint8_t kind;    /* enum item_kind */
};

struct items {
    struct item *items;
    uint32_t count;
    size_t room;
    bool failed; /* memory ran out; nothing more is added */
};

/* Adds one and returns its index. Parents must be added before what is below them. */
uint32_t items_add(struct items *items, enum item_kind kind, uint64_t id, uint32_t index,
                   uint32_t parent);

/* Long enough for the sentence of a finding. */
#define CELL_SIZE 1024

struct cell {
    char text[CELL_SIZE];
    enum meaning meaning;
};

/* Sets the text; the meaning stays as it is. */
__attribute__((format(printf, 2, 3))) void cell_print(struct cell *cell, const char *format, ...);

/* The rule's name with a mark that says how certain it is; "" for NULL. */
void cell_finding(struct cell *cell, const struct finding *finding);
/*
 * Time until `moment`. One that came after the sample was taken is "due", as its outcome is not
 * known yet; one that was already past then has a minus sign, as that is remarkable.
 */
void cell_until(struct cell *cell, const struct model *model, int64_t moment);
/* What the label functions write. */
void cell_context(struct cell *cell, const struct snapshot *snapshot, uint32_t context);
void cell_task(struct cell *cell, const struct snapshot *snapshot, uint32_t task);
void cell_object(struct cell *cell, const struct snapshot *snapshot, uint32_t object);
void cell_site(struct cell *cell, const struct snapshot *snapshot, uint32_t stack);

struct column {
    const char *title;
    const char *help; /* what it shows, for the help screen */
    enum align align;
    uint8_t width;  /* columns on the screen; of a flexible column the least */
    uint8_t weight; /* share of the space that is left; 0: not flexible */
    uint8_t drop;   /* the highest goes first when the screen is narrow; 0: stays */
    bool tree;      /* the tree is drawn in front of its text */
    bool ascending; /* sorted by it, the smallest comes first unless turned round */
};

/* A text by which an item can be found, and the name of the field for "field:word". */
struct word {
    const char *field;
    const char *text;
};

#define WORDS_MAX 16

struct words {
    struct word words[WORDS_MAX];
    unsigned count;
    char buffer[LABEL_SIZE]; /* for one text that is nowhere else */
};

/* Empty text is not added. */
void words_add(struct words *words, const char *field, const char *text);
void words_add_string(struct words *words, const char *field, const struct snapshot *snapshot,
                      snapshot_string string);
/* The id as it is shown. Once for each item, as there is one buffer. */
void words_add_id(struct words *words, uint64_t id);
void words_add_task_number(struct words *words, const struct snapshot_task *task);
/*
 * Function and file of every frame would be too much; this adds those of the frame that a person
 * would recognise.
 */
void words_add_site(struct words *words, const struct snapshot *snapshot, uint32_t stack);

struct view {
    const char *name;    /* for --view: "contexts" */
    const char *title;   /* for the screen: "Contexts" */
    const char *heading; /* for batch text: "BLOCKED TASKS BY OBJECT" */
    const char *help;    /* one clause: what it shows */
    const char *empty;   /* one sentence: what it means that there is nothing */
    const char *digit;   /* the key that shows it, NULL: none, and --help does not name it */
    const char *key_name, *key_help; /* of that key: one word, and "to ..." */
    const struct column *columns;
    unsigned column_count;
    unsigned folded_depth; /* items this deep are folded at the start; UINT32_MAX: none */
    unsigned roots_depth;  /* "fold all" folds from here on */
    unsigned note_column;  /* printed in text as a paragraph below the row; 0: there is none */
    bool in_batch;         /* printed by --batch unless --view says otherwise */
    bool follows;          /* the cursor begins at the newest and stays there */
    bool shows_log;        /* changes with the output of the command, not with a sample */
    bool contexts_first;   /* an item that has both is about its context, not about its task */

    /* Adds the items, in the order that is shown when nothing is sorted. */
    void (*items)(const struct model *model, struct items *out);

    /* What a column shows. `folded`: what is below it is not shown, so show sums. */
    void (*cell)(const struct model *model, const struct item *item, unsigned column, bool folded,
                 struct cell *out);

    /* Like strcmp(); 0 keeps the order of items(). */
    int (*compare)(const struct model *model, const struct item *a, const struct item *b,
                   unsigned column);

    /* What search and filter look at. */
    void (*words)(const struct model *model, const struct item *item, struct words *out);

    /* Everything that is known about the item. */
    void (*detail)(const struct model *model, const struct item *item, struct lines *out);

    /* Optional. A sentence to be read below the rows; false: there is nothing to say. */
    bool (*footnote)(const struct model *model, char *out, size_t size);

    /* Optional. A number in the tab; -1 for none. */
    int64_t (*count)(const struct model *model);

    /* Optional. When the item came to be, to follow the newest; without it the last is newest. */
    int64_t (*born)(const struct model *model, const struct item *item);

    /* Optional. The context or task that the item is about, SNAPSHOT_NONE. */
    uint32_t (*context_of)(const struct model *model, const struct item *item);
    uint32_t (*task_of)(const struct model *model, const struct item *item);

    /* Optional. Can it be shown at all? Without it: whenever there is a sample. */
    bool (*available)(const struct model *model);

    /* Optional, all or none: its array in a JSON document. NULL for a value: memory ran out. */
    const char *json_name;
    uint32_t (*json_count)(const struct sample *sample);
    struct json_t *(*json)(const struct sample *sample, uint32_t index);
};

/* For compare functions: less than 0, 0 or more. */
int compare_numbers(int64_t a, int64_t b);
int compare_sites(const struct snapshot *snapshot, uint32_t stack_a, uint32_t stack_b);
int compare_texts(const struct snapshot *snapshot, snapshot_string a, snapshot_string b);

#endif
