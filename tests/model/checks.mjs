// checks.mjs - what must hold when everybody has gone quiet. The numbers are those of the design's "What must
// hold"; a failure names its number.
import { numberOf } from './ledger.mjs';
import { Phone } from './phone.mjs';
import { PUSHED, inOrder, same } from './store.mjs';

const REPEATS = 25;

// A phone that has just been bought, with the same person's token.
async function freshPull(phone, bundle = phone.bundle) {
    const fresh = Object.assign(new Phone(phone.world, `${phone.name} anew`, { ...phone, bundle }), phone.who(), { ready: true, name: phone.name });
    await fresh.pullAll();
    return fresh.store;
}

function difference(a, b) {
    const theirs = new Set(b);
    const mine = new Set(a);
    const only = a.filter((line) => !theirs.has(line))[0] ?? b.filter((line) => !mine.has(line))[0];
    return only && `${theirs.has(only) ? 'lacks' : 'alone has'} ${only.slice(0, 300)}`;
}

// All that is known of some items: the server's journal, and what each phone of the team did and heard.
function story(world, team, ids) {
    const line = (r) => `    ${r.seq} ${r.item_id} ${r.kind} ${r.verdict} ${numberOf(r.text)} by ${r.by}`;
    const journal = (team.journal ?? []).filter((row) => ids.includes(row.item_id)).map(line);
    const phones = world.phones.filter((phone) => phone.team === team);
    const told = ids.flatMap((id) => phones.filter((p) => p.store.told.has(id)).map((p) => `    ${p.name}, ${id}: ${p.store.told.get(id).join('; ')}`));
    return `\n#   journal:\n#${[...journal, '   phones:', ...told].join('\n#')}`;
}

const idOf = (why) => (why.includes(' items ') ? /"id":"([^"]*)"/.exec(why)?.[1] : undefined);

// What is known of the item that a difference is about.
function history(world, phone, fresh, why) {
    const id = idOf(why);
    if (!phone.team || !id) return '';
    return `, which has ${JSON.stringify(fresh.entries.get('items').get(id)?.master ?? 'nothing')}${story(world, phone.team, [id])}`;
}

// Everything that was ever journalled of a team's worksheet, oldest first; what is known already is not asked for again.
export async function journal(world, team) {
    const known = (team.journal ??= []);
    for (;;) {
        const last = known.at(-1);
        const cursor = last ? `&cursor=${Buffer.from(`${last.seq}\0${last.id}`).toString('base64url')}` : '';
        const reply = await world.must(team.watcher, 'GET', `/worksheets/${team.worksheet}/revisions?limit=500${cursor}`);
        known.push(...reply.json.items);
        if (reply.json.items.length < 500) return known;
    }
}

// --- 1, 2 and 10: the texts ---

async function checkTexts(world, team, visible) {
    const { ledger, failures } = world;
    const rows = await journal(world, team);
    const verdicts = new Map();
    for (const row of rows) {
        const name = numberOf(row.text);
        if (!name) continue;
        if (!verdicts.has(name)) verdicts.set(name, { taken: false, said: new Set(), items: new Set(), text: row.text });
        const v = verdicts.get(name);
        v.said.add(row.verdict);
        v.items.add(row.item_id);
        v.taken ||= ['accepted', 'merged', 'forked'].includes(row.verdict);
    }
    const shown = new Map();
    const byId = new Map(visible.map((item) => [item.id, item]));
    for (const item of visible) shown.set(numberOf(item.text), (shown.get(numberOf(item.text)) ?? 0) + 1);
    for (const text of ledger.texts.values()) {
        if (text.owner !== team.number) continue;
        const v = verdicts.get(text.name);
        if (text.acked && !v) failures.add(1, `${text.name} was answered 200 and is in no revision: ${text.told.join('; ')}`);
        if (text.acked) world.counted[1]++;
        if (!v) continue;
        if (v.text !== text.text) failures.add(1, `${text.name} is not in the revisions as it was typed`);
        if (v.taken && !text.replaced && !shown.has(text.name)) {
            const instead = [...v.items].map((id) => byId.get(id)).filter(Boolean);
            failures.add(instead.length ? 2 : 1, `${text.name} (${[...v.said]}) is not shown, and nobody who had seen it replaced it` +
                (instead.length ? `: ${instead[0].text.slice(0, 40)} stands there` : ` (items ${[...v.items]}): ${text.told.join('; ')}`));
        }
        if (text.acked && !v.taken && !shown.has(text.name) && !v.said.has('late'))
            failures.add(1, `${text.name} was answered 200, was never taken (${[...v.said]}) and is not shown: ${text.told.join('; ')}`);
        if ((shown.get(text.name) ?? 0) > Math.max(1, text.variants.size))
            failures.add(6, `${text.name} stands ${shown.get(text.name)} times; it was written ${text.variants.size} ways: ${text.told.join('; ')}` +
                story(world, team, [...new Set([...v.items, ...visible.filter((item) => numberOf(item.text) === text.name).flatMap((item) => [item.id, item.fork_of])])]));
        world.counted[2] += v.taken;
    }
}

