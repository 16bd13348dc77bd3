// operations_test.mjs - what the running server tells its operator, and how it treats caches and connections.
//
// Health, metrics, the log and what must not be in it, conditional and compressed replies, the connection cap.
// Prints TAP. Node >= 18, no packages.
import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import net from 'node:net';
import { caller, check, command, done, get, head, raw, replies, same, serve, settle, sleep, test, until } from './lib.mjs';

const CANARY = 'Canary7f3a';
const server = await serve({ args: ['--connections', '256'] });
const { url, port } = server;
const setupToken = await server.setup();
const password = `${CANARY} pass phrase ${randomUUID()}`;
const { token, api, login } = await settle(server, { password, email: `${CANARY.toLowerCase()}@example.org`, display_name: `${CANARY} Organizer` });
const open = caller(url);
const rooms = '/v1/events/smoke/rooms';
const bearer = { Authorization: `Bearer ${token}` };
const json = { 'Content-Type': 'application/json' };

// --- health and metrics ---------------------------------------------------------------------------

async function metrics() {
    const reply = await get(server.metrics);
    same(reply.status, 200, 'status');
    check(/^text\/plain; version=0\.0\.4/.test(reply.headers.get('content-type')), reply.headers.get('content-type'));
    const text = await reply.text();
    const values = new Map();
    for (const line of text.trim().split('\n')) {
        if (line.startsWith('#')) check(/^# (HELP|TYPE) [a-z_]+ \S/.test(line), line);
        else values.set(...(line.match(/^([a-z_]+(?:\{(?:[a-z]+="[^"]*",?)+\})?) ([0-9.e+-]+)$/) ?? check(false, line)).slice(1));
    }
    return { text, values, number: (name) => Number(values.get(name) ?? 0) };
}
const counter = (method, route, status) => `convened_requests_total{method="${method}",route="${route}",status="${status}"}`;

await test('/healthz and /readyz', async () => {
    same((await open('GET', '/healthz')).body, { status: 'ok' }, 'health');
    const ready = await open('GET', '/readyz');
    same([ready.status, ready.body], [200, { status: 'ready', checks: { database: 'ok', migrations: 'ok', disk: 'ok' } }], 'readiness');
    same(ready.headers.get('cache-control'), 'no-store', 'caching');
});
await test('/metrics is on its own listener alone', async () => {
    same((await open('GET', '/metrics')).status, 404, 'the main listener');
    same((await caller(url, token)('GET', '/metrics')).status, 404, 'an organizer');
    const base = new URL(server.metrics).origin;
    same(new URL(base).hostname, '127.0.0.1', 'its address');
    for (const path of ['/v1/events', rooms, '/nothing']) same((await get(base + path, { headers: bearer })).status, 404, `${path} on the metrics listener`);
});
await test('requests are counted by route template and status', async () => {
    const before = await metrics();
    for (let i = 0; i < 3; i++) await api('GET', rooms);
    await api('GET', `/v1/events/${randomUUID()}/rooms`);
    await open('GET', rooms);
    await open('GET', `/${CANARY}`);
    await api('GET', rooms, undefined, { 'If-None-Match': '*' });
    const after = await metrics();
    const moved = (...name) => after.number(counter(...name)) - before.number(counter(...name));
    same([moved('GET', '/v1/events/{event}/rooms', 200), moved('GET', '/v1/events/{event}/rooms', 404), moved('GET', '/v1/events/{event}/rooms', 401),
        moved('GET', '/v1/events/{event}/rooms', 304)], [3, 1, 1, 1], 'counters');
    same(after.number('convened_requests_total{method="",route="",status="404"}') - before.number('convened_requests_total{method="",route="",status="404"}'), 1, 'no route');
    check(!after.text.includes(CANARY) && !/[0-9a-f]{8}-[0-9a-f]{4}-/.test(after.text), 'a path is in a label');
});
await test('the histogram adds up', async () => {
    const { text, number } = await metrics();
    const buckets = [...text.matchAll(/^convened_request_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)].map((match) => [match[1], Number(match[2])]);
    check(buckets.length > 8 && buckets.at(-1)[0] === '+Inf', `buckets ${buckets}`);
    for (let i = 1; i < buckets.length; i++) check(buckets[i][1] >= buckets[i - 1][1], `bucket ${buckets[i][0]} is smaller than the one before`);
    for (let i = 1; i < buckets.length - 1; i++) check(Number(buckets[i][0]) > Number(buckets[i - 1][0]), `bounds ${buckets}`);
    const requests = [...text.matchAll(/^convened_requests_total\{.*\} (\d+)$/gm)].reduce((sum, match) => sum + Number(match[1]), 0);
    same(buckets.at(-1)[1], number('convened_request_seconds_count'), 'count');
    check(Math.abs(requests - number('convened_request_seconds_count')) <= 1, `${requests} requests, ${number('convened_request_seconds_count')} timed`);
    check(number('convened_request_seconds_sum') > 0 && number('convened_request_seconds_sum') < 60, 'sum');
});
await test('commits, batches, size and connections', async () => {
    const before = await metrics();
    await Promise.all(Array.from({ length: 64 }, (_, i) => api('POST', rooms, { name: `Batch ${i}` })));
    const after = await metrics();
    const moved = (name) => after.number(name) - before.number(name);
    same(moved('convened_writes_total'), 64, 'writes');
    check(moved('convened_commits_total') >= 1 && moved('convened_commits_total') <= 64, `commits ${moved('convened_commits_total')}`);
    check(after.number('convened_commit_batch_max') >= 1, 'batch');
    check(after.number('convened_database_bytes') > 4096, 'size');
    const held = await Promise.all(Array.from({ length: 10 }, () => raw(port, head('GET', '/healthz'), { replies: 1, keep: true })));
    check((await metrics()).number('convened_connections') >= 10, 'connections');
    for (const one of held) one.socket.destroy();
    await until(async () => (await metrics()).number('convened_connections') < 60, 5000, 'connections that end');
});

// --- conditional, compressed, by other methods ----------------------------------------------------

await test('an ETag is strong, the same for the same bytes, and gives 304', async () => {
    const plain = (headers) => api('GET', rooms, undefined, { 'Accept-Encoding': 'identity', ...headers });
    const first = await plain();
    const tag = first.headers.get('etag');
    check(/^"[\w-]{22}"$/.test(tag), tag);
    same((await plain()).headers.get('etag'), tag, 'again');
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
        const reply = await plain({ 'If-None-Match': known });
        same([reply.status, reply.text, reply.headers.get('etag')], [304, '', tag], `If-None-Match ${known}`);
        same([reply.headers.get('content-type'), reply.headers.get('cache-control')], [null, 'private, no-cache'], 'headers');
    }
    same((await plain({ 'If-None-Match': '"x"' })).status, 200, 'another tag');
    same((await api('POST', rooms, { name: 'Changed' })).status, 201, 'a write');
    const second = await plain({ 'If-None-Match': tag });
    check(second.status === 200 && second.headers.get('etag') !== tag, `after a write ${second.status}`);
});
await test('gzip is another representation with its own ETag', async () => {
    const got = async (headers) => (await raw(port, head('GET', rooms, { ...bearer, ...headers }), { replies: 1 })).replies[0];
    const plain = await got({});
    const zipped = await got({ 'Accept-Encoding': 'br, gzip;q=0.8' });
    same([plain.headers['content-encoding'], zipped.headers['content-encoding']], [undefined, 'gzip'], 'Content-Encoding');
    same(gunzipSync(zipped.bytes).toString(), plain.text, 'bytes');
    check(zipped.bytes.length < plain.bytes.length / 2, `${zipped.bytes.length} of ${plain.bytes.length} bytes`);
    same(zipped.headers.etag, plain.headers.etag.replace(/"$/, '-gzip"'), 'ETag');
    for (const reply of [plain, zipped]) check(/Accept-Encoding/.test(reply.headers.vary) && /Authorization/.test(reply.headers.vary), reply.headers.vary);
    const again = (await raw(port, head('GET', rooms, { ...bearer, 'Accept-Encoding': 'gzip', 'If-None-Match': zipped.headers.etag }), { heads: [0], replies: 1 })).replies[0];
    same([again.status, again.headers.etag], [304, zipped.headers.etag], '304');
    for (const coding of ['gzip;q=0', 'identity', 'br', '']) same((await got({ 'Accept-Encoding': coding })).headers['content-encoding'], undefined, `Accept-Encoding ${coding}`);
});
await test('HEAD answers as GET, without the body', async () => {
    const found = await raw(port, [head('HEAD', rooms, bearer), head('GET', rooms, bearer)].join(''), { heads: [0], replies: 2 });
    same(found.replies.length, 2, 'replies');
    const [short, long] = found.replies;
    same([short.status, short.text, short.headers['content-length'], short.headers.etag], [200, '', long.headers['content-length'], long.headers.etag], 'HEAD');
    const missing = await raw(port, [head('HEAD', '/nothing'), head('GET', '/healthz')].join(''), { heads: [0], replies: 2 });
    same(missing.replies.map((reply) => reply.status), [404, 200], 'HEAD of nothing');
});
await test('405 names the methods that a path takes', async () => {
    for (const [method, path, wanted] of [['DELETE', rooms, 'GET, POST'], ['POST', '/healthz', 'GET'], ['PUT', '/v1/auth/join', 'POST'], ['DELETE', '/v1/events/smoke', 'GET, PATCH']]) {
        const reply = await api(method, path);
        same([reply.status, reply.headers.get('allow')], [405, wanted], `${method} ${path}`);
    }
});
await test('every reply is guarded against browsers\' guesses', async () => {
    for (const reply of [await api('GET', rooms), await open('GET', rooms), await open('GET', '/nothing'), await open('GET', '/healthz')]) {
        same([reply.headers.get('x-content-type-options'), reply.headers.get('referrer-policy')], ['nosniff', 'no-referrer'], 'headers');
        check(/^default-src 'none'/.test(reply.headers.get('content-security-policy')), reply.headers.get('content-security-policy'));
        check(/^[0-9a-f]{16}$/.test(reply.headers.get('x-request-id')), 'request id');
        check(!reply.headers.has('server'), 'Server');
    }
    for (const path of ['/docs', '/setup', '/join']) {
        const page = await open('GET', path);
        check(/^text\/html; charset=utf-8/i.test(page.headers.get('content-type')), path);
        check(!/https?:\/\/(?!127)[^"' ]*\.(js|css|woff)/.test(page.text), `${path} loads something from elsewhere`);
    }
});
await test('/openapi.json is the contract', async () => {
    const reply = await open('GET', '/openapi.json');
    check(reply.body.openapi.startsWith('3.1') && Object.keys(reply.body.paths).length > 40, reply.text.slice(0, 100));
});

// --- the log --------------------------------------------------------------------------------------

await test('the log is one structured line a request', async () => {
    const id = (await api('GET', `${rooms}?limit=7`)).headers.get('x-request-id');
    await until(() => server.err.includes(id), 2000, 'its line');
    const line = server.err.split('\n').find((one) => one.includes(id));
    check(/^time=\d{4}-\d\d-\d\dT[\d:.]+Z level=info msg="request" method=GET route=\/v1\/events\/\{event\}\/rooms status=200 us=\d+ id=[0-9a-f]{16} role=organizer$/.test(line), line);
    for (const one of server.err.trim().split('\n')) check(/^time=\S+Z level=(debug|info|warn|error) msg="[^"]*"( [a-z_]+=("[^"]*"|\S+))*$/.test(one), one);
});
await test('nothing that people typed, and no secret, is in the log', async () => {
    const secret = (text) => `${CANARY} ${text}`;
    const signedIn = await open('POST', '/v1/auth/login', { email: `${CANARY.toLowerCase()}@example.org`, password, device: secret('device') });
    same(signedIn.status, 200, 'login');
    await open('POST', '/v1/auth/login', { email: `${CANARY}@example.org`, password: secret('wrong') });
    await open('POST', '/v1/auth/join', { code: `${CANARY.toUpperCase()}-7K3QM-9F2WD`, display_name: secret('name'), device: secret('device') });
    await open('POST', '/v1/auth/refresh', { refresh_token: signedIn.body.refresh_token });
    await open('POST', '/v1/auth/refresh', { refresh_token: `${CANARY}.1.${CANARY}` });
    const field = { name: secret('name'), title: secret('title'), display_name: secret('person'), email: `${CANARY}@example.org`, phone: '+1 555 0100', description: secret('d'), body: secret('b'), bio: secret('bio'),
        abstract: secret('a'), location: secret('l'), county: secret('c'), slug: CANARY.toLowerCase(), website: `https://${CANARY}.example.org` };
    const paths = Object.keys((await open('GET', '/openapi.json')).body.paths).map((path) => path.replace('{event}', 'smoke').replace(/\{\w+\}/g, CANARY));
    for (const path of paths)
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
            if (!/stream|logout|rotate/.test(path))
                await api(method, `${path}?q=${CANARY}`, method === 'GET' ? undefined : field, { 'Idempotency-Key': CANARY, 'User-Agent': CANARY, Cookie: `a=${CANARY}`, 'If-Match': `"${CANARY}"`, 'If-None-Match': `"${CANARY}"` });
    for (const [path, fields] of [['rooms', ['name', 'location']], ['speakers', ['name', 'bio']], ['tracks', ['name']], ['resources', ['title', 'description']], ['organizations', ['name']], ['attendees', ['display_name', 'email']],
        ['announcements', ['title', 'body']], ['teams', ['name', 'county', 'slug']]])
        await api('POST', `/v1/events/smoke/${path}`, Object.fromEntries(fields.map((name) => [name, field[name]])));
    await get(`${url}/v1/events`, { headers: { Authorization: `Bearer ${CANARY}.${CANARY}.${CANARY}`, 'X-Forwarded-For': '203.0.113.77' } });
    await raw(port, `GET /${CANARY} HTTP/9.9\r\n${CANARY}: ${CANARY}\r\n\r\n`, { replies: 1 });
    await raw(port, head('POST', rooms, { ...bearer, ...json, 'Content-Length': 30 }) + `{"name":"${CANARY}`, { timeout: 100 });
    await raw(port, head('POST', rooms, { ...bearer, ...json, 'Content-Length': 30 }) + `{"${CANARY}":"${CANARY}"${CANARY}`, { timeout: 100 });
    const shown = await command(['organizer', 'add', '--data', server.data, `${CANARY.toLowerCase()}2@example.org`]);
    await sleep(300);
    const log = server.err;
    check(log.split('\n').length > 300, 'so few lines prove nothing');
    const secrets = { canary: CANARY, 'the set-up token': setupToken, 'the access token': token.split('.')[2], 'the refresh token': login.refresh_token, 'another': signedIn.body.refresh_token,
        'a password': password, 'a one-time password': shown.out.match(/password: (\S+)/)?.[1] ?? CANARY, 'an address': '203.0.113', 'an own address': '127.0.0.1', 'a telephone number': '555 0100', 'a header': 'Bearer' };
    for (const [what, text] of Object.entries(secrets)) {
        const at = log.toLowerCase().indexOf(text.toLowerCase());
        check(at < 0, () => `${what} is in the log: ${log.slice(Math.max(0, at - 200), at + 100)}`);
    }
});
await test('--log keeps still when it is told to', async () => {
    const quiet = await serve({ args: ['--connections', '16', '--log', 'off'] });
    await get(`${quiet.url}/nothing`);
    await raw(quiet.port, 'nonsense\r\n\r\n', { replies: 1 });
    await quiet.stop();
    same(quiet.err, '', 'the log');
});

// --- many connections -----------------------------------------------------------------------------

await test('20 clients that keep their connections are all served where 8 are allowed', async () => {
    const small = await serve({ args: ['--connections', '8'] });
    const served = await Promise.all(Array.from({ length: 20 }, async () => {
        let answers = 0;
        for (let tries = 0; answers < 3 && tries < 20; tries++) {
            const got = await raw(small.port, [head('GET', '/healthz'), 20, head('GET', '/healthz')], { replies: 2, timeout: 5000, keep: true });
            answers += got.replies.filter((reply) => reply.status === 200).length;
            if (!got.closed) setTimeout(() => got.socket.destroy(), 4000);
        }
        return answers;
    }));
    check(served.every((answers) => answers >= 3), `answers ${served}`);
    await small.stop();
});
await test('100 idle connections and 20 slow ones do not keep a good client waiting', async () => {
    const busy = await serve({ args: ['--connections', '256'] });
    const idle = await Promise.all(Array.from({ length: 100 }, () => raw(busy.port, head('GET', '/healthz'), { replies: 1, keep: true })));
    const slow = Array.from({ length: 20 }, () => net.connect(busy.port, '127.0.0.1', function () { this.write('GET /healthz HTTP/1.1\r\nHos'); }).on('error', () => {}));
    const times = [];
    for (let i = 0; i < 100; i++) {
        const from = performance.now();
        same((await raw(busy.port, head('GET', '/readyz'), { replies: 1 })).replies[0]?.status, 200, 'status');
        times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    console.log(`# p99 ${times[98].toFixed(1)} ms`);
    check(times[98] < 500, `p99 ${times[98]} ms`);
    for (const one of idle) one.socket.destroy();
    for (const one of slow) one.destroy();
    await busy.stop();
});

await test('the process ends well, and the sanitizers are silent', async () => {
    await server.stop();
    same([server.code, server.signal], [0, null], `exit (${server.err.slice(-3000)})`);
    check(!/Sanitizer|runtime error/.test(server.err), () => server.err.slice(-3000));
});
done();
