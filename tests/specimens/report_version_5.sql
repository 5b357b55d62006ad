PRAGMA application_id = 1131706484;
PRAGMA user_version = 5;
BEGIN TRANSACTION;
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
INSERT INTO runs VALUES(1,1796035343151221864,'ctxreport 0.1.0','inspect','tests/programs/fixtures/clean.snapshot',NULL,NULL,2);
CREATE TABLE thresholds (
    -- The limits that the rules of a run worked with; times in nanoseconds.
    run_id INTEGER NOT NULL REFERENCES runs,
    name   TEXT NOT NULL,  -- that of the option: 'min-age', 'max-depth' ...
    value  INTEGER NOT NULL,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO thresholds VALUES(1,'max-children',1000);
INSERT INTO thresholds VALUES(1,'max-depth',50);
INSERT INTO thresholds VALUES(1,'max-lag',1000000000);
INSERT INTO thresholds VALUES(1,'max-registrations',10);
INSERT INTO thresholds VALUES(1,'max-repeats',3);
INSERT INTO thresholds VALUES(1,'min-age',1000000000);
INSERT INTO thresholds VALUES(1,'min-growth',4);
CREATE TABLE programs (
    -- One program (process) of a run: the picture that was taken of it.
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
    source              TEXT NOT NULL,     -- how the picture was made, e.g. 'segment'
    started_ns          INTEGER,           -- when the program, or its recording, started
    taken_ns            INTEGER,           -- when the picture was taken, or the program ended
    -- 1: it may have lived on after that: ages are at least so high, what is left at most
    taken_at_least      INTEGER NOT NULL,
    -- A time here minus this is the program's own clock. NULL: no time of day is known (a core may
    -- tell none), and all times of the program are those of its own clock.
    realtime_offset_ns  INTEGER,
    pause_ns            INTEGER NOT NULL,  -- how long the program was stopped for the picture
    contexts_unrecorded INTEGER NOT NULL,  -- made before recording began, so not in contexts
    contexts_missing    INTEGER NOT NULL,  -- at least so many are there, and were not found
    contexts_unheld     INTEGER NOT NULL,  -- ended, and nothing was seen to hold them: nor are these
    contexts_created    INTEGER,           -- since recording began, with roots; NULL: not counted
    contexts_ended      INTEGER,           -- of these; also those released that had no end of theirs
    contexts            INTEGER NOT NULL,  -- in the picture: rows of contexts, if they were kept
    contexts_open       INTEGER NOT NULL,
    tasks               INTEGER NOT NULL,
    tasks_own           INTEGER NOT NULL,  -- not of the language runtime or of ctxtrace
    tasks_waiting       INTEGER NOT NULL,  -- of its own
    waits               INTEGER NOT NULL,
    complete            INTEGER NOT NULL   -- 0: something that was alive is missing here; see losses
) STRICT;
INSERT INTO programs VALUES(1,1,5151,NULL,'alive',0,NULL,'/usr/bin/orders','orders --port 8080','C','0.1.0','fixture',1700000000000000000,1700000060000000000,0,1700000000000000000,0,0,0,0,100,94,6,5,3,3,2,3,1);
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
INSERT INTO preconditions VALUES(1,'there is no means to observe it');
INSERT INTO preconditions VALUES(2,'contexts or tasks existed before recording began');
INSERT INTO preconditions VALUES(3,'records were lost');
INSERT INTO preconditions VALUES(4,'references to the object are not counted');
INSERT INTO preconditions VALUES(5,'the program was not stopped while its memory was read');
INSERT INTO preconditions VALUES(6,'there were no two snapshots that agree');
INSERT INTO preconditions VALUES(7,'not all memory that holds roots could be read');
INSERT INTO preconditions VALUES(8,'the program would have to be stopped for longer than is allowed');
INSERT INTO preconditions VALUES(9,'the context has ended or is ending');
INSERT INTO preconditions VALUES(10,'proofs were not tested with the way in which the program was built');
INSERT INTO preconditions VALUES(11,'another thread could unlock it, or cancel the wait');
INSERT INTO preconditions VALUES(12,'its address, or that of what leads to it, stands where the garbage collector does not look');
INSERT INTO preconditions VALUES(13,'a thread that ran had not gone on when it was looked at again');
INSERT INTO preconditions VALUES(14,'an observer that goes on may take over the duty to cancel it');
INSERT INTO preconditions VALUES(15,'nobody saw when the program ended');
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
INSERT INTO stacks VALUES(1,1,1,0,0);
INSERT INTO stacks VALUES(2,1,2,0,0);
INSERT INTO stacks VALUES(3,1,3,0,0);
INSERT INTO stacks VALUES(4,1,4,0,0);
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
INSERT INTO frames VALUES(1,0,'main',NULL,'main.c',40,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO frames VALUES(2,0,'handle_request',NULL,'server.c',120,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO frames VALUES(2,1,'serve',NULL,'server.c',95,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO frames VALUES(2,2,'main',NULL,'main.c',52,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO frames VALUES(3,0,'fetch_from_db',NULL,'orders.c',61,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO frames VALUES(3,1,'handle_request',NULL,'server.c',131,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO frames VALUES(3,2,'serve',NULL,'server.c',95,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO frames VALUES(4,0,'worker_loop',NULL,'worker.c',33,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO frames VALUES(4,1,'worker_main',NULL,'worker.c',12,NULL,NULL,NULL,NULL,NULL,0);
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
INSERT INTO sites VALUES(1,1,'6ff4ff0f348aeec1','main','main.c',40,1,1);
INSERT INTO sites VALUES(2,1,'fce156c5ae446f04','handle_request','server.c',120,2,1);
INSERT INTO sites VALUES(3,1,'857f00e9b7a7cc89','fetch_from_db','orders.c',61,3,1);
INSERT INTO sites VALUES(4,1,'970d9062bf6fa17c','worker_loop','worker.c',33,4,1);
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
    cancel_stack_id             INTEGER REFERENCES stacks,
    address                     INTEGER,
    cancellable                 TEXT NOT NULL,     -- 'yes', 'no', 'unknown': can anybody but its
                                                   -- parent and its deadline still cancel it?
    cancellable_missing         INTEGER REFERENCES preconditions,  -- why that is unknown
    held_only_by_parent         TEXT NOT NULL,     -- is the parent's link all that knows it?
    held_only_by_parent_missing INTEGER REFERENCES preconditions,
    UNIQUE (program_id, number)
) STRICT;
INSERT INTO contexts VALUES(1,1,1,NULL,NULL,0,0,'background','open',NULL,0,1,1,NULL,NULL,NULL,NULL,NULL,NULL,0,1700000000001000000,NULL,NULL,NULL,1,1,1,NULL,NULL,1,NULL,NULL,'no',NULL,'no',NULL);
INSERT INTO contexts VALUES(2,1,2,1,1,1,0,'cancel','open',NULL,0,1,3,'server',NULL,NULL,NULL,NULL,NULL,0,1700000000002000000,NULL,NULL,NULL,1,1,1,NULL,NULL,1,NULL,NULL,'yes',NULL,'no',NULL);
INSERT INTO contexts VALUES(3,1,3,2,2,2,0,'deadline','open',NULL,0,1,1,'GET /orders/1',NULL,NULL,NULL,NULL,NULL,0,1700000059800000000,NULL,1700000064800000000,1700000064800000000,1,1,1,NULL,NULL,2,NULL,NULL,'yes',NULL,'no',NULL);
INSERT INTO contexts VALUES(4,1,4,3,3,3,0,'value','open',NULL,0,1,1,NULL,NULL,'user','bob',NULL,NULL,0,1700000059800000000,NULL,1700000064800000000,1700000064800000000,1,1,1,NULL,NULL,2,NULL,NULL,'no',NULL,'no',NULL);
INSERT INTO contexts VALUES(5,1,5,4,4,4,0,'cancel','open',NULL,0,1,1,'query',NULL,NULL,NULL,NULL,NULL,0,1700000059810000000,NULL,1700000064800000000,1700000064800000000,1,1,1,NULL,NULL,3,NULL,NULL,'yes',NULL,'no',NULL);
INSERT INTO contexts VALUES(6,1,6,2,2,2,0,'cancel','canceled','own-cancel',0,1,0,NULL,NULL,NULL,NULL,125,'context canceled',0,1700000059900000000,1700000059950000000,NULL,NULL,1,2,2,2,2,4,4,NULL,'unknown',9,'unknown',9);
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
INSERT INTO tasks VALUES(1,1,1,5151,'thread','running',1,0,0,0,0,'orders',NULL,NULL,NULL,NULL,2,NULL,NULL,NULL,NULL,1700000000000000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO tasks VALUES(2,1,2,5152,'thread','waiting',0,0,0,0,0,'worker',NULL,NULL,1,1,2,NULL,2,1,4,1700000000003000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO tasks VALUES(3,1,3,5153,'thread','waiting',0,0,0,0,0,'query',NULL,NULL,1,1,5,NULL,5,3,NULL,1700000059810000000,NULL,'yes',NULL,'yes',NULL);
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
    address            INTEGER,
    signalable         TEXT NOT NULL,     -- can anybody but its waiters still signal it?
    signalable_missing INTEGER REFERENCES preconditions
) STRICT;
INSERT INTO objects VALUES(1,1,11,'channel','jobs',NULL,NULL,NULL,NULL,NULL,NULL,8,0,0,2,1,NULL,NULL,'yes',NULL);
INSERT INTO objects VALUES(2,1,7,'descriptor','10.1.2.3:5432',NULL,NULL,NULL,NULL,NULL,7,NULL,NULL,0,NULL,1,NULL,NULL,'unknown',NULL);
INSERT INTO objects VALUES(3,1,2,'context',NULL,NULL,2,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,1,NULL,NULL,'unknown',NULL);
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
    bounded_by_id  INTEGER REFERENCES contexts,  -- the context whose end ends the wait, too
    stack_id       INTEGER REFERENCES stacks
) STRICT;
INSERT INTO waits VALUES(1,1,2,1,'receive',1,1700000030000000000,0,NULL,NULL,4);
INSERT INTO waits VALUES(2,1,2,3,'done',1,1700000030000000000,0,NULL,NULL,4);
INSERT INTO waits VALUES(3,1,3,2,'read',NULL,1700000059820000000,0,NULL,5,3);
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
    known       INTEGER NOT NULL   -- 1: the baseline had it; it does not change the exit status
) STRICT;
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
INSERT INTO census VALUES(1,0,'tasks',1,0,'at a place that is not known','running',NULL,NULL,0,NULL);
INSERT INTO census VALUES(1,1,'tasks',1,1,'in worker_loop (worker.c:33)','select',4,1700000030000000000,0,NULL);
INSERT INTO census VALUES(1,2,'tasks',1,1,'in fetch_from_db (orders.c:61)','read',3,1700000059820000000,0,1700000064800000000);
INSERT INTO census VALUES(1,3,'contexts',2,NULL,'created in handle_request (server.c:120)',NULL,2,1700000059800000000,0,1700000064800000000);
INSERT INTO census VALUES(1,4,'contexts',1,NULL,'created in main (main.c:40)',NULL,1,1700000000002000000,0,NULL);
INSERT INTO census VALUES(1,5,'contexts',1,NULL,'created in fetch_from_db (orders.c:61)',NULL,3,1700000059810000000,0,1700000064800000000);
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
CREATE TABLE sample_sites (
    -- How many open contexts and how many tasks of one site were alive at a look.
    sample_id   INTEGER NOT NULL REFERENCES samples,
    kind        TEXT NOT NULL CHECK (kind IN ('contexts', 'tasks')),
    fingerprint TEXT NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (sample_id, kind, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX programs_of_run ON programs (run_id);
CREATE INDEX stacks_of_program ON stacks (program_id);
CREATE INDEX stacks_of_site ON stacks (site_id);
CREATE INDEX sites_of_program ON sites (program_id);
CREATE INDEX sites_by_fingerprint ON sites (fingerprint);
CREATE INDEX contexts_of_parent ON contexts (parent_id);
CREATE INDEX objects_of_program ON objects (program_id);
CREATE INDEX waits_of_program ON waits (program_id);
CREATE INDEX waits_of_task ON waits (task_id);
CREATE INDEX waits_of_object ON waits (object_id);
CREATE INDEX events_of_subject ON events (program_id, subject_number);
CREATE INDEX losses_of_run ON losses (run_id);
CREATE INDEX findings_of_program ON findings (program_id);
CREATE INDEX findings_by_fingerprint ON findings (fingerprint);
CREATE INDEX finding_subjects_of_finding ON finding_subjects (finding_id);
CREATE INDEX samples_of_run ON samples (run_id);
CREATE VIEW read_me (view, shows) AS
    -- The way through this file.
    VALUES
    ('run_summary', 'each run and program: how it ended, how many findings'),
    ('finding_summary', 'what was found, the most important first, with what to do about it'),
    ('census_summary', 'how many tasks are at one place, how many contexts were made at one'),
    ('leaks', 'each context, task or object that a finding is about, with where it was made'),
    ('blocked', 'each task that waits: for what, since when, at which line, for which request'),
    ('tasks_now', 'where each task is now, what it does, for which request'),
    ('withheld_claims', 'claims that were lowered or not made, and what was missing'),
    ('context_tree', 'the contexts of each program as a tree, in the order of the tree'),
    ('context_names', 'a readable name for each context'),
    ('cancellations', 'which contexts were cancelled, by whom, from where and why'),
    ('sites', 'places of the source that made contexts or tasks'),
    ('site_counts', 'how many contexts and tasks of each site there are'),
    ('stack_text', 'each stack as text: SELECT text FROM stack_text WHERE id = 1'),
    ('facts', 'what was known, and what would have been needed to know the rest'),
    ('timeline', 'what happened, in order'),
    ('growth', 'inspect --watch: sites with more contexts or tasks at the last look than at the first'),
    ('losses', 'what could not be recorded or read')
;
CREATE VIEW run_summary AS
    -- One row per program of each run. Times are UTC.
    SELECT runs.id AS run,
           strftime('%Y-%m-%d %H:%M:%SZ', runs.made_ns / 1000000000, 'unixepoch') AS made,
           runs.target,
           CASE WHEN runs.signal IS NOT NULL THEN 'killed by signal ' || runs.signal
                WHEN runs.exit_status IS NOT NULL THEN 'exited with status ' || runs.exit_status
                END AS command_ended,
           programs.id AS program, programs.pid, programs.command,
           CASE WHEN programs.state = 'dead' THEN programs.ended
                ELSE programs.state END AS ended,
           (SELECT count(*) FROM findings
             WHERE program_id = programs.id AND confidence = 'proved') AS proved,
           (SELECT count(*) FROM findings
             WHERE program_id = programs.id AND confidence = 'likely') AS likely,
           (SELECT count(*) FROM findings
             WHERE program_id = programs.id AND confidence = 'suspect') AS suspect,
           CASE WHEN programs.id IS NULL THEN 'nothing was recorded'
                WHEN programs.complete THEN 'complete'
                ELSE 'incomplete, see losses' END AS recording
      FROM runs LEFT JOIN programs ON programs.run_id = runs.id
     ORDER BY runs.id, programs.id
;
CREATE VIEW stack_text AS
    -- A stack as lines, innermost frame first.
    SELECT (SELECT run_id FROM programs WHERE id = stacks.program_id) AS run,
           stacks.program_id AS program, stacks.id,
           (SELECT group_concat(line, char(10)) FROM (
                SELECT coalesce(function, printf('0x%x', pc))
                       || coalesce('  ' || file || coalesce(':' || line, ''),
                                   '  ' || module || coalesce(printf('+0x%x', module_offset), ''),
                                   '') AS line
                  FROM frames WHERE stack_id = stacks.id ORDER BY position))
           || CASE WHEN truncated THEN char(10) || '(deeper frames were not recorded)' ELSE '' END
           AS text
      FROM stacks
;
CREATE VIEW stack_top AS
    -- Of each stack the one line to look at first.
    SELECT (SELECT run_id FROM programs WHERE id = stacks.program_id) AS run,
           stacks.program_id AS program, stacks.id,
           coalesce(frames.function, printf('0x%x', frames.pc))
           || coalesce('  ' || frames.file || coalesce(':' || frames.line, ''), '') AS line
      FROM stacks
      JOIN frames ON frames.stack_id = stacks.id AND frames.position = coalesce(stacks.top_position, 0)
;
CREATE VIEW context_names AS
    -- A readable name for each context, e.g.: cancel "request" #12. Of Go the number is the address.
    SELECT (SELECT run_id FROM programs WHERE id = contexts.program_id) AS run,
           program_id AS program, id, number,
           kind || coalesce(' "' || coalesce(name, key, type) || '"', '')
           || CASE WHEN number > 4294967295 THEN printf(' 0x%x', number) ELSE ' #' || number END
           AS name
      FROM contexts
;
CREATE VIEW task_names AS
    -- Threads have the numbers that other tools know them by; #17 is a number of the recording.
    SELECT (SELECT run_id FROM programs WHERE id = tasks.program_id) AS run,
           program_id AS program, id, number,
           kind || coalesce(' "' || name || '"', '')
           || CASE WHEN kind = 'thread' AND tid > 0 THEN ' ' || tid ELSE ' #' || number END AS name
      FROM tasks
;
CREATE VIEW object_names AS
    SELECT (SELECT run_id FROM programs WHERE id = objects.program_id) AS run,
           objects.program_id AS program, objects.id,
           CASE WHEN objects.context_id IS NOT NULL
                    THEN (SELECT name FROM context_names WHERE id = objects.context_id)
                WHEN objects.task_id IS NOT NULL
                    THEN (SELECT name FROM task_names WHERE id = objects.task_id)
                ELSE objects.kind || coalesce(' "' || objects.name || '"', '')
                     || coalesce(' ' || objects.descriptor,
                                 CASE WHEN objects.address IS NOT NULL
                                      THEN printf(' 0x%x', objects.address) END,
                                 ' #' || objects.number) END AS name
      FROM objects;
CREATE VIEW context_keys AS
    -- Of each context the keys that it and those above it carry, the nearest first, with what they
    -- stand for if it was kept (--show-values): which request this is.
    SELECT (SELECT run_id FROM programs WHERE id = contexts.program_id) AS run,
           contexts.program_id AS program, contexts.id,
           (WITH RECURSIVE above (id, parent_id) AS (
                SELECT contexts.id, contexts.parent_id
                 UNION
                SELECT parent.id, parent.parent_id
                  FROM above JOIN contexts AS parent ON parent.id = above.parent_id)
            SELECT group_concat(coalesce(value.key, value.name, value.type, '?')
                                || coalesce('=' || value.value, ''), ', ')
              FROM above CROSS JOIN contexts AS value ON value.id = above.id
             WHERE value.kind = 'value') AS keys
      FROM contexts
;
CREATE VIEW context_tree AS
    -- Depth first. `path` leads from the root to the context; long ones are cut at their front.
    -- ORDER BY makes the recursion go down before it goes on, LIMIT -1 (none) keeps SQLite from
    -- leaving that out, and CROSS JOIN keeps the order that results.
    WITH RECURSIVE tree (id, program_id, level, path) AS (
        SELECT id, program, 0, name FROM context_names
         WHERE id IN (SELECT id FROM contexts WHERE parent_id IS NULL)
        UNION ALL
        SELECT contexts.id, contexts.program_id, tree.level + 1,
               CASE WHEN length(tree.path) > 400 THEN '...' || substr(tree.path, -300)
                    ELSE tree.path END || ' / ' || context_names.name
          FROM tree
         CROSS JOIN contexts ON contexts.parent_id = tree.id
         CROSS JOIN context_names ON context_names.id = contexts.id
         ORDER BY 3 DESC, 1 LIMIT -1)
    SELECT programs.run_id AS run, tree.program_id AS program,
           substr('                                                  ', 1, 2 * tree.level)
               || context_names.name AS context, contexts.state, contexts.ended_by, contexts.cause,
           (programs.taken_ns - contexts.created_ns) / 1000000000.0 AS age_s,
           CASE WHEN contexts.state = 'open'
                THEN (contexts.deadline_ns - programs.taken_ns) / 1000000000.0 END AS time_left_s,
           contexts.owners, contexts.observers, stack_top.line AS created_at, tree.level,
           tree.path, tree.id AS context_id,
           CASE WHEN programs.realtime_offset_ns IS NOT NULL
                THEN strftime('%Y-%m-%d %H:%M:%SZ', contexts.created_ns / 1000000000
                              - (contexts.created_ns % 1000000000 < 0), 'unixepoch') END AS created
      FROM tree
     CROSS JOIN contexts ON contexts.id = tree.id
     CROSS JOIN context_names ON context_names.id = tree.id
     CROSS JOIN programs ON programs.id = tree.program_id
      LEFT JOIN stack_top ON stack_top.id = contexts.creation_stack_id
;
CREATE VIEW blocked AS
    -- Who waits on what, the longest first; waits of which the beginning is unknown come last.
    SELECT programs.run_id AS run, waits.program_id AS program, task_names.name AS task,
           waits.operation, object_names.name AS object,
           CASE WHEN programs.realtime_offset_ns IS NOT NULL
                THEN strftime('%Y-%m-%d %H:%M:%SZ', waits.since_ns / 1000000000
                              - (waits.since_ns % 1000000000 < 0), 'unixepoch') END AS since,
           (programs.taken_ns - waits.since_ns) / 1000000000.0 AS for_s, waits.since_at_least,
           (waits.until_ns - programs.taken_ns) / 1000000000.0 AS gives_up_in_s,
           bound.name AS ends_with_context, under.name AS works_under, context_keys.keys,
           tasks.wakeable, holder.name AS held_by, stack_top.line AS waits_at,
           waits.select_group, waits.id AS wait_id, waits.task_id, under.id AS works_under_id
      FROM waits
      JOIN programs ON programs.id = waits.program_id
      JOIN tasks ON tasks.id = waits.task_id
      JOIN task_names ON task_names.id = waits.task_id
      JOIN objects ON objects.id = waits.object_id
      JOIN object_names ON object_names.id = waits.object_id
      LEFT JOIN task_names AS holder ON holder.id = objects.owner_task_id
      LEFT JOIN context_names AS bound ON bound.id = waits.bounded_by_id
      LEFT JOIN context_names AS under
             ON under.id = coalesce(tasks.current_context_id, tasks.likely_context_id)
      LEFT JOIN context_keys ON context_keys.id = under.id
      LEFT JOIN stack_top ON stack_top.id = coalesce(waits.stack_id, tasks.stack_id)
     WHERE NOT tasks.system
     ORDER BY waits.since_ns NULLS LAST, waits.id
;
CREATE VIEW tasks_now AS
    -- Where all tasks of the program's own are: what each does, and at which line. One that selects
    -- over several things is one row.
    SELECT programs.run_id AS run, tasks.program_id AS program, task_names.name AS task,
           tasks.state, tasks.status, work.doing,
           CASE WHEN programs.realtime_offset_ns IS NOT NULL
                THEN strftime('%Y-%m-%d %H:%M:%SZ', work.since_ns / 1000000000
                              - (work.since_ns % 1000000000 < 0), 'unixepoch') END AS since,
           (programs.taken_ns - work.since_ns) / 1000000000.0 AS for_s, work.since_at_least,
           stack_top.line AS at, under.name AS works_under, context_keys.keys, tasks.labels,
           born.line AS created_at, tasks.id AS task_id, under.id AS works_under_id,
           coalesce(work.stack_id, tasks.stack_id) AS stack_id
      FROM tasks
      JOIN programs ON programs.id = tasks.program_id
      JOIN task_names ON task_names.id = tasks.id
      LEFT JOIN (SELECT waits.task_id,
                        group_concat(waits.operation || ' ' || object_names.name, ', ') AS doing,
                        min(waits.since_ns) AS since_ns, max(waits.since_at_least) AS since_at_least,
                        min(waits.stack_id) AS stack_id
                   FROM waits JOIN object_names ON object_names.id = waits.object_id
                  GROUP BY waits.task_id) AS work ON work.task_id = tasks.id
      LEFT JOIN context_names AS under
             ON under.id = coalesce(tasks.current_context_id, tasks.likely_context_id)
      LEFT JOIN context_keys ON context_keys.id = under.id
      LEFT JOIN stack_top ON stack_top.id = coalesce(work.stack_id, tasks.stack_id)
      LEFT JOIN stack_top AS born ON born.id = tasks.creation_stack_id
     WHERE NOT tasks.system AND tasks.state <> 'exited'
     ORDER BY tasks.id
;
CREATE VIEW withheld_claims AS
    -- What would have been claimed, or claimed with more certainty, and what was missing for that.
    -- The view facts says of which things it was missing.
    SELECT programs.run_id AS run, withheld.program_id AS program, withheld.count,
           preconditions.text AS because
      FROM withheld
      JOIN programs ON programs.id = withheld.program_id
      JOIN preconditions ON preconditions.id = withheld.missing
     ORDER BY withheld.program_id, withheld.count DESC, withheld.missing
;
CREATE VIEW finding_summary AS
    -- What was found, as text.
    SELECT programs.run_id AS run, findings.program_id AS program, findings.id AS finding,
           findings.confidence, findings.severity, findings.rule, findings.count,
           findings.sentence, rules.advice,
           coalesce(sites.function, '') || coalesce('  ' || sites.file, '')
               || coalesce(':' || sites.line, '') AS site,
           CASE WHEN programs.realtime_offset_ns IS NOT NULL
                THEN strftime('%Y-%m-%d %H:%M:%SZ', findings.since_ns / 1000000000
                              - (findings.since_ns % 1000000000 < 0), 'unixepoch') END AS since,
           (programs.taken_ns - findings.since_ns) / 1000000000.0 AS oldest_s,
           preconditions.text AS not_proved_because, findings.known, findings.fingerprint
      FROM findings
      JOIN programs ON programs.id = findings.program_id
      JOIN rules ON rules.name = findings.rule
      LEFT JOIN sites ON sites.id = findings.site_id
      LEFT JOIN preconditions ON preconditions.id = findings.missing
     ORDER BY findings.id
;
CREATE VIEW census_summary AS
    -- The places with the most tasks, then those that made the most contexts, of each program.
    SELECT programs.run_id AS run, census.program_id AS program, census.kind, census.count,
           census.waiting, census.place, census.doing,
           CASE WHEN programs.realtime_offset_ns IS NOT NULL
                THEN strftime('%Y-%m-%d %H:%M:%SZ', census.since_ns / 1000000000
                              - (census.since_ns % 1000000000 < 0), 'unixepoch') END AS since,
           (programs.taken_ns - census.since_ns) / 1000000000.0 AS oldest_s,
           census.since_at_least,
           (census.until_ns - programs.taken_ns) / 1000000000.0 AS first_ends_in_s,
           sites.fingerprint
      FROM census
      JOIN programs ON programs.id = census.program_id
      LEFT JOIN sites ON sites.id = census.site_id
     ORDER BY census.program_id, census.position
;
CREATE VIEW leaks AS
    -- Each thing that a finding is about.
    SELECT programs.run_id AS run, findings.program_id AS program, findings.id AS finding,
           findings.confidence, findings.rule,
           coalesce(context_names.name, task_names.name, object_names.name) AS thing,
           CASE WHEN programs.realtime_offset_ns IS NOT NULL
                THEN strftime('%Y-%m-%d %H:%M:%SZ', subjects.since_ns / 1000000000
                              - (subjects.since_ns % 1000000000 < 0), 'unixepoch') END AS since,
           (programs.taken_ns - subjects.since_ns) / 1000000000.0 AS for_s,
           stack_top.line AS created_at, stack_text.text AS created_stack
      FROM finding_subjects AS subjects
      JOIN findings ON findings.id = subjects.finding_id
      JOIN programs ON programs.id = findings.program_id
      LEFT JOIN contexts ON contexts.id = subjects.context_id
      LEFT JOIN tasks ON tasks.id = subjects.task_id
      LEFT JOIN objects ON objects.id = subjects.object_id
      LEFT JOIN context_names ON context_names.id = subjects.context_id
      LEFT JOIN task_names ON task_names.id = subjects.task_id
      LEFT JOIN object_names ON object_names.id = subjects.object_id
      LEFT JOIN stack_top ON stack_top.id = coalesce(contexts.creation_stack_id,
                                 tasks.creation_stack_id, objects.creation_stack_id)
      LEFT JOIN stack_text ON stack_text.id = coalesce(contexts.creation_stack_id,
                                 tasks.creation_stack_id, objects.creation_stack_id)
;
CREATE VIEW cancellations AS
    -- Contexts that ended and are still there, the latest first.
    SELECT programs.run_id AS run, contexts.program_id AS program, context_names.name AS context,
           contexts.state, contexts.ended_by, contexts.cause, contexts.cause_code,
           CASE WHEN programs.realtime_offset_ns IS NOT NULL
                THEN strftime('%Y-%m-%d %H:%M:%SZ', contexts.ended_ns / 1000000000
                              - (contexts.ended_ns % 1000000000 < 0), 'unixepoch') END AS ended,
           (programs.taken_ns - contexts.ended_ns) / 1000000000.0 AS ago_s,
           coalesce(task_names.name, 'task #' || contexts.canceller_task_number) AS by_task,
           stack_top.line AS cancelled_at, contexts.losing_cancels
      FROM contexts
      JOIN programs ON programs.id = contexts.program_id
      JOIN context_names ON context_names.id = contexts.id
      LEFT JOIN task_names ON task_names.id = contexts.canceller_task_id
      LEFT JOIN stack_top ON stack_top.id = contexts.cancel_stack_id
     WHERE contexts.state NOT IN ('open', 'ending')
     ORDER BY contexts.ended_ns DESC
;
CREATE VIEW site_counts AS
    -- Contexts and tasks by the place that made them, the most numerous first.
    SELECT programs.run_id AS run, sites.program_id AS program, sites.function, sites.file,
           sites.line, count(contexts.id) AS contexts, coalesce(sum(contexts.state = 'open'), 0) AS open,
           (SELECT count(*) FROM tasks JOIN stacks AS s ON s.id = tasks.creation_stack_id
             WHERE tasks.program_id = sites.program_id AND s.site_id = sites.id) AS tasks,
           sites.fingerprint
      FROM sites
      JOIN programs ON programs.id = sites.program_id
      LEFT JOIN stacks ON stacks.site_id = sites.id
      LEFT JOIN contexts ON contexts.creation_stack_id = stacks.id
     GROUP BY sites.id
     ORDER BY contexts DESC, tasks DESC
;
CREATE VIEW facts AS
    -- The facts that proofs rest on.
    SELECT context_names.run, program, context_names.name AS thing, fact.question, fact.answer,
           preconditions.text AS missing
      FROM (SELECT id, 'can anybody but its parent and deadline still cancel it?' AS question,
                   cancellable AS answer, cancellable_missing AS missing FROM contexts
             UNION ALL
            SELECT id, 'is it held only by its parent?', held_only_by_parent,
                   held_only_by_parent_missing FROM contexts) AS fact
      JOIN context_names ON context_names.id = fact.id
      LEFT JOIN preconditions ON preconditions.id = fact.missing
    UNION ALL
    SELECT task_names.run, program, task_names.name, fact.question, fact.answer, preconditions.text
      FROM (SELECT id, 'can anything still wake it?' AS question,
                   wakeable AS answer, wakeable_missing AS missing FROM tasks
             WHERE state = 'waiting'
             UNION ALL
            SELECT id, 'can anything but the end of a parent context wake it?',
                   wakeable_without_parent, wakeable_without_parent_missing FROM tasks
             WHERE state = 'waiting') AS fact
      JOIN task_names ON task_names.id = fact.id
      LEFT JOIN preconditions ON preconditions.id = fact.missing
    UNION ALL
    SELECT object_names.run, program, object_names.name, 'can anybody but its waiters signal it?',
           objects.signalable, preconditions.text
      FROM objects
      JOIN object_names ON object_names.id = objects.id
      LEFT JOIN preconditions ON preconditions.id = objects.signalable_missing
;
CREATE VIEW timeline AS
    -- History with readable times (UTC).
    SELECT programs.run_id AS run, events.program_id AS program,
           CASE WHEN programs.realtime_offset_ns IS NOT NULL
                THEN strftime('%Y-%m-%d %H:%M:%S', events.time_ns / 1000000000
                              - (events.time_ns % 1000000000 < 0), 'unixepoch')
                     || printf('.%06dZ', (events.time_ns % 1000000000 + 1000000000)
                               % 1000000000 / 1000) END AS time,
           events.kind, events.subject_number AS subject, events.parent_number AS parent,
           events.task_number AS by_task, events.ended_by, nullif(events.code, 0) AS code,
           events.text, stack_top.line AS at
      FROM events
      JOIN programs ON programs.id = events.program_id
      LEFT JOIN stack_top ON stack_top.id = events.stack_id
     ORDER BY events.id
;
CREATE VIEW growth AS
    -- Sites that had more at the last look than at the first, those that never had fewer first. At
    -- a look that has no row of a site there was nothing of it.
    WITH seen AS (
        SELECT DISTINCT samples.run_id, sites.kind, sites.fingerprint
          FROM samples JOIN sample_sites AS sites ON sites.sample_id = samples.id),
    counted AS (
        SELECT seen.run_id, seen.kind, seen.fingerprint, coalesce(sites.count, 0) AS count,
               coalesce(sites.count, 0) - lag(coalesce(sites.count, 0)) OVER (
                   PARTITION BY seen.run_id, seen.kind, seen.fingerprint
                   ORDER BY samples.id) AS change
          FROM seen
          JOIN samples ON samples.run_id = seen.run_id
          LEFT JOIN sample_sites AS sites
            ON sites.sample_id = samples.id AND sites.kind = seen.kind
           AND sites.fingerprint = seen.fingerprint)
    SELECT run_id AS run, kind, min(count) AS lowest, max(count) AS highest,
           count(*) AS looks, coalesce(sum(change > 0), 0) AS rises,
           coalesce(sum(change < 0), 0) AS drops,
           (SELECT coalesce(function, '') || coalesce('  ' || file, '') || coalesce(':' || line, '')
              FROM sites JOIN programs ON programs.id = sites.program_id
             WHERE programs.run_id = counted.run_id
               AND sites.fingerprint = counted.fingerprint LIMIT 1) AS site,
           fingerprint AS site_fingerprint
      FROM counted
     GROUP BY run_id, kind, fingerprint
    HAVING coalesce(sum(change), 0) > 0
     ORDER BY drops, coalesce(sum(change), 0) DESC
;
COMMIT;
