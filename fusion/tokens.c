/* What an image costs: one function for each rule, and the sizes that make the best of them. */
#include "fusion/tokens.h"

#include <string.h>

enum {
    LLAMA4_TILE = 336,       /* pixels along a tile */
    LLAMA4_TILE_PATCHES = 144, /* (336 / 14)^2 vision patches, 2 x 2 merged into one */
    LLAMA4_MAX_TILES = 16,
    LLAMACPP_MAX_SIDE_TILES = 3,
    OPENAI_TILE = 512, OPENAI_BOX = 2048, OPENAI_SHORT = 768,
    OPENAI_PATCH = 32, OPENAI_MAX_PATCHES = 1536,
    UNKNOWN_PATCH = 16, UNKNOWN_LEAST = 600,
    LONGEST_SIDE = 8192,     /* no larger picture is ever sent */
    USEFUL_SIDE = 256,       /* smaller pictures tell too little */
};

struct size {
    int w, h;
};

static int64_t div_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t div_round(int64_t a, int64_t b) { return (2 * a + b) / (2 * b); }
static int min_int(int a, int b) { return a < b ? a : b; }
static int max_int(int a, int b) { return a > b ? a : b; }

static int64_t root(int64_t n)
{
    int64_t low = 0, high = 3037000499; /* its square is the last that fits */

    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;

        if (middle <= n / middle)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* The picture with its longer side made side pixels long. */
static struct size scaled(struct size from, int side)
{
    int64_t longer = max_int(from.w, from.h);
    struct size s = { max_int(1, (int)div_round((int64_t)from.w * side, longer)),
                      max_int(1, (int)div_round((int64_t)from.h * side, longer)) };

    return s;
}

/* ---- Llama 4 ---- */

struct fraction {
    int64_t n, d;
};

static int compare(struct fraction a, struct fraction b)
{
    int64_t left = a.n * b.d, right = b.n * a.d;

    return (left > right) - (left < right);
}

static struct fraction canvas_scale(struct size s, int columns, int rows)
{
    struct fraction across = { (int64_t)columns * LLAMA4_TILE, s.w }, down = { (int64_t)rows * LLAMA4_TILE, s.h };

    return compare(across, down) < 0 ? across : down;
}

/* The smallest canvas scale that does not shrink the picture, else the one that shrinks it least; among equals the
 * fewest tiles. */
void tokens_llama4_grid(int width, int height, int max_tiles, int *columns_out, int *rows_out)
{
    const struct fraction one = { 1, 1 };
    struct size s = { width, height };
    struct fraction best = { 0, 1 };
    int columns, rows;

    *columns_out = *rows_out = 1;
    for (columns = 1; columns <= max_tiles; columns++) {
        for (rows = 1; rows * columns <= max_tiles; rows++) {
            struct fraction f = canvas_scale(s, columns, rows);
            bool fits = compare(f, one) >= 0, best_fits = compare(best, one) >= 0;
            int order = compare(f, best);
            bool better = fits != best_fits ? fits
                        : order != 0        ? (fits ? order < 0 : order > 0)
                                            : columns * rows < *columns_out * *rows_out;

            if (better) {
                best = f;
                *columns_out = columns;
                *rows_out = rows;
            }
        }
    }
}

static int llama4_max_tiles(const struct model *m) { return m->max_tiles > 0 ? m->max_tiles : LLAMA4_MAX_TILES; }

static int64_t with_separators(int64_t tiles) { return tiles == 1 ? 147 : 145 * tiles + 147; }

static void count_llama4(const struct model *m, struct size s, enum image_detail detail, struct image_tokens *out)
{
    int64_t tiles;

    (void)detail;
    tokens_llama4_grid(s.w, s.h, llama4_max_tiles(m), &out->columns, &out->rows);
    tiles = (int64_t)out->columns * out->rows;
    out->patches = LLAMA4_TILE_PATCHES * (tiles == 1 ? 1 : tiles + 1);
    out->tokens = with_separators(tiles);
}

static int seen_on_canvas(struct size s, int columns, int rows)
{
    struct fraction f = canvas_scale(s, columns, rows);
    int longer = max_int(s.w, s.h);

    return f.n >= f.d ? longer : max_int(1, (int)(longer * f.n / f.d));
}

static int seen_llama4(const struct model *m, struct size s)
{
    int columns, rows;

    tokens_llama4_grid(s.w, s.h, llama4_max_tiles(m), &columns, &rows);
    return seen_on_canvas(s, columns, rows);
}

/* ---- llama.cpp's own slicing for Llama 4 ---- */

/* Most pixels kept, then least canvas wasted; columns 0 for a picture that is not sliced. */
static void llamacpp_grid(struct size s, int *columns_out, int *rows_out)
{
    int64_t best_kept = -1, best_waste = 0;
    int columns, rows;

    *columns_out = *rows_out = 0;
    if (s.w <= LLAMA4_TILE && s.h <= LLAMA4_TILE)
        return;
    for (columns = 1; columns <= LLAMACPP_MAX_SIDE_TILES; columns++) {
        for (rows = columns == 1 ? 2 : 1; rows <= LLAMACPP_MAX_SIDE_TILES; rows++) {
            int64_t across = (int64_t)columns * LLAMA4_TILE, down = (int64_t)rows * LLAMA4_TILE;
            bool wide = across * s.h <= down * s.w;
            int64_t w = wide ? across : s.w * down / s.h, h = wide ? s.h * across / s.w : down;
            int64_t all = (int64_t)s.w * s.h, kept = w * h < all ? w * h : all, waste = across * down - kept;

            if (kept > best_kept || (kept == best_kept && waste < best_waste)) {
                best_kept = kept;
                best_waste = waste;
                *columns_out = columns;
                *rows_out = rows;
            }
        }
    }
}

static void count_llamacpp(const struct model *m, struct size s, enum image_detail detail, struct image_tokens *out)
{
    (void)m;
    (void)detail;
    llamacpp_grid(s, &out->columns, &out->rows);
    out->patches = LLAMA4_TILE_PATCHES * ((int64_t)out->columns * out->rows + 1);
    out->tokens = out->patches + 2;
}

static void count_llamacpp_separators(const struct model *m, struct size s, enum image_detail detail,
                                      struct image_tokens *out)
{
    count_llamacpp(m, s, detail, out);
    out->tokens = with_separators(out->columns ? (int64_t)out->columns * out->rows : 1);
}

static int seen_llamacpp(const struct model *m, struct size s)
{
    int columns, rows;

    (void)m;
    llamacpp_grid(s, &columns, &rows);
    return columns ? seen_on_canvas(s, columns, rows) : max_int(s.w, s.h);
}

/* ---- OpenAI ---- */

static struct size openai_shrunk(struct size s)
{
    int64_t longer = max_int(s.w, s.h), shorter;

    if (longer > OPENAI_BOX) {
        s.w = max_int(1, (int)div_round((int64_t)s.w * OPENAI_BOX, longer));
        s.h = max_int(1, (int)div_round((int64_t)s.h * OPENAI_BOX, longer));
    }
    shorter = min_int(s.w, s.h);
    if (shorter > OPENAI_SHORT) {
        s.w = (int)div_round((int64_t)s.w * OPENAI_SHORT, shorter);
        s.h = (int)div_round((int64_t)s.h * OPENAI_SHORT, shorter);
    }
    return s;
}

static void count_openai_tiles(const struct model *m, struct size s, enum image_detail detail,
                               struct image_tokens *out)
{
    out->tokens = m->base_tokens;
    if (detail == DETAIL_LOW)
        return;
    s = openai_shrunk(s);
    out->columns = (int)div_up(s.w, OPENAI_TILE);
    out->rows = (int)div_up(s.h, OPENAI_TILE);
    out->tokens += (int64_t)m->tile_tokens * out->columns * out->rows;
}

static int seen_openai_tiles(const struct model *m, struct size s)
{
    (void)m;
    s = openai_shrunk(s);
    return max_int(s.w, s.h);
}

bool tokens_low_is_enough(const struct model *m, int width, int height)
{
    return !strcmp(m->rule, "openai-tiles") && width <= OPENAI_TILE && height <= OPENAI_TILE &&
           (int64_t)width * height * m->tile_tokens <= (int64_t)OPENAI_TILE * OPENAI_TILE * m->base_tokens;
}

/* A picture of more patches is shrunk until one side is a whole number of them and all fit. */
static void shrunk_patches(struct size s, int64_t most, struct image_tokens *out)
{
    int64_t a = root(most * s.w / s.h), b = root(most * s.h / s.w);

    a = a ? a : 1;
    b = b ? b : 1;
    if (a * s.h <= b * s.w)
        b = div_up(a * s.h, s.w);
    else
        a = div_up(b * s.w, s.h);
    out->columns = (int)a;
    out->rows = (int)b;
    out->patches = a * b < most ? a * b : most;
}

static int64_t max_patches(const struct model *m) { return m->max_patches > 0 ? m->max_patches : OPENAI_MAX_PATCHES; }

static void count_openai_patches(const struct model *m, struct size s, enum image_detail detail,
                                 struct image_tokens *out)
{
    int64_t across = div_up(s.w, OPENAI_PATCH), down = div_up(s.h, OPENAI_PATCH);

    (void)detail;
    out->columns = (int)across;
    out->rows = (int)down;
    out->patches = across * down;
    if (out->patches > max_patches(m)) {
        shrunk_patches(s, max_patches(m), out);
        out->exact = false; /* bills were seen that differ from the documented rule */
    }
    out->tokens = div_up(out->patches * m->patch_permille, 1000);
}

static int seen_openai_patches(const struct model *m, struct size s)
{
    struct image_tokens t = { 0 };
    int longer = max_int(s.w, s.h);

    count_openai_patches(m, s, DETAIL_HIGH, &t);
    return min_int(longer, OPENAI_PATCH * max_int(t.columns, t.rows));
}

/* ---- others ---- */

static void count_fixed(const struct model *m, struct size s, enum image_detail detail, struct image_tokens *out)
{
    (void)s;
    (void)detail;
    out->tokens = m->fixed_tokens;
}

/* As many as the most wasteful of the published schemes: a patch for each 16 x 16 pixels and a mark at the end of each
 * row (Pixtral), not less than the fixed 576 of the LLaVA family. */
static void count_unknown(const struct model *m, struct size s, enum image_detail detail, struct image_tokens *out)
{
    int64_t down = div_up(s.h, UNKNOWN_PATCH), tokens = div_up(s.w, UNKNOWN_PATCH) * down + down;

    (void)m;
    (void)detail;
    out->tokens = tokens > UNKNOWN_LEAST ? tokens : UNKNOWN_LEAST;
    out->exact = false;
}

static int seen_all(const struct model *m, struct size s)
{
    (void)m;
    return min_int(max_int(s.w, s.h), OPENAI_BOX);
}

static const struct rule {
    const char *name;
    /* Fill *out, which is empty but for exact. */
    void (*count)(const struct model *m, struct size s, enum image_detail detail, struct image_tokens *out);
    /* The longer side of what the model sees of such a picture: more pixels are thrown away. */
    int (*seen)(const struct model *m, struct size s);
} rules[] = {
    { "llama4", count_llama4, seen_llama4 },
    { "llama4-llamacpp", count_llamacpp, seen_llamacpp },
    { "llama4-llamacpp-separators", count_llamacpp_separators, seen_llamacpp },
    { "openai-tiles", count_openai_tiles, seen_openai_tiles },
    { "openai-patches", count_openai_patches, seen_openai_patches },
    { "fixed", count_fixed, seen_all },
    { "unknown", count_unknown, seen_all },
};

static const struct rule *find_rule(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(rules[i].name, name))
            return &rules[i];
    return NULL;
}

