/* A terminal for tests: runs a program in a pseudo terminal, answers what it asks, plays steps, keeps what it writes, and
 * takes the pictures out of that.
 *
 *   terminal [-s COLSxROWS] [-c WIDTHxHEIGHT] [-a kitty,sixel,light] OUT STEP... -- PROGRAM ARG...
 *
 * A step is wait=TEXT (written since the step before), send=KEYS (\e and \r are known), quiet=MS (nothing was written for
 * so long), size=COLSxROWS, kill=NUMBER (a signal to the program), stopped (until it is), mode (tell the state of
 * the terminal), since (tell the milliseconds since the program began), keys=N,A|B (send A and B in turn, N times, and tell how
 * long it took to what is written then), memory (tell what the program holds) or end (until it is gone).
 * OUT has all that was written; OUT.N.png are kitty's images as sent, OUT.N.six sixels, OUT.N.tiff iTerm2's.
 * At the end lines tell how the program ended, the state of the terminal, and what kitty would still hold. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <png.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 120000
#define MAX_IMAGES 4096

struct image {
    unsigned id;
    int width, height;
    bool is_held, is_placed;
};

struct terminal {
    int master;
    pid_t child;
    bool is_over;
    int status;
    struct winsize size;
    int cell_width, cell_height;
    bool kitty, sixel, light;
    int64_t begun_us;
    char *bytes;             /* all that was written; NUL-terminated */
    size_t n, room, asked, stepped; /* asked: looked through for questions; stepped: where the step began */
    const char *out;
};

static void __attribute__((noreturn)) die(const char *what)
{
    fprintf(stderr, "terminal: %s\n", what);
    exit(2);
}

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t now_ms(void) { return now_us() / 1000; }

static void send_bytes(const struct terminal *t, const char *bytes, size_t n)
{
    while (n) {
        const ssize_t sent = write(t->master, bytes, n);

        if (sent < 0 && errno != EINTR)
            return;              /* the program is gone */
        bytes += sent > 0 ? sent : 0;
        n -= sent > 0 ? (size_t)sent : 0;
    }
}

static void answer(const struct terminal *t, const char *question, size_t at, const char *words)
{
    const size_t n = strlen(question);

    if (t->n - at >= n && !memcmp(t->bytes + at, question, n))
        send_bytes(t, words, strlen(words));
}

/* As xterm and kitty answer. Each question is whole in the stream when its last byte is. */
static void answer_all(struct terminal *t)
{
    char cell[32];

    snprintf(cell, sizeof cell, "\033[6;%d;%dt", t->cell_height, t->cell_width);
    for (; t->asked + 12 < t->n || (t->asked < t->n && t->bytes[t->n - 1] == 'c'); t->asked++) {
        if (t->bytes[t->asked] != '\033')
            continue;
        answer(t, "\033[c", t->asked, t->sixel ? "\033[?62;4;22c" : "\033[?62;22c");
        answer(t, "\033[16t", t->asked, cell);
        answer(t, "\033]11;?", t->asked, t->light ? "\033]11;rgb:ffff/ffff/eeee\033\\" : "\033]11;rgb:0000/0000/0000\033\\");
        if (t->kitty)
            answer(t, "\033_Gi=31,", t->asked, "\033_Gi=31;OK\033\\");
    }
}

/* Take what is written within ms. False: nothing was. */
static bool hear(struct terminal *t, int ms)
{
    struct pollfd in = { .fd = t->master, .events = POLLIN };
    ssize_t got;

    if (poll(&in, 1, ms) <= 0)
        return false;
    if (t->room - t->n < 65537) {
        t->room = 2 * t->room + 65537;
        if (!(t->bytes = realloc(t->bytes, t->room)))
            die("not enough memory");
    }
    got = read(t->master, t->bytes + t->n, 65536);
    if (got <= 0) {
        usleep(1000);            /* the other end is closed */
        return false;
    }
    t->n += (size_t)got;
    t->bytes[t->n] = '\0';
    answer_all(t);
    return true;
}

static bool is_over(struct terminal *t, int flags)
{
    if (!t->is_over && waitpid(t->child, &t->status, WNOHANG | flags) == t->child)
        t->is_over = flags == 0 || !WIFSTOPPED(t->status);
    return t->is_over;
}

/* ---- steps ---- */

