/* The query: one ordered list of text and image parts for one model, and the render plan of its images (early fusion).
 *
 * Built from evidence and a model's facts, before a pixel is rendered; then the images' bytes are attached by index.
 * The client writes it in the service's dialect. Same evidence, model and settings: the same query, byte for byte.
 * Thread-safety: plain data. */
#ifndef FUSION_QUERY_H
#define FUSION_QUERY_H

#include "base/buffer.h"
#include "frames/plan.h"
#include "fusion/lines.h"
#include "fusion/prompts.h"
#include "fusion/view.h"

enum part_type { PART_TEXT, PART_IMAGE };

struct query_part {
    enum part_type type;
    char *text;              /* PART_TEXT: UTF-8, special strings of models broken up, no space around; owned */
    /* PART_IMAGE: */
    int image;               /* index into plan.images, views and the rendered bytes */
    int64_t time_us;
    enum sc_role role;
    int event;
    int width, height;
    enum image_detail detail;
    struct image_tokens cost;
    struct buffer data;      /* the encoded image, once rendered; owned */
    const char *content_type; /* "image/jpeg" by its first bytes, once rendered; static */
};

/* What was said after the user's message: an answer of the model's, or more of the user's; they take turns. */
struct query_turn {
    bool by_model;
    char *text;              /* UTF-8, made safe like a part's; owned */
};

struct query {
    char *system;            /* one string, or NULL */
    struct query_part *parts; /* one user message */
    int n_parts, n_images;
    struct query_turn *turns;
    int n_turns;             /* even: the user has the last word */
    struct plan plan;
    struct views views;      /* what the images show */
    const char *pack;        /* the packing's name; static */
    char pack_reason[128];   /* why it was taken, in words; "" if the caller named it */
    int64_t image_tokens, text_tokens, layout_tokens;
    bool image_exact, text_exact; /* the layout's: see struct model */
    int frames_left_out;     /* chosen frames that the budget had no room for */
    int *left_out;           /* which: indices into evidence->frames, by time; owned */
    int n_lines, lines_left_out; /* of words with times: those in it, and those that had no room */
    bool shrunk;             /* images are smaller than the model makes the most of, to fit the budget */
};

struct schema;

struct query_settings {
    const char *question;    /* NULL or "": the default one (fusion/prompts) */
    const struct prompts *prompts; /* NULL: as compiled in */
    const char *pack;        /* "full", "pair", "delta", "grid"; NULL or "auto": what tells most for its tokens */
    const struct schema *schema; /* the answer is to obey it; NULL: it is words */
    int part, n_parts;       /* where the question is asked in several parts: which one this is, from 0, and of how many */
    enum prompt_name ask;    /* where there is no question; 0: PROMPT_QUESTION. Of a still PROMPT_QUESTION_STILL, unless
                              * this is PROMPT_CAPTION */
    bool no_hints;           /* no word of what was measured */
    const char *metadata;    /* what the file says of itself, in words; NULL or "": nothing */
    const struct lines *lines; /* words with times, by their beginning; NULL: none */
    int max_images;          /* 0: the model's advice; the service's limit holds in any case */
    int64_t max_tokens;      /* of images, layout and text; 0: none. Too small for one image: SC_ERR_LIMIT */
    int quality;             /* of JPEG; 0: QUERY_QUALITY */
};

#define QUERY_QUALITY 88

/* Order of the parts: words about the whole and the label of the first image; the first image; for each further one
 * its label and it; the question last. Lines of words stand before the label of the first image that is later than
 * their beginning, those after all images before the question; they take at most a third of the tokens allowed
 * (LINES_TOKENS if all are), those farthest from a chosen frame give way first. Over budget, frames for context are left
 * out first, then images become smaller, then frames are left out by rank, the first and the last after all others.
 * docs/FUSION.md has this and the packings. SC_ERR_INVALID for evidence without a frame or a size, and for an unknown
 * packing. */
SC_CHECKED enum sc_status query_build(const struct sc_changes *evidence, const struct model *model,
                                      const struct query_settings *settings, struct query *out,
                                      struct sc_error *err);       /* out: query_dispose */
void query_dispose(struct query *q);

/* Append what the model answered and what it is told to that, both made safe as a question is. Their tokens count. */
SC_CHECKED enum sc_status query_add_turns(struct query *q, const struct model *model, const char *answer,
                                          const char *reply, struct sc_error *err);

/* Attach the bytes of plan image i (moved out of *data). SC_ERR_FORMAT when they are no JPEG, PNG or WebP. */
SC_CHECKED enum sc_status query_attach(struct query *q, int image, struct buffer *data, struct sc_error *err);

/* Append text as valid UTF-8 without control characters (newline and tab pass), with every string broken up by a
 * zero-width space that a server could take for a special token or an image placeholder: <|...|>, <__media__>, [img],
 * [img-3], <image>, <start_of_image> and their like (the table in fusion/safe.c). Doing it twice changes nothing. */
SC_CHECKED enum sc_status query_add_safe_text(struct buffer *out, const char *text, struct sc_error *err);

#endif
