/* Letters by curses. */
#include "ui-tui/screen.h"

#include <curses.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "ui-cli/visible.h"
#include "ui-tui/graphics.h"
#include "ui-tui/leave.h"

#define ESCAPE_MS 50             /* an escape that nothing follows is the key */

const char *const style_names[] = { "plain", "dim", "strong", "bar", "selected", "accent", "good", "warn", "bad",
                                    "curve", "event", "mark", "cursor", "link", NULL };

struct screen {
    const struct terminal *terminal;
    SCREEN *curses;
    attr_t attributes[N_STYLES];
    short pairs[N_STYLES];
    struct graphics_state graphics;
    int cursor_row, cursor_col;
};

/* ---- styles ---- */

/* Ink on the terminal's own ground, dark and light. -1: its own ink. */
static const struct {
    short dark, light;
    attr_t attributes;
} defaults[N_STYLES] = {
    [STYLE_PLAIN] = { -1, -1, A_NORMAL },
    [STYLE_DIM] = { -1, -1, A_DIM },
    [STYLE_STRONG] = { -1, -1, A_BOLD },
    [STYLE_BAR] = { -1, -1, A_REVERSE },
    [STYLE_SELECTED] = { -1, -1, A_REVERSE },
    [STYLE_ACCENT] = { COLOR_CYAN, COLOR_BLUE, A_NORMAL },
    [STYLE_GOOD] = { COLOR_GREEN, COLOR_GREEN, A_NORMAL },
    [STYLE_WARN] = { COLOR_YELLOW, COLOR_MAGENTA, A_NORMAL },
    [STYLE_BAD] = { COLOR_RED, COLOR_RED, A_BOLD },
    [STYLE_CURVE] = { COLOR_CYAN, COLOR_BLUE, A_NORMAL },
    [STYLE_EVENT] = { COLOR_YELLOW, COLOR_RED, A_BOLD },
    [STYLE_MARK] = { COLOR_GREEN, COLOR_GREEN, A_BOLD },
    [STYLE_CURSOR] = { -1, -1, A_REVERSE },
    [STYLE_LINK] = { COLOR_CYAN, COLOR_BLUE, A_UNDERLINE },
};

static void make_styles(struct screen *s, const struct style_look *looks)
{
    const bool coloured = s->terminal->colours && has_colors();
    int i;

    if (coloured) {
        start_color();
        use_default_colors();
    }
    for (i = 0; i < N_STYLES; i++) {
        const struct style_look *look = &looks[i];
        short ink = look->is_set          ? (short)look->ink
                    : s->terminal->is_light ? defaults[i].light
                                            : defaults[i].dark;
        short ground = look->is_set ? (short)look->ground : -1;

        s->attributes[i] = defaults[i].attributes;
        if (look->is_set)
            s->attributes[i] = (look->bold ? A_BOLD : 0) | (look->underline ? A_UNDERLINE : 0) |
                               (look->reverse ? A_REVERSE : 0) | (look->dim ? A_DIM : 0);
        if (!coloured || (ink < 0 && ground < 0) || ink >= COLORS || ground >= COLORS)
            continue;
        s->pairs[i] = (short)(i + 1);
        init_pair(s->pairs[i], ink, ground);
    }
}

static void use_style(const struct screen *s, enum style style)
{
    attr_set(s->attributes[style], s->pairs[style], NULL);
}

/* ---- begin and end ---- */

/* What Home and End send where the description says otherwise: PuTTY, and tmux with a TERM of others. */
static void add_keys(void)
{
    static const struct {
        const char *bytes;
        int code;
    } more[] = { { "\033[1~", KEY_HOME }, { "\033[4~", KEY_END }, { "\033[7~", KEY_HOME }, { "\033[8~", KEY_END },
                 { "\033[H", KEY_HOME }, { "\033[F", KEY_END }, { "\033OH", KEY_HOME }, { "\033OF", KEY_END } };
    size_t i;

    for (i = 0; i < sizeof more / sizeof *more; i++)
        if (!key_defined(more[i].bytes))
            define_key(more[i].bytes, more[i].code);
}

static void set_modes(void)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    add_keys();
    nodelay(stdscr, TRUE);
    curs_set(0);
    set_escdelay(ESCAPE_MS);
    mouseinterval(0);
    mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

enum sc_status screen_open(struct screen **out, const struct terminal *t, const struct style_look *looks,
                           struct sc_error *err)
{
    struct screen *s = calloc(1, sizeof *s);
    const char *term = getenv("TERM");
    char leave[LEAVE_BYTES];

