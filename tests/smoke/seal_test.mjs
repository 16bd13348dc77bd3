// Sealed backups: the secret key opens them, and nothing else reads a byte of what is in them. And backups of either kind
// that were cut off.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caller, check, command, done, release, same, serve, temporary, test, until } from './lib.mjs';

const E = '/v1/events/csec2015';
const CANARY = 'canary of a sealed backup';

const token = async (data) => (await command(['token', '--data', data, '--event', 'csec2015', '--role', 'organizer'])).out.trim();

const server = await serve({ command: 'demo' });
const api = caller(server.url, await token(server.data));
await api('POST', `${E}/announcements`, { title: CANARY, body: 'in the database' });
const resource = (await api('POST', `${E}/resources`, { title: 'A file', kind: 'toolkit' })).body;
await api('PUT', `${E}/resources/${resource.id}/file`, `${CANARY} in a file\n`, { 'Content-Type': 'text/plain' });

const pair = (await command(['keys', 'seal-pair'])).out;
const [, publicKey, secretKey] = pair.match(/^public ([0-9a-f]{64})\nsecret ([0-9a-f]{64})\n$/);
const key = temporary('key');
writeFileSync(key, pair);
const backup = temporary('backup');

await test('a backup is sealed while the server runs', async () => {
    const made = await command(['backup', '--data', server.data, '--seal-to', publicKey, backup]);
    same(made.code, 0, made.err);
    same(readdirSync(backup).sort(), ['convened.db.sealed', 'files'], 'the backup');
    for (const name of readdirSync(backup, { recursive: true }))
        if (name.endsWith('.sealed'))
            check(!readFileSync(join(backup, name)).includes('canary'), `${name} can be read`);
    check(!readdirSync(server.data).some((name) => name.startsWith('sealing-')), 'a plain copy was left');
});

await test('without the key, or with another, it stays shut', async () => {
    const to = temporary('data');
    const without = await command(['restore', '--data', to, backup]);
    same(without.code, 1, 'code');
    check(without.err.includes('--key'), without.err);
    const other = temporary('other');
    writeFileSync(other, (await command(['keys', 'seal-pair'])).out);
    same((await command(['restore', '--data', to, '--key', other, backup])).code, 1, 'code');
    writeFileSync(other, 'secret words\n');
    check((await command(['restore', '--data', to, '--key', other, backup])).err.includes('no secret key'), 'said');
    same((await command(['backup', '--data', server.data, '--seal-to', 'x', temporary('none')])).code, 2, 'code');
});

await test('the secret key opens it: rows, files, and an audit that says where it comes from', async () => {
    const to = temporary('data');
    const opened = await command(['restore', '--data', to, '--key', key, backup]);
    same(opened.code, 0, opened.err);
    const doctor = await command(['doctor', '--data', to]);
    check(/ok {3}audit: \d+ rows/.test(doctor.out) && doctor.out.includes("without the server's key"), doctor.out);
    const copy = await serve({ data: to });
    const there = caller(copy.url, await token(to));
    check((await there('GET', `${E}/announcements`)).text.includes(CANARY), 'the row is lost');
    same((await there('GET', `${E}/resources/${resource.id}/file`)).text, `${CANARY} in a file\n`, 'the file');
    await copy.stop();
    check((await command(['doctor', '--data', to])).out.includes('sealed by another key'), 'doctor does not say it');
    check(secretKey !== publicKey, 'one key');
});

// --- cut off --------------------------------------------------------------------------------------

const plain = (data) => readdirSync(data).filter((name) => name.startsWith('sealing-')).sort(); // a journal follows its file

// Something is in it, so it is held: between its making and its lock it is empty.
const begun = (data) => plain(data).some((name) => statSync(join(data, name), { throwIfNoEntry: false })?.size > 0);

