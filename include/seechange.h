/* seechange: see what changed in your videos.
 *
 * The one header of libseechange, and the only door that the command line goes through. Start a session with
 * sc_open, then call the verbs: sc_info, sc_changes, sc_frames, sc_compare, sc_ask, sc_watch; sc_archive_open opens what
 * is remembered of many videos. Media is decoded by a second program, seechange-worker, which the session starts and ends
 * by itself.
 *
 * Conventions
 *   Times     int64_t microseconds of presentation time; 0 is the first displayed picture.
 *   Boxes     integers in displayed pixels (rotation and sample aspect applied), origin top left.
 *   Errors    functions return SC_OK (0) or a negative code and fill *err, which may be NULL. The text is one line
 *             without a full stop: what failed, on what, what to do.
 *   Settings  a struct filled with zeros asks for the defaults.
 *   Memory    a pointer argument is borrowed for the call. What a function makes is freed by the function named
 *             beside it; these accept a pointer to NULL and leave NULL behind.
 *   Threads   one session belongs to one thread at a time; sc_cancel may be called from anywhere, signal handlers
 *             included. Different sessions are independent. */
#ifndef SEECHANGE_H
#define SEECHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SC_VERSION "0.1.0"

#if defined(__GNUC__)
#define SC_API __attribute__((visibility("default")))
#define SC_CHECKED __attribute__((warn_unused_result))
#else
#define SC_API
#define SC_CHECKED
#endif

enum sc_status {
    SC_OK = 0,
    SC_ERR_NOMEM = -1,
    SC_ERR_IO = -2,        /* a file, pipe or disk */
    SC_ERR_FORMAT = -3,    /* not media, damaged beyond use, nothing to decode */
    SC_ERR_INVALID = -4,   /* the caller asked for something that makes no sense */
    SC_ERR_NETWORK = -5,   /* a service could not be reached or broke off */
    SC_ERR_SERVICE = -6,   /* a service answered with an error */
    SC_ERR_CANCELLED = -7,
    SC_ERR_LIMIT = -8,     /* a limit set by the caller or by docs/LIMITS.md was passed */
    SC_ERR_WORKER = -9,    /* the worker could not be started, or was killed from outside */
    SC_ERR_CRASHED = -10,  /* the worker crashed on this input, tried what no decoder may, or answered nonsense */
};

struct sc_error {
    enum sc_status code;
    char text[512];
};

struct sc_box {
    int x, y, w, h; /* w or h of 0: no box, that is the whole picture */
};

/* ---- the closed lists ---- */

enum sc_kind {
    SC_APPEAR, SC_DISAPPEAR, SC_MOVE, SC_TEXT, SC_SCROLL, SC_TYPING, SC_CUT, SC_DISSOLVE, SC_FADE, SC_WIPE,
    SC_LIGHT, SC_FLASH, SC_CAMERA, SC_REPEATING, SC_FREEZE, SC_BLACK, SC_BLANK, SC_OTHER,
    SC_N_KINDS
};

enum sc_role { SC_FIRST, SC_BEFORE, SC_PEAK, SC_AFTER, SC_CONTEXT, SC_LAST, SC_N_ROLES };

SC_API const char *sc_kind_name(enum sc_kind kind); /* "appear", never NULL; static */
SC_API const char *sc_role_name(enum sc_role role); /* "first", never NULL; static */

/* Write a time as 1:02:03.456 or 02:03.456 (milliseconds always). out needs 32 bytes. Returns out. */
SC_API char *sc_format_time(int64_t time_us, char out[32]);

/* Read "12", "12.5", "1:02", "1:02:03.5", "500ms", "90s", "2m", "1h". Returns false if text is none of these. */
SC_API bool sc_parse_time(const char *text, int64_t *time_us_out);

/* ---- a session ---- */

struct sc;

/* What goes on during a long call. */
struct sc_progress {
    const char *stage;    /* "looking", "rendering", "asking"; static */
    const char *path;     /* the input it concerns, or NULL */
    int64_t done_us;      /* position in the media */
    int64_t total_us;     /* 0: not known */
    int64_t pictures;     /* looked at so far */
};

struct sc_settings {
    const char *worker;   /* path of seechange-worker; NULL: $SEECHANGE_WORKER, beside this program, or as installed */
    const char *config_dir; /* NULL: $XDG_CONFIG_HOME/seechange or ~/.config/seechange */
    const char *cache_dir;  /* NULL: $XDG_CACHE_HOME/seechange or ~/.cache/seechange */
    int64_t memory_bytes;   /* that decoding one input may take; 0: 1 GiB */
    int64_t stall_us;       /* an input fails when its decoder got nothing done for so long; 0: 30 s */
    /* Both are called on the thread that called the verb, and may be NULL. */
    void (*on_progress)(void *user, const struct sc_progress *progress); /* at most ten times a second */
    void (*on_notice)(void *user, const char *text); /* one line for the person: which service, what was damaged */
    void *user;
};

/* Start a session. Returns SC_ERR_NOMEM, or SC_ERR_INVALID for a broken configuration file. *out: sc_close. */
SC_API SC_CHECKED enum sc_status sc_open(struct sc **out, const struct sc_settings *settings, struct sc_error *err);
SC_API void sc_close(struct sc **s);

/* Make the call in progress, and every later one, end with SC_ERR_CANCELLED. Async-signal-safe. */
SC_API void sc_cancel(struct sc *s);

/* ---- input ---- */

struct sc_source {
    const char *path;       /* file, "-" (standard input), folder, glob, printf pattern of stills, http(s) or rtsp URL */
    int stream;             /* which video stream: 1 is the first; 0: the container's default */
    double still_rate;      /* stills a second in a folder or pattern; 0: 1 */
    bool has_background;
    uint32_t background_rgb; /* 0xRRGGBB behind transparent pixels, if has_background; else white */
    int64_t max_pixels;     /* refuse pictures with more pixels; 0: 268435456 (2^28) */
};

struct sc_info {
    char *path;
    char *container;        /* libavformat's short name, "stills", "webp" */
    char *codec;
    char *pixel_format;
    char *colour;           /* "bt709/limited/sdr", "bt2020/limited/pq" */
    int stream;             /* 1-based among the video streams */
    int n_streams;          /* video streams, attached pictures not counted */
    int width, height;      /* displayed */
    int coded_width, coded_height;
    int rotation;           /* degrees clockwise that were applied: 0 90 180 270 */
    bool mirrored;
    int sar_num, sar_den;   /* 1:1 when unknown */
    double fps;             /* average; 0: not known (a single picture) */
    int64_t duration_us;    /* 0: not known */
    int64_t container_offset_us; /* container time of the first displayed picture */
    int64_t n_pictures;     /* 0: not known */
    bool interlaced;
    bool is_still;          /* exactly one picture */
    bool is_stills;         /* a folder, glob or pattern */
    bool has_audio, has_subtitles;
    bool has_captions;      /* EIA-608 captions inside the pictures looked at so far */
    bool can_seek;
};

