# SPDX-License-Identifier: MIT
"""gdal_ih_hub jobs, user and cost: what HyP3 tells, page by page."""
import json
import uuid

import pytest
from conftest import PASSWORD_ENTRY
from service import Reply, as_json, page, problem


def job(i, status="SUCCEEDED", name="stack", **more):
    return {"job_id": str(uuid.UUID(int=i)), "user_id": "jdoe", "status_code": status, "name": name, "credit_cost": 10,
            "request_time": f"2026-01-{1 + i % 28:02d}T00:00:00Z", "job_type": "INSAR_GAMMA",
            "job_parameters": {"granules": ["a", "b"], "looks": "20x4"}, **more}


@pytest.fixture
def ask(hub):
    token = next(iter(hub.services.tokens))

    def run(*words, code=0, env=None):
        done = hub.run(*words, env={"EARTHDATA_TOKEN": token, **(env or {})})
        assert done.returncode == code, done.stdout + done.stderr
        return done
    run.hub, run.services = hub, hub.services
    return run


def test_jobs_are_listed_with_the_usual_sentence(ask):
    ask.services.jobs = [job(1), job(2), job(3, "FAILED", "bad"), job(4, "RUNNING"), job(5, "PENDING")]
    lines = ask("jobs").stdout.splitlines()
    assert lines[2] == "bad 00000000-0000-0000-0000-000000000003 INSAR_GAMMA FAILED"
    assert lines[-1] == "5 HyP3 Jobs: 2 succeeded, 1 failed, 1 running, 1 pending." and len(lines) == 6


def test_pages_are_followed_until_there_is_no_next(ask):
    ask.services.jobs, ask.services.jobs_page = [job(i, name="wanted" if i in (0, 24) else "other") for i in range(25)], 5
    found = json.loads(ask("jobs", "-name", "wanted", "-json").stdout)
    assert [j["job_id"][-2:] for j in found] == ["00", "18"]
    assert len(ask.services.asked("hyp3")) == 5       # three of them without any job
    assert all(r.value("name") == "wanted" for r in ask.services.asked("hyp3"))


def test_next_on_another_host_is_asked_of_ours(ask):
    ask.services.jobs, ask.services.jobs_page = [job(i) for i in range(12)], 5
    ask.services.next_base = ask.services.url["foreign"] + "/prefix"
    assert "12 HyP3 Jobs" in ask("jobs").stdout
    assert ask.services.asked("foreign") == [] and len(ask.services.asked("hyp3")) == 3


def test_a_prefix_of_the_base_address_is_kept(ask):
    ask.services.fail("hyp3", "/base/jobs", as_json({"jobs": [], "next": "https://x/jobs?start_token=1"}), as_json({"jobs": []}))
    ask("jobs", "-hyp3_url", ask.services.url["hyp3"] + "/base/")
    assert [r.path for r in ask.services.asked("hyp3")] == ["/base/jobs", "/base/jobs"]


def test_filters_are_sent_as_the_service_wants_them(ask):
    ask("jobs", "-status", "failed", "-start", "2026-01-01", "-end", "2026-01-31T12:00:00.5+02:00", "-user_id", "other",
        "-job_type", "INSAR_GAMMA", "-name", "a+b & c")
    assert dict(ask.services.asked("hyp3")[0].query) == {
        "name": "a+b & c", "status_code": "FAILED", "job_type": "INSAR_GAMMA", "user_id": "other",
        "start": "2026-01-01T00:00:00Z", "end": "2026-01-31T10:00:00Z"}


@pytest.mark.parametrize("words, why", [(["-start", "2026-02-01", "-end", "2026-01-01"], "is after"),
                                        (["-start", "soon"], "-start"), (["-name", ""], "1 to 100"),
                                        (["-name", "x" * 101], "1 to 100"), (["-status", "DONE"], "none of")])
def test_what_the_service_would_refuse_is_refused_before(ask, words, why):
    assert why in ask("jobs", *words, code=1).stderr and ask.services.requests == []


