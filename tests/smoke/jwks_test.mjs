// jwks_test.mjs - starts a server and lets an independent library check its tokens (jwks.mjs): an organizer's, a
// county team's, and one from before the keys were rotated, against the key set of the moment.
//
// Prints TAP. Node >= 18, jose 5 (tests/package.json).
import { join } from 'node:path';
import { check, command, done, root, same, serve, settle, test } from './lib.mjs';

const server = await serve({ args: ['--connections', '32'] });
const { api } = await settle(server);

async function tokenFor(...args) {
    const run = await command(['token', '--data', server.data, '--event', 'smoke', ...args]);
    same(run.code, 0, `convened token ${args.join(' ')} (${run.err})`);
    return run.out.trim();
}

async function library(name, token) {
    const run = await command([join(root, 'tests/smoke/jwks.mjs')], {
        binary: process.execPath, env: { CONVENED_URL: server.url, CONVENED_TOKEN: token },
    });
    const results = [...run.out.matchAll(/^(ok|not ok) \d+ - (.*)\n((?:#.*\n)*)/gm)];
    await test(`${name}: the library ran`, () => check(results.length >= 10 && /^1\.\.\d+$/m.test(run.out), () => run.out + run.err));
    for (const [, verdict, what, comment] of results) await test(`${name}: ${what}`, () => check(verdict === 'ok', comment));
}

const organizer = await tokenFor('--role', 'organizer');
await library('an organizer', organizer);
let member;
await test('a team and its token', async () => {
    const team = await api('POST', '/v1/events/smoke/teams', { slug: 'los-angeles', name: 'Los Angeles', county: 'Los Angeles' });
    same(team.status, 201, team.text);
    member = await tokenFor('--role', 'member', '--team', 'los-angeles');
    const claims = JSON.parse(Buffer.from(member.split('.')[1], 'base64url'));
    same([claims.role, claims.team], ['member', team.body.id], 'claims');
    check(claims.exp - claims.iat <= 900, `lives ${claims.exp - claims.iat} s`);
});
if (member) await library('a team', member);
await test('the keys are rotated', async () => {
    same((await command(['keys', 'rotate', '--data', server.data])).code, 0, 'exit code');
    const set = await (await fetch(`${server.url}/.well-known/jwks.json`)).json();
    same(set.keys.length, 2, 'keys');
});
await library('a token of the old key', organizer);
await library('a token of the new key', await tokenFor('--role', 'staff'));
await server.stop();
done();
