/* Histories written as files: see dump.h. The same history and delivery give the same bytes, gzip included
 * (no time or name in its header), so that whatever differs between two runs of a test was made by the
 * program under test. */
#include "dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "trailloop/base.h"

static void die(const char *what, const char *path)
{
    fprintf(stderr, "dump: cannot %s '%s': %s\n", what, path, strerror(errno));
    abort();
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static void make_parents(const char *path)
{
    char dir[4096];
    snprintf(dir, sizeof(dir), "%s", path);
    for (char *p = dir + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        if (mkdir(dir, 0777) != 0 && errno != EEXIST)
            die("make the directory", dir);
        *p = '/';
    }
}

static void add_member(struct tl_buf *out, const char *p, size_t n)
{
    z_stream z = {0};
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    size_t room = deflateBound(&z, n);
    if (tl_buf_reserve(out, room) < 0)
        abort();
    z.next_in = (Bytef *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)out->p + out->n;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    out->n += z.total_out;
    deflateEnd(&z);
}

void tlh_write_bytes(const char *path, const void *p, size_t n, int members)
{
    struct tl_buf packed = {0};
    const char *bytes = p;
    for (int i = 0; i < members; i++) {
        size_t from = n * (size_t)i / (size_t)members, to = n * (size_t)(i + 1) / (size_t)members;
        add_member(&packed, bytes + from, to - from);
    }
    make_parents(path);
    FILE *f = fopen(path, "wb");
    if (!f)
        die("make", path);
    tl_str out = members ? tl_buf_str(&packed) : (tl_str){bytes, n};
    if (fwrite(out.p, 1, out.n, f) != out.n || fclose(f) != 0)
        die("write", path);
    tl_buf_fini(&packed);
}

size_t tlh_file_bytes(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        die("look at", path);
    return (size_t)st.st_size;
}

void tlh_file_cut(const char *path, size_t n_bytes)
{
    if (truncate(path, (off_t)n_bytes) != 0)
        die("cut", path);
}

void tlh_file_flip(const char *path, size_t byte, int bit)
{
    FILE *f = fopen(path, "r+b");
    if (!f || fseek(f, (long)byte, SEEK_SET) != 0)
        die("open", path);
    int c = fgetc(f);
    if (c == EOF || fseek(f, (long)byte, SEEK_SET) != 0 || fputc(c ^ (1 << bit), f) == EOF || fclose(f) != 0)
        die("damage", path);
}

/* ---- as CloudTrail delivers ------------------------------------------------------------------ */

/* One copy of one record, and the file it goes to. */
struct copy {
    const struct tlh_event *event;
    int64_t slot_s, delivered_s; /* which file; the time in its name */
    uint64_t rank;               /* inside it */
};

static uint64_t draw(uint64_t seed, uint64_t a, uint64_t b) /* splitmix64's output function over all three */
{
    uint64_t z = seed * 0x9e3779b97f4a7c15u + a * 0xbf58476d1ce4e5b9u + b;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static struct copy copy_to(const struct tlh_event *e, int64_t slot_s, const struct tlh_delivery *how,
                           uint64_t index)
{
    uint64_t file = tl_str_hash(tl_str_from(e->account)) ^ tl_str_hash(tl_str_from(e->region));
    bool late = draw(how->seed, file + (uint64_t)slot_s, 1) % 100 < how->late_percent;
    return (struct copy){
        .event = e,
        .slot_s = slot_s,
        .delivered_s = slot_s + (late ? how->late_s : 0),
        .rank = how->shuffled ? draw(how->seed, index, 2) : index,
    };
}

static int by_file(const void *a, const void *b)
{
    const struct copy *x = a, *y = b;
    int r = strcmp(x->event->account, y->event->account);
    if (!r)
        r = strcmp(x->event->region, y->event->region);
    if (!r)
        r = x->slot_s < y->slot_s ? -1 : x->slot_s > y->slot_s;
    if (!r)
        r = x->rank < y->rank ? -1 : x->rank > y->rank;
    return r;
}

static bool same_file(const struct copy *x, const struct copy *y)
{
    return x->slot_s == y->slot_s && strcmp(x->event->account, y->event->account) == 0 &&
           strcmp(x->event->region, y->event->region) == 0;
}

static void file_name(char *out, size_t room, const char *dir, const struct copy *c,
                      const struct tlh_delivery *how)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789AB";
    char letters[17] = {0}, day[16], minute[16];
    for (uint64_t i = 0; i < 16; i++)
        letters[i] = digits[draw(how->seed, (uint64_t)c->slot_s, 100 + i) % 64];
    time_t when = (time_t)c->delivered_s;
    struct tm tm;
    gmtime_r(&when, &tm);
    strftime(day, sizeof(day), "%Y/%m/%d", &tm);
    strftime(minute, sizeof(minute), "%Y%m%dT%H%MZ", &tm);
    const char *account = c->event->account, *region = c->event->region;
    snprintf(out, room, "%s/AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json%s", dir, account, region,
             day, account, region, minute, letters, how->gzip ? ".gz" : "");
}

static void deliver_file(const struct copy *copies, size_t n, const char *dir, const struct tlh_delivery *how)
{
    char path[4096];
    struct tl_buf b = {0};
    file_name(path, sizeof(path), dir, &copies[0], how);
    int r = tl_buf_printf(&b, "{\"Records\":[%s", how->readable ? "\n" : "");
    for (size_t i = 0; i < n && r == 0; i++)
        r = tl_buf_printf(&b, "%s%s", copies[i].event->text, i + 1 == n ? "" : how->readable ? ",\n" : ",");
    if (r == 0)
        r = tl_buf_printf(&b, "%s", how->readable ? "\n]}\n" : "]}");
    if (r < 0)
        abort();
    tlh_write_bytes(path, b.p, b.n, how->gzip ? 1 : 0);
    tl_buf_fini(&b);
}

size_t tlh_deliver(const struct tlh *h, const char *dir, const struct tlh_delivery *how)
{
    int64_t every_s = how->every_s ? how->every_s : 300;
    struct copy *copies = calloc(h->n * 2 + 1, sizeof(*copies));
    size_t n = 0;
    if (!copies)
        abort();
    for (size_t i = 0; i < h->n; i++) {
        const struct tlh_event *e = &h->events[i];
        int64_t slot_s = (e->time_s / every_s + 1) * every_s;
        copies[n++] = copy_to(e, slot_s, how, i);
        if (draw(how->seed, i, 3) % 100 < how->twice_percent)
            copies[n++] = copy_to(e, slot_s + every_s, how, i);
    }
    qsort(copies, n, sizeof(*copies), by_file);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && same_file(&copies[from], &copies[to]); to++)
            ;
        deliver_file(copies + from, to - from, dir, how);
    }
    free(copies);
    return n;
}

