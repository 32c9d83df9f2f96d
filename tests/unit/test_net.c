/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "utilities/net/access.h"
#include "utilities/net/http.h"
#include "utilities/net/json.h"
#include "utilities/net/netrc.h"
#include "utilities/net/retry.h"
#include "utilities/net/text.h"
#include "utilities/net/token.h"
#include "utilities/net/url.h"

#define URS "https://urs.earthdata.nasa.gov"

static void domains_are_compared_with_their_dot(void **state)
{
    (void)state;
    assert_true(ih_host_in_domain("datapool.asf.alaska.edu", ".asf.alaska.edu"));
    assert_true(ih_host_in_domain("ASF.alaska.edu", ".asf.alaska.edu"));
    assert_false(ih_host_in_domain("asf.alaska.edu.evil.example", ".asf.alaska.edu"));
    assert_false(ih_host_in_domain("notasf.alaska.edu", ".asf.alaska.edu"));
    assert_false(ih_host_in_domain("", ".asf.alaska.edu"));
}

static void credentials_go_where_they_belong(void **state)
{
    static const struct {
        const char *url;
        unsigned send;
    } cases[] = {
        {URS "/api/users/tokens", IH_SEND_BASIC | IH_SEND_BEARER},
        {"https://hyp3-api.asf.alaska.edu/user", IH_SEND_BEARER | IH_SEND_COOKIE},
        {"https://cmr.earthdata.nasa.gov/search", IH_SEND_BEARER},
        {"https://own.example:8443/jobs", IH_SEND_BEARER},
        {"https://own.example/jobs", IH_SEND_NOTHING},
        {"https://sub.own.example:8443/jobs", IH_SEND_NOTHING},
        {"http://datapool.asf.alaska.edu/x", IH_SEND_NOTHING},
        {"http://urs.earthdata.nasa.gov/x", IH_SEND_NOTHING},
        {"https://urs.earthdata.nasa.gov:444/x", IH_SEND_NOTHING},
        {"https://datapool.asf.alaska.edu:8443/x", IH_SEND_NOTHING},
        {"https://datapool.asf.alaska.edu.evil.example/x", IH_SEND_NOTHING},
        {"https://datapool.asf.alaska.edu@evil.example/x", IH_SEND_NOTHING},
        {"https://evil.example/datapool.asf.alaska.edu", IH_SEND_NOTHING},
        {"https://bucket.s3.amazonaws.com/x?X-Amz-Signature=1", IH_SEND_NOTHING},
        {"https://d1.cloudfront.net/x", IH_SEND_NOTHING},
        {"ftp://datapool.asf.alaska.edu/x", IH_SEND_NOTHING},
        {"datapool.asf.alaska.edu/x", IH_SEND_NOTHING},
        {"", IH_SEND_NOTHING},
    };
    ih_access access;

    (void)state;
    assert_int_equal(ih_access_start(&access, URS, NULL), IH_OK);
    assert_int_equal(ih_access_name(&access, "https://own.example:8443/base", IH_SEND_BEARER, NULL),
                     IH_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ih_access_allowed(&access, cases[i].url), cases[i].send);
}

static void a_token_of_another_login_service_is_nothing_to_nasa(void **state)
{
    ih_access access;

    (void)state;
    assert_int_equal(ih_access_start(&access, "https://login.example", NULL), IH_OK);
    assert_int_equal(ih_access_allowed(&access, "https://datapool.asf.alaska.edu/x"),
                     IH_SEND_NOTHING);
    assert_int_equal(ih_access_allowed(&access, URS), IH_SEND_NOTHING);
    assert_int_equal(ih_access_allowed(&access, "https://login.example/api"),
                     IH_SEND_BASIC | IH_SEND_BEARER);
}

static void shown(const char *url, const char *expected)
{
    char text[IH_URL_SHOWN];

    ih_url_show(url, text, sizeof text);
    assert_string_equal(text, expected);
}

static void addresses_are_shown_without_secrets(void **state)
{
    (void)state;
    shown("https://h/jobs?name=a&start=b", "https://h/jobs?name=a&start=b");
    shown("https://h/x?X-Amz-Signature=abc&name=b", "https://h/x?***");
    shown("https://h/login?code=abc", "https://h/login?***");
    shown("https://user:pass@h/x", "https://h/x");
    shown("https://us@er:pa/ss@h/x", "https://er:pa/ss@h/x");
    shown("https://h?token=a#frag", "https://h?***");
    shown("https://h/x#token", "https://h/x");
    shown("https://h/\x1b[2J", "https://h/?[2J");
}