SC_API void sc_info_dispose(struct sc_info *info);

/* As one JSON object (docs/json-schema/info-1.json), NUL-terminated; free() it. */
SC_API SC_CHECKED enum sc_status sc_info_json(const struct sc_info *info, char **out, struct sc_error *err);

SC_API SC_CHECKED enum sc_status sc_info(struct sc *s, const struct sc_source *source, struct sc_info *out,
                                         struct sc_error *err); /* out: sc_info_dispose */

/* ---- changes: what changed, when and where ---- */

/* scout is for archives: the sizes of packets and the key pictures tell which stretches to look at. */
enum sc_effort { SC_NORMAL, SC_FULL, SC_SCOUT };

/* What the pictures are of. On a screen pages scroll and letters are typed; a camera pans, and what it sees may freeze;
 * a film is edited, so its shots count for more than what moves in them. */
enum sc_profile { SC_PROFILE_AUTO, SC_PROFILE_CAMERA, SC_PROFILE_SCREEN, SC_PROFILE_FILM };

SC_API const char *sc_profile_name(enum sc_profile profile); /* "screen", never NULL; static */

/* One looked-at picture and what was decided of it (--explain). */
struct sc_look {
    int64_t time_us;
    double score_previous;  /* 0..1, against the picture looked at before */
    double score_kept;      /* 0..1, against the last kept (stable) picture */
    double light_gain, light_offset; /* the global light taken out before comparing with the kept picture */
    struct sc_box box;      /* where it differs from the kept picture */
    int64_t kept_us;        /* time of the kept picture */
    const char *verdict;    /* "kept: first", "same", "changing", "settled: event 3" ...; static or valid for the call */
};

#define SC_MAX_MOMENTS 256

struct sc_look_settings {
    enum sc_effort effort;
    double fps;             /* look at so many pictures a second; 0: as the effort says (normal: at least 5) */
    int64_t every_us;       /* or one picture every so long; 0: not set. fps and every_us exclude each other */
    int64_t from_us, to_us; /* look only here; to_us 0: to the end */
    struct sc_box crop;     /* look only here; no box: everywhere */
    /* What is seen of a file is kept in cache_dir, at most 2 GiB in all: settings from here on may change from call to
     * call and nothing is decoded to decide again. */
    bool no_cache;          /* neither read nor write it, nor remember answers */
    /* Inside the crop, in steps of a block, which is an eightieth of its longer side: */
    const struct sc_box *ignore; /* changes here are none of interest */
    int n_ignore;
    const struct sc_box *only; /* if there are any: changes elsewhere are none of interest */
    int n_only;
    const char *mask;       /* a picture, stretched over the whole picture: the same where it is black; NULL: none */
    double min_size;        /* leave out changes whose box is smaller: part of the picture's area, 0..1 */
    int64_t min_duration_us; /* leave out what was to be seen for a shorter time; what stays is never too short */
    enum sc_profile profile; /* auto: decided from the pictures, see sc_changes */
    int max_frames;         /* choose at most so many; 0: 32 */
    const int64_t *moments_us; /* or the pictures at these times, and no others; NULL: as the events ask for */
    int n_moments;          /* at most SC_MAX_MOMENTS */
    bool context;           /* fill up to max_frames with pictures of stretches in which nothing happens */
    bool coarse_boxes;      /* leave boxes as exact as a block: when what is seen was kept, nothing at all is decoded */
    bool has_sensitivity;
    double sensitivity;     /* 0..1: more finds smaller changes; 0.5 unless has_sensitivity */
    void (*on_look)(void *user, const struct sc_look *look); /* NULL: not wanted */
    void *user;
};

struct sc_event {
    int64_t start_us, peak_us, end_us; /* start: first picture that differs; end: first that is settled again */
    int64_t before_us, after_us; /* the stable pictures around it; -1: none */
    enum sc_kind kind;
    struct sc_box box;      /* what changed, at its widest; the whole picture for cuts and light */
    double share;           /* of the picture, 0..1 */
    double score;           /* how sure and how much, 0..1 */
    double dx, dy;          /* move, scroll, camera: displacement in displayed pixels; else 0 */
    uint8_t yuv_before[3], yuv_after[3]; /* mean colour in the box, full range BT.601-like */
    int64_t same_as_us;     /* the picture shown again afterwards was already seen then; -1: no */
    int count;              /* repeating: how many periods were seen; else 1 */
};

struct sc_frame {
    int64_t time_us;
    enum sc_role role;
    int event;              /* index into events, -1: none */
    int rank;               /* 1: the most important */
    struct sc_box box;      /* of its event */
    char reason[96];        /* "before event 3: appear at 120,40" */
};

struct sc_damage {
    int64_t n_packets;      /* packets or pictures that could not be decoded cleanly */
    int64_t first_us, last_us;
};

#define SC_MAX_UNSEEN 1024

enum sc_unscouted {
    SC_SCOUTED, SC_TOO_SHORT, SC_WITHOUT_TIMES, SC_WITHOUT_KEYS, SC_CONSTANT_RATE, SC_SMALL_KEYS, SC_N_UNSCOUTED
};

struct sc_stretch {
    int64_t from_us, to_us; /* to_us is not part of it */
};

/* What effort scout did not look at: by the sizes of packets and the key pictures around, nothing happens there. */
struct sc_scouting {
    bool scouted;           /* it was asked for */
    int64_t unseen_us;      /* so much in all */
    struct sc_stretch *unseen; /* ascending, the first SC_MAX_UNSEEN of them; key pictures inside were seen */
    int n_unseen;
    enum sc_unscouted why;  /* sizes say nothing of it: looked at as with effort normal from normal_from_us on */
    int64_t normal_from_us;
};

SC_API void sc_scouting_dispose(struct sc_scouting *scouting);
SC_API const char *sc_unscouted_text(enum sc_unscouted why); /* "its bit rate is constant, ...", never NULL; static */

/* The evidence: everything that was decided, without a pixel. Times ascend. */
struct sc_changes {
    int version;            /* 1 */
    struct sc_info source;
    struct sc_event *events;
    int n_events;
    enum sc_profile profile; /* that was asked for, or taken; never SC_PROFILE_AUTO */
    struct sc_frame *frames; /* chosen */
    int n_frames;
    int64_t n_decoded, n_looked;
    int64_t first_us, last_us; /* of the pictures looked at */
    struct sc_damage damage;
    struct sc_scouting scouting;
};

/* Look for changes. *out: sc_changes_free. SC_ERR_FORMAT when no picture could be decoded. */
SC_API SC_CHECKED enum sc_status sc_changes(struct sc *s, const struct sc_source *source,
                                            const struct sc_look_settings *settings, struct sc_changes **out,
                                            struct sc_error *err);
SC_API void sc_changes_free(struct sc_changes **c);

/* The same as one JSON object (docs/json-schema/changes-1.json), NUL-terminated; free() it. No line end. */
SC_API SC_CHECKED enum sc_status sc_changes_json(const struct sc_changes *c, char **out, struct sc_error *err);

