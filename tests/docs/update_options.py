#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rewrites the option section of the pages in docs/programs from the programs.

    IH_BUILD_DIR=build python3 tests/docs/update_options.py

A page gets its section between the lines `<!-- options -->` and `<!-- /options -->`; a page without them is left alone
and named on stderr. Exit status 1 when a page has no markers or its program does not run.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("IH_BUILD_DIR", SOURCE / "build")).resolve()
PAGES = SOURCE / "docs" / "programs"
SECTION = re.compile(r"(<!-- options -->\n)(.*?)(<!-- /options -->)", re.S)


def programs():
    """The programs of the build, by name."""
    found = (BUILD / "utilities").glob("gdal_ih_*")
    return sorted(path for path in found if path.is_file() and os.access(path, os.X_OK))


def pages():
    """The pages that describe a program."""
    return sorted(PAGES.glob("gdal_ih_*.md"))


def ask(program, question):
    done = subprocess.run([str(BUILD / "utilities" / program), question], capture_output=True,
                          text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{program} {question} -> {done.returncode}\n{done.stderr}")
    return done.stdout


def wanted_section(program):
    return f"\n{ask(program, '--help-markdown').strip()}\n\n"


def written_section(text):
    """The option section of a page, None when it has no markers."""
    match = SECTION.search(text)
    return match.group(2) if match else None


def with_section(text, section):
    return SECTION.sub(lambda match: match.group(1) + section + match.group(3), text, count=1)


def main():
    failed = False
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if written_section(text) is None:
            print(f"{page.name}: no <!-- options --> ... <!-- /options --> section", file=sys.stderr)
            failed = True
            continue
        try:
            updated = with_section(text, wanted_section(page.stem))
        except (OSError, RuntimeError) as error:
            print(f"{page.name}: {error}", file=sys.stderr)
            failed = True
            continue
        if updated != text:
            page.write_text(updated, encoding="utf-8")
            print(f"{page.name}: updated")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