bool tokens_has_rule(const char *name) { return find_rule(name) != NULL; }

enum sc_status tokens_image(const struct model *model, int width, int height, enum image_detail detail,
                            struct image_tokens *out, struct sc_error *err)
{
    const struct rule *rule = find_rule(model->rule);
    struct size s = { width, height };

    memset(out, 0, sizeof *out);
    if (width < 1 || height < 1)
        return fail(err, SC_ERR_INVALID, "no image has %dx%d pixels", width, height);
    if (!rule)
        return fail(err, SC_ERR_INVALID, "unknown image rule '%s' of model family '%s'", model->rule, model->family);
    out->exact = model->image_exact;
    rule->count(model, s, detail, out);
    return SC_OK;
}

bool tokens_sees_all(const struct model *model, int width, int height)
{
    const struct rule *rule = find_rule(model->rule);
    struct size s = { max_int(width, 1), max_int(height, 1) };
    int longer = max_int(s.w, s.h);

    return rule && longer <= LONGEST_SIDE && (!model->max_side || longer <= model->max_side) &&
           rule->seen(model, s) >= longer;
}

/* ---- sizes ---- */

static int64_t cost(const struct rule *r, const struct model *m, struct size s, enum image_detail detail)
{
    struct image_tokens t = { 0 };

    r->count(m, s, detail, &t);
    return t.tokens;
}

