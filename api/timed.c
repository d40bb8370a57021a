/* Reading files of words with times. */
#include "api/timed.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/text.h"

#define MAX_SECONDS 1e9

/* A pipe will do as well as a file. */
static enum sc_status read_file(const char *path, struct buffer *out, struct sc_error *err)
{
    char shown[160] = "";
    struct stat st;
    FILE *f = fopen(path, "re");
    enum sc_status s = SC_OK;
    uint8_t *room;
    size_t n;

    snprintf(shown, sizeof shown, "%s", path);
    if (!f)
        return fail_errno(err, errno, "can't open '%s'", shown);
    if (fstat(fileno(f), &st) || S_ISDIR(st.st_mode))
        s = fail_errno(err, S_ISDIR(st.st_mode) ? EISDIR : errno, "can't read '%s'", shown);
    do {
        n = 0;
        if (!s && !(room = buffer_room(out, 65536, err)))
            s = fail(err, SC_ERR_LIMIT, "'%s' is too long for words: over %zu bytes", shown, SUBFILE_MAX_BYTES);
        else if (!s)
            buffer_filled(out, n = fread(room, 1, 65536, f));
    } while (n);
    if (!s && ferror(f))
        s = fail_errno(err, errno, "can't read '%s'", shown);
    else if (!s && !out->size)
        s = fail(err, SC_ERR_FORMAT, "'%s' is empty", shown);
    fclose(f);
    return s;
}

/* ---- notes: a time, or two with a dash between them, then words ---- */

/* "1:02", "[1:02]", "1:02-1:10". */
static bool read_times(const char *word, size_t size, int64_t *start, int64_t *end)
{
    char text[64], *dash;

    if (size >= 2 && word[0] == '[' && word[size - 1] == ']') {
        word++;
        size -= 2;
    }
    if (!size || size >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)size, word);
    dash = strchr(text, '-');
    if (dash)
        *dash++ = '\0';
    if (!sc_parse_time(text, start))
        return false;
    *end = *start;
    return !dash || (sc_parse_time(dash, end) && *end >= *start);
}

/* Where the words of a row of notes begin, NULL: it is none. */
static const char *read_row(const char *row, int64_t *start, int64_t *end)
{
    size_t n = strcspn(row, " \t");
    const char *words = row + n + strspn(row + n, " \t");

    return *words && read_times(row, n, start, end) ? words : NULL;
}

/* Cut the text into rows; the next one, NULL at the end. Empty ones and comments are passed over. */
static char *next_row(char **text, int *number)
{
    char *row;

    while ((row = strsep(text, "\n"))) {
        size_t n = strlen(row);

        ++*number;
        while (n && (row[n - 1] == '\r' || row[n - 1] == ' ' || row[n - 1] == '\t'))
            row[--n] = '\0';
        row += strspn(row, " \t");
        if (*row && *row != '#')
            return row;
    }
    return NULL;
}

static char *text_of(const struct buffer *b)
{
    const char *text = (const char *)b->data;

    return strdup(b->size >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? text + 3 : text);
}

static bool is_notes(const struct buffer *b)
{
    char *text = text_of(b), *rest = text, *row = text ? next_row(&rest, &(int){ 0 }) : NULL;
    int64_t start, end;
    bool is = row && read_row(row, &start, &end);

    free(text);
    return is;
}

static enum sc_status read_notes(const struct buffer *b, const char *path, enum line_kind kind, struct lines *out,
                                 struct sc_error *err)
{
    char *text = text_of(b), *rest = text, *row;
    enum sc_status s = text ? SC_OK : fail_memory(err);
    int64_t start, end;
    int number = 0;

    while (!s && (row = next_row(&rest, &number))) {
        const char *words = read_row(row, &start, &end);

        s = words ? lines_add(out, kind, start, end, words, err)
                  : fail(err, SC_ERR_FORMAT, "line %d of '%.160s' begins with no time; each is like '1:02 words' or "
                                             "'1:02-1:10 words'", number, path);
    }
    free(text);
    return s;
}

/* ---- transcripts ---- */

/* What Whisper itself takes for silence: it makes up words then. Source: openai/whisper, transcribe.py, the thresholds
 * no_speech_threshold and logprob_threshold. */
static bool is_silence(const json_t *segment)
{
    const json_t *none = json_object_get(segment, "no_speech_prob"), *sure = json_object_get(segment, "avg_logprob");

    return json_is_number(none) && json_is_number(sure) && json_number_value(none) > 0.6 && json_number_value(sure) < -1;
}