/* ---- as other tools export ------------------------------------------------------------------- */

const char *tlh_form_name(enum tlh_form form)
{
    static const char *const names[TLH_FORMS] = {
        "records",
        "records, indented",
        "array",
        "lines",
        "concatenated",
        "lookup-events",
        "EventBridge",
        "CloudWatch Logs subscription",
        "CloudWatch Logs filter",
    };
    return names[form];
}

static void add_json(struct tl_buf *b, json_t *value, size_t flags)
{
    char *text = value ? json_dumps(value, flags) : NULL;
    if (!text || tl_buf_printf(b, "%s", text) < 0)
        abort();
    free(text);
    json_decref(value);
}

static void add_plain(struct tl_buf *b, const struct tlh *h, const char *before, const char *between,
                      const char *after)
{
    int r = tl_buf_printf(b, "%s", before);
    for (size_t i = 0; i < h->n && r == 0; i++)
        r = tl_buf_printf(b, "%s%s", i ? between : "", h->events[i].text);
    if (r < 0 || tl_buf_printf(b, "%s", after) < 0)
        abort();
}

static void add_indented(struct tl_buf *b, const struct tlh *h)
{
    json_t *records = json_array();
    for (size_t i = 0; i < h->n; i++)
        json_array_append_new(records, json_loads(h->events[i].text, 0, NULL));
    add_json(b, json_pack("{s:o}", "Records", records), JSON_INDENT(2));
}

