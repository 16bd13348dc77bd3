// export_test.mjs - `convened export`: the API's bytes in a file for its owner alone, or no file.
//
// From a server that runs and from a directory that none serves; from servers that break off; on a disk without room.
// Prints TAP. Node >= 18, no packages; flock and sh.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { binary, caller, check, command, done, get, release, same, serve, temporary, test, until } from './lib.mjs';

const E = '/v1/events/csec2015';
const kinds = {
    attendees: 'attendees.csv', 'sign-in': 'sign-in.csv', worksheets: 'worksheets.csv', calendar: 'calendar.ics', schedule: 'schedule.xml',
    'schedule-json': 'schedule.json', report: 'report.html', 'report-markdown': 'report.md',
    'report-docx': 'report.docx',
};

const server = await serve({ command: 'demo', args: ['--connections', '16'] });
const { data } = server;
const token = (...who) => command(['token', '--data', data, '--event', 'csec2015', ...who]).then((run) => run.out.trim());
const key = await token('--role', 'organizer');
const organizer = caller(server.url, key);
const lead = caller(server.url, await token('--role', 'lead', '--team', 'los-angeles'));
const sheet = (await lead('GET', `${E}/worksheets`)).body.items[0];
const { prompts } = (await lead('GET', `${E}/worksheets/${sheet.id}`)).body;
const item = { prompt_id: prompts[0].id, text: '=1+1, of\n"two" lines, 東京', owner: 'Invented Owner' };
same((await lead('POST', `${E}/worksheets/${sheet.id}/items`, item)).status, 201, 'an item');
same((await lead('POST', `${E}/worksheets/${sheet.id}/submit`, {})).status, 200, 'submitted');

// A folder of its own for each file, so that whatever is left behind is seen.
function place(name = 'file') {
    const folder = temporary('exports');
    mkdirSync(folder);
    return { folder, file: join(folder, name), left: () => readdirSync(folder) };
}
const args = (what, ...more) => ['export', '--data', data, '--event', 'csec2015', '--what', what, ...more];
const fails = async (words, list, code = 1) => {
    const run = await command(list);
    same([run.code, run.out], [code, ''], `exit (${run.err})`);
    check(words.test(run.err), run.err);
    return run;
};

await test('the kinds are those that --help names', async () => {
    const [, named] = (await command(['export', '--help'])).out.match(/--what KIND +(.*)/);
    same(named.split(/, | or /).sort(), Object.keys(kinds).sort(), 'kinds');
});

// --- the bytes, and whose they are ----------------------------------------------------------------

const bytes = {};
async function exports(what) {
    const { file, left } = place();
    const run = await command(args(what, file));
    same([run.code, run.out, run.err], [0, '', ''], 'exit');
    same(left(), ['file'], 'files');
    same(statSync(file).mode & 0o777, 0o600, 'mode');
    check(readFileSync(file).equals(bytes[what]), `${what}: ${readFileSync(file).length} bytes, and the API gave ${bytes[what].length}`);
}
for (const [what, path] of Object.entries(kinds))
    await test(`${what} is what the API gives`, async () => {
        const reply = await get(`${server.url}${E}/${path}`, { headers: { Authorization: `Bearer ${key}` } });
        same(reply.status, 200, 'status');
        bytes[what] = Buffer.from(await reply.arrayBuffer());
        check(bytes[what].length > 60, `${bytes[what]}`);
        await exports(what);
    });
