// acts.mjs - what people do with phones; one call is one operation of the run.
import { EVENT, Lost } from './wire.mjs';
import { journal } from './checks.mjs';
import { STRANGER, numberOf } from './ledger.mjs';
import { inOrder } from './store.mjs';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CROWD = 60; // items of a worksheet, above which people tidy up

const MEMBER = {
    type: 10, edit: 12, tick: 4, move: 3, remove: 2, push: 22, pull: 20, bookmark: 2, create: 2, patch: 1, read: 2,
    poison: 1, trespass: 1, again: 2, takeLate: 0.5, leave: 0.6, restart: 0.5, loseStore: 0.15, stream: 0.7, pages: 0.5,
};
const LEAD = { ...MEMBER, lead: 3 };
const WATCHER = { pull: 1 };
const ORGANIZER = { pull: 5, look: 5, announce: 1, publicEdit: 1, redact: 0.5 };
const ATTENDEE = { pull: 4, look: 3, trespass: 1, bookmark: 1, push: 1 };

export function weightsOf(phone) {
    if (phone.watches) return WATCHER;
    const usual = { member: phone.lead ? LEAD : MEMBER, organizer: ORGANIZER, attendee: ATTENDEE }[phone.role];
    return phone.world.plan.weights?.[phone.role] ?? usual;
}

// --- order keys, as the npm package fractional-indexing makes them; enough of it ---

function keyAfter(key) {
    if (!key) return 'a0';
    const length = key.charCodeAt(0) - 'a'.charCodeAt(0) + 2;
    if (length < 2 || length > 4) return `${key.slice(0, 40)}V`;
    const digits = [...key.slice(1, length)];
    for (let i = digits.length - 1; i >= 0; i--) {
        const at = DIGITS.indexOf(digits[i]) + 1;
        digits[i] = DIGITS[at % 62];
        if (at < 62) return key[0] + digits.join('');
    }
    return `${String.fromCharCode(key.charCodeAt(0) + 1)}${'0'.repeat(length)}`;
}

function someKey(random, items) {
    const ordered = inOrder(items);
    const at = random.below(ordered.length + 1);
    if (!ordered.length || at === ordered.length) return keyAfter(ordered.at(-1)?.order_key);
    const key = ordered[at].order_key ?? 'a0';
    return random.chance(0.3) || key.length > 30 ? key : `${key}${random.pick([...'5VkzB'])}`;
}

const live = (phone) => phone.store.shown('items').filter((item) => item.worksheet_id === phone.team.worksheet);

function newItem(phone) {
    const { random, team, world } = phone;
    const prompt_id = random.pick(team.prompts);
    const order_key = someKey(random, live(phone).filter((item) => item.prompt_id === prompt_id));
    const text = world.ledger.type(random, phone.canary, random.chance(0.01));
    const owner = random.chance(0.2) ? 'Probation' : null;
    return { id: random.uuid(), worksheet_id: team.worksheet, prompt_id, text, owner, due: null, done: false, order_key, _deleted: false };
}

function someItem(phone) {
    const items = live(phone).sort((a, b) => (a.id < b.id ? -1 : 1));
    // People crowd around the same few bullets: that is where they clash.
    return items.length ? items[phone.random.below(Math.min(items.length, phone.random.chance(0.5) ? 5 : 999))] : undefined;
}

const change = (phone, fields) => {
    const item = someItem(phone);
    const replaced = (text) => phone.world.ledger.given(text);
    if (item) phone.store.change('items', item.id, typeof fields === 'function' ? fields(item) : fields, replaced);
};

