// process_test.mjs - the life of the process: starting, stopping, dying, keeping its data, refusing what it must.
//
// Prints TAP. CONVENED is the binary (build/asan/convened); figures are taken on CONVENED_RELEASE (build/convened).
// Node >= 18, no packages.
import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { caller, check, command, done, get, head, raw, release, replies, same, serve, settle, sleep, temporary, test, until } from './lib.mjs';

const rooms = '/v1/events/smoke/rooms';
const json = { 'Content-Type': 'application/json' };

// A data directory that holds an event, of a server that has stopped; copies are cheap.
const settled = await serve({ args: ['--connections', '16'] });
const { token, api: settledApi } = await settle(settled);
same((await settledApi('POST', rooms, { name: 'Hall' })).status, 201, 'a room');
await settled.stop();
function copy() {
    const data = temporary('data');
    cpSync(settled.data, data, { recursive: true });
    return data;
}

async function ends(args, code, words, options) {
    const run = await command(args, options);
    same(run.code, code, `exit code of ${args.join(' ')} (${run.out}${run.err})`);
    check(words.test(run.out + run.err), () => `said ${run.out}${run.err}, not ${words}`);
    check(!/Sanitizer|runtime error/.test(run.err), () => run.err);
    return run;
}
const serveArgs = (data, ...more) => ['serve', '--data', data, '--listen', '127.0.0.1:0', '--metrics-listen', 'off', ...more];
const digest = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

// --- figures, on the release binary with 1,024 connections allowed --------------------------------

const seeded = temporary('seeded');
const seeding = await command(['seed', '--data', seeded, 'seed-data'], { binary: release, timeout: 60_000 });
let figures;
await test('seed data loads', () => same(seeding.code, 0, `exit code (${seeding.err})`));
// The best of five: other processes may take the machine's time, none can give it.
const times = { start: [], stop: [] };
for (let i = 0; i < 5; i++) {
    if (figures) {
        await figures.stop();
        times.stop.push(figures.stopMs);
    }
    const from = performance.now();
    figures = await serve({ binary: release, data: seeded, args: ['--connections', '1024'] });
    await get(`${figures.url}/readyz`);
    times.start.push(performance.now() - from);
}
await test('the first answer comes within 0.5 s of the start, on the seeded database', () => {
    console.log(`# ${times.start.map(Math.round)} ms`);
    check(Math.min(...times.start) < 500, `it took ${times.start} ms`);
});
await test('it rests below 64 MB', async () => {
    const shown = await command(['token', '--data', seeded, '--event', 'csec2015', '--role', 'attendee'], { binary: release });
    const api = caller(figures.url, shown.out.trim());
    for (const path of ['/v1/events', '/v1/events/csec2015/sessions', '/v1/events/csec2015/resources', '/openapi.json', '/docs']) same((await api('GET', path)).status, 200, path);
    const kb = Number(readFileSync(`/proc/${figures.child.pid}/status`, 'latin1').match(/^VmRSS:\s+(\d+) kB/m)[1]);
    console.log(`# ${(kb / 1024).toFixed(1)} MB`);
    check(kb < 64 * 1024, `${kb} kB`);
});
await test('an idle server stops within a second', async () => {
    await figures.stop();
    same(figures.code, 0, 'exit code');
    times.stop.push(figures.stopMs);
    console.log(`# ${times.stop.map(Math.round)} ms`);
    check(Math.min(...times.stop) < 1000, `it took ${times.stop} ms`);
});

// --- stopping -------------------------------------------------------------------------------------

// Sends a room's bytes over 1.5 s.
function slowRoom(port, name) {
    const body = JSON.stringify({ name });
    const third = Math.ceil(body.length / 3);
    return raw(port, [head('POST', rooms, { ...json, Authorization: `Bearer ${token}`, 'Content-Length': body.length }), 500, body.slice(0, third), 500,
        body.slice(third, 2 * third), 500, body.slice(2 * third)], { replies: 1, timeout: 10_000 });
}

