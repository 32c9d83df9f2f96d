# SPDX-License-Identifier: MIT
"""Redirects, retries, limits and hostile answers, seen through gdal_ih_hub login."""
import time
from email.utils import formatdate

import pytest
from conftest import PASSWORD_ENTRY
from service import PASSWORD, Reply, as_json, page, problem, redirect


@pytest.fixture
def asks(hub):
    """Asks HyP3 for the user with a token."""
    def ask(*words, **more):
        token = next(iter(hub.services.tokens))
        return hub.run("login", "-no_archive", *words, env={"EARTHDATA_TOKEN": token}, **more)
    return ask


def foreign_saw_no_secret(services):
    strangers = services.asked("foreign") + services.asked("store")
    assert strangers
    for request in strangers:
        assert "authorization" not in request.headers and "cookie" not in request.headers
        assert not any(secret in request.text for secret in [PASSWORD, *services.tokens, "cookie.of.jdoe"])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("stranger", ["foreign", "store"])
def test_no_credential_follows_a_redirect_to_another_host(asks, services, status, stranger):
    services.fail("hyp3", "/user", redirect(services.url[stranger] + "/user", status))
    asks()
    foreign_saw_no_secret(services)


def test_no_credential_follows_to_another_port_of_the_same_host(asks, services):
    services.fail("hyp3", "/user", redirect(services.url["cmr"] + "/user"))
    asks()
    asked = services.asked("cmr")
    assert asked and "authorization" not in asked[0].headers


def test_credentials_are_decided_anew_on_the_way_back(asks, services):
    services.fail("hyp3", "/user", redirect(services.url["foreign"] + "/there"))
    services.fail("foreign", "/there", redirect(services.url["hyp3"] + "/user"))
    assert asks().returncode == 0
    foreign_saw_no_secret(services)
    assert all("authorization" in r.headers for r in services.asked("hyp3"))


