/*
 * Stands for the recorder: keeps what modules.h reports, and finds modules by it as a reader of
 * the segment does.
 */
#ifndef CTXTRACE_TESTS_MODULE_LOG_H
#define CTXTRACE_TESTS_MODULE_LOG_H

#include "record/modules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MODULE_LOG_SIZE = 512 };

static struct module module_log[MODULE_LOG_SIZE + 1];
static uint32_t module_log_end = 1; /* a module is at its number */

static void log_module(const struct module *module, void *unused)
{
    (void)unused;
    assert_in_range(module->number, 1, MODULE_LOG_SIZE);
    module_log[module->number] = *module;
    if (module->number >= module_log_end)
        module_log_end = module->number + 1;
}

__attribute__((unused)) static const struct module *logged_module(uint64_t address,
                                                                  uint64_t generation)
{
    const struct module *found = NULL;
    for (uint32_t i = 1; i < module_log_end; i++) {
        const struct module *module = &module_log[i];
        if (!module->number || address < module->begin || address >= module->end ||
            generation < module->loaded || (module->unloaded && generation >= module->unloaded))
            continue;
        assert_null(found);
        found = module;
    }
    return found;
}

__attribute__((unused)) static const struct module *logged_path(const char *end)
{
    for (uint32_t i = module_log_end; i-- > 1;) {
        const struct module *module = &module_log[i];
        size_t length = strlen(module->path);
        if (module->number && length >= strlen(end) &&
            strcmp(module->path + length - strlen(end), end) == 0)
            return module;
    }
    return NULL;
}

#endif
