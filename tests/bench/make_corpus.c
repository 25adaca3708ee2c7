/* make_corpus: dumps to measure with, the same ones for the same arguments.
 *
 *   make_corpus records OUT-DIR N SHAPE SEED DAY [DATA-DIR]   gzip files of N records together; SHAPE is a
 * number of records a file, or `lognormal` (1 to 2,000, most around 20) make_corpus line OUT-FILE BYTES
 * [DATA-DIR]                one plain file of one line make_corpus long OUT-FILE BYTES gzip: a record of that
 * length between two of the usual one
 *
 * Records are taken from the logs in DATA-DIR, in turn, each with an eventID of its own and its day moved by
 * DAY; without such a directory they are made up, of about the same length and variety. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "trailloop/frame.h"
#include "trailloop/inflate.h"
#include "trailloop/input.h"

#define N_MADE_UP 2900
#define FILE_RECORDS_MAX 2000
#define GZIP_LEVEL 6 /* what CloudTrail's files are packed with */

struct corpus {
    struct tl_buf text; /* of all templates */
    struct template
    {
        size_t at, n;    /* in text */
        size_t id, time; /* where its eventID and eventTime stand in it */
    }
    *templates;
    size_t n, cap;
    uint64_t random;
    int64_t day;
    struct tl_buf file, packed;
};

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