/* The same as lines, each ended by a newline: one object with "type" for the source, each event and each frame. */
SC_API SC_CHECKED enum sc_status sc_changes_jsonl(const struct sc_changes *c, char **out, struct sc_error *err);

/* ---- frames: the chosen pictures as files ---- */

enum sc_image_format { SC_JPEG, SC_PNG };

struct sc_frames_settings {
    enum sc_image_format format;
    int quality;            /* JPEG, 1..100; 0: 90 */
    int max_side;           /* scale down to this many pixels; 0: as they are */
    bool mark;              /* draw the event's box and the time on the picture */
};

/* Write every chosen frame of c into dir (made if it is missing) as 00h01m02.345s-peak-e3.jpg, and manifest.json.
 * Files appear under their names only when complete. on_file (may be NULL) is told each path. */
SC_API SC_CHECKED enum sc_status sc_frames(struct sc *s, const struct sc_source *source, const struct sc_changes *c,
                                           const char *dir, const struct sc_frames_settings *settings,
                                           void (*on_file)(void *user, const char *path), void *user,
                                           struct sc_error *err);

/* One picture of all chosen frames with times and boxes drawn. The format follows the ending of path: .jpg .png */
SC_API SC_CHECKED enum sc_status sc_contact_sheet(struct sc *s, const struct sc_source *source,
                                                  const struct sc_changes *c, const char *path, struct sc_error *err);

/* A map of every event of c into dir (made if it is missing) as 00h00m04.040s-heat-e1.png: the picture in dim gray, and
 * in colour how much each small block in the event's box differs from the picture before it. At most 1280 pixels along
 * the longer side. on_file: as for sc_frames. */
SC_API SC_CHECKED enum sc_status sc_heatmaps(struct sc *s, const struct sc_source *source, const struct sc_changes *c,
                                             const char *dir, void (*on_file)(void *user, const char *path),
                                             void *user, struct sc_error *err);

/* ---- pictures: for a screen ---- */

struct sc_pixels {
    int width, height;
    uint8_t *rgb;           /* sRGB, rows of 3 * width bytes; free() it */
};

#define SC_MAX_PICTURES 4096 /* in one call */

/* The pictures displayed at n times, each within max_width x max_height pixels (1 to 4096), never enlarged. Neighbours
 * share a decode. on_picture is told each as soon as it is there, not always in their order; what it does not take out
 * of *pixels is freed. */
SC_API SC_CHECKED enum sc_status sc_pictures(struct sc *s, const struct sc_source *source, const int64_t *times_us,
                                             int n, int max_width, int max_height,
                                             void (*on_picture)(void *user, int i, struct sc_pixels *pixels),
                                             void *user, struct sc_error *err);

/* The map of one event of c, as sc_heatmaps draws it. out: free(out->rgb). */
SC_API SC_CHECKED enum sc_status sc_heat(struct sc *s, const struct sc_source *source, const struct sc_changes *c,
                                         int event, struct sc_pixels *out, struct sc_error *err);

/* ---- compare: two pictures ---- */

struct sc_region {
    struct sc_box box;
    double share, score;
    enum sc_kind kind;      /* appear, disappear, text or other, as far as two pictures tell */
    uint8_t yuv_before[3], yuv_after[3];
};

struct sc_comparison {
    struct sc_info a, b;
    int64_t a_us, b_us;
    bool identical;         /* not one sample differs */
    bool changed;           /* something beyond light, noise and compression */
    double share, score;
    double light_gain, light_offset; /* b = gain * a + offset, luma 0..255 */
    int shift_x, shift_y;   /* global displacement of b, displayed pixels */
    struct sc_region *regions; /* largest first; boxes in displayed pixels of a */
    int n_regions;
};

SC_API void sc_comparison_dispose(struct sc_comparison *c);

/* As one JSON object (docs/json-schema/comparison-1.json), NUL-terminated; free() it. */
SC_API SC_CHECKED enum sc_status sc_comparison_json(const struct sc_comparison *c, char **out, struct sc_error *err);

/* Compare the picture of a at a_us with that of b at b_us (the picture displayed at that time). */
SC_API SC_CHECKED enum sc_status sc_compare(struct sc *s, const struct sc_source *a, int64_t a_us,
                                            const struct sc_source *b, int64_t b_us, struct sc_comparison *out,
                                            struct sc_error *err);

/* ---- ask: one query of pictures and words ---- */

struct sc_ask_settings {
    const char *question;   /* NULL: what changed between the frames */
    bool goes_on;           /* after what was asked and answered about the video before: the same request, with what was
                             * said since behind it, so that services need not read it anew. Needs a question */
    const char *service;    /* a row of `seechange services`; NULL: configured, found on this machine, or embedded */
    const char *model;
    const char *base_url;   /* a server's address; with or without /v1 */
    const char *dialect;    /* how it is spoken to: "openai-chat", "openai-responses", "anthropic", "ollama",
                             * "llama4-native", "llama-api", "bedrock"; NULL: as its service is */
    const char *pack;       /* "full", "pair", "delta", "grid" (docs/FUSION.md); NULL or "auto": by cost */
    const char *schema;     /* the answer is to be JSON that obeys this JSON Schema: "changes", "caption" (built in), or a
                             * file of one; NULL: words. on_text is not called then. docs/FUSION.md */
    bool no_hints;          /* tell the model nothing of what was measured */
    /* Words between the pictures, each at its time: */
    const char *subtitles;  /* NULL or "auto": a file beside the video known by its name, else a stream of its own, else
                             * captions in its pictures; "none"; "captions"; a stream's number from "1"; or a file */
    const char *transcript; /* a file of what is said: subtitles of any format, or JSON with segments; NULL: none */
    bool transcribe;        /* have what is said written down by a service; kept in cache_dir */
    const char *transcribe_service, *transcribe_url; /* which; both NULL: the one that is asked */
    const char *transcribe_model; /* NULL: the service's */
    bool metadata;          /* tell what the file says of itself: title, date, camera, chapters */
    const char *notes;      /* a file of the person's own, in rows like "1:02 words" or "1:02-1:10 words"; NULL: none */
    int max_images;         /* 0: what the model is good at */
    int windows;            /* 0: as many queries as it takes to show a long video; n: at most n; < 0: one for each video */
    int64_t max_tokens;     /* of the query; a hard stop; 0: none */
    int64_t max_bytes;      /* of the request's body; a hard stop; 0: what the service takes */
    double max_cost_usd;    /* of query and answer together; a hard stop; 0: none. Needs a price */
    bool has_price;         /* else the service's own */
    double price_in, price_out; /* $ a million tokens */
    int64_t max_output_tokens; /* 0: 1024, with a schema 2048 */
    double temperature;     /* < 0 or 0: 0.2 with has_temperature false */
    bool has_temperature;
    bool has_seed;
    int64_t seed;
    bool whole;             /* do not stream */
    bool dry_run;           /* ask nothing; fill the counts. Only a server on this machine may be given the query to count */
    const char *dump;       /* write the exact request body here (NULL: do not) */
    void (*on_body)(void *user, const char *data, size_t size); /* the same in pieces; NULL: not wanted */
    const char *record;     /* write what is exchanged with the service here, without keys and pictures; NULL: do not */
    const char *replay;     /* such a file, which answers instead of the service it is of; NULL: none */
    bool insecure_http;     /* plain http to hosts other than this machine */
    int64_t timeout_s;      /* without a byte from the server; 0: 600 */
    int64_t deadline_s;     /* for the answer with all tries and waits; 0: none */
    void (*on_text)(void *user, const char *text, size_t size); /* the answer as it comes; UTF-8, controls removed */
    void *user;
};

