#include "golang/binary/experiments.h"

#include "golang/binary/layout.h"

#include <stdio.h>
#include <string.h>

/*
 * The experiments that the tests of the Go reader were run with, each with all the releases from
 * the first to the last one named. Made from what check_go_experiments writes; do not add what it
 * did not run. "noallocheaders" (Go 1.22) will not come: with it the pointer bits lie elsewhere.
 */
static const struct {
    const char *name;
    int first, last;
} tested[] = {
    {"aliastypeparams", 23, 23},
    {"arenas", 22, 26},
    {"boringcrypto", 22, 26},
    {"cgocheck2", 26, 26},
    {"goroutineleakprofile", 26, 26},
    {"greenteagc", 25, 25},
    {"heapminimum512kib", 18, 18},
    {"heapminimum512kib", 22, 22},
    {"heapminimum512kib", 26, 26},
    {"jsonv2", 25, 26},
    {"loopvar", 22, 22},
    {"mapsplitgroup", 27, 27},
    {"noaliastypeparams", 24, 24},
    {"nodwarf5", 25, 26},
    {"noexectracer2", 22, 22},
    {"nogreenteagc", 26, 27},
    {"nojsonv2", 27, 27},
    {"nopacerredesign", 18, 18},
    {"norandomizedheapbase64", 26, 26},
    {"nosizespecializedmalloc", 27, 27},
    {"nospinbitmutex", 24, 24},
    {"noswissmap", 24, 25},
    {"nosynchashtriemap", 24, 25},
    {"rangefunc", 22, 22},
    {"runtimefreegc", 26, 26},
    {"runtimesecret", 26, 26},
    {"simd", 26, 26},
    {"sizespecializedmalloc", 26, 26},
    {"synctest", 24, 25},
    {"unified", 18, 18},
};

static bool is_tested(const char *name, size_t length, int minor)
{
    for (size_t i = 0; i < sizeof tested / sizeof tested[0]; i++)
        if (strlen(tested[i].name) == length && strncmp(tested[i].name, name, length) == 0 &&
            minor >= tested[i].first && minor <= tested[i].last)
            return true;
    return false;
}

/* What follows the "X:" of a version, NULL if nothing does. */
static const char *experiments_of(const char *version)
{
    const char *found = strstr(version, "X:");
    while (found && (found == version || !strchr(" -", found[-1])))
        found = strstr(found + 1, "X:");
    return found ? found + 2 : NULL;
}

bool go_build_has_experiment(const char *version, const char *experiment)
{
    const char *name = experiments_of(version);
    while (name && *name && *name != ' ') {
        size_t length = strcspn(name, ", ");
        if (length == strlen(experiment) && strncmp(name, experiment, length) == 0)
            return true;
        name += length + (name[length] == ',');
    }
    return false;
}

bool go_build_is_tested(const char *version, int minor, char *why, size_t size)
{
    if (minor < layout_oldest() || minor > layout_newest() || strncmp(version, "devel", 5) == 0) {
        snprintf(why, size,
                 "it was built with %.80s, and proofs were tested with Go 1.%d to 1.%d only",
                 version, layout_oldest(), layout_newest());
        return false;
    }
    const char *name = experiments_of(version);
    while (name && *name && *name != ' ') {
        size_t length = strcspn(name, ", ");
        if (length && !is_tested(name, length, minor)) {
            snprintf(why, size,
                     "it was built with GOEXPERIMENT=%.*s, with which Go 1.%d was not tested",
                     (int)(length < 80 ? length : 80), name, minor);
            return false;
        }
        name += length + (name[length] == ',');
    }
    return true;
}
