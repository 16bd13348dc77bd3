// rxdb.mjs - an unmodified rxdb@17 with its default conflict handler, the worst case, against the real process.
// Prints TAP. RxDB 17 needs Node >= 20; on an older one this counts as skipped.
import { Server } from './server.mjs';

if (Number(process.versions.node.split('.')[0]) < 20) {
    console.log('ok 1 - rxdb # SKIP rxdb 17 needs Node >= 20\n1..1');
    process.exit(0);
}
const { createRxDatabase } = await import('rxdb/plugins/core');
const { getRxStorageMemory } = await import('rxdb/plugins/storage-memory');
const { replicate } = await import('./adapter.mjs');

const E = '/v1/events/csec2015';
const PUSHED = ['items', 'bookmarks'];
const server = new Server({ seeded: process.env.SEEDED });
const people = [];
let count = 0;
let failed = 0;

// What RxDB pushes of items, as it was sent.
const pushes = [];
const send = globalThis.fetch;
globalThis.fetch = (url, options) => {
    if (String(url).endsWith('/sync/items/push')) pushes.push([url, { ...options, signal: undefined }]);
    return send(url, options);
};

// --- tools ---

const base = () => `http://127.0.0.1:${server.port}`;

async function ask(token, method, path, body) {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
    const reply = await fetch(base() + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await reply.text();
    return { status: reply.status, text, json: text ? JSON.parse(text) : undefined };
}

async function until(what, found) {
    for (let i = 0; i < 300; i++) {
        if (await found()) return;
        await new Promise((wake) => setTimeout(wake, 50));
    }
    throw new Error(`never: ${what}`);
}

async function check(name, body) {
    count++;
    try {
        await body();
        console.log(`ok ${count} - ${name}`);
    } catch (error) {
        failed++;
        console.log(`not ok ${count} - ${name}\n# ${String(error.stack).replaceAll('\n', '\n# ')}`);
    }
}

const assert = (condition, message) => {
    if (!condition) throw new Error(message);
};

// --- clients ---

const string = { type: 'string' };
const maybe = { type: ['string', 'null'] };
const schema = (properties) => ({
    version: 0, type: 'object', primaryKey: 'id', required: ['id'],
    properties: { id: { type: 'string', maxLength: 36 }, ...properties },
});
const schemas = {
    items: schema({ worksheet_id: string, prompt_id: string, text: string, owner: maybe, due: maybe, done: { type: 'boolean' },
        order_key: string, author: maybe, updated_by: maybe, updated_at: string, fork_of: maybe, seq: { type: 'number' } }),
    worksheets: schema({ team_id: string, template_id: string, state: string, version: { type: 'number' }, seq: { type: 'number' },
        shared: { type: 'boolean' }, reopen_note: maybe, submitted_at: maybe }),
    bookmarks: schema({ session_id: string, created_at: maybe }),
};

// The free core keeps 14 collections a process: an organizer makes do with two.
async function person(name, token, names = Object.keys(schemas)) {
    const db = await createRxDatabase({ name, storage: getRxStorageMemory(), multiInstance: false });
    await db.addCollections(Object.fromEntries(names.map((key) => [key, { schema: schemas[key] }])));
    const p = { name, token, db, names, offline: false, revoked: false, running: [] };
    people.push(p);
    await connect(p);
    return p;
}

async function connect(p) {
    const { epoch } = (await ask(p.token, 'GET', `${E}/sync/info`)).json;
    const at = () => {
        if (p.offline) throw new Error('offline');
        return base() + E;
    };
    const revoked = () => {
        if (!p.revoked) disconnect(p).then(() => Promise.all(p.names.map((key) => p.db[key].remove())));
        p.revoked = true;
    };
    p.running = p.names.map((key) =>
        replicate(p.db[key], { at, token: p.token, epoch, revoked, pushes: PUSHED.includes(key) }));
    await Promise.all(p.running.map((r) => r.state.awaitInitialReplication()));
}

const disconnect = (p) => Promise.all(p.running.map((r) => r.stop()));
const rows = async (p, key = 'items') => (await p.db[key].find().exec()).map((doc) => doc.toJSON());
const texts = async (p) => (await rows(p)).map((item) => item.text).sort();
const inOrder = async (p) =>
    (await rows(p)).map((i) => `${i.prompt_id} ${i.order_key} ${i.id} ${i.text} ${i.done}`).sort();
const sees = (p, text) => until(`${p.name} sees ${text}`, async () => (await texts(p)).includes(text));
const doc = async (p, id) => p.db.items.findOne(id).exec();

async function equal(team) {
    await until('everybody of the team has the same items in the same order', async () => {
        const lists = await Promise.all(team.map(async (p) => (await inOrder(p)).join('\n')));
        const sheet = (await ask(team[0].token, 'GET', `${E}/worksheets/${alpha.worksheet}`)).json;
        const stored = sheet.prompts.flatMap((q) => q.items.map((i) => `${q.id} ${i.order_key} ${i.id} ${i.text} ${i.done}`)).sort();
        return lists.every((list) => list === stored.join('\n'));
    });
}

// --- the convening ---

await server.start();
const hostToken = await server.token('csec2015', 'organizer');
const host = (method, path, body) => ask(hostToken, method, E + path, body);
const sheets = (await host('GET', '/worksheets?limit=100')).json.items.filter((w) => !w.items);
const [alpha, beta] = await Promise.all(sheets.slice(0, 2).map(async (w) => ({
    id: w.team_id,
    worksheet: w.id,
    prompt: (await host('GET', `/worksheets/${w.id}`)).json.prompts[0].id,
    code: (await host('GET', `/teams/${w.team_id}/code`)).json.code,
})));
const session = (await host('GET', '/sessions?limit=1')).json.items[0].id;

async function member(team, display_name) {
    return (await ask('', 'POST', '/v1/auth/join', { code: team.code, display_name })).json.access_token;
}

const ana = await person('ana', await member(alpha, 'Ana'));
const bo = await person('bo', await member(alpha, 'Bo'));
const cy = await person('cy', await member(alpha, 'Cy'));
const other = await person('other', await member(beta, 'Other'));
const organizer = await person('organizer', hostToken, ['items', 'worksheets']);
await ask(ana.token, 'PUT', `${E}/teams/${alpha.id}/lead`, {});

let keys = 0;
const write = async (p, text, team = alpha) => {
    const id = crypto.randomUUID();
    const order_key = `a${'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'[keys++]}`;
    await p.db.items.insert({ id, worksheet_id: team.worksheet, prompt_id: team.prompt, text, owner: null, due: null, done: false, order_key });
    return id;
};

let first;
await check('what one writes the whole team has, in the same order', async () => {
    first = await write(ana, 'a bed for the night');
    await write(bo, 'a number to call');
    await write(cy, 'a ride to school');
    await write(other, 'SECRET of another team', beta);
    for (const p of [ana, bo, cy]) for (const text of ['a bed for the night', 'a number to call', 'a ride to school']) await sees(p, text);
    await equal([ana, bo, cy]);
    assert((await rows(ana, 'worksheets')).length === 1, 'a member has the one worksheet of the team');
    assert((await rows(organizer, 'worksheets')).length >= 21, 'an organizer has every worksheet');
});

await check('a bookmark goes both ways, to its owner alone', async () => {
    await bo.db.bookmarks.insert({ id: session, session_id: session });
    await until('it is stored', async () => (await ask(bo.token, 'GET', `${E}/bookmarks`)).json.items.length === 1);
    await ask(cy.token, 'PUT', `${E}/bookmarks/${session}`);
    await until('cy has it', async () => (await rows(cy, 'bookmarks')).length === 1);
    assert((await rows(ana, 'bookmarks')).length === 0, 'ana has none');
    await ask(bo.token, 'DELETE', `${E}/bookmarks/${session}`);
    await until('bo has it no more', async () => (await rows(bo, 'bookmarks')).length === 0);
});

await check('what was written and changed offline arrives', async () => {
    cy.offline = true;
    await write(cy, 'typed in the elevator');
    await (await doc(cy, first)).patch({ done: true });
    await write(ana, 'typed meanwhile');
    cy.offline = false;
    await sees(ana, 'typed in the elevator');
    await sees(cy, 'typed meanwhile');
    await until('the tick arrives', async () => (await doc(ana, first)).done);
    await equal([ana, bo, cy]);
});

await check('a text clash keeps both texts', async () => {
    ana.offline = bo.offline = true;
    await (await doc(ana, first)).patch({ text: 'a bed, says ana' });
    await (await doc(bo, first)).patch({ text: 'a bed, says bo' });
    ana.offline = bo.offline = false;
    for (const p of [ana, bo, cy]) for (const text of ['a bed, says ana', 'a bed, says bo']) await sees(p, text);
    await equal([ana, bo, cy]);
    const fork = (await rows(cy)).find((item) => item.fork_of);
    assert(fork?.fork_of === first, 'the sibling says what it is a fork of');
});

await check('every push of the team, repeated, changes nothing', async () => {
    const before = await inOrder(cy);
    assert(pushes.length > 6, `${pushes.length} pushes were seen`);
    for (const push of pushes) assert((await send(...push)).status === 200, 'a repeat is answered');
    await equal([ana, bo, cy]);
    assert((await inOrder(cy)).join() === before.join(), 'something changed');
});

await check('organizers have the texts while they are shared; other teams never', async () => {
    assert((await rows(organizer)).every((item) => item.worksheet_id !== alpha.worksheet), 'the organizer has a draft');
    assert((await ask(ana.token, 'POST', `${E}/worksheets/${alpha.worksheet}/share`)).status === 200, 'shared');
    await sees(organizer, 'a number to call');
    await ask(ana.token, 'DELETE', `${E}/worksheets/${alpha.worksheet}/share`);
    await until('they are gone', async () => !(await texts(organizer)).includes('a number to call'));
    assert((await texts(other)).join() === 'SECRET of another team', `another team has ${await texts(other)}`);
    for (const p of [ana, bo, cy, organizer]) assert(!(await texts(p)).some((t) => t.includes('SECRET')), `${p.name} has the secret`);
});

await check('a restored backup gets back from the clients what it lacks', async () => {
    const backup = await server.backup('backup');
    await write(ana, 'written after the backup');
    await (await doc(bo, first)).patch({ owner: 'Probation' });
    await sees(bo, 'written after the backup');
    await equal([ana, bo, cy]);
    await server.stop();
    server.restore(backup);
    await server.start();
    const lacks = (await ask(ana.token, 'GET', `${E}/worksheets/${alpha.worksheet}`)).text;
    assert(!lacks.includes('written after the backup'), 'the backup lacks it');
    for (const p of people) {
        await disconnect(p);
        await connect(p);
    }
    await until('it is there again', async () =>
        (await ask(ana.token, 'GET', `${E}/worksheets/${alpha.worksheet}`)).text.includes('written after the backup'));
    await equal([ana, bo, cy]);
    for (const text of ['a bed, says ana', 'a bed, says bo', 'typed in the elevator', 'written after the backup']) {
        const times = (await texts(cy)).filter((t) => t === text).length;
        assert(times === 1, `"${text}" is there ${times} times`);
    }
});

await check('a device that is revoked loses its rows', async () => {
    assert((await host('POST', `/teams/${alpha.id}/code/rotate`)).status === 200, 'rotated');
    for (const p of [ana, bo, cy]) await until(`${p.name} has dropped everything`, () => p.revoked && p.db.collections.items === undefined);
    assert((await ask(ana.token, 'GET', `${E}/sync/items/pull`)).status === 401, 'nothing is pulled any more');
    assert(!other.revoked && (await texts(other)).length === 1, 'another team stays');
});

console.log(`1..${count}`);
await Promise.all(people.filter((p) => !p.revoked).map(disconnect));
await server.stop();
server.remove();
process.exit(failed ? 1 : 0);