static uint64_t next_random(struct corpus *c) /* splitmix64 */
{
    uint64_t z = c->random += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* ---- templates -------------------------------------------------------------------------------- */

/* Where the value of a top-level text key starts, or SIZE_MAX. Good enough for logs that CloudTrail wrote. */
static size_t value_of(tl_str json, const char *key, size_t n_bytes)
{
    size_t at = tl_str_find(json, tl_str_from(key));
    if (at == SIZE_MAX)
        return SIZE_MAX;
    at += strlen(key);
    while (at < json.n && strchr(": \"", json.p[at]))
        at++;
    return at + n_bytes <= json.n ? at : SIZE_MAX;
}

static void add_template(struct corpus *c, tl_str json)
{
    struct template t = {.at = c->text.n, .n = json.n};
    t.id = value_of(json, "\"eventID\"", 36);
    t.time = value_of(json, "\"eventTime\"", 20);
    if (t.id == SIZE_MAX || t.time == SIZE_MAX)
        return;
    need(tl_buf_add_str(&c->text, json) == 0 && tl_grow(&c->templates, &c->cap, c->n + 1, sizeof t) == 0,
         "memory");
    c->templates[c->n++] = t;
}

static void read_file(struct corpus *c, int fd)
{
    struct tl_inflate *z;
    struct tl_frame *f;
    tl_str block;
    need(tl_inflate_new(&z, NULL) == 0 && tl_frame_new(&f, NULL) == 0, "memory");
    tl_inflate_open(z, fd, TL_SIZE_UNKNOWN, NULL, NULL);
    while (tl_inflate_next(z, &block, NULL) == 0) {
        struct tl_record rec;
        struct tl_damage damage;
        tl_frame_push(f, block);
        for (int r; (r = tl_frame_next(f, &rec, &damage, NULL)) != TL_FRAME_MORE && r >= 0;)
            if (r == 0)
                add_template(c, rec.json);
    }
    tl_inflate_free(z);
    tl_frame_free(f);
}

static void read_data(struct corpus *c, const char *dir)
{
    struct tl_walk *w;
    struct tl_file f;
    need(tl_walk_new(&w, &dir, 1, NULL) == 0, "memory");
    for (int r; (r = tl_walk_next(w, &f, NULL)) != TL_WALK_END && r >= 0;) {
        struct stat st;
        int fd;
        if (r != 0 || tl_file_open(&f, &fd, &st, NULL))
            continue;
        read_file(c, fd);
        close(fd);
    }
    tl_walk_free(w);
}

/* Some 40 APIs, callers by the dozen, parameters from none to 2 KB. */
static void make_up(struct corpus *c)
{
    static const char *const services[] = {"ec2", "s3",  "iam",    "lambda", "sts",
                                           "kms", "ssm", "config", "logs",   "rds"};
    static const char *const verbs[] = {"Describe", "List", "Create", "Get"};
    struct tl_buf b = {0};
    for (unsigned i = 0; i < N_MADE_UP; i++) {
        const char *service = services[next_random(c) % 10], *verb = verbs[next_random(c) % 4];
        unsigned user = (unsigned)(next_random(c) % 24), second = (unsigned)(next_random(c) % 86400);
        b.n = 0;
        int r = tl_buf_printf(&b,
                              "{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"AssumedRole\","
                              "\"principalId\":\"AROAEXAMPLE%08u:session-%u\","
                              "\"arn\":\"arn:aws:sts::123456789012:assumed-role/role-%u/"
                              "session-%u\",\"accountId\":\"123456789012\",\"sessionContext\":"
                              "{\"sessionIssuer\":{\"type\":\"Role\",\"principalId\":\"AROAEXAMPLE%08u\","
                              "\"arn\":\"arn:aws:iam::123456789012:role/role-%u\","
                              "\"accountId\":\"123456789012\",\"userName\":\"role-%u\"},\"attributes\":{"
                              "\"creationDate\":\"2023-07-10T08:00:00Z\","
                              "\"mfaAuthenticated\":\"false\"}}},\"eventTime\":\"2023-07-10T%02u:%02u:%"
                              "02uZ\",\"eventSource\":\"%s.amazonaws.com\","
                              "\"eventName\":\"%sThings\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":"
                              "\"192.0.2.%u\",\"userAgent\":\"aws-sdk/%u\","
                              "\"requestParameters\":{\"things\":[",
                              user, i % 9, user, i % 9, user, user, user, second / 3600, second / 60 % 60,
                              second % 60, service, verb, user, user % 5);
        for (unsigned n = (unsigned)(next_random(c) % 20); n > 0 && r == 0; n--)
            r = tl_buf_printf(&b, "{\"thingId\":\"t-%016" PRIx64 "\",\"value\":\"%u\"},", next_random(c), n);
        if (r == 0)
            r = tl_buf_printf(
                &b,
                "{}]},\"responseElements\":null,\"requestID\":\"%016" PRIx64 "\",\"eventID\":"
                "\"00000000-0000-4000-8000-000000000000\",\"readOnly\":true,\"eventType\":\"AwsApiCall\","
                "\"managementEvent\":true,\"recipientAccountId\":\"123456789012\",\"eventCategory\":"
                "\"Management\"}",
                next_random(c));
        need(r == 0, "memory");
        add_template(c, tl_buf_str(&b));
    }
    tl_buf_fini(&b);
}

/* ---- records ---------------------------------------------------------------------------------- */

static void write_id(struct corpus *c, char *at)
{
    char id[37];
    uint64_t a = next_random(c), b = next_random(c);
    snprintf(id, sizeof id, "%08x-%04x-4%03x-a%03x-%012" PRIx64, (unsigned)(a >> 32),
             (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff), (unsigned)(b >> 52), b & 0xffffffffffff);
    memcpy(at, id, 36);
}

/* The next record of the corpus, behind what `file` holds. */
static void add_record(struct corpus *c, size_t number)
{
    const struct template *t = &c->templates[number % c->n];
    size_t at = c->file.n;
    int64_t time_s;
    char day[TL_TIME_MAX_BYTES];
    need(tl_buf_add(&c->file, c->text.p + t->at, t->n) == 0, "memory");
    write_id(c, c->file.p + at + t->id);
    if (c->day != 0 && tl_time_parse((tl_str){c->file.p + at + t->time, 20}, &time_s))
        memcpy(c->file.p + at + t->time, tl_time_format(time_s + c->day * 86400, day), 20);
}

static int create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    need(fd >= 0, path);
    return fd;
}

static void put(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        need(done > 0, "write");
        p += done;
        n -= (size_t)done;
    }
}

static void write_packed(struct corpus *c, const char *path)
{
    z_stream z = {0};
    need(deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "deflate");
    size_t bound = deflateBound(&z, c->file.n);
    c->packed.n = 0;
    need(tl_buf_reserve(&c->packed, bound) == 0, "memory");
    z.next_in = (Bytef *)c->file.p;
    z.avail_in = (uInt)c->file.n;
    z.next_out = (Bytef *)c->packed.p;
    z.avail_out = (uInt)bound;
    need(deflate(&z, Z_FINISH) == Z_STREAM_END, "deflate");
    int fd = create(path);
    put(fd, c->packed.p, z.total_out);
    need(close(fd) == 0, path);
    deflateEnd(&z);
}