static enum sc_status add_segment(const json_t *segment, int64_t start_us, struct lines *out, struct sc_error *err)
{
    const char *text = json_string_value(json_object_get(segment, "text"));
    double start = json_number_value(json_object_get(segment, "start"));
    double end = json_number_value(json_object_get(segment, "end"));

    if (!text || !(fabs(start) < MAX_SECONDS) || !(fabs(end) < MAX_SECONDS))
        return fail(err, SC_ERR_FORMAT, "a segment of the transcript has no text or no times");
    text += strspn(text, " \t\r\n");
    if (!*text || is_silence(segment))
        return SC_OK;
    return lines_add(out, LINE_SPEECH, start_us + (int64_t)llround(start * 1e6), start_us + (int64_t)llround(end * 1e6),
                     text, err);
}

enum sc_status timed_segments(const char *json, size_t size, int64_t start_us, struct lines *out, struct sc_error *err)
{
    json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL), *segment;
    json_t *segments = json_object_get(root, "segments");
    enum sc_status s = SC_OK;
    size_t i;

    if (!json_is_array(segments))
        s = fail(err, SC_ERR_FORMAT, "the transcript is no JSON with segments and their times");
    json_array_foreach(s ? NULL : segments, i, segment)
        if (!s)
            s = add_segment(segment, start_us, out, err);
    json_decref(root);
    return s;
}

enum sc_status timed_transcript(const char *json, size_t size, int64_t start_us, int64_t duration_us,
                                struct lines *out, struct sc_error *err)
{
    json_t *root = json_loadb(json, size, 0, NULL);
    const char *text = json_string_value(json_object_get(root, "text"));
    enum sc_status s = SC_OK;

    if (!text || json_object_get(root, "segments"))
        s = timed_segments(json, size, start_us, out, err);
    else if (text[strspn(text, " \t\r\n")])
        s = lines_add(out, LINE_SPEECH, start_us, start_us + duration_us, text, err);
    json_decref(root);
    return s;
}

/* ---- all of them ---- */

static enum sc_status add_line(void *user, int64_t start_us, int64_t end_us, const char *text, struct sc_error *err)
{
    return lines_add(user, LINE_SUBTITLE, start_us, end_us, text, err);
}

/* MicroDVD begins with "{" too, and a number. */
static bool is_json(const char *text)
{
    text += strspn(text, " \t\r\n");
    return *text == '{' && text[1 + strspn(text + 1, " \t\r\n")] == '"';
}

static enum sc_status read_by_kind(struct sc *s, const char *path, const struct buffer *b, struct lines *out,
                                   struct sc_error *err)
{
    const struct line_sink sink = { .on_line = add_line, .user = out };

    if (is_json((char *)b->data))
        return timed_segments((char *)b->data, b->size, 0, out, err);
    return worker_subtitle_file(s->worker, path, b->data, b->size, &sink, err);
}

/* From the container's clock to ours, unless they were on ours already. */
static void shift(struct lines *lines, int64_t offset_us)
{
    int64_t last = INT64_MIN;
    int i;

    for (i = 0; i < lines->n; i++)
        last = lines->items[i].end_us > last ? lines->items[i].end_us : last;
    for (i = 0; i < lines->n && last >= offset_us; i++) {
        lines->items[i].start_us -= offset_us;
        lines->items[i].end_us -= offset_us;
    }
}

enum sc_status timed_read(struct sc *s, const char *path, enum line_kind kind, int64_t offset_us, struct lines *out,
                          struct sc_error *err)
{
    struct buffer bytes = { .limit = SUBFILE_MAX_BYTES };
    struct lines lines = { 0 };
    enum sc_status status = read_file(path, &bytes, err);
    int i;

    if (!status && is_notes(&bytes)) {
        status = read_notes(&bytes, path, kind, out, err);
        goto done;
    }
    if (status)
        goto done;
    if ((status = read_by_kind(s, path, &bytes, &lines, err))) {
        if (status == SC_ERR_FORMAT && kind == LINE_NOTE && !is_json((char *)bytes.data))
            status = fail(err, status, "'%.160s' has neither notes, like '1:02 words', nor subtitles in it", path);
        goto done;
    }
    shift(&lines, offset_us);
    for (i = 0; i < lines.n && !status; i++)
        status = lines_add(out, kind, lines.items[i].start_us, lines.items[i].end_us, lines.items[i].text, err);
done:
    lines_dispose(&lines);
    buffer_dispose(&bytes);
    return status;
}