await test('without a file it goes to standard output', async () => {
    for (const more of [[], ['-']]) {
        const run = await command(args('schedule', ...more));
        same([run.code, run.err], [0, ''], 'exit');
        check(Buffer.from(run.out).equals(bytes.schedule), 'other bytes');
    }
});
await test('no mask of the shell opens the file to others', async () => {
    const { file } = place();
    same((await command(['-c', 'umask 0; exec "$@"', 'sh', binary, ...args('attendees', file)], { binary: 'sh' })).code, 0, 'exit');
    same(statSync(file).mode & 0o777, 0o600, 'mode');
});
await test('names come when they are asked for twice, with a reason', async () => {
    const { file, left } = place();
    await fails(/--names takes a --reason/, args('attendees', '--names', file), 2);
    await fails(/10 to 500 characters/, args('attendees', '--names', '--reason', 'short', file));
    const first = await fails(/--confirm=\S{22}$/m, args('attendees', '--names', '--reason', 'Badges for the désk', file));
    same(left(), [], 'files');
    const [confirm] = first.err.match(/--confirm=\S+/);
    const run = await command(args('attendees', '--names', '--reason', 'Badges for the désk', confirm, file));
    same([run.code, run.err, left()], [0, '', ['file']], 'exit');
    check(/^\ufeffdisplay_name,/.test(readFileSync(file, 'utf8')), 'no names');
    same(statSync(file).mode & 0o777, 0o600, 'mode');
    const audit = await organizer('GET', `${E}/audit?action=exportAttendees&limit=1`);
    check(audit.text.includes('Badges for the désk'), audit.text);
});

// --- no file --------------------------------------------------------------------------------------

await test('what the server refuses leaves none', async () => {
    const { file, left } = place();
    await fails(/no such event/, ['export', '--data', data, '--event', 'nothing', '--what', 'report', file]);
    await fails(/not taken/, ['export', '--data', data, '--event', '../../x?y', '--what', 'report', file]);
    await fails(/attendees, sign-in and worksheets alone/, args('calendar', '--names', '--reason', 'There are none in it', file), 2);
    await fails(/export takes/, args('everything', file), 2);
    await fails(/export takes/, ['export', '--data', data, '--what', 'report', file], 2);
    await fails(/export takes/, args('report', file, file), 2);
    same(left(), [], 'files');
});
await test('nothing is overwritten, nor written through a link', async () => {
    const { folder, file, left } = place();
    writeFileSync(file, 'mine');
    await fails(/nothing is overwritten/, args('report', file));
    same(readFileSync(file, 'utf8'), 'mine', 'the file');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    await fails(/nothing is overwritten/, args('report', join(folder, 'link')));
    writeFileSync(join(folder, 'new.part'), 'of mine');
    await fails(/new\.part: cannot be made/, args('report', join(folder, 'new')));
    same(readFileSync(join(folder, 'new.part'), 'utf8'), 'of mine', 'what stood there');
    same(left().sort(), ['file', 'link', 'new.part'], 'files');
});
await test('a folder that is not there', async () => {
    await fails(/cannot be made/, args('report', join(place().folder, 'no', 'file')));
});
await test('a disk without room', async () => {
    const { file, left } = place();
    // Beyond 8 blocks of 512 bytes a write fails, and no signal ends the program.
    const run = await command(['-c', 'trap "" XFSZ; ulimit -f 8; exec "$@"', 'sh', release, ...args('report', file)], { binary: 'sh' });
    same([run.code, left()], [1, []], `exit and files (${run.err})`);
    same(run.err, `convened: ${file}: no room\n`, 'what is said');
    const full = await command(['-c', 'exec "$@" > /dev/full', 'sh', release, ...args('schedule')], { binary: 'sh' });
    same([full.code, full.err], [1, 'convened: -: no room\n'], 'standard output');
});

// --- servers that break off -----------------------------------------------------------------------

// A data directory that something else has in use, and whose address is ours.
const held = temporary('held');
mkdirSync(held);
cpSync(join(data, 'secrets'), join(held, 'secrets'), { recursive: true });
writeFileSync(join(held, 'lock'), '');
const holder = spawn('flock', ['--no-fork', join(held, 'lock'), 'sleep', '600'], { stdio: 'ignore' });
process.on('exit', () => holder.kill('SIGKILL'));
let answer;
const fake = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
});
await new Promise((then) => fake.listen(0, '127.0.0.1', then));
writeFileSync(join(held, 'address'), `127.0.0.1:${fake.address().port}\n`);
const fromFake = (file) => ['export', '--data', held, '--event', 'x', '--what', 'attendees', ...(file ? [file] : [])];
const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
await until(async () => {
    answer = (socket) => socket.end(`${OK}Content-Length: 2\r\n\r\nok`);
    return (await command(fromFake())).out === 'ok';
}, 5000, 'the lock');