await test('SIGTERM: running requests end well, idle connections and streams do not hold it up', async () => {
    const server = await serve({ data: copy(), args: ['--connections', '1024'] });
    const idle = await Promise.all(Array.from({ length: 850 }, () => raw(server.port, head('GET', '/healthz'), { replies: 1, keep: true })));
    check(idle.every((one) => one.replies[0]?.headers.connection === 'keep-alive'), 'not all were kept');
    const slow = ['Slow 1', 'Slow 2', 'Slow 3'].map((name) => slowRoom(server.port, name));
    const streams = [1, 2, 3].map(() => raw(server.port, head('GET', '/v1/events/smoke/sync/stream', { Authorization: `Bearer ${token}` }), { timeout: 10_000 }));
    await sleep(300);
    await server.stop();
    same([server.code, server.signal], [0, null], `exit (${server.err.slice(-3000)})`);
    check(server.stopMs < 5000, `it took ${server.stopMs} ms`);
    console.log(`# ${Math.round(server.stopMs)} ms`);
    for (const one of await Promise.all(slow)) {
        same(one.replies[0]?.status, 201, `a request that was running (${one.bytes})`);
        same(one.replies[0].headers.connection, 'close', 'Connection');
    }
    for (const one of await Promise.all(streams)) check(one.closed && /^HTTP\/1\.1 (200|404) /.test(one.bytes), () => `a stream: ${one.bytes}`);
    check(!existsSync(join(server.data, 'address')), 'the address stands there still');
    const again = await serve({ data: server.data, args: ['--connections', '16'] });
    const names = (await caller(again.url, token)('GET', rooms)).body.items.map((room) => room.name);
    same(names, ['Hall', 'Slow 1', 'Slow 2', 'Slow 3'], 'rooms');
    await again.stop();
    for (const one of idle) one.socket.destroy();
});
await test('SIGTERM: a body that stalls is cut off', async () => {
    const server = await serve({ data: copy(), args: ['--connections', '16'] });
    const stalled = raw(server.port, [head('POST', '/v1/auth/join', { ...json, 'Content-Length': 100 }), '{'], { timeout: 10_000 });
    await sleep(200);
    await server.stop();
    same(server.code, 0, 'exit code');
    check(server.stopMs < 5000, `it took ${server.stopMs} ms`);
    check((await stalled).closed, 'the connection stays open');
});
await test('SIGINT stops it, too', async () => {
    const server = await serve({ data: copy(), args: ['--connections', '16'] });
    await server.end('SIGINT', 6000);
    same([server.code, server.signal], [0, null], 'exit');
});
await test('a client that hangs up is no reason to die', async () => {
    const server = await serve({ data: copy(), args: ['--connections', '16'] });
    server.child.kill('SIGPIPE');
    await sleep(100);
    same((await get(`${server.url}/healthz`)).status, 200, 'status');
    await server.kill();
});

// --- one server, one directory, one port ----------------------------------------------------------

await test('a second server on the same directory, or port, is refused', async () => {
    const server = await serve({ data: copy(), args: ['--connections', '16'] });
    await ends(serveArgs(server.data), 1, /another process/);
    await ends(['demo', '--data', server.data, '--listen', '127.0.0.1:0'], 1, /another process/);
    await ends(['restore', '--data', server.data, '/nonexistent'], 1, /not a backup/);
    const other = copy();
    await ends(['serve', '--data', other, '--listen', `127.0.0.1:${server.port}`], 1, /cannot listen on 127\.0\.0\.1:\d+/);
    await ends(['serve', '--data', other, '--listen', '127.0.0.1:0', '--metrics-listen', `127.0.0.1:${server.port}`], 1, /cannot listen/);
    await ends(['serve', '--data', other, '--listen', 'nonsense'], 2, /--listen takes ADDR:PORT/);
    same((await get(`${server.url}/healthz`)).status, 200, 'the first one');
    await server.stop();
    const next = await serve({ data: server.data, listen: `127.0.0.1:${server.port}`, args: ['--connections', '16'] });
    same(next.port, server.port, 'the port is free at once');
    await next.stop();
});

// --- kill -9 --------------------------------------------------------------------------------------

// Makes rooms on `n` connections until the server dies or stop() is called; acknowledged ids gather in `ids`.
function load(server, n, ids) {
    let on = true;
    const one = (lane) => new Promise((then) => {
        const socket = net.connect({ port: server.port, host: '127.0.0.1', noDelay: true });
        let bytes = Buffer.alloc(0);
        let id;
        const next = () => {
            id = randomUUID();
            const body = JSON.stringify({ id, name: `Load ${lane} ${id}` });
            socket.write(head('POST', rooms, { ...json, Authorization: `Bearer ${token}`, 'Content-Length': body.length }) + body);
        };
        socket.on('connect', next);
        socket.on('data', (more) => {
            bytes = Buffer.concat([bytes, more]);
            const [reply] = replies(bytes);
            if (!reply) return;
            bytes = Buffer.alloc(0);
            if (reply.status === 201) ids.push(id);
            if (on && reply.status === 201) next();
            else socket.destroy();
        });
        socket.on('error', () => {});
        socket.on('close', then);
    });
    const lanes = Promise.all(Array.from({ length: n }, (_, i) => one(i)));
    return { ended: lanes, stop: () => ((on = false), lanes) };
}

async function allRooms(api) {
    const ids = [];
    for (let next = ''; next !== undefined;) {
        const page = await api('GET', `${rooms}?limit=500${next && `&cursor=${next}`}`);
        same(page.status, 200, `a page (${page.text.slice(0, 300)})`);
        ids.push(...page.body.items.map((room) => room.id));
        next = page.body.next;
    }
    return ids;
}

