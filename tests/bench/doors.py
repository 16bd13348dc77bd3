"""Doors open: a thousand phones join from one address, two thousand stay connected, ten thousand may.

    doors.py PROGRAM OUTPUT-DIRECTORY        (as a rule through bench.sh, by `make bench`)

This process is all the phones, on the cores of the server, so its own time is in every figure. A wait runs from
the moment a phone sends its request until it has the whole answer. Prints a table; build/bench-doors.json.
"""
import asyncio
import json
import os
import pathlib
import random
import resource
import shutil
import statistics
import sys
import time

import bench
from bench import AGENDA, EVENT, Server, bearer, command, resident_kb

DOORS, DOORS_S, DOORS_LIMIT_S = 1000, 8.0, 10.0
PHONES, PHONES_S, REST_S = 2000, 8.0, (0.5, 1.5)
MANY = 10000


class Phone:
    def __init__(self, port):
        self.port, self.waits = port, []

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def ask(self, method, path, token=None, body=None, gzip=False):
        """Status and body of one request; its wait is noted."""
        data = json.dumps(body).encode() if body is not None else b""
        head = [f"{method} {path} HTTP/1.1", "Host: bench"]
        head += [f"Authorization: Bearer {token}"] if token else []
        head += ["Accept-Encoding: gzip"] if gzip else []
        head += [f"Content-Type: application/json\r\nContent-Length: {len(data)}"] if data else []
        start = time.monotonic()
        self.writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + data)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length:", 1)[1].split("\r\n", 1)[0])
        answer = await self.reader.readexactly(length)
        self.waits.append(time.monotonic() - start)
        return int(head.split(" ", 2)[1]), answer

    def close(self):
        self.writer.close()


def p99(waits):
    return statistics.quantiles(waits, n=100)[98] * 1000


async def doors_open(server, code):
    """Every phone comes at its own moment within 8 s: joins, then asks for all that it may see."""
    phones, begin = [], time.monotonic()

    async def come(n):
        await asyncio.sleep(random.uniform(0, DOORS_S))
        phone = await Phone(server.port).open()
        status, answer = await phone.ask("POST", "/v1/auth/join", body={"code": code, "display_name": f"Phone {n}"})
        if status == 201:
            token = json.loads(answer)["access_token"]
            status, _ = await phone.ask("GET", f"/v1/events/{EVENT}/sync/pull?seq=0", token, gzip=True)
        phone.close()
        phones.append((status, phone.waits))

    await asyncio.gather(*(come(n) for n in range(DOORS)))
    waits = [w for _, ws in phones for w in ws]
    return {"phones": DOORS, "served": sum(status == 200 for status, _ in phones),
            "seconds": time.monotonic() - begin, "p50_ms": statistics.median(waits) * 1000, "p99_ms": p99(waits)}


async def connected(server, token):
    """Two thousand phones that stay connected and look at the agenda about once a second."""
    before = resident_kb(server.process.pid)
    phones = [await Phone(server.port).open() for _ in range(PHONES)]
    end, refused = time.monotonic() + PHONES_S, []

    async def live(phone):
        while time.monotonic() < end:
            await asyncio.sleep(random.uniform(*REST_S))
            try:
                status, _ = await phone.ask("GET", AGENDA, token)
                refused.append(status) if status != 200 else None
            except (asyncio.IncompleteReadError, ConnectionError):
                await phone.open()

    await asyncio.gather(*(live(phone) for phone in phones))
    kb = (resident_kb(server.process.pid) - before) / PHONES
    own = [max(phone.waits) * 1000 for phone in phones if phone.waits]
    waits = [w for phone in phones for w in phone.waits]
    starved = PHONES - len(own)
    for phone in phones:
        phone.close()
    return {"phones": PHONES, "answers": len(waits), "refused": len(refused), "starved": starved, "p50_ms":
            statistics.median(waits) * 1000, "p99_ms": p99(waits), "worst_own_ms": max(own), "kb_a_connection": kb}


async def many(program, data, token):
    """The largest cap: nearly ten thousand connections open, each asks once."""
    server = Server(program, data, "--connections", str(MANY))
    server.first_answer(AGENDA, bearer(token))
    before, phones = resident_kb(server.process.pid), []
    for _ in range(MANY - 200):
        phones.append(await Phone(server.port).open())
    served = 0
    for start in range(0, len(phones), 500):
        answers = await asyncio.gather(*(phone.ask("GET", AGENDA, token) for phone in phones[start:start + 500]))
        served += sum(status == 200 for status, _ in answers)
    kb = (resident_kb(server.process.pid) - before) / len(phones)
    figures = {"open": len(phones), "served": served, "kb_a_connection": kb,
               "resident_mb": resident_kb(server.process.pid) / 1024}
    for phone in phones:
        phone.close()
    server.stop()
    return figures


async def measure(program, out, token, code):
    shutil.rmtree(out / "doors", ignore_errors=True)
    shutil.copytree(out / "seeded", out / "doors")
    server = Server(program, out / "doors", "--connections", "2100")
    server.first_answer(AGENDA, bearer(token))
    figures = {"doors open": await doors_open(server, code), "connected": await connected(server, token)}
    server.stop()
    return {**figures, "many": await many(program, out / "doors", token)}


def line(what, figure, unit, goal, met):
    return {"what": what, "figure": round(figure, 2), "shown": f"{figure:.1f} {unit}".strip(), "goal": goal, "met": met}


def main():
    program, out = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if not (out / "seeded").exists():
        bench.seed(program, out / "seeded")
    token = command(program, out / "seeded", "token", "--role", "member", "--team", "los-angeles")
    code = command(program, out / "seeded", "code", "--team", "los-angeles")
    figures = asyncio.run(measure(program, out, token, code))
    doors, phones, most = figures["doors open"], figures["connected"], figures["many"]
    lines = [
        line(f"doors open: phones served, of {DOORS}", doors["served"], "", f"= {DOORS}", doors["served"] == DOORS),
        line("doors open: time to the last", doors["seconds"], "s", "< 10 s", doors["seconds"] < DOORS_LIMIT_S),
        line("doors open: wait, p99", doors["p99_ms"], "ms", "< 1000 ms", doors["p99_ms"] < 1000),
        line(f"{PHONES} connected phones: refused or starved", phones["refused"] + phones["starved"], "", "= 0",
             phones["refused"] + phones["starved"] == 0),
        line(f"{PHONES} connected phones: wait, p99", phones["p99_ms"], "ms", "", None),
        line(f"{PHONES} connected phones: longest wait of any", phones["worst_own_ms"], "ms", "< 500 ms",
             phones["worst_own_ms"] < 500),
        line(f"{PHONES} connected phones: memory each", phones["kb_a_connection"], "KB", "< 40 KB",
             phones["kb_a_connection"] < 40),
        line(f"{most['open']} connections: answered", most["served"], "", f"= {most['open']}",
             most["served"] == most["open"]),
        line(f"{most['open']} connections: memory each", most["kb_a_connection"], "KB", "< 40 KB",
             most["kb_a_connection"] < 40),
        line(f"{most['open']} connections: resident", most["resident_mb"], "MB", "", None),
    ]
    print("\nDoors open: all phones come from one address and from this process\n")
    for x in lines:
        print(f"{x['what']:<56} {x['shown']:<26} {x['goal']:<10} {bench.verdict(x['met'])}")
    pathlib.Path("build/bench-doors.json").write_text(json.dumps({"goals": lines, "figures": figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
