/* The queue is a ring of slots, one for each entry of the walk, and it promises three things. The writer gets
 * the batches of one slot after the other, in the walk's order, whatever the workers' speed: so what is said
 * on the way is in a stable order and one file at a time is open in the store. Memory is bounded: a worker
 * owns a fixed number of batches and waits when all of them are on their way. And it cannot lock up: files
 * are given out in order, so that when a worker waits, its batches belong to slots up to its own, and the
 * worker of the head slot has all of its own either in that slot, where the writer takes them, or idle. */
#include "queue.h"

#include <stdlib.h>
#include <time.h>

#define WAIT_NS 100000000L /* how long a signal or an idle commit may have to wait */

int tl_queue_init(struct tl_queue *q, size_t n_slots, struct tl_err *err)
{
    *q = (struct tl_queue){.n_slots = n_slots};
    q->slots = calloc(n_slots, sizeof *q->slots);
    if (!q->slots)
        return tl_err_nomem(err);
    pthread_condattr_t attr; /* these fail for want of memory only */
    bool failed = pthread_condattr_init(&attr) || pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) ||
                  pthread_mutex_init(&q->mutex, NULL) || pthread_cond_init(&q->files, NULL) ||
                  pthread_cond_init(&q->parts, &attr) || pthread_cond_init(&q->idle, NULL);
    pthread_condattr_destroy(&attr);
    q->made = !failed;
    return failed ? tl_err_nomem(err) : 0;
}

void tl_queue_fini(struct tl_queue *q)
{
    for (size_t i = 0; q->slots && i < q->n_slots; i++)
        tl_buf_fini(&q->slots[i].texts);
    free(q->slots);
    q->slots = NULL;
    if (!q->made)
        return;
    pthread_mutex_destroy(&q->mutex);
    pthread_cond_destroy(&q->files);
    pthread_cond_destroy(&q->parts);
    pthread_cond_destroy(&q->idle);
    q->made = false;
}

static struct tl_slot *slot_at(struct tl_queue *q, uint64_t n)
{
    return &q->slots[n % q->n_slots];
}

/* head and tail are the writer's own: only `next` is shared with the workers. */
bool tl_queue_has_room(const struct tl_queue *q)
{
    return q->tail - q->head < q->n_slots;
}

int tl_queue_push(struct tl_queue *q, const struct tl_file *file, int walk, struct tl_err *err)
{
    struct tl_slot *s = slot_at(q, q->tail);
    s->texts.n = 0;
    if (tl_buf_add_str(&s->texts, file->location) || tl_buf_add_str(&s->texts, file->source) ||
        tl_buf_add_str(&s->texts, file->reason) || tl_buf_add_str(&s->texts, file->shown))
        return tl_err_nomem(err);
    s->file = *file;
    tl_str texts = tl_buf_str(&s->texts);
    size_t reason_at = file->location.n + file->source.n;
    s->file.location = tl_str_sub(texts, 0, file->location.n);
    s->file.source = tl_str_sub(texts, file->location.n, reason_at);
    s->file.reason = tl_str_sub(texts, reason_at, reason_at + file->reason.n);
    s->file.shown = tl_str_sub(texts, reason_at + file->reason.n, texts.n);
    s->walk = walk;
    s->first = s->newest = NULL;
    pthread_mutex_lock(&q->mutex);
    q->tail++;
    pthread_cond_signal(&q->files);
    pthread_mutex_unlock(&q->mutex);
    return 0;
}

void tl_queue_close(struct tl_queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->closed = true;
    pthread_cond_broadcast(&q->files);
    pthread_mutex_unlock(&q->mutex);
}

struct tl_slot *tl_queue_head(struct tl_queue *q)
{
    return q->head < q->tail ? slot_at(q, q->head) : NULL;
}

static struct timespec wait_until(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += WAIT_NS;
    t.tv_sec += t.tv_nsec / 1000000000L;
    t.tv_nsec %= 1000000000L;
    return t;
}

