/* SHA-256 by libcrypto, which uses the processor's own instructions where there are any. */
#include "trailloop/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct tl_sha256 {
    EVP_MD_CTX *md;
    bool failed;
};

int tl_sha256_new(struct tl_sha256 **out, struct tl_err *err)
{
    struct tl_sha256 *h = calloc(1, sizeof *h);
    if (h)
        h->md = EVP_MD_CTX_new();
    if (!h || !h->md) {
        free(h);
        return tl_err_nomem(err);
    }
    *out = h;
    return 0;
}

void tl_sha256_free(struct tl_sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->md);
    free(h);
}

int tl_sha256_start(struct tl_sha256 *h)
{
    h->failed = EVP_DigestInit_ex(h->md, EVP_sha256(), NULL) != 1;
    return h->failed ? TL_ENOMEM : 0;
}

void tl_sha256_add(struct tl_sha256 *h, const void *bytes, size_t n)
{
    if (!h->failed && EVP_DigestUpdate(h->md, bytes, n) != 1)
        h->failed = true;
}

int tl_sha256_finish(struct tl_sha256 *h, uint8_t out[TL_SHA256_BYTES])
{
    if (!h->failed && EVP_DigestFinal_ex(h->md, out, NULL) != 1)
        h->failed = true;
    return h->failed ? TL_ENOMEM : 0;
}