export const acts = {
    type(phone) {
        const item = newItem(phone);
        phone.store.change('items', item.id, item);
    },
    edit: (phone) => change(phone, () => ({ text: phone.world.ledger.type(phone.random, phone.canary) })),
    tick: (phone) =>
        change(phone, (item) => phone.random.pick([{ done: !item.done }, { owner: phone.random.pick([null, 'Court', 'Health']) }, { due: '2016-03-01' }])),
    move: (phone) => change(phone, (item) => ({ order_key: someKey(phone.random, live(phone).filter((i) => i.prompt_id === item.prompt_id)) })),
    remove(phone) {
        const many = live(phone).length > CROWD ? 4 : 1;
        for (let i = 0; i < many; i++) change(phone, { _deleted: true });
    },
    bookmark(phone) {
        const { random, store, world } = phone;
        const id = random.pick(world.sessions);
        const there = store.shown('bookmarks').some((doc) => doc.id === id);
        store.change('bookmarks', id, { session_id: id, _deleted: there });
    },

    async push(phone) {
        await phone.push('items', { most: phone.random.pick([1, 3, 100]) });
        if (phone.random.chance(0.3)) await phone.push('bookmarks');
    },
    async pull(phone) {
        const { random, watches } = phone;
        const limit = random.chance(0.4) ? 500 : 1 + random.below(random.pick([3, 20, 500]));
        for (const collection of watches ? [random.pick(phone.collections())] : phone.collections())
            for (let i = 0; i < 4 && !(await phone.pullPage(collection, limit, phone.fault())); i++);
        phone.woken = false;
    },
    pages: (phone) => phone.pullPage(phone.bundle ? '' : 'items', 501 + phone.random.below(500)),

    // --- the same items over REST ---
    async create(phone) {
        const item = newItem(phone);
        const { id, prompt_id, text } = item;
        phone.world.ledger.sent(id, undefined, item, true, phone.name);
        const reply = await phone.ask('POST', `/worksheets/${phone.team.worksheet}/items`, { id, prompt_id, text }, phone.fault());
        if (reply.status === 201 || reply.status === 200) phone.world.ledger.acked(item);
        else if (reply.status !== 409) throw new Error(`POST an item: ${reply.status} ${reply.text}`);
    },
    async patch(phone) {
        const item = someItem(phone);
        if (!item) return;
        const path = `/worksheets/${phone.team.worksheet}/items/${item.id}`;
        const reply = await phone.ask('PATCH', path, { done: !item.done }, phone.fault());
        if (![200, 404, 409].includes(reply.status)) throw new Error(`PATCH an item: ${reply.status} ${reply.text}`);
    },
    async read(phone) {
        const { random, team } = phone;
        await phone.ask('GET', random.pick(['/worksheets', `/worksheets/${team.worksheet}`, `/teams/${team.id}/members`, `/worksheets/${team.worksheet}/revisions?limit=5`, `/worksheets/${team.worksheet}/presence`]));
    },

    // What was typed while the worksheet was handed in.
    async takeLate(phone) {
        const w = `/worksheets/${phone.team.worksheet}`;
        const late = await phone.ask('GET', `${w}/late?limit=20`);
        const edit = phone.random.pick(late.json.items ?? []);
        // A restored server does not know that it was taken; phones may hold the sibling that it became then.
        if (edit && phone.world.ledger.lives) phone.world.ledger.get(edit.text)?.variants.add(`taken ${edit.id}`);
        if (edit) await phone.ask('POST', `${w}/late/${edit.id}/take`, undefined, phone.fault());
    },

    // --- the network, the pocket, the battery ---
    again(phone) {
        const mine = phone.world.pushed.slice(-400).filter((p) => p.phone === phone && p.epoch === phone.store.epoch);
        if (!mine.length) return undefined;
        return phone.ask('POST', '/sync/items/push', phone.random.pick(mine).rows, 'unheard');
    },
    leave: (phone) => void (phone.away = 5 + phone.random.below(60)),
    restart(phone) {
        phone.late = [];
        phone.deaf();
        phone.doubts = true;
    },
    async loseStore(phone) {
        await phone.settle(); // what it alone holds after a restore would be gone with it
        acts.restart(phone);
        phone.store.forget();
        phone.anew = true;
    },
    stream: (phone) => (phone.hangUp ? phone.deaf() : phone.listen()),

    // --- good rows among bad ones ---
    async poison(phone) {
        const good = [newItem(phone), newItem(phone)];
        const rows = mixed(phone, good.map((newDocumentState) => ({ newDocumentState })));
        for (const item of good) phone.world.ledger.sent(item.id, undefined, item, true, phone.name);
        const reply = await phone.ask('POST', '/sync/items/push', rows);
        if (reply.status !== 200)
            return phone.world.failures.add(8, `a push with bad rows was answered ${reply.status} ${reply.text.slice(0, 200)}`);
        const conflicts = new Map(reply.json.map((doc) => [doc.id, doc]));
        for (const item of good) {
            phone.world.ledger.acked(item);
            phone.store.entries.get('items').set(item.id, { mine: item });
            phone.store.answered('items', item.id, item, conflicts.get(item.id));
            if (conflicts.has(item.id)) phone.world.refused.push({ team: phone.team, item }); // late, or else a failure
        }
        return undefined;
    },

    // --- other people's things ---
    async trespass(phone) {
        const { random, world } = phone;
        const other = random.pick(world.teams.filter((t) => t !== phone.team));
        const theirs = other.someId(random);
        const owner = phone.team ? phone.canary : STRANGER;
        const fields = { prompt_id: random.pick(other.prompts), text: world.ledger.type(random, owner), owner: null, due: null, done: false, order_key: 'a0', _deleted: random.chance(0.2) };
        const id = random.chance(0.8) && theirs ? theirs : random.uuid();
        // An id that a restored server does not know (yet) is anybody's: see whether it is taken before that.
        const own = phone.team && !world.ledger.lives ? phone.team.worksheet : other.worksheet;
        const worksheet_id = random.pick([other.worksheet, own]);
        const row = { newDocumentState: { id, worksheet_id, ...fields } };
        if (random.chance(0.3)) row.assumedMasterState = { ...row.newDocumentState, text: 'a guess' };
        if (id !== theirs && worksheet_id !== other.worksheet) return;
        const w = `/worksheets/${other.worksheet}`;
        await random.pick([
            () => phone.ask('POST', '/sync/items/push', [row]),
            () => phone.ask('GET', w),
            () => phone.ask('GET', `${w}/revisions`),
            () => phone.ask('GET', `${w}/versions/1`),
            () => phone.ask('GET', `${w}/late`),
            () => phone.ask('GET', `${w}/presence`),
            () => phone.ask('GET', `${w}?as_of=${random.below(world.newest)}`),
            () => phone.ask('POST', `${w}/items/${theirs ?? id}/redact`, {}),
            () => phone.ask('PATCH', `${w}/items/${theirs ?? id}`, { text: fields.text }),
            () => phone.ask('DELETE', `${w}/items/${theirs ?? id}`),
            () => phone.ask('POST', `${w}/items`, { id, prompt_id: fields.prompt_id, text: fields.text }),
        ])();
    },

    // --- the hosts ---
    async look(phone) {
        const team = phone.random.pick(phone.world.teams);
        const w = `/worksheets/${team.worksheet}`;
        const id = team.someId(phone.random);
        await phone.ask('GET', phone.random.pick(['/worksheets', w, `${w}/revisions`, `${w}/versions/1`, `${w}/late`, `${w}/presence`, `${w}?as_of=${phone.random.below(phone.world.newest)}`, '/teams', `/teams/${team.id}/members`, `${w}/items/${id}`, '/representation', '/sync/items/pull?seq=0&limit=500', '/sync/pull?seq=0', '/nothing', '/attendees']));
    },
    // Gone for good is what the journal of the item says before, unless it was typed for another item, too.
    async redact(phone) {
        const { world, random, store } = phone;
        const item = random.pick(store.shown('items'));
        const team = item && world.teams.find((t) => t.worksheet === item.worksheet_id);
        if (!team) return;
        const { lives } = world.ledger;
        const rows = await journal(world, { worksheet: team.worksheet, watcher: team.watcher });
        const others = new Set(rows.filter((row) => ![item.id, item.fork_of].includes(row.item_id)).map((row) => numberOf(row.text)));
        const names = rows.filter((row) => row.item_id === item.id).map((row) => numberOf(row.text)).filter((name) => name && !others.has(name));
        world.ledger.redacted(item.id, names); // whatever becomes of it
        const path = `/worksheets/${team.worksheet}/items/${item.id}/redact`;
        const reply = await phone.ask('POST', path, { reason: 'a name' }, phone.fault()).finally(() => world.restarted(team));
        if (reply.status === 404) return;
        if (reply.status !== 200) throw new Error(`redact: ${reply.status} ${reply.text}`);
        world.befallen.redacted++;
        if (lives === world.ledger.lives) world.redacted.push(...names.map((name) => ({ team, name, item })));
    },
    announce: (phone) => phone.ask('POST', '/announcements', { title: 'Lunch', body: `at ${phone.random.below(24)}`, priority: 'normal' }),
    async publicEdit(phone) {
        const id = phone.random.pick(phone.world.sessions);
        const { headers, status } = await phone.ask('GET', `/sessions/${id}`);
        if (status === 200)
            await phone.world.wire.ask({ ...phone.who(), match: headers.etag }, 'PATCH', `${EVENT}/sessions/${id}`, { capacity: 1 + phone.random.below(500) });
    },

    // --- handing in ---
    async lead(phone) {
        const { random, team, world } = phone;
        const w = `/worksheets/${team.worksheet}`;
        const about = world.ledger.teams[team.number];
        const act = team.submitted ? (random.chance(0.7) ? 'reopen' : 'nothing') : random.weighted({ submit: 5, share: about.shared ? 0 : 1, unshare: about.shared ? 4 : 0 });
        if (act === 'nothing') return;
        if (act === 'reopen') {
            const reply = await phone.ask('POST', `${w}/reopen`, { note: 'once more' }, phone.fault());
            if (reply.status === 200 || reply.status === 409) team.submitted = false;
            return;
        }
        if (act === 'unshare') {
            const reply = await phone.ask('DELETE', `${w}/share`, undefined, phone.fault());
            if (reply.status !== 204) return;
            world.ledger.readableAll(team.number);
            about.shared = false;
            return;
        }
        about.opening++; // until it is known what became of it: after a lost answer, at the next quiet
        const body = act === 'submit' ? { as_of_seq: (await phone.ask('GET', w)).json.seq } : undefined;
        if (act === 'submit') team.submitted = true;
        const reply = await phone.ask('POST', `${w}/${act}`, body, phone.fault());
        if (reply.status === 200 && act === 'share') about.shared = true;
        if (reply.status === 200) world.ledger.readableAll(team.number); // its history, too
        if (reply.status !== 200 && act === 'submit') team.submitted = false;
        about.opening--;
    },
};