// `acknowledged`: the texts answered 200 when the process was gone.
export async function checkDurable(world, acknowledged) {
    for (const team of world.teams) {
        team.journal = [];
        const names = new Set((await journal(world, team)).map((row) => numberOf(row.text)));
        for (const text of acknowledged) {
            if (text.owner !== team.number || text.redacted) continue; // meanwhile, that is
            world.counted[10]++;
            if (!names.has(text.name)) world.failures.add(10, `${text.name} was answered 200 before kill -9 and is in no revision after it: ${text.told.join('; ')}`);
        }
    }
}

// --- 3 and 4: everybody has the same ---

async function checkEqual(world) {
    for (const team of world.teams) await journal(world, team);
    for (const phone of world.phones) {
        const fresh = await freshPull(phone);
        const why = difference(phone.store.fingerprint(), fresh.fingerprint());
        if (why) world.failures.add(phone.watches ? 4 : 3, `${phone.name}${phone.watches ? ', pulling pages all along,' : ''} ${why}, beside a fresh pull${history(world, phone, fresh, why)}`);
        world.counted[phone.watches ? 4 : 3] += fresh.fingerprint().length;
    }
}

// The pull's truth beside that of the worksheet's own address: same items, same order.
async function checkWorksheet(world, team) {
    const sheet = (await world.must(team.watcher, 'GET', `/worksheets/${team.worksheet}`)).json;
    const pulled = team.watcher.store.shown('items').filter((item) => item.worksheet_id === team.worksheet);
    for (const prompt of sheet.prompts) {
        const mine = inOrder(pulled.filter((item) => item.prompt_id === prompt.id)).map((item) => item.id);
        const theirs = prompt.items.map((item) => item.id);
        if (mine.join() !== theirs.join())
            world.failures.add(mine.length === theirs.length ? 3 : 4, `prompt ${prompt.number} of team ${team.number}: ${mine.length} items pulled, ${theirs.length} in the worksheet, or another order`);
    }
    return sheet.prompts.flatMap((prompt) => prompt.items.map((item) => ({ ...item, prompt_id: prompt.id, worksheet_id: team.worksheet })));
}

// --- 5: idle clients leave seq alone ---

async function checkIdle(world) {
    const before = (await world.must(world.organizer, 'GET', '/sync/info')).json.seq;
    for (const phone of world.phones) {
        await phone.pullAll();
        for (const collection of PUSHED) {
            const rows = [...phone.store.entries.get(collection).values()].slice(-20).map(({ master }) => ({
                ...(phone.random.chance(0.7) && { assumedMasterState: master }),
                newDocumentState: { ...master, updated_at: new Date(phone.skew).toISOString(), seq: 1, author: null, updated_by: null },
            }));
            if (!rows.length || !phone.team) continue;
            const reply = await phone.ask('POST', `/sync/${collection}/push`, rows);
            world.counted[5] += rows.length;
            if (reply.status !== 200) world.failures.add(5, `unchanged ${collection} were answered ${reply.status}`);
        }
    }
    const after = (await world.must(world.organizer, 'GET', '/sync/info')).json.seq;
    if (after !== before) world.failures.add(5, `pulls and unchanged documents moved seq from ${before} to ${after}`);
}

// --- 6: any push repeated later changes nothing visible ---

// A row whose base stands there now is no repeat to anybody who looks: it is a new wish, and the same one.
const isWish = (row, store) => {
    const master = store.entries.get('items').get(row.newDocumentState?.id)?.master;
    return row.assumedMasterState && master && same('items', row.assumedMasterState, master);
};

async function checkRepeats(world, team) {
    const before = (await freshPull(team.watcher)).fingerprint();
    const mine = world.pushed.filter((p) => p.phone.team === team && p.epoch === p.phone.store.epoch);
    const store = team.watcher.store;
    const sent = [];
    for (let i = 0; i < REPEATS && mine.length; i++) {
        const { phone, rows } = i % 2 ? mine.at(-1 - world.random.below(Math.min(mine.length, 40))) : world.random.pick(mine);
        const again = rows.filter((row) => !isWish(row, store) && !world.wasLate(team, row.newDocumentState));
        if (!again.length) continue;
        const reply = await phone.ask('POST', '/sync/items/push', again);
        world.counted[6] += again.length;
        const answers = new Map(reply.json.map((doc) => [doc.id, doc]));
        for (const { newDocumentState: to } of again) {
            const master = store.entries.get('items').get(to.id)?.master;
            const base = again.find((row) => row.newDocumentState === to).assumedMasterState;
            sent.push({ id: to.id, line: `\n#   repeated for ${phone.name}: ${JSON.stringify(to)} over ${JSON.stringify(base)}, answered ${JSON.stringify(answers.get(to.id))}` });
            const equal = master ? same('items', master, to) : to._deleted;
            if (!equal && !answers.has(to.id))
                world.failures.add(6, `the repeat of ${numberOf(to.text)} was answered as if it were taken, and it was not`);
        }
    }
    const why = difference((await freshPull(team.watcher)).fingerprint(), before);
    if (!why) return;
    await journal(world, team);
    const rows = sent.filter(({ id }) => id === idOf(why)).map(({ line }) => line);
    world.failures.add(6, `pushes were repeated, and a fresh pull ${why}${story(world, team, [idOf(why)])}${rows.join('')}`);
}