@pytest.mark.parametrize("answers, why", [
    ([as_json({"jobs": [], "next": "https://h/jobs?start_token=1"})] * 9, "would not end"),
    ([as_json({"jobs": [], "next": "nonsense"})], "cannot be asked"),
    ([as_json({"jobs": [], "next": "https://h/jobs?a b"})], "cannot be asked"),
    ([as_json({"next": None})], "no list of jobs"), ([as_json([])], "no list of jobs"),
    ([page(500, "Internal Server Error")] * 2, "HTTP 500"), ([Reply(body=b"{")], "cannot be read")])
def test_lists_that_are_none(ask, answers, why):
    ask.services.fail("hyp3", "/jobs", *answers)
    assert why in ask("jobs", code=1).stderr


def test_a_token_that_ends_between_pages_is_replaced(hub):
    hub.netrc(*PASSWORD_ENTRY)
    services = hub.services
    services.jobs, services.jobs_page = [job(i) for i in range(12)], 5
    services.fail("hyp3", "/jobs", None, problem(401, "Invalid authorization token provided: Signature has expired"))
    done = hub.run("jobs")
    assert done.returncode == 0 and "12 HyP3 Jobs" in done.stdout
    assert len(services.asked("login", "/api/users/find_or_create_token")) == 2


def test_records_are_written_as_they_came(ask, tmp_path):
    odd = {"job_id": "1", "user_id": "jdoe", "request_time": "2026-01-01", "status_code": "NEW_STATE", "unknown": {"a": [1, None]},
           "processing_times": [[1.5, 2], 3], "name": "esc\u001b[2J", "expiration_time": None}
    ask.services.jobs = [odd, {"user_id": "jdoe", "request_time": "2026-01-01"}]
    said = ask("jobs", tmp_path / "jobs.json").stdout
    assert "2 HyP3 Jobs: 0 succeeded, 0 failed, 0 running, 0 pending, 2 in another state." in said and "\x1b" not in said
    assert "- - - -" in said
    assert json.loads((tmp_path / "jobs.json").read_text()) == ask.services.jobs
    assert "-overwrite" in ask("jobs", tmp_path / "jobs.json", code=1).stderr


@pytest.mark.parametrize("credits, words", [(7999.0, "Credits left: 7999"), (None, "Credits left: unlimited")])
def test_the_user(ask, credits, words):
    ask.services.user["remaining_credits"] = credits
    assert words in ask("user").stdout
    assert json.loads(ask("user", "-json").stdout) == ask.services.user


def test_prices_need_no_account_and_send_none(ask):
    done = ask("cost", env={"EARTHDATA_TOKEN": ""})
    assert "INSAR_GAMMA              10x2         15\n" in done.stdout and "INSAR_ISCE_BURST                      1\n" in done.stdout
    assert "INSAR_ISCE_MULTI_BURST   5x1 11       90\n" in done.stdout
    ask("cost")
    assert all("authorization" not in r.headers for r in ask.services.requests)


@pytest.mark.parametrize("words, credits", [
    (["RTC_GAMMA"], 5), (["RTC_GAMMA", "-param", "resolution=10"], 60), (["INSAR_GAMMA", "-count", 65], 650),
    (["INSAR_GAMMA", "-param", "looks=10x2", "-count", 2], 30), (["AUTORIFT"], 25),
    (["INSAR_ISCE_MULTI_BURST", "-param", "looks=5x1", "-param", "reference=11"], 90),
    (["INSAR_ISCE_MULTI_BURST", "-param", "reference=4"], 1)])
def test_prices_by_the_services_table(ask, words, credits):
    assert ask("cost", "-job_type", *words).stdout == f"{credits} credits\n"
    assert json.loads(ask("cost", "-json", "-job_type", *words).stdout)["credits"] == credits


@pytest.mark.parametrize("words, why", [(["-job_type", "NONE"], "no job type"), (["-count", "2"], "need -job_type"),
                                        (["-job_type", "INSAR_GAMMA", "-param", "looks=1x1"], "does not tell"),
                                        (["-job_type", "INSAR_ISCE_MULTI_BURST"], "does not tell"),
                                        (["-job_type", "AUTORIFT", "-param", "x"], "NAME=VALUE")])
def test_prices_that_nobody_tells(ask, words, why):
    assert why in ask("cost", *words, code=1).stderr