/* One picture on an image that is sent. */
struct sc_shown {
    int64_t time_us;
    struct sc_box crop;     /* displayed pixels of the video; no box: the whole picture */
    struct sc_box dest;     /* where it is on the image, pixels; smaller than crop if it was shrunk */
};

struct sc_image_cost {
    int64_t time_us;
    enum sc_role role;
    int event;
    int width, height;      /* as sent */
    int64_t tokens;
    bool exact;
    int64_t bytes;          /* 0: not rendered */
    char grid[16];          /* "5x3" tiles, "60x34" patches, or "" */
    const char *detail;     /* "high", "low" or NULL; static */
    const char *what;       /* "whole", "part", "pair", "sheet"; static */
    struct sc_shown *shows;
    int n_shows;
};

/* A time that the answer cites in square brackets. */
struct sc_citation {
    int64_t time_us;
    int frame;              /* the chosen frame of that time: index into changes->frames; -1: none */
    int event;              /* what it is about, or what went on then; -1: none */
    bool known;             /* a picture of that time was shown */
};

struct sc_part;

struct sc_answer {
    bool sent;              /* false: nothing changed, a dry run, or the embedded default */
    bool nothing_changed;   /* the default question, and no change: nothing was asked */
    bool no_model;          /* answered from the evidence alone */
    int64_t remembered_s;   /* the very same request was answered before, then (seconds since 1970): nothing was sent now;
                             * 0: it was not */
    bool incomplete;        /* cut off: by the length limit, or the server broke off */
    bool refused;
    char *text;             /* UTF-8, as the service said it but without control characters */
    char *json;             /* with a schema: the answer, which obeys it, on several lines; else, or if it is incomplete
                             * or refused, NULL */
    int repairs;            /* 1: the first answer did not obey and was sent back; tokens and price are of both */
    char *service, *model, *finish; /* finish: "stop", "length", ... or NULL */
    struct sc_citation *citations; /* each time once, in the order of the text */
    int n_citations;
    char prompt_version[32]; /* of the words around them; "" if no model was asked */
    const char *pack;       /* how the images were packed, or NULL; static */
    char *pack_reason;      /* why so, if it was not asked for; or NULL */
    struct sc_image_cost *images;
    int n_images;
    int *left_out;          /* chosen frames that the budget had no room for: indices into changes->frames */
    int frames_left_out;    /* how many */
    char *subtitles;        /* where they are from: "clip.en.srt", "stream 1 of 2 (subrip, eng)"; NULL: there are none */
    int n_lines, lines_left_out; /* of subtitles, speech and notes: sent, and left out for the budget */
    bool shrunk;            /* images were made smaller for the budget */
    int quality;            /* of JPEG; lower than 88 if the bytes had to be fewer */
    int64_t image_tokens, text_tokens; /* of the query, as planned */
    bool image_exact, text_exact;
    int64_t body_bytes;
    int64_t prompt_tokens, output_tokens, cached_tokens; /* as billed; -1: the service did not say */
    double price_usd;       /* < 0: unknown */
    struct sc_changes *changes; /* the evidence; of several videos, the first one's */
    struct sc_part *parts;  /* where more than one query was needed: what each brought. text puts their answers together,
                             * tokens, bytes and price are of all; the images are in the parts */
    int n_parts;
};

/* One of several queries about a stretch of a video, or about one of several. */
struct sc_part {
    struct sc_answer *answer; /* changes: the evidence of the stretch, from first_us to last_us */
    char *error;            /* why there is no answer; NULL: there is */
};

/* Ask about one source. *out: sc_answer_free. SC_ERR_SERVICE when the answer does not obey the schema, nor does another one
 * after the first was sent back with what is wrong. */
SC_API SC_CHECKED enum sc_status sc_ask(struct sc *s, const struct sc_source *source,
                                        const struct sc_look_settings *look, const struct sc_ask_settings *settings,
                                        struct sc_answer **out, struct sc_error *err);

/* The same about several videos, in one question. The default question is asked of those in which something changed. */
SC_API SC_CHECKED enum sc_status sc_ask_about(struct sc *s, const struct sc_source *sources, int n_sources,
                                              const struct sc_look_settings *look,
                                              const struct sc_ask_settings *settings, struct sc_answer **out,
                                              struct sc_error *err);
SC_API void sc_answer_free(struct sc_answer **a);

/* As one JSON object (docs/json-schema/answer-1.json), NUL-terminated; free() it. */
SC_API SC_CHECKED enum sc_status sc_answer_json(const struct sc_answer *a, char **out, struct sc_error *err);

/* What sc_ask would send about c, found before: the answer as after a dry run, but nothing is decoded or rendered, so
 * that no bytes are known, and answer->changes is NULL. *out: sc_answer_free. */
SC_API SC_CHECKED enum sc_status sc_preview(struct sc *s, const struct sc_changes *c,
                                            const struct sc_ask_settings *settings, struct sc_answer **out,
                                            struct sc_error *err);

/* ---- watch: what goes on ---- */

#define SC_SETTLE_US 7500000    /* an event is told when no picture of so long after its end can change what it is */

/* An event that has settled, or what came of the question about it. Valid for the call. */
struct sc_watched {
    int64_t number;         /* from 1 on, in the order of telling; an answer has its event's */
    bool is_answer;         /* this is what came of the question */
    const char *source;     /* what is watched, for people: without what may be a secret in a URL */
    const char *path;       /* in a folder: the file that it is in; else NULL */
    int64_t began_us;       /* since 1970: when its first picture came in; of a file in a folder, by the file's date */
    const struct sc_event *event; /* times since the connection was made; of a file in a folder, its own */
    const struct sc_info *info;
    const char *clip;       /* the file that it was saved as; NULL: none */
    const struct sc_answer *answer; /* NULL: no question, no answer yet, or see why_not */
    const char *why_not;    /* it could not be saved, or no question was asked or answered; else NULL */
};

struct sc_watch_settings {
    const struct sc_look_settings *look; /* fps, every_us, crop, ignore, only, mask, min_size, profile, sensitivity */
    const struct sc_ask_settings *ask; /* a question about each event, which is to be there; NULL: none. max_cost_usd: of all
                             * that is asked in this call. dump, on_body, on_text, record and dry_run are not read */
    const char *save_dir;   /* keep each event as a Matroska file there (made if it is missing); NULL: no. Not of a folder */
    int64_t before_us;      /* what is kept and asked about begins so long before an event; 0: 5 s; at most 30 s */
    int64_t idle_us;        /* end when nothing came for so long; 0: never */
    void (*on_event)(void *user, const struct sc_watched *event);
    void (*on_answer)(void *user, const struct sc_watched *event); /* later, to each event, if there is a question */
    void (*on_turn)(void *user); /* a few times a second, whatever happens; may be NULL */
    void *user;
};

