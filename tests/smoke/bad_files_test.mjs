// bad_files_test.mjs - files that no import can take, sent to a server process whose memory is watched.
//
// What has to hold: a 4xx that says what is wrong and where, nothing of it in the database or on the disk, a process
// that lives on. Its resident memory peaks at most SLACK_KIB above where it was, and, when the file is within the
// limit, the file itself above that: it is mapped, so those pages are the system's to take back. What is read of many
// rows has its own bound. On the release binary, since sanitizers keep memory of their own. Prints TAP. Node >= 18, no
// packages.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, done, get, head, raw, release, same, serve, settle, test, until } from './lib.mjs';

const MIB = 1024 * 1024;
const SLACK_KIB = 4096; // a worker's stack and buffers, SQLite's pages, counters that the kernel adds up late
const people = '/v1/events/smoke/attendees/import';
const agenda = '/v1/events/smoke/sessions/import';

// Fifty MB behind a quote that nothing closes.
const size = 50 * MIB;
function behind(beginning) {
    const bytes = Buffer.alloc(size, `${'x'.repeat(999)}\n`);
    bytes.write(beginning);
    return bytes;
}
const unclosed = behind('display_name,role_label\nRobin Quill,ok\nAsh Quill,"');

async function start(...args) {
    const server = await serve({ binary: release, args: ['--connections', '16', ...args] });
    const { token, api } = await settle(server);
    const proc = `/proc/${server.child.pid}`;
    const kib = (name) => Number(readFileSync(`${proc}/status`, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'))[1]);
    const lists = async () => (await Promise.all(['attendees', 'sessions', 'organizations', 'rooms'].map((what) =>
        api('GET', `/v1/events/smoke/${what}`)))).map((reply) => reply.text);

    // Sends `pieces` behind the head of a POST: what came back, and by how much the peak rose.
    async function send(target, headers, pieces) {
        const all = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/csv', ...headers };
        writeFileSync(`${proc}/clear_refs`, '5'); // the peak is what it has now
        const before = kib('VmRSS');
        const got = await raw(server.port, [head('POST', target, all), ...pieces], { replies: 1, timeout: 60_000 });
        check(got.replies.length === 1, () => `no reply: ${got.error} ${server.err.slice(-500)}`);
        return { status: got.replies[0].status, body: JSON.parse(got.replies[0].text), grew: kib('VmHWM') - before };
    }

    // The file is refused and leaves no trace.
    const refused = (name, target, headers, pieces, status, more, bound = SLACK_KIB) => test(name, async () => {
        const before = await lists();
        const got = await send(target, headers, pieces);
        same(got.status, status, `status (${JSON.stringify(got.body)})`);
        more(got.body);
        console.log(`# peak + ${got.grew} KiB`);
        check(got.grew <= bound, `${got.grew} KiB more were resident, wanted at most ${bound}`);
        same(await lists(), before, 'what is stored');
        same(readdirSync(join(server.data, 'files')), [], 'what was left on the disk');
        same((await get(`${server.url}/healthz`)).status, 200, 'the next good request');
    });
    return { server, send, refused };
}

const chunked = (bytes) => {
    const pieces = [];
    for (let at = 0; at < bytes.length; at += MIB) {
        const piece = bytes.subarray(at, at + MIB);
        pieces.push(`${piece.length.toString(16)}\r\n`, piece, '\r\n');
    }
    return [...pieces, '0\r\n\r\n'];
};
const tooMuch = (body) => check(/at most 26214400 bytes/.test(body.detail), body.detail);

// --- beyond the limit: never on the disk as a whole, never in memory ------------------------------

const small = await start();
await small.refused('50 MB announced are refused before they come', people, { 'Content-Length': size }, [unclosed], 413, tooMuch);
await small.refused('50 MB in chunks are refused at the limit', people, { 'Transfer-Encoding': 'chunked' }, chunked(unclosed), 413, tooMuch);
await small.refused('an agenda of 50 MB likewise', agenda, { 'Content-Length': size }, [unclosed], 413, tooMuch);
await small.server.stop();
await test('the process ended well', () => same([small.server.code, small.server.signal], [0, null], small.server.err));

// --- within a larger one: read once, where it lies ------------------------------------------------

const large = await start('--upload-mb', '64');
const mapped = size / 1024 + SLACK_KIB;
const said = (line, words) => (body) => {
    same(body.errors[0].line, line, 'line');
    check(words.test(body.errors[0].detail), body.errors[0].detail);
};
const open = said(3, /the quote that opens on this line is never closed/);
await large.refused('a quote that 50 MB leave open', people, { 'Content-Length': size }, [unclosed], 422, open, mapped);
await large.refused('the same in chunks', people, { 'Transfer-Encoding': 'chunked' }, chunked(unclosed), 422, open, mapped);
const sessions = behind('title,starts_at,ends_at\nA,2015-12-01 09:00,"');
await large.refused('an agenda with such a quote', agenda, { 'Content-Length': size }, [sessions], 422, said(2, /never closed/), mapped);
await large.refused('50 MB of quotes', people, { 'Content-Length': size }, [Buffer.alloc(size, '"')], 422, said(1, /closed|64 KiB/), mapped);
await large.refused('a header that 50 MB do not end', people, { 'Content-Length': size }, [Buffer.alloc(size, 'x')], 422, said(1, /64 KiB/), mapped);
await large.refused('a header of 25 million columns', people, { 'Content-Length': size }, [Buffer.alloc(size, 'x,')], 422, said(1, /64/), mapped);

// A fault in each of a million cells: a hundred are told, and the others cost nothing but their number.
const cells = Buffer.from(`display_name\n${Array.from({ length: 19_000 }, (_, i) => `Quill ${i}${',x'.repeat(63)}\n`).join('')}`);
await large.refused('a million faults', people, { 'Content-Length': cells.length }, [cells], 422, (body) => {
    check(/1197000 faults in 19000 rows/.test(body.detail), body.detail);
    same(body.errors.length, 100, 'how many are told');
}, cells.length / 1024 + 4 * SLACK_KIB); // and the rows, read

// --- JSON that a parser would make a hundred times larger ------------------------------------------

// As many bytes of `piece`, between `head` and `tail`.
const filled = (bytes, first, piece, last) => Buffer.from(first + piece.repeat(Math.floor((bytes - 100) / piece.length)) + piece.slice(0, -1) + last);
const json = (bytes) => ({ 'Content-Type': 'application/json', 'Content-Length': bytes.length });
const values = (words) => (body) => check(words.test(body.errors?.[0].detail ?? body.detail), () => JSON.stringify(body));
for (const piece of ['{},', '[],', '"",', '{"":[{}]},']) {
    const bytes = filled(MIB, '{"code":[', piece, ']}');
    await large.refused(`1 MB of ${piece}`, '/v1/events/smoke/rooms', json(bytes), [bytes], 400, values(/more than 20000 values/), MIB / 1024 + SLACK_KIB);
}
const megabyte = filled(MIB, '{"code":[', '{},', ']}');
await large.refused('1 MB for the door, where nobody has a token yet', '/v1/auth/join', json(megabyte), [megabyte], 413, values(/at most 16384 bytes/));
const view = filled(8 * MIB, '{"sessions":[', '{},', ']}');
await large.refused('an agenda of 8 MB of {},', agenda, json(view), [view], 422, values(/more than 200000 values/), view.length / 1024 + SLACK_KIB);
for (const [name, first, piece, last] of [['events', '', '<event/>', ''], ['titles', '<event>', '<title/>', '</event>'], ['people', '<event>', '<person>a</person>', '</event>'], ['elements', '<event>', '<a/>', '</event>']]) {
    const bytes = filled(8 * MIB - 1000, `<schedule><day date="2015-12-01"><room name="R">${first}`, piece, `>${last}</room></day></schedule>`);
    await large.refused(`an agenda of 8 MB of ${name}`, agenda, { 'Content-Type': 'application/xml', 'Content-Length': bytes.length }, [bytes], 422,
        (body) => check(body.errors.length > 0, 'no fault'), bytes.length / 1024 + 4 * SLACK_KIB);
}

// --- what a killed server had received ------------------------------------------------------------

await test('half a roster is gone at the next start', async () => {
    const { server, send } = large;
    const names = () => readdirSync(join(server.data, 'files'));
    const half = send(people, { 'Content-Length': MIB }, [Buffer.alloc(MIB / 2, 'x')]).catch(() => {});
    await until(() => names().some((name) => name.startsWith('upload-')), 5000, 'the upload');
    await server.kill();
    await half;
    same(names().length, 1, 'files');
    const again = await serve({ binary: release, data: server.data });
    same(names(), [], 'files');
    await again.stop();
    same([again.code, again.signal], [0, null], again.err);
});

done();
