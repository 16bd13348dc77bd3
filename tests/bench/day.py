"""The organizers' day while 64 phones write worksheets: report, check-in, search, export.

    day.py PROGRAM OUTPUT-DIRECTORY        (as a rule through bench.sh, by `make bench`)

One event of 21 teams with 8 prompts and 30 items each, all submitted, and 5,000 attendees; another with 100,000 for
the export. The cache is off, so that a report is made each time. Meanwhile wrk writes items into a third event from
64 connections, which share the cores: at the pace of a room (each about 20 a second, far above what thumbs do), and
as fast as answers come. Each time is what the asker waited; `health`, which neither asks nor writes the database,
is what of it is waiting for a core. Prints a table; build/bench-day.json.
"""
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
import uuid

import bench
import grow
from bench import EVENT, Server, bearer, command, resident_kb
from grow import Client

ATTENDEES, EXPORTED, TEAMS, ITEMS = 5000, 100000, 21, 21 * 8 * 30
TIMES = 40


def roster(client, path, n):
    for start in range(0, n, 20000):
        rows = "".join(f"Invented{i * 7919 % 1000:03} Person{i},org {i % 50}\r\n" for i in range(start, min(n, start + 20000)))
        client.ask("POST", f"{path}/attendees/import", f"display_name,organization\r\n{rows}".encode(), "text/csv")


def submit_all(client, path, server):
    """Every team's worksheet, by its lead."""
    for team in client.ask("GET", f"{path}/teams?limit=500")["items"]:
        code = client.ask("GET", f"{path}/teams/{team['id']}/code")["code"]
        lead = Client(server)
        lead.take(lead.ask("POST", "/v1/auth/join", {"code": code, "display_name": "Lee"})["access_token"])
        lead.ask("PUT", f"{path}/teams/{team['id']}/lead", {})
        for sheet in lead.ask("GET", f"{path}/worksheets")["items"]:
            lead.ask("POST", f"{path}/worksheets/{sheet['id']}/submit", {})


def timed(times, ask):
    waits = []
    for i in range(times):
        start = time.monotonic()
        ask(i)
        waits.append((time.monotonic() - start) * 1000)
    return {"median": statistics.median(waits), "low": min(waits), "high": max(waits),
            "p99": statistics.quantiles(waits, n=100)[98]}


def export(server, client, path):
    """Peak of resident memory beyond what stood before, over one export; and its rows."""
    before, peak, done = resident_kb(server.process.pid), [0], threading.Event()

    def watch():
        while not done.is_set():
            peak[0] = max(peak[0], resident_kb(server.process.pid))
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.monotonic()
    answer = client.ask("GET", f"{path}/attendees.csv")
    seconds = time.monotonic() - start
    done.set()
    watcher.join()
    return {"extra_mb": max(0, peak[0] - before) / 1024, "rows": answer.count(b"\r\n") - 1, "seconds": seconds}


def writes(server):
    """Writes that the server has committed since it started."""
    text = bench.get(f"http://127.0.0.1:{server.port + 1}/metrics")[2].decode()
    return int(next(line for line in text.splitlines() if line.startswith("convened_writes_total")).split()[1])


