# SPDX-License-Identifier: MIT
"""Servers on this machine that play Earthdata Login, HyP3, CMR, ASF's archive, an object store and a stranger.

Each has an address of its own (127.0.0.x and a port), so that "another host" means what it means outside. Everything that is
asked is recorded with its headers: Services.requests. What goes wrong is switched on by Services.fail().
"""
import base64
import contextlib
import dataclasses
import http.server
import json
import re
import shutil
import ssl
import subprocess
import threading
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

MULTI_BURST = {"20x4": [1] * 4 + [5] * 8 + [10] * 3, "10x2": [1] * 3 + [5] * 6 + [10] * 6,
               "5x1": [1, *range(5, 50, 5), 90, 95, 100, 105, 110]}
COSTS = {"AUTORIFT": {"cost": 25}, "INSAR_GAMMA": {"cost_parameters": ["looks"], "cost_table": {"20x4": 10, "10x2": 15}},
         "RTC_GAMMA": {"cost_parameters": ["resolution"], "cost_table": {"30": 5, "20": 15, "10": 60}},
         "INSAR_ISCE_BURST": {"cost": 1},
         "INSAR_ISCE_MULTI_BURST": {"cost_parameters": ["looks", "reference"], "cost_table": {
             looks: {str(i + 1): price for i, price in enumerate(prices)} for looks, prices in MULTI_BURST.items()}}}

USER, PASSWORD = "jdoe", "correct-horse#battery staple"
ADDRESSES = {"login": "127.0.0.1", "hyp3": "127.0.0.1", "cmr": "127.0.0.1", "archive": "127.0.0.1",
             "store": "127.0.0.3", "foreign": "127.0.0.2"}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token(uid=USER, seconds=60 * 86400, serial=0):
    """A token as Earthdata Login makes them, but for its signature."""
    claims = {"uid": uid, "type": "User", "exp": int(time.time()) + seconds, "serial": serial}
    return ".".join([base64url(b'{"alg":"RS256","typ":"JWT"}'), base64url(json.dumps(claims).encode()),
                     base64url(b"signature of " + str(serial).encode())])


@dataclasses.dataclass
class Request:
    host: str        # a key of ADDRESSES
    method: str
    path: str
    query: list      # pairs
    headers: dict    # lower-case names
    body: bytes

    @property
    def text(self):
        """All that was sent, for searching."""
        return "\n".join([self.path, str(self.query), *map(str, self.headers.items()), self.body.decode("latin-1")])

    def value(self, name, default=None):
        return dict(self.query).get(name, default)

    @property
    def form(self):
        return parse_qsl(self.body.decode(), keep_blank_values=True)


@dataclasses.dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: tuple = ()
    length: int | None = None      # another Content-Length than the body's
    cut_after: int | None = None   # closes the connection behind so many bytes of the body
    pause: float = 0               # seconds between single bytes of the body
    before: float = 0              # seconds before the answer
    silent: bool = False           # closes the connection without an answer


def as_json(value, status=200, headers=()):
    return Reply(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *headers))


def problem(status, detail):
    return as_json({"status": status, "detail": detail, "title": "Problem", "type": "about:blank"}, status)


def page(status, text):
    body = f"<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return Reply(status, body.encode(), (("Content-Type", "text/html"),))


