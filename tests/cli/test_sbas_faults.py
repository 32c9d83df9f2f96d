# SPDX-License-Identifier: MIT
"""gdal_ih_sbas when something goes wrong while it runs: killed or stopped at any moment and started again, no room on
the disk, inputs that vanish or are damaged, folders that cannot be written. Whatever happens, a name of a result is that
of a whole file, and a run that was continued gives the bytes of one that was not."""
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from conftest import run
from test_sbas import Stack, report

WORK = ".gdal_ih_sbas_work"
BAR = len("0...10...20...30...40...50...60...70...80...90...100")


def contents(folder):
    """Checksums of all visible files; of run.json without what may differ between equal runs."""
    files = {}
    for path in sorted(Path(folder).iterdir()):
        if path.name.startswith("."):
            continue
        data = path.read_bytes()
        if path.name == "run.json":
            whole = json.loads(data)
            del whole["execution"]
            data = json.dumps(whole).encode()
        files[path.name] = hashlib.sha256(data).hexdigest()
    return files


def hidden(folder):
    return sorted(p.name for p in Path(folder).iterdir() if p.name.startswith(".")) if Path(folder).exists() else []


def start(words, **more):
    environment = {**os.environ, "IH_BLOCK_PIXELS": "256", **more}
    return subprocess.Popen(["gdal_ih_sbas", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment, bufsize=0)


def stop_at(words, stage, share, number):
    """Sends a signal when the progress bar of a stage has come so far; returns exit status and stderr."""
    program = start(words)
    text, stderr = b"", []
    reader = threading.Thread(target=lambda: stderr.append(program.stderr.read()))
    reader.start()
    head = stage.encode() + b"\n"
    while True:
        byte = program.stdout.read(1)
        text += byte
        if not byte or (head in text and len(text.split(head)[-1]) >= share * BAR):
            break
    program.send_signal(number)
    program.stdout.read()
    program.wait(timeout=120)
    reader.join()
    program.stdout.close()
    program.stderr.close()
    return program.returncode, stderr[0].decode()


def again(words, code=0):
    """The same command until its end."""
    program = start(words)
    out, err = program.communicate(timeout=120)
    assert program.returncode == code, err.decode()
    return err.decode()


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    """Simulated products, one of which is cut off in the middle of its pixels."""
    folder = tmp_path_factory.mktemp("products") / "in"
    run("gdal_ih_simulate", "-q", "-dates", 7, "-ts", 120, 90, folder)
    victim = sorted(folder.glob("*.zip"))[4]
    member = next(i for i in zipfile.ZipFile(victim).infolist() if i.filename.endswith("_corr.tif"))
    data = bytearray(victim.read_bytes())
    middle = member.header_offset + 200 + member.compress_size // 2
    data[middle:middle + 64] = bytes(64)
    victim.write_bytes(data)
    return folder


WAYS = {
    "plain": ["-threads", 2],
    "corrected": ["-threads", 2, "-min_coherence", 0.3, "-deramp", "linear", "-periodic", 1, "-outlier_cutoff", 3,
                  "-reference_date", "auto"],
    "unwrapped": ["-threads", 1, "-wm", "1MB", "-unwrap_error", "bridging+phase_closure"],
    "compatible": ["-threads", 2, "-compat", "mintpy", "-weight", "coherence", "-unwrap_error", "l1"],
}


@pytest.fixture(scope="module")
def whole(products, tmp_path_factory):
    """What an uninterrupted run of each way gives; 2 because of the damaged product."""
    results = {}
    for name, words in WAYS.items():
        out = tmp_path_factory.mktemp("whole") / name
        again([products, out, *words], code=2)
        assert hidden(out) == [], "nothing is left of a run that came to its end"
        results[name] = contents(out)
    return results


def words_of(way, products, tmp_path):
    words = [products, tmp_path / "out", *WAYS[way]]
    if way == "unwrapped":
        (tmp_path / "scratch").mkdir(exist_ok=True)
        words += ["-scratch", tmp_path / "scratch"]
    return words


STAGES = {"plain": ["reading", "overview", "checking", "solving", "writing"],
          "corrected": ["reading", "solving", "correcting", "correcting", "writing"],
          "unwrapped": ["correcting unwrapping errors", "checking", "solving", "solving", "writing"],
          "compatible": ["reading", "correcting unwrapping errors", "solving", "writing", "writing"]}
# What has been found out before is kept from then on.
KEPT = ("solving", "correcting", "writing")


@pytest.mark.parametrize("way", list(WAYS))
def test_a_run_killed_at_any_moment_is_continued_to_the_same_bytes(products, whole, tmp_path, way):
    chance = random.Random(f"kill {way}")
    out, words, continued = tmp_path / "out", words_of(way, products, tmp_path), []
    for stage in STAGES[way]:
        share = chance.random()
        code, _ = stop_at(words, stage, share, signal.SIGKILL)
        if code == -signal.SIGKILL and not (out / "run.json").exists():
            # Killed while results were moved into place, or before: what has a name is whole.
            assert contents(out).items() <= whole[way].items(), (stage, share)
            text = again(words, code=2)
            continued.append(report(out)["execution"]["continued"])
            assert ("continuing an interrupted run" in text) == (continued[-1] is not None)
            assert continued[-1] or stage not in KEPT, (stage, share)
        assert contents(out) == whole[way], (stage, share)
        assert hidden(out) == [] and (way != "unwrapped" or not list((tmp_path / "scratch").iterdir()))
        shutil.rmtree(out)
    assert any(continued), "some run must have been continued for this test to test something"


@pytest.mark.parametrize("way", ["plain", "corrected"])
def test_a_run_stopped_in_any_stage_is_continued_to_the_same_bytes(products, whole, tmp_path, way):
    chance = random.Random(f"stop {way}")
    out, words = tmp_path / "out", words_of(way, products, tmp_path)
    for stage in dict.fromkeys(STAGES[way]):
        code, text = stop_at(words, stage, chance.random() / 2, signal.SIGINT)
        if code == 1:
            assert "interrupted" in text
            assert ("the same command will continue" in text) == out.exists() and (out.exists() or stage not in KEPT)
            if out.exists():
                assert contents(out) == {} and hidden(out) == [WORK]
        else:           # it had come to its end before the signal did
            shutil.rmtree(out)
        again(words, code=2)
        assert contents(out) == whole[way], stage
        assert hidden(out) == []
        shutil.rmtree(out)


def test_a_run_interrupted_again_and_again_comes_to_its_end(products, whole, tmp_path):
    out, words = tmp_path / "out", words_of("plain", products, tmp_path)
    for stage, share in [("solving", 0.2), ("solving", 0.6), ("writing", 0.1), ("writing", 0.5)]:
        stop_at(words, stage, share, signal.SIGKILL)
    again(words, code=2)
    assert contents(out) == whole["plain"]


def interrupted(words):
    """A run killed when all is read and solved."""
    code, _ = stop_at(words, "writing", 0.05, signal.SIGKILL)
    assert code == -signal.SIGKILL


def test_an_option_of_the_inversion_costs_the_solution_only(products, tmp_path):
    out = tmp_path / "out"
    interrupted([products, out, "-threads", 2])
    text = again([products, out, "-threads", 2, "-weight", "none"], code=2)
    assert "option -weight was \"variance\" and is \"none\"" in text and "solved again" in text
    assert report(out)["execution"]["continued"]["blocks"] == 0
    again([products, tmp_path / "fresh", "-weight", "none"], code=2)
    assert contents(out) == contents(tmp_path / "fresh")


@pytest.mark.parametrize("change", ["option", "new input", "input gone", "touched"])
def test_what_has_changed_is_told_and_all_is_done_again(tmp_path, change):
    stack = Stack(tmp_path / "in")
    out, more = tmp_path / "out", []
    interrupted([stack.csv, out])
    if change == "option":
        more, told = ["-ref_pixel", 7, 5], "option -ref_pixel was null and is [7,5]"
    elif change == "new input":
        line = stack.csv.read_text().splitlines()[1]
        stack.rewrite(lambda l: l != line)
        shutil.rmtree(out)
        interrupted([stack.csv, out])
        stack.csv.write_text(stack.csv.read_text() + line + "\n")
        told = "is new"
    elif change == "input gone":
        line = stack.csv.read_text().splitlines()[3]
        stack.rewrite(lambda l: l != line)
        told = "is gone"
    else:
        path = sorted((tmp_path / "in").glob("*_corr.tif"))[0]
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 10))
        told = "has changed"
    text = again([stack.csv, out, *more])
    assert told in text and "starting from the beginning" in text
    assert report(out)["execution"]["continued"] is None
    again([stack.csv, tmp_path / "fresh", *more])
    assert contents(out) == contents(tmp_path / "fresh")