await test('kill -9 under load, five times: no acknowledged write is lost, none is doubled', async () => {
    const data = copy();
    const acknowledged = [];
    for (let round = 0; round < 5; round++) {
        const server = await serve({ data, args: ['--connections', '32'] });
        const before = acknowledged.length;
        const running = load(server, 8, acknowledged);
        await sleep(1000 + round * 137);
        await server.kill();
        await running.ended;
        check(acknowledged.length > before + 20, `only ${acknowledged.length - before} writes in round ${round}`);
    }
    await ends(['doctor', '--data', data], 0, /integrity/);
    const server = await serve({ data, args: ['--connections', '32'] });
    const stored = await allRooms(caller(server.url, token));
    const known = new Set(stored);
    same(known.size, stored.length, 'rooms twice');
    same(acknowledged.filter((id) => !known.has(id)).length, 0, `lost of ${acknowledged.length}`);
    check(stored.length <= acknowledged.length + 5 * 8 + 1, `${stored.length} stored, ${acknowledged.length} acknowledged`);
    console.log(`# ${acknowledged.length} acknowledged`);
    await server.stop();
});

// --- backup and restore ---------------------------------------------------------------------------

await test('a backup while writing restores with all that was acknowledged before it', async () => {
    const server = await serve({ data: copy(), args: ['--connections', '32'] });
    const acknowledged = [];
    const running = load(server, 4, acknowledged);
    await sleep(400);
    const before = [...acknowledged];
    const target = temporary('backup');
    await ends(['backup', '--data', server.data, target], 0, /backup of/);
    await running.stop();
    await server.stop();
    check(!readdirSync(target).includes('secrets'), 'secrets are in the backup');
    await ends(['backup', '--data', server.data, target], 1, /nothing is overwritten/);
    const restored = temporary('restored');
    await ends(['restore', '--data', restored, target], 0, /restored/);
    const was = digest(join(restored, 'convened.db'));
    await ends(['restore', '--data', restored, target], 1, /nothing is overwritten/);
    same(digest(join(restored, 'convened.db')), was, 'the database');
    await ends(['doctor', '--data', restored], 1, /secrets: not there yet/);
    cpSync(join(server.data, 'secrets'), join(restored, 'secrets'), { recursive: true });
    const again = await serve({ data: restored, args: ['--connections', '32'] });
    const stored = new Set(await allRooms(caller(again.url, token)));
    same(before.filter((id) => !stored.has(id)).length, 0, `lost of ${before.length}`);
    check(before.length > 10, `only ${before.length} writes`);
    await again.stop();
    await ends(['doctor', '--data', restored], 0, /ok/);
    await ends(['restore', '--data', temporary('x'), temporary('nothing')], 1, /not a backup/);
});

// --- what it refuses to start on ------------------------------------------------------------------

// A directory in which `harm` was done: the start is refused with these words, and the database stays as it is.
const refusesToStart = (name, words, harm) => test(`it refuses to start on ${name}`, async () => {
    const data = copy();
    harm(data);
    const database = join(data, 'convened.db');
    const was = digest(database);
    await ends(serveArgs(data), 1, words);
    same(digest(database), was, 'the database');
});
const patch = (file, at, bytes) => {
    const all = readFileSync(file);
    Buffer.from(bytes).copy(all, at);
    writeFileSync(file, all);
};
const secretFile = (data) => join(data, 'secrets', readdirSync(join(data, 'secrets')).find((name) => statSync(join(data, 'secrets', name)).isFile()));
await refusesToStart('a secret that others may read', /mode 6?44|lets others in/, (data) => chmodSync(secretFile(data), 0o644));
await refusesToStart('a folder of secrets that others may enter', /lets others in/, (data) => chmodSync(join(data, 'secrets'), 0o755));
await refusesToStart('a damaged page', /damaged|malformed/, (data) => patch(join(data, 'convened.db'), 4096 * 2, Buffer.alloc(4096, 0xa5)));
await refusesToStart('half a database', /damaged|malformed|not a database/, (data) => {
    const file = join(data, 'convened.db');
    writeFileSync(file, readFileSync(file).subarray(0, 4096 * 3 + 77));
});
await refusesToStart('a file that is no database', /not a database/, (data) => writeFileSync(join(data, 'convened.db'), 'These are my notes.\n'.repeat(1000)));
await refusesToStart('somebody else\'s database', /not a convened database/, (data) => patch(join(data, 'convened.db'), 68, [0, 0, 0, 7]));
await refusesToStart('a database of a newer program', /newer/, (data) => patch(join(data, 'convened.db'), 60, [0, 0, 99, 0]));
await test('it says why when the directory cannot be made', () => ends(serveArgs('/proc/nothing/data'), 1, /\/proc\/nothing\/data/));