// A sealed backup that stands still in the midst of it, with its plain copy there.
async function halted(data) {
    for (let i = 0; i < 10; i++) {
        const child = spawn(release, ['backup', '--data', data, '--seal-to', publicKey, temporary('backup')], { stdio: 'ignore' });
        const ended = new Promise((then) => child.on('close', (code, signal) => then([code, signal])));
        const end = Date.now() + 2000;
        while (!begun(data) && Date.now() < end); // a moment that passes while others are asked
        child.kill('SIGSTOP');
        await until(() => /^State:\s+[TZ]/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8')), 5000, 'the stop');
        if (begun(data)) return { child, ended };
        child.kill('SIGKILL');
        await ended;
    }
    throw new Error('no backup could be halted in time');
}

await test('the plain copy of a backup that is being made is nobody else\'s', async () => {
    const { child, ended } = await halted(server.data);
    const left = plain(server.data), [name] = left;
    same(name, `sealing-${child.pid}.db`, 'its name');
    same(statSync(join(server.data, name)).mode & 0o777, 0o600, 'mode');
    check(/ok {3}sealed backups/.test((await command(['doctor', '--data', server.data])).out), 'doctor takes it for one that was left');
    same((await command(['backup', '--data', server.data, '--seal-to', publicKey, temporary('backup')])).code, 0, 'another backup');
    same(plain(server.data), left, 'after another backup');
    child.kill('SIGCONT');
    same(await ended, [0, null], 'how it ends');
    same(plain(server.data), [], 'after it');
});

await test('one that was killed leaves its copy to doctor, and to the next start', async () => {
    const { child, ended } = await halted(server.data);
    child.kill('SIGKILL');
    same(await ended, [null, 'SIGKILL'], 'how it ends');
    const left = plain(server.data), [name] = left;
    check(name, 'nothing was left');
    const doctor = await command(['doctor', '--data', server.data]);
    same(doctor.code, 1, 'code');
    check(doctor.out.includes(`BAD  ${join(server.data, name)}: a plain copy of the database`), doctor.out);
    same(plain(server.data), left, 'doctor changes nothing');
    await server.stop();
    const again = await serve({ data: server.data });
    same(plain(server.data), [], 'after the start');
    check(again.err.includes(`removed what a sealed backup left when it was cut off" count=${left.length}`), again.err);
    await again.stop();
});

await test('a backup that is killed is none', async () => {
    const data = temporary('data'), target = temporary('backup');
    same((await command(['seed', '--data', data, 'seed-data'], { timeout: 60_000 })).code, 0, 'seed');
    for (let i = 0; i < 10 && !existsSync(`${target}.part`); i++) {
        rmSync(target, { recursive: true, force: true });
        const child = spawn(release, ['backup', '--data', data, target], { stdio: 'ignore' });
        const ended = new Promise((then) => child.on('close', then));
        const end = Date.now() + 2000;
        while (!existsSync(join(`${target}.part`, 'convened.db')) && !existsSync(target) && Date.now() < end);
        child.kill('SIGKILL');
        await ended;
    }
    check(!existsSync(target), 'it is there');
    const to = temporary('data');
    const refused = await command(['restore', '--data', to, target]);
    same(refused.code, 1, 'code');
    check(refused.err.includes('not a backup'), refused.err);
    const again = await command(['backup', '--data', data, target]);
    check(again.code === 1 && again.err.includes('.part: exists'), again.err);
    // Who takes it for one nevertheless: all of it, or nothing to start on.
    const half = await command(['restore', '--data', to, `${target}.part`]);
    check(half.code === 0 || !existsSync(join(to, 'convened.db')), half.err);
    rmSync(`${target}.part`, { recursive: true });
    same((await command(['backup', '--data', data, `${target}/`])).code, 0, 'the next one');
    same(readdirSync(target).sort(), ['convened.db', 'files'], 'the backup');
    const cut = temporary('cut');
    mkdirSync(cut);
    writeFileSync(join(cut, 'convened.db'), readFileSync(join(target, 'convened.db')).subarray(0, 4096 * 9));
    const other = temporary('data');
    const damaged = await command(['restore', '--data', other, cut]);
    check(damaged.code === 1 && damaged.err.includes('damaged, or not whole'), damaged.err);
    check(!existsSync(join(other, 'convened.db')), 'a part of a database was left');
    writeFileSync(join(cut, 'convened.db'), '');
    const empty = await command(['restore', '--data', other, cut]);
    check(empty.code === 1 && empty.err.includes('damaged, or not whole'), empty.err);
    check(!existsSync(join(other, 'convened.db')), 'an empty database was left');
    same((await command(['restore', '--data', other, target])).code, 0, 'the whole one');
});

await test('nor is a restore', async () => {
    let left;
    for (let i = 0; i < 10 && !left; i++) {
        const to = temporary('data');
        const child = spawn(release, ['restore', '--data', to, '--key', key, backup], { stdio: 'ignore' });
        const ended = new Promise((then) => child.on('close', then));
        const end = Date.now() + 2000;
        while (!existsSync(join(to, 'convened.db.part')) && !existsSync(join(to, 'convened.db')) && Date.now() < end);
        child.kill('SIGKILL');
        await ended;
        if (!existsSync(join(to, 'convened.db'))) left = to;
    }
    check(left, 'none was killed in time');
    const doctor = await command(['doctor', '--data', left]);
    check(doctor.out.includes('BAD  convened.db: not there'), doctor.out);
    rmSync(join(left, 'files'), { recursive: true, force: true });
    same((await command(['restore', '--data', left, '--key', key, backup])).code, 0, 'once more');
    same(readdirSync(left).filter((name) => /part|opened/.test(name)), [], 'what is left of the first');
});

await test('what only looks like one stays', async () => {
    const data = temporary('data');
    same((await command(['seed', '--data', data, 'seed-data'], { timeout: 60_000 })).code, 0, 'seed');
    const left = ['sealing-1.db', 'sealing-1.db-journal', 'sealing-77.db-journal'];
    const others = ['sealing-.db', 'sealing-1.db.txt', 'sealing-x.db', 'sealing-1x.db', 'sealing-1.dbx', 'sealing', 'sealing-2.db', 'sealing-3.db'];
    for (const name of [...left, ...others.slice(0, -2)]) writeFileSync(join(data, name), CANARY);
    symlinkSync('convened.db', join(data, 'sealing-2.db'));
    mkdirSync(join(data, 'sealing-3.db'));
    const doctor = await command(['doctor', '--data', data]);
    for (const name of left) check(doctor.out.includes(`${name}: a plain copy`), `${name}: ${doctor.out}`);
    same(doctor.out.match(/a plain copy/g).length, left.length, 'how many');
    const copy = await serve({ data });
    same(plain(data).sort(), others.filter((name) => name.startsWith('sealing-')).sort(), 'after the start');
    await copy.stop();
    writeFileSync(join(data, 'sealing-9.db'), CANARY);
    same((await command(['backup', '--data', data, '--seal-to', publicKey, temporary('backup')])).code, 0, 'a backup');
    check(!plain(data).includes('sealing-9.db'), 'the next sealed backup removes it, too');
});

done();
