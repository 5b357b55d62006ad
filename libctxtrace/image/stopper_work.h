/*
 * What a stopper does, in its own process or thread: only system calls, on memory that was there
 * before (see stopper.h).
 */
#ifndef CTXTRACE_IMAGE_STOPPER_WORK_H
#define CTXTRACE_IMAGE_STOPPER_WORK_H

#include "image/stopper.h"

struct stopper_work {
    const struct stop_request *request;
    struct stopper_page *page;
    size_t capacity;    /* of its threads */
    uint32_t *slots;    /* where each thread is: a hash table of `slot_count`, a power of two */
    size_t slot_count;  /* more than twice the capacity */
    int socket;         /* to the reader */
    int children;       /* a signalfd for SIGCHLD; -1: look again and again */
    int tasks;          /* the target's directory of threads */
    int64_t give_up_ns; /* when no more threads are waited for */
    size_t watched;     /* threads that were left asleep */
    bool executed;      /* the target has started another program */
    bool holds;         /* all threads */
    bool ending;        /* but some of them have been killed since */
};

/* Stops, answers on the socket, holds, lets go. */
void stopper_work(struct stopper_work *work);

#endif
