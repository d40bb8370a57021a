/* When to send again. Source of the rule: OpenAI's own SDKs (wait as the server says, else half a second doubled each
 * time, at most eight, less up to a quarter by chance).
 * Thread-safety: safe. */
#ifndef CLIENT_RETRY_H
#define CLIENT_RETRY_H

#include <stdatomic.h>

#include "base/error.h"

#define RETRY_MAX 8
#define RETRY_MAX_WAIT_MS 60000
#define RETRY_MAX_SPAN_MS ((int64_t)7 * 86400000)

/* What "retry-after-ms" (decimal milliseconds) and "retry-after" (decimal seconds, or an HTTP date) ask for, the first
 * of them winning, in milliseconds, 0..RETRY_MAX_WAIT_MS. Either may be NULL. now_s: seconds since 1970.
 * -1: neither says anything. */
int64_t retry_after_ms(const char *milliseconds, const char *seconds_or_date, int64_t now_s);

/* When a used-up limit is free again: remaining ("0", else it is not this one) and reset, a duration ("6m0s", "1h2m3.5s",
 * "20ms", "7") or a date of RFC 3339 ("2026-10-21T07:28:00Z"), in milliseconds, 0..RETRY_MAX_WAIT_MS. Either may be
 * NULL. -1: says nothing. */
int64_t retry_reset_ms(const char *remaining, const char *reset, int64_t now_s);

/* A count ("1000"); -1: NULL, or it is none. */
int64_t retry_count(const char *text);

/* A duration or date as retry_reset_ms takes it, in milliseconds from now, 0..RETRY_MAX_SPAN_MS. -1: NULL, or neither. */
int64_t retry_span_ms(const char *reset, int64_t now_s);

/* How long to wait before try number attempt + 1 (attempt 0: the first try failed). after_ms: as asked, -1: not said.
 * chance: any number. */
int64_t retry_wait_ms(int attempt, int64_t after_ms, uint32_t chance);

uint32_t retry_chance(void);

/* SC_ERR_CANCELLED as soon as *cancel is true (looked at every 50 ms). cancel may be NULL. */
SC_CHECKED enum sc_status retry_sleep(int64_t ms, const atomic_bool *cancel, struct sc_error *err);

int64_t retry_clock_ms(void);                        /* monotonic */

#endif
