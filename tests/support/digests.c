/* Log files and digests of a made-up trail: see digests.h. Written apart from the program: what is signed and
 * how follows AWS's own description, so that the two must agree on it. */
#include "digests.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dump.h"

struct tlh_key {
    EVP_PKEY *pair;
};

static void die(const char *what)
{
    fprintf(stderr, "digests: cannot %s\n", what);
    abort();
}

static char *hex(const unsigned char *p, size_t n)
{
    char *out = malloc(2 * n + 1);
    if (!out)
        die("keep a signature");
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", p[i]);
    out[2 * n] = '\0';
    return out;
}

/* ---- keys -------------------------------------------------------------------------------------- */

struct tlh_key *tlh_key_new(void)
{
    struct tlh_key *k = calloc(1, sizeof *k);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    if (!k || !ctx || EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) != 1 ||
        EVP_PKEY_keygen(ctx, &k->pair) != 1)
        die("make a key");
    EVP_PKEY_CTX_free(ctx);
    return k;
}

void tlh_key_free(struct tlh_key *k)
{
    EVP_PKEY_free(k->pair);
    free(k);
}

/* What CloudTrail names it by. */
static char *fingerprint(const struct tlh_key *k)
{
    unsigned char *der = NULL, md5[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int n_der = i2d_PublicKey(k->pair, &der);
    if (n_der <= 0 || EVP_Digest(der, (size_t)n_der, md5, &n, EVP_md5(), NULL) != 1)
        die("hash a key");
    OPENSSL_free(der);
    return hex(md5, n);
}

static char *base64(const unsigned char *der, int n)
{
    char *out = malloc((size_t)n * 2 + 8);
    if (!out || EVP_EncodeBlock((unsigned char *)out, der, n) <= 0)
        die("write a key");
    return out;
}

/* As PEM wants it: 64 letters a line. */
static void add_lines(struct tl_buf *b, const char *text)
{
    for (size_t n = strlen(text), i = 0; i < n; i += 64)
        if (tl_buf_printf(b, "%.64s\n", text + i))
            die("write a key");
}

void tlh_key_write(const struct tlh_key *k, const char *path, enum tlh_key_form form)
{
    unsigned char *der = NULL;
    int n = form == TLH_KEY_PEM ? i2d_PUBKEY(k->pair, &der) : i2d_PublicKey(k->pair, &der);
    if (n <= 0)
        die("write a key");
    char *text = base64(der, n), *print = fingerprint(k);
    struct tl_buf b = {0};
    switch (form) {
    case TLH_KEY_DER:
        tl_buf_add(&b, der, (size_t)n);
        break;
    case TLH_KEY_BASE64:
        tl_buf_printf(&b, "%s\n", text);
        break;
    case TLH_KEY_PEM:
    case TLH_KEY_PEM_PKCS1: {
        const char *what = form == TLH_KEY_PEM ? "PUBLIC KEY" : "RSA PUBLIC KEY";
        tl_buf_printf(&b, "-----BEGIN %s-----\n", what);
        add_lines(&b, text);
        tl_buf_printf(&b, "-----END %s-----\n", what);
        break;
    }
    case TLH_KEY_LIST:
        tl_buf_printf(&b,
                      "{\"PublicKeyList\": [{\"Value\": \"%s\", \"ValidityStartTime\": 1443723600.0, "
                      "\"ValidityEndTime\": 1553817600.0, \"Fingerprint\": \"%s\"}]}\n",
                      text, print);
        break;
    case TLH_KEY_FORMS:
        abort();
    }
    tlh_write_bytes(path, b.p, b.n, 0);
    OPENSSL_free(der);
    free(text);
    free(print);
    tl_buf_fini(&b);
}

static char *sign(const struct tlh_key *k, const char *text, size_t n)
{
    unsigned char signature[1024];
    size_t n_signature = sizeof signature;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (!md || EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, k->pair) != 1 ||
        EVP_DigestSign(md, signature, &n_signature, (const unsigned char *)text, n) != 1)
        die("sign");
    EVP_MD_CTX_free(md);
    return hex(signature, n_signature);
}

static void sha256(const char *p, size_t n, char out[65])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n_md = 0;
    if (EVP_Digest(p, n, md, &n_md, EVP_sha256(), NULL) != 1)
        die("hash");
    char *text = hex(md, n_md);
    memcpy(out, text, 65);
    free(text);
}

/* ---- names ------------------------------------------------------------------------------------- */

static void format_time(int64_t t_s, const char *form, char out[32])
{
    time_t t = (time_t)t_s;
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, 32, form, &tm);
}

/* Keys always end in .gz: how the file is kept is its owner's affair. */
static void log_object(const struct tlh_trail *t, int64_t start_s, int i, char out[TLH_NAME_BYTES])
{
    char day[32], minute[32];
    int64_t at_s = start_s + 300 + i % 9 * 300;
    format_time(at_s, "%Y/%m/%d", day);
    format_time(at_s, "%Y%m%dT%H%MZ", minute);
    snprintf(out, TLH_NAME_BYTES, "AWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%016d.json.gz", t->account,
             t->region, day, t->account, t->region, minute, i);
}

