/* Fields of a form, as curl sends them. Thread-safety: as curl's handle. */
#ifndef CLIENT_FORM_H
#define CLIENT_FORM_H

#include <curl/curl.h>

#include "client/transport.h"

/* A copy of the fields, for CURLOPT_MIMEPOST of this handle; NULL: out of memory, or a file of theirs can't be read.
 * curl_mime_free, after the handle. */
curl_mime *form_make(CURL *easy, const struct form *fields);

#endif