    *out = NULL;
    err->code = SC_ERR_IO;
    use_env(FALSE);              /* the terminal knows its size better than the environment */
    use_tioctl(TRUE);
    if (s && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        s->curses = newterm(NULL, stdout, stdin);
    if (!s || !s->curses) {
        snprintf(err->text, sizeof err->text,
                 s && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)
                     ? "terminal '%s' is not known here; set TERM, or use --plain"
                     : "this is no terminal%.0s; --plain shows the same as lines", term ? term : "");
        free(s);
        return err->code;
    }
    s->terminal = t;
    s->graphics.terminal = t;
    s->cursor_row = -1;
    set_modes();
    leave_with(t, leave);
    terminal_guard(leave);
    make_styles(s, looks);
    screen_fit(s);
    *out = s;
    return SC_OK;
}

void screen_close(struct screen **out)
{
    struct screen *s = *out;

    if (!s)
        return;
    graphics_forget(&s->graphics, true);
    erase();
    refresh();
    endwin();
    terminal_unguard();
    delscreen(s->curses);
    free(s);
    *out = NULL;
}

struct area screen_all(const struct screen *s)
{
    (void)s;
    return (struct area){ 0, 0, LINES, COLS };
}

void screen_suspend(struct screen *s)
{
    graphics_forget(&s->graphics, true);
    erase();
    refresh();
    endwin();
    kill(getpid(), SIGSTOP);
    if (!screen_fit(s))
        screen_spoil(s);
}

void screen_spoil(struct screen *s)
{
    graphics_forget(&s->graphics, true);
    clearok(curscr, TRUE);
}

/* Curses takes the size of the terminal's description for its own once it began: it is asked for here. */
bool screen_fit(struct screen *s)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col ||
        (size.ws_row == LINES && size.ws_col == COLS))
        return false;
    resize_term(size.ws_row, size.ws_col);
    screen_spoil(s);
    return true;
}

void screen_begin(struct screen *s)
{
    erase();
    s->cursor_row = -1;
}

void screen_end(struct screen *s)
{
    graphics_clear(&s->graphics);
    curs_set(s->cursor_row >= 0);
    if (s->cursor_row >= 0)
        move(s->cursor_row, s->cursor_col);
    wnoutrefresh(stdscr);
    doupdate();
    fflush(stdout);
    graphics_show(&s->graphics);
}

/* ---- drawing ---- */

static void put(const struct screen *s, const char *step)
{
    wchar_t wide[8];
    size_t n;

    if (!s->terminal->utf8 && (unsigned char)step[0] >= 0x80) {
        addch('?');
        return;
    }
    n = mbstowcs(wide, step, sizeof wide / sizeof *wide);
    if (n != (size_t)-1)
        addnwstr(wide, (int)n);
}

int screen_text(struct screen *s, int row, int col, int cols, enum style style, const char *text)
{
    size_t left = strlen(text);
    int used = 0;

    if (row < 0 || row >= LINES || col < 0 || col >= COLS || cols < 1)
        return 0;
    if (cols > COLS - col)
        cols = COLS - col;
    use_style(s, style);
    move(row, col);
    while (left) {
        char step[VISIBLE_SIZE];
        int width;
        const size_t taken = visible_step(text, left, step, &width);

        if (used + width > cols)
            break;
        if (width || used)       /* a mark needs a letter of ours before it */
            put(s, step);
        used += width;
        text += taken;
        left -= taken;
    }
    return used;
}

