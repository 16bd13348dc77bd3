// hostile_test.mjs - requests that are not quite HTTP, against the binary built with ASan and UBSan.
//
// Framing, heads, methods, slowness, browsers of other origins, and the workers' stacks. Each case gets the right
// refusal as problem+json, the process lives, and the next good request on a new connection is served.
// Prints TAP. Node >= 18, no packages; the last case compiles a few lines of C.
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { against, isProblem } from './hostile.mjs';
import { check, command, done, get, head, raw, release, same, serve, settle, sleep, temporary, test, write } from './lib.mjs';

const server = await serve({ args: ['--connections', '64'] });
const { port, url } = server;
const { cut, lives, refused, served, unharmed } = against(server);
const { token } = await settle(server);
const rooms = '/v1/events/smoke/rooms';
const bearer = { Authorization: `Bearer ${token}` };
const json = { 'Content-Type': 'application/json' };
const health = head('GET', '/healthz');

// --- slow ones, side by side with all that follows ------------------------------------------------

const drip = (n) => Array(n).fill(['a', 1000]).flat();
const join = (headers) => head('POST', '/v1/auth/join', { ...json, ...headers });
const slow = [
    ['a body that stalls', [join({ 'Content-Length': 100 }), '{"code":'], 408],
    ['a chunked body that stalls', [join({ 'Transfer-Encoding': 'chunked' }), '5\r\n{"cod'], 408],
    ['a chunk that stalls before its size', [join({ 'Transfer-Encoding': 'chunked' }), '5\r\n{"cod\r\n'], 408],
    ['a chunk of 2^63 bytes', [join({ 'Transfer-Encoding': 'chunked' }), '8000000000000000\r\n{}'], 408],
    ['a body that never begins', [join({ 'Content-Length': 5 })], 408],
    ['a body of a byte a second', [join({ 'Content-Length': 100 }), ...drip(30)], 408],
    ['a head that stalls', ['GET /healthz HTTP/1.1\r\nHost: conv'], 408],
    ['a head of a byte a second', ['GET /healthz HTTP/1.1\r\n', ...drip(30)], 408],
    ['a second head that stalls', [health, 'GET /healthz HTTP/1.1\r\nHos'], [200, 408], 40_000],
    ['a connection that says nothing', [], []],
].map(([name, pieces, statuses, timeout = 25_000]) => ({ name, statuses, got: raw(port, pieces, { timeout }) }));

// --- where a body ends ----------------------------------------------------------------------------

const frame = (lines, body = '') => `POST ${rooms} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${lines}\r\n\r\n${body}`;
const good = '{"name":"Framed"}';
await cut('Content-Length and Transfer-Encoding', frame(`Content-Length: ${good.length}\r\nTransfer-Encoding: chunked`, `11\r\n${good}\r\n0\r\n\r\n`), 400);
await cut('Transfer-Encoding and Content-Length', frame('Transfer-Encoding: chunked\r\nContent-Length: 4', '0\r\n\r\nG'), 400);
await cut('Content-Length twice, the same', frame(`Content-Length: ${good.length}\r\nContent-Length: ${good.length}`, good), 400);
await cut('Content-Length twice, another', frame(`Content-Length: ${good.length}\r\nContent-Length: 0`, good), 400);
for (const length of ['abc', '-1', '+17', '0x11', '17abc', '17, 17', '1 7', '1e1', '17.0', '', '18446744073709551633', '9223372036854775808', '٣'])
    await cut(`Content-Length ${length}`, frame(`Content-Length: ${length}`, good), 400);
for (const coding of ['gzip', 'gzip, chunked', 'chunked, identity', 'chunked, chunked', 'identity', 'xchunked', '"chunked"', 'chunked;q=1', ''])
    await cut(`Transfer-Encoding ${coding}`, frame(`Transfer-Encoding: ${coding}`, `11\r\n${good}\r\n0\r\n\r\n`), 400);
