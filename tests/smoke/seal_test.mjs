// Sealed backups: the secret key opens them, and nothing else reads a byte of what is in them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caller, check, command, done, same, serve, temporary, test } from './lib.mjs';

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

await server.stop();
done();
