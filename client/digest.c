/* SHA-256 and what is made of it. */
#include "client/digest.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

static enum sc_status no_digest(struct sc_error *err)
{
    return fail(err, SC_ERR_NOMEM, "libcrypto has no SHA-256 for us");
}

void digest_hex(const uint8_t digest[DIGEST_SIZE], char out[DIGEST_HEX_SIZE])
{
    int i;

    for (i = 0; i < DIGEST_SIZE; i++)
        snprintf(out + i * 2, 3, "%02x", digest[i]);
}

enum sc_status digest_bytes(const void *bytes, size_t size, uint8_t out[DIGEST_SIZE], struct sc_error *err)
{
    return EVP_Digest(bytes, size, out, NULL, EVP_sha256(), NULL) == 1 ? SC_OK : no_digest(err);
}

enum sc_status digest_body(struct body *body, uint8_t out[DIGEST_SIZE], struct sc_error *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 && body_seek(body, 0);
    char piece[16384];
    size_t n;

    while (ok && (n = body_read(body, piece, sizeof piece)))
        ok = EVP_DigestUpdate(context, piece, n) == 1;
    ok = ok && EVP_DigestFinal_ex(context, out, NULL) == 1 && body_seek(body, 0);
    EVP_MD_CTX_free(context);
    return ok ? SC_OK : no_digest(err);
}

enum sc_status digest_hmac(const void *key, size_t key_size, const char *text, uint8_t out[DIGEST_SIZE],
                           struct sc_error *err)
{
    uint8_t mac[EVP_MAX_MD_SIZE];

    if (!HMAC(EVP_sha256(), key, (int)key_size, (const unsigned char *)text, strlen(text), mac, NULL))
        return no_digest(err);
    memcpy(out, mac, DIGEST_SIZE);
    explicit_bzero(mac, sizeof mac);
    return SC_OK;
}
