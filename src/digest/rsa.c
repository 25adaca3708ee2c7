/* RSA signatures by libcrypto. Its error queue is emptied after each failure, so that nothing of it grows or
 * shows elsewhere. */
#include "trailloop/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum { MD5_BYTES = 16 };

struct tl_rsa {
    EVP_PKEY *key;
    char fingerprint[2 * MD5_BYTES + 1];
};

static EVP_PKEY *read_key(tl_str der)
{
    const unsigned char *p = (const unsigned char *)der.p;
    EVP_PKEY *key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)der.n);
    if (!key) {
        p = (const unsigned char *)der.p;
        key = d2i_PUBKEY(NULL, &p, (long)der.n);
    }
    bool whole = key && p == (const unsigned char *)der.p + der.n;
    if (whole && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

/* Where libcrypto does not offer MD5 (FIPS mode) the fingerprint stays empty, and no digest names the key. */
static void take_fingerprint(struct tl_rsa *k)
{
    unsigned char *der = NULL, md5[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int n_der = i2d_PublicKey(k->key, &der);
    if (n_der > 0 && EVP_Digest(der, (size_t)n_der, md5, &n, EVP_md5(), NULL) == 1 && n == MD5_BYTES)
        for (unsigned i = 0; i < MD5_BYTES; i++) {
            k->fingerprint[2 * i] = "0123456789abcdef"[md5[i] >> 4];
            k->fingerprint[2 * i + 1] = "0123456789abcdef"[md5[i] & 15];
        }
    OPENSSL_free(der);
}

int tl_rsa_new(struct tl_rsa **out, tl_str der, struct tl_err *err)
{
    if (der.n == 0 || der.n > INT32_MAX)
        return TL_RSA_NO_KEY;
    struct tl_rsa *k = calloc(1, sizeof *k);
    if (!k)
        return tl_err_nomem(err);
    k->key = read_key(der);
    if (!k->key) {
        ERR_clear_error();
        free(k);
        return TL_RSA_NO_KEY;
    }
    take_fingerprint(k);
    ERR_clear_error();
    *out = k;
    return 0;
}

void tl_rsa_free(struct tl_rsa *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->key);
    free(k);
}

tl_str tl_rsa_fingerprint(const struct tl_rsa *k)
{
    return tl_str_from(k->fingerprint);
}

int tl_rsa_prove(const struct tl_rsa *k, tl_str text, tl_str signature, struct tl_err *err)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (!md)
        return tl_err_nomem(err);
    bool ready = EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, k->key) == 1;
    bool right = ready && EVP_DigestVerify(md, (const unsigned char *)signature.p, signature.n,
                                           (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(md);
    ERR_clear_error();
    if (!ready)
        return tl_err_nomem(err);
    return right ? 0 : TL_RSA_WRONG;
}
