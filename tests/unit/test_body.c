/* Request bodies and the base64 in them. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/kit/check.h"

#include "client/base64.h"
#include "client/body.h"

static void encodes_the_vectors_of_rfc_4648(void **state)
{
    static const char *const vectors[][2] = {
        { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xFB\xFF\xBF", "+/+/" },
    };
    uint8_t back[16];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char out[16] = "";
        size_t n = base64_encode((const uint8_t *)vectors[i][0], strlen(vectors[i][0]), out);

        assert_int_equal(n, BASE64_SIZE(strlen(vectors[i][0])));
        assert_string_equal(out, vectors[i][1]);
        assert_int_equal(base64_decode(vectors[i][1], back), strlen(vectors[i][0]));
        assert_memory_equal(back, vectors[i][0], strlen(vectors[i][0]));
    }
    assert_int_equal(base64_decode("Zg=", back), 0);
    assert_int_equal(base64_decode("Z!==", back), 0);
}

/* Text, pictures of all remainders by three, two pictures side by side, an empty one. */
static void make(struct body *b, const uint8_t *bytes)
{
    assert_int_equal(body_text(b, "{\"a\":", NULL), SC_OK);
    assert_int_equal(body_json_string(b, "x\"\n\xC3\xA9\xFF", NULL), SC_OK);
    assert_int_equal(body_print(b, NULL, ",%d:\"", 7), SC_OK);
    assert_int_equal(body_base64(b, bytes, 7, NULL), SC_OK);
    assert_int_equal(body_base64(b, bytes + 7, 8, NULL), SC_OK);
    assert_int_equal(body_base64(b, bytes, 0, NULL), SC_OK);
    assert_int_equal(body_text(b, "\",", NULL), SC_OK);
    assert_int_equal(body_base64(b, bytes, 300, NULL), SC_OK);
    assert_int_equal(body_text(b, "}", NULL), SC_OK);
}

static char *expected(const uint8_t *bytes)
{
    char *text = calloc(1, 1024);
    size_t n = (size_t)sprintf(text, "{\"a\":\"x\\\"\\n\xC3\xA9\xEF\xBF\xBD\",7:\"");

    n += base64_encode(bytes, 7, text + n);
    n += base64_encode(bytes + 7, 8, text + n);
    n += (size_t)sprintf(text + n, "\",");
    n += base64_encode(bytes, 300, text + n);
    text[n] = '}';
    return text;
}

static void reads_the_same_bytes_in_pieces_of_any_size(void **state)
{
    struct body b = { 0 };
    uint8_t bytes[300];
    char *want, got[1024];
    size_t i, piece, n, at;

    (void)state;
    for (i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + i / 256);
    want = expected(bytes);
    make(&b, bytes);
    assert_int_equal(body_size(&b), strlen(want));
    for (piece = 1; piece < 40; piece++) {
        memset(got, 0, sizeof got);
        assert_true(body_seek(&b, 0));
        for (at = 0; (n = body_read(&b, got + at, piece)); at += n)
            assert_true(n <= piece);
        assert_int_equal(at, strlen(want));
        assert_string_equal(got, want);
    }
    free(want);
    body_dispose(&b);
}

static void goes_back_to_any_place(void **state)
{
    struct body b = { 0 };
    uint8_t bytes[300] = { 1, 2, 3 };
    char *want, got[1024];
    int64_t at, size;

    (void)state;
    want = expected(bytes);
    make(&b, bytes);
    size = body_size(&b);
    for (at = size; at >= 0; at--) {
        memset(got, 0, sizeof got);
        assert_true(body_seek(&b, at));
        assert_int_equal(body_read(&b, got, sizeof got), size - at);
        assert_string_equal(got, want + at);
    }
    assert_false(body_seek(&b, size + 1));
    assert_false(body_seek(&b, -1));
    free(want);
    body_dispose(&b);
}

static void writes_numbers_without_asking_the_locale(void **state)
{
    static const struct { double value; const char *text; } cases[] = {
        { 0.2, "0.2" }, { 0, "0.0" }, { 1, "1.0" }, { 0.123456, "0.123456" }, { 1e-9, "1e-9" },
    };
    const char *locale = setlocale(LC_NUMERIC, "de_DE.UTF-8");
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct body b = { 0 };

        assert_int_equal(body_json_number(&b, cases[i].value, NULL), SC_OK);
        assert_string_equal(b.text.data, cases[i].text);
        body_dispose(&b);
    }
    if (locale)
        setlocale(LC_NUMERIC, "C");
}

static void refuses_what_is_no_number(void **state)
{
    struct body b = { 0 };
    struct sc_error err;

    (void)state;
    assert_int_equal(body_json_number(&b, NAN, &err), SC_ERR_INVALID);
    assert_int_equal(body_json_number(&b, HUGE_VAL, &err), SC_ERR_INVALID);
    body_dispose(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_the_vectors_of_rfc_4648),
        cmocka_unit_test(reads_the_same_bytes_in_pieces_of_any_size),
        cmocka_unit_test(goes_back_to_any_place),
        cmocka_unit_test(writes_numbers_without_asking_the_locale),
        cmocka_unit_test(refuses_what_is_no_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