// Bad rows of every kind, with the good ones anywhere among them.
function mixed(phone, good) {
    const { random, world } = phone;
    const base = () => ({ ...newItem(phone), text: 'a row that cannot be taken' });
    const other = random.pick(world.teams.filter((t) => t !== phone.team));
    const bad = [
        5, null, 'x', [], true, {}, { newDocumentState: null }, { newDocumentState: 7 }, { newDocumentState: {} },
        { newDocumentState: { ...base(), id: 'no-uuid' } }, { newDocumentState: { ...base(), id: 9 } },
        { newDocumentState: { ...base(), worksheet_id: random.uuid() } }, { newDocumentState: { ...base(), worksheet_id: null } },
        { newDocumentState: { ...base(), prompt_id: random.uuid() } }, { newDocumentState: { ...base(), text: 12345 } },
        { newDocumentState: { ...base(), text: 'x'.repeat(64 * 1024 + 1) } }, { newDocumentState: { ...base(), order_key: 'k'.repeat(10240) } },
        { newDocumentState: { ...base(), due: 'tomorrow' } }, { newDocumentState: { ...base(), owner: 'o'.repeat(5000) } },
        { newDocumentState: { ...base(), done: 'yes' } }, { newDocumentState: { ...base(), deep: JSON.parse('['.repeat(40) + ']'.repeat(40)) } },
        { assumedMasterState: 3, newDocumentState: { ...base(), _deleted: 'perhaps' } },
        { newDocumentState: { ...base(), id: other.someId(random) ?? random.uuid(), worksheet_id: other.worksheet } },
    ];
    const rows = Array.from({ length: 1 + random.below(6) }, () => random.pick(bad));
    for (const row of good) rows.splice(random.below(rows.length + 1), 0, row);
    return rows;
}

// One operation. A network's faults are part of it; anything else that goes wrong ends the run.
export async function act(phone, name) {
    try {
        if (phone.away > 0 && !['type', 'edit', 'tick', 'move', 'remove', 'bookmark'].includes(name)) return void phone.away--;
        if (phone.late.length) await phone.deliverLate();
        if (phone.doubts && !phone.away) await phone.settleEpoch();
        await acts[name](phone);
    } catch (error) {
        if (!(error instanceof Lost)) throw error;
        if (!['lost', 'unheard'].includes(error.message)) phone.doubts = true;
        if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', '503'].includes(error.message)) await phone.world.back();
    }
    return undefined;
}
