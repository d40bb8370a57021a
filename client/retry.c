/* Waiting between tries. */
#include "client/retry.h"

#include <string.h>
#include <time.h>

#include <curl/curl.h>
#include <sys/random.h>

static int64_t clamp(double ms)
{
    return ms <= 0 ? 0 : ms >= RETRY_MAX_WAIT_MS ? RETRY_MAX_WAIT_MS : (int64_t)ms;
}

/* A decimal number with nothing behind it, in any locale. */
static bool parse_decimal(const char *text, double *out)
{
    double value = 0, place = 1;
    int digits = 0;
    bool fraction = false;

    for (text += strspn(text, " \t"); *text; text++) {
        if (*text == '.' && !fraction) {
            fraction = true;
        } else if (*text >= '0' && *text <= '9') {
            place = fraction ? place / 10 : 1;
            value = fraction ? value + (*text - '0') * place : value * 10 + (*text - '0');
            digits++;
        } else {
            break;
        }
    }
    *out = value;
    return digits && !text[strspn(text, " \t\r\n")];
}

int64_t retry_after_ms(const char *milliseconds, const char *seconds_or_date, int64_t now_s)
{
    double value;
    time_t date;

    if (milliseconds && parse_decimal(milliseconds, &value))
        return clamp(value);
    if (!seconds_or_date)
        return -1;
    if (parse_decimal(seconds_or_date, &value))
        return clamp(value * 1000);
    date = curl_getdate(seconds_or_date, NULL);
    return date == -1 ? -1 : clamp(((double)date - (double)now_s) * 1000);
}

/* Numbers with units h, m, s or ms behind them; seconds without. -1: it is something else. */
static double parse_duration(const char *text)
{
    static const struct { const char *name; double ms; } units[] = { { "ms", 1 }, { "h", 3600e3 }, { "m", 60e3 },
                                                                     { "s", 1e3 } };
    double sum = 0, value;
    size_t n, i;

    while (*text) {
        char number[24];

        n = strspn(text, "0123456789.");
        if (!n || n >= sizeof number)
            return -1;
        memcpy(number, text, n);
        number[n] = 0;
        if (!parse_decimal(number, &value))
            return -1;
        text += n;
        if (!*text)
            return sum + value * 1000;
        for (i = 0; i < sizeof units / sizeof *units && strncmp(text, units[i].name, strlen(units[i].name)); i++)
            continue;
        if (i == sizeof units / sizeof *units)
            return -1;
        sum += value * units[i].ms;
        text += strlen(units[i].name);
    }
    return sum;
}

int64_t retry_span_ms(const char *reset, int64_t now_s)
{
    struct tm date = { 0 };
    double ms;

    if (!reset || !*reset)
        return -1;
    if (strptime(reset, "%Y-%m-%dT%H:%M:%S", &date))
        ms = ((double)timegm(&date) - (double)now_s) * 1000;
    else if ((ms = parse_duration(reset)) < 0)
        return -1;
    return ms <= 0 ? 0 : ms >= (double)RETRY_MAX_SPAN_MS ? RETRY_MAX_SPAN_MS : (int64_t)ms;
}

int64_t retry_reset_ms(const char *remaining, const char *reset, int64_t now_s)
{
    double left;
    int64_t ms;

    if (!remaining || !parse_decimal(remaining, &left) || left > 0)
        return -1;
    ms = retry_span_ms(reset, now_s);
    return ms < 0 ? -1 : clamp((double)ms);
}

int64_t retry_count(const char *text)
{
    double value;

    return text && parse_decimal(text, &value) && value < 1e15 ? (int64_t)value : -1;
}

int64_t retry_wait_ms(int attempt, int64_t after_ms, uint32_t chance)
{
    int64_t wait = attempt >= 4 ? 8000 : 500 << attempt;

    return after_ms >= 0 ? after_ms : wait - wait * (int64_t)(chance % 256) / 1024;
}

uint32_t retry_chance(void)
{
    uint32_t chance = 0;

    return getrandom(&chance, sizeof chance, GRND_NONBLOCK) == sizeof chance ? chance : 0;
}

int64_t retry_clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum sc_status retry_sleep(int64_t ms, const atomic_bool *cancel, struct sc_error *err)
{
    int64_t end = retry_clock_ms() + ms, left;

    for (;;) {
        if (cancel && atomic_load(cancel))
            return fail(err, SC_ERR_CANCELLED, "cancelled");
        left = end - retry_clock_ms();
        if (left <= 0)
            return SC_OK;
        left = left < 50 ? left : 50;
        nanosleep(&(struct timespec){ 0, left * 1000000 }, NULL);
    }
}
