/* A video that is looked at: what is known of it, and where the person is in it. State only; nothing here draws.
 * Thread-safety: main thread. A film lives as long as the program, so that jobs may point to it. */
#ifndef UI_TUI_FILM_H
#define UI_TUI_FILM_H

#include "ui-tui/jobs.h"

#define MAX_MARKS 256
#define MAX_UNDO 64

enum film_state { FILM_NEW, FILM_LOOKING, FILM_READY, FILM_FAILED };

/* How much changed, over time. Times ascend. */
struct curve {
    int64_t *times_us;
    float *scores;           /* 0..1, against the last kept picture or the one before, whichever is more */
    int n, room;
};

/* Shared by jobs that read it on their threads. */
struct evidence {
    struct sc_changes *changes;
    atomic_int n_refs;
};

struct marks {
    int64_t times_us[MAX_MARKS]; /* ascending */
    int n;
    int64_t from_us, to_us;  /* the span; -1: none, or not ended yet */
};

struct conversation;

struct film {
    struct jobs *jobs;
    struct sc_source source; /* path owned */
    struct sc_look_settings look;
    struct sc_ask_settings ask;
    char *own_model;         /* that ask names, chosen here; or NULL */
    uint64_t id;             /* of its path, size and time: what pictures are kept by */
    enum film_state state;
    struct sc_error err;
    struct evidence *evidence;   /* NULL until something is known */
    struct curve curve;
    int64_t done_us, total_us;   /* while it is looked at */
    double sensitivity;
    struct sc_answer *preview;   /* what asking would send; NULL: not known, see preview_err */
    struct sc_error preview_err;
    bool is_previewing;
    int64_t cursor_us;
    struct marks marks, undo[MAX_UNDO];
    int n_undo;
    char *catalog;           /* where its answers are kept, a file; NULL: nowhere */
    struct sc_kept *kept;    /* what a catalogue knows of it; NULL: nothing */
    struct conversation *conversation; /* answers so far; NULL: none */
    unsigned version;        /* changes with anything that is drawn */
};

/* NULL: no memory. The settings' pointers must outlive the film. */
struct film *film_open(struct jobs *jobs, const struct sc_source *source, const struct sc_look_settings *look,
                       const struct sc_ask_settings *ask, const char *path);
void film_close(struct film **f);

struct evidence *evidence_ref(struct evidence *e);
void evidence_unref(struct evidence **e);

/* NULL: nothing is known yet. */
const struct sc_changes *film_changes(const struct film *f);

/* Look at it, if that has not been done. */
void film_look(struct film *f);

/* Decide again with another sensitivity, from what is kept. */
void film_retune(struct film *f, double sensitivity);

/* Work out again what asking would send. */
void film_preview(struct film *f);

/* From the first picture to the last; 0 while nothing is known. */
int64_t film_length(const struct film *f);

/* The last event that has begun at that time, or -1. */
int film_event_at(const struct film *f, int64_t time_us);

/* The chosen frame that is nearest, or -1. */
int film_frame_at(const struct film *f, int64_t time_us);

/* The highest score of each of n equal stretches of the film. */
void film_curve(const struct film *f, float *out, int n);

void film_go(struct film *f, int64_t time_us);

/* count events on (or back, negative). false: there is none. */
bool film_go_event(struct film *f, int count);

void film_mark(struct film *f);      /* or take the mark at the cursor away */
void film_span(struct film *f);
bool film_undo(struct film *f);      /* false: nothing to undo */
bool film_go_mark(struct film *f, int count);

#endif
