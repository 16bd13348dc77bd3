"""The benchmark of sync: pushes, pulls, the first visit, a thousand streams.

    sync.py PROGRAM OUTPUT-DIRECTORY        (as a rule through bench.sh, behind bench.py, by `make bench`)
    BENCH_ROUNDS=5   rounds; figures are medians over them, with the lowest and the highest beside

Push, pull and 304 come from wrk as in bench.py, each in the same round as its companion. A push is taken for
durable only if the database holds as many new items as were answered. The first visit is asked for by phones
that have just joined: each asks for sync's info, at which its token's signature is checked, then for the
bundle, of which nothing can be in the cache. The streams are read by this process, on the same cores as the
server: the time to the last of them runs from before the announcement is sent until this process has read the
event that names it, and so contains both.
Prints tables; build/bench-sync.json has every round.
"""
import gzip
import http.client
import json
import os
import pathlib
import re
import resource
import selectors
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

import bench
from bench import AGENDA, CONNECTIONS, EVENT, ROUNDS, Server, bearer, command, cpu_us, get, load, middle, spread

SYNC = f"/v1/events/{EVENT}/sync"
STREAMS, WORKERS = 1000, 2048
VISITS = 150       # first visits a round
COMMITS = 5        # announcements a round
SEED_TEAM = "los-angeles"


def ask(connection, method, path, token=None, body=None, headers=None):
    """One request on a kept-alive connection: status and body."""
    headers = {**(bearer(token) if token else {}), **(headers or {})}
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body)
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    return reply.status, reply.read()


def join(server, code, n):
    """The tokens of n phones that join."""
    connection, tokens = http.client.HTTPConnection("127.0.0.1", server.port), []
    for i in range(n):
        status, body = ask(connection, "POST", "/v1/auth/join", body={"code": code, "display_name": f"Phone {i}"})
        if status >= 300:
            sys.exit(f"bench: join: {status}")
        tokens.append(json.loads(body)["access_token"])
    connection.close()
    return tokens


# --- pushes ---

class Pushes:
    """A server whose teams push; its database is read beside it to count what has landed."""

    def __init__(self, program, out, organizer):
        self.out, self.data = out, out / "sync-push"
        self.server = serve(program, out, self.data, organizer)
        self.targets = out / "sync-targets"
        bench.items_targets(self.server, program, self.data, organizer, self.targets)

    def items(self):
        with sqlite3.connect(f"file:{self.data}/convened.db?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM items").fetchone()[0]

    def measure(self, seconds=bench.SECONDS):
        before = self.items()
        figures = load(self.server.url, self.server.pids, seconds=seconds,
                       work=("push", f"{SYNC}/items/push", self.targets))
        landed, answered = self.items() - before, round(figures["per_s"] * seconds)
        if landed < answered * 0.99:
            sys.exit(f"bench: {answered} pushes were answered, {landed} items are there")
        return figures

    def raw(self):
        words = [self.out / "raw_sqlite", self.out / "raw.db", "1", "1"]
        n, us, p50, p99 = map(int, subprocess.run(words, check=True, capture_output=True, text=True).stdout.split())
        return {"per_s": n / us * 1e6, "p50_us": p50, "p99_us": p99}


# --- pulls, and the first visit ---

