/* Tapes of signatures and the folder they are kept in: what goes in comes out, and nothing else does. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kit/check.h"

#include "archive/cache.h"
#include "archive/tape.h"

#define KEY "effort 0 of a.mp4"
#define N 12

static uint32_t seed = 1;

static uint32_t any(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/* Like its neighbours in time, but for noise; the size changes in the middle, and wild values come too. */
static struct signature *example(int i)
{
    struct signature *s = i < N / 2 ? signature_new(320, 180) : signature_new(41, 7);
    const bool wild = i % 4 == 3;
    int k;

    assert_non_null(s);
    s->time_us = i * 40000;
    s->flags = (unsigned)i;
    s->packet_bytes = i * 1000;
    s->width = s->small_w * 2;
    s->height = s->small_h * 2;
    s->mean_y = (uint16_t)(2000 + i);
    s->deviation_y = (uint16_t)(4080 * (i & 1));
    for (k = 0; k < s->grid_w * s->grid_h; k++)
        s->blocks[k] = (struct signature_block){ (uint16_t)(wild ? any() % 4081 : 1500u + any() % 9), (uint8_t)any(),
                                                 (uint8_t)(128 + any() % 2), (uint8_t)(wild ? any() % 256 : 9u), 255 };
    for (k = 0; k < s->small_w; k++)
        s->cols[k] = (uint16_t)(wild ? any() % 4081 : 1000u + (unsigned)k);
    for (k = 0; k < s->small_h; k++)
        s->rows[k] = (uint16_t)(wild ? 0 : 4080);
    return s;
}

static FILE *record(const char *key)
{
    struct tape_writer *w;
    struct buffer tail = { 0 };
    FILE *f = tmpfile();
    int i;

    assert_non_null(f);
    seed = 1;
    assert_int_equal(tape_create(&w, f, key, 1 << 24, NULL), SC_OK);
    for (i = 0; i < N; i++) {
        struct signature *s = example(i);

        assert_int_equal(tape_write(w, s, NULL), SC_OK);
        signature_free(&s);
    }
    assert_int_equal(buffer_text(&tail, "the tail", NULL), SC_OK);
    assert_int_equal(tape_finish(w, &tail, NULL), SC_OK);
    tape_close_writer(&w);
    buffer_dispose(&tail);
    return f;
}

static void assert_same(const struct signature *a, const struct signature *b)
{
    assert_true(a->time_us == b->time_us && a->flags == b->flags && a->packet_bytes == b->packet_bytes);
    assert_true(a->width == b->width && a->height == b->height);
    assert_true(a->small_w == b->small_w && a->small_h == b->small_h);
    assert_true(a->mean_y == b->mean_y && a->deviation_y == b->deviation_y);
    assert_memory_equal(a->blocks, b->blocks, (size_t)(a->grid_w * a->grid_h) * sizeof *a->blocks);
    assert_memory_equal(a->cols, b->cols, (size_t)a->small_w * sizeof *a->cols);
    assert_memory_equal(a->rows, b->rows, (size_t)a->small_h * sizeof *a->rows);
}

static void what_is_written_is_read(void **state)
{
    FILE *f = record(KEY);
    struct buffer tail = { 0 };
    const struct signature *got;
    struct tape_reader *r;
    int i;

    (void)state;
    assert_int_equal(tape_open(&r, f, KEY, NULL), SC_OK);
    seed = 1;
    for (i = 0; i < N; i++) {
        struct signature *want = example(i);

        assert_int_equal(tape_read(r, &got, &tail, NULL), SC_OK);
        assert_non_null(got);
        assert_same(got, want);
        signature_free(&want);
    }
    assert_int_equal(tape_read(r, &got, &tail, NULL), SC_OK);
    assert_null(got);
    assert_int_equal(tail.size, 8);
    assert_memory_equal(tail.data, "the tail", 8);
    tape_close_reader(&r);
    buffer_dispose(&tail);
    fclose(f);
}

static void another_key_is_refused(void **state)
{
    static const char *const keys[] = { "", "effort 1 of a.mp4", KEY " and more", "effort" };
    FILE *f = record(KEY);
    struct tape_reader *r;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_int_equal(tape_open(&r, f, keys[i], NULL), SC_ERR_FORMAT);
        assert_null(r);
    }
    fclose(f);
}