static void loopback_is_this_machine_alone(void **state)
{
    static const char *const good[] = {"http://127.0.0.1/",    "http://127.9.8.7:80",
                                       "http://[::1]:1/",      "http://localhost",
                                       "http://LOCALHOST:9/x", "https://h"};
    static const char *const bad[] = {"http://128.0.0.1", "http://127.0.0.1.example",
                                      "http://localhost.example", "http://[::2]", "http://h"};
    ih_origin origin;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(ih_url_origin(good[i], &origin) && ih_origin_is_safe(&origin));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(!ih_url_origin(bad[i], &origin) || !ih_origin_is_safe(&origin));
}

static void fields_are_encoded_for_forms(void **state)
{
    ih_text text = {0};

    (void)state;
    ih_text_add_field(&text, "attribute[]", "string,POLARIZATION,VV+VH");
    ih_text_add_field(&text, "t", "2024-01-01T00:00:00+00:00 \xc3\xa9~");
    assert_string_equal(text.data, "attribute[]=string%2CPOLARIZATION%2CVV%2BVH&"
                                   "t=2024-01-01T00%3A00%3A00%2B00%3A00%20%C3%A9~");
    ih_text_free(&text);
}

static void base64_follows_the_vectors_of_rfc_4648(void **state)
{
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};

    (void)state;
    for (size_t i = 1; i < 7; i++) {
        ih_text coded = {0}, back = {0};

        ih_text_add_base64(&coded, vectors[i][0], strlen(vectors[i][0]));
        assert_string_equal(coded.data, vectors[i][1]);
        assert_true(ih_text_decode_base64url(&back, coded.data, strcspn(coded.data, "=")));
        assert_string_equal(back.data, vectors[i][0]);
        ih_text_free(&coded);
        ih_text_free(&back);
    }
    {
        ih_text back = {0};

        assert_true(ih_text_decode_base64url(&back, "-_8", 3));
        assert_memory_equal(back.data, "\xfb\xff", 2);
        assert_false(ih_text_decode_base64url(&back, "+/8", 3));
        assert_false(ih_text_decode_base64url(&back, "a b", 3));
        ih_text_free(&back);
    }
}