/* Tell what changes as it happens: in an rtsp, http or https stream, what comes through a pipe or standard input, in a file
 * that still grows, or in the files that arrive in a folder. A stream that breaks off is connected to again, for as long
 * as it takes; the first time it must succeed. Ends with SC_OK when the source does, or after sc_watch_end, in both cases
 * when everything is told and answered. Memory is flat. Callbacks are called on the calling thread. */
SC_API SC_CHECKED enum sc_status sc_watch(struct sc *s, const struct sc_source *source,
                                          const struct sc_watch_settings *settings, struct sc_error *err);

/* End sc_watch in order. Async-signal-safe. */
SC_API void sc_watch_end(struct sc *s);

/* As one JSON object on a line, ended by a newline (docs/json-schema/watched-1.json), NUL-terminated; free() it. */
SC_API SC_CHECKED enum sc_status sc_watched_json(const struct sc_watched *w, char **out, struct sc_error *err);

/* ---- side by side: one question to several models ---- */

#define SC_MAX_SIDES 8

struct sc_side {
    char *name;             /* the model as it was named */
    struct sc_answer *answer; /* never NULL, its changes are; no text with error */
    char *error;            /* why there is no answer; NULL: there is one, or none was asked for */
    int64_t first_us, whole_us; /* from the question to the first words of the answer and to the last; -1: not known,
                             * remembered, or none asked for */
    double most_usd;        /* what the query and the longest answer cost; < 0: unknown */
};

/* What answers cite: all times of one event, of one chosen picture, or within a second of each other are one moment. */
struct sc_moment {
    int64_t time_us;        /* the first that is cited */
    int event;              /* index into changes->events; -1: none */
    bool known;             /* a picture of it was shown to one that cites it */
    uint32_t cited_by;      /* bit i: side i */
    bool agreed;            /* all that gave an answer cite it */
};

struct sc_sides {
    struct sc_side *items;
    int n, n_failed;
    struct sc_moment *moments; /* by time; only of two answers or more */
    int n_moments;
    bool nothing_changed;   /* the default question, and no change: nobody was asked */
    struct sc_changes *changes; /* the evidence; the same for all */
};

/* Ask several models at the same time about one source, each with its own best query about the same evidence. A name is
 * a model of settings' service; where it names none, "service/model" is one of that service. settings' model and windows
 * are not read; dump, on_body, record and replay must not be there. max_cost_usd bounds the sum. What is wrong with the
 * settings, a key or a limit is an error before anything is sent; a server that can't be reached or that refuses costs its
 * own answer alone, unless it is the last. on_text is not called. *out: sc_sides_free. */
SC_API SC_CHECKED enum sc_status sc_ask_each(struct sc *s, const struct sc_source *source,
                                             const struct sc_look_settings *look, const struct sc_ask_settings *settings,
                                             const char *const *models, int n_models, struct sc_sides **out,
                                             struct sc_error *err);
SC_API void sc_sides_free(struct sc_sides **sides);

/* As one JSON object (docs/json-schema/sides-1.json), NUL-terminated; free() it. */
SC_API SC_CHECKED enum sc_status sc_sides_json(const struct sc_sides *sides, char **out, struct sc_error *err);

/* ---- services: where a question can be sent ---- */

enum sc_service_state {
    SC_SERVICE_READY,       /* it has a key, or needs none; on this machine: it answers */
    SC_SERVICE_MISSING,     /* see lacks */
    SC_SERVICE_RETIRED,
};

SC_API const char *sc_service_state_name(enum sc_service_state state); /* "ready", never NULL; static */

struct sc_service {
    char *name, *dialect;
    enum sc_service_state state;
    bool local;             /* on this machine */
    bool configured;        /* config.json names it: it is asked when none is named */
    char *url;              /* NULL: it has to be given */
    char *model;            /* what would be asked there, or NULL */
    char *lacks;            /* not ready: what is missing, and what to do */
    char *offered;          /* "works", or "retired on 2026-07-06" */
    char *auth;             /* the header of its key: "Authorization: Bearer", "api-key:" */
    char *key_variable;     /* the environment variable with it, or NULL */
    bool key_required;
    char *image_formats;    /* "jpeg, png"; NULL: not known */
    int64_t limit_images, limit_body_bytes, limit_requests_a_minute, limit_tokens_a_minute, limit_in_flight,
            batch_bytes, batch_requests; /* 0: none known; batch_bytes 0: it has no batch endpoint */
    char *documented, *quirks; /* where, and a sentence or NULL */
};

struct sc_services {
    struct sc_service *rows; /* in the order in which they are preferred */
    int n;
};

/* Every service that is known. Only this machine is asked, about half a second. out: sc_services_dispose. */
SC_API SC_CHECKED enum sc_status sc_list_services(struct sc *s, struct sc_services *out, struct sc_error *err);
SC_API void sc_services_dispose(struct sc_services *services);

struct sc_model {
    char *name;
    char family[32], image_rule[32]; /* what is known of it; docs/TOKENS.md has the rules */
    int max_images;         /* that it is good at; 0: no advice */
    int64_t context_tokens; /* 0: not known */
    double usd_in, usd_out; /* a million tokens; < 0: not known */
    char *ends;             /* when it will be gone, in the service's words, or NULL */
};

struct sc_models {
    char *service, *url;
    struct sc_model *rows;
    int n;
};

/* The models that a service lists: where->service, base_url, dialect, insecure_http, timeout_s; the rest does not
 * matter. out: sc_models_dispose. */
SC_API SC_CHECKED enum sc_status sc_list_models(struct sc *s, const struct sc_ask_settings *where,
                                                struct sc_models *out, struct sc_error *err);
SC_API void sc_models_dispose(struct sc_models *models);

enum sc_check_state { SC_CHECK_FINE, SC_CHECK_FAILED, SC_CHECK_SKIPPED };

SC_API const char *sc_check_state_name(enum sc_check_state state); /* "fine", never NULL; static */

struct sc_check {
    const char *step;       /* "worker", "sandbox", "service", "name", "connection", "tls", "key", "model", "image",
                               "stream"; static */
    enum sc_check_state state;
    const char *words;      /* what was found, or what to do; valid for the call */
};

/* Start the worker and see how it is confined, then go the whole way to where->model, step by step; the last two ask it
 * about a picture of 32x32. SC_OK however the steps end: *fine_out says whether all were well. */
SC_API SC_CHECKED enum sc_status sc_doctor(struct sc *s, const struct sc_ask_settings *where,
                                           void (*on_check)(void *user, const struct sc_check *check), void *user,
                                           bool *fine_out, struct sc_error *err);

