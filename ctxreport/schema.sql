-- The schema of a ctxtrace report. `PRAGMA user_version` is the version of what follows; it is
-- raised whenever a column changes place or meaning. Comments stand inside of the statements,
-- because there they stay in the file and `.schema` shows them.

CREATE TABLE runs (
    -- One report: what was looked at, when, and how it ended. Several fit one file.
    -- SELECT * FROM read_me; says where to go from here.
    -- All times in all tables are nanoseconds since 1970 (UTC); the views show them as text.
    id            INTEGER PRIMARY KEY,
    made_ns       INTEGER NOT NULL,
    made_by       TEXT NOT NULL,     -- name and version of the tool
    subcommand    TEXT NOT NULL,     -- 'run': a command was started; 'inspect': a target was read
    target        TEXT NOT NULL,     -- the command line, or what was named: a pid, a file
    exit_status   INTEGER,           -- of the command; NULL: a signal ended it, or 'inspect'
    signal        INTEGER,           -- that ended the command
    fingerprint_version INTEGER NOT NULL  -- of the way fingerprints are made: only equal ones compare
) STRICT;

CREATE TABLE thresholds (
    -- The limits that the rules of a run worked with; times in nanoseconds.
    run_id INTEGER NOT NULL REFERENCES runs,
    name   TEXT NOT NULL,  -- that of the option: 'min-age', 'max-depth' ...
    value  INTEGER NOT NULL,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE programs (
    -- One program (process) of a run: the snapshot that was taken of it.
    id                  INTEGER PRIMARY KEY,
    run_id              INTEGER NOT NULL REFERENCES runs,
    pid                 INTEGER NOT NULL,
    forked_from         INTEGER,           -- pid of the recorded program that forked it
    state               TEXT NOT NULL,     -- 'alive', 'dead', 'core'
    exited              INTEGER NOT NULL,  -- 1: dead by a regular exit, not killed
    ended               TEXT,              -- how a dead one ended: 'exited with status 3'
    executable          TEXT NOT NULL,
    command             TEXT NOT NULL,
    language            TEXT NOT NULL,
    version             TEXT NOT NULL,     -- of the Go toolchain, or of the recorder
    source              TEXT NOT NULL,     -- how the snapshot was made, e.g. 'segment'
    started_ns          INTEGER,           -- when the program, or its recording, started
    taken_ns            INTEGER,           -- when the snapshot was taken, or the program ended
    -- 1: it may have lived on after that: ages are at least so high, what is left at most
    taken_at_least      INTEGER NOT NULL,
    -- A time here minus this is the program's own clock. NULL: no time of day is known (a core may
    -- tell none), and all times of the program are those of its own clock.
    realtime_offset_ns  INTEGER,
    pause_ns            INTEGER NOT NULL,  -- how long the program was stopped for the snapshot
    contexts_unrecorded INTEGER NOT NULL,  -- made before recording began, so not in contexts
    contexts_missing    INTEGER NOT NULL,  -- at least so many are there, and were not found
    contexts_unheld     INTEGER NOT NULL,  -- ended, and nothing was seen to hold them: nor are these
    contexts_created    INTEGER,           -- since recording began, with roots; NULL: not counted
    contexts_ended      INTEGER,           -- of these; also those released that had no end of theirs
    contexts            INTEGER NOT NULL,  -- in the snapshot: rows of contexts, if they were kept
    contexts_open       INTEGER NOT NULL,
    tasks               INTEGER NOT NULL,
    tasks_own           INTEGER NOT NULL,  -- not of the language runtime or of ctxtrace
    tasks_waiting       INTEGER NOT NULL,  -- of its own
    waits               INTEGER NOT NULL,
    complete            INTEGER NOT NULL   -- 0: something that was alive is missing here; see losses
) STRICT;
CREATE INDEX programs_of_run ON programs (run_id);

CREATE TABLE interventions (
    -- What was done to a program that was looked at, beside reading it.
    program_id INTEGER NOT NULL REFERENCES programs,
    what       TEXT NOT NULL,     -- 'stopped', 'stopped thread by thread', ...
    count      INTEGER NOT NULL,
    total_ns   INTEGER NOT NULL,  -- how long it took, all of them together
    longest_ns INTEGER NOT NULL,  -- and the longest one
    -- System calls with a time-out that it made restart, with all of their time-out
    restarts   INTEGER NOT NULL,
    -- of these, those of which it is only known that they end late by less than their time-out
    restarts_unbounded INTEGER NOT NULL,
    restarts_late_ns   INTEGER NOT NULL,  -- how late any other ends, at most
    PRIMARY KEY (program_id, what)
) STRICT;