def check_in(client, path, attendees):
    rows = [{"id": str(uuid.uuid4()), "attendee_id": random.choice(attendees), "direction": "in",
             "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())} for _ in range(100)]
    client.ask("POST", f"{path}/check-ins", rows)


def make_day(program, out):
    """The data directory of the day, and what to ask of it."""
    data = out / "day"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(out / "seeded", data)
    password = command(program, data, "organizer", "add", "day@example.org").rsplit(" ", 1)[-1]
    server = Server(program, data)
    server.first_answer("/healthz", {})
    client = Client(server)
    token = grow.log_in(client, "day@example.org", password)
    now = time.strftime("%Y-%m-%d", time.gmtime())
    made = client.ask("POST", "/v1/events", {"slug": "day1", "name": "A day", "kind": "convening", "zone": "UTC",
                                             "starts_at": f"{now}T00:00:00Z", "ends_at": f"{now}T23:59:00Z"})
    path = f"/v1/events/{made['id']}"
    grow.make_sessions(client, path, 25)
    grow.make_teams(client, server, path, TEAMS, ITEMS)
    submit_all(client, path, server)
    roster(client, path, ATTENDEES)
    large = f"/v1/events/{grow.make_event(client, 'export')}"
    roster(client, large, EXPORTED)
    attendees = [a["id"] for a in client.ask("GET", f"{path}/attendees?limit=500")["items"]]
    server.stop()
    return data, token, path, large, attendees


def measure(program, out):
    data, token, path, large, attendees = make_day(program, out)
    organizer = command(program, data, "token", "--role", "organizer")
    server = Server(program, data, "--cache-mb", "0")
    server.first_answer("/healthz", {})
    client = Client(server, token)
    targets = out / "day-targets"
    bench.items_targets(server, program, data, organizer, targets)
    asks = {
        "report": (TIMES, lambda i: client.ask("GET", f"{path}/report.html")),
        "check-in": (TIMES, lambda i: check_in(client, path, attendees)),
        "search": (400, lambda i: client.ask("GET", f"{path}/attendees?q=person{random.randrange(ATTENDEES)}&limit=20")),
        "health": (400, lambda i: client.ask("GET", "/healthz")),
    }
    figures = {}
    for state, work in (("nobody else", None), ("64 phones write", "typing"), ("64 write without a rest", "items")):
        if work:
            wrk = subprocess.Popen(["wrk", "-t1", f"-c{bench.CONNECTIONS}", "-d120", "-s", str(bench.HERE / "load.lua"),
                                    server.url, "--", work, str(targets)], stdout=subprocess.DEVNULL)
            time.sleep(1)
        before = writes(server)
        start = time.monotonic()
        figures[state] = {name: timed(times, ask) for name, (times, ask) in asks.items()}
        figures[state]["export"] = export(server, client, large)
        figures[state]["writes_per_s"] = (writes(server) - before) / (time.monotonic() - start)
        if work:
            wrk.kill()
            wrk.wait()
    server.stop()
    return figures


def main():
    program, out = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    if not (out / "seeded").exists():
        bench.seed(program, out / "seeded")
    figures = measure(program, out)
    lines = []

    def line(what, state, shown, goal, met):
        lines.append({"what": what, "state": state, "shown": shown, "goal": goal, "met": met})

    for state, of in figures.items():
        for name, key, goal in (("report of 21 teams x 8 prompts x 30 items", "report", 20),
                                ("100 check-ins in one batch, durable", "check-in", 15)):
            m = of[key]
            line(name, state, f"{m['median']:.1f} ms ({m['low']:.1f}-{m['high']:.1f})", f"< {goal} ms", m["median"] < goal)
        for name, key, goal in ((f"search over {ATTENDEES} names, p99", "search", 5), ("health, p99", "health", None)):
            m = of[key]
            line(name, state, f"{m['p99']:.1f} ms (median {m['median']:.1f})", f"< {goal} ms" if goal else "",
                 m["p99"] < goal if goal else None)
        got = of["export"]
        line(f"export of {got['rows']} rows: memory beyond", state, f"{got['extra_mb']:.1f} MB in {got['seconds']:.1f} s",
             "< 32 MB", got["extra_mb"] < 32 and got["rows"] == EXPORTED)
        line("writes a second meanwhile", state, f"{of['writes_per_s']:.0f}", "", None)
    print("\nThe organizers' day; the cache is off\n")
    for x in lines:
        print(f"{x['what']:<42} {x['state']:<24} {x['shown']:<24} {x['goal']:<8} {bench.verdict(x['met'])}")
    pathlib.Path("build/bench-day.json").write_text(json.dumps({"goals": lines, "figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
