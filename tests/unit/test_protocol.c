/* The worker's pipe: frames go through whole, and nothing that lies gets in. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kit/check.h"

#include "worker/worker.h"

static void make_pair(int fds[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static void a_frame_goes_through(void **state)
{
    struct buffer sent = { 0 }, got = { 0 };
    enum message type;
    int fds[2];

    (void)state;
    make_pair(fds);
    assert_int_equal(buffer_text(&sent, "signature", NULL), SC_OK);
    assert_int_equal(protocol_write(fds[0], MSG_SIGNATURE, &sent, -1, NULL, NULL), SC_OK);
    assert_int_equal(protocol_write(fds[0], MSG_DONE, NULL, -1, NULL, NULL), SC_OK);
    assert_int_equal(protocol_read(fds[1], &type, &got, NULL, NULL, NULL, NULL), SC_OK);
    assert_int_equal(type, MSG_SIGNATURE);
    assert_string_equal((char *)got.data, "signature");
    assert_int_equal(protocol_read(fds[1], &type, &got, NULL, NULL, NULL, NULL), SC_OK);
    assert_int_equal(type, MSG_DONE);
    assert_int_equal(got.size, 0);
    close(fds[0]);
    close(fds[1]);
    buffer_dispose(&sent);
    buffer_dispose(&got);
}

static void an_end_is_clean_only_between_frames(void **state)
{
    static const struct { const char *bytes; size_t size; bool clean; } rows[] = {
        { "", 0, true },
        { "\x65\0\0\0", 4, false },                 /* half a head */
        { "\x65\0\0\0\x05\0\0\0abc", 11, false },   /* three of five bytes */
        { "\x65\0\0\0\xFF\xFF\xFF\xFF", 8, false }, /* 4 GiB announced */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer got = { 0 };
        struct sc_error err = { 0 };
        enum message type;
        bool end;
        int fds[2];
        enum sc_status s;

        make_pair(fds);
        assert_int_equal(write(fds[0], rows[i].bytes, rows[i].size), rows[i].size);
        close(fds[0]);
        s = protocol_read(fds[1], &type, &got, NULL, NULL, &end, &err);
        assert_int_equal(end, rows[i].clean);
        assert_int_equal(s, rows[i].clean ? SC_OK : SC_ERR_WORKER);
        assert_true(got.capacity < (2u << 20));
        close(fds[1]);
        buffer_dispose(&got);
    }
}

static void a_cancelled_read_returns(void **state)
{
    struct buffer got = { 0 };
    atomic_bool cancel = true;
    const struct patience patience = { .cancel = &cancel };
    enum message type;
    int fds[2];

    (void)state;
    make_pair(fds);
    assert_int_equal(protocol_read(fds[1], &type, &got, NULL, &patience, NULL, NULL), SC_ERR_CANCELLED);
    close(fds[0]);
    close(fds[1]);
}

static void pack_everything(struct packer *p)
{
    struct sc_region region = { { 1, 2, 3, 4 }, 0.5, 0.25, SC_TEXT, { 1, 2, 3 }, { 4, 5, 6 } };
    struct sc_comparison comparison = { .b_us = 7, .changed = true, .shift_x = -3, .regions = &region, .n_regions = 1 };
    struct sc_info info = { .path = (char *)"a.mp4", .container = (char *)"mov", .width = 640, .height = 360,
                            .fps = 29.97, .can_seek = true };
    struct sc_source source = { .path = "b.mkv", .stream = 2, .background_rgb = 0x102030 };
    struct scan_settings scan = { .effort = SC_FULL, .from_us = 5, .crop = { 1, 2, 3, 4 } };
    struct refine_settings refine = { .max_pictures = 9, .crop = { 5, 6, 7, 8 }, .sensitivity = 0.5 };
    struct rough_box rough = { 1, 2, 3, { 4, 5, 6, 7 } };
    struct sc_stretch unseen[] = { { 1, 2 }, { 3, 4 } };
    struct sc_scouting scouting = { true, 9, unseen, 2, SC_SMALL_KEYS, 8 };

    pack_scouting(p, &scouting);
    pack_info(p, &info);
    pack_source(p, &source);
    pack_scan(p, &scan);
    pack_refine(p, &refine);
    pack_rough_box(p, &rough);
    pack_comparison(p, &comparison);
}

