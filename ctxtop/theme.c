#include "ctxtop/theme.h"

#include "ctxtop/text.h"

#include <stddef.h>
#include <string.h>

enum { OWN = -1, BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

/* clang-format off */
const struct appearance theme_table[MEANING_COUNT][SCHEME_COUNT] = {
    /*                     dark                               light                               monochrome */
    [MEANING_NORMAL]    = {{OWN, OWN, 0, 0, 0, 0},            {OWN, OWN, 0, 0, 0, 0},             {OWN, OWN, 0, 0, 0, 0}},
    [MEANING_DIM]       = {{OWN, OWN, 0, 1, 0, 0},            {OWN, OWN, 0, 1, 0, 0},             {OWN, OWN, 0, 1, 0, 0}},
    [MEANING_STRONG]    = {{OWN, OWN, 1, 0, 0, 0},            {OWN, OWN, 1, 0, 0, 0},             {OWN, OWN, 1, 0, 0, 0}},
    [MEANING_TITLE]     = {{BLACK, GREEN, 0, 0, 0, 0},        {BLACK, GREEN, 0, 0, 0, 0},         {OWN, OWN, 0, 0, 1, 0}},
    [MEANING_SORTED]    = {{BLACK, CYAN, 1, 0, 0, 0},         {BLACK, CYAN, 1, 0, 0, 0},          {OWN, OWN, 1, 0, 1, 1}},
    [MEANING_TAB]       = {{OWN, OWN, 1, 0, 1, 0},            {OWN, OWN, 1, 0, 1, 0},             {OWN, OWN, 1, 0, 1, 0}},
    [MEANING_TREE]      = {{OWN, OWN, 0, 1, 0, 0},            {OWN, OWN, 0, 1, 0, 0},             {OWN, OWN, 0, 1, 0, 0}},
    [MEANING_SITE]      = {{CYAN, OWN, 0, 0, 0, 0},           {BLUE, OWN, 0, 0, 0, 0},            {OWN, OWN, 0, 0, 0, 0}},
    [MEANING_GOOD]      = {{GREEN, OWN, 0, 0, 0, 0},          {GREEN, OWN, 0, 0, 0, 0},           {OWN, OWN, 0, 0, 0, 0}},
    [MEANING_WAITING]   = {{YELLOW, OWN, 0, 0, 0, 0},         {MAGENTA, OWN, 0, 0, 0, 0},         {OWN, OWN, 1, 0, 0, 0}},
    [MEANING_ENDED]     = {{MAGENTA, OWN, 0, 0, 0, 0},        {MAGENTA, OWN, 0, 0, 0, 0},         {OWN, OWN, 0, 1, 0, 0}},
    [MEANING_TIMED_OUT] = {{YELLOW, OWN, 0, 1, 0, 0},         {RED, OWN, 0, 1, 0, 0},             {OWN, OWN, 0, 1, 0, 0}},
    [MEANING_WARNING]   = {{YELLOW, OWN, 1, 0, 0, 0},         {RED, OWN, 0, 0, 0, 0},             {OWN, OWN, 1, 0, 0, 0}},
    [MEANING_ALARM]     = {{RED, OWN, 1, 0, 0, 0},            {RED, OWN, 1, 0, 0, 0},             {OWN, OWN, 1, 0, 0, 1}},
    [MEANING_CURSOR]    = {{BLACK, CYAN, 0, 0, 0, 0},         {WHITE, BLUE, 0, 0, 0, 0},          {OWN, OWN, 0, 0, 1, 0}},
    [MEANING_MATCH]     = {{OWN, OWN, 1, 0, 0, 1},            {OWN, OWN, 1, 0, 0, 1},             {OWN, OWN, 1, 0, 0, 1}},
    [MEANING_KEY]       = {{CYAN, OWN, 1, 0, 0, 0},           {BLUE, OWN, 1, 0, 0, 0},            {OWN, OWN, 1, 0, 0, 0}},
};

static const char *const glyphs[GLYPH_COUNT][CHARSET_COUNT] = {
    [GLYPH_BRANCH]     = {"|- ", "├─ "},
    [GLYPH_CORNER]     = {"`- ", "└─ "},
    [GLYPH_BAR]        = {"|  ", "│  "},
    [GLYPH_BLANK]      = {"   ", "   "},
    [GLYPH_FOLDED_BRANCH] = {"|+ ", "├▸ "},
    [GLYPH_FOLDED_CORNER] = {"`+ ", "└▸ "},
    [GLYPH_FOLDED_ROOT]   = {"+ ", "▸ "},
    [GLYPH_SUM]        = {"=", "Σ"},
    [GLYPH_DESCENDING] = {"v", "▼"},
    [GLYPH_ASCENDING]  = {"^", "▲"},
    [GLYPH_RULE]       = {"-", "─"},
};
/* clang-format on */

static const char *const scheme_names[SCHEME_COUNT] = {
    [SCHEME_DARK] = "dark",
    [SCHEME_LIGHT] = "light",
    [SCHEME_MONOCHROME] = "monochrome",
};

static bool ascii_only;

bool theme_find(const char *name, enum scheme *scheme)
{
    for (int i = 0; i < SCHEME_COUNT; i++) {
        if (strcmp(scheme_names[i], name) == 0) {
            *scheme = (enum scheme)i;
            return true;
        }
    }
    return false;
}

void theme_set_ascii(bool ascii)
{
    ascii_only = ascii;
}

const char *theme_glyph(enum glyph glyph)
{
    bool unicode = !ascii_only && text_is_unicode();
    return glyphs[glyph][unicode ? CHARSET_UNICODE : CHARSET_ASCII];
}
