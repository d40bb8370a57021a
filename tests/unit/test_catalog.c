/* The catalogue: what goes in comes out, files are known again by content, two runs share the work, searches find. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kit/check.h"

#include "api/evidence.h"
#include "archive/answers.h"
#include "archive/asked.h"
#include "archive/catalog.h"
#include "archive/listing.h"
#include "archive/narrow.h"
#include "archive/place.h"
#include "archive/runs.h"
#include "archive/upkeep.h"
#include "archive/videos.h"
#include "tests/kit/evidence.h"

struct fixture {
    char folder[64];
    struct catalog *c;
    int64_t settings;
};

static char *in(const struct fixture *f, const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];

    snprintf(path, 256, "%s/%s", f->folder, name);
    return path;
}

static void write_file(const char *path, const char *data, size_t size)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct sc_error err;
    char real[4096];

    assert_non_null(f);
    strcpy(f->folder, "catalog-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_non_null(realpath(f->folder, real));
    if (strlen(real) < sizeof f->folder)
        strcpy(f->folder, real);
    if (catalog_open(&f->c, in(f, CATALOG_NAME), true, &err) || catalog_settings(f->c, "settings", &f->settings, &err))
        fail_msg("%s", err.text);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];

    catalog_close(&f->c);
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

/* Read the file and put it into the catalogue. */
static void add(struct fixture *f, const char *name, int64_t *video_id, int64_t *content_id)
{
    struct identity file;
    struct sc_error err;

    if (identity_of_file(in(f, name), NULL, &file, &err) ||
        video_add(f->c, in(f, name), &file, video_id, content_id, &err))
        fail_msg("%s", err.text);
}

static struct video_known known(struct fixture *f, const char *name)
{
    struct video_known k;
    struct identity file;
    struct stat st;

    assert_int_equal(stat(in(f, name), &st), 0);
    identity_of_stat(&st, &file);
    assert_int_equal(video_known(f->c, in(f, name), &file, f->settings, &k, NULL), SC_OK);
    return k;
}

/* A caption of that content with these words. */
static int64_t caption(struct fixture *f, int64_t video_id, int64_t content_id, const char *title, const char *words)
{
    char text[256];
    const struct answer_row row = { .content_id = content_id, .settings_id = f->settings, .video_id = video_id,
                                    .text = "{\"title\":\"t\"}", .service = "s", .model = "m", .title = title,
                                    .prompt_tokens = 100, .output_tokens = 10, .cost_usd = 0.5 };
    struct sc_passage passages[] = {
        { SC_TITLE, -1, -1, (char *)title }, { SC_TAG, -1, -1, "street" }, { SC_CAPTION, 2000000, 4000000, text },
    };
    int64_t id;

    snprintf(text, sizeof text, "%s", words);
    assert_int_equal(answer_keep(f->c, &row, passages, 3, &id, NULL), SC_OK);
    return id;
}

extern const char archive_schema_0001_catalogue_sql[];

