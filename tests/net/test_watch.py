# SPDX-License-Identifier: MIT
"""gdal_ih_hub watch: until all jobs are complete, whatever happens on the way."""
import json
import signal
import subprocess
import time

import pytest
from service import Reply, page, problem
from test_jobs import ask, job  # noqa: F401

FAST = ("-interval", "0.05")


def write(path, jobs):
    path.write_text(json.dumps(jobs), encoding="utf-8")
    return path


def test_it_waits_until_all_are_complete_and_keeps_the_file_up_to_date(ask, tmp_path):
    ask.services.jobs = [job(1, "PENDING"), job(2, "RUNNING"), job(3)]
    ask.services.scripts = {job(1)["job_id"]: ["PENDING", "RUNNING", "SUCCEEDED"], job(2)["job_id"]: ["SUCCEEDED"]}
    old = [{**j, "note": "mine"} for j in json.loads(json.dumps(ask.services.jobs))]
    file = write(tmp_path / "jobs.json", old)
    lines = ask("watch", *FAST, file).stdout.splitlines()
    assert lines == [f"stack {job(2)['job_id']} RUNNING -> SUCCEEDED", f"stack {job(1)['job_id']} PENDING -> RUNNING",
                     f"stack {job(1)['job_id']} RUNNING -> SUCCEEDED",
                     "3 HyP3 Jobs: 3 succeeded, 0 failed, 0 running, 0 pending."]
    kept = json.loads(file.read_text())
    assert [j["status_code"] for j in kept] == ["SUCCEEDED"] * 3 and all(j["note"] == "mine" for j in kept)
    # What is complete is not asked for.
    assert not any(r.path.endswith(job(3)["job_id"]) for r in ask.services.asked("hyp3"))


def test_many_jobs_are_looked_at_by_one_list(ask, tmp_path):
    ask.services.jobs = [job(i, "PENDING") for i in range(12)]
    ask.services.scripts = {j["job_id"]: ["SUCCEEDED"] for j in ask.services.jobs}
    file = write(tmp_path / "jobs.json", ask.services.jobs)
    assert "12 succeeded" in ask("watch", *FAST, file).stdout
    asked = ask.services.asked("hyp3")
    assert [r.path for r in asked] == ["/jobs"] and asked[0].value("start") == "2026-01-01T00:00:00Z"


def test_jobs_by_name(ask):
    ask.services.jobs = [job(1, "RUNNING"), job(2, "RUNNING", "other")]
    ask.services.scripts = {job(1)["job_id"]: ["RUNNING", "SUCCEEDED"]}
    assert "1 HyP3 Jobs: 1 succeeded" in ask("watch", *FAST, "-name", "stack").stdout


def test_a_failed_job_is_exit_status_2(ask, tmp_path):
    ask.services.jobs = [job(1, "RUNNING"), job(2)]
    ask.services.scripts = {job(1)["job_id"]: ["FAILED"]}
    done = ask("watch", *FAST, write(tmp_path / "jobs.json", ask.services.jobs), code=2)
    assert "RUNNING -> FAILED" in done.stdout and "1 failed" in done.stdout


def test_the_end_of_waiting_is_not_the_end_of_the_jobs(ask, tmp_path):
    ask.services.jobs = [job(1, "RUNNING")]
    done = ask("watch", *FAST, "-wait", "0.2", write(tmp_path / "jobs.json", ask.services.jobs), code=1)
    assert "The jobs go on" in done.stdout


def test_unknown_states_are_not_complete(ask, tmp_path):
    ask.services.jobs = [job(1, "RUNNING")]
    ask.services.scripts = {job(1)["job_id"]: ["PAUSED", "SUCCEEDED"]}
    assert "PAUSED -> SUCCEEDED" in ask("watch", *FAST, write(tmp_path / "jobs.json", ask.services.jobs)).stdout


def test_bad_looks_are_waited_out_but_not_for_ever(ask, tmp_path):
    ask.services.jobs = [job(1, "RUNNING")]
    ask.services.scripts = {job(1)["job_id"]: ["SUCCEEDED"]}
    file = write(tmp_path / "jobs.json", ask.services.jobs)
    ask.services.fail("hyp3", "/jobs/.*", Reply(silent=True), page(503, "busy"), Reply(body=b"<html>"), page(429, "slow"))
    done = ask("watch", *FAST, "-retries", "0", file)
    assert "1 succeeded" in done.stdout and done.stderr.count("the watch goes on") == 4
    ask.services.jobs[0]["status_code"] = "RUNNING"
    write(file, ask.services.jobs)
    ask.services.fail("hyp3", "/jobs/.*", *[page(503, "busy")] * 50)
    done = ask("watch", *FAST, "-retries", "0", file, code=1)
    assert done.stderr.count("the watch goes on") == 9 and "HTTP 503" in done.stderr


@pytest.mark.parametrize("reply, why", [(problem(404, "job_id does not exist"), "does not exist"),
                                        (problem(401, "Signature has expired"), "Signature has expired")])
def test_refusals_end_the_watch(ask, tmp_path, reply, why):
    ask.services.fail("hyp3", "/jobs/.*", *[reply] * 9)
    assert why in ask("watch", *FAST, write(tmp_path / "jobs.json", [job(1, "RUNNING")]), code=1).stderr
    assert len(ask.services.asked("hyp3")) == 1


@pytest.mark.parametrize("text, why", [("{}", "no array"), ("[", "no JSON"), ("[{}]", "no job_id"), ('[{"job_id": "../x"}]', "no job_id")])
def test_files_that_are_no_lists_of_jobs(ask, tmp_path, text, why):
    (tmp_path / "jobs.json").write_text(text)
    assert why in ask("watch", tmp_path / "jobs.json", code=1).stderr and ask.services.requests == []
    assert "either" in ask("watch", code=1).stderr


def test_ctrl_c_ends_the_watch_and_not_the_jobs(ask, tmp_path):
    ask.services.jobs = [job(1, "RUNNING")]
    file = write(tmp_path / "jobs.json", ask.services.jobs)
    process = subprocess.Popen(ask.hub.words("watch", "-interval", 60, file), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env={**ask.hub.env, "EARTHDATA_TOKEN": next(iter(ask.services.tokens))})
    while not ask.services.asked("hyp3"):
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 1 and "the jobs go on" in err and json.loads(file.read_text()) == ask.services.jobs
