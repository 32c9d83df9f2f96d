# SPDX-License-Identifier: MIT
"""gdal_ih_hub login: where the account comes from, and what of it is told to whom."""
import json
import os
import pty
import re
import signal
import stat
import subprocess
import time

import pytest
import service
from conftest import PASSWORD_ENTRY
from service import PASSWORD, Reply, as_json, make_token, page, problem, redirect


def secrets(services):
    return [PASSWORD, "secret-code", "cookie.of.jdoe", *services.tokens,
            __import__("base64").b64encode(f"jdoe:{PASSWORD}".encode()).decode()]


def test_a_password_becomes_a_token_that_is_tried_everywhere(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    done = hub.run("login")
    assert done.returncode == 0, done.stderr
    assert "user jdoe" in done.stdout and "7999 of 8000 credits left" in done.stdout
    assert "Archive: accepted" in done.stdout and done.stderr == ""
    asked = [(r.host, r.path) for r in services.requests]
    assert asked == [("login", "/api/users/find_or_create_token"), ("hyp3", "/user"),
                     ("login", "/oauth/authorize"), ("archive", "/login")]
    assert all(r.headers["user-agent"].startswith("gdal_ih_hub/") for r in services.requests)
    authorize = services.asked("login", "/oauth/authorize")[0]
    assert authorize.value("client_id") == "BO_n7nTIlMljdvU6kRRB3g" and authorize.value("app_type") == "401"


def test_each_service_is_told_what_is_meant_for_it(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    hub.run("login")
    for request in services.requests:
        words = request.headers.get("authorization", "")
        expected = {"login": "Basic ", "hyp3": "Bearer ", "archive": "Bearer "}[request.host]
        assert words.startswith(expected), request
        assert request.host == "login" or PASSWORD not in request.text


def test_the_token_is_kept_for_its_owner_and_used_again(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    assert hub.run("login", "-no_archive").returncode == 0
    facts = hub.cache().stat()
    assert stat.S_IMODE(facts.st_mode) == 0o600 and stat.S_IMODE(hub.cache().parent.stat().st_mode) == 0o700
    assert sorted(p.name for p in hub.cache().parent.iterdir()) == ["earthdata_token.json"]
    services.requests.clear()
    assert hub.run("login", "-no_archive").returncode == 0
    assert services.asked("login") == []
    (hub.home / ".netrc").unlink()
    done = hub.run("login", "-no_archive", "-json")
    assert json.loads(done.stdout)["credentials"]["source"] == "token of an earlier login"
    assert services.asked("login") == []


def test_a_kept_token_is_not_used_for_another_login_service(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    hub.run("login", "-no_archive")
    (hub.home / ".netrc").unlink()
    services.requests.clear()
    done = hub.run("login", "-login_url", services.url["foreign"])
    assert done.returncode == 1 and "no account" in done.stderr and services.requests == []


def test_a_kept_token_that_is_refused_is_replaced_once(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    hub.run("login", "-no_archive")
    services.tokens.clear()
    services.requests.clear()
    done = hub.run("login", "-no_archive")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [(r.host, r.path) for r in services.requests] == [
        ("hyp3", "/user"), ("login", "/api/users/find_or_create_token"), ("hyp3", "/user")]
    services.fail("hyp3", "/user", *[problem(401, "no")] * 9)
    services.requests.clear()
    assert hub.run("login", "-no_archive").returncode == 1
    assert len(services.asked("hyp3")) == 2


def test_forget_removes_the_kept_token(hub):
    hub.netrc(*PASSWORD_ENTRY)
    hub.run("login", "-no_archive")
    assert "was removed" in hub.run("login", "-forget").stdout
    assert not hub.cache().exists()
    assert "no kept token" in hub.run("login", "-forget").stdout


def test_sources_are_taken_in_order(hub, services, tmp_path):
    token = next(iter(services.tokens))
    file = tmp_path / "token"
    file.write_text(token + "\n")
    file.chmod(0o600)
    hub.netrc(*PASSWORD_ENTRY)
    env, words = {}, []

    def source():
        done = hub.run("login", "-no_archive", "-json", *words, env=env)
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)["credentials"]["source"]

    assert source() == "netrc file"
    env |= {"EARTHDATA_USERNAME": "jdoe", "EARTHDATA_PASSWORD": PASSWORD}
    assert source() == "environment, user and password"
    env["EARTHDATA_TOKEN"] = token
    assert source() == "environment, token"
    words += ["-token_file", file]
    assert source() == "token file"


def test_half_of_a_source_is_an_error_and_not_the_next_source(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    done = hub.run("login", env={"EARTHDATA_USERNAME": "jdoe"})
    assert done.returncode == 1 and "EARTHDATA_PASSWORD is not set" in done.stderr
    hub.netrc("machine 127.0.0.1 login jdoe")
    done = hub.run("login")
    assert done.returncode == 1 and "has no password" in done.stderr
    assert services.requests == []


def test_without_an_account_it_says_how_to_give_one(hub, services):
    done = hub.run("login")
    assert done.returncode == 1 and "EARTHDATA_TOKEN" in done.stderr and "netrc" in done.stderr
    assert services.requests == []


def test_files_that_others_can_read_are_refused_unless_told(hub, services):
    hub.netrc(*PASSWORD_ENTRY, mode=0o640)
    done = hub.run("login")
    assert done.returncode == 1 and "chmod 600" in done.stderr and services.requests == []
    assert hub.run("login", "-any_permissions").returncode == 0


def test_netrc_is_read_by_its_grammar(hub, services):
    escaped = PASSWORD.replace('"', r'\"')
    hub.netrc("# machine 127.0.0.1 login wrong password wrong", "default login wrong password wrong",
              "macdef init", "machine 127.0.0.1 login wrong password wrong", "",
              "machine other.example login wrong password #wrong",
              "machine", "  127.0.0.1", f'login jdoe account x password "{escaped}"',
              "machine 127.0.0.1 login second password second")
    assert hub.run("login").returncode == 0
    hub.netrc("default login jdoe", f'password "{escaped}"')
    hub.cache().unlink()
    assert hub.run("login").returncode == 1


def test_a_wrong_password_names_user_and_source(hub, services):
    hub.netrc("machine 127.0.0.1 login jdoe password wrong-one")
    done = hub.run("login")
    assert done.returncode == 1
    assert "does not accept user jdoe" in done.stdout and "netrc" in done.stdout and "wrong-one" not in done.stdout
    assert len(services.requests) == 1


@pytest.mark.parametrize("ending, words", [
    ("error_msg=Please%20approve&resolution_url=https%3A%2F%2Furs.example%2Fapprove_app%3Fclient_id%3Dx",
     ["https://urs.example/approve_app?client_id=x", "password is right"]),
    ("error_msg=Please%20update%20your%20profile", ["profile", "https://urs.earthdata.nasa.gov/profile"]),
    ("error=access_denied", ["access_denied"])])
def test_what_has_to_be_approved_is_told_with_its_link(hub, services, ending, words):
    hub.netrc(*PASSWORD_ENTRY)
    services.login_ends_with = ending
    done = hub.run("login")
    assert done.returncode == 2
    assert all(word in done.stdout for word in words), done.stdout


def test_a_token_that_has_expired_is_refused_before_any_request(hub, services):
    done = hub.run("login", env={"EARTHDATA_TOKEN": make_token(seconds=-10)})
    assert done.returncode == 1 and "expired" in done.stderr and services.requests == []
    token = make_token(seconds=3600)
    services.tokens[token] = "jdoe"
    done = hub.run("login", env={"EARTHDATA_TOKEN": token})
    assert done.returncode == 0 and "within a day" in done.stderr


def test_a_token_of_another_form_is_used_as_it_is(hub, services):
    services.tokens["opaque"] = "jdoe"
    done = hub.run("login", env={"EARTHDATA_TOKEN": "opaque"})
    assert done.returncode == 0 and "unknown validity" in done.stdout
    done = hub.run("login", env={"EARTHDATA_TOKEN": "two words\r\nX-Injected: yes"})
    assert done.returncode == 1
    assert all("x-injected" not in r.headers for r in services.requests)


@pytest.mark.parametrize("user, words", [
    ({"remaining_credits": None, "application_status": "APPROVED"}, "unlimited credits"),
    ({"remaining_credits": 12.5, "application_status": "PENDING"}, "12.5 credits left"),
    ({"application_status": "NOT_STARTED"}, "unknown credits")])
def test_users_of_every_kind(hub, services, user, words):
    services.user = {"user_id": "jdoe", **user}
    hub.netrc(*PASSWORD_ENTRY)
    done = hub.run("login")
    assert done.returncode == 0 and words in done.stdout and user["application_status"] in done.stdout
    report = json.loads(hub.run("login", "-json").stdout)
    assert report["hyp3"]["unlimited"] == ("remaining_credits" in user and user["remaining_credits"] is None)


def test_no_secret_is_shown_or_written_anywhere_but_in_the_cache(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    hub.run("login", "--debug", "on")
    hub.run("login", "--debug", "on", "-json")
    services.login_ends_with = "error_msg=no&token=leak-in-a-query"
    hub.run("login", "--debug", "on")
    services.fail("hyp3", "/user", lambda r: problem(400, "you sent " + r.headers["authorization"]))
    hub.run("login", "--debug", "on")
    assert "IH: POST" in hub.said and "IH: GET" in hub.said
    for secret in [*secrets(services), "leak-in-a-query"]:
        assert secret not in hub.said
    files = [p for p in hub.home.rglob("*") if p.is_file() and p.name != ".netrc" and p != hub.cache()]
    assert files == []
    assert PASSWORD not in hub.cache().read_text()


def test_no_secret_is_in_the_list_of_processes(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    services.fail("hyp3", "/user", lambda r: Reply(before=1.5, body=b"{}"))
    process = subprocess.Popen(hub.words("login"), env=hub.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not services.asked("hyp3"):
        time.sleep(0.02)
    with open(f"/proc/{process.pid}/cmdline", "rb") as file:
        words = file.read().decode()
    with open(f"/proc/{process.pid}/environ", "rb") as file:
        words += file.read().decode()
    process.communicate(timeout=60)
    assert "login" in words and not any(secret in words for secret in secrets(services))


def talk(hub, answers, *words):
    """Answers the questions of a program on a terminal; (exit status, what the terminal showed)."""
    ours, its = pty.openpty()
    process = subprocess.Popen(hub.words("login", *words), env=hub.env, stdin=its, stdout=its, stderr=its, cwd=hub.home,
                               start_new_session=True)
    os.close(its)
    shown, answered = "", 0
    pending = list(answers)
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part.decode()
        if pending and shown[answered:].endswith(": "):
            answer, answered = pending.pop(0), len(shown)
            if answer is None:
                process.send_signal(signal.SIGINT)
            else:
                os.write(ours, answer.encode() + b"\n")
    os.close(ours)
    return process.wait(30), shown


def test_on_a_terminal_it_asks_and_shows_no_password(hub, services):
    code, shown = talk(hub, ["jdoe", PASSWORD], "-no_archive")
    assert code == 0, shown
    assert "user name" in shown and "Password: " in shown and PASSWORD not in shown
    assert hub.run("login", "-no_archive").returncode == 0     # by the token that was kept


def test_on_a_terminal_a_token_can_be_given(hub, services):
    token = next(iter(services.tokens))
    code, shown = talk(hub, ["", token], "-no_archive")
    assert code == 0 and token not in shown


def test_ctrl_c_at_the_question_ends_it(hub, services):
    code, shown = talk(hub, ["jdoe", None])
    assert code == 1 and "interrupted" in shown and services.requests == []


def test_ctrl_c_during_a_request_ends_it(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    services.fail("hyp3", "/user", Reply(before=20))
    process = subprocess.Popen(hub.words("login"), env=hub.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not services.asked("hyp3"):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 1 and "interrupted" in err


def test_ctrl_c_during_a_wait_ends_it(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    services.fail("hyp3", "/user", *[page(429, "slow down")] * 9)
    process = subprocess.Popen(hub.words("login", retry_delay=60), env=hub.env, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    while not services.asked("hyp3"):
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 1


def test_quiet_says_nothing_but_what_fails(hub, services):
    hub.netrc(*PASSWORD_ENTRY)
    done = hub.run("login", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    services.fail("hyp3", "/user", problem(403, "go away"))
    done = hub.run("login", "-q")
    assert done.returncode == 2 and done.stdout == "" and "go away" in done.stderr


def test_the_help_lists_the_verbs_and_each_has_its_own(hub):
    def help_of(*words):
        done = subprocess.run(["gdal_ih_hub", *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0
        return done.stdout
    verbs = re.findall(r"^  ([a-z]+)$", help_of("--help"), re.M)
    assert "login" in verbs
    for verb in verbs:
        assert help_of(verb, "--help").startswith(f"Usage: gdal_ih_hub {verb} ")
    done = subprocess.run(["gdal_ih_hub", "logn"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "did you mean login?" in done.stderr
