# SPDX-License-Identifier: MIT
"""A home of its own for each test, the servers of service.py, and the program told where they are."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import service  # noqa: E402

# Programs must not reach for an account of whoever runs the tests.
FOREIGN = ("EARTHDATA_TOKEN", "EARTHDATA_USERNAME", "EARTHDATA_PASSWORD", "NETRC", "XDG_CACHE_HOME",
           "http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")


class Hub:
    """Runs gdal_ih_hub against the servers, in a home of its own."""

    def __init__(self, services, home, ca_file=None):
        self.services, self.home, self.ca_file = services, home, ca_file
        self.env = {k: v for k, v in os.environ.items() if k not in FOREIGN} | {"HOME": str(home)}
        self.said = ""              # everything that programs have printed

    def words(self, verb, *words, retry_delay=0.01):
        urls = self.services.url
        account = ["-login_url", urls["login"]] if verb in ("login", "jobs", "user", "watch") else []
        hyp3 = ["-hyp3_url", urls["hyp3"]]
        catalogue = ["-cmr_url", urls["cmr"] + "/search"]
        where = {"search": catalogue, "count": catalogue, "stack": catalogue, "neighbours": catalogue,
                 "jobs": hyp3, "watch": hyp3, "user": hyp3, "cost": hyp3, "login": ["-hyp3_url", urls["hyp3"], "-archive_login_url", urls["archive"] + "/login"]}
        trust = ["-ca_file", self.ca_file] if self.ca_file else []
        return [str(w) for w in ["gdal_ih_hub", verb, *account, *where.get(verb, []), *trust, "-retry_delay", retry_delay,
                                 *words]]

    def run(self, verb, *words, env=None, timeout=60, **more):
        done = subprocess.run(self.words(verb, *words, **more), capture_output=True, text=True, timeout=timeout,
                              env={**self.env, **(env or {})}, cwd=self.home, stdin=subprocess.DEVNULL)
        self.said += done.stdout + done.stderr
        return done

    def netrc(self, *lines, mode=0o600):
        path = self.home / ".netrc"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(mode)

    def cache(self):
        return self.home / ".cache" / "insarhub-gdal" / "earthdata_token.json"


PASSWORD_ENTRY = ("machine 127.0.0.1", "login jdoe", f'password "{service.PASSWORD}"')


@pytest.fixture
def services():
    with service.serving() as servers:
        yield servers


@pytest.fixture
def hub(services, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return Hub(services, home)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    made = service.make_certificate(tmp_path_factory.mktemp("certificate"))
    if not made:
        pytest.skip("openssl is not installed")
    return made


@pytest.fixture
def tls_hub(certificate, tmp_path):
    pem, context = certificate
    home = tmp_path / "home"
    home.mkdir()
    with service.serving(context) as servers:
        yield Hub(servers, home, pem)