static void add_lookup_events(struct tl_buf *b, const struct tlh *h) /* newest first */
{
    json_t *events = json_array();
    for (size_t i = h->n; i > 0; i--) {
        const struct tlh_event *e = &h->events[i - 1];
        json_array_append_new(events,
                              json_pack("{s:s,s:s,s:s,s:f,s:o,s:[],s:s}", "EventId", e->id, "EventName",
                                        e->name, "ReadOnly", "false", "EventTime", (double)e->time_s,
                                        "EventSource", json_sprintf("%s.amazonaws.com", e->service),
                                        "Resources", "CloudTrailEvent", e->text));
    }
    add_json(b, json_pack("{s:o}", "Events", events), JSON_INDENT(4));
}

static void add_eventbridge(struct tl_buf *b, const struct tlh *h)
{
    for (size_t i = 0; i < h->n; i++) {
        const struct tlh_event *e = &h->events[i];
        char when[TL_TIME_MAX_BYTES];
        json_t *envelope =
            json_pack("{s:s,s:s,s:s,s:o,s:s,s:s,s:s,s:[],s:o}", "version", "0", "id", e->id, "detail-type",
                      "AWS API Call via CloudTrail", "source", json_sprintf("aws.%s", e->service), "account",
                      e->account, "time", tl_time_format(e->time_s, when), "region", e->region, "resources",
                      "detail", json_loads(e->text, 0, NULL));
        add_json(b, envelope, JSON_COMPACT);
        if (tl_buf_add(b, "\n", 1) < 0)
            abort();
    }
}

static json_t *log_event(const struct tlh_event *e, const char *id_key)
{
    return json_pack("{s:s,s:I,s:s}", id_key, e->id, "timestamp", (json_int_t)e->time_s * 1000, "message",
                     e->text);
}

/* Messages of at most 40 records, one after another, as Firehose stores them. */
static void add_subscription(struct tl_buf *b, const struct tlh *h)
{
    for (size_t i = 0; i < h->n; i += 40) {
        json_t *events = json_array();
        for (size_t k = i; k < h->n && k < i + 40; k++)
            json_array_append_new(events, log_event(&h->events[k], "id"));
        add_json(b,
                 json_pack("{s:s,s:s,s:s,s:s,s:[s],s:o}", "messageType", "DATA_MESSAGE", "owner",
                           h->events[i].account, "logGroup", "cloudtrail", "logStream", "cloudtrail_1",
                           "subscriptionFilters", "all", "logEvents", events),
                 JSON_COMPACT);
    }
}

static void add_filter(struct tl_buf *b, const struct tlh *h)
{
    json_t *events = json_array();
    for (size_t i = 0; i < h->n; i++)
        json_array_append_new(events, log_event(&h->events[i], "eventId"));
    add_json(b, json_pack("{s:o,s:[]}", "events", events, "searchedLogStreams"), JSON_INDENT(4));
}

void tlh_write(const struct tlh *h, const char *path, enum tlh_form form, int members)
{
    struct tl_buf b = {0};
    switch (form) {
    case TLH_RECORDS:
        add_plain(&b, h, "{\"Records\":[", ",", "]}");
        break;
    case TLH_RECORDS_INDENTED:
        add_indented(&b, h);
        break;
    case TLH_ARRAY:
        add_plain(&b, h, "[", ",", "]\n");
        break;
    case TLH_LINES:
        add_plain(&b, h, "", "\n", "\n");
        break;
    case TLH_CONCATENATED:
        add_plain(&b, h, "", "", "");
        break;
    case TLH_LOOKUP_EVENTS:
        add_lookup_events(&b, h);
        break;
    case TLH_EVENTBRIDGE:
        add_eventbridge(&b, h);
        break;
    case TLH_CLOUDWATCH_SUBSCRIPTION:
        add_subscription(&b, h);
        break;
    case TLH_CLOUDWATCH_FILTER:
        add_filter(&b, h);
        break;
    case TLH_FORMS:
        abort();
    }
    tlh_write_bytes(path, b.p, b.n, members);
    tl_buf_fini(&b);
}
