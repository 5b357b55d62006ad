/*
 * The threads that a stopper has stopped, or left asleep. By system calls only, on memory that was
 * there before (see stopper.h).
 */
#ifndef CTXTRACE_IMAGE_STOPPER_THREADS_H
#define CTXTRACE_IMAGE_STOPPER_THREADS_H

#include "image/stopper.h"
#include "inject/visit.h"

struct stopper_state {
    const struct stop_request *request;
    struct stopper_page *page;
    size_t capacity;    /* of its threads */
    uint32_t *slots;    /* where each thread is: a hash table of `slot_count`, a power of two */
    size_t slot_count;  /* more than twice the capacity */
    int socket;         /* to the reader */
    int children;       /* a signalfd for SIGCHLD; -1: look again and again */
    int tasks;          /* the target's directory of threads */
    int timer;          /* of the kernel, which kills this process; < 0: it is a thread */
    struct visit visit; /* of one of the threads; see stopper_fork.h */
    int64_t give_up_ns; /* when no more threads are waited for */
    size_t watched;     /* threads that were left asleep */
    bool executed;      /* the target has started another program */
    bool holds;         /* all threads */
    bool ending;        /* but some of them have been killed since */
};

/* All of them, or none is seized. STOPPER_STOPPED, or why they are not. */
enum stopper_result stopper_stop_all(struct stopper_state *work);

/* Forgets the threads of an earlier stop, which have been let go. */
void stopper_forget_all(struct stopper_state *work);

/* A thread alone: its registers, if it stops in time. It runs on. */
void stopper_glance_at(struct stopper_state *work, int tid);

/* How long all may be held. */
int64_t stopper_hold_until(const struct stopper_state *work);

/* Until a child has something to say, the reader has, or it is that late. */
void stopper_sleep_until(const struct stopper_state *work, int64_t until_ns, bool for_reader);

/* Takes what came: a thread that was stopped and has ended was killed. */
bool stopper_is_ending(struct stopper_state *work);

/*
 * Are those asleep that were left so? Before the others are let go: they could wake them. And only
 * while the others may be held.
 */
enum stop_end stopper_still_asleep(const struct stopper_state *work);

void stopper_let_go_all(struct stopper_state *work);

/* When the kernel kills this process, should it not have ended: counted from now. */
bool stopper_arm(const struct stopper_state *work, int64_t in_ns);

#endif