static void start(struct terminal *t, char **argv)
{
    t->size.ws_xpixel = (unsigned short)(t->size.ws_col * t->cell_width);
    t->size.ws_ypixel = (unsigned short)(t->size.ws_row * t->cell_height);
    t->begun_us = now_us();
    t->child = forkpty(&t->master, NULL, NULL, &t->size);
    if (t->child < 0)
        die("no pseudo terminal");
    if (t->child == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
}

static void send_keys(struct terminal *t, const char *keys)
{
    for (; *keys; keys++) {
        char c = *keys;

        if (c == '\\' && keys[1])
            c = *++keys == 'e' ? '\033' : *keys == 'r' ? '\r' : *keys == 'z' ? '\032' : *keys;
        send_bytes(t, &c, 1);
    }
}

static bool wait_for(struct terminal *t, const char *text)
{
    const int64_t until = now_ms() + WAIT_MS;
    const size_t n = strlen(text);
    char *at = NULL;

    while (!(at = t->n > t->stepped ? memmem(t->bytes + t->stepped, t->n - t->stepped, text, n) : NULL) && now_ms() < until)
        hear(t, 100);
    return at;
}

static bool wait_end(struct terminal *t)
{
    const int64_t until = now_ms() + WAIT_MS;

    while (!is_over(t, 0) && now_ms() < until)
        hear(t, 20);
    while (hear(t, 20))
        ;
    return t->is_over;
}

static bool wait_stopped(struct terminal *t)
{
    const int64_t until = now_ms() + WAIT_MS;
    bool stopped = false;

    while (!stopped && now_ms() < until) {
        hear(t, 20);
        stopped = waitpid(t->child, &t->status, WNOHANG | WUNTRACED) == t->child && WIFSTOPPED(t->status);
    }
    while (hear(t, 20))
        ;
    return stopped;
}

static bool resize(struct terminal *t, const char *text)
{
    unsigned short cols, rows;

    if (sscanf(text, "%hux%hu", &cols, &rows) != 2)
        return false;
    t->size = (struct winsize){ rows, cols, (unsigned short)(cols * t->cell_width), (unsigned short)(rows * t->cell_height) };
    return t->master < 0 || !ioctl(t->master, TIOCSWINSZ, &t->size);
}

static void tell_mode(const struct terminal *t)
{
    struct termios mode;

    if (!tcgetattr(t->master, &mode))
        printf("echo %s canonical %s\n", mode.c_lflag & ECHO ? "on" : "off", mode.c_lflag & ICANON ? "on" : "off");
}

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* From a key to the last byte of what it has drawn: until nothing comes for 3 ms. A key that draws nothing in a second is
 * told as that. */
static bool time_keys(struct terminal *t, const char *text)
{
    static int64_t us[100000];
    const char *comma = strchr(text, ','), *bar = comma ? strchr(comma, '|') : NULL;
    const int n = atoi(text);
    char keys[2][64];
    int i;

    if (!bar || n < 1 || n > 100000)
        return false;
    snprintf(keys[0], sizeof keys[0], "%.*s", (int)(bar - comma - 1), comma + 1);
    snprintf(keys[1], sizeof keys[1], "%s", bar + 1);
    for (i = 0; i < n; i++) {
        const int64_t begin = now_us();

        while (hear(t, 0))
            ;
        us[i] = 1000000;
        send_keys(t, keys[i % 2]);
        if (!hear(t, 1000))
            continue;
        do
            us[i] = now_us() - begin;
        while (hear(t, 3));
    }
    qsort(us, (size_t)n, sizeof *us, by_size);
    printf("median %.1f ms, 99th of 100 %.1f ms, most %.1f ms\n", us[n / 2] / 1e3, us[n * 99 / 100] / 1e3,
           us[n - 1] / 1e3);
    return true;
}

static bool tell_memory(const struct terminal *t)
{
    char path[64], line[256];
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/status", (int)t->child);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "VmHWM:", 6))
            printf("memory %ld MB at most\n", strtol(line + 6, NULL, 10) / 1024);
    return f && !fclose(f);
}

static bool play(struct terminal *t, const char *step)
{
    const char *value = strchr(step, '=');

    value = value ? value + 1 : "";
    if (!strncmp(step, "wait=", 5)) {
        const bool found = wait_for(t, value);

        t->stepped = t->n;
        return found;
    }
    t->stepped = t->n;
    if (!strncmp(step, "send=", 5))
        send_keys(t, value);
    else if (!strncmp(step, "quiet=", 6))
        while (hear(t, atoi(value)))
            ;
    else if (!strncmp(step, "keys=", 5))
        return time_keys(t, value);
    else if (!strcmp(step, "memory"))
        return tell_memory(t);
    else if (!strcmp(step, "since"))
        printf("since the start %.0f ms\n", (double)(now_us() - t->begun_us) / 1e3);
    else if (!strncmp(step, "size=", 5))
        return resize(t, value);
    else if (!strncmp(step, "kill=", 5))
        return !kill(t->child, atoi(value));
    else if (!strcmp(step, "stopped"))
        return wait_stopped(t);
    else if (!strcmp(step, "mode"))
        tell_mode(t);
    else if (!strcmp(step, "end"))
        return wait_end(t);
    else
        return false;
    return true;
}

/* ---- pictures ---- */

static void save(const struct terminal *t, int n, const char *ending, const void *bytes, size_t size)
{
    char path[4096];
    FILE *f;

    if (n < 0)
        snprintf(path, sizeof path, "%s", t->out);
    else
        snprintf(path, sizeof path, "%s.%d.%s", t->out, n, ending);
    f = fopen(path, "w");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f))
        die("can't write what was heard");
}

