/* Keys and signatures in the forms in which people have them. */
#include "internal.h"

#include "trailloop/json.h"
#include "trailloop/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* list-public-keys prints some 700 bytes a key, and a region has a few. */
#define KEY_FILE_MAX_BYTES ((size_t)1 << 20)

static int cannot_read(const char *path, const char *why, struct tl_err *err)
{
    return tl_err_set(err, TL_EUSAGE, "cannot read '%s': %s", path, why);
}

static int read_small(const char *path, struct tl_buf *out, struct tl_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return cannot_read(path, strerrordesc_np(errno), err);
    int r = 0, why = fstat(fd, &st) ? errno : S_ISREG(st.st_mode) ? 0 : EINVAL;
    while (why == 0 && r == 0 && out->n <= KEY_FILE_MAX_BYTES) {
        if (tl_buf_reserve(out, TL_READ_BYTES)) {
            r = tl_err_nomem(err);
            break;
        }
        ssize_t n = read(fd, out->p + out->n, TL_READ_BYTES);
        if (n == 0)
            break;
        if (n > 0)
            out->n += (size_t)n;
        else if (errno != EINTR)
            why = errno;
    }
    close(fd); /* read only: nothing is lost by a failure */
    if (why)
        return cannot_read(path, strerrordesc_np(why), err);
    return r || out->n <= KEY_FILE_MAX_BYTES ? r : cannot_read(path, "too large", err);
}

/* ---- base64 (RFC 4648) ------------------------------------------------------------------------- */

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Line ends and blanks are passed over. False when something else is in it. */
static bool decode(tl_str text, struct tl_buf *out, int *r)
{
    uint32_t bits = 0;
    int n = 0;
    *r = 0;
    for (size_t i = 0; i < text.n && *r == 0; i++) {
        char c = text.p[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '=')
            continue;
        int d = digit_of(c);
        if (d < 0)
            return false;
        bits = bits << 6 | (uint32_t)d;
        if (++n % 4 == 0)
            *r = tl_buf_add(out, (const char[]){(char)(bits >> 16), (char)(bits >> 8), (char)bits}, 3);
    }
    if (*r == 0 && n % 4 == 3)
        *r = tl_buf_add(out, (const char[]){(char)(bits >> 10), (char)(bits >> 2)}, 2);
    if (*r == 0 && n % 4 == 2)
        *r = tl_buf_add(out, (const char[]){(char)(bits >> 4)}, 1);
    return true;
}

/* ---- keys -------------------------------------------------------------------------------------- */

/* 0, TL_RSA_NO_KEY or TL_ENOMEM. */
static int add_der(struct keys *k, tl_str der, struct tl_err *err)
{
    if (tl_grow(&k->items, &k->cap, k->n + 1, sizeof(struct tl_rsa *)))
        return tl_err_nomem(err);
    int r = tl_rsa_new(&k->items[k->n], der, err);
    k->n += r == 0;
    return r;
}

static int add_base64(struct keys *k, tl_str text, struct tl_err *err)
{
    struct tl_buf der = {0};
    int r;
    bool good = decode(text, &der, &r);
    if (r)
        tl_err_nomem(err);
    else
        r = good ? add_der(k, tl_buf_str(&der), err) : TL_RSA_NO_KEY;
    tl_buf_fini(&der);
    return r;
}

/* What `aws cloudtrail list-public-keys` prints: {"PublicKeyList": [{"Value": base64 ...} ...]}. */
static int add_list(struct keys *k, struct js_value root, struct tl_err *err)
{
    struct js_value list = js_get(root, TL_STR("PublicKeyList")), entry;
    if (list.type != JS_ARRAY)
        return TL_RSA_NO_KEY;
    struct js j = js_inside(list);
    bool first = true;
    int r = 0;
    size_t n_before = k->n;
    js_open(&j);
    while (r == 0 && js_next_element(&j, &first) && js_read_value(&j, 1, &entry)) {
        struct js_value value = js_get(entry, TL_STR("Value"));
        struct tl_buf text = {0};
        if (value.type != JS_STRING)
            return TL_RSA_NO_KEY;
        r = tl_buf_reserve(&text, value.raw.n + 1) ? tl_err_nomem(err) : 0;
        if (r == 0) /* a slash may be written as \/ */
            r = add_base64(k, (tl_str){text.p, js_unescape(value.raw, text.p)}, err);
        tl_buf_fini(&text);
    }
    return r == 0 && k->n == n_before ? TL_RSA_NO_KEY : r;
}

