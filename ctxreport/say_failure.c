#include "ctxreport/say_failure.h"

#include "base/error.h"
#include "ctxreport/page.h"
#include "ctxreport/verdict.h"

int say_failure(const struct error *error)
{
    struct page page = page_for(stderr);
    page_put(&page, STYLE_WARNING, "ctxreport:");
    page_print(&page, STYLE_PLAIN, " %s", error->sentence);
    fputc('\n', stderr);
    return STATUS_TROUBLE;
}