// --- 11: what was redacted is found nowhere ---

async function checkRedacted(world) {
    if (!world.redacted.length) return;
    const places = [];
    for (const team of world.teams) {
        const w = `/worksheets/${team.worksheet}`;
        const { version } = (await world.must(team.watcher, 'GET', w)).json;
        team.journal = [];
        places.push(['the journal', team, JSON.stringify(await journal(world, team))]);
        const paths = [w, `${w}/late?limit=500`, ...Array.from({ length: version }, (_, i) => `${w}/versions/${i + 1}`)];
        for (const path of paths) places.push([path, team, (await world.must(team.watcher, 'GET', path)).text]);
    }
    for (const phone of world.phones) {
        places.push([phone.name, phone.team, JSON.stringify([...phone.store.entries.get('items').values()])]);
        places.push([`a fresh pull of ${phone.name}`, phone.team, JSON.stringify([...(await freshPull(phone)).entries.get('items').values()])]);
    }
    world.counted[11] += world.redacted.length * places.length;
    for (const { team, name, item } of world.redacted)
        for (const [where, whose, text] of places)
            if ((!whose || whose === team) && new RegExp(`${name}\\b`).test(text))
                world.failures.add(11, `${name} of item ${item.id} was redacted and is in ${where}: ${world.ledger.texts.get(name).told.join('; ')}${story(world, team, [item.id])}`);
}

// --- 8: what was refused among bad rows came late, or it is a failure ---

function checkRefused(world) {
    for (const { team, item } of world.refused)
        if (!team.journal.some((row) => row.item_id === item.id && ['late', 'accepted'].includes(row.verdict)))
            world.failures.add(8, `a good row among bad ones was refused: ${numberOf(item.text)}`);
    world.counted[8] += world.refused.length;
    world.refused = [];
}

// --- 9: a snapshot never changes ---

async function checkSnapshots(world, team) {
    const sheet = (await world.must(team.watcher, 'GET', `/worksheets/${team.worksheet}`)).json;
    for (let version = 1; version <= sheet.version; version++) {
        const { text } = await world.must(team.watcher, 'GET', `/worksheets/${team.worksheet}/versions/${version}`);
        const known = team.snapshots.get(version);
        if (known && known.text !== text) world.failures.add(9, `version ${version} of team ${team.number} is not what it was`);
        if (!known) team.snapshots.set(version, { text, at: world.operations });
        world.counted[9]++;
        world.ledger.readable(team.number, text);
    }
    world.settled(team, sheet);
}

// --- 7: the log, which nobody's text may enter ---

function checkLog(world) {
    const found = /.*CANARY.*/.exec(world.server.logText());
    if (found) world.failures.add(7, `a text is in the server's log: ${found[0].slice(0, 200)}`);
    world.counted[7] = world.ledger.scanned;
}

// Who names another team's items and worksheets learns nothing of them, whichever collection they ask.
async function checkStrangers(world, team) {
    const ids = [team.worksheet, ...team.watcher.store.shown('items').slice(-10).map((item) => item.id)];
    const rows = ids.map((id) => ({ newDocumentState: { id, worksheet_id: team.worksheet, text: 'whose?' } }));
    for (const stranger of [world.attendee, world.teams[(team.number + 1) % world.teams.length].watcher])
        for (const collection of world.collections) {
            const reply = await stranger.ask('POST', `/sync/${collection}/push`, rows);
            const told = reply.status === 200 && reply.json.find((doc) => JSON.stringify(Object.keys(doc)) !== '["id","_deleted"]');
            if (told) world.failures.add(7, `${stranger.name} is told by ${collection} ${JSON.stringify(told).slice(0, 200)}`);
            world.counted[8] += rows.length;
            if (reply.status !== 200) world.failures.add(8, `a push to ${collection} was answered ${reply.status} ${reply.text.slice(0, 200)}`);
        }
}

export async function checkAll(world) {
    for (const phone of world.phones) await phone.settle();
    for (const phone of world.phones) await phone.pullAll(() => (phone.watches ? 1 + world.random.below(300) : 500));
    await checkEqual(world);
    for (const team of world.teams) {
        const visible = await checkWorksheet(world, team);
        await checkTexts(world, team, visible);
        await checkSnapshots(world, team);
    }
    checkRefused(world);
    await checkRedacted(world);
    await checkIdle(world);
    for (const team of world.teams) await checkRepeats(world, team);
    for (const team of world.teams) await checkStrangers(world, team);
    for (const phone of world.phones) await phone.pullAll();
    checkLog(world);
}