await cut('Transfer-Encoding twice', frame('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', `11\r\n${good}\r\n0\r\n\r\n`), 400);
await cut('a space before the colon', frame('Transfer-Encoding : chunked', `11\r\n${good}\r\n0\r\n\r\n`), 400);
await cut('chunks in HTTP/1.0', frame('Transfer-Encoding: chunked', '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'), 400);
const chunked = (body) => frame('Transfer-Encoding: chunked', body);
await served('a body in chunks', chunked(`5\r\n${good.slice(0, 5)}\r\nC\r\n${good.slice(5)}\r\n0\r\n\r\n`), 201);
for (const [name, body] of [['zz', 'zz\r\nx'], ['-1', '-1\r\nx'], ['0x5', '0x5\r\nhello\r\n0\r\n\r\n'], ['20 digits', `${'F'.repeat(20)}\r\n{}`],
    ['of 2^64 - 1', 'FFFFFFFFFFFFFFFF\r\n{}'], ['70 digits', `${'0'.repeat(70)}5\r\nhello\r\n0\r\n\r\n`], ['of a space', ' 5\r\nhello\r\n0\r\n\r\n'], ['none', '\r\nhello\r\n0\r\n\r\n'],
    ['too small', '3\r\nhello\r\n0\r\n\r\n'], ['ended by a line feed alone', '5\nhello\r\n0\r\n\r\n']])
    await cut(`a chunk size ${name}`, chunked(body), [400, 413]);
await served('a chunk extension is refused or passed over', chunked(`11;a=b\r\n${good}\r\n0\r\n\r\n`), [201, 400, 409]);
await cut('a request hidden in a body without a length', `GET /healthz HTTP/1.1\r\nHost: x\r\n folded: 1\r\n\r\n${health}`, 400);
await test('a request hidden in a GET\'s body', async () => {
    const hidden = head('GET', '/readyz');
    const got = await raw(port, [head('GET', '/healthz', { 'Content-Length': hidden.length }), hidden]);
    same(got.replies.map((reply) => reply.text), ['{"status":"ok"}'], 'replies');
    await lives();
});
await test('a body that was refused is not taken for requests', async () => {
    const body = health.repeat(20);
    const got = await raw(port, head('POST', '/v1/events', { ...json, 'Content-Length': body.length }) + body);
    same(got.replies.map((reply) => reply.status), [401], 'replies');
    check(got.closed, 'the connection stays open');
    await lives();
});
await test('the answer to a refused upload is read, whatever is still being sent', async () => {
    for (let i = 0; i < 10; i++) {
        const got = await raw(port, [head('POST', rooms, { ...bearer, ...json, 'Content-Length': 3_000_000 }), Buffer.alloc(3_000_000, 0x20)]);
        isProblem(got.replies[0], 413);
        same(got.error, undefined, 'socket error');
    }
});

// --- 100-continue ---------------------------------------------------------------------------------

const expecting = (body, length = body.length) => [head('POST', rooms, { ...bearer, ...json, 'Content-Length': length, Expect: '100-continue' }), 300, body];
await test('100-continue is answered before the body is sent', async () => {
    const got = await raw(port, expecting('{"name":"Expected"}'), { replies: 2 });
    same(got.replies.map((reply) => reply.status), [100, 201], 'replies');
});
await test('a body that is too large is refused without 100', async () => {
    const got = await raw(port, [expecting('', 2_000_000)[0]], { replies: 1 });
    same(got.replies.map((reply) => reply.status), [413], 'replies');
    check(got.ms < 1000, `it took ${got.ms} ms`);
});

// --- heads ----------------------------------------------------------------------------------------

