PRAGMA application_id = 1131706484;
PRAGMA user_version = 6;
BEGIN TRANSACTION;
CREATE TABLE ancestors (
    -- Who created a task, who created that one, and so on, each with the stack that it had then. Of
    -- goroutines in programs that keep them (GODEBUG=tracebackancestors=N).
    task_id  INTEGER NOT NULL REFERENCES tasks,
    position INTEGER NOT NULL,  -- 0 is the one that created the task
    number   INTEGER NOT NULL,  -- of the ancestor, which may be gone
    stack_id INTEGER REFERENCES stacks,  -- where it was when it created the one before it
    PRIMARY KEY (task_id, position)
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
INSERT INTO "census" VALUES(1,0,'tasks',1,1,'in serve (server.c:88)','accept',2,1700000099900000000,0,NULL);
INSERT INTO "census" VALUES(1,1,'tasks',1,1,'in worker_loop (worker.c:33)','select',8,1700000080000000000,0,NULL);
INSERT INTO "census" VALUES(1,2,'tasks',1,0,'created in start_worker (worker.c:20)','running',7,NULL,0,NULL);
INSERT INTO "census" VALUES(1,3,'tasks',1,0,'created in serve (server.c:88)','running',2,NULL,0,NULL);
INSERT INTO "census" VALUES(1,4,'tasks',1,1,'in fetch_context (orders.c:14)','read',5,1700000095002000000,0,1700000101000000000);
INSERT INTO "census" VALUES(1,5,'tasks',1,1,'in send_result (audit.c:55)','send',9,1700000041000000000,0,NULL);
INSERT INTO "census" VALUES(1,6,'tasks',1,1,'in transfer (accounts.c:18)','lock',10,1700000051000000000,0,NULL);
INSERT INTO "census" VALUES(1,7,'tasks',1,1,'in audit_accounts (accounts.c:37)','lock',11,1700000051000000000,0,NULL);
INSERT INTO "census" VALUES(1,8,'tasks',1,1,'in wait_for_reply (rpc.c:93)','receive',12,1700000090500000000,0,NULL);
INSERT INTO "census" VALUES(1,9,'contexts',2,NULL,'created in serve (server.c:88)',NULL,2,1700000000002000000,0,NULL);
INSERT INTO "census" VALUES(1,10,'contexts',2,NULL,'created in handle_request (server.c:120)',NULL,3,1700000095000000000,0,1700000101000000000);
INSERT INTO "census" VALUES(1,11,'contexts',2,NULL,'created in fetch_context (orders.c:14)',NULL,5,1700000095000200000,0,1700000101000000000);
INSERT INTO "census" VALUES(1,12,'contexts',2,NULL,'created in start_worker (worker.c:20)',NULL,7,1700000000010000000,0,NULL);
INSERT INTO "census" VALUES(1,13,'contexts',2,NULL,'created in refresh_cache (cache.c:77)',NULL,6,1700000030000000000,0,NULL);
INSERT INTO "census" VALUES(1,14,'contexts',1,NULL,'created in request_set_user (request.c:31)',NULL,4,1700000095000100000,0,1700000101000000000);
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
INSERT INTO "contexts" VALUES(1,1,1,NULL,NULL,0,0,'background','open',NULL,0,1,2,'root',NULL,NULL,NULL,NULL,NULL,0,1700000000001000000,NULL,NULL,NULL,1,1,1,NULL,NULL,1,0,NULL,NULL,'no',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(2,1,2,1,1,1,0,'cancel','open',NULL,0,1,4,'server',NULL,NULL,NULL,NULL,NULL,0,1700000000002000000,NULL,NULL,NULL,1,1,1,NULL,NULL,2,0,NULL,NULL,'yes',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(3,1,3,2,2,2,0,'value','open',NULL,0,1,1,NULL,NULL,'config','/etc/orders.conf',NULL,NULL,0,1700000000003000000,NULL,NULL,NULL,1,1,1,NULL,NULL,2,0,NULL,NULL,'no',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(4,1,4,3,3,3,0,'deadline','open',NULL,0,1,2,'GET /orders/17',NULL,NULL,NULL,NULL,NULL,0,1700000095000000000,NULL,1700000101000000000,1700000101000000000,1,1,1,NULL,NULL,3,0,NULL,NULL,'yes',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(5,1,5,4,4,4,0,'value','open',NULL,0,1,1,NULL,NULL,'user','alice',NULL,NULL,0,1700000095000100000,NULL,1700000101000000000,1700000101000000000,1,1,1,NULL,NULL,4,0,NULL,NULL,'no',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(6,1,6,5,5,5,0,'cancel','open',NULL,0,1,1,'query',NULL,NULL,NULL,NULL,NULL,0,1700000095000200000,NULL,1700000101000000000,1700000101000000000,1,1,1,NULL,NULL,5,0,NULL,NULL,'yes',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(7,1,7,3,3,3,0,'deadline','timed-out','deadline',0,1,1,'GET /slow',NULL,NULL,NULL,110,'context deadline exceeded',0,1700000090000000000,1700000092000100000,1700000092000000000,1700000092000000000,1,1,1,4,4,3,0,15,NULL,'unknown',9,'unknown',9);
INSERT INTO "contexts" VALUES(8,1,8,7,7,4,0,'cancel','timed-out','parent',0,1,0,NULL,NULL,NULL,NULL,110,'context deadline exceeded',0,1700000090001000000,1700000092000100000,1700000092000000000,1700000092000000000,1,1,1,4,4,5,0,15,NULL,'unknown',9,'unknown',9);
INSERT INTO "contexts" VALUES(9,1,9,3,3,3,0,'deadline','canceled','own-cancel',0,1,1,'GET /report',NULL,NULL,NULL,104,'client hung up',1,1700000097000000000,1700000098000000000,1700000127000000000,1700000127000000000,1,1,1,5,5,3,0,16,NULL,'unknown',9,'unknown',9);
INSERT INTO "contexts" VALUES(10,1,10,2,2,2,0,'cancel','open',NULL,0,1,2,'workers',NULL,NULL,NULL,NULL,NULL,0,1700000000010000000,NULL,NULL,NULL,1,1,1,NULL,NULL,7,0,NULL,NULL,'yes',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(11,1,11,10,10,3,0,'after-func','open',NULL,0,1,0,NULL,NULL,NULL,NULL,NULL,NULL,0,1700000000011000000,NULL,NULL,NULL,1,1,1,NULL,NULL,7,0,NULL,NULL,'no',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(12,1,12,2,2,2,0,'cancel','open',NULL,0,0,0,'refresh',NULL,NULL,NULL,NULL,NULL,0,1700000030000000000,NULL,NULL,NULL,1,1,1,NULL,NULL,6,0,NULL,NULL,'no',NULL,'yes',NULL);
INSERT INTO "contexts" VALUES(13,1,13,4,4,4,0,'deadline','open',NULL,0,1,0,'retry',NULL,NULL,NULL,NULL,NULL,0,1700000096000000000,NULL,1700000101000000000,1700000130000000000,1,1,1,NULL,NULL,5,0,NULL,NULL,'yes',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(14,1,14,4,4,4,0,'without-cancel','open',NULL,0,1,1,NULL,NULL,NULL,NULL,NULL,NULL,0,1700000096500000000,NULL,NULL,NULL,1,1,1,NULL,NULL,3,0,NULL,NULL,'no',NULL,'no',NULL);
INSERT INTO "contexts" VALUES(15,1,15,2,2,2,0,'cancel','open',NULL,0,0,0,'refresh',NULL,NULL,NULL,NULL,NULL,0,1700000060000000000,NULL,NULL,NULL,1,1,1,NULL,NULL,6,0,NULL,NULL,'no',NULL,'yes',NULL);
INSERT INTO "contexts" VALUES(16,1,16,NULL,NULL,0,0,'todo','open',NULL,0,1,0,NULL,NULL,NULL,NULL,NULL,NULL,0,1700000005000000000,NULL,NULL,NULL,1,3,3,NULL,NULL,8,0,NULL,NULL,'no',NULL,'no',NULL);
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
INSERT INTO "events" VALUES(1,1,1700000025000000000,'task-exited',11,11,NULL,NULL,0,NULL,NULL);
INSERT INTO "events" VALUES(2,1,1700000090000000000,'context-created',1,7,3,NULL,0,NULL,3);
INSERT INTO "events" VALUES(3,1,1700000092000100000,'context-ended',4,7,NULL,'deadline',110,'context deadline exceeded',15);
INSERT INTO "events" VALUES(4,1,1700000092000100000,'context-ended',4,8,NULL,'parent',110,'context deadline exceeded',15);
INSERT INTO "events" VALUES(5,1,1700000094000000000,'context-released',1,99,NULL,NULL,0,NULL,17);
INSERT INTO "events" VALUES(6,1,1700000097000000000,'context-created',1,9,3,NULL,0,NULL,3);
INSERT INTO "events" VALUES(7,1,1700000098000000000,'context-ended',5,9,NULL,'own-cancel',104,'client hung up',16);
INSERT INTO "events" VALUES(8,1,1700000098100000000,'cancel-too-late',1,9,NULL,NULL,125,'request done',3);
CREATE TABLE finding_stacks (
    -- The stacks that a finding rests on, each with the number of subjects that have it.
    finding_id INTEGER NOT NULL REFERENCES findings,
    position   INTEGER NOT NULL,
    label      TEXT NOT NULL,     -- 'created', 'waits', 'cancelled by' ...
    stack_id   INTEGER NOT NULL REFERENCES stacks,
    count      INTEGER NOT NULL,
    PRIMARY KEY (finding_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "finding_stacks" VALUES(1,0,'waits',12,1);
INSERT INTO "finding_stacks" VALUES(1,1,'second waits',13,1);
INSERT INTO "finding_stacks" VALUES(2,0,'created',6,2);
INSERT INTO "finding_stacks" VALUES(2,1,'parent created',2,2);
INSERT INTO "finding_stacks" VALUES(3,0,'waits',11,1);
INSERT INTO "finding_stacks" VALUES(3,1,'task created',7,1);
INSERT INTO "finding_stacks" VALUES(3,2,'object created',7,1);
INSERT INTO "finding_stacks" VALUES(4,0,'waits',14,1);
INSERT INTO "finding_stacks" VALUES(4,1,'task created',3,1);
INSERT INTO "finding_stacks" VALUES(4,2,'cancelled by',15,1);
INSERT INTO "finding_stacks" VALUES(4,3,'context created',3,1);
INSERT INTO "finding_stacks" VALUES(5,0,'created',5,1);
INSERT INTO "finding_stacks" VALUES(5,1,'deadline set',3,1);
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
INSERT INTO "finding_subjects" VALUES(1,1,NULL,8,NULL,1700000051000000000,0);
INSERT INTO "finding_subjects" VALUES(2,2,12,NULL,NULL,1700000030000000000,0);
INSERT INTO "finding_subjects" VALUES(3,2,15,NULL,NULL,1700000060000000000,0);
INSERT INTO "finding_subjects" VALUES(4,3,NULL,7,NULL,1700000041000000000,0);
INSERT INTO "finding_subjects" VALUES(5,4,NULL,10,NULL,1700000092000100000,8);
INSERT INTO "finding_subjects" VALUES(6,5,13,NULL,NULL,1700000096000000000,34000000000);
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
INSERT INTO "findings" VALUES(1,1,'deadlock','proved','critical',1,'thread 4256 (accounts-1) waits to lock mutex 0x55550010 (accounts), which thread 4257 (accounts-2) holds; thread 4257 (accounts-2) waits to lock mutex 0x55550038 (ledger), which thread 4256 (accounts-1) holds; since 49s.','5e3e806443bf8967',1,10,1700000051000000000,NULL,0,NULL);
INSERT INTO "findings" VALUES(2,1,'lost-cancel','proved','high',2,'2 contexts created in refresh_cache (cache.c:77) can no longer be cancelled: all owners are gone, the parent is still open; the oldest is 1m10s old.','18db3eae79d06652',1,6,1700000030000000000,NULL,0,NULL);
INSERT INTO "findings" VALUES(3,1,'leaked-task','proved','high',1,'1 task is blocked in send_result (audit.c:55) and can never be woken: thread 4255 (audit) has been waiting for 59s to send to channel 102 (audit), and nobody is left who could signal it.','a6253d7213cc7918',1,9,1700000041000000000,NULL,0,NULL);
INSERT INTO "findings" VALUES(4,1,'cancelled-but-blocked-elsewhere','likely','high',1,'1 task stays blocked in wait_for_reply (rpc.c:93) although its context ended 7.9s ago (context deadline exceeded): thread 4258 (slow) waits to receive from channel 103 (replies), which does not watch it.','2d788645d864b124',1,12,1700000092000100000,NULL,0,NULL);
INSERT INTO "findings" VALUES(5,1,'inverted-deadline','likely','low',1,'1 context created in fetch_context (orders.c:14) asks for 34s below a parent that was given 6.0s in handle_request (server.c:120): its own timeout can never take effect.','dd1be615d4cb8191',1,5,1700000096000000000,NULL,0,NULL);
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
INSERT INTO "frames" VALUES(1,0,'main',NULL,'main.c',40,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(1,1,'__libc_start_main',NULL,'libc-start.c',392,'/lib/x86_64-linux-gnu/libc.so.6',NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(2,0,'serve',NULL,'server.c',88,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(2,1,'main',NULL,'main.c',52,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(3,0,'handle_request',NULL,'server.c',120,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(3,1,'serve',NULL,'server.c',95,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(3,2,'main',NULL,'main.c',52,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(4,0,'request_set_user',NULL,'request.c',31,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(4,1,'handle_request',NULL,'server.c',122,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(4,2,'serve',NULL,'server.c',95,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(4,3,'main',NULL,'main.c',52,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(5,0,'fetch_context',NULL,'orders.c',14,NULL,NULL,NULL,NULL,NULL,1);
INSERT INTO "frames" VALUES(5,1,'fetch_from_db',NULL,'orders.c',61,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(5,2,'handle_request',NULL,'server.c',131,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(5,3,'serve',NULL,'server.c',95,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(6,0,'refresh_cache',NULL,'cache.c',77,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(6,1,'handle_request',NULL,'server.c',140,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(6,2,'serve',NULL,'server.c',95,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(7,0,'start_worker',NULL,'worker.c',20,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(7,1,'main',NULL,'main.c',47,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(8,0,'worker_loop',NULL,'worker.c',33,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(8,1,'worker_main',NULL,'worker.c',12,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(9,0,'ctxt_select',NULL,'select.c',210,'/usr/lib/libctxtrace.so.0',NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(9,1,'worker_loop',NULL,'worker.c',41,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(9,2,'worker_main',NULL,'worker.c',12,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(10,0,'ctxt_accept',NULL,'io.c',70,'/usr/lib/libctxtrace.so.0',NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(10,1,'serve',NULL,'server.c',90,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(10,2,'main',NULL,'main.c',52,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(11,0,'send_result',NULL,'audit.c',55,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(11,1,'audit_main',NULL,'audit.c',21,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(12,0,'transfer',NULL,'accounts.c',18,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(12,1,'account_main',NULL,'accounts.c',60,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(13,0,'audit_accounts',NULL,'accounts.c',37,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(13,1,'account_main',NULL,'accounts.c',64,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(14,0,'wait_for_reply',NULL,'rpc.c',93,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(14,1,'handle_request',NULL,'server.c',150,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(14,2,'serve',NULL,'server.c',95,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(15,0,'ctxt_timer_main',NULL,'timer.c',140,'/usr/lib/libctxtrace.so.0',NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(16,0,'on_hangup',NULL,'server.c',201,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(16,1,'poll_clients',NULL,'server.c',230,NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO "frames" VALUES(17,0,NULL,NULL,NULL,NULL,'/usr/lib/plugin.so',4660,NULL,NULL,139887353270836,0);
INSERT INTO "frames" VALUES(17,1,'handle_request',NULL,'server.c',160,NULL,NULL,NULL,NULL,NULL,0);
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
INSERT INTO "losses" VALUES(1,1,1,'events','they were written over by newer ones',1532,0);
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
INSERT INTO "objects" VALUES(1,1,101,'channel','jobs',NULL,NULL,NULL,NULL,NULL,NULL,16,0,0,3,1,7,0,NULL,'yes',NULL);
INSERT INTO "objects" VALUES(2,1,102,'channel','audit',NULL,NULL,NULL,NULL,NULL,NULL,0,0,0,1,1,7,0,NULL,'no',NULL);
INSERT INTO "objects" VALUES(3,1,103,'channel','replies',NULL,NULL,NULL,NULL,NULL,NULL,1,0,0,2,1,3,0,NULL,'yes',NULL);
INSERT INTO "objects" VALUES(4,1,201,'mutex','accounts',NULL,NULL,NULL,9,9,NULL,NULL,NULL,0,NULL,1,NULL,0,1431633936,'unknown',NULL);
INSERT INTO "objects" VALUES(5,1,202,'mutex','ledger',NULL,NULL,NULL,8,8,NULL,NULL,NULL,0,NULL,1,NULL,0,1431633976,'unknown',NULL);
INSERT INTO "objects" VALUES(6,1,5,'descriptor','listening on 0.0.0.0:8080',NULL,NULL,NULL,NULL,NULL,5,NULL,NULL,0,NULL,1,NULL,0,NULL,'unknown',NULL);
INSERT INTO "objects" VALUES(7,1,9,'descriptor','10.1.2.3:5432',NULL,NULL,NULL,NULL,NULL,9,NULL,NULL,0,NULL,1,NULL,0,NULL,'unknown',NULL);
INSERT INTO "objects" VALUES(8,1,10,'context',NULL,NULL,10,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,1,NULL,0,NULL,'unknown',NULL);
INSERT INTO "objects" VALUES(9,1,4,'timer',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,1,NULL,0,NULL,'unknown',NULL);
CREATE TABLE preconditions (
    -- What kept a fact from being known, or a claim from being proved.
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;
INSERT INTO "preconditions" VALUES(1,'there is no means to observe it');
INSERT INTO "preconditions" VALUES(2,'contexts or tasks existed before recording began');
INSERT INTO "preconditions" VALUES(3,'records were lost');
INSERT INTO "preconditions" VALUES(4,'references to the object are not counted');
INSERT INTO "preconditions" VALUES(5,'the program was not stopped while its memory was read');
INSERT INTO "preconditions" VALUES(6,'there were no two snapshots that agree');
INSERT INTO "preconditions" VALUES(7,'not all memory that holds roots could be read');
INSERT INTO "preconditions" VALUES(8,'the program would have to be stopped for longer than is allowed');
INSERT INTO "preconditions" VALUES(9,'the context has ended or is ending');
INSERT INTO "preconditions" VALUES(10,'proofs were not tested with the way in which the program was built');
INSERT INTO "preconditions" VALUES(11,'another thread could unlock it, or cancel the wait');
INSERT INTO "preconditions" VALUES(12,'its address, or that of what leads to it, stands where the garbage collector does not look');
INSERT INTO "preconditions" VALUES(13,'a thread that ran had not gone on when it was looked at again');
INSERT INTO "preconditions" VALUES(14,'an observer that goes on may take over the duty to cancel it');
INSERT INTO "preconditions" VALUES(15,'nobody saw when the program ended');
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
INSERT INTO "programs" VALUES(1,1,4242,NULL,'alive',0,NULL,'/usr/bin/orders','orders --port 8080','C','0.1.0','fixture',1700000000000000000,1700000100000000000,0,1700000000000000000,0,0,0,0,812,797,16,13,11,10,7,9,0);
CREATE TABLE rules (
    -- What was checked. A finding names its rule.
    name      TEXT PRIMARY KEY,
    title     TEXT NOT NULL,
    advice    TEXT NOT NULL,
    severity  TEXT NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    catalogue TEXT NOT NULL  -- codes of the defects that it covers, see docs/findings.md
) STRICT;
INSERT INTO "rules" VALUES('deadlock','Tasks that wait for each other in a circle','Take locks in one order everywhere, and do not join, send or take another lock while holding one that the other side needs.','critical','G8, G9, G10');
INSERT INTO "rules" VALUES('lost-cancel','A context that nobody can cancel any more','Cancel the context on every path that leaves the work it was made for, errors included: in C with ctxt_scope or ctxt_cancel before ctxt_unref, in Go with defer cancel().','high','C1, C2');
INSERT INTO "rules" VALUES('leaked-task','A task that nothing can wake any more','Give every blocked task a way out: receive from or close what it waits for on every path, give a channel room for a result that nobody may want, or let the wait watch a context.','high','G1, G2, G3, G4, G5, G6, G7, G8, G10, G11, G12');
INSERT INTO "rules" VALUES('cancelled-but-blocked-elsewhere','A cancelled task that is blocked on something else','Wait for the result or the end of the context, whichever is first: ctxt_select, or the blocking calls that take a context; in Go a select with ctx.Done().','high','C17, C18, G15');
INSERT INTO "rules" VALUES('inverted-deadline','A timeout longer than its parent''s','Give the inner work less time than the outer, or only a cancel; if it shall outlive the outer deadline, derive it with ctxt_without_cancel (Go: context.WithoutCancel).','low','C23');
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
INSERT INTO "runs" VALUES(1,1796039122719398801,'ctxreport 0.1.0','inspect','service.snapshot',NULL,NULL,2);
CREATE TABLE sample_sites (
    -- How many open contexts and how many tasks of one site were alive at a look.
    sample_id   INTEGER NOT NULL REFERENCES samples,
    kind        TEXT NOT NULL CHECK (kind IN ('contexts', 'tasks')),
    fingerprint TEXT NOT NULL,
    count       INTEGER NOT NULL,
    PRIMARY KEY (sample_id, kind, fingerprint)
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
INSERT INTO "sites" VALUES(1,1,'6ff4ff0f348aeec1','main','main.c',40,1,1);
INSERT INTO "sites" VALUES(2,1,'85b5d6534e10db43','serve','server.c',88,2,1);
INSERT INTO "sites" VALUES(3,1,'fce156c5ae446f04','handle_request','server.c',120,3,1);
INSERT INTO "sites" VALUES(4,1,'5fd0956c63f12bd3','request_set_user','request.c',31,4,1);
INSERT INTO "sites" VALUES(5,1,'516526a6b1c427aa','fetch_context','orders.c',14,5,1);
INSERT INTO "sites" VALUES(6,1,'926892c7a105fb1a','refresh_cache','cache.c',77,6,1);
INSERT INTO "sites" VALUES(7,1,'24f9b6d0cc25462e','start_worker','worker.c',20,7,1);
INSERT INTO "sites" VALUES(8,1,'970d9062bf6fa17c','worker_loop','worker.c',33,8,1);
INSERT INTO "sites" VALUES(9,1,'7ec9c4c909984efc','send_result','audit.c',55,11,1);
INSERT INTO "sites" VALUES(10,1,'7e317bbc6f752ba1','transfer','accounts.c',18,12,1);
INSERT INTO "sites" VALUES(11,1,'d24f8bc4d0320e3e','audit_accounts','accounts.c',37,13,1);
INSERT INTO "sites" VALUES(12,1,'bee0bde5463e5b4b','wait_for_reply','rpc.c',93,14,1);
INSERT INTO "sites" VALUES(13,1,'4e485190fc23b69a','ctxt_timer_main','timer.c',140,15,1);
INSERT INTO "sites" VALUES(14,1,'b7d48ffad3c4c750','on_hangup','server.c',201,16,1);
INSERT INTO "sites" VALUES(15,1,'25915578818270b5','handle_request','server.c',160,17,0);
CREATE TABLE stacks (
    -- A call stack; its frames are in frames, as text in the view stack_text.
    id           INTEGER PRIMARY KEY,
    program_id   INTEGER NOT NULL REFERENCES programs,
    site_id      INTEGER REFERENCES sites DEFERRABLE INITIALLY DEFERRED,
    top_position INTEGER,          -- the first frame that is the program's own: look there first
    truncated    INTEGER NOT NULL  -- 1: it went deeper than was recorded
) STRICT;
INSERT INTO "stacks" VALUES(1,1,1,0,0);
INSERT INTO "stacks" VALUES(2,1,2,0,0);
INSERT INTO "stacks" VALUES(3,1,3,0,0);
INSERT INTO "stacks" VALUES(4,1,4,0,0);
INSERT INTO "stacks" VALUES(5,1,5,0,0);
INSERT INTO "stacks" VALUES(6,1,6,0,0);
INSERT INTO "stacks" VALUES(7,1,7,0,0);
INSERT INTO "stacks" VALUES(8,1,8,0,0);
INSERT INTO "stacks" VALUES(9,1,8,1,0);
INSERT INTO "stacks" VALUES(10,1,2,1,0);
INSERT INTO "stacks" VALUES(11,1,9,0,0);
INSERT INTO "stacks" VALUES(12,1,10,0,0);
INSERT INTO "stacks" VALUES(13,1,11,0,0);
INSERT INTO "stacks" VALUES(14,1,12,0,0);
INSERT INTO "stacks" VALUES(15,1,13,0,0);
INSERT INTO "stacks" VALUES(16,1,14,0,0);
INSERT INTO "stacks" VALUES(17,1,15,1,0);
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
INSERT INTO "tasks" VALUES(1,1,1,4242,'thread','waiting',1,0,0,0,0,'orders',NULL,NULL,NULL,NULL,2,NULL,NULL,NULL,10,1700000000000000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO "tasks" VALUES(2,1,2,4250,'thread','waiting',0,0,0,0,0,'worker-1',NULL,NULL,1,1,10,NULL,10,7,9,1700000000010000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO "tasks" VALUES(3,1,3,4251,'thread','running',0,0,0,0,0,'worker-2',NULL,NULL,1,1,10,NULL,10,7,NULL,1700000000010000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO "tasks" VALUES(4,1,4,4252,'callback','waiting',0,1,0,0,0,'timers',NULL,NULL,1,1,NULL,NULL,NULL,NULL,15,1700000000012000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO "tasks" VALUES(5,1,5,4253,'thread','running',0,0,0,0,0,'clients',NULL,NULL,1,1,2,NULL,NULL,2,NULL,1700000000013000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO "tasks" VALUES(6,1,6,4254,'thread','waiting',0,0,0,0,0,'query',NULL,NULL,1,1,6,NULL,6,5,NULL,1700000095001000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO "tasks" VALUES(7,1,7,4255,'thread','waiting',0,0,0,0,0,'audit',NULL,NULL,1,1,2,NULL,NULL,7,11,1700000040000000000,NULL,'no',NULL,'no',NULL);
INSERT INTO "tasks" VALUES(8,1,8,4256,'thread','waiting',0,0,0,0,0,'accounts-1',NULL,NULL,1,1,10,NULL,NULL,7,NULL,1700000050000000000,NULL,'no',NULL,'no',NULL);
INSERT INTO "tasks" VALUES(9,1,9,4257,'thread','waiting',0,0,0,0,0,'accounts-2',NULL,NULL,1,1,10,NULL,NULL,7,NULL,1700000050000000000,NULL,'no',NULL,'no',NULL);
INSERT INTO "tasks" VALUES(10,1,10,4258,'thread','waiting',0,0,0,0,0,'slow',NULL,NULL,1,1,7,NULL,7,3,NULL,1700000090000000000,NULL,'yes',NULL,'yes',NULL);
INSERT INTO "tasks" VALUES(11,1,11,4259,'thread','exited',0,0,0,0,0,'finished',NULL,NULL,1,1,NULL,NULL,NULL,7,NULL,1700000020000000000,1700000025000000000,'yes',NULL,'yes',NULL);
CREATE TABLE thresholds (
    -- The limits that the rules of a run worked with; times in nanoseconds.
    run_id INTEGER NOT NULL REFERENCES runs,
    name   TEXT NOT NULL,  -- that of the option: 'min-age', 'max-depth' ...
    value  INTEGER NOT NULL,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO "thresholds" VALUES(1,'max-children',1000);
INSERT INTO "thresholds" VALUES(1,'max-depth',50);
INSERT INTO "thresholds" VALUES(1,'max-lag',1000000000);
INSERT INTO "thresholds" VALUES(1,'max-registrations',10);
INSERT INTO "thresholds" VALUES(1,'max-repeats',3);
INSERT INTO "thresholds" VALUES(1,'min-age',1000000000);
INSERT INTO "thresholds" VALUES(1,'min-growth',4);
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
INSERT INTO "waits" VALUES(1,1,1,6,'accept',NULL,1700000099900000000,0,NULL,2,10);
INSERT INTO "waits" VALUES(2,1,2,1,'receive',1,1700000080000000000,0,NULL,NULL,9);
INSERT INTO "waits" VALUES(3,1,2,8,'done',1,1700000080000000000,0,NULL,NULL,9);
INSERT INTO "waits" VALUES(4,1,4,9,'sleep',NULL,1700000092000000000,0,1700000101000000000,NULL,15);
INSERT INTO "waits" VALUES(5,1,6,7,'read',NULL,1700000095002000000,0,NULL,6,5);
INSERT INTO "waits" VALUES(6,1,7,2,'send',NULL,1700000041000000000,0,NULL,NULL,11);
INSERT INTO "waits" VALUES(7,1,8,4,'lock',NULL,1700000051000000000,0,NULL,NULL,12);
INSERT INTO "waits" VALUES(8,1,9,5,'lock',NULL,1700000051000000000,0,NULL,NULL,13);
INSERT INTO "waits" VALUES(9,1,10,3,'receive',NULL,1700000090500000000,0,NULL,NULL,14);
CREATE TABLE withheld (
    -- Claims that were lowered or not made, because a fact was unknown.
    program_id INTEGER NOT NULL REFERENCES programs,
    missing    INTEGER NOT NULL REFERENCES preconditions,
    count      INTEGER NOT NULL,
    PRIMARY KEY (program_id, missing)
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
CREATE INDEX suppressions_of_run ON suppressions (run_id);
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
    ('losses', 'what could not be recorded or read');
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
     ORDER BY runs.id, programs.id;
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
      FROM stacks;
CREATE VIEW stack_top AS
    -- Of each stack the one line to look at first.
    SELECT (SELECT run_id FROM programs WHERE id = stacks.program_id) AS run,
           stacks.program_id AS program, stacks.id,
           coalesce(frames.function, printf('0x%x', frames.pc))
           || coalesce('  ' || frames.file || coalesce(':' || frames.line, ''), '') AS line
      FROM stacks
      JOIN frames ON frames.stack_id = stacks.id AND frames.position = coalesce(stacks.top_position, 0);
CREATE VIEW context_names AS
    -- A readable name for each context, e.g.: cancel "request" #12. Of Go the number is the address.
    SELECT (SELECT run_id FROM programs WHERE id = contexts.program_id) AS run,
           program_id AS program, id, number,
           kind || coalesce(' "' || coalesce(name, key, type) || '"', '')
           || CASE WHEN number > 4294967295 THEN printf(' 0x%x', number) ELSE ' #' || number END
           AS name
      FROM contexts;
CREATE VIEW task_names AS
    -- Threads have the numbers that other tools know them by; #17 is a number of the recording.
    SELECT (SELECT run_id FROM programs WHERE id = tasks.program_id) AS run,
           program_id AS program, id, number,
           kind || coalesce(' "' || name || '"', '')
           || CASE WHEN kind = 'thread' AND tid > 0 THEN ' ' || tid ELSE ' #' || number END AS name
      FROM tasks;
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
      FROM contexts;
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
      LEFT JOIN stack_top ON stack_top.id = contexts.creation_stack_id;
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
     ORDER BY waits.since_ns NULLS LAST, waits.id;
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
     ORDER BY tasks.id;
CREATE VIEW withheld_claims AS
    -- What would have been claimed, or claimed with more certainty, and what was missing for that.
    -- The view facts says of which things it was missing.
    SELECT programs.run_id AS run, withheld.program_id AS program, withheld.count,
           preconditions.text AS because
      FROM withheld
      JOIN programs ON programs.id = withheld.program_id
      JOIN preconditions ON preconditions.id = withheld.missing
     ORDER BY withheld.program_id, withheld.count DESC, withheld.missing;
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
           preconditions.text AS not_proved_because, findings.known,
           suppressions.file || ':' || suppressions.line AS suppressed_by, findings.fingerprint
      FROM findings
      JOIN programs ON programs.id = findings.program_id
      JOIN rules ON rules.name = findings.rule
      LEFT JOIN suppressions ON suppressions.id = findings.suppressed_by_id
      LEFT JOIN sites ON sites.id = findings.site_id
      LEFT JOIN preconditions ON preconditions.id = findings.missing
     ORDER BY findings.id;
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
     ORDER BY census.program_id, census.position;
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
                                 tasks.creation_stack_id, objects.creation_stack_id);
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
     ORDER BY contexts.ended_ns DESC;
CREATE VIEW site_counts AS
    -- Contexts and tasks by the place that made them, the most numerous first. Creations of contexts
    -- in Go programs are sampled: there may be more of them than are counted here.
    SELECT programs.run_id AS run, sites.program_id AS program, sites.function, sites.file,
           sites.line, count(contexts.id) AS contexts, coalesce(sum(contexts.state = 'open'), 0) AS open,
           coalesce(sum(contexts.creation_sampled), 0) AS sampled,
           (SELECT count(*) FROM tasks JOIN stacks AS s ON s.id = tasks.creation_stack_id
             WHERE tasks.program_id = sites.program_id AND s.site_id = sites.id) AS tasks,
           sites.fingerprint
      FROM sites
      JOIN programs ON programs.id = sites.program_id
      LEFT JOIN stacks ON stacks.site_id = sites.id
      LEFT JOIN contexts ON contexts.creation_stack_id = stacks.id
     GROUP BY sites.id
     ORDER BY contexts DESC, tasks DESC;
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
      LEFT JOIN preconditions ON preconditions.id = objects.signalable_missing;
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
     ORDER BY events.id;
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
     ORDER BY drops, coalesce(sum(change), 0) DESC;
COMMIT;
