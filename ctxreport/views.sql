-- Views that a person reads. Nothing in ctxreport depends on them.
--
-- Each has the run and the program first, so that those of one run are `WHERE run = ...`. Times of
-- day are UTC and rounded down, also before 1970; there are none where the program's clock cannot
-- be told as one.

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
