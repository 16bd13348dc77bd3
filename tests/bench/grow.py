"""How cost grows: the same requests at 1, 10 and 100 times the demo event, and in one of 1,000 events.

    grow.py PROGRAM OUTPUT-DIRECTORY        (as a rule through bench.sh, by `make bench`)
    BENCH_GROW=1,10,100   the sizes; 100 is 21,000 attendees, 2,100 teams and 60,000 items in one event

Every size is filled through the API, but that all attendees agree to be in the directory, then asked with the cache off, so that each request costs what the
database makes it cost. The figure is the CPU time of the server a request; the last column fits it to
size^k: 0 is a cost that does not grow, 1 one that grows with the event. The start is the median of five. Prints a table; build/bench-grow.json
has it.
"""
import http.client
import json
import math
import os
import pathlib
import shutil
import sqlite3
import statistics
import sys
import uuid

import bench
from bench import Server, bearer, command, load

SIZES = [int(n) for n in os.environ.get("BENCH_GROW", "1,10,100").split(",")]
ATTENDEES, TEAMS, ITEMS, SESSIONS = 210, 21, 600, 25  # of the demo event
EVENTS = 1000
CONNECTIONS = 4
DAY = "2015-12-01T"
SECONDS = 1


class Client:
    """One kept-alive connection with a token."""

    def __init__(self, server, token=None):
        self.connection, self.headers = http.client.HTTPConnection("127.0.0.1", server.port), {}
        self.take(token)

    def take(self, token):
        self.headers = bearer(token) if token else {}

    def ask(self, method, path, body=None, kind="application/json"):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        headers = {**self.headers, **({"Content-Type": kind} if data is not None else {})}
        self.connection.request(method, path, data, headers)
        reply = self.connection.getresponse()
        answer = reply.read()
        if reply.status >= 300:
            sys.exit(f"bench: {method} {path}: {reply.status} {answer[:300]}")
        return json.loads(answer) if answer[:1] in b"{[" and answer else answer


def log_in(client, email, password):
    """An organizer's token, which the client takes."""
    token = client.ask("POST", "/v1/auth/login", {"email": email, "password": password})["access_token"]
    client.take(token)
    return token


def make_event(client, slug):
    return client.ask("POST", "/v1/events", {
        "slug": slug, "name": f"Convening {slug}", "kind": "convening", "zone": "America/Los_Angeles",
        "starts_at": f"{DAY}09:00:00-08:00", "ends_at": f"{DAY}17:00:00-08:00"})["id"]


def make_sessions(client, path, n):
    for i in range(n):
        minute = i % 480
        client.ask("POST", f"{path}/sessions?force=true", {
            "title": f"Session {i} on working together", "kind": "workshop", "status": "scheduled",
            "abstract": "What each agency brings, and what changes on Monday.",
            "starts_at": f"{DAY}{9 + minute // 60:02}:{minute % 60:02}:00-08:00",
            "ends_at": f"{DAY}{10 + minute // 60:02}:{minute % 60:02}:00-08:00"})


def make_roster(client, path, n):
    """By import, 10,000 rows a file."""
    for start in range(0, n, 10000):
        rows = "".join(f"Invented Person {i},org {i % 50},team-{i % max(1, n // 10):04}\r\n"
                       for i in range(start, min(n, start + 10000)))
        client.ask("POST", f"{path}/attendees/import", f"display_name,organization,team\r\n{rows}".encode(), "text/csv")


