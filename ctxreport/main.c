#include "base/error.h"
#include "ctxreport/command_table.h"
#include "ctxreport/page.h"
#include "ctxreport/say_failure.h"
#include "ctxreport/verdict.h"

#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static void write_help(FILE *out)
{
    struct page page = page_for(out);
    page_put(&page, STYLE_TITLE, "Usage: ctxreport SUB-COMMAND [OPTION...] ...");
    fputs("\nReports what leaked in a program: contexts that nobody can cancel, tasks that nothing "
          "can\nwake, who made them, and what to do about it.\n\n",
          out);
    for (size_t i = 0; command_table[i]; i++) {
        char usage[96];
        snprintf(usage, sizeof usage, "%s %s", command_table[i]->name, command_table[i]->arguments);
        page_print(&page, STYLE_TITLE, "  %-31s", usage);
        page_print(&page, STYLE_PLAIN, "  %s", command_table[i]->summary);
        fputc('\n', out);
    }
    fputs("\nExit status: 0 nothing found, 1 findings (--fail-on), 2 wrong use or unreadable "
          "input,\n3 incomplete recording; under `run` the command's own failure.\n"
          "`ctxreport SUB-COMMAND --help` says more; so does man ctxreport.\n",
          out);
}

static int wrong_use(const char *word)
{
    char names[256] = "";
    struct error error;
    for (size_t i = 0, used = 0; command_table[i] && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s",
                                 i == 0                 ? ""
                                 : command_table[i + 1] ? ", "
                                                        : " and ",
                                 command_table[i]->name);
    error_set(&error, "there is no sub-command '%s'; there are %s (see ctxreport --help)", word,
              names);
    return say_failure(&error);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof name, "ctxreport %s", command->name);
    argv[0] = name;
    return command->main(argc, argv);
}

int main(int argc, char **argv)
{
    argp_program_version = "ctxreport " CTXTRACE_VERSION;
    argp_err_exit_status = STATUS_TROUBLE;
    /* A file that grows past its limit is to be an error that can be reported. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignore, NULL);

    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return puts(argp_program_version) < 0 ? STATUS_TROUBLE : 0;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "-?") == 0) {
        write_help(stdout);
        return 0;
    }
    if (argc < 2) {
        write_help(stderr);
        return STATUS_TROUBLE;
    }
    const struct command *command = command_find(word);
    return command ? run_command(command, argc - 1, argv + 1) : wrong_use(word);
}
