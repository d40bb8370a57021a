/* Times as people write them. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "include/seechange.h"

#define MAX_TIME_S 1000000000  /* 31 years; keeps every sum inside int64_t */

char *sc_format_time(int64_t time_us, char out[32])
{
    const char *sign = time_us < 0 ? "-" : "";
    uint64_t ms = ((time_us < 0 ? 0 - (uint64_t)time_us : (uint64_t)time_us) + 500) / 1000;
    uint64_t s = ms / 1000;

    if (s >= 3600)
        snprintf(out, 32, "%s%" PRIu64 ":%02u:%02u.%03u", sign, s / 3600, (unsigned)(s / 60 % 60), (unsigned)(s % 60),
                 (unsigned)(ms % 1000));
    else
        snprintf(out, 32, "%s%02u:%02u.%03u", sign, (unsigned)(s / 60), (unsigned)(s % 60), (unsigned)(ms % 1000));
    return out;
}

/* Digits with at most one point, no sign or exponent, whatever the locale. Returns where it ends, NULL: no number. */
static const char *read_number(const char *p, int64_t *micro_out)
{
    int64_t whole = 0, fraction = 0, place = 100000;
    const char *start = p;

    for (; isdigit((unsigned char)*p); p++) {
        whole = whole * 10 + (*p - '0');
        if (whole > MAX_TIME_S)
            return NULL;
    }
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++, place /= 10)
            fraction += (*p - '0') * place;
    if (p == start || (p == start + 1 && *start == '.'))
        return NULL;
    *micro_out = whole * 1000000 + fraction;
    return p;
}

static bool unit_factor(const char *unit, int64_t *times, int64_t *by)
{
    static const struct { const char *name; int64_t times, by; } units[] = {
        { "", 1, 1 }, { "s", 1, 1 }, { "ms", 1, 1000 }, { "m", 60, 1 }, { "min", 60, 1 }, { "h", 3600, 1 },
    };
    size_t i;

    for (i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(unit, units[i].name)) {
            *times = units[i].times;
            *by = units[i].by;
            return true;
        }
    return false;
}

bool sc_parse_time(const char *text, int64_t *time_us_out)
{
    int64_t sum = 0, part, times, by;
    int parts = 0;

    for (;;) {
        const char *end = read_number(text, &part);

        if (!end || sum > MAX_TIME_S / 60 * 1000000LL)
            return false;
        sum = sum * 60 + part;
        parts++;
        if (*end != ':') {
            text = end;
            break;
        }
        if (parts == 3 || part % 1000000)
            return false;
        text = end + 1;
    }
    if (parts > 1 && part >= 60 * 1000000)
        return false;
    if (!unit_factor(text, &times, &by) || (parts > 1 && *text))
        return false;
    if (sum > MAX_TIME_S * 1000000LL / times)
        return false;
    *time_us_out = sum * times / by;
    return true;
}
