# SPDX-License-Identifier: MIT
"""The documentation says what the programs do: option lists are the programs' own, links lead somewhere, marked examples run."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import update_options as options  # noqa: E402
from conftest import BUILD, SOURCE  # noqa: E402

DOCUMENTS = [SOURCE / "README.md", *sorted((SOURCE / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(`{3,}|~{3,})[ \t]*([^\n]*)\n(.*?)^\1[ \t]*$", re.S | re.M)
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")


def name_of(value):
    """How a parameter is shown; what is no path is left to pytest."""
    if not isinstance(value, Path):
        return None
    return str(value.relative_to(SOURCE)) if value.is_relative_to(SOURCE) else value.name


def examples(document):
    """The blocks of a page that are marked `sh test` or `python test`, as one shell script: like a reader who follows
    the page, they run in order and in one folder."""
    text = document.read_text(encoding="utf-8")
    script = ""
    for match in FENCE.finditer(text):
        language, *marks = match.group(2).split() or [""]
        if marks != ["test"]:
            continue
        line = text.count("\n", 0, match.start()) + 1
        body = match.group(3)
        if language == "python":
            body = f"{sys.executable} - <<'END_OF_EXAMPLE'\n{body}END_OF_EXAMPLE\n"
        script += f"echo '== {name_of(document)}:{line}'\n{body}"
    return script


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))


def anchors(text):
    """The fragment names of a document's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*$", FENCE.sub("", text), re.M):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.replace(" ", "-"))
    return found


def broken_links(document):
    text = document.read_text(encoding="utf-8")
    for target in LINK.findall(without_code(text)):
        if re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
            continue
        path, _, fragment = unquote(target).partition("#")
        linked = (document.parent / path).resolve() if path else document
        if not linked.exists():
            yield target
        elif fragment and linked.suffix == ".md":
            if fragment not in anchors(linked.read_text(encoding="utf-8")):
                yield target


@pytest.mark.parametrize("program", options.programs(), ids=name_of)
def test_every_program_has_a_page(program):
    assert (options.PAGES / f"{program.name}.md").is_file()


@pytest.mark.parametrize("page", options.pages(), ids=name_of)
def test_the_option_list_of_a_page_is_the_programs_own(page):
    written = options.written_section(page.read_text(encoding="utf-8"))
    assert written is not None, "no <!-- options --> section"
    assert written == options.wanted_section(page.stem), "run tests/docs/update_options.py"


@pytest.mark.parametrize("page", options.pages(), ids=name_of)
def test_every_option_of_the_help_is_on_the_page(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"^  (--?[A-Za-z]\S*)", options.ask(page.stem, "--help"), re.M)
    assert len(named) > 5
    missing = [option for option in named if not re.search(re.escape(f"`{option}") + r"[ `]", text)]
    assert missing == []


@pytest.mark.parametrize("page", options.pages(), ids=name_of)
def test_a_page_names_only_options_that_exist(page):
    program = page.stem
    text = page.read_text(encoding="utf-8")
    # The list for the page has the options of all verbs.
    existing = set(re.findall(r"^- `--?([A-Za-z][^\s`]*)", options.ask(program, "--help-markdown"), re.M))
    used = set()
    for match in FENCE.finditer(text):
        for line in re.sub(r"\\\n", " ", match.group(3)).splitlines():
            words = re.split(r"#|\||&&|;", line)[0].split()
            if words and words[0] == program:
                used |= {re.sub(r"^--?|=.*$", "", word) for word in words[1:]
                         if re.match(r"--?[A-Za-z]", word)}
    assert used - existing - {"quiet"} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_to_something(document):
    assert list(broken_links(document)) == []


@pytest.mark.parametrize("document", [page for page in DOCUMENTS if examples(page)], ids=name_of)
def test_marked_examples_run(document, tmp_path):
    environment = {**os.environ, "IH_DATA": str(SOURCE / "data"), "HOME": str(tmp_path)}
    folder = tmp_path / "work"
    folder.mkdir()
    done = subprocess.run(["bash", "-e", "-c", examples(document)], cwd=folder, env=environment,
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("program", options.programs(), ids=name_of)
def test_completion_offers_every_option(program, tmp_path):
    script = tmp_path / "completion"
    script.write_text(options.ask(program.name, "--help-completion"), encoding="utf-8")
    done = subprocess.run(
        ["bash", "-c", f"source {script}; COMP_WORDS=({program.name} -); COMP_CWORD=1; "
                       f"_{program.name}; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    offered = set(done.stdout.split())
    named = set(re.findall(r"^  (--?[A-Za-z]\S*)", options.ask(program.name, "--help"), re.M))
    assert offered == named


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
@pytest.mark.parametrize("page", sorted((BUILD / "share" / "man" / "man1").glob("*.1")),
                         ids=name_of)
def test_manual_pages_format_without_complaint(page):
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", str(page)],
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, "MANWIDTH": "80"})
    # A narrow column of a table may leave a line that cannot be justified; anything else is a fault.
    complaints = [line for line in done.stderr.splitlines() if "cannot adjust line" not in line]
    assert done.returncode == 0 and complaints == []
    # Bold letters come as a letter, a backspace and the letter again.
    plain = re.sub(".\b", "", done.stdout)
    for section in ("NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES"):
        assert re.search(f"^{section}$", plain, re.M), section
    assert re.search(rf"^ +{page.stem} +- +\S", plain, re.M), "no line that says what the program is for"
