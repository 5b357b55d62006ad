#include "runtime/task.h"

#include "base/invariant.h"
#include "runtime/bounded.h"
#include "runtime/context_record.h"
#include "runtime/group_places.h"
#include "runtime/misuse.h"
#include "runtime/node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASK_ALIVE = 0x4b534154, TASK_FREED = 0x45455246 };
enum { KERNEL_NAME_BYTES = 15 };

static struct lock pool_lock;
/* Under the lock. */
static struct ctxt_task *all_tasks; /* by next_of_all */
static struct ctxt_task *first_free, *last_free;

/* ---- memory ---- */

static struct ctxt_task *take_free(void)
{
    leaf_lock_take(&pool_lock);
    struct ctxt_task *task = first_free;
    invariant((first_free != NULL) == (last_free != NULL));
    if (task) {
        invariant(task->magic == TASK_FREED);
        first_free = task->next_free;
        if (!first_free)
            last_free = NULL;
    }
    leaf_lock_release(&pool_lock);
    return task;
}

static struct ctxt_task *add_to_pool(void)
{
    struct ctxt_task *task = calloc(1, sizeof *task);
    if (!task)
        return NULL;
    leaf_lock_take(&pool_lock);
    task->next_of_all = all_tasks;
    all_tasks = task;
    leaf_lock_release(&pool_lock);
    return task;
}

static struct ctxt_task *task_new(void)
{
    struct ctxt_task *task = take_free();
    if (!task)
        task = add_to_pool();
    if (!task) {
        errno = ENOMEM;
        return NULL;
    }
    struct ctxt_task *next_of_all = task->next_of_all;
    *task = (struct ctxt_task){.next_of_all = next_of_all};
    return task;
}

static void task_free(struct ctxt_task *task)
{
    leaf_lock_take(&pool_lock);
    invariant(task->magic != TASK_FREED);
    task->magic = TASK_FREED;
    task->next_free = NULL;
    if (!misuse_debug()) { /* in debug mode none is used again, so every late use is noticed */
        if (last_free)
            last_free->next_free = task;
        else
            first_free = task;
        last_free = task;
    }
    leaf_lock_release(&pool_lock);
}

/* Thread or handle is done with it; `half` is the flag that says so. */
static void done_with(struct ctxt_task *task, bool *half)
{
    invariant(task->magic == TASK_ALIVE);
    leaf_lock_take(&task->lock);
    *half = true;
    bool both = task->thread_done && task->handle_done;
    leaf_lock_release(&task->lock);
    if (both)
        task_free(task);
}

static bool check(const struct ctxt_task *task, const char *function)
{
    if (task && task->magic == TASK_ALIVE)
        return true;
    if (!task)
        misuse(function, NULL, "the task is NULL");
    else if (task->magic == TASK_FREED)
        misuse(function, NULL, "the task at %p was joined or detached already", (const void *)task);
    else
        misuse(function, NULL, "there is no task at %p", (const void *)task);
    return false;
}

/* ---- the thread ---- */

/* Also reached when the function leaves by pthread_exit() or is cancelled. */
static void end(void *argument)
{
    struct ctxt_task *task = argument;
    struct runtime_thread *self = thread_self();
    invariant(self->task == task && !task->exited);
    while (self->entered_count > 0)
        ctxt_leave(ctxt_current());
    struct ctxt_group *group = task->group;
    if (group && task->result)
        group_task_failed(group, task->result);
    record_task_exited(&task->record);
    leaf_lock_take(&task->lock);
    task->exited = true;
    waiter_wake_all(&task->joiners, 0);
    leaf_lock_release(&task->lock);
    if (group)
        group_task_ended(group, task);
    self->task = NULL;
    done_with(task, &task->thread_done);
}

static void *run(void *argument)
{
    struct ctxt_task *task = argument;
    thread_adopt(task->reserved);
    thread_self()->task = task;
    if (task->group)
        task->thread = pthread_self(); /* whoever reaps it may come before its creator goes on */
    record_task_bind(&task->record);
    ctxt_enter(task->context);
    ctxt_unobserve(task->context); /* its creator's, which has kept it until now */
    task->result = ECANCELED;      /* unless the function returns */
    pthread_cleanup_push(end, task);
    task->result = task->function(task->context, task->argument);
    pthread_cleanup_pop(1);
    return NULL;
}

static void record_created(struct ctxt_task *task)
{
    struct record_task created = {
        .origin = TASK_ORIGIN_GO,
        .start_context_id = context_record_reference(task->context),
        .function = (const void *)(uintptr_t)task->function,
    };
    record_task_created(&task->record, &created);
    if (task->group) /* nobody will join it by name */
        record_task_detached(&task->record);
}

static void record_not_started(struct ctxt_task *task)
{
    record_task_exited(&task->record);
    if (!task->group)
        record_task_detached(&task->record);
}

struct ctxt_task *task_prepare(struct ctxt *context, ctxt_task_function *function, void *argument,
                               struct ctxt_group *group)
{
    struct ctxt_task *task = task_new();
    if (!task)
        return NULL;
    task->context = ctxt_observe(context);
    task->function = function;
    task->argument = argument;
    task->group = group;
    task->magic = TASK_ALIVE;
    return task;
}

