/* What the head of a reply says. Thread-safety: as curl's handle. */
#ifndef CLIENT_HEAD_H
#define CLIENT_HEAD_H

#include <curl/curl.h>

#include "client/transport.h"

/* Status, kind of body, limits, waits, as far as they have come. */
void head_read(CURL *easy, struct reply_head *head);

#endif