static size_t from_base64(const char *text, size_t n, unsigned char *out)
{
    unsigned bits = 0, held = 0;
    size_t size = 0, i;

    for (i = 0; i < n; i++) {
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const char *at = text[i] ? strchr(digits, text[i]) : NULL;

        if (!at)
            continue;
        held = held << 6 | (unsigned)(at - digits);
        bits += 6;
        if (bits >= 8)
            out[size++] = (unsigned char)(held >> (bits -= 8) & 255);
    }
    return size;
}

/* The number after "key=" in kitty's control data; 0 if there is none. */
static unsigned number_of(const char *control, size_t n, const char *key)
{
    const size_t k = strlen(key);
    size_t i;

    for (i = 0; i + k < n; i++)
        if ((i == 0 || control[i - 1] == ',') && !strncmp(control + i, key, k) && control[i + k] == '=')
            return (unsigned)strtoul(control + i + k + 1, NULL, 10);
    return 0;
}

static char letter_of(const char *control, size_t n, const char *key)
{
    char pattern[8];
    const char *at;

    snprintf(pattern, sizeof pattern, "%s=", key);
    at = memmem(control, n, pattern, strlen(pattern));
    while (at && at != control && at[-1] != ',')
        at = memmem(at + 1, n - (size_t)(at + 1 - control), pattern, strlen(pattern));
    return at ? at[strlen(pattern)] : 0;
}

struct kitty {
    struct image images[MAX_IMAGES];
    int n;                   /* all that ever were */
    struct image *coming;
    char *data;              /* of the one that comes, in base64 */
    size_t size;
};

static void finish_image(const struct terminal *t, struct kitty *k)
{
    const struct image *i = k->coming;
    unsigned char *pixels = malloc(k->size + 4);
    const size_t size = pixels ? from_base64(k->data, k->size, pixels) : 0;
    png_image png = { .version = PNG_IMAGE_VERSION, .width = (png_uint_32)i->width, .height = (png_uint_32)i->height,
                      .format = PNG_FORMAT_RGB };
    char path[4096];

    if (size != 3 * (size_t)i->width * (size_t)i->height)
        die("an image has not as many pixels as it says");
    snprintf(path, sizeof path, "%s.%d.png", t->out, k->n - 1);
    if (!png_image_write_to_file(&png, path, 0, pixels, 0, NULL))
        die("can't write an image");
    free(pixels);
    k->coming = NULL;
    k->size = 0;
}

static void delete_images(struct kitty *k, char how, unsigned id)
{
    int i;

    for (i = 0; i < k->n; i++) {
        if (how != 'A' && k->images[i].id != id)
            continue;
        k->images[i].is_placed = false;
        k->images[i].is_held = k->images[i].is_held && how == 'i';
    }
}