/* Give up at most an eighth of the side where that saves a quarter of the tokens, and more of them than of pixels. */
static int without_sliver(const struct rule *r, const struct model *m, struct size from, enum image_detail detail,
                          int side, int least)
{
    int64_t best_cost = cost(r, m, scaled(from, side), detail), best_area = (int64_t)side * side;
    int best = side, s;

    for (s = side - 1; s >= least && 8 * s >= 7 * side; s--) {
        int64_t c = cost(r, m, scaled(from, s), detail), area = (int64_t)s * s;

        if (4 * c > 3 * best_cost || 100 * c * best_area > 85 * best_cost * area)
            continue;
        best = s;
        best_cost = c;
        best_area = area;
    }
    return best;
}

static int64_t distortion(struct size from, struct size to)
{
    int64_t d = (int64_t)from.w * to.h - (int64_t)from.h * to.w;

    return d < 0 ? -d : d;
}

/* Of the sizes with the same shorter side, the one truest in proportion. */
static struct size truest(struct size from, int side)
{
    struct size best = scaled(from, side), s;

    while (side-- > 1) {
        s = scaled(from, side);
        if (min_int(s.w, s.h) != min_int(best.w, best.h) || distortion(from, s) >= distortion(from, best))
            break;
        best = s;
    }
    return best;
}

