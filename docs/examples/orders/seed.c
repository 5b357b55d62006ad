/* Filled under another name and then renamed, so that half a database is never taken for one. */
#include "seed.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char schema[] = "CREATE TABLE orders ("
                             "  id          INTEGER PRIMARY KEY,"
                             "  customer    TEXT NOT NULL,"
                             "  item        TEXT NOT NULL,"
                             "  price_cents INTEGER NOT NULL,"
                             "  placed_at   INTEGER NOT NULL," /* seconds since 1970 */
                             "  month       INTEGER NOT NULL"  /* 1 to 12 */
                             ") STRICT;";

/* The multipliers spread the orders over customers, items and the year without being random. */
static const char rows[] =
    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :orders)"
    "INSERT INTO orders SELECT n,"
    "  CASE n * 31 % 5 WHEN 0 THEN 'ann' WHEN 1 THEN 'bob' WHEN 2 THEN 'cleo'"
    "    WHEN 3 THEN 'dan' ELSE 'eve' END,"
    "  CASE n * 17 % 4 WHEN 0 THEN 'tea' WHEN 1 THEN 'coffee' WHEN 2 THEN 'sugar' ELSE 'milk' END,"
    "  100 + n * 7919 % 4900,"
    "  1735689600 + n * 104729 % 31536000,"
    "  CAST(strftime('%m', 1735689600 + n * 104729 % 31536000, 'unixepoch') AS INTEGER)"
    "  FROM numbers;";

/* None on the time of an order, which is what makes the report slow. */
static const char indexes[] = "CREATE INDEX orders_of_customer ON orders (customer);"
                              "CREATE INDEX orders_of_month ON orders (month);";

static int fill(sqlite3 *database, unsigned orders)
{
    sqlite3_stmt *insert = NULL;
    int status = sqlite3_exec(database, schema, NULL, NULL, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_prepare_v2(database, rows, -1, &insert, NULL);
    if (status != SQLITE_OK)
        return status;
    sqlite3_bind_int64(insert, 1, orders);
    sqlite3_step(insert);
    status = sqlite3_finalize(insert);
    return status == SQLITE_OK ? sqlite3_exec(database, indexes, NULL, NULL, NULL) : status;
}

static bool make(const char *file, const char *unfinished, unsigned orders)
{
    sqlite3 *database = NULL;
    int status = sqlite3_open(unfinished, &database);
    if (status == SQLITE_OK)
        status = fill(database, orders);
    if (status != SQLITE_OK)
        fprintf(stderr, "orders: %s cannot be made: %s.\n", file, sqlite3_errmsg(database));
    sqlite3_close(database);
    return status == SQLITE_OK;
}

bool seed_database(const char *file, unsigned orders)
{
    if (access(file, F_OK) == 0)
        return true;
    char *unfinished = NULL;
    if (asprintf(&unfinished, "%s.%d", file, (int)getpid()) < 0) {
        fprintf(stderr, "orders: out of memory.\n");
        return false;
    }
    bool made = make(file, unfinished, orders);
    if (made && rename(unfinished, file) < 0) {
        perror("orders: the database cannot be renamed");
        made = false;
    }
    if (!made)
        unlink(unfinished);
    free(unfinished);
    return made;
}