for (const [name, text] of [
    ['nothing', ''], ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le'], ['another protocol', 'SSH-2.0-x\r\n\r\n'],
    ['a body that is shorter than its length', `${OK}Content-Length: 100\r\n\r\nhalf`],
    ['chunks without the last one', `${CHUNKED}4\r\nhalf\r\n`], ['half a chunk', `${CHUNKED}10\r\nhalf`],
    ['a chunk without a size', `${CHUNKED}\r\nhalf\r\n0\r\n\r\n`], ['a size of no number', `${CHUNKED}zz\r\nhalf\r\n0\r\n\r\n`],
    ['a negative size', `${CHUNKED}-4\r\nhalf\r\n0\r\n\r\n`], ['a chunk longer than it says', `${CHUNKED}2\r\nhalf\r\n0\r\n\r\n`],
    ['a size that has no end', `${CHUNKED}${'0'.repeat(1000)}4\r\nhalf\r\n0\r\n\r\n`], ['a head of 20 KB', `${OK}X: ${'x'.repeat(20_000)}\r\n\r\n`],
])
    await test(`a server that sends ${name}`, async () => {
        const { file, left } = place();
        answer = (socket) => socket.end(text);
        await fails(/does not answer, or its answer broke off/, fromFake(file));
        same(left(), [], 'files');
    });
await test('chunks in pieces of every size are put together', async () => {
    const { file } = place();
    const whole = Buffer.from(`${CHUNKED}1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n`);
    for (let cut = 1; cut < whole.length; cut += 7) {
        answer = (socket) => {
            socket.setNoDelay(true);
            socket.write(whole.subarray(0, cut));
            setTimeout(() => socket.end(whole.subarray(cut)), 20);
        };
        const run = await command(fromFake());
        same([run.code, run.out], [0, 'a0123456789'], `cut at ${cut} (${run.err})`);
    }
    check(!existsSync(file), 'a file');
});
await test('100 MB go through 32 MB of memory, and are no file before they are whole', async () => {
    const { file, left } = place('large.csv');
    const piece = Buffer.alloc(1 << 20, 'x');
    const child = {};
    answer = async (socket) => {
        socket.write(CHUNKED);
        for (let i = 0; i < 100; i++) {
            socket.write('100000\r\n');
            socket.write(piece);
            if (!socket.write('\r\n')) await new Promise((then) => socket.once('drain', then));
        }
        await until(() => statSync(`${file}.part`).size > 99 * piece.length, 20_000, 'what was sent');
        child.files = left();
        const status = readFileSync(`/proc/${child.run.pid}/status`, 'utf8');
        child.peak = Number(status.match(/^VmHWM:\s+(\d+) kB$/m)[1]);
        socket.end('0\r\n\r\n');
    };
    child.run = spawn(release, fromFake(file), { stdio: 'ignore' });
    same(await new Promise((then) => child.run.on('close', then)), 0, 'exit');
    same([child.files, left()], [['large.csv.part'], ['large.csv']], 'files, before and after');
    same(statSync(file).size, 100 * piece.length, 'size');
    console.log(`# peak ${child.peak} KiB`);
    check(child.peak < 32 * 1024, `${child.peak} KiB were resident`);
});
holder.kill();
fake.close();

// --- no server ------------------------------------------------------------------------------------

await server.stop();
for (const what of Object.keys(kinds)) await test(`${what} is the same without a server`, () => exports(what));
await test('and what is refused leaves no file', async () => {
    const { file, left } = place();
    await fails(/no such event/, ['export', '--data', data, '--event', 'nothing', '--what', 'report', file]);
    same(left(), [], 'files');
});

done();
