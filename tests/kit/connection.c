/* Connections of the scripted server, and certificates for them. */
#include "tests/kit/connection.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#define DAY_S 86400L

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

bool connection_open(struct connection *c, int fd, int stop, struct ssl_ctx_st *context)
{
    *c = (struct connection){ .fd = fd, .stop = stop };
    if (!context)
        return true;
    must((c->ssl = SSL_new(context)) && SSL_set_fd(c->ssl, fd), "TLS");
    return connection_wait(c, -1) && SSL_accept(c->ssl) == 1;
}

bool connection_wait(struct connection *c, int timeout_ms)
{
    struct pollfd fds[2] = { { c->stop, POLLIN, 0 }, { c->fd, POLLIN, 0 } };

    if (c->ssl && SSL_pending(c->ssl))
        return true;
    poll(fds, 2, timeout_ms);
    return !fds[0].revents && fds[1].revents;
}

ssize_t connection_read(struct connection *c, void *out, size_t size)
{
    int n;

    if (!connection_wait(c, -1))
        return 0;
    if (!c->ssl)
        return read(c->fd, out, size);
    n = SSL_read(c->ssl, out, (int)size);
    return n > 0 ? n : 0;
}

bool connection_read_all(struct connection *c, void *out, size_t size)
{
    char *at = out;

    while (size) {
        ssize_t n = connection_read(c, at, size);

        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

bool connection_write(struct connection *c, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size) {
        ssize_t n = c->ssl ? SSL_write(c->ssl, at, size < 16384 ? (int)size : 16384)
                           : send(c->fd, at, size, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

void connection_close(struct connection *c, bool reset)
{
    struct linger hard = { 1, 0 };

    if (reset)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    else if (c->ssl && SSL_is_init_finished(c->ssl))
        SSL_shutdown(c->ssl);
    SSL_free(c->ssl);
    close(c->fd);
}

void connection_ignore(struct connection *c)
{
    struct pollfd fds[2] = { { c->stop, POLLIN, 0 }, { c->fd, POLLRDHUP, 0 } };

    poll(fds, 2, -1);
}

/* ---- certificates ---- */

static X509 *make_certificate(EVP_PKEY *key, enum certificate which)
{
    const char *names = which == CERTIFICATE_OTHER_HOST ? "DNS:other.example" : "IP:127.0.0.1,DNS:localhost";
    X509 *x = X509_new();
    X509_EXTENSION *alternative = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    X509_EXTENSION *basic = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    X509_NAME *name;

    must(x && alternative && basic && X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1),
         "certificate");
    X509_gmtime_adj(X509_getm_notBefore(x), -9 * DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(x), which == CERTIFICATE_EXPIRED ? -DAY_S : DAY_S);
    name = X509_get_subject_name(x);
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"scripted server", -1, -1, 0) &&
         X509_set_issuer_name(x, name) && X509_set_pubkey(x, key) && X509_add_ext(x, alternative, -1) &&
         X509_add_ext(x, basic, -1) && X509_sign(x, key, EVP_sha256()), "certificate");
    X509_EXTENSION_free(alternative);
    X509_EXTENSION_free(basic);
    return x;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *size, const unsigned char *offered,
                           unsigned n_offered, void *user)
{
    static const unsigned char ours[] = "\x02h2\x08http/1.1";

    (void)ssl, (void)user;
    return SSL_select_next_proto((unsigned char **)out, size, ours, sizeof ours - 1, offered, n_offered) ==
                   OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

struct ssl_ctx_st *connection_identity(enum certificate which, bool http2, const char *path)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x;
    FILE *f = fopen(path, "w");

    must(context && key && f, path);
    x = make_certificate(key, which);
    must(PEM_write_X509(f, x) && !fclose(f) && SSL_CTX_use_certificate(context, x) == 1 &&
         SSL_CTX_use_PrivateKey(context, key) == 1, path);
    if (http2)
        SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    X509_free(x);
    EVP_PKEY_free(key);
    return context;
}

void connection_forget(struct ssl_ctx_st *identity)
{
    SSL_CTX_free(identity);
}