def redirect(location, status=302, headers=()):
    return Reply(status, b"", (("Location", location), *headers))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *words):
        pass

    def answer(self):
        services, host = self.server.services, self.server.host
        parts = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        request = Request(host, self.command, parts.path, parse_qsl(parts.query, keep_blank_values=True),
                          {name.lower(): value for name, value in self.headers.items()},
                          self.rfile.read(size) if size else b"")
        with services.lock:
            services.requests.append(request)
        try:
            self.send(services.reply(request))
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PATCH = answer

    def send(self, reply):
        time.sleep(reply.before)
        if reply.silent:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
        self.end_headers()
        if self.command == "HEAD":
            return
        body = reply.body if reply.cut_after is None else reply.body[:reply.cut_after]
        if reply.pause:
            for i in range(len(body)):
                self.wfile.write(body[i:i + 1])
                self.wfile.flush()
                time.sleep(reply.pause)
        else:
            self.wfile.write(body)
        if reply.cut_after is not None or reply.length is not None:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class Services:
    """The servers and what they know. Subclass state lives in plain attributes that tests change."""

    def __init__(self, context=None):
        self.lock, self.requests, self.faults = threading.Lock(), [], []
        self.servers, self.url = {}, {}
        self.tokens, self.serial = {make_token(): USER}, 0
        self.user = {"user_id": USER, "remaining_credits": 7999.0, "application_status": "APPROVED",
                     "credits_per_month": 8000, "job_names": []}
        self.login_ends_with = None     # query of the address at which the login of the archive ends in failure
        self.records = []               # CMR: umm_json items
        self.jobs, self.jobs_page = [], 100     # HyP3, newest first; how many a page looks at
        self.scripts = {}               # states that a job goes through, by its id: one further each time it is told
        self.next_base = None           # the address that "next" names instead of our own
        self.cmr_page = None            # a smaller page than what is asked for
        for name, address in ADDRESSES.items():
            server = Server((address, 0), Handler)
            server.services, server.host = self, name
            if context:
                server.socket = context.wrap_socket(server.socket, server_side=True)
            self.servers[name] = server
            self.url[name] = f"{'https' if context else 'http'}://{address}:{server.server_port}"

    # What went on

    def asked(self, host, path=None):
        with self.lock:
            return [r for r in self.requests if r.host == host and (path is None or re.fullmatch(path, r.path))]

    def fail(self, host, path, *replies):
        """The next requests whose path matches get these replies, one each, instead of the true ones. A reply may be a function of
        the request; None lets a request through."""
        with self.lock:
            self.faults.append((host, path, list(replies)))

    def reply(self, request):
        with self.lock:
            for host, path, replies in self.faults:
                if host == request.host and replies and re.fullmatch(path, request.path):
                    chosen = replies.pop(0)
                    if chosen is not None:
                        return chosen(request) if callable(chosen) else chosen
                    break
            return getattr(self, f"answer_{request.host}")(request)

    # Who is asking

    def bearer(self, request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.tokens.get(token) if scheme == "Bearer" else None

    def has_password(self, request):
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {wanted}"

    # The services

    def answer_login(self, request):
        if request.path == "/api/users/find_or_create_token" and request.method == "POST":
            if not self.has_password(request):
                return as_json({"error": "invalid_credentials", "error_description": "Invalid user credentials"}, 401)
            token = next(iter(self.tokens), None)
            if token is None:
                self.serial += 1
                token = make_token(serial=self.serial)
                self.tokens[token] = USER
            return as_json({"access_token": token, "token_type": "Bearer", "expiration_date": "03/14/2126"})
        if request.path == "/oauth/authorize":
            if not self.has_password(request) and not self.bearer(request):
                return page(401, "HTTP Basic: Access denied.")
            target = request.value("redirect_uri")
            return redirect(f"{target}?{self.login_ends_with or 'code=secret-code'}")
        return page(404, "not found")

    def answer_archive(self, request):
        if request.path == "/login":
            if request.value("code") != "secret-code":
                return page(200, "refused")
            return Reply(200, b"welcome", (("Set-Cookie", "asf-urs=cookie.of.jdoe; Path=/; Secure; HttpOnly"),))
        return page(404, "not found")

    def answer_hyp3(self, request):
        if request.path == "/user" and request.method == "GET":
            if not self.bearer(request):
                return problem(401, "Invalid authorization token provided: Signature has expired")
            return as_json(self.user)
        if request.path == "/costs" and request.method == "GET":
            return as_json(COSTS)
        if request.path == "/jobs" and request.method == "GET":
            return self.list_jobs(request) if self.bearer(request) else problem(401, "No authorization token provided")
        if request.path.startswith("/jobs/") and request.method == "GET":
            found = [j for j in self.jobs if j["job_id"] == request.path[6:]]
            return as_json(self.step(found[0])) if found else problem(404, f"job_id does not exist: {request.path[6:]}")
        return problem(404, "not found")

    def step(self, job):
        states = self.scripts.get(job.get("job_id"))
        if states:
            job["status_code"] = states.pop(0)
        return job

    def list_jobs(self, request):
        """A page looks at so many jobs and tells those that pass the filters: perhaps none, with more to come."""
        wanted = dict(request.query)
        start = int(wanted.pop("start_token", 0))
        page = [j for j in self.jobs if j["user_id"] == wanted.get("user_id", USER)][start:start + self.jobs_page]
        found = [j for j in page if all(j.get(k) == wanted[k] for k in ("name", "status_code", "job_type") if k in wanted) and
                 wanted.get("start", "") <= j["request_time"] <= wanted.get("end", "9")]
        answer = {"jobs": [self.step(j) for j in found]}
        if start + self.jobs_page < len(self.jobs):
            query = urlencode({**wanted, "start_token": start + self.jobs_page})
            answer["next"] = f"{self.next_base or self.url['hyp3']}/jobs?{query}"
        return as_json(answer)

    def answer_cmr(self, request):
        if request.path != "/search/granules.umm_json" or request.method != "POST":
            return as_json({"errors": ["no such path"]}, 404)
        found = self.matching(request.form)
        size = min(int(dict(request.form).get("page_size", 10)), self.cmr_page or 2000)
        after = request.headers.get("cmr-search-after")
        start = json.loads(after)[0] if after else 0
        items = found[start:start + size]
        headers = [("CMR-Hits", str(len(found))), ("CMR-Request-Id", "0123")]
        if start + size < len(found) and size:
            headers.append(("CMR-Search-After", f'[{start + size}, "a \\"quoted\\", name", null]'))
        return as_json({"hits": len(found), "took": 3, "items": items}, headers=headers)

    def matching(self, form):
        """The records that a search finds, by its attributes, names, collections and times."""
        def fits(item):
            umm = item["umm"]
            attributes = {a["Name"]: a["Values"] for a in umm["AdditionalAttributes"]}
            alternatives = {}
            for name, value in form:
                alternatives.setdefault(name, []).append(value)
            for value in alternatives.get("attribute[]", []):
                kind, key, *wanted = value.split(",")
                have = attributes.get(key, [None])[0]
                if kind == "string" and have != wanted[0]:
                    return False
                if kind == "int" and len(wanted) == 1 and have != wanted[0]:
                    return False
                if kind == "int" and len(wanted) == 2 and not int(wanted[0]) <= int(have) <= int(wanted[1]):
                    return False
            if "short_name[]" in alternatives and \
                    umm["CollectionReference"]["ShortName"] not in alternatives["short_name[]"]:
                return False
            names = [umm["GranuleUR"], re.sub("-(SLC|METADATA_SLC)$", "", umm["GranuleUR"])]
            for key in ("readable_granule_name[]", "granule_ur[]"):
                if key in alternatives and not set(names) & set(alternatives[key]):
                    return False
            first, last, *_ = alternatives["temporal"][0].split(",")
            when = umm["TemporalExtent"]["RangeDateTime"]
            return when["BeginningDateTime"][:19] <= last[:19] and when["EndingDateTime"][:19] >= first[:19]
        return [item for item in self.records if fits(item)]

    def answer_store(self, request):
        return Reply(200, b"product")

    def answer_foreign(self, request):
        return as_json({"user_id": "mallory", "remaining_credits": 1})


@contextlib.contextmanager
def serving(context=None):
    services = Services(context)
    threads = [threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
               for server in services.servers.values()]
    for thread in threads:
        thread.start()
    try:
        yield services
    finally:
        for server in services.servers.values():
            server.shutdown()
            server.server_close()


def make_certificate(folder):
    """A key and a certificate for the addresses above, in one file that is also the authority; None without openssl."""
    if not shutil.which("openssl"):
        return None
    pem, key = folder / "certificate.pem", folder / "key.pem"
    names = ",".join(["DNS:localhost", *(f"IP:{address}" for address in sorted(set(ADDRESSES.values())))])
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", f"subjectAltName={names}", "-keyout", key, "-out", pem],
                   check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return pem, context