static void requests_that_create_are_not_repeated_blindly(void **state)
{
    static const struct {
        ih_attempt attempt;
        bool again;
    } cases[] = {
        {{IH_ATTEMPT_NOT_SENT, 0, true, false, 0}, true},
        {{IH_ATTEMPT_LOST, 0, true, false, 0}, false},
        {{IH_ATTEMPT_LOST, 0, false, false, 0}, true},
        {{IH_ATTEMPT_ANSWERED, 429, true, false, 0}, true},
        {{IH_ATTEMPT_ANSWERED, 502, true, false, 0}, false},
        {{IH_ATTEMPT_ANSWERED, 504, true, false, 0}, false},
        {{IH_ATTEMPT_ANSWERED, 503, true, false, 0}, false},
        {{IH_ATTEMPT_ANSWERED, 503, true, true, 0}, true},
        {{IH_ATTEMPT_ANSWERED, 500, true, false, 0}, false},
        {{IH_ATTEMPT_ANSWERED, 502, false, false, 3}, true},
        {{IH_ATTEMPT_ANSWERED, 500, false, false, 0}, true},
        {{IH_ATTEMPT_ANSWERED, 500, false, false, 1}, false},
        {{IH_ATTEMPT_ANSWERED, 400, false, false, 0}, false},
        {{IH_ATTEMPT_ANSWERED, 401, false, false, 0}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(ih_retry_is_safe(&cases[i].attempt), cases[i].again);
}

static void waits_double_to_sixteen_times_with_a_quarter_of_jitter(void **state)
{
    static const double nominal[] = {1, 2, 4, 8, 16, 16};

    (void)state;
    for (int i = 0; i < 6; i++) {
        assert_true(ih_retry_wait_s(i, 1.0, 0.0) == 0.75 * nominal[i]);
        assert_true(ih_retry_wait_s(i, 1.0, 0.5) == nominal[i]);
        assert_true(ih_retry_wait_s(i, 1.0, 0.999) < 1.25 * nominal[i]);
    }
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    assert_true(ih_retry_after_s("120", 0) == 120.0);
    assert_true(ih_retry_after_s(" 0 ", 0) == 0.0);
    assert_true(ih_retry_after_s("99999999999999999999", 0) == 1e9);
    assert_true(ih_retry_after_s("Fri, 31 Dec 1999 23:59:59 GMT", 946684799 - 30) == 30.0);
    assert_true(ih_retry_after_s("Fri, 31 Dec 1999 23:59:59 GMT", 1000000000) == 0.0);
    assert_true(ih_retry_after_s("soon", 0) == -1.0);
    assert_true(ih_retry_after_s("", 0) == -1.0);
}

static void cookies_are_taken_from_their_own_domain(void **state)
{
    static const struct {
        const char *header, *host, *value;
    } cases[] = {
        {" asf-urs=abc; Domain=.asf.alaska.edu; Path=/", "cumulus.asf.alaska.edu", "abc"},
        {"asf-urs=abc; domain=asf.alaska.edu", "cumulus.asf.alaska.edu", "abc"},
        {"asf-urs=abc", "127.0.0.1", "abc"},
        {"asf-urs=abc; Domain=.asf.alaska.edu", "evil.example", NULL},
        {"asf-urs=abc; Domain=.evil.example", "cumulus.asf.alaska.edu", NULL},
        {"asf-urs=; Path=/", "cumulus.asf.alaska.edu", NULL},
        {"asf-urs=a b", "h", NULL},
        {"asf-urs=a\x01", "h", NULL},
        {"other=abc", "h", NULL},
        {"ASF-URS=abc", "h", NULL},
        {"", "h", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *value = ih_cookie_from_header(cases[i].header, cases[i].host);

        if (cases[i].value)
            assert_string_equal(value, cases[i].value);
        else
            assert_null(value);
        free(value);
    }
}

static void json_numbers_keep_their_size(void **state)
{
    static const char text[] = "{\"BYTES\": 4193723581, \"bytes\": 1, \"t\": \"147215404\", "
                               "\"n\": null, \"x\": \"1e999\", \"y\": \"12a\"}";
    cJSON *json;
    double value;

    (void)state;
    assert_int_equal(ih_json_parse(text, strlen(text), &json, NULL), IH_OK);
    assert_true(ih_json_number(json, "BYTES", &value) && value == 4193723581.0);
    assert_true(ih_json_number(json, "bytes", &value) && value == 1.0);
    assert_true(ih_json_number(json, "t", &value) && value == 147215404.0);
    assert_false(ih_json_number(json, "x", &value));
    assert_false(ih_json_number(json, "y", &value));
    assert_false(ih_json_number(json, "n", &value));
    assert_null(ih_json_get(json, "n"));
    assert_null(ih_json_get(json, "Bytes"));
    cJSON_Delete(json);
}

static void json_beyond_the_limits_is_refused(void **state)
{
    static const char *const bad[] = {"\"\xc0\xaf\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\xf4\x90\x80\x80\"",
                                      "\"\xe2\x82\"",
                                      "{} x",
                                      "",
                                      "{\"a\":}",
                                      "[1,]"};
    char deep[2 * IH_JSON_DEPTH + 3];
    cJSON *json;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ih_json_parse(bad[i], strlen(bad[i]), &json, NULL), IH_E_DATA);
    memset(deep, '[', IH_JSON_DEPTH);
    memset(deep + IH_JSON_DEPTH, ']', IH_JSON_DEPTH);
    assert_int_equal(ih_json_parse(deep, 2 * IH_JSON_DEPTH, &json, NULL), IH_OK);
    cJSON_Delete(json);
    memset(deep, '[', IH_JSON_DEPTH + 1);
    memset(deep + IH_JSON_DEPTH + 1, ']', IH_JSON_DEPTH + 1);
    assert_int_equal(ih_json_parse(deep, 2 * IH_JSON_DEPTH + 2, &json, NULL), IH_E_DATA);
    /* Brackets in texts do not count. */
    assert_int_equal(ih_json_parse("\"[[\\\"[\"", 8, &json, NULL), IH_E_DATA);
    assert_int_equal(ih_json_parse("\"[[\\\"[\"", 7, &json, NULL), IH_OK);
    cJSON_Delete(json);
}

static void netrc_entries_are_found_by_the_grammar(void **state)
{
    static const char text[] =
        "# machine h login no password no\n"
        "machine other login a password #b\n"
        "macdef init\nmachine h login no password no\n\n"
        "MACHINE H\n\tLogin \"j doe\"\n account x password \"a\\\"b\\\\#c\"\n"
        "machine h login second password second\n"
        "default login d password d\n";
    ih_netrc_entry entry;

    (void)state;
    assert_int_equal(ih_netrc_find(text, strlen(text), "h", &entry, NULL), IH_OK);
    assert_string_equal(entry.login, "j doe");
    assert_string_equal(entry.password, "a\"b\\#c");
    ih_netrc_free(&entry);
    assert_int_equal(ih_netrc_find(text, strlen(text), "other", &entry, NULL), IH_OK);
    assert_string_equal(entry.password, "#b");
    ih_netrc_free(&entry);
    assert_int_equal(ih_netrc_find(text, strlen(text), "absent", &entry, NULL), IH_OK);
    assert_null(entry.login);
}

static void netrc_entries_that_end_early_are_told(void **state)
{
    static const char *const bad[] = {"machine h login", "machine h login a",
                                      "machine h password a", "machine h",
                                      "machine h login \"a password b"};
    ih_netrc_entry entry;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ih_netrc_find(bad[i], strlen(bad[i]), "h", &entry, NULL), IH_E_DATA);
        assert_null(entry.login);
    }
}