/* One or more, as `cat` joins them; what stands around them is passed over. */
static int add_pem(struct keys *k, tl_str text, struct tl_err *err)
{
    static const tl_str begin = TL_STR("-----BEGIN"), end = TL_STR("-----END");
    size_t at;
    int r = 0;
    while (r == 0 && (at = tl_str_find(text, begin)) != SIZE_MAX) {
        text = tl_str_sub(text, at, text.n);
        text = tl_str_sub(text, tl_str_find(text, TL_STR("\n")), text.n);
        if ((at = tl_str_find(text, end)) == SIZE_MAX)
            return TL_RSA_NO_KEY;
        r = add_base64(k, tl_str_sub(text, 0, at), err);
        text = tl_str_sub(text, at, text.n);
    }
    return r;
}

static int add_file(struct keys *k, tl_str text, struct tl_err *err)
{
    struct js j = {.p = text.p, .end = text.p + text.n};
    struct js_value root;
    int r = add_der(k, text, err);
    if (r != TL_RSA_NO_KEY)
        return r;
    if (tl_str_find(text, TL_STR("-----BEGIN")) != SIZE_MAX)
        return add_pem(k, text, err);
    if (text.n && js_read_value(&j, 0, &root) && root.type == JS_OBJECT)
        return add_list(k, root, err);
    return add_base64(k, text, err);
}

int keys_load(struct keys *k, const char *const *paths, size_t n, struct tl_err *err)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        struct tl_buf text = {0};
        r = read_small(paths[i], &text, err);
        if (r == 0)
            r = add_file(k, tl_buf_str(&text), err);
        if (r == TL_RSA_NO_KEY)
            r = cannot_read(paths[i], "no RSA public key as DER, base64, PEM or list-public-keys prints it",
                            err);
        tl_buf_fini(&text);
    }
    return r;
}

void keys_fini(struct keys *k)
{
    for (size_t i = 0; i < k->n; i++)
        tl_rsa_free(k->items[i]);
    free(k->items);
    *k = (struct keys){0};
}

/* ---- signatures -------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int bytes_of_hex(tl_str hex, struct tl_arena *arena, tl_str *out)
{
    char *to = tl_arena_alloc(arena, hex.n / 2 + 1);
    *out = TL_STR_NONE;
    if (!to)
        return TL_ENOMEM;
    for (size_t i = 0; i + 1 < hex.n; i += 2) {
        int high = hex_digit(hex.p[i]), low = hex_digit(hex.p[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        to[i / 2] = (char)(high << 4 | low);
    }
    if (hex.n % 2 == 0)
        *out = (tl_str){to, hex.n / 2};
    return 0;
}

static tl_str trim(tl_str s)
{
    while (s.n && strchr(" \t\r\n\"", s.p[s.n - 1]))
        s.n--;
    while (s.n && strchr(" \t\r\n\"", s.p[0]))
        s = tl_str_sub(s, 1, s.n);
    return s;
}

int signatures_load(struct given_signature *out, const char *const *paths, size_t n, struct tl_arena *arena,
                    struct tl_err *err)
{
    int r = 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        struct tl_buf text = {0};
        r = read_small(paths[i], &text, err);
        if (r == 0) {
            out[i] = (struct given_signature){.path = paths[i]};
            if (bytes_of_hex(trim(tl_buf_str(&text)), arena, &out[i].bytes))
                r = tl_err_nomem(err);
            else if (out[i].bytes.n == 0)
                r = cannot_read(paths[i], "no signature in hex", err);
        }
        tl_buf_fini(&text);
    }
    return r;
}
