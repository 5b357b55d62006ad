#include "ctxtop/loop.h"
#include "ctxtop/print.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the locale, the environment and the options allow to be drawn. */
static void choose_looks(struct options *options)
{
    const char *no_colour = getenv("NO_COLOR");
    setlocale(LC_ALL, "");
    text_set_unicode(strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
    theme_set_ascii(options->ascii);
    if (!options->scheme_given && no_colour && no_colour[0] != '\0')
        options->scheme = SCHEME_MONOCHROME;
}

static bool is_interactive(const struct options *options)
{
    return !options->batch && !options->json && isatty(STDOUT_FILENO);
}

int main(int argc, char **argv)
{
    struct options options;
    options_parse(&options, argc, argv);
    choose_looks(&options);
    return is_interactive(&options) ? loop_run(&options) : print_run(&options);
}