static void digest_object(const struct tlh_trail *t, int64_t end_s, char out[TLH_NAME_BYTES])
{
    char day[32], second[32];
    format_time(end_s, "%Y/%m/%d", day);
    format_time(end_s, "%Y%m%dT%H%M%SZ", second);
    snprintf(out, TLH_NAME_BYTES,
             "AWSLogs/%s/CloudTrail-Digest/%s/%s/%s_CloudTrail-Digest_%s_%s_us-east-1_%s%s.json.gz",
             t->account, t->region, day, t->account, t->region, t->name, second,
             t->backfill ? "_backfill" : "");
}

static void place(const struct tlh_trail *t, const char *object, char out[TLH_NAME_BYTES * 2])
{
    snprintf(out, TLH_NAME_BYTES * 2, "%s/%s", t->dir, object);
    if (t->plain)
        out[strlen(out) - strlen(".gz")] = '\0';
}

void tlh_trail_log(const struct tlh_trail *t, int64_t start_s, int i, char out[TLH_NAME_BYTES * 2])
{
    char object[TLH_NAME_BYTES];
    log_object(t, start_s, i, object);
    place(t, object, out);
}

/* ---- an hour ----------------------------------------------------------------------------------- */

static void log_file(const struct tlh_trail *t, int64_t start_s, int i, char hash[65])
{
    char path[TLH_NAME_BYTES * 2], when[32];
    struct tl_buf b = {0};
    format_time(start_s + 60 + i, "%Y-%m-%dT%H:%M:%SZ", when);
    tl_buf_printf(&b,
                  "{\"Records\":[{\"eventVersion\":\"1.08\",\"userIdentity\":{\"type\":\"AWSService\"},"
                  "\"eventTime\":\"%s\",\"eventSource\":\"kms.amazonaws.com\",\"eventName\":\"Decrypt\","
                  "\"awsRegion\":\"%s\",\"eventID\":\"%08x-0000-4000-8000-%012d\",\"readOnly\":true}]}",
                  when, t->region, (unsigned)start_s, i);
    sha256(b.p, b.n, hash);
    tlh_trail_log(t, start_s, i, path);
    tlh_write_bytes(path, b.p, b.n, t->plain ? 0 : 1);
    tl_buf_fini(&b);
}

void tlh_trail_restart(struct tlh_trail *t)
{
    free(t->signature);
    t->signature = NULL;
    t->object[0] = '\0';
}

/* A JSON string or null. */
static void add_value(struct tl_buf *b, const char *key, const char *value)
{
    tl_buf_printf(b, value && *value ? "\"%s\":\"%s\"," : "\"%s\":null,", key, value);
}

void tlh_trail_digest(struct tlh_trail *t, int64_t start_s, int64_t end_s, const char *logs_json)
{
    char start[32], end[32], object[TLH_NAME_BYTES], hash[65];
    char *print = fingerprint(t->key);
    struct tl_buf b = {0}, text = {0};
    format_time(start_s, "%Y-%m-%dT%H:%M:%SZ", start);
    format_time(end_s, "%Y-%m-%dT%H:%M:%SZ", end);
    digest_object(t, end_s, object);
    tl_buf_printf(&b, "{\"awsAccountId\":\"%s\",\"digestStartTime\":\"%s\",\"digestEndTime\":\"%s\",",
                  t->account, start, end);
    tl_buf_printf(&b, "\"digestS3Bucket\":\"logs\",\"digestS3Object\":\"%s\",", object);
    tl_buf_printf(&b, "\"digestPublicKeyFingerprint\":\"%s\",\"digestSignatureAlgorithm\":\"SHA256withRSA\",",
                  print);
    add_value(&b, "previousDigestS3Bucket", t->object[0] ? "logs" : NULL);
    add_value(&b, "previousDigestS3Object", t->object);
    add_value(&b, "previousDigestHashValue", t->object[0] ? t->sha256 : NULL);
    add_value(&b, "previousDigestHashAlgorithm", t->object[0] ? "SHA-256" : NULL);
    add_value(&b, "previousDigestSignature", t->signature);
    tl_buf_printf(&b, "\"logFiles\":[%s]}", logs_json);
    sha256(b.p, b.n, hash);
    tl_buf_printf(&text, "%s\nlogs/%s\n%s\n%s", end, object, hash, t->signature ? t->signature : "null");
    free(t->signature);
    t->signature = sign(t->key, text.p, text.n);
    snprintf(t->object, sizeof t->object, "%s", object);
    memcpy(t->sha256, hash, sizeof hash);
    place(t, object, t->path);
    tlh_write_bytes(t->path, b.p, b.n, t->plain ? 0 : 1);
    free(print);
    tl_buf_fini(&b);
    tl_buf_fini(&text);
}

void tlh_trail_hour(struct tlh_trail *t, int64_t start_s, int n_logs)
{
    struct tl_buf logs = {0};
    for (int i = 0; i < n_logs; i++) {
        char object[TLH_NAME_BYTES], hash[65];
        log_file(t, start_s, i, hash);
        log_object(t, start_s, i, object);
        tl_buf_printf(&logs,
                      "%s{\"s3Bucket\":\"logs\",\"s3Object\":\"%s\",\"hashValue\":\"%s\","
                      "\"hashAlgorithm\":\"SHA-256\"}",
                      i ? "," : "", object, hash);
    }
    tlh_trail_digest(t, start_s, start_s + 3600, logs.n ? logs.p : "");
    tl_buf_fini(&logs);
}
