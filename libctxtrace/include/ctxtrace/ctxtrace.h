/* All of libctxtrace. */
#ifndef CTXTRACE_CTXTRACE_H
#define CTXTRACE_CTXTRACE_H

#include <ctxtrace/blocking.h>
#include <ctxtrace/channel.h>
#include <ctxtrace/context.h>
#include <ctxtrace/task.h>
#include <ctxtrace/trace.h>

#endif