/* A median of 20 and a mean of 41: many files of a quiet minute, some of a busy one. */
static size_t log_normal(struct corpus *c)
{
    double sum = 0;
    for (int i = 0; i < 12; i++) /* of twelve uniform numbers: nearly normal, with a variance of 1 */
        sum += (double)(next_random(c) >> 11) * 0x1p-53;
    double n = exp(log(20) + 1.2 * (sum - 6));
    return n < 1 ? 1 : n > FILE_RECORDS_MAX ? FILE_RECORDS_MAX : (size_t)n;
}

static void make_records(struct corpus *c, const char *dir, size_t n_records, const char *shape)
{
    size_t fixed = strtoul(shape, NULL, 10), number = 0;
    for (unsigned file = 0; number < n_records; file++) {
        size_t n = fixed ? fixed : log_normal(c);
        char path[4096];
        c->file.n = 0;
        need(tl_buf_add_str(&c->file, TL_STR("{\"Records\":[")) == 0, "memory");
        for (size_t i = 0; i < n && number < n_records; i++) {
            need(i == 0 || tl_buf_add(&c->file, ",", 1) == 0, "memory");
            add_record(c, number++);
        }
        need(tl_buf_add_str(&c->file, TL_STR("]}")) == 0, "memory");
        snprintf(path, sizeof path, "%s/f%06u.json.gz", dir, file);
        write_packed(c, path);
    }
}

static void make_line(struct corpus *c, const char *path, uint64_t n_bytes)
{
    int fd = create(path);
    put(fd, "{\"Records\":[", 12);
    for (uint64_t done = 0, i = 0; done < n_bytes; i++) {
        c->file.n = 0;
        need(i == 0 || tl_buf_add(&c->file, ",", 1) == 0, "memory");
        add_record(c, i);
        put(fd, c->file.p, c->file.n);
        done += c->file.n;
    }
    put(fd, "]}", 2);
    need(close(fd) == 0, path);
}

static void make_long(struct corpus *c, const char *path, uint64_t n_bytes)
{
    gzFile gz = gzopen(path, "wb6");
    need(gz != NULL, path);
    static char padding[1 << 16];
    memset(padding, 'a', sizeof padding);
    add_record(c, 0);
    gzprintf(gz, "{\"Records\":[");
    gzwrite(gz, c->file.p, (unsigned)c->file.n);
    gzprintf(gz, ",{\"eventVersion\":\"1.08\",\"padding\":\"");
    for (uint64_t done = 0; done < n_bytes; done += sizeof padding)
        need(gzwrite(gz, padding, sizeof padding) == sizeof padding, path);
    gzprintf(gz, "\"},");
    c->file.n = 0;
    add_record(c, 1);
    gzwrite(gz, c->file.p, (unsigned)c->file.n);
    gzprintf(gz, "]}");
    need(gzclose(gz) == Z_OK, path);
}

int main(int argc, char **argv)
{
    struct corpus c = {.random = 1};
    const char *kind = argc > 1 ? argv[1] : "";
    bool records = strcmp(kind, "records") == 0, line = strcmp(kind, "line") == 0,
         is_long = strcmp(kind, "long") == 0;
    int n_args = records ? 7 : 4;
    if (!(records || line || is_long) || argc < n_args || argc > n_args + 1) {
        fprintf(stderr, "usage: make_corpus records OUT-DIR N SHAPE SEED DAY [DATA-DIR] | line OUT-FILE "
                        "BYTES [DATA-DIR] | "
                        "long OUT-FILE BYTES\n");
        return 2;
    }
    if (argc > n_args)
        read_data(&c, argv[n_args]);
    if (c.n == 0)
        make_up(&c);
    c.random = records ? strtoul(argv[5], NULL, 10) : 1;
    c.day = records ? atoi(argv[6]) : 0;
    uint64_t n = strtoull(argv[3], NULL, 10);
    if (records)
        make_records(&c, argv[2], n, argv[4]);
    else if (line)
        make_line(&c, argv[2], n);
    else
        make_long(&c, argv[2], n);
    free(c.templates);
    tl_buf_fini(&c.text);
    tl_buf_fini(&c.file);
    tl_buf_fini(&c.packed);
    return 0;
}
