/* Makes the database that the example works on. */
#ifndef ORDERS_SEED_H
#define ORDERS_SEED_H

#include <stdbool.h>

/*
 * If there is no such file, makes it, with so many orders of the year 2025: always the same ones.
 * False when that fails, after a sentence on standard error.
 */
bool seed_database(const char *file, unsigned orders);

#endif
