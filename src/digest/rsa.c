/* RSA signatures (RFC 8017): RSASSA-PKCS1-v1_5 with SHA-256, proved as section 8.2.2 says: the text that must
 * have been signed is made, and compared whole with what the key makes of the signature. Of libcrypto only
 * its numbers and plain hashes: what looks algorithms up by name says of a key or a signature that it is
 * wrong where memory ran out. Its error queue, of sixteen at the most, is left alone: who asks for it makes
 * it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "trailloop/digest.h"

#include <openssl/bn.h>
#include <openssl/md5.h>
#include <stdlib.h>
#include <string.h>

/* Keys of 512 to 16,384 bits: what is longer only costs time, and with less no SHA-256 can be signed. The
 * exponent is 65,537 in practice. */
enum { N_LEAST_BYTES = 64, N_MOST_BYTES = 2048, E_MOST_BYTES = 8 };

struct tl_rsa {
    BIGNUM *n, *e;
    size_t n_bytes;
    char fingerprint[2 * MD5_DIGEST_LENGTH + 1];
};

/* ---- a key, as DER (X.690) --------------------------------------------------------------------- */

enum { DER_INTEGER = 0x02, DER_BITS = 0x03, DER_SEQUENCE = 0x30 };

/* The content of the value at the start of `s`, which moves behind it. */
static bool der_take(tl_str *s, unsigned char tag, tl_str *out)
{
    const unsigned char *p = (const unsigned char *)s->p;
    if (s->n < 2 || p[0] != tag)
        return false;
    size_t n = p[1], at = 2;
    if (n >= 0x80) {
        size_t n_length = n & 0x7f;
        if (n_length == 0 || n_length > 3 || s->n < 2 + n_length)
            return false;
        for (n = 0; at < 2 + n_length; at++)
            n = n << 8 | p[at];
    }
    if (n > s->n - at)
        return false;
    *out = tl_str_sub(*s, at, at + n);
    *s = tl_str_sub(*s, at + n, s->n);
    return true;
}

/* A positive number without the zeros before it. */
static bool der_number(tl_str *s, tl_str *out)
{
    if (!der_take(s, DER_INTEGER, out) || out->n == 0 || out->p[0] & 0x80)
        return false;
    while (out->n && out->p[0] == 0)
        *out = tl_str_sub(*out, 1, out->n);
    return out->n > 0;
}

