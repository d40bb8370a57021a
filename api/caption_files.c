/* Captions as files: WebVTT, SubRip, JSON, Markdown, CSV, XMP, and FFmpeg's chapters. */
#include "api/caption_files.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "archive/identity.h"
#include "client/base64.h"

#define MAX_CAPTION_FILE_BYTES ((size_t)64 << 20)
#define LEAST_CUE_US 1000000     /* a caption of one moment is shown for a second */

static enum sc_status add_each(struct buffer *out, const char *text,
                               enum sc_status (*add)(struct buffer *out, char c, struct sc_error *err),
                               struct sc_error *err)
{
    enum sc_status s = SC_OK;

    for (; *text && !s; text++)
        s = add(out, *text, err);
    return s;
}

static int64_t end_of(const struct sc_passage *p)
{
    return p->end_us > p->start_us ? p->end_us : p->start_us + LEAST_CUE_US;
}

/* 01:02:03.456, with that mark before the milliseconds. */
static enum sc_status add_time(struct buffer *out, int64_t time_us, char mark, struct sc_error *err)
{
    const int64_t ms = time_us < 0 ? 0 : time_us / 1000;

    return buffer_print(out, err, "%02" PRId64 ":%02d:%02d%c%03d", ms / 3600000, (int)(ms / 60000 % 60),
                        (int)(ms / 1000 % 60), mark, (int)(ms % 1000));
}

/* ---- WebVTT: W3C, "WebVTT: The Web Video Text Tracks Format", section 4; cue text is escaped as in 4.2.2 ---- */

static enum sc_status vtt_character(struct buffer *out, char c, struct sc_error *err)
{
    switch (c) {
    case '&': return buffer_text(out, "&amp;", err);
    case '<': return buffer_text(out, "&lt;", err);
    case '>': return buffer_text(out, "&gt;", err);
    default:  return buffer_add(out, &c, 1, err);
    }
}

static enum sc_status write_vtt(const struct caption_file_input *in, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = buffer_text(out, "WEBVTT\n\nNOTE written by seechange\n", err);
    int i;

    for (i = 0; i < in->caption->n_passages && !s; i++) {
        const struct sc_passage *p = &in->caption->passages[i];

        if (p->kind != SC_CAPTION)
            continue;
        if (!(s = buffer_text(out, "\n", err)) && !(s = add_time(out, p->start_us + in->offset_us, '.', err)) &&
            !(s = buffer_text(out, " --> ", err)) && !(s = add_time(out, end_of(p) + in->offset_us, '.', err)) &&
            !(s = buffer_text(out, "\n", err)) && !(s = add_each(out, p->text, vtt_character, err)))
            s = buffer_text(out, "\n", err);
    }
    return s;
}

/* ---- SubRip: no escapes, so what players take for markup becomes what looks like it ---- */

static enum sc_status srt_character(struct buffer *out, char c, struct sc_error *err)
{
    switch (c) {
    case '<': return buffer_text(out, "\xE2\x80\xB9", err);  /* U+2039, U+203A */
    case '>': return buffer_text(out, "\xE2\x80\xBA", err);
    case '{': return buffer_text(out, "(", err);
    case '}': return buffer_text(out, ")", err);
    case '\\': return buffer_text(out, "/", err);
    default:  return buffer_add(out, &c, 1, err);
    }
}

static enum sc_status write_srt(const struct caption_file_input *in, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = SC_OK;
    int i, n = 0;

    for (i = 0; i < in->caption->n_passages && !s; i++) {
        const struct sc_passage *p = &in->caption->passages[i];

        if (p->kind != SC_CAPTION)
            continue;
        if (!(s = buffer_print(out, err, "%s%d\n", n ? "\n" : "", n + 1)) &&
            !(s = add_time(out, p->start_us + in->offset_us, ',', err)) && !(s = buffer_text(out, " --> ", err)) &&
            !(s = add_time(out, end_of(p) + in->offset_us, ',', err)) && !(s = buffer_text(out, "\n", err)) &&
            !(s = add_each(out, p->text, srt_character, err)))
            s = buffer_text(out, "\n", err);
        n++;
    }
    return s;
}