// --- doctor ---------------------------------------------------------------------------------------

await test('doctor finds a damaged database, and changes nothing', async () => {
    const data = copy();
    await ends(['doctor', '--data', data], 0, /integrity and references/);
    patch(join(data, 'convened.db'), 4096 * 2, Buffer.alloc(4096, 0xa5));
    const was = digest(join(data, 'convened.db'));
    await ends(['doctor', '--data', data], 1, /BAD/);
    same(digest(join(data, 'convened.db')), was, 'the database');
});
await test('doctor finds weak modes, and what is missing', async () => {
    const data = copy();
    chmodSync(secretFile(data), 0o640);
    await ends(['doctor', '--data', data], 1, /BAD.*others may read/);
    await ends(['doctor', '--data', temporary('nothing')], 1, /not there/);
    const empty = temporary('empty');
    mkdirSync(empty);
    await ends(['doctor', '--data', empty], 1, /BAD.*convened\.db/);
    const single = temporary('single');
    mkdirSync(single);
    copyFileSync(join(settled.data, 'convened.db'), join(single, 'convened.db'));
    await ends(['doctor', '--data', single], 1, /secrets: not there/);
});

// --- the command line -----------------------------------------------------------------------------

await test('each command has its help', async () => {
    const all = await ends(['--help'], 0, /Exit codes/);
    const names = [...all.out.matchAll(/^ {2}convened (\S+)/gm)].map((match) => match[1]);
    for (const wanted of 'serve demo seed event organizer code token keys routes backup restore doctor healthcheck version'.split(' ')) check(names.includes(wanted), `no ${wanted}`);
    for (const name of names) await ends([name, '--help'], 0, new RegExp(`^convened ${name}[^]*--data DIR`));
});
await test('exit code 2 says how it is used', async () => {
    await ends([], 2, /convened serve/);
    await ends(['dance'], 2, /no command "dance"/);
    await ends(['serve', '--nonsense'], 2, /does not take "--nonsense"/);
    await ends(['serve', '--data'], 2, /needs a value/);
    await ends(['serve', '--connections', '3'], 2, /from 4 to/);
    await ends(['serve', '--connections', 'many'], 2, /takes a number/);
    await ends(['serve', '--data', temporary('x'), '--log', 'loud'], 2, /debug, info/);
    await ends(['serve'], 2, /takes a number/, { env: { CONVENED_CONNECTIONS: '-1' } });
    for (const args of [['backup'], ['restore'], ['event'], ['organizer', 'add'], ['keys'], ['token'], ['code', '--event', 'x'], ['seed']])
        await ends([...args, '--data', temporary('x')], 2, /takes/);
    await ends(['backup', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'], 2, /too many|takes/);
});
await test('exit code 0 and 1 of what looks at a server', async () => {
    const server = await serve({ data: copy(), args: ['--connections', '16'] });
    const at = ['--listen', `127.0.0.1:${server.port}`];
    await ends(['healthcheck', ...at], 0, /"status":"ready"/);
    await ends(['event', 'list', '--data', server.data], 0, /smoke/);
    await ends(['token', '--data', server.data, '--event', 'smoke', '--role', 'organizer'], 0, /^ey/);
    await ends(['token', '--data', server.data, '--event', 'nothing', '--role', 'organizer'], 1, /no such event/);
    await ends(['organizer', 'add', '--data', server.data, 'second@example.org'], 0, /one-time password/);
    await ends(['organizer', 'add', '--data', server.data, 'nonsense'], 1, /email/);
    await ends(['keys', 'rotate', '--data', server.data], 0, /new signing key/);
    same((await caller(server.url, token)('GET', '/v1/events')).status, 200, 'a token of the old key');
    await ends(['code', '--data', server.data, '--event', 'smoke', '--team', 'nowhere'], 1, /no team/);
    await server.stop();
    await ends(['healthcheck', ...at], 1, /does not answer/);
    await ends(['event', 'list', '--data', server.data], 0, /smoke/);
    await ends(['seed', '--data', copy(), temporary('nothing')], 1, /./);
    await ends(['routes'], 0, /GET +\/healthz +getHealth/);
    await ends(['version'], 0, /^convened \S+\n$/);
});
await test('options come from the environment, and flags before it', async () => {
    const data = copy();
    const server = await serve({ data, env: { CONVENED_CONNECTIONS: '16', CONVENED_CORS: 'https://app.example.org', CONVENED_DATA: '/nonexistent' } });
    const reply = await get(`${server.url}/healthz`, { headers: { Origin: 'https://app.example.org' } });
    same(reply.headers.get('access-control-allow-origin'), 'https://app.example.org', 'CORS');
    await until(() => existsSync(join(data, 'address')), 1000, 'the address');
    await server.stop();
});

done();
