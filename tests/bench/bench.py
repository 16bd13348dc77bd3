"""The benchmark: the server and its companions side by side, in one run, in alternating rounds.

    bench.py PROGRAM OUTPUT-DIRECTORY        (as a rule through bench.sh, by `make bench`)
    BENCH_ROUNDS=5   rounds; figures are medians over them, with the lowest and the highest beside
    BENCH_SECONDS=2   of load for each work in each round, whole seconds

Load comes from wrk, 64 keep-alive connections in one thread. It shares the cores with what it measures, so
the honest figure is the CPU time that the server's processes spend on a request (utime + stime of
/proc/PID/stat before and after); requests a second and percentiles stand beside it. Two companions serve the
agenda's very bytes as a file: nginx as it comes, against which the goals are set, and nginx that keeps the
file open (open_file_cache). Fastify over better-sqlite3 (peers/fastify, when bench.sh could install it) reads
and writes the same. Durable writes stand beside SQLite alone. Prints a table; build/bench-read-write.json
has every round. On a machine that does other work (see `load` in the head) rates mean little, ratios still do.
"""
import gzip
import json
import os
import pathlib
import platform
import pwd
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "2"))
CONNECTIONS = 64
EVENT = "csec2015"
AGENDA = f"/v1/events/{EVENT}/sessions"
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")
FILE_HEADERS = ["Cache-Control", "Vary", "X-Request-Id", "X-Content-Type-Options", "Referrer-Policy",
                "Content-Security-Policy"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_us(pids):
    """CPU time of these processes so far, all their threads, user and system."""
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total * TICK_US


def resident_kb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def get(url, headers=None):
    """A GET: status, header pairs, body; urllib neither decodes nor follows anything here."""
    request = urllib.request.Request(url, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as reply:
        return reply.code, reply.headers, reply.read()


# --- the server ---

class Server:
    """A `convened serve` on its own copy of the seeded data, run as a user would, its log to /dev/null."""

    def __init__(self, program, data, *options):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [program, "serve", "--data", str(data), "--listen", f"127.0.0.1:{self.port}", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pids = [self.process.pid]

    def first_answer(self, path, headers):
        """Seconds from the start of the process to the first 200, asked for every millisecond."""
        while time.monotonic() - self.started < 10:
            try:
                if get(self.url + path, headers)[0] == 200:
                    return time.monotonic() - self.started
            except OSError:
                pass
            time.sleep(0.001)
        sys.exit("bench: the server does not answer")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=10) != 0:
            sys.exit("bench: the server ended with an error")


def seed(program, data):
    shutil.rmtree(data, ignore_errors=True)
    subprocess.run([program, "seed", "--data", str(data), "seed-data"], check=True, stdout=subprocess.DEVNULL)


def command(program, data, *words):
    """A command line's one-line answer: a token or a code."""
    out = subprocess.run([program, words[0], "--data", str(data), "--event", EVENT, *words[1:]], check=True,
                         capture_output=True, text=True).stdout
    return out.split("\n", 1)[0].strip()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def items_targets(server, program, data, organizer, file):
    """One line for each team's worksheet: path of its items, its first prompt, a member's token."""
    def items_of(collection):
        reply = get(f"{server.url}/v1/events/{EVENT}/{collection}?limit=500", bearer(organizer))
        return json.loads(reply[2])["items"]

    slugs = {team["id"]: team["slug"] for team in items_of("teams")}
    with open(file, "w") as out:
        for sheet in items_of("worksheets"):
            if sheet["state"] == "submitted":  # nobody writes in it
                continue
            token = command(program, data, "token", "--role", "member", "--team", slugs[sheet["team_id"]])
            path = f"/v1/events/{EVENT}/worksheets/{sheet['id']}"
            prompts = json.loads(get(server.url + path, bearer(token))[2])["prompts"]
            print(f"{path}/items", prompts[0]["id"], token, file=out)


# --- the companions ---

class Nginx:
    """Two servers in one nginx with two workers: the file as it comes, and with open_file_cache."""

    def __init__(self, directory, body, headers):
        shutil.rmtree(directory, ignore_errors=True)
        www = directory / "www"
        (directory / "tmp").mkdir(parents=True)
        www.mkdir()
        (www / "agenda.json").write_bytes(body)
        (www / "agenda.json.gz").write_bytes(gzip.compress(body, 6, mtime=0))
        self.ports = [free_port(), free_port()]
        (directory / "nginx.conf").write_text(self.configuration(directory, headers))
        nginx = ["nginx", "-p", str(directory), "-c", "nginx.conf", "-e", str(directory / "error.log")]
        self.process = subprocess.Popen(nginx, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.urls = [f"http://127.0.0.1:{port}/agenda.json" for port in self.ports]
        for _ in range(500):
            try:
                get(self.urls[0])
                break
            except OSError:
                time.sleep(0.01)
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        self.pids = [self.process.pid, *map(int, children.split())]

    def configuration(self, directory, headers):
        user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
        temporary = "\n".join(f"{kind}_temp_path {directory}/tmp;"
                              for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        adds = "\n".join(f"add_header {name} \"{headers[name]}\";" for name in FILE_HEADERS if headers[name])
        server = "server {{ listen 127.0.0.1:{} backlog=1024; root {}/www; {} }}"
        return f"""{user} worker_processes 2; daemon off;
            pid {directory}/pid; error_log {directory}/error.log;
            events {{ worker_connections 4096; }}
            http {{ access_log off; server_tokens off; sendfile on; tcp_nodelay on; gzip_static on;
            types {{ application/json json; }} keepalive_requests 1000000000; keepalive_timeout 75;
            {temporary} {adds}
            {server.format(self.ports[0], directory, "")}
            {server.format(self.ports[1], directory, "open_file_cache max=100;")} }}"""

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=10)


class Bare:
    """The HTTP library alone: see bare_civetweb.c."""

    def __init__(self, binary):
        port = free_port()
        self.process = subprocess.Popen([binary, f"127.0.0.1:{port}", "1024"])
        self.url, self.pids = f"http://127.0.0.1:{port}/", [self.process.pid]
        time.sleep(0.5)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


class Fastify:
    """A Node service over SQLite, or None where it is not installed: see peers/fastify/server.mjs."""

    @staticmethod
    def start(out, agenda):
        home = out / "fastify"
        if not (home / "node_modules").exists():
            return None
        (home / "agenda.json").write_bytes(agenda)
        return Fastify(home)

    def __init__(self, home):
        port = free_port()
        self.process = subprocess.Popen(["node", "server.mjs", str(port), str(home / "peer.db"), "agenda.json"],
                                        cwd=home, stdout=subprocess.PIPE, text=True)
        self.token = self.process.stdout.readline().strip()
        self.url, self.pids = f"http://127.0.0.1:{port}", [self.process.pid]

    def targets(self, file):
        """Writes what load.lua's `items` takes: 21 worksheets, as the server has."""
        with open(file, "w") as out:
            for i in range(21):
                sheet = f"00000000-0000-7000-8000-{i:012x}"
                print(f"/v1/events/{EVENT}/worksheets/{sheet}/items", sheet, self.token, file=out)
        return file

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


# --- measuring ---

def load(url, pids, headers=None, work=("get",), seconds=SECONDS, connections=CONNECTIONS):
    """wrk's figures and the CPU time a request."""
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", str(HERE / "load.lua")]
    for name, value in (headers or {}).items():
        words += ["-H", f"{name}: {value}"]
    before = cpu_us(pids)
    out = subprocess.run([*words, url, "--", *work], check=True, capture_output=True, text=True).stdout
    spent = cpu_us(pids) - before
    requests, us, refused, broken, p50, p99 = map(int, out.strip().split("\n")[-1].split())
    if refused or broken or not requests:
        sys.exit(f"bench: {work[0]} {url}: {requests} answers, {refused} refused, {broken} broken")
    return {"per_s": requests / us * 1e6, "p50_us": p50, "p99_us": p99, "cpu_us": spent / requests}


def raw(binary, file, rows):
    words = [binary, file, str(SECONDS), str(rows)]
    out = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    n, us, p50, p99 = map(int, out.split())
    return {"per_s": n / us * 1e6, "p50_us": p50, "p99_us": p99}


def reads(server, cold, nginx, bare, fastify, token):
    """The reads, each asked of the server and of its companions: name, who, how to measure it."""
    cases = {}
    for name, asks in (("agenda", {}), ("agenda 304", {"If-None-Match": None}),
                       ("agenda gzip", {"Accept-Encoding": "gzip"})):
        cases[name] = {}
        for who, url, pids in (("convened", server.url + AGENDA, server.pids),
                               ("nginx", nginx.urls[0], nginx.pids),
                               ("nginx, file kept open", nginx.urls[1], nginx.pids)):
            headers = {**bearer(token), **asks}
            if "If-None-Match" in asks:
                headers["If-None-Match"] = get(url, bearer(token))[1]["ETag"]
            status, reply_headers, body = get(url, headers)
            wanted = 304 if "If-None-Match" in asks else 200
            packed = "Accept-Encoding" in asks
            if status != wanted or (reply_headers["Content-Encoding"] == "gzip") != packed:
                sys.exit(f"bench: {name} from {who}: {status}")
            cases[name][who] = {"url": url, "pids": pids, "headers": headers, "bytes": len(body)}
    asks = cases["agenda 304"]["convened"]["headers"]
    cases["agenda 304"]["civetweb, empty handler"] = {"url": bare.url, "pids": bare.pids, "headers": asks}
    cases["agenda 304, one reader"] = {"convened": {**cases["agenda 304"]["convened"], "connections": 1}}
    cases["agenda"]["convened, no cache"] = {"url": cold.url + AGENDA, "pids": cold.pids, "headers": bearer(token)}
    if fastify:
        cases["agenda"]["Fastify"] = {"url": fastify.url + AGENDA, "pids": fastify.pids,
                                      "headers": bearer(fastify.token)}
    return cases


def start(program, seeded, copy, token):
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(seeded, copy)
    server = Server(program, copy)
    seconds = server.first_answer(AGENDA, bearer(token))
    time.sleep(0.3)
    figures = {"seconds": seconds, "idle_kb": resident_kb(server.process.pid)}
    server.stop()
    return figures


# --- the report ---

def middle(rounds, key):
    values = [r[key] for r in rounds]
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def spread(m, form="{:.1f}"):
    return f"{form.format(m['low'])}-{form.format(m['high'])}"


# What is compared: a work and who does it, the figure, with whom, the goal, and whether more is better.
RATIOS = [
    ("agenda", "convened", "cpu_us", "agenda", "nginx", 1.0, False),
    ("agenda gzip", "convened", "cpu_us", "agenda gzip", "nginx", 1.1, False),
    ("agenda 304", "convened", "cpu_us", "agenda 304", "nginx", 1.1, False),
    ("agenda 304", "convened", "cpu_us", "agenda 304", "civetweb, empty handler", None, False),
    ("agenda", "convened", "cpu_us", "agenda", "nginx, file kept open", None, False),
    ("agenda gzip", "convened", "cpu_us", "agenda gzip", "nginx, file kept open", None, False),
    ("agenda 304", "convened", "cpu_us", "agenda 304", "nginx, file kept open", None, False),
    ("agenda", "convened", "per_s", "agenda", "Fastify", 8, True),
    ("item write", "convened", "per_s", "item write", "Fastify", 8, True),
    ("item write", "convened", "per_s", "item write", "SQLite, 1 a commit", 3, True),
    ("item write", "convened", "per_s", "item write", "SQLite, 64 a commit", None, True),
    ("item write, one writer", "convened", "p50_us", "item write", "SQLite, 1 a commit", 1.5, False),
]
# A work, who, the figure, what it is called, its scale and unit, the goal, and whether more is better.
FIGURES = [
    ("agenda", "convened, no cache", "cpu_us", "agenda from the database: server CPU", 1, "us", 400, False),
    ("item write", "convened", "per_s", "durable item writes a second", 1, "", 20000, True),
    ("item write", "convened", "p99_us", "durable item write, p99", 1e-3, "ms", 15, False),
    ("start", "convened", "seconds", "start to first answer, demo data", 1, "s", 0.2, False),
    ("start", "convened", "idle_kb", "resident, idle, 1,024 connections allowed", 1 / 1024, "MB", 40, False),
    ("memory", "convened", "busy_kb", "resident after all of this", 1 / 1024, "MB", None, False),
]
NAMES = {"cpu_us": "CPU a request", "per_s": "rate", "p50_us": "median time"}


def facts():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
                 platform.machine())
    version = lambda words: subprocess.run(words, capture_output=True, text=True)
    nginx = version(["nginx", "-v"]).stderr.strip().rsplit("/", 1)[-1]
    wrk = (version(["wrk", "-v"]).stdout.split("\n")[0].split() + ["", ""])[1]
    return {"cores": os.cpu_count(), "cpu": model, "kernel": platform.release(), "nginx": nginx, "wrk": wrk,
            "load": round(os.getloadavg()[0], 2), "rounds": ROUNDS, "seconds": SECONDS,
            "connections": CONNECTIONS}


def verdict(met):
    return "" if met is None else "met" if met else "MISSED"


def report(machine, works, sizes):
    print(f"\n{machine['cores']} cores of {machine['cpu']}, Linux {machine['kernel']}, load before "
          f"{machine['load']}; nginx {machine['nginx']}, wrk {machine['wrk']}\n{CONNECTIONS} connections, medians of "
          f"{ROUNDS} rounds of {SECONDS} s each; in brackets the lowest and the highest; agenda "
          f"{sizes['agenda']} bytes, as gzip {sizes['gzip']}\n")
    row = "{:<22} {:<22} {:>9} {:>8} {:>8}   {:<20}"
    print(row.format("work", "by", "answers/s", "p50 us", "p99 us", "server CPU us a request"))
    for work, by in works.items():
        for who, m in by.items():
            if "per_s" not in m:
                continue
            cpu = f"{m['cpu_us']['median']:6.2f} ({spread(m['cpu_us'])})" if "cpu_us" in m else ""
            print(row.format(work, who, f"{m['per_s']['median']:.0f}", f"{m['p50_us']['median']:.0f}",
                             f"{m['p99_us']['median']:.0f}", cpu))


def judge(value, goal, more):
    return None if goal is None else value >= goal if more else value <= goal


def ratios(works):
    """The lines under the table: what is compared, its figure, its goal, whether it was met."""
    lines = []
    for work, who, key, other, peer, goal, more in RATIOS:
        if peer not in works[other]:
            continue
        ratio = works[work][who][key]["median"] / works[other][peer][key]["median"]
        lines.append({"what": f"{work}: {NAMES[key]} against {peer}", "figure": round(ratio, 2),
                      "shown": f"{ratio:.2f}x", "goal": f"{'>=' if more else '<='} {goal}x" if goal else "",
                      "met": judge(ratio, goal, more)})
    for work, who, key, name, scale, unit, goal, more in FIGURES:
        m = {k: v * scale for k, v in works[work][who][key].items()}
        form = "{:.0f}" if m["median"] > 200 else "{:.3f}" if m["median"] < 1 else "{:.1f}"
        lines.append({"what": name, "figure": round(m["median"], 3),
                      "shown": f"{form.format(m['median'])} {unit} ({spread(m, form)})",
                      "goal": f"{'>=' if more else '<'} {goal} {unit}" if goal else "",
                      "met": judge(m["median"], goal, more)})
    return lines


def main():
    program, out = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    machine = facts()
    seeded, live = out / "seeded", out / "live"
    seed(program, seeded)
    organizer = command(program, seeded, "token", "--role", "organizer")
    token = command(program, seeded, "token", "--role", "member", "--team", "los-angeles")
    code = command(program, seeded, "code", "--team", "los-angeles")
    shutil.rmtree(live, ignore_errors=True)
    shutil.copytree(seeded, live)
    shutil.copytree(seeded, out / "cold", dirs_exist_ok=True)
    server, cold = Server(program, live), Server(program, out / "cold", "--cache-mb", "0")
    server.first_answer(AGENDA, bearer(token))
    cold.first_answer(AGENDA, bearer(token))
    _, headers, body = get(server.url + AGENDA, bearer(token))
    nginx, fastify = Nginx(out / "nginx", body, headers), Fastify.start(out, body)
    bare = Bare(out / "bare_civetweb")
    if not fastify:
        print("bench: Fastify is not installed here, its lines are left out", file=sys.stderr)
    targets = out / "targets"
    items_targets(server, program, live, organizer, targets)
    cases = reads(server, cold, nginx, bare, fastify, token)
    writes = [("join", "convened", f"{server.url}/v1/auth/join", server.pids, ("join", code), CONNECTIONS),
              ("item write", "convened", server.url, server.pids, ("items", targets), CONNECTIONS),
              ("item write, one writer", "convened", server.url, server.pids, ("items", targets), 1)]
    if fastify:
        writes.append(("item write", "Fastify", fastify.url, fastify.pids,
                       ("items", fastify.targets(out / "fastify-targets")), CONNECTIONS))
    rounds = {}

    def note(work, who, figures):
        rounds.setdefault(work, {}).setdefault(who, []).append(figures)

    for by in cases.values():  # warm: connections, caches, clock speed
        for case in by.values():
            load(case["url"], case["pids"], case["headers"], seconds=1)
    for i in range(ROUNDS):
        print(f"round {i + 1} of {ROUNDS}", file=sys.stderr)
        note("start", "convened", start(program, seeded, out / "start", token))
        for work, by in cases.items():
            for who in (list(by) if i % 2 == 0 else reversed(list(by))):
                case = by[who]
                note(work, who, load(case["url"], case["pids"], case["headers"],
                                     connections=case.get("connections", CONNECTIONS)))
        for work, who, url, pids, words, connections in writes:
            note(work, who, load(url, pids, work=words, connections=connections))
        for rows in (1, 64):
            note("item write", f"SQLite, {rows} a commit", raw(out / "raw_sqlite", out / "raw.db", rows))
    note("memory", "convened", {"busy_kb": resident_kb(server.process.pid)})
    for companion in filter(None, (nginx, bare, fastify, cold, server)):
        companion.stop()

    works = {work: {who: {key: middle(r, key) for key in r[0]} for who, r in by.items()}
             for work, by in rounds.items()}
    sizes = {"agenda": len(body), "gzip": cases["agenda gzip"]["convened"]["bytes"]}
    report(machine, works, sizes)
    lines = ratios(works)
    print()
    for line in lines:
        print(f"{line['what']:<56} {line['shown']:<26} {line['goal']:<10} {verdict(line['met'])}")
    pathlib.Path("build/bench-read-write.json").write_text(json.dumps(
        {"machine": machine, "sizes": sizes, "goals": lines, "medians": works, "rounds": rounds},
        indent=1) + "\n")


if __name__ == "__main__":
    main()