@pytest.mark.parametrize("file", ["cube", "state.json", "blocks", "solve.json", "average_coherence", "cube.sums"])
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_work_folder_is_not_trusted(tmp_path, file, damage):
    stack = Stack(tmp_path / "in")
    out = tmp_path / "out"
    interrupted([stack.csv, out])
    path = out / WORK / file
    data = bytearray(path.read_bytes())
    if damage == "cut":
        del data[len(data) * 2 // 3:]
    else:
        data[len(data) // 3] ^= 0x40
    path.write_bytes(data)
    text = again([stack.csv, out])
    if file in ("blocks", "solve.json"):
        taken = report(out)["execution"]["continued"]
        assert taken["blocks"] < taken["blocks_in_all"]
    else:
        assert "damaged" in text or "has not the size" in text
        assert report(out)["execution"]["continued"] is None
    again([stack.csv, tmp_path / "fresh"])
    assert contents(out) == contents(tmp_path / "fresh")


def test_no_resume_begins_anew_and_leaves_nothing(tmp_path):
    stack = Stack(tmp_path / "in")
    out = tmp_path / "out"
    interrupted([stack.csv, out])
    again([stack.csv, out, "-no_resume"])
    assert hidden(out) == [] and report(out)["execution"]["continued"] is None
    assert report(out)["execution"]["resumable"] is False


def test_a_second_run_into_the_same_folder_is_refused(products, tmp_path):
    words = [products, tmp_path / "out"]
    first = start(words)
    try:
        while b"reading" not in first.stdout.readline():
            assert first.poll() is None
        first.send_signal(signal.SIGSTOP)
        text = again(words, code=1)
        assert "another process is working on the same result" in text
    finally:
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=120)
    assert first.returncode == 2 and (tmp_path / "out" / "run.json").exists()


# -------- the disk -----------------------------------------------------------------------------------------------------

class Disk:
    """A small file system of its own, as long as the test runs."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder],
                                               capture_output=True).returncode:
            pytest.skip("a small file system cannot be mounted here")

    def resize(self, size):
        subprocess.run(["mount", "-o", f"remount,size={int(size)}", self.folder], check=True)

    def lock(self):
        subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)


@pytest.fixture
def disk(tmp_path):
    small = Disk(tmp_path / "disk")
    yield small
    subprocess.run(["umount", "-l", small.folder], check=True)


def bytes_of(folder):
    return sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file())


def test_a_disk_that_fills_up_while_writing_is_told_and_the_run_continued_when_there_is_room(products, whole, disk,
                                                                                             tmp_path):
    """However much room there is, from none for the work cube to almost all that is needed."""
    again([products, tmp_path / "out"], code=2)
    results = bytes_of(tmp_path / "out")
    interrupted([products, tmp_path / "other"])
    work = bytes_of(tmp_path / "other" / WORK)
    continued = []
    for room in (results // 4, work + 60_000, work + results // 3, work + results):
        disk.resize(room)
        out = disk.folder / "out"
        text = again([products, out], code=1)
        assert "No space left" in text or "disk full" in text or "are free" in text
        assert not out.exists() or (contents(out) == {} and hidden(out) == [WORK])
        disk.resize(8 * (work + results))
        again([products, out], code=2)
        continued.append(report(out)["execution"]["continued"])
        assert contents(out) == whole["plain"]
        shutil.rmtree(out)
    assert continued[0] is None and continued[-1]


def test_a_full_scratch_folder_costs_the_resumption_or_the_run(products, whole, disk, tmp_path):
    words = [products, tmp_path / "out", "-scratch", disk.folder]
    text = again([*words, "-wm", "1B"], code=1)
    assert "the work cube needs" in text and str(disk.folder) in text and not (tmp_path / "out").exists()
    text = again(words, code=2)
    assert "nothing can be kept" in text and contents(tmp_path / "out") == whole["plain"]
    assert report(tmp_path / "out")["execution"]["resumable"] is False
    assert not list(disk.folder.iterdir())


def test_folders_that_cannot_be_written_are_told_before_anything_is_read(products, disk, tmp_path):
    (disk.folder / "out").mkdir()
    disk.lock()
    for out in (disk.folder / "out", disk.folder / "new"):
        assert "Read-only file system" in again([products, out], code=1)
    text = again([products, tmp_path / "out", "-scratch", disk.folder], code=1)
    assert "Read-only file system" in text and not (tmp_path / "out").exists()


# -------- inputs that vanish -------------------------------------------------------------------------------------------

def test_a_product_removed_while_others_are_read_costs_only_itself(products, tmp_path):
    shutil.copytree(products, tmp_path / "in", ignore=shutil.ignore_patterns("truth"))
    last = sorted((tmp_path / "in").glob("*.zip"))[-1]
    program = start([tmp_path / "in", tmp_path / "out", "-threads", 1])
    while b"reading\n" not in program.stdout.readline():
        assert program.poll() is None
    program.send_signal(signal.SIGSTOP)
    last.unlink()
    program.send_signal(signal.SIGCONT)
    _, text = program.communicate(timeout=120)
    assert program.returncode == 2 and last.name in text.decode()
    assert last.name in {Path(s["path"]).name for s in report(tmp_path / "out")["skipped"]}
    again([tmp_path / "in", tmp_path / "without"], code=2)
    for name in ("velocity.tif", "displacement.tif", "temporal_coherence.tif"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "without" / name).read_bytes(), name


# -------- the same bytes -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("words", [["-threads", 1], ["-threads", 7], ["-threads", 2, "-no_resume"],
                                   ["-threads", 7, "-wm", "1B", "-no_resume"], ["-threads", 7, "-wm", "900KB"]])
def test_threads_and_memory_change_no_byte(products, whole, tmp_path, words):
    for way in ("corrected", "compatible"):
        again([products, tmp_path / way, *WAYS[way], *words], code=2)
        assert contents(tmp_path / way) == whole[way]


# -------- an earlier run again -----------------------------------------------------------------------------------------

def test_a_run_is_repeated_from_its_report_to_the_same_bytes(products, tmp_path):
    stack = shutil.copytree(products, tmp_path / "in", ignore=shutil.ignore_patterns("truth"))
    (tmp_path / "bad.txt").write_text(sorted(stack.glob("*.zip"))[2].name[5:13] + "\n")
    words = ["-deramp", "linear", "-periodic", 1, "-periodic", 0.5, "-ref_pixel", 50, 40, "-exclude_date",
             f"@{tmp_path}/bad.txt", "-co", "COMPRESS=LZW", "-dem_error=no", "-threads", 1]
    again([stack, tmp_path / "out", *words], code=2)
    shutil.copy(sorted(stack.glob("*.zip"))[0], stack / "S1AA_20300101T170605_20300113T170605_VVP012_INT80_G_ueF_0000.zip")
    text = again(["-config", tmp_path / "out" / "run.json", tmp_path / "repeated"], code=2)
    assert contents(tmp_path / "repeated") == contents(tmp_path / "out"), "what came later is no part of it"
    assert "has changed" not in text
    again(["--config", tmp_path / "repeated" / "run.json", "--config", "IH_TRY", "1", tmp_path / "third"], code=2)
    assert contents(tmp_path / "third") == contents(tmp_path / "out")


def test_the_command_line_has_precedence_over_the_run_that_is_repeated(tmp_path):
    stack = Stack(tmp_path / "in")
    again([stack.csv, tmp_path / "out", "-ref_pixel", 7, 5, "-weight", "none", "-polynomial", 2])
    again(["-config", tmp_path / "out" / "run.json", "-weight", "coherence", "-ref_xy", 500600, 3999560,
           tmp_path / "other"])
    again([stack.csv, tmp_path / "plain", "-polynomial", 2, "-weight", "coherence", "-ref_xy", 500600, 3999560])
    assert contents(tmp_path / "other") == contents(tmp_path / "plain")


def test_changed_and_missing_inputs_of_a_repeated_run_are_told(tmp_path):
    stack = Stack(tmp_path / "in")
    again([stack.csv, tmp_path / "out"])
    rasters = sorted((tmp_path / "in").glob("*_unw.tif"))
    os.utime(rasters[0], (0, 1_500_000_000))
    report_file = tmp_path / "out" / "run.json"
    text = again(["-config", report_file, tmp_path / "second"])
    assert f"{rasters[0]} has changed since" in text
    old = json.loads(report_file.read_text())
    old["version"] = "0.0.1"
    (tmp_path / "old.json").write_text(json.dumps(old))
    assert "was made by version 0.0.1" in again(["-config", tmp_path / "old.json", tmp_path / "third"])
    rasters[1].unlink()
    text = again(["-config", report_file, tmp_path / "fourth"], code=1)
    assert str(rasters[1]) in text and "is not there" in text and not (tmp_path / "fourth").exists()


def test_a_report_that_is_not_there_is_told_once(tmp_path):
    text = again(["-config", tmp_path / "no.json", tmp_path / "out"], code=1)
    assert text.count("no.json") == 1 and "cannot be read" in text


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"program": "other", "options": {}}',
                                     '{"program": "gdal_ih_sbas", "options": {"weight": "heavy"}}'])
def test_what_is_no_report_cannot_be_repeated(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    assert "run.json" in again(["-config", tmp_path / "run.json", tmp_path / "out"], code=1)
    assert not (tmp_path / "out").exists()
