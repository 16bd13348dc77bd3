"""What organizers wait for at the end of the day: synthesis, report and progress board of 21 counties x 8 prompts x
30 items, each made anew, because an organizer's mark or a team's item came between.

    report.py PROGRAM OUTPUT-DIRECTORY       (as a rule through bench.sh, by `make bench`)
    BENCH_ROUNDS=5   times ten requests for each

The time is the server's own, from its log: from the request's head to its answer, medians, with the lowest and the
highest beside; build/bench-report.json. On a machine that does other work that says little: so the CPU time that the server's threads spent on
an answer stands beside it, and the goal for the report, below 20 ms, is held against that.
"""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid

from bench import EVENT, command, free_port, seed

ROUNDS = 10 * int(os.environ.get("BENCH_ROUNDS", "5"))
ITEMS = 30
TEXT = "Involve schools in training and engage with the trainers, as Riverside does; report back in spring"


def fill(data):
    """Every prompt of every worksheet gets its items; all but one worksheet are handed in. Returns an item's id, and
    the open worksheet with a prompt."""
    db = sqlite3.connect(data / "convened.db")
    db.execute("DELETE FROM items")
    sheets = db.execute("SELECT w.id, w.team_id, w.template_id, t.slug FROM worksheets w JOIN teams t ON t.id = w.team_id"
                        " WHERE w.event_id = (SELECT id FROM events WHERE slug = ?) ORDER BY t.slug", (EVENT,)).fetchall()
    rows = []
    for sheet, team, template, _ in sheets:
        for (prompt,) in db.execute("SELECT id FROM prompts WHERE template_id = ?", (template,)).fetchall():
            rows += [(str(uuid.uuid4()), sheet, team, prompt, f"{TEXT} {n}", "2016-01-15", f"a{n:02}", 1, 1)
                     for n in range(ITEMS)]
    db.executemany("INSERT INTO items (id, worksheet_id, team_id, prompt_id, text, due, order_key, updated_at, seq)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    db.execute("UPDATE worksheets SET state = 'submitted', version = 1, shared = 0")
    db.execute("UPDATE worksheets SET state = 'open', version = 0 WHERE id = ?", (sheets[0][0],))
    db.commit()
    marked = next(row[0] for row in rows if row[1] == sheets[1][0])
    return len(sheets), len(rows), marked, sheets[0][0], rows[0][3], sheets[0][3]


class Server:
    """A `convened serve` whose log can be read."""

    def __init__(self, program, data, log):
        self.log = log
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = subprocess.Popen([program, "serve", "--data", str(data), "--listen", self.url[7:]],
                                        stdout=subprocess.DEVNULL, stderr=open(log, "w"))
        for _ in range(1000):
            try:
                urllib.request.urlopen(self.url + "/healthz").close()
                return
            except OSError:
                time.sleep(0.01)
        sys.exit("bench: the server does not answer")

    def ask(self, path, token, method="GET", body=None):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "If-Match": "*"}
        request = urllib.request.Request(f"{self.url}/v1/events/{EVENT}/{path}", body and json.dumps(body).encode(),
                                         headers, method=method)
        with urllib.request.urlopen(request) as reply:
            return reply.read()


def cpu_ns(pid):
    """CPU time of all the process's threads so far."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def measure(server, path, token, between):
    """Microseconds that the server took for each of ROUNDS requests, those of the CPU, and the bytes of the answer."""
    took, spent, size = [], [], 0
    for n in range(ROUNDS):
        between(n)
        before = server.log.stat().st_size
        start = cpu_ns(server.process.pid)
        size = len(server.ask(path, token))
        spent.append((cpu_ns(server.process.pid) - start) / 1000)
        line = re.compile(rf"method=GET route=/v1/events/\{{event\}}/{re.escape(path)} status=200 us=(\d+)")
        for _ in range(100):
            with open(server.log) as log:
                log.seek(before)
                found = line.search(log.read())
            if found:
                took.append(int(found[1]))
                break
            time.sleep(0.002)
    return took, spent, size


def main(program, output):
    data = pathlib.Path(output) / "report-data"
    shutil.rmtree(data, ignore_errors=True)
    seed(program, data)
    counties, items, marked, sheet, prompt, slug = fill(data)
    organizer = command(program, data, "token", "--role", "organizer")
    member = command(program, data, "token", "--role", "member", "--team", slug)
    server = Server(program, data, pathlib.Path(output) / "report.log")

    def mark(n):
        server.ask(f"synthesis/items/{marked}", organizer, "PATCH", {"starred": n % 2 == 0})

    def write(n):
        server.ask(f"worksheets/{sheet}/items", member, "POST", {"prompt_id": prompt, "text": f"One more, {n}"})

    print(f"\n{counties} counties, {items} items, each answer made anew\n")
    print(f"| | CPU ms, median of {ROUNDS} | elapsed ms (lowest to highest) | KB |\n|---|---|---|---|")
    met, figures = True, {}
    for path, between in [("report.html", mark), ("report.md", mark), ("report.docx", mark), ("synthesis", mark),
                          ("synthesis/learning", mark), ("synthesis/next-steps", mark), ("progress", write)]:
        took, spent, size = measure(server, path, organizer, between)
        cpu, middle = statistics.median(spent) / 1000, statistics.median(took) / 1000
        met = met and (cpu < 20 or not path.startswith("report"))
        figures[path] = {"cpu_ms": cpu, "elapsed_ms": middle, "bytes": size}
        print(f"| {path} | {cpu:.2f} | {middle:.2f} ({min(took) / 1000:.2f} to {max(took) / 1000:.2f})"
              f" | {size / 1000:.0f} |")
    print(f"\nthe report below 20 ms: {'yes' if met else 'NO'}")
    pathlib.Path("build/bench-report.json").write_text(json.dumps(figures, indent=1) + "\n")
    server.process.terminate()
    if server.process.wait(timeout=10):
        sys.exit("bench: the server ended with an error")


main(sys.argv[1], sys.argv[2])