def test_the_password_does_not_follow_a_redirect_of_the_login(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    for status in (302, 307, 308):
        services.fail("login", "/api/users/find_or_create_token", redirect(services.url["foreign"] + "/x", status))
        services.fail("login", "/oauth/authorize", redirect(services.url["foreign"] + "/y", status))
        hub.run("login")
    hub.run("login")
    foreign_saw_no_secret(services)
    assert not any(r.method == "POST" for r in services.asked("foreign"))


def test_a_stranger_cannot_set_the_cookie(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    services.fail("login", "/oauth/authorize", redirect(services.url["foreign"] + "/y"))
    services.fail("foreign", "/y", Reply(200, b"", (("Set-Cookie", "asf-urs=forged; Path=/"),)))
    done = hub.run("login")
    assert done.returncode == 2 and "without its cookie" in done.stdout


@pytest.mark.parametrize("where, why", [
    ("file:///etc/passwd", "neither http nor https"), ("ftp://127.0.0.1/x", "neither http nor https"),
    ("http://192.0.2.1/x", "leads to http"), ("http://user:pw@127.0.0.1/x", "carries a user"),
    ("http://[bad", "cannot be understood")])
def test_redirects_that_are_not_followed(asks, services, where, why):
    services.fail("hyp3", "/user", redirect(where))
    done = asks()
    assert done.returncode == 1 and why in done.stdout and "pw@" not in done.stdout


def test_a_redirect_without_an_address_or_without_end(asks, services):
    services.fail("hyp3", "/user", Reply(302))
    assert "names no address" in asks().stdout
    services.fail("hyp3", "/user", *[redirect("/user")] * 50)
    services.requests.clear()
    assert "more than 10 redirects" in asks().stdout
    assert len(services.asked("hyp3")) == 11


def test_relative_redirects_are_resolved(asks, services):
    services.fail("hyp3", "/user", redirect("user?page=1"))
    assert asks().returncode == 0


def test_https_is_verified_and_never_left(tls_hub, certificate):
    services = tls_hub.services
    token = {"EARTHDATA_TOKEN": next(iter(services.tokens))}
    assert tls_hub.run("login", "-no_archive", env=token).returncode == 0
    services.fail("hyp3", "/user", redirect(services.url["hyp3"].replace("https", "http") + "/user"))
    done = tls_hub.run("login", "-no_archive", env=token)
    assert done.returncode == 1 and "from https to http" in done.stdout
    services.requests.clear()
    tls_hub.ca_file = None
    done = tls_hub.run("login", "-no_archive", env=token)
    assert done.returncode == 1 and "certificate" in done.stdout.lower() and services.requests == []


def test_services_by_http_are_refused_outside_this_machine(hub, services):
    for url in ("http://hyp3.example", "http://127.0.0.1.example", "ftp://127.0.0.1", "https://a:b@host", "nonsense",
                "https://host/?x=1"):
        done = hub.run("login", "-hyp3_url", url)
        assert done.returncode == 1 and "-hyp3_url" in done.stderr and "a:b@" not in done.stderr
    assert services.requests == []


def test_a_proxy_is_not_told_what_is_for_this_machine(asks, services, hub):
    hub.env |= {"http_proxy": services.url["foreign"], "https_proxy": services.url["foreign"],
                "ALL_PROXY": services.url["foreign"]}
    assert asks().returncode == 0 and services.asked("foreign") == []


@pytest.mark.parametrize("status, attempts", [(429, 6), (502, 6), (503, 6), (504, 6), (500, 2), (400, 1), (403, 1), (404, 1)])
def test_what_is_tried_again(asks, services, status, attempts):
    services.fail("hyp3", "/user", *[page(status, "Sorry <b>for that</b>")] * 20)
    done = asks("-retry_delay", "0.001")
    assert done.returncode == 1 and f"HTTP {status}" in done.stdout and "Sorry" in done.stdout
    assert "<" not in done.stdout
    assert len(services.asked("hyp3")) == attempts


@pytest.mark.parametrize("reply", [Reply(silent=True), Reply(body=b'{"user_id": "jdoe"}', cut_after=7),
                                   Reply(body=b"{}", length=1000), page(503, "busy")])
def test_what_passes_is_tried_again_and_succeeds(asks, services, reply):
    services.fail("hyp3", "/user", reply, reply)
    assert asks().returncode == 0
    assert len(services.asked("hyp3")) == 3


def test_a_server_that_is_not_there_is_tried_again_and_named(hub, services):
    services.servers["hyp3"].shutdown()
    services.servers["hyp3"].server_close()
    done = hub.run("login", "-no_archive", "-retries", "2", env={"EARTHDATA_TOKEN": next(iter(services.tokens))})
    assert done.returncode == 1 and services.url["hyp3"] in done.stdout


def test_retry_after_is_honoured(asks, services):
    services.fail("hyp3", "/user", Reply(429, b"", (("Retry-After", "1"),)))
    began = time.monotonic()
    assert asks().returncode == 0
    assert time.monotonic() - began >= 1
    services.fail("hyp3", "/user", Reply(429, b"", (("Retry-After", formatdate(time.time() + 9999, usegmt=True)),)))
    services.requests.clear()
    done = asks("-retry_limit", "20")
    assert done.returncode == 1 and "429" in done.stdout and len(services.asked("hyp3")) == 1


def test_a_slow_answer_ends_at_the_time_limit(asks, services):
    services.fail("hyp3", "/user", *[Reply(body=b" " * 1000, pause=0.05)] * 5)
    done = asks("-timeout", "0.4", "-retries", "1")
    assert done.returncode == 1 and len(services.asked("hyp3")) == 2


@pytest.mark.parametrize("body, why", [
    (b"<html>Log in</html>", "no JSON"), (b"", "no JSON"), (b'{"user_id": "jd', "no JSON"),
    (b'{"user_id": "\xff\xfe"}', "not UTF-8"), (b"[" * 100000, "nested"), (b'{"a":' * 100 + b"1" + b"}" * 100, "nested"),
    (b'{"user_id": "a"} {"user_id": "b"}', "more than one"), (b'{"user_id": "a\x00b"}', "NUL"),
    (b"[]", "names no user"), (b'{"user_id": 7}', "names no user"), (b'"text"', "names no user")])
def test_answers_that_are_no_answers(asks, services, body, why):
    services.fail("hyp3", "/user", Reply(body=body))
    done = asks()
    assert done.returncode == 1 and why in done.stdout


def test_an_answer_beyond_the_limit_is_refused(asks, services):
    services.fail("hyp3", "/user", Reply(body=b'{"user_id": "' + b"x" * (100 << 20) + b'"}'))
    done = asks()
    assert done.returncode == 1 and "more than 67108864 bytes" in done.stdout
    assert len(services.asked("hyp3")) == 1


def test_a_compressed_answer_beyond_the_limit_is_refused(asks, services):
    import gzip
    body = gzip.compress(b'{"user_id": "' + b"x" * (100 << 20) + b'"}', 1)
    services.fail("hyp3", "/user", Reply(body=body, headers=(("Content-Encoding", "gzip"),)))
    done = asks()
    assert done.returncode == 1 and "more than 67108864 bytes" in done.stdout


@pytest.mark.parametrize("reply", [
    problem(400, "x" * 50000), Reply(400), Reply(400, b"\xff\xfe\x00binary"), as_json({"message": "short"}, 400),
    as_json([1, 2], 400), as_json({"detail": {"a": 1}}, 400), Reply(400, b"\x1b[2Jclear"), Reply(200, b"", (("X", "y" * 9000),) * 3)])
def test_refusals_of_any_form_are_told_shortly(asks, services, reply):
    services.fail("hyp3", "/user", reply)
    done = asks()
    assert done.returncode == 1 and len(done.stdout) < 1500
    assert not set(done.stdout) & set(map(chr, range(32))) - {"\n"}