int tl_queue_take(struct tl_queue *q, struct tl_batch **out, struct tl_err *err)
{
    struct tl_slot *s = slot_at(q, q->head);
    int r = 0;
    pthread_mutex_lock(&q->mutex);
    if (!s->first && !q->failed) {
        struct timespec until = wait_until();
        while (!s->first && !q->failed && r == 0)
            r = pthread_cond_timedwait(&q->parts, &q->mutex, &until);
    }
    if (q->failed) {
        r = tl_err_set(err, q->failed, "%s", q->err.msg);
    } else if (s->first) {
        *out = s->first;
        s->first = s->first->next;
        q->n_batches_ready--;
        q->n_events_ready -= (*out)->n_items;
        if (!s->first)
            s->newest = NULL;
        r = 0;
    } else {
        r = TL_QUEUE_WAITING;
    }
    pthread_mutex_unlock(&q->mutex);
    return r;
}

void tl_queue_give_back(struct tl_queue *q, struct tl_batch *b)
{
    pthread_mutex_lock(&q->mutex);
    b->next = b->home->idle;
    b->home->idle = b;
    b->home->n_events_away -= b->n_items;
    pthread_cond_broadcast(&q->idle);
    pthread_mutex_unlock(&q->mutex);
}

void tl_queue_pop(struct tl_queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->head++;
    if (q->next < q->head) /* it was not for a worker, and none has passed over it yet */
        q->next = q->head;
    pthread_mutex_unlock(&q->mutex);
}

void tl_queue_stop(struct tl_queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->stopped = true;
    pthread_cond_broadcast(&q->files);
    pthread_cond_broadcast(&q->idle);
    pthread_mutex_unlock(&q->mutex);
}

/* Only for what it can take: a batch of the head. */
static void wake_writer(struct tl_queue *q)
{
    if (q->head < q->tail && slot_at(q, q->head)->first)
        pthread_cond_signal(&q->parts);
}

static void wait_for_writer(struct tl_queue *q, pthread_cond_t *what)
{
    wake_writer(q);
    pthread_cond_wait(what, &q->mutex);
}

struct tl_slot *tl_queue_next(struct tl_queue *q)
{
    struct tl_slot *s = NULL;
    pthread_mutex_lock(&q->mutex);
    while (!s && !q->stopped) {
        while (q->next < q->tail && slot_at(q, q->next)->walk)
            q->next++;
        if (q->next < q->tail)
            s = slot_at(q, q->next++);
        else if (q->closed)
            break;
        else
            wait_for_writer(q, &q->files);
    }
    if (!s)
        wake_writer(q); /* nobody else may be left to do so */
    pthread_mutex_unlock(&q->mutex);
    return s;
}

struct tl_batch *tl_queue_idle_batch(struct tl_queue *q, struct tl_batch_home *home)
{
    struct tl_batch *b = NULL;
    pthread_mutex_lock(&q->mutex);
    while ((!home->idle || home->n_events_away >= TL_EVENTS_PER_WORKER) && !q->stopped)
        wait_for_writer(q, &q->idle);
    if (!q->stopped) {
        b = home->idle;
        home->idle = b->next;
    }
    pthread_mutex_unlock(&q->mutex);
    if (b)
        tl_batch_reset(b);
    return b;
}

void tl_queue_hand_over(struct tl_queue *q, struct tl_slot *slot, struct tl_batch *b)
{
    b->next = NULL;
    pthread_mutex_lock(&q->mutex);
    if (slot->newest)
        slot->newest->next = b;
    else
        slot->first = b;
    slot->newest = b;
    b->home->n_events_away += b->n_items;
    q->n_events_ready += b->n_items;
    q->n_batches_ready++;
    if (q->n_events_ready >= TL_WAKE_EVENTS || q->n_batches_ready >= TL_WAKE_BATCHES)
        wake_writer(q);
    pthread_mutex_unlock(&q->mutex);
}

void tl_queue_fail(struct tl_queue *q, int code, const struct tl_err *err)
{
    pthread_mutex_lock(&q->mutex);
    if (!q->failed) {
        q->failed = code;
        q->err = *err;
    }
    pthread_cond_signal(&q->parts);
    pthread_mutex_unlock(&q->mutex);
}