/* As one JSON object (docs/json-schema/services-1.json, models-1.json), NUL-terminated; free() it. */
SC_API SC_CHECKED enum sc_status sc_services_json(const struct sc_services *services, char **out,
                                                  struct sc_error *err);
SC_API SC_CHECKED enum sc_status sc_models_json(const struct sc_models *models, char **out, struct sc_error *err);

/* ---- prompts ---- */

struct sc_prompt {
    const char *name;       /* "system"; config_dir/prompts/system.txt takes its place; static */
    const char *about;      /* when it is used; static */
    char *text;
    bool is_own;            /* the user's */
};

struct sc_prompts {
    char version[32];       /* of them all, as in an answer */
    struct sc_prompt items[16];
    int n;
};

/* The words that go with the pictures. out: sc_prompts_dispose. */
SC_API SC_CHECKED enum sc_status sc_prompts(struct sc *s, struct sc_prompts *out, struct sc_error *err);
SC_API void sc_prompts_dispose(struct sc_prompts *p);

/* ---- what asking would cost ---- */

struct sc_cost {
    char *model, *service;  /* the service whose rules and prices these are */
    const char *pack;       /* NULL: nothing would be sent, because nothing changed; static */
    int n_images, frames_left_out;
    int64_t image_tokens, text_tokens; /* of the query */
    bool image_exact, text_exact;
    double price_usd;       /* of the query without its answer; < 0: unknown */
};

struct sc_costs {
    char *path;
    struct sc_cost *items;  /* one for each model */
    int n;
};

/* What the question of the settings about one source would cost with each model. Nothing is rendered or sent; settings'
 * model is not read. Where no service is named, that of the first one that has a price for the model. *out:
 * sc_costs_free. */
SC_API SC_CHECKED enum sc_status sc_costs(struct sc *s, const struct sc_source *source,
                                          const struct sc_look_settings *look, const struct sc_ask_settings *settings,
                                          const char *const *models, int n_models, struct sc_costs **out,
                                          struct sc_error *err);
SC_API void sc_costs_free(struct sc_costs **c);

/* As one JSON object (docs/json-schema/cost-1.json), NUL-terminated; free() it. */
SC_API SC_CHECKED enum sc_status sc_costs_json(const struct sc_costs *c, char **out, struct sc_error *err);

/* ---- archive: what is remembered of many videos ---- */

struct sc_archive;

struct sc_archive_settings {
    const char *catalog;    /* the file; NULL: seechange.db in the folder of near or the nearest one above it, else
                             * $XDG_DATA_HOME/seechange/seechange.db */
    const char *near;       /* a file or folder of the archive; NULL: the current folder */
    bool create;            /* make it if there is none: in the folder of near if that can be written to */
};

/* Open a catalogue. SC_ERR_IO when there is none (or no place for one), SC_ERR_FORMAT when it is none, is damaged, or
 * comes from a newer version. It may be open in several programs and threads at once, each with its own struct; one
 * struct belongs to one thread at a time. *out: sc_archive_close. */
SC_API SC_CHECKED enum sc_status sc_archive_open(struct sc_archive **out, const struct sc_archive_settings *settings,
                                                 struct sc_error *err);
SC_API void sc_archive_close(struct sc_archive **a);
SC_API const char *sc_archive_path(const struct sc_archive *a); /* of the file; valid until it is closed */

enum sc_video_state { SC_VIDEO_NEW, SC_VIDEO_LOOKED, SC_VIDEO_DONE, SC_VIDEO_FAILED, SC_N_VIDEO_STATES };
enum sc_failure_class { SC_TRANSIENT, SC_REFUSED, SC_BAD_MEDIA, SC_TOO_BIG, SC_BUDGET,
                        SC_QUARANTINED, /* its decoder crashed: left alone at once, until it is forgotten or changes */
                        SC_N_FAILURE_CLASSES };
enum sc_passage_kind { SC_TITLE, SC_SUMMARY, SC_TAG, SC_CAPTION, SC_SCREEN_TEXT, SC_SUBTITLE, SC_ANSWER,
                       SC_N_PASSAGE_KINDS };
enum sc_answer_kind { SC_ANSWER_CAPTION, SC_ANSWER_QUESTION };
enum sc_video_order { SC_BY_PATH, SC_BY_TITLE, SC_BY_LENGTH, SC_BY_CHANGES, SC_BY_STATE, SC_BY_COST, SC_BY_DATE,
                      SC_N_ORDERS };

SC_API const char *sc_video_state_name(enum sc_video_state state);       /* "new"; static, as the next two */
SC_API const char *sc_failure_class_name(enum sc_failure_class which);   /* "bad media" */
SC_API const char *sc_passage_kind_name(enum sc_passage_kind kind);      /* "title" */

/* One file of the archive. */
struct sc_video {
    int64_t id;
    char *path;             /* where it was seen last; absolute */
    enum sc_video_state state;
    char *title;            /* "" before it has one */
    int64_t duration_us;    /* 0: a still, or not known yet */
    int n_events;
    double cost_usd;        /* of its captions so far */
    int64_t size_bytes, mtime_us; /* mtime_us and done_us: since 1970 */
    int64_t done_us;        /* captioned then; 0: not yet */
};

struct sc_videos {
    struct sc_video *rows;
    int n;
};

/* Which ones; zeros: all. */
struct sc_video_filter {
    const char *in;         /* at or below this path */
    const char *text;       /* is part of the path or the title, in any case of ASCII letters */
    const char *tag;
    int64_t after_us;       /* modified at or after this time since 1970 */
    bool has_state;
    enum sc_video_state state;
};

/* max rows from number first on, in that order; equal ones by path. out: sc_videos_dispose. */
SC_API SC_CHECKED enum sc_status sc_archive_videos(struct sc_archive *a, const struct sc_video_filter *filter,
                                                   enum sc_video_order order, bool descending, int64_t first, int max,
                                                   struct sc_videos *out, struct sc_error *err);
SC_API void sc_videos_dispose(struct sc_videos *videos);
SC_API SC_CHECKED enum sc_status sc_archive_count(struct sc_archive *a, const struct sc_video_filter *filter,
                                                  int64_t *out, struct sc_error *err);

/* The video of this path; *id_out 0: it is not in the catalogue. */
SC_API SC_CHECKED enum sc_status sc_archive_find(struct sc_archive *a, const char *path, int64_t *id_out,
                                                 struct sc_error *err);

struct sc_passage {
    enum sc_passage_kind kind;
    int64_t start_us, end_us; /* -1: of the whole */
    char *text;
};

struct sc_kept_answer {
    int64_t id;
    enum sc_answer_kind kind;
    char *question;         /* "": captions */
    char *text;             /* of captions: the JSON object */
    char *service, *model;
    int64_t asked_us;       /* since 1970 */
    int64_t prompt_tokens, output_tokens; /* -1: not said */
    double cost_usd;        /* < 0: unknown */
    bool no_model;          /* made from the evidence alone */
};