CREATE TABLE preconditions (
    -- What kept a fact from being known, or a claim from being proved.
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE rules (
    -- What was checked. A finding names its rule.
    name      TEXT PRIMARY KEY,
    title     TEXT NOT NULL,
    advice    TEXT NOT NULL,
    severity  TEXT NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    catalogue TEXT NOT NULL  -- codes of the defects that it covers, see docs/findings.md
) STRICT;

CREATE TABLE stacks (
    -- A call stack; its frames are in frames, as text in the view stack_text.
    id           INTEGER PRIMARY KEY,
    program_id   INTEGER NOT NULL REFERENCES programs,
    site_id      INTEGER REFERENCES sites DEFERRABLE INITIALLY DEFERRED,
    top_position INTEGER,          -- the first frame that is the program's own: look there first
    truncated    INTEGER NOT NULL  -- 1: it went deeper than was recorded
) STRICT;
CREATE INDEX stacks_of_program ON stacks (program_id);
CREATE INDEX stacks_of_site ON stacks (site_id);

CREATE TABLE frames (
    stack_id      INTEGER NOT NULL REFERENCES stacks,
    position      INTEGER NOT NULL,  -- 0 is the innermost
    function      TEXT,              -- with namespaces and classes, or the package
    linkage       TEXT,              -- C++: the linker's name of it, where that is another
    file          TEXT,
    line          INTEGER,
    module        TEXT,              -- path of the executable or shared library
    module_offset INTEGER,           -- the address as that file counts it
    entry_offset  INTEGER,           -- where the function begins, if it is unknown
    module_build  TEXT,              -- build id of the module, if the function is unknown
    pc            INTEGER,           -- the address in the program
    inlined       INTEGER NOT NULL,  -- 1: inlined into the frame that follows
    PRIMARY KEY (stack_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE sites (
    -- Stacks without addresses and line numbers: what was created (or waits) at one place of the
    -- source. The fingerprint survives recompiling, so it compares runs.
    id          INTEGER PRIMARY KEY,
    program_id  INTEGER NOT NULL REFERENCES programs,
    fingerprint TEXT NOT NULL,
    function    TEXT,     -- of the first frame that is the program's own
    file        TEXT,
    line        INTEGER,  -- in the example
    stack_id    INTEGER REFERENCES stacks,  -- one stack of this site, as an example
    identified  INTEGER NOT NULL  -- 0: another place in another build may have this fingerprint
) STRICT;
CREATE INDEX sites_of_program ON sites (program_id);
CREATE INDEX sites_by_fingerprint ON sites (fingerprint);

CREATE TABLE contexts (
    -- The tree of contexts (view context_tree). A context that was released is only in events.
    id                          INTEGER PRIMARY KEY,
    program_id                  INTEGER NOT NULL REFERENCES programs,
    number                      INTEGER NOT NULL,  -- what the program, or its recorder, calls it
    parent_id                   INTEGER REFERENCES contexts DEFERRABLE INITIALLY DEFERRED,
    parent_number               INTEGER,           -- also of a parent that is gone; NULL: a root
    depth                       INTEGER NOT NULL,  -- how many are above it
    depth_at_least              INTEGER NOT NULL,  -- 1: above these there is one that is not known,
                                                   -- or may be
    kind                        TEXT NOT NULL,     -- 'background', 'cancel', 'deadline', 'value' ...
    state                       TEXT NOT NULL,     -- 'open', 'canceled', 'timed-out', 'ending',
                                                   -- 'unknown'
    ended_by                    TEXT,              -- own cancel, parent, deadline; NULL: open
    born_ended                  INTEGER NOT NULL,  -- 1: already over when it was made
    owners                      INTEGER,           -- have the duty to cancel; NULL: not counted
    observers                   INTEGER,
    name                        TEXT,
    type                        TEXT,
    key                         TEXT,              -- of a value context
    value                       TEXT,              -- its content; only with --show-values
    cause_code                  INTEGER,
    cause                       TEXT,
    losing_cancels              INTEGER NOT NULL,  -- cancels that came too late to count
    created_ns                  INTEGER,
    ended_ns                    INTEGER,
    deadline_ns                 INTEGER,           -- the one that counts; NULL: none
    requested_deadline_ns       INTEGER,           -- the one asked for
    deadline_known              INTEGER NOT NULL,  -- 0: there may be one
    creator_task_id             INTEGER REFERENCES tasks DEFERRABLE INITIALLY DEFERRED,
    creator_task_number         INTEGER,           -- also of a task that is gone
    canceller_task_id           INTEGER REFERENCES tasks DEFERRABLE INITIALLY DEFERRED,
    canceller_task_number       INTEGER,
    creation_stack_id           INTEGER REFERENCES stacks,
    creation_sampled            INTEGER NOT NULL,  -- 1: creation_stack_id is known because the
                                                   -- program's own memory profiler sampled this one
    cancel_stack_id             INTEGER REFERENCES stacks,
    address                     INTEGER,
    cancellable                 TEXT NOT NULL,     -- 'yes', 'no', 'unknown': can anybody but its
                                                   -- parent and its deadline still cancel it?
    cancellable_missing         INTEGER REFERENCES preconditions,  -- why that is unknown
    held_only_by_parent         TEXT NOT NULL,     -- is the parent's link all that knows it?
    held_only_by_parent_missing INTEGER REFERENCES preconditions,
    UNIQUE (program_id, number)
) STRICT;
CREATE INDEX contexts_of_parent ON contexts (parent_id);

CREATE TABLE tasks (
    -- Threads of a C program, goroutines of a Go program.
    id                              INTEGER PRIMARY KEY,
    program_id                      INTEGER NOT NULL REFERENCES programs,
    number                          INTEGER NOT NULL,  -- goroutine id, or the recorder's number
    tid                             INTEGER,           -- of the thread that it is or runs on
    kind                            TEXT NOT NULL,     -- 'thread', 'goroutine' ...
    state                           TEXT NOT NULL,     -- 'running', 'waiting', 'exited' ...
    main                            INTEGER NOT NULL,
    system                          INTEGER NOT NULL,  -- 1: of the language runtime or of ctxtrace
    detached                        INTEGER NOT NULL,
    joined                          INTEGER NOT NULL,
    locked_to_thread                INTEGER NOT NULL,
    name                            TEXT,
    status                          TEXT,              -- in the source's own words
    labels                          TEXT,
    parent_id                       INTEGER REFERENCES tasks DEFERRABLE INITIALLY DEFERRED,
    parent_number                   INTEGER,           -- the task that created it, also if gone
    current_context_id              INTEGER REFERENCES contexts,  -- that it has entered
    likely_context_id               INTEGER REFERENCES contexts,  -- that its frames hold
    start_context_id                INTEGER REFERENCES contexts,
    creation_stack_id               INTEGER REFERENCES stacks,
    stack_id                        INTEGER REFERENCES stacks,  -- where it is now
    created_ns                      INTEGER,
    exited_ns                       INTEGER,
    wakeable                        TEXT NOT NULL,     -- can anything still wake it?
    wakeable_missing                INTEGER REFERENCES preconditions,
    wakeable_without_parent         TEXT NOT NULL,     -- ... other than a parent's cancellation
    wakeable_without_parent_missing INTEGER REFERENCES preconditions,
    UNIQUE (program_id, number)
) STRICT;

CREATE TABLE ancestors (
    -- Who created a task, who created that one, and so on, each with the stack that it had then. Of
    -- goroutines in programs that keep them (GODEBUG=tracebackancestors=N).
    task_id  INTEGER NOT NULL REFERENCES tasks,
    position INTEGER NOT NULL,  -- 0 is the one that created the task
    number   INTEGER NOT NULL,  -- of the ancestor, which may be gone
    stack_id INTEGER REFERENCES stacks,  -- where it was when it created the one before it
    PRIMARY KEY (task_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE objects (
    -- What tasks wait for: channels, locks, contexts, descriptors ...
    id                 INTEGER PRIMARY KEY,
    program_id         INTEGER NOT NULL REFERENCES programs,
    number             INTEGER NOT NULL,
    kind               TEXT NOT NULL,     -- 'channel', 'mutex', 'context', 'descriptor' ...
    name               TEXT,
    type               TEXT,
    context_id         INTEGER REFERENCES contexts,  -- the context that it is
    task_id            INTEGER REFERENCES tasks,     -- the task that it is
    owner_task_id      INTEGER REFERENCES tasks,     -- who holds the lock
    owner_task_number  INTEGER,
    descriptor         INTEGER,
    capacity           INTEGER,           -- of a channel
    length             INTEGER,
    closed             INTEGER NOT NULL,
    holders            INTEGER,           -- references to it; NULL: not counted
    waiters            INTEGER NOT NULL,
    creation_stack_id  INTEGER REFERENCES stacks,
    creation_sampled   INTEGER NOT NULL,  -- as in contexts
    address            INTEGER,
    signalable         TEXT NOT NULL,     -- can anybody but its waiters still signal it?
    signalable_missing INTEGER REFERENCES preconditions
) STRICT;
CREATE INDEX objects_of_program ON objects (program_id);

CREATE TABLE waits (
    -- One task blocked on one object. A select over several is several rows with one group.
    id             INTEGER PRIMARY KEY,
    program_id     INTEGER NOT NULL REFERENCES programs,
    task_id        INTEGER NOT NULL REFERENCES tasks,
    object_id      INTEGER NOT NULL REFERENCES objects,
    operation      TEXT NOT NULL,     -- 'receive', 'lock', 'done' ...
    select_group   INTEGER,           -- waits of one task in one group end together
    since_ns       INTEGER,
    since_at_least INTEGER NOT NULL,  -- 1: it may have begun earlier than since_ns
    until_ns       INTEGER,           -- gives up by itself then; NULL: does not
    until_known    INTEGER NOT NULL,  -- 0: it may give up by itself, and when is not known
    bounded_by_id  INTEGER REFERENCES contexts,  -- the context whose end ends the wait, too
    stack_id       INTEGER REFERENCES stacks
) STRICT;
CREATE INDEX waits_of_program ON waits (program_id);
CREATE INDEX waits_of_task ON waits (task_id);
CREATE INDEX waits_of_object ON waits (object_id);

CREATE TABLE events (
    -- History, oldest first, also of contexts and tasks that are gone. May have gaps: see losses.
    id             INTEGER PRIMARY KEY,
    program_id     INTEGER NOT NULL REFERENCES programs,
    time_ns        INTEGER,
    kind           TEXT NOT NULL,  -- 'context ended', 'task created' ...
    task_number    INTEGER,        -- who did it
    subject_number INTEGER NOT NULL,  -- number of the context or task that it happened to
    parent_number  INTEGER,        -- of a created context or task
    ended_by       TEXT,           -- of a context that ended
    code           INTEGER NOT NULL,
    text           TEXT,
    stack_id       INTEGER REFERENCES stacks
) STRICT;
CREATE INDEX events_of_subject ON events (program_id, subject_number);

CREATE TABLE losses (
    -- What could not be recorded or read, counted by kind. Nothing is missing silently.
    id         INTEGER PRIMARY KEY,
    run_id     INTEGER NOT NULL REFERENCES runs,
    program_id INTEGER REFERENCES programs,  -- NULL: of the run as a whole
    what       TEXT NOT NULL,
    why        TEXT NOT NULL,
    count      INTEGER NOT NULL,
    expected   INTEGER NOT NULL  -- 1: by design, as old history is
) STRICT;
CREATE INDEX losses_of_run ON losses (run_id);

CREATE TABLE suppressions (
    -- What the user does not want to be told of: the suppressions that a run was made with.
    id      INTEGER PRIMARY KEY,
    run_id  INTEGER NOT NULL REFERENCES runs,
    file    TEXT NOT NULL,
    line    INTEGER NOT NULL,
    text    TEXT NOT NULL,     -- its conditions: 'rule:lost-cancel fun:refresh_cache'
    reason  TEXT,
    until   TEXT,              -- its last day, '2027-06-30'; NULL: for ever
    expired INTEGER NOT NULL,  -- 1: that day was over, so it suppressed nothing
    matched INTEGER NOT NULL   -- how many findings it fits
) STRICT;
CREATE INDEX suppressions_of_run ON suppressions (run_id);

CREATE TABLE findings (
    -- The claims, in order of importance. What one place of the source did is one finding.
    id          INTEGER PRIMARY KEY,
    program_id  INTEGER NOT NULL REFERENCES programs,
    rule        TEXT NOT NULL REFERENCES rules,
    confidence  TEXT NOT NULL CHECK (confidence IN ('suspect', 'likely', 'proved')),
    severity    TEXT NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    count       INTEGER NOT NULL,  -- how many things it is about: see finding_subjects
    sentence    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,     -- of rule and site; the same after recompiling
    identified  INTEGER NOT NULL,  -- 0: of what it is like only, it has no place in the source
    site_id     INTEGER REFERENCES sites,
    since_ns    INTEGER,           -- the oldest of them
    missing     INTEGER REFERENCES preconditions,  -- what kept it from being proved
    known       INTEGER NOT NULL,  -- 1: the baseline had it; it does not change the exit status
    -- The user did not want to be told of it; nor does it change the exit status
    suppressed_by_id INTEGER REFERENCES suppressions
) STRICT;
CREATE INDEX findings_of_program ON findings (program_id);
CREATE INDEX findings_by_fingerprint ON findings (fingerprint);

CREATE TABLE finding_subjects (
    -- The things that a finding is about, oldest first.
    id         INTEGER PRIMARY KEY,
    finding_id INTEGER NOT NULL REFERENCES findings,
    context_id INTEGER REFERENCES contexts,
    task_id    INTEGER REFERENCES tasks,
    object_id  INTEGER REFERENCES objects,
    since_ns   INTEGER,
    number     INTEGER NOT NULL,  -- the rule's own: a depth, a lag in nanoseconds ...
    CHECK ((context_id IS NOT NULL) + (task_id IS NOT NULL) + (object_id IS NOT NULL) = 1)
) STRICT;
CREATE INDEX finding_subjects_of_finding ON finding_subjects (finding_id);

CREATE TABLE finding_stacks (
    -- The stacks that a finding rests on, each with the number of subjects that have it.
    finding_id INTEGER NOT NULL REFERENCES findings,
    position   INTEGER NOT NULL,
    label      TEXT NOT NULL,     -- 'created', 'waits', 'cancelled by' ...
    stack_id   INTEGER NOT NULL REFERENCES stacks,
    count      INTEGER NOT NULL,
    PRIMARY KEY (finding_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE census (
    -- How many tasks are at one place, and how many open contexts were made at one: view
    -- census_summary. It claims nothing, and is there also where nothing was found.
    program_id     INTEGER NOT NULL REFERENCES programs,
    position       INTEGER NOT NULL,  -- tasks first; of each kind the largest first
    kind           TEXT NOT NULL CHECK (kind IN ('tasks', 'contexts')),
    count          INTEGER NOT NULL,
    waiting        INTEGER,           -- of tasks: those that wait
    place          TEXT NOT NULL,     -- in words
    doing          TEXT,              -- of tasks: what the oldest does, 'receive', 'select' ...
    site_id        INTEGER REFERENCES sites,  -- NULL: unknown; the contexts are alike
    since_ns       INTEGER,           -- when the oldest of them began to wait, or was made
    since_at_least INTEGER NOT NULL,  -- 1: it may have begun earlier
    until_ns       INTEGER,           -- when the first of them goes on by itself, or ends
    PRIMARY KEY (program_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE withheld (
    -- Claims that were lowered or not made, because a fact was unknown.
    program_id INTEGER NOT NULL REFERENCES programs,
    missing    INTEGER NOT NULL REFERENCES preconditions,
    count      INTEGER NOT NULL,
    PRIMARY KEY (program_id, missing)
) STRICT, WITHOUT ROWID;

CREATE TABLE samples (
    -- `inspect --watch`: one row per look. Only the last look is kept in full.
    id       INTEGER PRIMARY KEY,
    run_id   INTEGER NOT NULL REFERENCES runs,
    taken_ns INTEGER NOT NULL,
    contexts INTEGER NOT NULL,
    open     INTEGER NOT NULL,  -- contexts that had not ended
    tasks    INTEGER NOT NULL,
    waiting  INTEGER NOT NULL   -- tasks that were blocked
) STRICT;
CREATE INDEX samples_of_run ON samples (run_id);

CREATE TABLE sample_sites (
    -- How many open contexts and how many tasks of one site were alive at a look.
    sample_id   INTEGER NOT NULL REFERENCES samples,
    kind        TEXT NOT NULL CHECK (kind IN ('contexts', 'tasks')),
    fingerprint TEXT NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (sample_id, kind, fingerprint)
) STRICT, WITHOUT ROWID;
