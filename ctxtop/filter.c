#include "ctxtop/filter.h"

#include <stdio.h>
#include <string.h>

static void add_term(struct filter *filter, char *text)
{
    struct filter_term term = {0};
    if (text[0] == '!') {
        term.negative = true;
        text++;
    }
    char *colon = strchr(text, ':');
    term.word = text;
    if (colon && colon != text) {
        *colon = '\0';
        term.field = text;
        term.word = colon + 1;
    }
    /* Half typed: "!" or "state:" restricts nothing yet. */
    if (term.word[0] != '\0')
        filter->terms[filter->count++] = term;
}

void filter_set(struct filter *filter, const char *text)
{
    filter->count = 0;
    snprintf(filter->text, sizeof filter->text, "%s", text);
    memcpy(filter->parts, filter->text, sizeof filter->parts);
    char *rest = filter->parts;
    char *part;
    while (filter->count < FILTER_TERMS && (part = strsep(&rest, " ")) != NULL) {
        if (part[0] != '\0')
            add_term(filter, part);
    }
}

static bool is_in_field(const struct filter_term *term, const struct word *word)
{
    return !term->field || strcasecmp(term->field, word->field) == 0;
}

static bool has_word(const struct filter_term *term, const struct words *words)
{
    for (unsigned i = 0; i < words->count; i++) {
        if (is_in_field(term, &words->words[i]) && text_contains(words->words[i].text, term->word))
            return true;
    }
    return false;
}

/*
 * Colons are common in places ("db.c:120") and Go's names; a field that the item does not have is
 * read as part of the word.
 */
static bool has_field(const struct filter_term *term, const struct words *words)
{
    if (!term->field)
        return true;
    for (unsigned i = 0; i < words->count; i++) {
        if (is_in_field(term, &words->words[i]))
            return true;
    }
    return false;
}

static bool has_whole(const struct filter_term *term, const struct words *words)
{
    char whole[FILTER_SIZE];
    snprintf(whole, sizeof whole, "%s:%s", term->field, term->word);
    const struct filter_term joined = {.word = whole};
    return has_word(&joined, words);
}

bool filter_matches(const struct filter *filter, const struct view *view, const struct model *model,
                    const struct item *item)
{
    if (filter->count == 0)
        return true;
    struct words words;
    words.count = 0;
    view->words(model, item, &words);
    for (unsigned i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];
        bool found = has_field(term, &words) ? has_word(term, &words) : has_whole(term, &words);
        if (found == term->negative)
            return false;
    }
    return true;
}