/* Everything that is kept of one video. */
struct sc_kept {
    struct sc_video video;
    struct sc_changes *changes; /* its evidence; NULL: not looked at yet */
    struct sc_passage *passages; /* of its newest captions: title, summary, tags, then by time */
    int n_passages;
    struct sc_kept_answer *answers; /* newest first */
    int n_answers;
    char **sidecars;        /* paths of the files that were written for it */
    int n_sidecars;
};

/* SC_ERR_INVALID: there is no such video. *out: sc_kept_free. */
SC_API SC_CHECKED enum sc_status sc_archive_video(struct sc_archive *a, int64_t id, struct sc_kept **out,
                                                  struct sc_error *err);
SC_API void sc_kept_free(struct sc_kept **kept);

/* Keep an answer to a question about a file; it is read once if the catalogue does not know it. The same question to the
 * same service and model about the same content takes the place of the one before. */
SC_API SC_CHECKED enum sc_status sc_archive_keep(struct sc_archive *a, const char *path, const char *question,
                                                 const struct sc_answer *answer, struct sc_error *err);

struct sc_span {
    int start, size;        /* bytes */
};

struct sc_hit {
    int64_t video_id;
    char *path, *title;
    struct sc_passage passage;
    struct sc_span marks[16]; /* the words that were found in passage.text; ascending */
    int n_marks;
};

struct sc_hits {
    struct sc_hit *rows;
    int n;
    bool more;              /* there are others */
};

/* Full text over all passages: every word must be in one passage, in any case and without accents; "in quotes" a phrase,
 * a word that ends in * is a beginning. Titles first, then tags, text on the screen, summaries and captions; newer
 * before older. state of the filter is not read. out: sc_hits_dispose. SC_ERR_INVALID: no word in it. */
SC_API SC_CHECKED enum sc_status sc_archive_search(struct sc_archive *a, const char *words,
                                                   const struct sc_video_filter *filter, int max, struct sc_hits *out,
                                                   struct sc_error *err);
SC_API void sc_hits_dispose(struct sc_hits *hits);

struct sc_failure {
    int64_t video_id;
    char *path, *reason;
    enum sc_failure_class which;
    int tries;
    int64_t failed_us;      /* since 1970 */
};

struct sc_failures {
    struct sc_failure *rows;
    int n;
};

/* Newest first. out: sc_failures_dispose. */
SC_API SC_CHECKED enum sc_status sc_archive_failures(struct sc_archive *a, int64_t first, int max,
                                                     struct sc_failures *out, struct sc_error *err);
SC_API void sc_failures_dispose(struct sc_failures *failures);

/* One run of captions, under way or ended. */
struct sc_estimate {        /* what a dry run found */
    bool no_model;          /* no model would be asked, and nothing paid */
    int64_t n_questions, tokens; /* of the questions alone */
    double usd, most_usd;   /* of the questions, and with answers as long as they may be; < 0: not known */
};

struct sc_run {
    int64_t id, started_us, ended_us; /* since 1970; ended_us 0: see ending */
    bool is_alive;          /* it goes on, on this machine */
    char *ending;           /* "done", "stopped: ..."; "killed" if nobody said; "" while it goes on */
    int64_t n_found, n_unchanged, n_done, n_failed;
    int64_t n_pictures, prompt_tokens, output_tokens;
    double cost_usd;
    struct sc_estimate would; /* of a dry run that just ended */
};

struct sc_runs {
    struct sc_run *rows;
    int n;
};

/* The newest max. out: sc_runs_dispose. */
SC_API SC_CHECKED enum sc_status sc_archive_runs(struct sc_archive *a, int max, struct sc_runs *out,
                                                 struct sc_error *err);
SC_API void sc_runs_dispose(struct sc_runs *runs);

struct sc_archive_status {
    int64_t n_videos, n_in_state[SC_N_VIDEO_STATES];
    int64_t n_contents;     /* videos that differ */
    int64_t n_answers, n_failures;
    int64_t prompt_tokens, output_tokens;
    double cost_usd;
    int64_t file_bytes;     /* of the catalogue */
};

SC_API SC_CHECKED enum sc_status sc_archive_status(struct sc_archive *a, struct sc_archive_status *out,
                                                   struct sc_error *err);

/* Forget failures, so that the next run tries those videos as if for the first time: at or below in (NULL: all).
 * *n_out: how many. */
SC_API SC_CHECKED enum sc_status sc_archive_retry(struct sc_archive *a, const char *in, int64_t *n_out,
                                                  struct sc_error *err);

/* Forget the videos at or below in (not NULL), and what is known of contents that no other video has. No file but the
 * catalogue is touched. */
SC_API SC_CHECKED enum sc_status sc_archive_forget(struct sc_archive *a, const char *in, int64_t *n_out,
                                                   struct sc_error *err);

/* Take over everything that the catalogue of that path has and a does not, what is asked in its batches as well. Doing it
 * twice changes nothing. SC_ERR_INVALID when a batch there is not handed over yet. */
SC_API SC_CHECKED enum sc_status sc_archive_merge(struct sc_archive *a, const char *path, int64_t *n_videos_out,
                                                  struct sc_error *err);

/* Give back the space of what was forgotten. */
SC_API SC_CHECKED enum sc_status sc_archive_vacuum(struct sc_archive *a, struct sc_error *err);

/* Check the file and what it says. Each fault is told in a line; *n_out: how many there are. */
SC_API SC_CHECKED enum sc_status sc_archive_verify(struct sc_archive *a, void (*on_fault)(void *user, const char *text),
                                                   void *user, int64_t *n_out, struct sc_error *err);

struct sc_rebuild_settings {
    const char *const *paths; /* of the videos; at most 64 */
    int n_paths;
    const char *sidecar_dir; /* where the JSON files are, if not beside the videos; then there is one path */
    void (*on_notice)(void *user, const char *text); /* a file that was left, and why; may be NULL */
    void *user;
};

struct sc_rebuilt {
    char *aside;            /* where the damaged catalogue was moved to; NULL: there was none, or it has no fault */
    int64_t n_salvaged;     /* videos that it still knew */
    int64_t n_files;        /* JSON files found */
    int64_t n_taken;        /* captions taken from them; the others' were there */
    int64_t n_left;         /* files that were of no use: damaged, or their video is gone or has changed */
};

/* Make the catalogue of these settings anew, if it is damaged, out of the rows that can still be read; then add the captions
 * of the JSON files (write of sc_caption_settings) below the paths. Every video that has one is read once, to be sure that
 * it is the one. Nothing is removed, nothing written beside videos. out: sc_rebuilt_dispose. SC_ERR_FORMAT: the file is no
 * catalogue; SC_ERR_IO: a run is at it. */
SC_API SC_CHECKED enum sc_status sc_archive_rebuild(struct sc *s, const struct sc_archive_settings *where,
                                                    const struct sc_rebuild_settings *settings, struct sc_rebuilt *out,
                                                    struct sc_error *err);
SC_API void sc_rebuilt_dispose(struct sc_rebuilt *r);

/* ---- ask about everything that a catalogue has ---- */

