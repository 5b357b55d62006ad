#include "ctxreport/output.h"

#include "base/error.h"
#include "base/lack.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Names that stand for a descriptor of our own, whatever that is: /dev/stdout, /dev/fd/3. -1: none.
 */
static int descriptor_named(const char *to)
{
    static const char *const starts[] = {"/dev/fd/", "/proc/self/fd/"};
    if (strcmp(to, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(to, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        const char *number = to + strlen(starts[i]);
        if (strncmp(to, starts[i], strlen(starts[i])) == 0 && isdigit((unsigned char)*number))
            return atoi(number);
    }
    return -1;
}

/* Is it something that is written to as it is? */
static bool is_no_file(const char *to)
{
    struct stat status;
    return descriptor_named(to) >= 0 || (lstat(to, &status) == 0 && !S_ISREG(status.st_mode) &&
                                         !S_ISLNK(status.st_mode) && !S_ISDIR(status.st_mode));
}

static bool open_file(struct output *output, const char *to, struct error *error)
{
    struct stat status;
    if (!new_file_make(&output->file, to, error))
        return false;
    if (fstatat(output->file.directory, output->file.name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        new_file_resemble(&output->file, &status);
    /* The stream gets a descriptor of its own: this one lives on until the file has its name. */
    int descriptor = fcntl(output->file.descriptor, F_DUPFD_CLOEXEC, 0);
    output->stream = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (output->stream)
        return true;
    error_set(error, "%s cannot be written: %s", to, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    new_file_abandon(&output->file);
    return false;
}

static bool open_other(struct output *output, const char *to, struct error *error)
{
    int named = descriptor_named(to);
    int descriptor = named >= 0 ? fcntl(named, F_DUPFD_CLOEXEC, 0)
                                : open(to, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    output->stream = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (output->stream)
        return true;
    error_set(error, "%s cannot be written: %s; choose another file with --to", to,
              strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return false;
}

bool output_open(struct output *output, const char *to, FILE *standard, struct error *error)
{
    *output = (struct output){.stream = standard, .file = NEW_FILE_NONE};
    (void)lack_was_noted(); /* of another output */
    output->name = to ? to : standard == stderr ? "standard error" : "standard output";
    if (!to)
        return true;
    return is_no_file(to) ? open_other(output, to, error) : open_file(output, to, error);
}

/* Ends the stream, if it is ours. False with errno set if something was not written. */
static bool end_stream(struct output *output)
{
    FILE *stream = output->stream;
    output->stream = NULL;
    /* What failed earlier has left its errno, or none. */
    int number = ferror(stream) ? errno : 0;
    bool good = !ferror(stream);
    if (fflush(stream) != 0 && good) {
        good = false;
        number = errno;
    }
    if (stream != stdout && stream != stderr && fclose(stream) != 0 && good) {
        good = false;
        number = errno;
    }
    errno = number;
    return good;
}

bool output_close(struct output *output, struct error *error)
{
    bool good = end_stream(output);
    if (lack_was_noted())
        good = error_no_memory(error);
    else if (!good)
        error_set(error, "the report could not be written to %s: %s", output->name,
                  strerror(errno ? errno : EIO));
    if (good && output->file.descriptor >= 0)
        good = new_file_publish(&output->file, false, error);
    new_file_abandon(&output->file);
    return good;
}

void output_abandon(struct output *output)
{
    if (output->stream)
        end_stream(output);
    new_file_abandon(&output->file);
}