int screen_print(struct screen *s, int row, int col, int cols, enum style style, const char *format, ...)
{
    char text[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return screen_text(s, row, col, cols, style, text);
}

void screen_fill(struct screen *s, int row, int col, int cols, enum style style)
{
    if (row < 0 || row >= LINES || col < 0 || col >= COLS)
        return;
    use_style(s, style);
    for (move(row, col); cols > 0 && col < COLS; cols--, col++)
        addch(' ');
}

const char *screen_either(const struct screen *s, const char *unicode, const char *ascii)
{
    return s->terminal->utf8 ? unicode : ascii;
}

void screen_level(struct screen *s, int row, int col, double part, enum style style)
{
    static const char *const fine[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    static const char *const coarse[] = { " ", ".", ".", ":", ":", "i", "I", "H", "#" };
    const int level = part <= 0 ? 0 : part >= 1 ? 8 : (int)(part * 8) + 1 > 8 ? 8 : (int)(part * 8) + 1;

    screen_text(s, row, col, 1, style, (s->terminal->utf8 ? fine : coarse)[level]);
}

void screen_picture(struct screen *s, struct area area, struct rendition *r)
{
    if (!r || s->terminal->graphics == GRAPHICS_NONE || r->rows > area.rows || r->cols > area.cols)
        return;
    graphics_want(&s->graphics, area.row + (area.rows - r->rows) / 2, area.col + (area.cols - r->cols) / 2, r);
}

void screen_cursor(struct screen *s, int row, int col)
{
    s->cursor_row = row;
    s->cursor_col = col < COLS ? col : COLS - 1;
}

/* ---- keys ---- */

static const struct {
    int code;
    const char *name;
} named[] = {
    { KEY_DOWN, "Down" }, { KEY_UP, "Up" }, { KEY_LEFT, "Left" }, { KEY_RIGHT, "Right" }, { KEY_NPAGE, "PgDn" },
    { KEY_PPAGE, "PgUp" }, { KEY_HOME, "Home" }, { KEY_END, "End" }, { KEY_ENTER, "Enter" }, { KEY_BTAB, "BackTab" },
    { KEY_BACKSPACE, "Backspace" }, { KEY_DC, "Delete" }, { KEY_IC, "Insert" },
    { KEY_MOUSE, "Mouse" }, { KEY_F(1), "F1" }, { KEY_F(2), "F2" }, { KEY_F(3), "F3" }, { KEY_F(4), "F4" },
    { KEY_F(5), "F5" }, { KEY_F(6), "F6" }, { KEY_F(7), "F7" }, { KEY_F(8), "F8" }, { KEY_F(9), "F9" },
    { KEY_F(10), "F10" }, { KEY_F(11), "F11" }, { KEY_F(12), "F12" },
};

static bool read_mouse(struct mouse *mouse)
{
    MEVENT event;

    if (getmouse(&event) != OK)
        return false;
    *mouse = (struct mouse){ event.y, event.x, event.bstate & BUTTON4_PRESSED   ? -1
                                               : event.bstate & BUTTON5_PRESSED ? 1
                                                                                : 0 };
    return mouse->wheel || event.bstate & BUTTON1_PRESSED;
}

static bool name_code(wint_t code, char out[16], struct mouse *mouse)
{
    size_t i;

    for (i = 0; i < sizeof named / sizeof *named; i++)
        if ((int)code == named[i].code) {
            snprintf(out, 16, "%s", named[i].name);
            return code != KEY_MOUSE || read_mouse(mouse);
        }
    return false;
}

/* An answer of the terminal that came too late: ESC and [? or [6; or ]11; or _G, to its end. */
static bool swallow_answer(void)
{
    wint_t first, second, c;
    int left;

    if (get_wch(&first) == ERR)
        return false;
    if ((first != '[' && first != ']' && first != '_') || get_wch(&second) == ERR) {
        unget_wch((wchar_t)first);
        return false;
    }
    if (!(first == '[' ? second == '?' || second == '6' : first == ']' ? second == '1' : second == 'G')) {
        unget_wch((wchar_t)second);
        unget_wch((wchar_t)first);
        return false;
    }
    for (left = 300; left > 0 && get_wch(&c) != ERR; left--)
        if (c == '\a' || c == '\\' || (first == '[' && c >= '@' && c <= '~'))
            break;
    return true;
}

static void name_letter(wint_t c, char out[16])
{
    mbstate_t state = { 0 };
    size_t n;

    if (c == '\r' || c == '\n')
        strcpy(out, "Enter");
    else if (c == '\t')
        strcpy(out, "Tab");
    else if (c == 127 || c == '\b')
        strcpy(out, "Backspace");
    else if (c == 27)
        strcpy(out, "Esc");
    else if (c == ' ')
        strcpy(out, "Space");
    else if (c < 32)
        snprintf(out, 16, "^%c", (char)(c + '@'));
    else if ((n = wcrtomb(out, (wchar_t)c, &state)) < 16)
        out[n] = '\0';
    else
        out[0] = '\0';
}

bool screen_key(struct screen *s, char out[16], struct mouse *mouse)
{
    wint_t c;
    int got;

    (void)s;
    while ((got = get_wch(&c)) != ERR) {
        if (got == KEY_CODE_YES) {
            if (name_code(c, out, mouse))
                return true;
            continue;
        }
        if (c == 27 && swallow_answer())
            continue;
        name_letter(c, out);
        if (*out)
            return true;
    }
    return false;
}