static void take_kitty(const struct terminal *t, struct kitty *k, const char *control, size_t n, const char *data,
                       size_t size)
{
    const char action = letter_of(control, n, "a");
    const unsigned id = number_of(control, n, "i");
    int i;

    if (action == 'q' || (action == 'd' && (delete_images(k, letter_of(control, n, "d"), id), true)))
        return;
    for (i = 0; action == 'p' && i < k->n; i++)
        if (k->images[i].id == id && k->images[i].is_held)
            k->images[i].is_placed = true;
    if (action == 'p')
        return;
    if (action == 't' || action == 'T') {
        if (k->n == MAX_IMAGES || k->coming)
            die("an image begins in another one");
        k->coming = &k->images[k->n++];
        *k->coming = (struct image){ id, (int)number_of(control, n, "s"), (int)number_of(control, n, "v"), true,
                                     action == 'T' };
    }
    if (!k->coming)
        die("data of no image");
    if (!(k->data = realloc(k->data, k->size + size + 1)))
        die("not enough memory");
    memcpy(k->data + k->size, data, size);
    k->size += size;
    if (!number_of(control, n, "m"))
        finish_image(t, k);
}

static void take_iterm2(const struct terminal *t, int n, const char *text, size_t size)
{
    const char *colon = memchr(text, ':', size);
    unsigned char *bytes = malloc(size + 4);

    if (!bytes || !colon)
        die("an inline file without content");
    save(t, n, "tiff", bytes, from_base64(colon, size - (size_t)(colon - text), bytes));
    free(bytes);
}

static void take_pictures(const struct terminal *t)
{
    static struct kitty k;
    const char *end = t->bytes + t->n, *at = t->bytes, *stop;
    int n_six = 0, n_files = 0, i, held = 0, placed = 0;

    for (; (at = memchr(at, '\033', (size_t)(end - at))) && end - at > 3; at++) {
        if (at[1] == '_' && at[2] == 'G' && (stop = memmem(at, (size_t)(end - at), "\033\\", 2))) {
            const char *data = memchr(at, ';', (size_t)(stop - at));

            data = data ? data : stop - 1;
            take_kitty(t, &k, at + 3, (size_t)(data - at - 3), data + 1, (size_t)(stop - data - 1));
        } else if (at[1] == 'P' && at + 4 < end && (stop = memmem(at + 1, (size_t)(end - at - 1), "\033\\", 2))) {
            const size_t head = 2 + strspn(at + 2, "0123456789;");

            if (at[head] == 'q')
                save(t, n_six++, "six", at, (size_t)(stop + 2 - at));
        } else if (!strncmp(at, "\033]1337;File=", 12) && (stop = memchr(at, '\a', (size_t)(end - at)))) {
            take_iterm2(t, n_files++, at, (size_t)(stop - at));
        }
    }
    for (i = 0; i < k.n; i++) {
        held += k.images[i].is_held;
        placed += k.images[i].is_placed;
    }
    printf("images %d held %d placed %d\nsixels %d\nfiles %d\n", k.n, held, placed, n_six, n_files);
    free(k.data);
}

static void tell_end(struct terminal *t)
{
    if (is_over(t, 0) && WIFEXITED(t->status))
        printf("ended %d\n", WEXITSTATUS(t->status));
    else if (t->is_over)
        printf("killed %d\n", WTERMSIG(t->status));
    else
        printf("goes on\n");
    tell_mode(t);
}

int main(int argc, char **argv)
{
    struct terminal t = { .master = -1, .size = { .ws_row = 40, .ws_col = 100 }, .cell_width = 10, .cell_height = 20 };
    int option, steps, i;
    bool good = true;

    while ((option = getopt(argc, argv, "+s:c:a:")) != -1) {
        if (option == 's' && resize(&t, optarg))
            continue;
        if (option == 'c' && sscanf(optarg, "%dx%d", &t.cell_width, &t.cell_height) == 2)
            continue;
        if (option != 'a')
            die("usage: terminal [-s COLSxROWS] [-c WIDTHxHEIGHT] [-a ANSWERS] OUT STEP... -- PROGRAM ARG...");
        t.kitty = strstr(optarg, "kitty");
        t.sixel = strstr(optarg, "sixel");
        t.light = strstr(optarg, "light");
    }
    t.out = argv[optind];
    steps = optind + 1;
    for (i = steps; i < argc && strcmp(argv[i], "--") != 0; i++)
        ;
    if (i + 1 >= argc)
        die("no program");
    start(&t, argv + i + 1);
    for (i = steps; good && strcmp(argv[i], "--") != 0; i++)
        if (!(good = play(&t, argv[i])))
            fprintf(stderr, "terminal: in vain: %s\n", argv[i]);
    tell_end(&t);
    if (!t.is_over)
        kill(t.child, SIGKILL);
    save(&t, -1, "", t.bytes ? t.bytes : "", t.n);
    take_pictures(&t);
    return good ? 0 : 1;
}
