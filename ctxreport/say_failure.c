#include "ctxreport/say_failure.h"

#include "ctxreport/page.h"
#include "ctxreport/verdict.h"

int say_failure(const struct failure *failure)
{
    struct page page = page_for(stderr);
    page_put(&page, STYLE_WARNING, "ctxreport:");
    page_print(&page, STYLE_PLAIN, " %s", failure->sentence);
    fputc('\n', stderr);
    return STATUS_TROUBLE;
}