static void tokens_tell_user_and_end(void **state)
{
    ih_token_claims claims;

    (void)state;
    /* {"uid":"jdoe","exp":1773446400} */
    assert_true(ih_token_read_claims("e30.eyJ1aWQiOiJqZG9lIiwiZXhwIjoxNzczNDQ2NDAwfQ.x", &claims));
    assert_string_equal(claims.user, "jdoe");
    assert_true(claims.expires == 1773446400);
    assert_false(ih_token_read_claims("opaque", &claims));
    assert_false(ih_token_read_claims("a.b", &claims));
    assert_false(ih_token_read_claims("a.!!.c", &claims));
    assert_true(ih_token_expiration_date("03/14/2026") == 1773446400);
    assert_true(ih_token_expiration_date("2026-03-14") == 0);
}

static void refusals_are_explained_in_printable_words(void **state)
{
    char text[512];
    static const char json[] = "{\"detail\":\"no\\u0007 way\"}";
    static const char html[] = "<html><p>Bad\n\n Gateway</p>\x1b</html>";

    (void)state;
    ih_http_explain(json, sizeof json - 1, text);
    assert_string_equal(text, "no way");
    ih_http_explain("{\"errors\":[\"a\",\"b\"]}", 20, text);
    assert_string_equal(text, "a; b");
    ih_http_explain(html, sizeof html - 1, text);
    assert_string_equal(text, "Bad Gateway");
    ih_http_explain(NULL, 0, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_are_compared_with_their_dot),
        cmocka_unit_test(credentials_go_where_they_belong),
        cmocka_unit_test(a_token_of_another_login_service_is_nothing_to_nasa),
        cmocka_unit_test(addresses_are_shown_without_secrets),
        cmocka_unit_test(loopback_is_this_machine_alone),
        cmocka_unit_test(fields_are_encoded_for_forms),
        cmocka_unit_test(base64_follows_the_vectors_of_rfc_4648),
        cmocka_unit_test(requests_that_create_are_not_repeated_blindly),
        cmocka_unit_test(waits_double_to_sixteen_times_with_a_quarter_of_jitter),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
        cmocka_unit_test(cookies_are_taken_from_their_own_domain),
        cmocka_unit_test(json_numbers_keep_their_size),
        cmocka_unit_test(json_beyond_the_limits_is_refused),
        cmocka_unit_test(netrc_entries_are_found_by_the_grammar),
        cmocka_unit_test(netrc_entries_that_end_early_are_told),
        cmocka_unit_test(tokens_tell_user_and_end),
        cmocka_unit_test(refusals_are_explained_in_printable_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