static void comes_from_every_earlier_version(void **state)
{
    struct fixture *f = *state;
    struct catalog *c;
    int64_t version;

    sqlite3 *old;

    assert_int_equal(catalog_version(), 3);
    assert_int_equal(sqlite3_open(in(f, "old.db"), &old), SQLITE_OK);
    assert_int_equal(sqlite3_exec(old, archive_schema_0001_catalogue_sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(old, "PRAGMA application_id = 1396914002; PRAGMA user_version = 1; "
                                       "INSERT INTO video (path, device, inode, size_bytes, mtime_ns) "
                                       "VALUES ('kept.mp4', 1, 2, 3, 4)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(old);
    assert_int_equal(catalog_open(&c, in(f, "old.db"), false, NULL), SC_OK);
    assert_int_equal(sql_number(c, 0, &version, NULL, "PRAGMA user_version", ""), SC_OK);
    assert_int_equal(version, catalog_version());
    assert_int_equal(sql_number(c, 0, &version, NULL, "SELECT count(*) FROM video WHERE path = 'kept.mp4'", ""), SC_OK);
    assert_int_equal(version, 1);
    assert_int_equal(asked_count(c, 1, &version, NULL), SC_OK);
    assert_int_equal(version, 0);
    catalog_close(&c);

    /* Version 0 is an empty file. */
    write_file(in(f, "empty.db"), "", 0);
    assert_int_equal(catalog_open(&c, in(f, "empty.db"), false, NULL), SC_OK);
    assert_int_equal(sql_number(c, 0, &version, NULL, "PRAGMA user_version", ""), SC_OK);
    assert_int_equal(version, catalog_version());
    catalog_close(&c);
    assert_int_equal(catalog_open(&c, in(f, "empty.db"), false, NULL), SC_OK);
    catalog_close(&c);
}

static void an_answer_takes_the_place_of_what_was_asked(void **state)
{
    struct fixture *f = *state;
    const uint8_t request[HASH_SIZE] = { 1, 2, 3 };
    struct identity file;
    struct asked asked;
    int64_t video, content, n;

    write_file(in(f, "a"), "first", 5);
    add(f, "a", &video, &content);
    assert_int_equal(identity_of_file(in(f, "a"), NULL, &file, NULL), SC_OK);
    assert_int_equal(asked_add(f->c, content, f->settings, request, "[]", NULL), SC_OK);
    assert_int_equal(asked_add(f->c, content, f->settings, request, "[[0,1,\"word\"]]", NULL), SC_OK);
    assert_int_equal(asked_count(f->c, f->settings, &n, NULL), SC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(asked_find(f->c, file.sha256, f->settings, 0, &asked, NULL), SC_OK);
    assert_int_equal(asked.content_id, content);
    assert_true(asked.is_known && !asked.is_dealt_with);
    assert_memory_equal(asked.request, request, HASH_SIZE);
    assert_string_equal(asked.words, "[[0,1,\"word\"]]");
    free(asked.words);
    caption(f, video, content, "title", "words");
    assert_int_equal(asked_find(f->c, file.sha256, f->settings, 0, &asked, NULL), SC_OK);
    assert_true(!asked.is_known && asked.is_dealt_with);
    assert_int_equal(asked_find(f->c, file.sha256, f->settings, catalog_now_us() + 1000000, &asked, NULL), SC_OK);
    assert_false(asked.is_dealt_with);
    assert_int_equal(asked_find(f->c, request, f->settings, 0, &asked, NULL), SC_OK);
    assert_int_equal(asked.content_id, 0);
}

static void refuses_what_is_no_catalogue_of_ours(void **state)
{
    struct fixture *f = *state;
    struct sc_error err;
    struct catalog *c;

    assert_int_equal(catalog_open(&c, in(f, "gone.db"), false, &err), SC_ERR_IO);
    assert_null(c);
    write_file(in(f, "text.db"), "this is no database, however long it is", 39);
    assert_int_equal(catalog_open(&c, in(f, "text.db"), true, &err), SC_ERR_FORMAT);
    assert_non_null(strstr(err.text, "no catalogue"));

    assert_int_equal(catalog_open(&c, in(f, "other.db"), true, NULL), SC_OK);
    assert_int_equal(sql_script(c, "PRAGMA application_id = 1", NULL), SC_OK);
    catalog_close(&c);
    assert_int_equal(catalog_open(&c, in(f, "other.db"), true, &err), SC_ERR_FORMAT);

    assert_int_equal(catalog_open(&c, in(f, "newer.db"), true, NULL), SC_OK);
    assert_int_equal(sql_script(c, "PRAGMA user_version = 999", NULL), SC_OK);
    catalog_close(&c);
    assert_int_equal(catalog_open(&c, in(f, "newer.db"), true, &err), SC_ERR_FORMAT);
    assert_non_null(strstr(err.text, "newer seechange"));

    assert_int_equal(catalog_open(&c, in(f, "trap.db"), true, NULL), SC_OK);
    assert_int_equal(sql_script(c, "CREATE TRIGGER t AFTER INSERT ON video BEGIN DELETE FROM answer; END", NULL), SC_OK);
    catalog_close(&c);
    assert_int_equal(catalog_open(&c, in(f, "trap.db"), true, &err), SC_ERR_FORMAT);
}

static void is_read_where_nothing_can_be_written(void **state)
{
    struct fixture *f = *state;
    int64_t video, content;
    struct sc_archive_status status;
    struct catalog *c;

    write_file(in(f, "a"), "a", 1);
    add(f, "a", &video, &content);
    catalog_close(&f->c);
    if (!geteuid()) {            /* root may write everywhere, so what is left is a file that is opened so */
        assert_int_equal(catalog_open(&f->c, in(f, CATALOG_NAME), false, NULL), SC_OK);
        return;
    }
    assert_int_equal(chmod(in(f, CATALOG_NAME), 0400), 0);
    assert_int_equal(chmod(f->folder, 0500), 0);
    assert_int_equal(catalog_open(&c, in(f, CATALOG_NAME), false, NULL), SC_OK);
    assert_int_equal(list_status(c, &status, NULL), SC_OK);
    assert_int_equal(status.n_videos, 1);
    catalog_close(&c);
    assert_int_equal(chmod(f->folder, 0700), 0);
    assert_int_equal(chmod(in(f, CATALOG_NAME), 0600), 0);
}

/* What recorders that preallocate write: as long, and alike at both ends and wherever a sample is taken. */
static void tells_files_of_equal_size_head_and_tail_apart(void **state)
{
    struct fixture *f = *state;
    const size_t size = 3 << 20;
    char *data = calloc(1, size);
    struct identity a, b;
    int64_t video[2], content[2];

    assert_non_null(data);
    memset(data, 7, 4096);
    write_file(in(f, "rec1"), data, size);
    data[size / 2 - 120000] = 1;
    write_file(in(f, "rec2"), data, size);
    assert_int_equal(identity_of_file(in(f, "rec1"), NULL, &a, NULL), SC_OK);
    assert_int_equal(identity_of_file(in(f, "rec2"), NULL, &b, NULL), SC_OK);
    assert_memory_equal(a.sampled, b.sampled, HASH_SIZE);
    assert_memory_not_equal(a.sha256, b.sha256, HASH_SIZE);
    add(f, "rec1", &video[0], &content[0]);
    add(f, "rec2", &video[1], &content[1]);
    assert_int_not_equal(content[0], content[1]);
    free(data);
}

static void knows_a_file_until_it_changes(void **state)
{
    struct fixture *f = *state;
    const struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };
    int64_t video, content, again, other;
    struct video_known k;

    write_file(in(f, "a"), "first", 5);
    assert_int_equal(known(f, "a").video_id, 0);
    add(f, "a", &video, &content);
    caption(f, video, content, "A title", "a gate");
    k = known(f, "a");
    assert_int_equal(k.video_id, video);
    assert_int_equal(k.content_id, content);
    assert_int_not_equal(k.answer_id, 0);

    write_file(in(f, "a"), "other", 5);
    assert_int_equal(utimensat(AT_FDCWD, in(f, "a"), times, 0), 0);
    k = known(f, "a");
    assert_int_equal(k.video_id, video);
    assert_int_equal(k.content_id, 0);
    assert_int_equal(k.answer_id, 0);
    add(f, "a", &again, &other);
    assert_int_equal(again, video);
    assert_int_not_equal(other, content);
    assert_int_equal(known(f, "a").answer_id, 0);

    /* As it was: the answer is still there, and the row shows it. */
    write_file(in(f, "a"), "first", 5);
    add(f, "a", &again, &other);
    assert_int_equal(other, content);
    assert_int_not_equal(known(f, "a").answer_id, 0);
}

static void follows_files_that_were_renamed_moved_or_copied(void **state)
{
    struct fixture *f = *state;
    int64_t video, content, other, same;
    struct sc_video_filter done = { .has_state = true, .state = SC_VIDEO_DONE };
    struct sc_videos videos;

    write_file(in(f, "a"), "content", 7);
    add(f, "a", &video, &content);
    caption(f, video, content, "A title", "a gate");
    assert_int_equal(rename(in(f, "a"), in(f, "b")), 0);
    assert_int_equal(known(f, "b").video_id, video);
    assert_int_not_equal(known(f, "b").answer_id, 0);

    /* Another disk: other numbers, the same content. */
    assert_int_equal(unlink(in(f, "b")), 0);
    write_file(in(f, "c"), "content", 7);
    assert_int_equal(known(f, "c").video_id, 0);
    add(f, "c", &other, &same);
    assert_int_equal(other, video);
    assert_int_equal(same, content);

    write_file(in(f, "d"), "content", 7);
    add(f, "d", &other, &same);
    assert_int_not_equal(other, video);
    assert_int_equal(same, content);
    assert_int_equal(list_videos(f->c, &done, SC_BY_PATH, false, 0, 10, &videos, NULL), SC_OK);
    assert_int_equal(videos.n, 2);
    assert_string_equal(videos.rows[1].path, in(f, "d"));
    assert_string_equal(videos.rows[1].title, "A title");
    sc_videos_dispose(&videos);
}

static void keeps_failures_with_reasons_and_tries(void **state)
{
    struct fixture *f = *state;
    struct sc_failures failures;
    int64_t video, content, n;
    struct video_known k;

    write_file(in(f, "a"), "x", 1);
    add(f, "a", &video, &content);
    assert_int_equal(video_failed(f->c, video, f->settings, SC_BAD_MEDIA, "no video", NULL), SC_OK);
    assert_int_equal(video_failed(f->c, video, f->settings, SC_TRANSIENT, "the server is gone", NULL), SC_OK);
    assert_int_equal(video_failed(f->c, video, f->settings, SC_BAD_MEDIA, "still no video", NULL), SC_OK);
    k = known(f, "a");
    assert_int_equal(k.tries, 2);
    assert_int_equal(k.failure, SC_BAD_MEDIA);
    assert_int_equal(list_failures(f->c, 0, 10, &failures, NULL), SC_OK);
    assert_int_equal(failures.n, 1);
    assert_string_equal(failures.rows[0].reason, "still no video");
    sc_failures_dispose(&failures);
    assert_int_equal(catalog_retry(f->c, NULL, &n, NULL), SC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(known(f, "a").tries, 0);
    assert_int_equal(video_failed(f->c, video, f->settings, SC_REFUSED, "no", NULL), SC_OK);
    caption(f, video, content, "A title", "a gate");
    assert_int_equal(known(f, "a").tries, 0);
}

static void gives_work_to_one_run_only(void **state)
{
    struct fixture *f = *state;
    int64_t video, content, first, second, answer, taken, of;
    struct sc_run gone = { 0 };
    struct catalog *c;
    enum claim claim;

    write_file(in(f, "a"), "x", 1);
    add(f, "a", &video, &content);
    assert_int_equal(catalog_open(&c, in(f, CATALOG_NAME), false, NULL), SC_OK);
    assert_int_equal(run_begin(c, f->settings, &first, NULL), SC_OK);
    assert_int_equal(run_begin(f->c, f->settings, &second, NULL), SC_OK);
    assert_int_equal(work_claim(c, first, content, f->settings, video, 0, &claim, &answer, NULL), SC_OK);
    assert_int_equal(claim, CLAIM_MINE);
    assert_int_equal(work_claim(c, first, content, f->settings, video, 0, &claim, &answer, NULL), SC_OK);
    assert_int_equal(claim, CLAIM_BUSY);
    assert_int_equal(work_claim(f->c, second, content, f->settings, video, 0, &claim, &answer, NULL), SC_OK);
    assert_int_equal(claim, CLAIM_BUSY);

    /* Killed: nobody said that it ended, but its lock is free. */
    assert_true(run_is_alive(f->c, first));
    catalog_close(&c);
    assert_false(run_is_alive(f->c, first));
    assert_int_equal(work_claim(f->c, second, content, f->settings, video, 0, &claim, &answer, NULL), SC_OK);
    assert_int_equal(claim, CLAIM_MINE);
    assert_int_equal(work_take(f->c, second, &taken, &of, NULL), SC_OK);
    assert_int_equal(taken, 0);
    assert_int_equal(work_ready(f->c, content, f->settings, NULL), SC_OK);
    assert_int_equal(work_take(f->c, second, &taken, &of, NULL), SC_OK);
    assert_int_equal(taken, video);
    assert_int_equal(of, content);
    assert_int_equal(work_take(f->c, second, &taken, &of, NULL), SC_OK);
    assert_int_equal(taken, 0);
    caption(f, video, content, "A title", "a gate");
    assert_int_equal(work_claim(f->c, second, content, f->settings, video, 0, &claim, &answer, NULL), SC_OK);
    assert_int_equal(claim, CLAIM_DONE);
    assert_int_equal(work_claim(f->c, second, content, f->settings, video, INT64_MAX, &claim, &answer, NULL), SC_OK);
    assert_int_equal(claim, CLAIM_MINE);
    gone.id = second;
    assert_int_equal(run_end(f->c, &gone, "done", NULL), SC_OK);
}

static void finds_words_where_and_when_they_are(void **state)
{
    static const char *const odd[] = { "\"", "*", "a\" OR b", "NEAR(a b)", "-x", "col:umn", "(", "\"\" \"\"", "'" };
    struct fixture *f = *state;
    int64_t video, content, second;
    struct sc_video_filter filter = { .tag = "STREET" };
    struct sc_hits hits;
    size_t i;

    write_file(in(f, "a"), "1", 1);
    write_file(in(f, "b"), "2", 1);
    add(f, "a", &video, &content);
    caption(f, video, content, "A caf\303\251", "the red truck leaves");
    add(f, "b", &second, &content);
    caption(f, second, content, "Red trucks", "a gate opens");

    assert_int_equal(search(f->c, "truck RED", NULL, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 1);
    assert_int_equal(hits.rows[0].video_id, video);
    assert_string_equal(hits.rows[0].path, in(f, "a"));
    assert_int_equal(hits.rows[0].passage.start_us, 2000000);
    assert_string_equal(hits.rows[0].passage.text, "the red truck leaves");
    assert_int_equal(hits.rows[0].n_marks, 2);
    assert_int_equal(hits.rows[0].marks[0].start, 4);
    assert_int_equal(hits.rows[0].marks[0].size, 3);
    sc_hits_dispose(&hits);

    assert_int_equal(search(f->c, "truck*", NULL, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 2);
    assert_int_equal(hits.rows[0].passage.kind, SC_TITLE);
    sc_hits_dispose(&hits);
    assert_int_equal(search(f->c, "truck*", NULL, 1, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 1);
    assert_true(hits.more);
    sc_hits_dispose(&hits);
    assert_int_equal(search(f->c, "\"truck red\"", NULL, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 0);
    assert_int_equal(search(f->c, "cafe", &filter, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 1);
    sc_hits_dispose(&hits);
    filter.tag = "harbour";
    assert_int_equal(search(f->c, "cafe", &filter, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 0);
    filter = (struct sc_video_filter){ .in = f->folder };
    assert_int_equal(search(f->c, "gate", &filter, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 1);
    sc_hits_dispose(&hits);
    filter.in = in(f, "a");
    assert_int_equal(search(f->c, "gate", &filter, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 0);
    for (i = 0; i < sizeof odd / sizeof *odd; i++) {
        const enum sc_status s = search(f->c, odd[i], NULL, 10, &hits, NULL);

        assert_true(s == SC_OK || s == SC_ERR_INVALID);
        sc_hits_dispose(&hits);
    }
    caption(f, second, content, "Replaced", "nothing at all");
    assert_int_equal(search(f->c, "gate", NULL, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 0);
}

static void lists_in_every_order(void **state)
{
    struct fixture *f = *state;
    int64_t video, content, n;
    struct sc_video_filter filter = { .text = "50%_b" };
    struct sc_videos videos;
    int order;

    write_file(in(f, "50%_b.mp4"), "1", 1);
    write_file(in(f, "50xxb.mp4"), "2", 1);
    add(f, "50%_b.mp4", &video, &content);
    caption(f, video, content, "Z", "words");
    add(f, "50xxb.mp4", &video, &content);
    for (order = 0; order < SC_N_ORDERS; order++) {
        assert_int_equal(list_videos(f->c, NULL, (enum sc_video_order)order, true, 0, 10, &videos, NULL), SC_OK);
        assert_int_equal(videos.n, 2);
        sc_videos_dispose(&videos);
    }
    assert_int_equal(list_videos(f->c, NULL, SC_BY_TITLE, true, 0, 1, &videos, NULL), SC_OK);
    assert_string_equal(videos.rows[0].title, "Z");
    assert_int_equal(videos.rows[0].state, SC_VIDEO_DONE);
    sc_videos_dispose(&videos);
    assert_int_equal(list_count(f->c, &filter, &n, NULL), SC_OK);
    assert_int_equal(n, 1);
    filter = (struct sc_video_filter){ .in = f->folder };
    assert_int_equal(list_count(f->c, &filter, &n, NULL), SC_OK);
    assert_int_equal(n, 2);
    filter.in = "/";
    assert_int_equal(list_count(f->c, &filter, &n, NULL), SC_OK);
    assert_int_equal(n, 2);
    filter.in = "/nowhere";
    assert_int_equal(list_count(f->c, &filter, &n, NULL), SC_OK);
    assert_int_equal(n, 0);
}

static void tells_everything_of_one_video(void **state)
{
    struct fixture *f = *state;
    struct sc_changes *back = NULL;
    struct made_evidence made;
    struct buffer packed = { 0 }, found = { 0 };
    int64_t video, content;
    struct sc_kept *kept;
    char *a, *b;

    write_file(in(f, "a"), "1", 1);
    add(f, "a", &video, &content);
    evidence_make(&made, 1280, 720);
    assert_int_equal(evidence_pack(&made.changes, &packed, NULL), SC_OK);
    assert_int_equal(look_keep(f->c, content, f->settings, &packed, 12000000, made.changes.n_events, NULL), SC_OK);
    caption(f, video, content, "A title", "a gate");
    assert_int_equal(list_one(f->c, video, &kept, &found, NULL), SC_OK);
    assert_string_equal(kept->video.title, "A title");
    assert_int_equal(kept->video.duration_us, 12000000);
    assert_int_equal(kept->n_passages, 3);
    assert_int_equal(kept->passages[0].kind, SC_TITLE);
    assert_int_equal(kept->n_answers, 1);
    assert_int_equal(kept->answers[0].prompt_tokens, 100);
    assert_int_equal(evidence_unpack(&found, &back, NULL), SC_OK);
    assert_int_equal(sc_changes_json(&made.changes, &a, NULL), SC_OK);
    assert_int_equal(sc_changes_json(back, &b, NULL), SC_OK);
    assert_string_equal(a, b);
    free(a);
    free(b);
    sc_changes_free(&back);
    for (; found.size > 0; found.size -= found.size > 64 ? 61 : 1) { /* cut off anywhere, it is refused */
        found.size--;
        assert_int_equal(evidence_unpack(&found, &back, NULL), SC_ERR_FORMAT);
        found.size++;
    }
    sc_kept_free(&kept);
    assert_int_equal(list_one(f->c, 99, &kept, &found, NULL), SC_ERR_INVALID);
    assert_null(kept);
    buffer_dispose(&packed);
    buffer_dispose(&found);
}

/* Every row of a catalogue but for its numbers and times. */
static char *contents_of(struct catalog *c)
{
    static const char sql[] =
        "SELECT v.path || '|' || hex(k.sha256) || '|' || v.state || '|' || v.title || '|' || coalesce((SELECT "
        "group_concat(p.kind || p.body || p.start_us, ';') FROM (SELECT * FROM passage p WHERE p.content_id = k.id "
        "ORDER BY kind, body) p), '') FROM video v LEFT JOIN content k ON k.id = v.content_id ORDER BY v.path";
    struct buffer out = { 0 };
    sqlite3_stmt *q = NULL;
    enum sc_status s = sql_open(c, &q, NULL, sql, "");

    while (!s && sql_next(c, q, &s, NULL))
        assert_int_equal(buffer_print(&out, NULL, "%s\n", (const char *)sqlite3_column_text(q, 0)), SC_OK);
    assert_int_equal(s, SC_OK);
    sql_close(q);
    return buffer_take(&out);
}

static void on_fault(void *user, const char *text)
{
    (void)user;
    print_message("%s\n", text);
}

static void joins_catalogues_and_twice_is_once(void **state)
{
    struct fixture *f = *state, two = *f;
    int64_t video, content, n, faults;
    struct sc_hits hits;
    char *once, *twice;

    write_file(in(f, "a"), "1", 1);
    write_file(in(f, "b"), "2", 1);
    write_file(in(f, "c"), "3", 1);
    add(f, "a", &video, &content);
    caption(f, video, content, "First", "a gate");
    assert_int_equal(catalog_open(&two.c, in(f, "shard.db"), true, NULL), SC_OK);
    assert_int_equal(catalog_settings(two.c, "filler", &two.settings, NULL), SC_OK);
    assert_int_equal(catalog_settings(two.c, "settings", &two.settings, NULL), SC_OK);
    add(&two, "b", &video, &content);
    caption(&two, video, content, "Second", "a river");
    add(&two, "c", &video, &content);
    assert_int_equal(video_failed(two.c, video, two.settings, SC_REFUSED, "no", NULL), SC_OK);
    catalog_close(&two.c);

    assert_int_equal(catalog_merge(f->c, in(f, "shard.db"), &n, NULL), SC_OK);
    assert_int_equal(n, 2);
    once = contents_of(f->c);
    assert_non_null(strstr(once, "Second"));
    assert_int_equal(search(f->c, "river", NULL, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 1);
    sc_hits_dispose(&hits);
    assert_int_not_equal(known(f, "b").answer_id, 0);
    assert_int_equal(known(f, "c").failure, SC_REFUSED);
    assert_int_equal(catalog_merge(f->c, in(f, "shard.db"), &n, NULL), SC_OK);
    twice = contents_of(f->c);
    assert_string_equal(once, twice);
    assert_int_equal(catalog_verify(f->c, on_fault, NULL, &faults, NULL), SC_OK);
    assert_int_equal(faults, 0);
    free(once);
    free(twice);
}

/* What is asked elsewhere is asked, until something came of it, in either catalogue. */
static void joins_what_is_asked(void **state)
{
    struct fixture *f = *state, two = *f;
    const uint8_t request[HASH_SIZE] = { 7 };
    struct identity file;
    struct asked asked;
    int64_t video[3], content[3], n;
    int i;

    write_file(in(f, "a"), "1", 1);
    write_file(in(f, "b"), "2", 1);
    write_file(in(f, "c"), "3", 1);
    assert_int_equal(catalog_open(&two.c, in(f, "shard.db"), true, NULL), SC_OK);
    assert_int_equal(catalog_settings(two.c, "filler", &two.settings, NULL), SC_OK);
    assert_int_equal(catalog_settings(two.c, "settings", &two.settings, NULL), SC_OK);
    for (i = 0; i < 3; i++) {
        add(&two, (const char *[]){ "a", "b", "c" }[i], &video[i], &content[i]);
        assert_int_equal(asked_add(two.c, content[i], two.settings, request, "[[0,1,\"word\"]]", NULL), SC_OK);
    }
    catalog_close(&two.c);
    for (i = 0; i < 2; i++) {
        assert_int_equal(catalog_merge(f->c, in(f, "shard.db"), &n, NULL), SC_OK);
        assert_int_equal(asked_count(f->c, f->settings, &n, NULL), SC_OK);
        assert_int_equal(n, 3);
    }
    assert_int_equal(identity_of_file(in(f, "b"), NULL, &file, NULL), SC_OK);
    assert_int_equal(asked_find(f->c, file.sha256, f->settings, 0, &asked, NULL), SC_OK);
    assert_true(asked.is_known);
    assert_memory_equal(asked.request, request, HASH_SIZE);
    assert_string_equal(asked.words, "[[0,1,\"word\"]]");
    free(asked.words);

    caption(f, known(f, "a").video_id, known(f, "a").content_id, "First", "a gate");
    assert_int_equal(video_failed(f->c, known(f, "b").video_id, f->settings, SC_REFUSED, "no", NULL), SC_OK);
    assert_int_equal(asked_remove(f->c, known(f, "b").content_id, f->settings, NULL), SC_OK);
    assert_int_equal(catalog_merge(f->c, in(f, "shard.db"), &n, NULL), SC_OK);
    assert_int_equal(asked_count(f->c, f->settings, &n, NULL), SC_OK);
    assert_int_equal(n, 1);
}

static void forgets_what_is_to_be_forgotten(void **state)
{
    struct fixture *f = *state;
    int64_t video, content, n, faults;
    struct sc_hits hits;

    assert_int_equal(mkdir(in(f, "x"), 0777), 0);
    write_file(in(f, "x/a"), "1", 1);
    write_file(in(f, "x0"), "2", 1);
    add(f, "x/a", &video, &content);
    caption(f, video, content, "First", "a gate");
    add(f, "x0", &video, &content);
    caption(f, video, content, "Second", "a gate");
    assert_int_equal(catalog_forget(f->c, in(f, "x"), &n, NULL), SC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(search(f->c, "gate", NULL, 10, &hits, NULL), SC_OK);
    assert_int_equal(hits.n, 1);
    sc_hits_dispose(&hits);
    assert_int_equal(known(f, "x/a").video_id, 0);
    assert_int_equal(catalog_vacuum(f->c, NULL), SC_OK);
    assert_int_equal(catalog_verify(f->c, on_fault, NULL, &faults, NULL), SC_OK);
    assert_int_equal(faults, 0);
}

static void count_fault(void *user, const char *text)
{
    (void)text;
    ++*(int *)user;
}

static void says_what_damage_took(void **state)
{
    struct fixture *f = *state;
    int64_t video, content, faults = 0;
    char name[16], junk[4096];
    int told = 0, i;
    FILE *file;

    for (i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "f%d", i);
        write_file(in(f, name), name, strlen(name));
        add(f, name, &video, &content);
        caption(f, video, content, name, "a gate that opens and closes");
    }
    catalog_close(&f->c);
    memset(junk, 0xA5, sizeof junk);
    file = fopen(in(f, CATALOG_NAME), "r+");
    assert_non_null(file);
    for (i = 6; i < 40; i += 5) {
        assert_int_equal(fseek(file, i * 4096L, SEEK_SET), 0);
        assert_int_equal(fwrite(junk, 1, sizeof junk, file), sizeof junk);
    }
    fclose(file);
    if (!catalog_open(&f->c, in(f, CATALOG_NAME), false, NULL)) {
        assert_int_equal(catalog_verify(f->c, count_fault, &told, &faults, NULL), SC_OK);
        assert_true(faults > 0);
        assert_int_equal(told, faults);
    }
}

/* ---- questions ---- */

static void takes_the_words_that_tell_something_out_of_a_question(void **state)
{
    char words[NARROW_WORDS][NARROW_WORD_SIZE], many[6000] = "";
    int n, i;

    (void)state;
    narrow_words("In which clips does the Gate stay OPEN? The gates opened, it stopped. Kapu ny\xC3\xADlik!", words, &n);
    assert_int_equal(n, 6);
    assert_string_equal(words[0], "gate");
    assert_string_equal(words[1], "stay");
    assert_string_equal(words[2], "open");
    assert_string_equal(words[3], "stop");
    assert_string_equal(words[4], "kapu");
    assert_string_equal(words[5], "ny\xC3\xADlik");
    assert_true(narrow_matches("it is OPENING", words, n));
    assert_false(narrow_matches("reopen the investigates", words, n));
    narrow_words("what happens in the videos? \" OR * NEAR(", words, &n);
    assert_int_equal(n, 1);
    for (i = 0; i < 60; i++)
        sprintf(many + strlen(many), "%c%cwordthatisverymuchlongerthananythingsomebodywouldsearchfor ", 'a' + i % 26,
                'a' + i / 26);
    narrow_words(many, words, &n);
    assert_int_equal(n, NARROW_WORDS);
}

static void narrows_to_the_videos_of_a_question(void **state)
{
    static const struct { const char *name, *title, *words; } videos[] = {
        { "a.mp4", "A gate", "the gate opens" }, { "b.mp4", "A road", "a truck passes" },
        { "c.mp4", "A gate", "the gate stays open all night" }, { "d.mp4", "A road", "a truck passes a gate" },
    };
    struct fixture *f = *state;
    struct sc_video_filter filter = { 0 };
    struct narrowed n;
    int64_t video[4], content;
    size_t i;

    for (i = 0; i < 4; i++) {
        write_file(in(f, videos[i].name), videos[i].name, 5);
        add(f, videos[i].name, &video[i], &content);
        caption(f, video[i], content, videos[i].title, videos[i].words);
    }
    assert_int_equal(narrow(f->c, "in which clips does the gate stay open?", &filter, 20, &n, NULL), SC_OK);
    assert_true(n.is_by_words);
    assert_int_equal(n.n_found, 3);
    assert_int_equal(n.n, 3);
    assert_int_equal(n.video_ids[0], video[2]);
    assert_int_equal(n.video_ids[1], video[0]);
    assert_int_equal(n.video_ids[2], video[3]);
    narrow_dispose(&n);
    assert_int_equal(narrow(f->c, "in which clips does the gate stay open?", &filter, 1, &n, NULL), SC_OK);
    assert_int_equal(n.n, 1);
    assert_int_equal(n.n_found, 3);
    narrow_dispose(&n);

    /* Words that nobody has find nothing, unless something else says which. */
    assert_int_equal(narrow(f->c, "any zebras?", &filter, 20, &n, NULL), SC_OK);
    assert_int_equal(n.n, 0);
    narrow_dispose(&n);
    filter.tag = "street";
    assert_int_equal(narrow(f->c, "any zebras?", &filter, 20, &n, NULL), SC_OK);
    assert_int_equal(n.n, 4);
    assert_false(n.is_by_words);
    narrow_dispose(&n);
    filter = (struct sc_video_filter){ .in = in(f, "b.mp4") };
    assert_int_equal(narrow(f->c, "gates and trucks", &filter, 20, &n, NULL), SC_OK);
    assert_int_equal(n.n, 1);
    assert_int_equal(n.video_ids[0], video[1]);
    narrow_dispose(&n);
    filter = (struct sc_video_filter){ 0 };
    assert_int_equal(narrow(f->c, "what happens?", &filter, 2, &n, NULL), SC_OK);
    assert_int_equal(n.n, 2);
    assert_int_equal(n.n_found, 4);
    narrow_dispose(&n);
}

static void is_found_from_below_and_said_to_be_missing(void **state)
{
    struct fixture *f = *state;
    struct sc_error err;
    char *path;

    assert_int_equal(mkdir(in(f, "x"), 0777), 0);
    assert_int_equal(place_find(in(f, "x"), false, &path, &err), SC_OK);
    assert_string_equal(path, in(f, CATALOG_NAME));
    free(path);
    assert_int_equal(place_find(in(f, "gone"), false, &path, &err), SC_ERR_IO);
    assert_null(path);
    assert_int_equal(place_find("/proc", false, &path, &err), SC_ERR_IO);
    assert_non_null(strstr(err.text, "seechange caption"));
    assert_false(place_is_remote(in(f, CATALOG_NAME)));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(comes_from_every_earlier_version),
        T(an_answer_takes_the_place_of_what_was_asked),
        T(refuses_what_is_no_catalogue_of_ours),
        T(is_read_where_nothing_can_be_written),
        T(tells_files_of_equal_size_head_and_tail_apart),
        T(knows_a_file_until_it_changes),
        T(follows_files_that_were_renamed_moved_or_copied),
        T(keeps_failures_with_reasons_and_tries),
        T(gives_work_to_one_run_only),
        T(finds_words_where_and_when_they_are),
        T(lists_in_every_order),
        T(tells_everything_of_one_video),
        T(joins_catalogues_and_twice_is_once),
        T(joins_what_is_asked),
        T(forgets_what_is_to_be_forgotten),
        T(says_what_damage_took),
        T(takes_the_words_that_tell_something_out_of_a_question),
        T(narrows_to_the_videos_of_a_question),
        T(is_found_from_below_and_said_to_be_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