/* ---- JSON: all there is, enough to build a catalogue anew ---- */

static json_t *hex(const uint8_t *bytes)
{
    char text[65];
    int i;

    if (!bytes)
        return json_null();
    for (i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return json_string(text);
}

static json_t *evidence_json(const struct buffer *evidence)
{
    char *text = evidence->size ? malloc(BASE64_SIZE(evidence->size)) : NULL;
    json_t *json = text ? json_stringn(text, base64_encode(evidence->data, evidence->size, text)) : json_null();

    free(text);
    return json;
}

static json_t *subtitles_json(const struct answer_kept *kept)
{
    json_t *all = json_array();
    int i;

    for (i = 0; i < kept->n_subtitles; i++) {
        const struct sc_passage *p = &kept->subtitles[i];

        json_array_append_new(all, json_pack("{sIsIss}", "start_us", (json_int_t)p->start_us, "end_us", (json_int_t)p->end_us,
                                             "text", p->text));
    }
    return all;
}

static enum sc_status write_json(const struct caption_file_input *in, struct buffer *out, struct sc_error *err)
{
    const struct answer_kept *k = in->kept;
    json_t *caption = json_loads(k->text, JSON_ALLOW_NUL, NULL), *root = json_object();
    char *text = NULL;
    enum sc_status s;

    if (root && !json_object_set_new(root, "version", json_integer(1)) &&
        !json_object_set_new(root, "generator", json_string("seechange")) &&
        !json_object_set_new(root, "size_bytes", json_integer(k->size_bytes)) &&
        !json_object_set_new(root, "sha256", hex(k->content)) &&
        !json_object_set_new(root, "settings", hex(k->settings)) &&
        !json_object_set_new(root, "service", json_string(k->service)) &&
        !json_object_set_new(root, "model", json_string(k->model)) &&
        !json_object_set_new(root, "no_model", json_boolean(k->no_model)) &&
        !json_object_set_new(root, "prompt_version", json_string(k->prompt_version)) &&
        !json_object_set_new(root, "request", hex(k->has_request ? k->request : NULL)) &&
        !json_object_set_new(root, "prompt_tokens", json_integer(k->prompt_tokens)) &&
        !json_object_set_new(root, "output_tokens", json_integer(k->output_tokens)) &&
        !json_object_set_new(root, "cost_usd", json_real(k->cost_usd)) &&
        !json_object_set_new(root, "duration_s", json_real((double)in->duration_us / 1e6)) &&
        !json_object_set_new(root, "caption", caption ? json_incref(caption) : json_null()) &&
        !json_object_set_new(root, "subtitles", subtitles_json(k)) &&
        !json_object_set_new(root, "look", hex(in->look)) &&
        !json_object_set_new(root, "evidence", evidence_json(in->evidence)))
        text = json_dumps(root, JSON_INDENT(1));
    s = text ? buffer_print(out, err, "%s\n", text) : fail_memory(err);
    free(text);
    json_decref(root);
    json_decref(caption);
    return s;
}

/* ---- Markdown: CommonMark 0.30, section 2.4: every ASCII punctuation character may be escaped ---- */

static enum sc_status md_character(struct buffer *out, char c, struct sc_error *err)
{
    return strchr("\\`*_{}[]()<>#+-.!|~&:\"'$^=@", c) ? buffer_print(out, err, "\\%c", c) : buffer_add(out, &c, 1, err);
}

static enum sc_status md_line(struct buffer *out, const char *before, const char *text, const char *after,
                              struct sc_error *err)
{
    enum sc_status s = buffer_text(out, before, err);

    return s || (s = add_each(out, text, md_character, err)) ? s : buffer_text(out, after, err);
}

static enum sc_status write_md(const struct caption_file_input *in, struct buffer *out, struct sc_error *err)
{
    const struct caption *c = in->caption;
    char time[32];
    enum sc_status s;
    int i;

    if ((s = md_line(out, "# ", *c->title ? c->title : in->name, "\n\n", err)) ||
        (s = md_line(out, "", c->summary, "\n\n", err)))
        return s;
    for (i = 0; i < c->n_passages && !s; i++)
        if (c->passages[i].kind == SC_TAG)
            s = md_line(out, "- tag: ", c->passages[i].text, "\n", err);
        else if (c->passages[i].kind == SC_SCREEN_TEXT)
            s = md_line(out, "- on screen: ", c->passages[i].text, "\n", err);
        else if (c->passages[i].kind == SC_ANSWER)
            s = md_line(out, "- ", c->passages[i].text, "\n", err);
    for (i = 0; i < c->n_passages && !s; i++)
        if (c->passages[i].kind == SC_CAPTION &&
            !(s = buffer_print(out, err, "- %s ", sc_format_time(c->passages[i].start_us, time))))
            s = md_line(out, "", c->passages[i].text, "\n", err);
    return s;
}

/* ---- CSV: RFC 4180; what a spreadsheet would take for a formula gets an apostrophe ---- */

static enum sc_status csv_character(struct buffer *out, char c, struct sc_error *err)
{
    return c == '"' ? buffer_text(out, "\"\"", err) : buffer_add(out, &c, 1, err);
}

static enum sc_status write_csv(const struct caption_file_input *in, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = buffer_text(out, "kind,start_s,end_s,text\r\n", err);
    int i;

    for (i = 0; i < in->caption->n_passages && !s; i++) {
        const struct sc_passage *p = &in->caption->passages[i];
        const bool timed = p->start_us >= 0;

        if ((s = buffer_print(out, err, "%s,", sc_passage_kind_name(p->kind))) ||
            (s = timed ? buffer_print(out, err, "%.3f,%.3f,", (double)p->start_us / 1e6, (double)p->end_us / 1e6)
                       : buffer_text(out, ",,", err)) ||
            (s = buffer_text(out, strchr("=+-@", *p->text) ? "\"'" : "\"", err)) ||
            (s = add_each(out, p->text, csv_character, err)))
            break;
        s = buffer_text(out, "\"\r\n", err);
    }
    return s;
}

/* ---- XMP: Adobe, "XMP Specification Part 1", section 7; Dublin Core as in part 2 ---- */

static enum sc_status xml_character(struct buffer *out, char c, struct sc_error *err)
{
    switch (c) {
    case '&': return buffer_text(out, "&amp;", err);
    case '<': return buffer_text(out, "&lt;", err);
    case '>': return buffer_text(out, "&gt;", err);
    case '"': return buffer_text(out, "&quot;", err);
    default:  return buffer_add(out, &c, 1, err);
    }
}

static enum sc_status xml_line(struct buffer *out, const char *before, const char *text, const char *after,
                               struct sc_error *err)
{
    enum sc_status s = buffer_text(out, before, err);

    return s || (s = add_each(out, text, xml_character, err)) ? s : buffer_text(out, after, err);
}

static enum sc_status write_xmp(const struct caption_file_input *in, struct buffer *out, struct sc_error *err)
{
    const struct caption *c = in->caption;
    enum sc_status s;
    int i;

    if ((s = buffer_text(out, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                              "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"seechange\">\n"
                              "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                              "<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n", err)) ||
        (s = xml_line(out, "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">", c->title,
                      "</rdf:li></rdf:Alt></dc:title>\n", err)) ||
        (s = xml_line(out, "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">", c->summary,
                      "</rdf:li></rdf:Alt></dc:description>\n<dc:subject><rdf:Bag>\n", err)))
        return s;
    for (i = 0; i < c->n_passages && !s; i++)
        if (c->passages[i].kind == SC_TAG)
            s = xml_line(out, "<rdf:li>", c->passages[i].text, "</rdf:li>\n", err);
    return s ? s : buffer_text(out, "</rdf:Bag></dc:subject>\n</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
                                    "<?xpacket end=\"w\"?>\n", err);
}

/* ---- chapters: FFmpeg's documentation of formats, "Metadata" ---- */

static enum sc_status ff_character(struct buffer *out, char c, struct sc_error *err)
{
    return strchr("=;#\\", c) ? buffer_print(out, err, "\\%c", c) : buffer_add(out, &c, 1, err);
}

static enum sc_status write_chapters(const struct caption_file_input *in, struct buffer *out, struct sc_error *err)
{
    enum sc_status s = buffer_text(out, ";FFMETADATA1\ntitle=", err);
    int i;

    if (!s && !(s = add_each(out, in->caption->title, ff_character, err)))
        s = buffer_text(out, "\n", err);
    for (i = 0; i < in->caption->n_passages && !s; i++) {
        const struct sc_passage *p = &in->caption->passages[i];

        if (p->kind == SC_CAPTION &&
            !(s = buffer_print(out, err, "[CHAPTER]\nTIMEBASE=1/1000\nSTART=%" PRId64 "\nEND=%" PRId64 "\ntitle=",
                               (p->start_us + in->offset_us) / 1000, (end_of(p) + in->offset_us) / 1000)) &&
            !(s = add_each(out, p->text, ff_character, err)))
            s = buffer_text(out, "\n", err);
    }
    return s;
}

const struct caption_format caption_formats[] = {
    { "vtt", ".seechange.vtt", write_vtt },
    { "srt", ".seechange.srt", write_srt },
    { "json", ".seechange.json", write_json },
    { "md", ".seechange.md", write_md },
    { "csv", ".seechange.csv", write_csv },
    { "xmp", ".seechange.xmp", write_xmp },
    { "ffmetadata", ".seechange.ffmetadata", write_chapters },
    { 0 }
};

static const struct caption_format *find(const char *name, size_t size)
{
    const struct caption_format *f;

    for (f = caption_formats; f->name; f++)
        if (strlen(f->name) == size && !strncmp(f->name, name, size))
            return f;
    return NULL;
}

enum sc_status caption_formats_choose(const char *names, const struct caption_format *out[CAPTION_MAX_FORMATS + 1],
                              struct sc_error *err)
{
    int n = 0;

    out[0] = NULL;
    while (names && *names) {
        const size_t size = strcspn(names, ",");
        const struct caption_format *f = find(names, size);

        if (!f || n == CAPTION_MAX_FORMATS)
            return fail(err, SC_ERR_INVALID, "'%.*s' is no kind of file to write: there are vtt, srt, json, md, csv, xmp and "
                        "ffmetadata", (int)size, names);
        out[n++] = f;
        out[n] = NULL;
        names += size + (names[size] == ',');
    }
    return SC_OK;
}

enum sc_status caption_file_hash(const char *path, uint8_t out[32], bool *there_out, struct sc_error *err)
{
    struct buffer data = { .limit = MAX_CAPTION_FILE_BYTES };
    char piece[65536];
    FILE *f = fopen(path, "re");
    enum sc_status s = SC_OK;
    size_t n;

    *there_out = f != NULL;
    if (!f)
        return errno == ENOENT ? SC_OK : fail_errno(err, errno, "can't read '%s'", path);
    while (!s && (n = fread(piece, 1, sizeof piece, f)) > 0)
        s = buffer_add(&data, piece, n, err);
    if (!s && ferror(f))
        s = fail_errno(err, errno, "can't read '%s'", path);
    if (!s)
        s = identity_of_bytes(data.data, data.size, out, err);
    fclose(f);
    buffer_dispose(&data);
    return s;
}