/* size bytes as a file; whether anything of it is accepted */
static bool accepted(const uint8_t *bytes, size_t size)
{
    FILE *f = tmpfile();
    struct tape_reader *r;
    bool good;

    assert_int_equal(fwrite(bytes, 1, size, f), size);
    good = tape_open(&r, f, KEY, NULL) == SC_OK;
    tape_close_reader(&r);
    fclose(f);
    return good;
}

static void damage_is_noticed_before_anything_is_read(void **state)
{
    FILE *f = record(KEY);
    uint8_t *bytes = malloc(1 << 20);
    size_t size, i;

    (void)state;
    rewind(f);
    size = fread(bytes, 1, 1 << 20, f);
    assert_true(size > 100 && size < 1 << 20);
    assert_true(accepted(bytes, size));
    for (i = 0; i < size; i += size / 50) {
        assert_false(accepted(bytes, i));
        bytes[i] ^= 0x10;
        assert_false(accepted(bytes, size));
        bytes[i] ^= 0x10;
    }
    assert_false(accepted(bytes, size - 1));
    bytes[size] = 0;
    assert_false(accepted(bytes, size + 1));
    free(bytes);
    fclose(f);
}

static void a_tape_stops_at_its_limit(void **state)
{
    struct tape_writer *w;
    struct signature *s = example(3);
    FILE *f = tmpfile();
    enum sc_status status = SC_OK;
    int i;

    (void)state;
    assert_int_equal(tape_create(&w, f, KEY, 30000, NULL), SC_OK);
    for (i = 0; i < 1000 && !status; i++) {
        s->blocks[i].y ^= 1;
        s->cols[i % 320] = (uint16_t)(any() % 4081);
        status = tape_write(w, s, NULL);
    }
    for (; i < 20000 && !status; i++)
        status = tape_write(w, s, NULL);
    assert_int_equal(status, SC_ERR_LIMIT);
    fflush(f);
    assert_true(ftell(f) <= 30000);
    tape_close_writer(&w);
    signature_free(&s);
    fclose(f);
}

/* ---- the folder ---- */

static void keep(const char *key, int bytes, int64_t max_bytes)
{
    struct cache_entry *e = cache_begin("cache/deep", key);

    assert_non_null(e);
    while (bytes--)
        fputc('x', cache_file(e));
    cache_keep(&e, max_bytes);
    assert_null(e);
}

static bool has(const char *key)
{
    FILE *f = cache_find("cache/deep", key);

    if (f)
        fclose(f);
    return f != NULL;
}

static void the_longest_unused_go_first(void **state)
{
    (void)state;
    assert_false(has("a"));
    keep("a", 1000, 2500);
    usleep(20000);
    keep("b", 1000, 2500);
    usleep(20000);
    assert_true(has("a"));                       /* used again: b is the oldest now */
    usleep(20000);
    keep("c", 1000, 2500);
    assert_true(has("a") && has("c"));
    assert_false(has("b"));
    keep("d", 5000, 2500);                       /* too large alone */
    assert_false(has("d"));
}

static void what_is_dropped_was_never_there(void **state)
{
    struct cache_entry *e = cache_begin("cache/deep", "dropped");

    (void)state;
    assert_non_null(e);
    fputs("half", cache_file(e));
    cache_drop(&e);
    assert_false(has("dropped"));
    assert_int_equal(system("test -z \"$(ls -A cache/deep | grep new)\""), 0);
}

static void other_files_are_left_alone(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(system("mkdir -p cache/deep && echo mine > cache/deep/notes.txt"), 0);
    keep("e", 100, 0);
    assert_false(has("e"));
    assert_int_equal(stat("cache/deep/notes.txt", &st), 0);
}

static void a_folder_that_cannot_be_is_as_if_empty(void **state)
{
    (void)state;
    assert_null(cache_find("/proc/nothing/here", "a"));
    assert_null(cache_begin("/proc/nothing/here", "a"));
    assert_int_equal(system("echo file > in-the-way"), 0);
    assert_null(cache_begin("in-the-way/cache", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(damage_is_noticed_before_anything_is_read),
        cmocka_unit_test(a_tape_stops_at_its_limit),
        cmocka_unit_test(the_longest_unused_go_first),
        cmocka_unit_test(what_is_dropped_was_never_there),
        cmocka_unit_test(other_files_are_left_alone),
        cmocka_unit_test(a_folder_that_cannot_be_is_as_if_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
