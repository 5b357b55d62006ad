/*
 * What kind of file an executable is: enough to say why it cannot be recorded or read, including
 * files that elf_file_open() refuses. Any class, byte order and machine; scripts, too.
 *
 * A file is judged by what is in it, never by its name. Nothing in it is trusted.
 */
#ifndef CTXTRACE_IMAGE_EXECUTABLE_KIND_H
#define CTXTRACE_IMAGE_EXECUTABLE_KIND_H

#include "base/error.h"

#include <limits.h>
#include <sys/types.h>

enum executable_format {
    EXECUTABLE_UNREADABLE, /* `error` says why */
    EXECUTABLE_OTHER,      /* neither of these */
    EXECUTABLE_SCRIPT,     /* begins with #! */
    EXECUTABLE_ELF
};

/* Which toolchain for Go made it, as far as the file shows. */
enum executable_toolchain { TOOLCHAIN_OTHER, TOOLCHAIN_GO, TOOLCHAIN_GCCGO, TOOLCHAIN_TINYGO };

struct executable_kind {
    enum executable_format format;
    int error;        /* an errno */
    unsigned type;    /* ELF: ET_EXEC, ET_DYN, ET_CORE, ... */
    unsigned machine; /* ELF: EM_X86_64, EM_AARCH64, ... */
    unsigned bits;    /* ELF: 32 or 64 */
    enum executable_toolchain toolchain;
    bool packed; /* by UPX: what it is shows only when it runs */
    mode_t mode;
    uid_t owner;
    gid_t group;
    bool has_capabilities;
    char interpreter[PATH_MAX]; /* what the kernel starts in its place; "" for none: a static one */
};

/* Looks at the file. A FIFO does not block it, and a device is not read. */
void executable_kind_look(const char *path, struct executable_kind *kind);

/* Who starts a program. */
struct executable_caller {
    uid_t uid, euid;
    gid_t gid, egid;
};

struct executable_caller executable_caller_self(void);

enum executable_rights {
    RIGHTS_AS_CALLER,
    RIGHTS_RAISED,           /* by the file: set-user-ID, set-group-ID, capabilities */
    RIGHTS_OF_TWO_IDENTITIES /* the caller's effective user or group is not its real one */
};

/*
 * Does the program get rights that its caller does not have? By the rules of the kernel. If it
 * does, its loader preloads nothing. Mount options and no_new_privs can only take such rights away.
 */
enum executable_rights executable_rights(const struct executable_kind *kind,
                                         const struct executable_caller *caller);

/*
 * Is it what the readers here can read? False with a sentence that says what it is instead, and
 * what to do. `shown_as` is its name in the sentence.
 */
bool executable_kind_check(const struct executable_kind *kind, const char *shown_as,
                           struct error *error);
/* The same of the class and machine in an ELF header alone. */
bool executable_machine_check(unsigned bits, unsigned machine, const char *shown_as,
                              struct error *error);

/* The name of an ELF machine for people, "arm64"; "another machine" for one that is not known. */
const char *executable_machine_name(unsigned machine);

#endif