/* True when all came through. */
static bool unpack_everything(struct unpacker *u, bool check)
{
    struct sc_info info = { 0 };
    struct sc_source source = { 0 };
    struct scan_settings scan = { 0 };
    struct refine_settings refine = { 0 };
    struct rough_box rough = { 0 };
    struct sc_comparison comparison = { 0 };
    struct sc_scouting scouting = { 0 };
    char *path = NULL;
    bool good = unpack_scouting(u, &scouting) && unpack_info(u, &info) && unpack_source(u, &source, &path) &&
                unpack_scan(u, &scan) && unpack_refine(u, &refine) && unpack_rough_box(u, &rough) &&
                unpack_comparison(u, &comparison);

    if (good && check) {
        assert_true(scouting.scouted && scouting.unseen_us == 9 && scouting.why == SC_SMALL_KEYS);
        assert_int_equal(scouting.n_unseen, 2);
        assert_int_equal(scouting.unseen[1].to_us, 4);
        assert_string_equal(info.path, "a.mp4");
        assert_null(info.codec);
        assert_int_equal(info.height, 360);
        assert_true(info.fps == 29.97 && info.can_seek);
        assert_string_equal(source.path, "b.mkv");
        assert_int_equal(source.background_rgb, 0x102030);
        assert_int_equal(scan.effort, SC_FULL);
        assert_int_equal(scan.crop.h, 4);
        assert_int_equal(refine.max_pictures, 9);
        assert_true(refine.crop.w == 7 && refine.sensitivity == 0.5);
        assert_true(rough.peak_us == 2 && rough.box.h == 7);
        assert_int_equal(comparison.n_regions, 1);
        assert_int_equal(comparison.regions[0].kind, SC_TEXT);
        assert_int_equal(comparison.regions[0].yuv_after[2], 6);
        assert_int_equal(comparison.shift_x, -3);
    }
    sc_info_dispose(&info);
    sc_scouting_dispose(&scouting);
    sc_comparison_dispose(&comparison);
    free(path);
    return good;
}

static void values_come_back_and_every_cut_is_noticed(void **state)
{
    struct buffer b = { 0 };
    struct packer p = { .out = &b };
    struct unpacker u = { 0 };
    size_t size;

    (void)state;
    pack_everything(&p);
    assert_int_equal(p.status, SC_OK);
    u.data = b.data;
    u.size = b.size;
    assert_true(unpack_everything(&u, true));
    assert_int_equal(u.at, u.size);
    for (size = 0; size < b.size; size++) {
        uint8_t *exact = malloc(size ? size : 1);

        memcpy(exact, b.data, size);
        u = (struct unpacker){ .data = exact, .size = size };
        assert_false(unpack_everything(&u, false));
        free(exact);
    }
    buffer_dispose(&b);
}

static void a_worker_that_is_none_is_said_so(void **state)
{
    static const struct { const char *program, *words; } rows[] = {
        { "/nonexistent/worker", "can't start the worker '/nonexistent/worker'" },
        { "/bin/true", "ended (exit status 0)" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct worker_settings settings = { .program = rows[i].program };
        struct sc_source source = { .path = "x" };
        struct sc_error err = { 0 };
        struct sc_info info;
        struct worker *w;

        assert_int_equal(worker_open(&w, &settings, &err), SC_OK);
        assert_int_equal(worker_open_input(w, 0, &source, &info, &err), SC_ERR_WORKER);
        assert_non_null(strstr(err.text, rows[i].words));
        assert_int_equal(worker_run(w), 0);
        worker_close(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_goes_through),
        cmocka_unit_test(an_end_is_clean_only_between_frames),
        cmocka_unit_test(a_cancelled_read_returns),
        cmocka_unit_test(values_come_back_and_every_cut_is_noticed),
        cmocka_unit_test(a_worker_that_is_none_is_said_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