bool tokens_size_within(const struct model *model, int width, int height, enum image_detail detail, int64_t max_tokens,
                        int *width_out, int *height_out)
{
    const struct rule *r = find_rule(model->rule);
    struct size from = { max_int(width, 1), max_int(height, 1) }, to;
    int most, least, side;

    if (!r)
        r = find_rule("unknown");
    if (model->best_tokens > 0 && model->best_tokens < max_tokens)
        max_tokens = model->best_tokens;
    most = min_int(r->seen(model, from), LONGEST_SIDE);
    if (detail == DETAIL_LOW)
        most = min_int(most, OPENAI_TILE);
    if (model->max_side > 0)
        most = min_int(most, model->max_side);
    least = min_int(most, USEFUL_SIDE);
    for (side = most; side > least && cost(r, model, scaled(from, side), detail) > max_tokens; side--)
        ;
    side = without_sliver(r, model, from, detail, side, least);
    to = truest(from, side);
    *width_out = to.w;
    *height_out = to.h;
    return cost(r, model, to, detail) <= max_tokens;
}

void tokens_best_size(const struct model *model, int width, int height, int *width_out, int *height_out)
{
    (void)tokens_size_within(model, width, height, DETAIL_HIGH, INT64_MAX, width_out, height_out);
}

/* ---- text ---- */

static bool is_letter(unsigned char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

/* Byte-pair vocabularies of 200,000 entries hold common English words whole and cut digits into runs of three; what is
 * not ASCII is taken at two tokens for three bytes. */
int64_t tokens_text_estimate(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t bytes = strlen(text);
    int64_t thirds = 0, cautious = ((int64_t)bytes + 2) / 3, n;

    while (*p) {
        const unsigned char *start = p;

        if (is_letter(*p)) {
            while (is_letter(*p))
                p++;
            thirds += 3 * (1 + (p - start) / 6);
        } else if (is_digit(*p)) {
            while (is_digit(*p))
                p++;
            thirds += 3 * div_up(p - start, 3);
        } else if (*p >= 0x80) {
            while (*p >= 0x80)
                p++;
            thirds += 2 * (p - start);
        } else if (*p == ' ') {
            p++;
            thirds += is_letter(*p) ? 0 : 3;
        } else {
            p++;
            thirds += 3;
        }
    }
    n = div_up(thirds, 3);
    n = n > cautious ? n : cautious;
    return n < (int64_t)bytes ? n : (int64_t)bytes;
}
