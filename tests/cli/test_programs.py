# SPDX-License-Identifier: MIT
"""What all programs promise: nothing lost, nothing left behind, and one message that says what is wrong."""
import os
import pty
import signal
import subprocess
import time

import pytest

from conftest import BUILD, run


# All of the build: a new one keeps these promises as well.
PROGRAMS = sorted(path.name for path in (BUILD / "utilities").glob("gdal_ih_*") if path.is_file())


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs") / "stack"
    run("gdal_ih_simulate", "-q", "-ts", 60, 50, "-dates", 4, folder)
    return folder


@pytest.mark.parametrize("option, reason", [("BLOCKSIZE=-4", "multiple of 16"), ("BLOCKSIZE=100", "multiple of 16"),
                                            ("BLOCKSIZE=64", "from 128 to 4096"),
                                            ("FOO=1", "there are COMPRESS"), ("x", "NAME=VALUE"),
                                            ("COMPRESS=NEVER", "NEVER"), ("COMPRESS=JPEG", "Float32"),
                                            ("COMPRESS=WEBP", "Float32")])
def test_useless_creation_options_are_refused_before_any_work(stack, tmp_path, option, reason):
    done = run("gdal_ih_sbas", "-q", "-co", option, stack, tmp_path / "out", check=False)
    # One line, and none of the libraries behind GDAL.
    assert done.returncode == 1 and reason in done.stderr and done.stderr.count("ERROR ") == 1
    assert not (tmp_path / "out").exists()


def test_a_block_length_that_cannot_be_is_refused_once_before_any_work(stack, tmp_path):
    for value in ("17", "-16", "many", ""):
        done = run("gdal_ih_sbas", "-q", stack, tmp_path / "out", check=False, env={"IH_BLOCK_PIXELS": value})
        assert done.returncode == 1 and done.stderr.count("ERROR ") == 1 and "multiple of 16" in done.stderr
        assert not (tmp_path / "out").exists()


def test_output_that_cannot_be_written_is_a_failure(stack, tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run(["gdal_ih_sbas", "-json", "-q", stack, tmp_path / "out"], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.count("standard output cannot be written") == 1


def test_a_reader_that_leaves_does_not_stop_the_run(stack, tmp_path):
    process = subprocess.Popen(["gdal_ih_sbas", stack, tmp_path / "out"], stdout=subprocess.PIPE)
    process.stdout.close()
    assert process.wait(60) == 0
    assert (tmp_path / "out" / "run.json").exists()
    assert not list((tmp_path / "out").glob(".ih_*"))


BARS = [line for stage in ("reading", "overview", "checking", "solving", "writing")
        for line in (stage, "0...10...20...30...40...50...60...70...80...90...100 - done.")]


def test_progress_in_a_pipe_is_lines_of_plain_text(stack, tmp_path):
    done = run("gdal_ih_sbas", stack, tmp_path / "out")
    assert set(done.stdout) & set(map(chr, range(32))) == {"\n"}
    assert done.stdout.splitlines()[:len(BARS)] == BARS
    assert run("gdal_ih_sbas", "-q", stack, tmp_path / "quiet").stdout == ""


def test_progress_on_a_terminal_is_the_same_bars(stack, tmp_path):
    ours, its = pty.openpty()
    process = subprocess.Popen(["gdal_ih_sbas", stack, tmp_path / "out"], stdout=its)
    os.close(its)
    said = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:             # the other side is closed
            break
        if not part:
            break
        said += part
    os.close(ours)
    assert process.wait(60) == 0
    # Quick stages show no estimate, so there is nothing to take back.
    assert said.decode().replace("\r\n", "\n").splitlines()[:len(BARS)] == BARS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_large_simulation_stops_when_asked_while_the_scene_is_made(tmp_path, number):
    process = subprocess.Popen(["gdal_ih_simulate", "-q", "-ts", "6000", "6000", tmp_path / "s"])
    time.sleep(1.5)
    process.send_signal(number)
    assert process.wait(20) == 1
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("words, reason", [(["-q=1", "a", "b"], "takes no value"), (["--help=x"], "takes no value"),
                                           (["a", "b", "-weight"], "variance")])
def test_command_line_errors_say_what_is_wanted(words, reason):
    done = run("gdal_ih_sbas", *words, check=False)
    assert done.returncode == 1 and reason in done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_answers_what_gdals_own_answer(tmp_path, program):
    version = run(program, "--version").stdout
    assert version.startswith(f"{program} ") and "GDAL" in version
    assert run(program, "--help").stdout.startswith(f"Usage: {program} ")
    assert "  GTiff -raster-" in run(program, "--formats").stdout
    words = tmp_path / "words"
    words.write_text("# what is asked\n--version\n")
    assert run(program, "--optfile", words).stdout == version
    done = run(program, "--optfile", tmp_path / "none", check=False)
    assert done.returncode == 1 and str(tmp_path / "none") in done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_hands_configuration_to_gdal(program):
    # GDAL tells then which plugins it registers
    for words in ["--debug", "on"], ["--config", "CPL_DEBUG", "ON"], ["--config", "CPL_DEBUG=ON"]:
        assert "GDAL: Auto register" in run(program, *words, "--formats").stderr, words
    assert run(program, "--debug", "NO_SUCH_CATEGORY", "--formats").stderr == ""
    # a driver that may not be registered is no format
    assert "  HYP3 -raster-" in run(program, "--formats").stdout
    assert "  PNG -raster-" not in run(program, "--config", "GDAL_SKIP", "PNG", "--formats").stdout
    done = run(program, "--config", "GDAL_SKIP", check=False)
    assert done.returncode == 1 and "--config needs a key and a value" in done.stderr