int task_start(struct ctxt_task *task)
{
    bool has_handle = !task->group;
    recorder_makes_threads();
    if (recording())
        record_created(task);
    pthread_t thread;
    struct runtime_thread *reserved = task->reserved = thread_reserve();
    int failed = reserved ? pthread_create(&thread, NULL, run, task) : EAGAIN;
    if (failed) {
        if (reserved)
            thread_record_give_back(reserved);
        record_not_started(task);
        ctxt_unobserve(task->context);
        task_free(task);
        return failed;
    }
    if (has_handle)
        task->thread = thread;
    return 0;
}

ctxt_task_t *ctxt_go(ctxt_t *context, ctxt_task_function *function, void *argument)
{
    if (!node_check(context, __func__))
        return NULL;
    if (!function) {
        misuse(__func__, context, "the function is NULL");
        return NULL;
    }
    struct ctxt_task *task = task_prepare(context, function, argument, NULL);
    if (!task)
        return NULL;
    int error = task_start(task);
    if (!error)
        return task;
    errno = error;
    return NULL;
}

/* ---- giving the handle back ---- */

void task_reap(struct ctxt_task *task)
{
    /* pthread_join() is a cancellation point, and a thread that ended there would take the handle.
     */
    int cancellable;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellable);
    if (!task->absent)
        pthread_join(task->thread, NULL);
    pthread_setcancelstate(cancellable, NULL);
    done_with(task, &task->handle_done);
}

/* Only one can have the handle: to join the task, or to detach it. */
static bool take_handle(struct ctxt_task *task, const char *function)
{
    leaf_lock_take(&task->lock);
    bool taken = task->joining;
    task->joining = true;
    leaf_lock_release(&task->lock);
    if (taken)
        misuse(function, NULL, "another task is joining the task at %p already", (void *)task);
    return !taken;
}

/* 0: the caller may wait for it. */
static int begin_join(struct ctxt_task *task)
{
    if (task == thread_self()->task) {
        misuse("ctxt_join", NULL, "a task cannot join itself");
        return EDEADLK;
    }
    return take_handle(task, "ctxt_join") ? 0 : EINVAL;
}

/* 0 when it has exited, otherwise why not. */
static int wait_for_exit(struct ctxt *context, struct ctxt_task *task)
{
    struct bounded wait;
    int error = bounded_begin(&wait, context);
    if (error)
        return error;
    leaf_lock_take(&task->lock);
    bool exited = task->exited;
    if (!exited)
        waiter_link(&task->joiners, &wait.waiter);
    leaf_lock_release(&task->lock);
    if (!exited) {
        struct record_wait what = {.object = OBJECT_TASK,
                                   .operation = WAIT_JOIN,
                                   .object_id = record_slot_id(&task->record),
                                   .address = task};
        error = bounded_block(&wait, &what, CTXT_NEVER);
    }
    bounded_finish(&wait, &task->lock);
    return error;
}

/* Has it exited? If not, and the caller will not wait, it may be joined later. */
static bool has_exited(struct ctxt_task *task)
{
    leaf_lock_take(&task->lock);
    bool exited = task->exited;
    leaf_lock_release(&task->lock);
    return exited;
}

static void stop_joining(struct ctxt_task *task)
{
    leaf_lock_take(&task->lock);
    task->joining = false;
    leaf_lock_release(&task->lock);
}

int ctxt_join(ctxt_t *context, ctxt_task_t *task, int *result)
{
    if (!node_check(context, __func__) || !check(task, __func__))
        return EINVAL;
    int error = begin_join(task);
    if (error)
        return error;
    if (!has_exited(task)) {
        error = task->absent ? ECHILD : wait_for_exit(context, task);
        if (error && error != ECHILD) {
            stop_joining(task);
            return error;
        }
    }
    if (!error && result)
        *result = task->result;
    record_task_joined(&task->record);
    task_reap(task);
    return error;
}

void ctxt_detach(ctxt_task_t *task)
{
    if (!check(task, __func__) || !take_handle(task, __func__))
        return;
    record_task_detached(&task->record);
    if (!task->absent)
        pthread_detach(task->thread);
    done_with(task, &task->handle_done);
}

/* ---- names ---- */

/* The kernel's names are short; a character of several bytes is left out rather than cut. */
static void name_thread(pthread_t thread, const char *name)
{
    char shortened[KERNEL_NAME_BYTES + 1];
    size_t length = strnlen(name, sizeof shortened);
    if (length > KERNEL_NAME_BYTES) {
        length = KERNEL_NAME_BYTES;
        while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(shortened, name, length);
    shortened[length] = '\0';
    pthread_setname_np(thread, shortened);
}

void ctxt_task_set_name(ctxt_task_t *task, const char *format, ...)
{
    if (task && !check(task, __func__))
        return;
    int saved = errno;
    char name[RECORD_TEXT_BYTES + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    if (!task) {
        name_thread(pthread_self(), name);
        if (recording())
            record_self_named(name);
    } else if (!task->absent) {
        name_thread(task->thread, name);
        if (recording())
            record_task_named(&task->record, name);
    }
    errno = saved;
}

/* ---- fork ---- */

/*
 * Only the forking thread exists here. The handles of other tasks stay valid: of those that had
 * exited the result is known, of the others it will never be.
 */
void task_fork_child(void)
{
    struct ctxt_task *self = thread_self()->task;
    for (struct ctxt_task *task = all_tasks; task; task = task->next_of_all) {
        if (task->magic != TASK_ALIVE || task == self || task->absent)
            continue;
        task->absent = true;
        if (task->group)
            group_task_absent(task->group, task);
        done_with(task, &task->thread_done);
    }
}