class Pulls:
    """A server with the demo event as it was seeded."""

    def __init__(self, program, out, organizer):
        data = out / "sync-pull"
        self.server = serve(program, out, data, organizer)
        self.code = command(program, data, "code", "--team", SEED_TEAM)
        self.phone = bearer(join(self.server, self.code, 1)[0])
        self.bundle = self.server.url + f"{SYNC}/pull"
        plain = json.loads(get(self.bundle, self.phone)[2])
        packed = get(self.bundle, {**self.phone, "Accept-Encoding": "gzip"})[2]
        if plain["more"] or json.loads(gzip.decompress(packed)) != plain:
            sys.exit("bench: the first visit does not come in one bundle")
        self.documents, self.bytes = len(plain["changes"]), len(packed)
        self.idle = f"{self.bundle}?seq={plain['checkpoint']['seq']}"
        if json.loads(get(self.idle, self.phone)[2])["changes"]:
            sys.exit("bench: there is something new")

    def nothing_new(self):
        return load(self.idle, self.server.pids, self.phone, seconds=1)

    def unchanged(self):
        url = self.server.url + AGENDA
        etag = get(url, self.phone)[1]["ETag"]
        return load(url, self.server.pids, {**self.phone, "If-None-Match": etag}, seconds=1)

    def again(self):
        return load(self.bundle, self.server.pids, {**self.phone, "Accept-Encoding": "gzip"}, seconds=1)

    def first(self):
        self.tokens = join(self.server, self.code, VISITS)
        return self.each("info")

    def visit(self):
        return self.each("pull")

    def each(self, what):
        """What it takes to ask once with each token."""
        connection, took = http.client.HTTPConnection("127.0.0.1", self.server.port), []
        before = cpu_us(self.server.pids)
        for token in self.tokens:
            start = time.monotonic()
            status, _ = ask(connection, "GET", f"{SYNC}/{what}", token, headers={"Accept-Encoding": "gzip"})
            took.append((time.monotonic() - start) * 1e6)
            if status != 200:
                sys.exit(f"bench: first visit: {status}")
        spent = cpu_us(self.server.pids) - before
        connection.close()
        return {"per_s": len(took) / sum(took) * 1e6, "p50_us": statistics.median(took),
                "p99_us": statistics.quantiles(took, n=100)[98], "cpu_us": spent / len(took)}


# --- streams ---