struct sc_narrowing {       /* which videos the model is told of */
    struct sc_video_filter filter; /* text and state are not read */
    int max_videos;         /* 0: 20; at most 1000 */
    bool anew;              /* an answer that is remembered does not count */
};

struct sc_clip {            /* one of them */
    int64_t video_id;
    char *path, *title;
    int n_lines, lines_left_out; /* of what is kept of it: told, and left out for the budget */
};

struct sc_clip_citation {
    int clip;               /* as the answer says it, less 1: index into clips if known */
    int64_t time_us;        /* -1: the whole clip */
    bool known;             /* there is such a clip, and something is kept of that time */
};

struct sc_archive_answer {
    char *words;            /* of the question that were searched for; "": none, or none was found: the newest videos */
    struct sc_clip *clips;  /* best first; 0: nothing was found, and nothing asked */
    int n_clips;
    int64_t n_found;        /* videos that it could be about; those beyond n_clips were left out */
    struct sc_clip_citation *citations; /* each once, in the order of the text */
    int n_citations;
    struct sc_answer *answer; /* text, JSON, tokens, price; changes is NULL. NULL if nothing was found */
};

/* Ask a question (settings->question) about a whole catalogue: it is narrowed down to some videos by the words of the
 * question and the filter, and of these the model is told what is kept, captions with their times, text on the screen,
 * what is said. No video is opened. Without a model the answer is what is kept of the words. *out: sc_archive_answer_free.
 * SC_ERR_INVALID: no question. */
SC_API SC_CHECKED enum sc_status sc_archive_ask(struct sc *s, struct sc_archive *a, const struct sc_narrowing *which,
                                                const struct sc_ask_settings *settings, struct sc_archive_answer **out,
                                                struct sc_error *err);
SC_API void sc_archive_answer_free(struct sc_archive_answer **a);

/* As one JSON object (docs/json-schema/archive-answer-1.json), NUL-terminated; free() it. */
SC_API SC_CHECKED enum sc_status sc_archive_answer_json(const struct sc_archive_answer *a, char **out,
                                                        struct sc_error *err);

/* ---- caption: many videos ---- */

enum sc_caption_event { SC_CAPTIONED, SC_CAPTION_FAILED, SC_CAPTION_WRITTEN, SC_CAPTION_NOTICE };

/* What happened to one video, or a line about the run. Valid for the call. */
struct sc_captioned {
    enum sc_caption_event event; /* WRITTEN: its captions were there, files beside it were not */
    const char *path;       /* NULL for a notice */
    const char *title;      /* "" if it failed */
    const char *text;       /* why it failed; a notice's words; else NULL */
    enum sc_failure_class which; /* SC_CAPTION_FAILED */
    int64_t prompt_tokens, output_tokens; /* -1: not said */
    double cost_usd;        /* < 0: unknown */
    bool no_model;
};

struct sc_caption_progress {
    struct sc_run run;      /* the counts so far; ending is "" */
    int64_t n_left;         /* known of, and not done yet */
    int n_looking, n_asking; /* at the moment */
    int64_t elapsed_us;
    bool is_walking;        /* there may be more videos than n_left tells */
    const char *path;       /* begun last, or NULL; valid for the call */
};

struct sc_caption_settings {
    const char *const *paths; /* files and folders */
    int n_paths;            /* 1 to 4096 */
    const char *include, *exclude; /* patterns with commas between: of names, or of paths if there is a slash in them */
    const struct sc_look_settings *look; /* on_look is not called */
    const struct sc_ask_settings *ask; /* where and how; question: NULL: for a catalogue; schema: NULL: "caption".
                             * max_cost_usd: of the whole run; dump, on_body, on_text and dry_run are not read */
    const char *language;   /* of the captions, in words: "Hungarian"; NULL: the model's choice */
    const char *write;      /* files beside each video: "vtt,srt,json,md,csv,xmp,ffmetadata" or some of them; NULL: none */
    const char *sidecar_dir; /* below this folder instead, as the videos are below their paths */
    bool redo;              /* ask again about what is done */
    bool only_failed;
    bool batch;             /* through the service's batch endpoint, for its price there: a first call hands the questions
                             * over, a later one under the same settings fetches the answers and does nothing else. The
                             * bound on the cost holds for what one call hands over; run_out->ending "waiting: ..." when
                             * answers are outstanding */
    bool dry_run;           /* make the questions, say in a notice and in run_out->would how much they are, send nothing */
    int tries;              /* a video that failed so often is left alone; 0: 3 */
    int64_t max_failures;   /* end the run then; 0: never */
    int64_t until_us;       /* begin none after this time since 1970; 0: go on to the end */
    int64_t max_pixels;     /* as struct sc_source has it, of each of them */
    int jobs;               /* looked at side by side; 0: as many as processors */
    int requests;           /* asked about side by side, as far as the service lets us; 0: 4 */
    int shard, n_shards;    /* only each n-th video by the hash of its path, 1 to n_shards; 0: all */
    /* Called one at a time, but from several threads; may be NULL. */
    void (*on_video)(void *user, const struct sc_captioned *video);
    void (*on_progress)(void *user, const struct sc_caption_progress *progress); /* five times a second */
    void *user;
};

/* Caption every video and still at or below the paths that the catalogue does not have captions of under these settings.
 * What is finished is kept at once; a run that is cancelled, killed or cut off is gone on with by the next. SC_OK also
 * when some failed: run_out->n_failed; run_out->ending says why it ended: "done", or "stopped: ...". SC_ERR_IO when the
 * catalogue can't be written. run_out: free(run_out->ending), NULL after an error. */
SC_API SC_CHECKED enum sc_status sc_caption(struct sc *s, struct sc_archive *a, const struct sc_caption_settings *settings,
                                            struct sc_run *run_out, struct sc_error *err);

/* ---- batches: what sc_caption handed over ---- */

enum sc_batch_action { SC_BATCH_LIST, SC_BATCH_ASK, SC_BATCH_CANCEL };

struct sc_batch {
    char name[32];          /* hexadecimal digits */
    char *service, *url, *model;
    char *status;           /* a word of the service's, or "not handed over" */
    char *why;              /* it was not taken: the service's words; else NULL */
    int64_t made_us;        /* since 1970 */
    int64_t n_questions, n_answered, n_failed;
    int n_files;
    bool is_over;           /* nothing runs any more: sc_caption fetches what there is */
};

struct sc_batches {
    struct sc_batch *rows;
    int n;
};

/* The batches of an archive, or that whose name begins so (NULL: all): LIST as known last, ASK how far the services are,
 * CANCEL: end them; what is answered by then is billed. out: sc_batches_dispose. SC_ERR_IO: another program is at it. */
SC_API SC_CHECKED enum sc_status sc_list_batches(struct sc *s, struct sc_archive *a, enum sc_batch_action action,
                                                 const char *name, bool insecure_http, struct sc_batches *out,
                                                 struct sc_error *err);
SC_API void sc_batches_dispose(struct sc_batches *batches);

#ifdef __cplusplus
}
#endif
#endif
