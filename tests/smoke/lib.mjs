// lib.mjs - what the smoke tests share: TAP, a server process of one's own, raw sockets. No packages.
//
// CONVENED names the binary (default build/asan/convened). Servers listen on port 0 and live in fresh temporary
// directories; all of it is gone when the test ends, however it ends.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = resolve(root, process.env.CONVENED ?? 'build/asan/convened');
export const release = resolve(root, process.env.CONVENED_RELEASE ?? 'build/convened');
// Sanitizers make everything slower; figures are held on the release binary alone.
const asan = { ASAN_OPTIONS: 'detect_stack_use_after_return=0', UBSAN_OPTIONS: 'print_stacktrace=1' };

// --- TAP ------------------------------------------------------------------------------------------

let count = 0;
let failures = 0;

export async function test(name, body) {
    count += 1;
    const number = count;
    try {
        const skip = await body();
        console.log(`ok ${number} - ${name}${typeof skip === 'string' ? ` # SKIP ${skip}` : ''}`);
    } catch (error) {
        failures += 1;
        console.log(`not ok ${number} - ${name}`);
        console.log(`# ${String(error?.stack ?? error).replaceAll('\n', '\n# ')}`);
    }
}

export function done() {
    console.log(`1..${count}`);
    cleanUp();
    process.exit(failures ? 1 : 0);
}

export function check(condition, message) {
    if (!condition) throw new Error(typeof message === 'function' ? message() : message);
}

export function same(got, wanted, what = 'value') {
    const g = JSON.stringify(got);
    const w = JSON.stringify(wanted);
    check(g === w, () => `${what}: got ${g}, wanted ${w}`);
}

export const sleep = (ms) => new Promise((then) => setTimeout(then, ms));

export async function until(condition, ms, what) {
    const end = Date.now() + ms;
    for (;;) {
        const value = await condition();
        if (value) return value;
        check(Date.now() < end, () => `${typeof what === 'function' ? what() : what}: not within ${ms} ms`);
        await sleep(10);
    }
}

// --- temporary directories and processes ----------------------------------------------------------

const directories = new Set();
const processes = new Set();

export function temporary(name = 'x') {
    const directory = mkdtempSync(join(tmpdir(), 'convened-smoke-'));
    directories.add(directory);
    return join(directory, name);
}

function cleanUp() {
    for (const child of processes) child.kill('SIGKILL');
    processes.clear();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
    directories.clear();
}

process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

function launch(file, args, options = {}) {
    const child = spawn(file, args, {
        cwd: options.cwd ?? root,
        env: { ...process.env, ...asan, ...options.env },
        stdio: ['pipe', 'pipe', 'pipe'],
    });
    processes.add(child);
    const run = { child, out: '', err: '', code: undefined, signal: undefined };
    child.stdin.on('error', () => {});
    if (!options.keepStdin) child.stdin.end();
    child.stdout.on('data', (bytes) => (run.out += bytes));
    child.stderr.on('data', (bytes) => (run.err += bytes));
    run.ended = new Promise((then) => {
        child.on('close', (code, signal) => {
            processes.delete(child);
            Object.assign(run, { code, signal });
            then(run);
        });
        child.on('error', (error) => {
            run.err += error;
            Object.assign(run, { code: -1 });
            then(run);
        });
    });
    return run;
}

// A command of the program, or any other, to its end: {code, out, err}.
export async function command(args, options = {}) {
    const run = launch(options.binary ?? binary, args, options);
    const late = setTimeout(() => run.child.kill('SIGKILL'), options.timeout ?? 20_000);
    await run.ended;
    clearTimeout(late);
    return run;
}

// A server that listens: {url, port, metrics, child, out, err, ended, stop(), kill()}.
export async function serve(options = {}) {
    const data = options.data ?? temporary('data');
    const args = [options.command ?? 'serve', '--data', data, '--listen', options.listen ?? '127.0.0.1:0',
        '--metrics-listen', options.metrics ?? '127.0.0.1:0', ...(options.args ?? [])];
    const started = performance.now();
    const server = launch(options.binary ?? binary, args, options);
    server.data = data;
    const say = () => `the server did not start (code ${server.code}): ${server.out}${server.err}`;
    await until(() => /^listening on \S+$/m.test(server.out) || server.code !== undefined, 20_000, say);
    check(server.code === undefined, say);
    server.url = server.out.match(/^listening on (\S+)$/m)[1];
    server.port = Number(new URL(server.url).port);
    server.metrics = server.out.match(/^metrics on (\S+)$/m)?.[1];
    server.startMs = performance.now() - started;
    server.setup = async () => {
        await until(() => /\/setup#\S+\n/.test(server.out), 5000, 'the set-up link');
        return server.out.match(/\/setup#(\S+)/)[1];
    };
    server.end = async (signal, ms) => {
        const from = performance.now();
        server.child.kill(signal);
        const late = setTimeout(() => server.child.kill('SIGKILL'), ms);
        await server.ended;
        clearTimeout(late);
        server.stopMs = performance.now() - from;
        return server;
    };
    server.stop = () => server.end('SIGTERM', 15_000);
    server.kill = () => server.end('SIGKILL', 15_000);
    return server;
}

export async function get(url, options = {}) {
    return fetch(url, { signal: AbortSignal.timeout(options.timeout ?? 20_000), ...options });
}

// --- the API --------------------------------------------------------------------------------------

// A caller with a token: api('GET', '/v1/me') → {status, headers, body, text}.
export function caller(url, token) {
    return async (method, path, body, headers = {}) => {
        const reply = await get(url + path, {
            method,
            headers: {
                ...(token ? { Authorization: `Bearer ${token}` } : {}),
                ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
                ...headers,
            },
            body: body === undefined || typeof body === 'string' || body instanceof Uint8Array
                ? body : JSON.stringify(body),
        });
        const text = await reply.text();
        const json = /json/.test(reply.headers.get('content-type') ?? '') && text ? JSON.parse(text) : undefined;
        return { status: reply.status, headers: reply.headers, text, body: json };
    };
}

export const anEvent = {
    slug: 'smoke', name: 'Smoke', kind: 'meeting', zone: 'America/Los_Angeles',
    starts_at: '2015-12-01T09:00:00-08:00', ends_at: '2015-12-01T17:00:00-08:00',
};

// The first organizer of a fresh server, with an event: {token, api, event}.
export async function settle(server, account = {}) {
    const open = caller(server.url);
    const reply = await open('POST', '/v1/auth/setup', {
        token: await server.setup(), email: 'organizer@example.org', password: 'correct horse battery staple',
        display_name: 'Organizer', ...account,
    });
    same(reply.status, 200, `set-up (${reply.text})`);
    const api = caller(server.url, reply.body.access_token);
    const event = await api('POST', '/v1/events', anEvent);
    same(event.status, 201, `event (${event.text})`);
    return { token: reply.body.access_token, api, event: event.body, login: reply.body };
}

// --- raw sockets ----------------------------------------------------------------------------------

// Takes a connection's bytes apart into replies, by Content-Length; `heads` numbers those without a body.
export function replies(bytes, heads = []) {
    const list = [];
    let rest = bytes;
    for (;;) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) break;
        const lines = rest.subarray(0, end).toString('latin1').split('\r\n');
        const status = Number(lines[0].match(/^HTTP\/1\.1 (\d{3}) /)?.[1]);
        const headers = {};
        for (const line of lines.slice(1)) headers[line.split(':')[0].toLowerCase()] = line.replace(/^[^:]*: */, '');
        const length = status === 100 || heads.includes(list.length) ? 0 : Number(headers['content-length'] ?? 0);
        if (rest.length < end + 4 + length) break;
        const body = rest.subarray(end + 4, end + 4 + length);
        list.push({ status, headers, line: lines[0], text: body.toString(), bytes: body });
        rest = rest.subarray(end + 4 + length);
    }
    return Object.assign(list, { rest });
}

// Sends pieces (text, bytes, or a number of ms to wait) and reads until `replies` came, the server ends the
// connection, or the time is over: {replies, closed, ms, error}.
export function raw(port, pieces, options = {}) {
    return new Promise((then) => {
        const chunks = [];
        const from = performance.now();
        const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
        const result = { closed: false, error: undefined };
        let finished = false;
        const finish = () => {
            if (finished) return;
            finished = true;
            clearTimeout(late);
            result.bytes = Buffer.concat(chunks);
            result.replies = replies(result.bytes, options.heads);
            result.ms = performance.now() - from;
            result.socket = socket;
            if (!options.keep) socket.destroy();
            then(result);
        };
        const late = setTimeout(finish, options.timeout ?? 8000);
        socket.on('data', (bytes) => {
            chunks.push(bytes);
            const wanted = options.replies;
            if (wanted && replies(Buffer.concat(chunks), options.heads).length >= wanted) finish();
        });
        socket.on('end', () => {
            result.closed = true;
            finish();
        });
        socket.on('error', (error) => {
            result.error = error.code;
        });
        socket.on('close', () => {
            result.closed = true;
            finish();
        });
        socket.on('connect', async () => {
            for (const piece of [pieces].flat()) {
                if (socket.destroyed) return;
                if (typeof piece === 'number') await sleep(piece);
                else socket.write(piece);
            }
        });
    });
}

export function head(method, target, headers = {}, version = '1.1') {
    const lines = Object.entries({ Host: 'convened.example.org', ...headers });
    return `${method} ${target} HTTP/${version}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

// --- files ----------------------------------------------------------------------------------------

export const read = (file) => readFileSync(file);
export const write = (file, bytes) => writeFileSync(file, bytes);