class Streams:
    """A thousand phones of all teams, each holding its stream open; read in one thread."""

    HEARD = re.compile(rb'event: resync\ndata: \{"seq":(\d+)\}\n\n')

    def __init__(self, program, out, organizer):
        self.data, self.organizer = out / "sync-stream", organizer
        self.server = serve(program, out, self.data, organizer, "--connections", str(WORKERS))
        self.targets = out / "sync-targets-of-streams"
        bench.items_targets(self.server, program, self.data, organizer, self.targets)
        teams = json.loads(get(f"{self.server.url}/v1/events/{EVENT}/teams?limit=500", bearer(organizer))[2])["items"]
        each = -(-STREAMS // len(teams))
        tokens = [token for team in teams
                  for token in join(self.server, command(program, self.data, "code", "--team", team["slug"]), each)]
        self.before_kb = bench.resident_kb(self.server.process.pid)
        self.selector, self.heard = selectors.DefaultSelector(), {}
        self.phones = [self.open(token) for token in tokens[:STREAMS]]
        self.pump(lambda: len(self.heard) == STREAMS)

    def open(self, token):
        phone = socket.create_connection(("127.0.0.1", self.server.port))
        phone.sendall(f"GET {SYNC}/stream HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        phone.setblocking(False)
        self.selector.register(phone, selectors.EVENT_READ)
        return phone

    def pump(self, enough, seconds=10):
        """Reads the streams until enough() or the time is over; `heard` has (when, seq) of each."""
        end = time.monotonic() + seconds
        while not enough():
            if time.monotonic() > end:
                sys.exit(f"bench: {len(self.heard)} of {STREAMS} streams have heard")
            for key, _ in self.selector.select(0.01):
                got = key.fileobj.recv(4096)
                if not got:
                    sys.exit("bench: a stream has ended")
                seqs, now = self.HEARD.findall(got), time.monotonic()
                if seqs:
                    self.heard.setdefault(key.fd, []).append((now, int(seqs[-1])))

    def announce(self):
        """Milliseconds until the stream in the middle and the last have heard of an announcement."""
        self.heard, wanted, start = {}, [], time.monotonic()

        def publish():
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
            status, _ = ask(connection, "POST", f"/v1/events/{EVENT}/announcements", self.organizer,
                            {"title": "Lunch is served", "body": "In the patio.", "priority": "normal"})
            last = f"{SYNC}/announcements/pull?limit=500"
            seq = json.loads(ask(connection, "GET", last, self.organizer)[1])["checkpoint"]["seq"]
            wanted.append((status, seq))

        thread = threading.Thread(target=publish)
        thread.start()
        self.pump(lambda: wanted and len(self.heard) == STREAMS and
                  all(told[-1][1] >= wanted[0][1] for told in self.heard.values()))
        thread.join()
        status, announced = wanted[0]
        if status != 201:
            sys.exit(f"bench: announcement: {status}")
        times = sorted((next(at for at, seq in told if seq >= announced) - start) * 1000
                       for told in self.heard.values())
        return statistics.median(times), times[-1]

    def measure(self):
        """Announcements, while a room full of phones asks for the agenda and writes."""
        result = []
        phones = threading.Thread(target=lambda: result.append(
            load(self.server.url, self.server.pids, bearer(self.organizer), seconds=2,
                 work=("phones", AGENDA, self.targets))))
        phones.start()
        time.sleep(0.3)
        times = []
        for _ in range(COMMITS):
            times.append(self.announce())
            rest = time.monotonic() + 0.12
            self.pump(lambda: time.monotonic() > rest)
        self.pump(lambda: not phones.is_alive(), 20)
        phones.join()
        if not result:
            sys.exit(1)
        return {**result[0], "middle_ms": statistics.median(middle for middle, _ in times),
                "last_ms": statistics.median(last for _, last in times), "slowest_ms": max(last for _, last in times),
                "resident_kb": bench.resident_kb(self.server.process.pid), "before_kb": self.before_kb}

    def stop(self):
        for phone in self.phones:
            phone.close()
        self.server.stop()


def serve(program, out, data, organizer, *options):
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(out / "sync-seeded", data)
    server = Server(program, data, *options)
    server.first_answer(AGENDA, bearer(organizer))
    return server


# --- the report ---

def report(machine, works, pulls):
    print(f"\nSync: {CONNECTIONS} connections, medians of {ROUNDS} rounds; in brackets the lowest and the highest; "
          f"the first visit has {pulls.documents} documents\n")
    row = "{:<26} {:<22} {:>9} {:>8} {:>8}   {:<20}"
    print(row.format("work", "by", "answers/s", "p50 us", "p99 us", "server CPU us a request"))
    for (work, who), m in works.items():
        cpu = f"{m['cpu_us']['median']:7.2f} ({spread(m['cpu_us'])})" if "cpu_us" in m else ""
        print(row.format(work, who, f"{m['per_s']['median']:.0f}", f"{m['p50_us']['median']:.0f}",
                         f"{m['p99_us']['median']:.0f}", cpu))


def line(what, m, goal, below, unit="", form="{:.1f}", scale=1.0, most=True):
    """A measured figure beside its goal; goal None: a companion."""
    m = {key: value * scale for key, value in m.items()}
    figure = m["median"]
    met = None if goal is None else (figure <= goal if most else figure >= goal)
    shown = f"{form.format(figure)}{unit}" + (f" ({spread(m, form)})" if m["low"] != m["high"] else "")
    return {"what": what, "figure": round(figure, 3), "shown": shown, "goal": below, "met": met}


def ratio(rounds, one, other, key):
    values = [a[key] / b[key] for a, b in zip(rounds[one], rounds[other])]
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def goals(rounds, works, pulls):
    push, streams = works["push", "convened"], works["agenda, streams open", "convened"]
    size = {"median": pulls.bytes, "low": pulls.bytes, "high": pulls.bytes}
    cold, warm = works["first visit", "convened"], works["first visit, from cache", "convened"]
    info = works["info, new token", "convened"]
    return [
        line("durable pushes a second", push["per_s"], 15000, ">= 15000", form="{:.0f}", most=False),
        line("push, p99", push["p99_us"], 20, "< 20 ms", " ms", scale=1e-3),
        line("durable pushes against SQLite, 1 a commit",
             ratio(rounds, ("push", "convened"), ("push", "SQLite, 1 a commit"), "per_s"), None, "", "x", "{:.2f}"),
        line("pull of nothing new: CPU against a 304",
             ratio(rounds, ("pull, nothing new", "convened"), ("agenda 304", "convened"), "cpu_us"),
             1.3, "<= 1.3x", "x", "{:.2f}"),
        line("first visit, gzip", size, 60 * 1024, "<= 60 KB", " KB", scale=1 / 1024),
        line("first visit, server CPU", cold["cpu_us"], 3, "< 3 ms", " ms", "{:.2f}", 1e-3),
        line("first request of a token, server CPU", info["cpu_us"], None, "", " ms", "{:.2f}", 1e-3),
        line("first visit from cache, server CPU", warm["cpu_us"], 100, "< 100 us", " us"),
        line(f"resident, {STREAMS} streams open", streams["resident_kb"], 120, "< 120 MB", " MB", scale=1 / 1024),
        line(f"resident before, {WORKERS} connections allowed", streams["before_kb"], None, "", " MB",
             scale=1 / 1024),
        line("commit to the last stream, median", streams["last_ms"], 100, "< 100 ms", " ms"),
        line("commit to the last stream, slowest", streams["slowest_ms"], 100, "< 100 ms", " ms"),
        line("commit to the stream in the middle", streams["middle_ms"], None, "", " ms"),
        line("agenda meanwhile, p99", streams["p99_us"], 20, "< 20 ms", " ms", scale=1e-3),
    ]


def measure(program, out, organizer):
    rounds = {}

    def note(work, who, figures):
        rounds.setdefault((work, who), []).append(figures)

    pushes, pulls = Pushes(program, out, organizer), Pulls(program, out, organizer)
    pushes.measure(1)  # warm
    pulls.again()
    for i in range(ROUNDS):
        print(f"sync: round {i + 1} of {ROUNDS}", file=sys.stderr)
        steps = [("push", "convened", pushes.measure), ("push", "SQLite, 1 a commit", pushes.raw),
                 ("pull, nothing new", "convened", pulls.nothing_new), ("agenda 304", "convened", pulls.unchanged)]
        for work, who, step in (steps if i % 2 == 0 else reversed(steps)):
            note(work, who, step())
        note("info, new token", "convened", pulls.first())
        note("first visit", "convened", pulls.visit())
        note("first visit, from cache", "convened", pulls.again())
    pushes.server.stop()
    pulls.server.stop()
    streams = Streams(program, out, organizer)
    for i in range(ROUNDS):
        note("agenda, streams open", "convened", streams.measure())
    streams.stop()
    return rounds, pulls


def main():
    program, out = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    bench.seed(program, out / "sync-seeded")
    organizer = command(program, out / "sync-seeded", "token", "--role", "organizer")
    rounds, pulls = measure(program, out, organizer)
    works = {name: {key: middle(r, key) for key in r[0]} for name, r in rounds.items()}
    machine = bench.facts()
    report(machine, works, pulls)
    lines = goals(rounds, works, pulls)
    print()
    for x in lines:
        print(f"{x['what']:<56} {x['shown']:<26} {x['goal']:<10} {bench.verdict(x['met'])}")
    named = lambda table: {f"{work}, {who}": value for (work, who), value in table.items()}
    pathlib.Path("build/bench-sync.json").write_text(json.dumps(
        {"machine": machine, "sizes": {"documents": pulls.documents, "gzip": pulls.bytes}, "goals": lines,
         "medians": named(works), "rounds": named(rounds)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
