#include "golang/binary/layout_table.h"

const struct layout_row layout_rows[] = {
    {
#include "golang/binary/layouts/go1_18.h"
    },
    {
#include "golang/binary/layouts/go1_19.h"
    },
    {
#include "golang/binary/layouts/go1_20.h"
    },
    {
#include "golang/binary/layouts/go1_21.h"
    },
    {
#include "golang/binary/layouts/go1_22.h"
    },
    {
#include "golang/binary/layouts/go1_23.h"
    },
    {
#include "golang/binary/layouts/go1_24.h"
    },
    {
#include "golang/binary/layouts/go1_25.h"
    },
    {
#include "golang/binary/layouts/go1_26.h"
    },
    {
#include "golang/binary/layouts/go1_27.h"
    },
};

const size_t layout_row_count = sizeof layout_rows / sizeof layout_rows[0];