def make_teams(client, server, path, n, items):
    """Teams with their worksheets, on each of them its share of the items, pushed by a member."""
    template = client.ask("POST", f"{path}/worksheet-templates", {"title": "Breakout", "prompts": [
        {"kind": "question", "text": f"Question {i}"} for i in range(6)] + [
        {"kind": "next_steps", "text": "Next steps"}, {"kind": "outstanding_questions", "text": "Questions"}]})
    prompts = [p["id"] for p in template["prompts"]]
    member, token = Client(server), None
    for i in range(n):
        team = client.ask("POST", f"{path}/teams", {"slug": f"team-{i:04}", "name": f"Team {i:04}", "county": "Example"})
        code = client.ask("GET", f"{path}/teams/{team['id']}/code")["code"]
        token = member.ask("POST", "/v1/auth/join", {"code": code, "display_name": "Sam"})["access_token"]
        member.take(token)
        sheet = member.ask("GET", f"{path}/worksheets")["items"][0]["id"]
        rows = [{"newDocumentState": {"id": str(uuid.uuid4()), "worksheet_id": sheet, "prompt_id": prompts[k % 8],
                                      "text": f"Meet with probation and the courts, {k}", "owner": None, "due": None,
                                      "done": False, "order_key": f"f{k:06}", "_deleted": False}}
                for k in range(items // n)]
        for start in range(0, len(rows), 100):
            if refused := member.ask("POST", f"{path}/sync/items/push", rows[start:start + 100]):
                sys.exit(f"bench: a pushed item was not taken: {refused[0]}")
        member.take(None)
    return token, sheet, prompts[0]


def works(server, path, organizer, member, sheet, prompt, out):
    """What is asked: name, how to load it."""
    seq = Client(server, member).ask("GET", f"{path}/sync/info")["seq"]
    targets = out / "grow-targets"
    targets.write_text(f"{path}/worksheets/{sheet}/items {prompt} {member}\n")
    gets = [("agenda, a page", f"{path}/sessions", member), ("teams, a page", f"{path}/teams", member),
            ("directory, a page", f"{path}/attendees", member), ("own worksheet", f"{path}/worksheets/{sheet}", member),
            ("pull, nothing new", f"{path}/sync/pull?seq={seq}", member),
            ("pull, a first page of 100", f"{path}/sync/pull?seq=0&limit=100", organizer),
            ("all worksheets, a page", f"{path}/worksheets", organizer),
            ("progress", f"{path}/progress", organizer), ("synthesis", f"{path}/synthesis", organizer)]
    for name, url, token in gets:
        yield name, lambda url=url, token=token: load(server.url + url, server.pids, bearer(token), seconds=SECONDS,
                                                      connections=CONNECTIONS)
    yield "push of one item", lambda: load(server.url, server.pids, seconds=SECONDS, connections=CONNECTIONS,
                                           work=("push", f"{path}/sync/items/push", targets))


def fill(server, client, slug, size):
    path = f"/v1/events/{make_event(client, slug)}"
    make_sessions(client, path, SESSIONS * size)
    made = make_teams(client, server, path, TEAMS * size, ITEMS * size)
    make_roster(client, path, ATTENDEES * size)
    return (path, *made)


def agree(data):
    """All show their name to all: what each does with their own phone."""
    with sqlite3.connect(data / "convened.db") as db:
        db.execute("INSERT INTO consents SELECT id, 'display_name', 'event', '1', created_at, created_at + 31536000000"
                   " FROM attendees WHERE listed = 0")
        db.execute("UPDATE attendees SET listed = 1")
    db.close()


def measure(program, out, size, events):
    """CPU a request of each work in an event of this size, among so many events; and what the start cost."""
    data = out / "grow"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(out / "seeded", data)
    organizer = command(program, data, "token", "--role", "organizer")
    password = command(program, data, "organizer", "add", "grow@example.org").rsplit(" ", 1)[-1]
    server = Server(program, data, "--cache-mb", "0")
    server.first_answer(bench.AGENDA, bearer(organizer))
    client = Client(server)
    boss = log_in(client, "grow@example.org", password)
    for i in range(events - 1):
        make_sessions(client, f"/v1/events/{make_event(client, f'other-{i:04}')}", 2)
    path, member, sheet, prompt = fill(server, client, f"grow-{size}", size)
    server.stop()
    agree(data)
    server = Server(program, data, "--cache-mb", "0")
    server.first_answer(bench.AGENDA, bearer(organizer))
    figures = {}
    for name, run in works(server, path, boss, member, sheet, prompt, out):
        figures[name] = run()["cpu_us"]
    figures["resident, MB"] = bench.resident_kb(server.process.pid) / 1024
    server.stop()
    starts = []
    for _ in range(5):
        again = Server(program, data)
        starts.append(again.first_answer(bench.AGENDA, bearer(organizer)) * 1000)
        again.stop()
    figures["start to first answer, ms"] = statistics.median(starts)
    return figures


def main():
    program, out = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    if not (out / "seeded").exists():
        bench.seed(program, out / "seeded")
    table = {}
    for size in SIZES:
        print(f"grow: x{size}", file=sys.stderr)
        table[f"x{size}"] = measure(program, out, size, 1)
    print(f"grow: {EVENTS} events", file=sys.stderr)
    table[f"{EVENTS} events"] = measure(program, out, 1, EVENTS)
    columns = list(table)
    print(f"\nHow cost grows: server CPU us a request, cache off; x1 is {ATTENDEES} attendees, {TEAMS} teams, {ITEMS} items\n")
    row = "{:<28}" + " {:>12}" * len(columns) + "   {}"
    print(row.format("", *columns, "grows as size^k, k ="))
    first, last = table[columns[0]], table[f"x{SIZES[-1]}"]
    fits = {}
    for name in first:
        if len(SIZES) > 1 and first[name] > 0:
            fits[name] = math.log(max(last[name], 1e-9) / first[name]) / math.log(SIZES[-1] / SIZES[0])
        print(row.format(name, *(f"{table[c][name]:.1f}" for c in columns), f"{fits.get(name, 0):.2f}"))
    pathlib.Path("build/bench-grow.json").write_text(json.dumps({"cpu_us": table, "exponents": fits}, indent=1) + "\n")


if __name__ == "__main__":
    main()