/* SubjectPublicKeyInfo holds an RSAPublicKey, and says that it is one (OID 1.2.840.113549.1.1.1). */
static tl_str without_info(tl_str der)
{
    static const char rsa[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    tl_str all = der, info, algorithm, bits;
    if (!der_take(&all, DER_SEQUENCE, &info) || all.n || !der_take(&info, DER_SEQUENCE, &algorithm) ||
        !der_take(&info, DER_BITS, &bits) || info.n)
        return der;
    bool is = tl_str_starts(algorithm, (tl_str){rsa, sizeof rsa - 1}) && bits.n && bits.p[0] == 0;
    return is ? tl_str_sub(bits, 1, bits.n) : der;
}

/* RSAPublicKey: the modulus and the exponent. */
static bool read_key(tl_str der, tl_str *n, tl_str *e)
{
    tl_str key;
    return der_take(&der, DER_SEQUENCE, &key) && der.n == 0 && der_number(&key, n) && der_number(&key, e) &&
           key.n == 0 && n->n >= N_LEAST_BYTES && n->n <= N_MOST_BYTES && e->n <= E_MOST_BYTES &&
           n->p[n->n - 1] & 1;
}

static void take_fingerprint(struct tl_rsa *k, tl_str der)
{
    unsigned char md5[MD5_DIGEST_LENGTH];
    MD5_CTX now;
    MD5_Init(&now);
    MD5_Update(&now, der.p, der.n);
    MD5_Final(md5, &now);
    for (unsigned i = 0; i < MD5_DIGEST_LENGTH; i++) {
        k->fingerprint[2 * i] = "0123456789abcdef"[md5[i] >> 4];
        k->fingerprint[2 * i + 1] = "0123456789abcdef"[md5[i] & 15];
    }
}

static BIGNUM *number(tl_str s)
{
    return BN_bin2bn((const unsigned char *)s.p, (int)s.n, NULL);
}

int tl_rsa_new(struct tl_rsa **out, tl_str der, struct tl_err *err)
{
    tl_str key = without_info(der), n, e;
    if (!read_key(key, &n, &e))
        return TL_RSA_NO_KEY;
    struct tl_rsa *k = calloc(1, sizeof *k);
    if (!k)
        return tl_err_nomem(err);
    k->n = number(n);
    k->e = number(e);
    k->n_bytes = n.n;
    if (!k->n || !k->e) {
        tl_rsa_free(k);
        return tl_err_nomem(err);
    }
    take_fingerprint(k, key);
    *out = k;
    return 0;
}

void tl_rsa_free(struct tl_rsa *k)
{
    if (!k)
        return;
    BN_free(k->n);
    BN_free(k->e);
    free(k);
}

tl_str tl_rsa_fingerprint(const struct tl_rsa *k)
{
    return tl_str_from(k->fingerprint);
}

/* ---- a signature ------------------------------------------------------------------------------- */

/* EMSA-PKCS1-v1_5 (RFC 8017, 9.2): 00 01 ff ... ff 00, which hash it is, the hash. */
static void encode(const uint8_t sha256[TL_SHA256_BYTES], uint8_t *out, size_t n)
{
    static const uint8_t is_sha256[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                        0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    size_t n_end = 1 + sizeof is_sha256 + TL_SHA256_BYTES;
    memset(out, 0xff, n);
    out[0] = 0;
    out[1] = 1;
    out[n - n_end] = 0;
    memcpy(out + n - n_end + 1, is_sha256, sizeof is_sha256);
    memcpy(out + n - TL_SHA256_BYTES, sha256, TL_SHA256_BYTES);
}

/* What the key makes of the signature. 0, TL_RSA_WRONG when it is no number below the modulus, or TL_ENOMEM:
 * libcrypto can fail for no other reason. */
static int recover(const struct tl_rsa *k, tl_str signature, uint8_t *out)
{
    BN_CTX *scratch = BN_CTX_new();
    BIGNUM *s = number(signature), *m = BN_new();
    int r = scratch && s && m ? 0 : TL_ENOMEM;
    if (r == 0 && BN_cmp(s, k->n) >= 0)
        r = TL_RSA_WRONG;
    if (r == 0 && (!BN_mod_exp(m, s, k->e, k->n, scratch) || BN_bn2binpad(m, out, (int)k->n_bytes) < 0))
        r = TL_ENOMEM;
    BN_free(s);
    BN_free(m);
    BN_CTX_free(scratch);
    return r;
}

int tl_rsa_prove(const struct tl_rsa *k, tl_str text, tl_str signature, struct tl_err *err)
{
    uint8_t sha256[TL_SHA256_BYTES], signed_text[N_MOST_BYTES], wanted[N_MOST_BYTES];
    struct tl_sha256 *h;
    if (signature.n != k->n_bytes)
        return TL_RSA_WRONG;
    int r = tl_sha256_new(&h, err);
    if (r)
        return r;
    tl_sha256_start(h);
    tl_sha256_add(h, text.p, text.n);
    tl_sha256_finish(h, sha256);
    tl_sha256_free(h);
    r = recover(k, signature, signed_text);
    if (r)
        return r == TL_ENOMEM ? tl_err_nomem(err) : r;
    encode(sha256, wanted, k->n_bytes);
    return memcmp(signed_text, wanted, k->n_bytes) == 0 ? 0 : TL_RSA_WRONG;
}