const headers = (n, size = 1) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`X-${i}`, 'a'.repeat(size)]));
await served('64 headers', head('GET', '/healthz', headers(63)), 200);
await refused('65 headers', head('GET', '/healthz', headers(64)), 431);
await cut('65 headers, the last a Transfer-Encoding', head('POST', rooms, { ...headers(63), 'Transfer-Encoding': 'chunked' }), 431);
await refused('1,000 headers', head('GET', '/healthz', headers(1000)), 431);
await served('a head of 16 KiB', head('GET', '/healthz', { A: 'a'.repeat(16_384 - head('GET', '/healthz', { A: '' }).length) }), 200);
await refused('a head of 17 KiB', head('GET', '/healthz', { A: 'a'.repeat(17_000) }), 431);
await refused('a head of 17 KiB in many headers', head('GET', '/healthz', headers(40, 430)), 431);
await refused('a head of 1 MB', head('GET', '/healthz', { A: 'a'.repeat(1_000_000) }), [400, 431]);
await refused('a request line of 20 KB', head('GET', `/${'a'.repeat(20_000)}`), [414, 431]);
for (const [name, bytes] of [['no colon', 'GET /healthz HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n'], ['no name', 'GET /healthz HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n'],
    ['a space in a name', 'GET /healthz HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n'], ['a folded line', 'GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n'],
    ['a first line that is folded', 'GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n'], ['a name above 127', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\xffA: b\r\n\r\n'],
    ['a NUL', 'GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n'], ['a bell', 'GET /healthz HTTP/1.1\r\nHost: x\r\nA: \x07\r\n\r\n'], ['a bare carriage return', 'GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n'],
    ['bare line feeds', 'GET /healthz HTTP/1.1\nHost: x\n\n'], ['a bare line feed inside', 'GET /healthz HTTP/1.1\r\nHost: x\nA: b\r\n\r\n'], ['a bare line feed at the end', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\n'],
    ['no Host', 'GET /healthz HTTP/1.1\r\nA: b\r\n\r\n'], ['no header at all', 'GET /healthz HTTP/1.1\r\n\r\n'], ['Host twice', 'GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
    ['two spaces', 'GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n'], ['a line break for a space', 'GET \r\n/healthz HTTP/1.1\r\nHost: x\r\n\r\n'], ['a tab', 'GET\t/healthz\tHTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a path above 127', 'GET /healthz\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n'], ['no version', 'GET /healthz\r\nHost: x\r\n\r\n'], ['HTTP/2.0', 'GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n'],
    ['HTTP/1.10', 'GET /healthz HTTP/1.10\r\nHost: x\r\n\r\n'], ['HTP/1.1', 'GET /healthz HTP/1.1\r\nHost: x\r\n\r\n'], ['a space at its end', 'GET /healthz HTTP/1.1 \r\nHost: x\r\n\r\n'],
    ['an unknown method', 'BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n'], ['a method in small letters', 'get /healthz HTTP/1.1\r\nHost: x\r\n\r\n'], ['nothing but spaces', '   \r\n\r\n'],
    ['HTTP/2\'s preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], ['two empty lines before it', `\r\n\r\n${health}`], ['empty lines alone', '\r\n\r\n\r\n\r\n'], ['line feeds before it', `\n\n${health}`]])
    await cut(`a head with ${name}`, Buffer.from(bytes, 'latin1'), 400);
await served('one empty line before a request', `\r\n${health}`, 200);
await test('two empty lines before what each thread reads first', async () => {
    const fresh = await serve();
    const all = await Promise.all(Array.from({ length: 8 }, () => raw(fresh.port, `\r\n\r\n${health}`, { replies: 1 })));
    for (const got of all) isProblem(got.replies[0], 400);
    await fresh.stop();
});
await test('what others sent is not read again behind an empty line', async () => {
    const small = await serve({ args: ['--connections', '4'] });
    const secret = '{"email":"canary@example.org","password":"canary-password"}';
    for (let i = 0; i < 20; i++) {
        await raw(small.port, [head('POST', '/v1/nothing', { 'Content-Length': 12_000 }), 'a'.repeat(11_000), ' HTTP/1.1\r\nHost: x\r\n\r\n'], { replies: 1, timeout: 500 });
        const login = head('POST', '/v1/auth/login', { ...json, 'Content-Length': secret.length });
        await raw(small.port, login + secret, { replies: 1 });
        const got = await raw(small.port, `\r\n\r\nGET /v1/nothing?${'b'.repeat(login.length - 20)}`, { replies: 1, timeout: 300 });
        check(!got.bytes.includes('canary'), () => got.bytes.toString());
    }
    await small.stop();
    check(!/Sanitizer/.test(small.err), () => small.err);
});
for (const [name, bytes] of [['a TLS hello', Buffer.from('1603010200010001fc0303', 'hex')], ['zeros', Buffer.alloc(300)], ['the bytes of a PNG', Buffer.from('89504e470d0a1a0a', 'hex')]])
    await refused(name, bytes, 400);
await test('1,000 random heads', async () => {
    const base = Buffer.from(`GET /v1/events/smoke/rooms?limit=5 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`);
    let seed = 1;
    const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
    for (let round = 0; round < 50; round++)
        await Promise.all(Array.from({ length: 20 }, () => {
            const bytes = Buffer.from(base);
            for (let k = 0; k <= random(4); k++) bytes[random(bytes.length)] = [0, 9, 10, 13, 32, 58, 127, 255, random(256)][random(9)];
            return raw(port, bytes, { replies: 1, timeout: 400 });
        }));
    await lives();
});

// --- methods, versions, targets -------------------------------------------------------------------

await refused('OPTIONS', head('OPTIONS', '/healthz'), 405, (got) => check(/GET/.test(got.replies[0].headers.allow), 'Allow'));
await refused('DELETE where nothing can be deleted', head('DELETE', '/healthz'), 405, (got) => same(got.replies[0].headers.allow, 'GET', 'Allow'));
await refused('TRACE', head('TRACE', '/healthz', { 'X-Secret': 'canary' }), [400, 405], (got) => check(!got.bytes.includes('canary'), 'it echoes'));
await refused('CONNECT', head('CONNECT', 'example.org:443'), [400, 405]);
await refused('CONNECT to a path', head('CONNECT', '/healthz'), 405);
for (const method of ['PROPFIND', 'MKCOL', 'LOCK', 'REPORT']) await refused(method, head(method, '/healthz'), 405);
await served('HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n', 200, (got) => {
    check(got.closed, 'the connection stays open');
    same(got.replies[0].headers.connection, 'close', 'Connection');
}, {});
await served('HTTP/1.0 that would go on', head('GET', '/healthz', { Connection: 'keep-alive' }, '1.0'), 200, (got) => check(got.closed, 'open'), {});
await served('a URI of this server', head('GET', `${url}/healthz`), 200);
await refused('a URI of another server', head('GET', 'http://example.org/healthz'), 400);
await refused('a URI without a path', head('GET', 'http://example.org'), 400);
await refused('a file URI', head('GET', 'file:///etc/passwd'), 400);
await refused('OPTIONS *', head('OPTIONS', '*'), 400);
await refused('GET *', head('GET', '*'), 400);
await served('a websocket that is wished for', head('GET', '/healthz', { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': 'eA==' }), 200);
await test('requests in one packet are answered in order', async () => {
    const body = '{"name":"Piped"}';
    const got = await raw(port, [health, head('GET', '/v1/nothing'), head('POST', rooms, { ...bearer, ...json, 'Content-Length': body.length }) + body, head('HEAD', '/healthz'),
        head('GET', '/healthz', { Connection: 'close' })].join(''), { heads: [3] });
    same(got.replies.map((reply) => reply.status), [200, 404, 201, 200, 200], 'replies');
    check(got.closed, 'the connection stays open');
});
await test('a Connection header without keep-alive ends it, and the answer says so', async () => {
    const got = await raw(port, head('GET', '/healthz', { Connection: 'TE' }), { timeout: 3000 });
    same([got.replies[0].headers.connection, got.closed], ['close', true], 'Connection');
});
await test('500 connections that hang up at every moment', async () => {
    const text = head('POST', rooms, { ...bearer, ...json, 'Content-Length': 16 }) + '{"name":"Hung"}';
    for (let i = 0; i < text.length; i += Math.ceil(text.length / 50))
        await Promise.all(Array.from({ length: 10 }, () => new Promise((then) => {
            const socket = net.connect(port, '127.0.0.1', () => socket.write(text.slice(0, i), () => (i % 2 ? socket.resetAndDestroy?.() ?? socket.destroy() : socket.destroy())));
            socket.on('error', () => {});
            socket.on('close', then);
        })));
    await lives();
});

// --- browsers of other origins --------------------------------------------------------------------

const crossing = (reply) => [...reply.headers.keys()].filter((name) => name.startsWith('access-control'));
const preflight = (base, origin) => get(`${base}/v1/events`, { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' } });
await test('no other origin is let in by default', async () => {
    const reply = await preflight(url, 'https://app.example.org');
    same([reply.status, crossing(reply)], [405, []], 'preflight');
    same(crossing(await get(`${url}/healthz`, { headers: { Origin: 'https://app.example.org' } })), [], 'headers');
});
await test('--cors is exact', async () => {
    const open = await serve({ args: ['--connections', '16', '--cors', 'https://app.example.org https://b.example.org:8443'] });
    for (const origin of ['https://app.example.org', 'https://b.example.org:8443']) {
        const reply = await preflight(open.url, origin);
        same([reply.status, reply.headers.get('access-control-allow-origin')], [204, origin], 'preflight');
        check(/Authorization/.test(reply.headers.get('access-control-allow-headers')), 'headers that may be sent');
        const answer = await get(`${open.url}/healthz`, { headers: { Origin: origin } });
        same(answer.headers.get('access-control-allow-origin'), origin, 'answer');
        check(/Origin/.test(answer.headers.get('vary')), 'Vary');
    }
    for (const origin of ['https://app.example.org.evil.example', 'https://evil.example', 'http://app.example.org', 'https://app.example.org:444', 'https://APP.example.org', 'null', '*',
        'https://app.example.org https://b.example.org:8443', 'https://app.example.or', '']) {
        const reply = await preflight(open.url, origin);
        same([reply.status, crossing(reply)], [405, []], `preflight from ${origin}`);
        const answer = await get(`${open.url}/healthz`, { headers: { Origin: origin } });
        same(crossing(answer), [], `answer to ${origin}`);
    }
    same((await get(`${open.url}/healthz`)).headers.get('access-control-allow-credentials'), null, 'credentials');
    await open.stop();
});

// --- the workers' stacks --------------------------------------------------------------------------

await test('each worker has a stack of 1 MiB at least', async () => {
    const lines = readFileSync(`/proc/${server.child.pid}/maps`, 'latin1').trim().split('\n').map((line) => {
        const [, from, to, mode] = line.match(/^([0-9a-f]+)-([0-9a-f]+) (\S+)/);
        return { from: parseInt(from, 16), to: parseInt(to, 16), mode };
    });
    const stacks = lines.filter((line, i) => i > 0 && line.mode === 'rw-p' && lines[i - 1].mode === '---p' && lines[i - 1].to === line.from &&
        lines[i - 1].to - lines[i - 1].from <= 65_536).map((line) => line.to - line.from);
    const wide = stacks.filter((size) => size >= 1 << 20).length;
    check(wide >= 64, `${wide} of ${stacks.length} stacks`);
    check(!stacks.some((size) => size >= 96 << 10 && size < 1 << 20), `sizes ${[...new Set(stacks)]}`);
});
await test('with stacks of 100 KiB it refuses to run', async () => {
    const source = temporary('small.c');
    const library = source.replace('.c', '.so');
    write(source, '#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <pthread.h>\nint pthread_attr_setstacksize(pthread_attr_t *a, size_t n)\n' +
        '{ int (*real)(pthread_attr_t *, size_t) = (int (*)(pthread_attr_t *, size_t))dlsym(RTLD_NEXT, "pthread_attr_setstacksize"); (void)n; return real(a, 102400); }\n');
    const [compiler, ...before] = (process.env.CC ?? 'cc').split(' ');
    const built = await command([...before, '-shared', '-fPIC', '-o', library, source, '-ldl'], { binary: compiler });
    same(built.code, 0, `compiler (${built.err})`);
    const run = await command(['serve', '--data', temporary('data'), '--listen', '127.0.0.1:0', '--metrics-listen', 'off'], { binary: release, env: { LD_PRELOAD: library } });
    same(run.code, 1, `exit code (${run.out}${run.err})`);
    check(/stack/.test(run.err), run.err);
});

// --- the slow ones' end ---------------------------------------------------------------------------

for (const { name, statuses, got } of slow)
    await test(name, async () => {
        const result = await got;
        const wanted = [statuses].flat();
        same(result.replies.map((reply) => reply.status), wanted, 'replies');
        if (wanted.length) isProblem(result.replies.at(-1), 408);
        check(result.closed, 'the connection stays open');
        const late = wanted.length === 2 ? 30_000 : 15_000;
        check(result.ms > late - 1500 && result.ms < late + 5000, `it took ${result.ms} ms`);
        await lives();
    });
await sleep(100);
await unharmed();
done();
