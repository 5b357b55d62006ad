/*
 * What the tests of ctxreport have in common: snapshots from fixtures, stores with one run in them.
 */
#ifndef CTXTRACE_TESTS_REPORT_TEST_H
#define CTXTRACE_TESTS_REPORT_TEST_H

#include "base/error.h"
#include "ctxreport/ingest.h"
#include "ctxreport/query.h"
#include "findings/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURES "../programs/fixtures/"

static inline struct snapshot *snapshot_of(const char *fixture)
{
    char path[256];
    struct error error = {""};
    snprintf(path, sizeof path, FIXTURES "%s.snapshot", fixture);
    struct session *session = session_open(path, NULL, &error);
    if (!session)
        fail_msg("%s", error.sentence);
    struct snapshot *snapshot = session_take(session, &error);
    if (!snapshot)
        fail_msg("%s", error.sentence);
    session_close(session);
    return snapshot;
}

/* Adds a run about the fixture in a transaction of its own; returns the id of the run. */
static inline int64_t add_run(struct store *store, const char *fixture, const struct run *run)
{
    struct error error = {""};
    struct run standard = {.subcommand = "inspect",
                           .target = fixture,
                           .made_ns = INT64_C(1700000100000000000),
                           .thresholds = thresholds_default()};
    struct thresholds thresholds = thresholds_default();
    struct snapshot *snapshot = snapshot_of(fixture);
    struct findings *findings = findings_check(snapshot, &thresholds, NULL);
    assert_non_null(findings);
    assert_true(store_begin(store, &error));
    int64_t run_id = ingest_run(store, run ? run : &standard, &error);
    assert_int_not_equal(run_id, 0);
    if (!ingest_program(store, run_id, snapshot, findings, &error))
        fail_msg("%s", error.sentence);
    assert_true(store_commit(store, &error));
    findings_free(findings);
    snapshot_free(snapshot);
    return run_id;
}

static inline struct store *store_with(const char *fixture)
{
    struct error error = {""};
    struct store *store = store_create(NULL, &error);
    assert_non_null(store);
    add_run(store, fixture, NULL);
    return store;
}

/* The only number that a query without parameters gives. */
static inline int64_t number_of(struct store *store, const char *sql)
{
    struct error error = {""};
    int64_t number;
    if (!query_number(store, sql, 0, -1, &number, &error))
        fail_msg("%s: %s", sql, error.sentence);
    return number;
}

#endif
