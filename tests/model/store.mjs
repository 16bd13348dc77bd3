// store.mjs - what a phone keeps: documents, what it has changed of them, and how far it has pulled.
//
//   master   what the server last said of a document
//   base     the master that the person had seen when they changed it: the push's assumedMasterState
//   mine     the person's state, until the server has answered it
//
// Conflicts are resolved as RxDB's default handler does: the server's document is taken, mine is dropped.

export const PUSHED = ['items', 'bookmarks'];
const FIELDS = {
    items: ['id', 'worksheet_id', 'prompt_id', 'text', 'owner', 'due', 'done', 'order_key'],
    bookmarks: ['id', 'session_id'],
};

export const clientFields = (collection, doc) => {
    if (!doc || doc._deleted) return { id: doc?.id, _deleted: true };
    const state = Object.fromEntries(FIELDS[collection].map((name) => [name, doc[name] ?? null]));
    if (collection === 'items') state.done = Boolean(state.done);
    return { ...state, _deleted: false };
};

export const same = (collection, a, b) =>
    JSON.stringify(clientFields(collection, a)) === JSON.stringify(clientFields(collection, b));

export class Store {
    constructor() {
        this.epoch = undefined;
        this.told = new Map(); // what befell each document here, for the message of a failure
        this.forget();
    }

    tell(id, what, doc) {
        const list = this.told.get(id) ?? [];
        this.told.set(id, list);
        const state = doc && (doc._deleted ? 'gone' : `${/CANARY-[\d-]*/.exec(doc.text)} ${doc.done} ${doc.order_key} ${doc.owner} ${doc.seq}`);
        list.push(`${what}${state ? ` ${state}` : ''}`);
        if (list.length > 16) list.shift();
    }

    forget() {
        this.entries = new Map(PUSHED.map((name) => [name, new Map()]));
        this.restart();
    }

    // Pull from the beginning: documents that may be gone are dropped, what is changed here stays.
    restart() {
        this.seq = {}; // by collection; '' for the bundle
        this.documents = new Map();
        for (const entries of this.entries.values())
            for (const [id, entry] of entries) {
                entry.master = undefined;
                if (!entry.mine) entries.delete(id);
            }
    }

    // After a restore of the server: what is held of these collections is to be pushed, seen by nobody there.
    restartHolding(collections) {
        for (const name of collections)
            for (const entry of this.entries.get(name).values()) {
                entry.back = true;
                this.tell(entry.mine?.id ?? entry.master.id, 'held for another epoch', entry.mine ?? entry.master);
                entry.held = !entry.mine; // not typed anew
                entry.mine ??= clientFields(name, entry.master);
                entry.base = undefined;
            }
        this.restart();
    }

    pulled(collection, doc) {
        const entries = this.entries.get(collection);
        if (!entries) {
            if (!this.documents.has(collection)) this.documents.set(collection, new Map());
            if (doc._deleted) this.documents.get(collection).delete(doc.id);
            else this.documents.get(collection).set(doc.id, doc);
            return;
        }
        const entry = entries.get(doc.id);
        this.tell(doc.id, 'pulled', doc);
        if (!entry && !doc._deleted) entries.set(doc.id, { master: doc });
        else if (entry && doc._deleted && !entry.mine) entries.delete(doc.id);
        else if (entry) entry.master = doc._deleted ? undefined : doc;
    }

    // `replaced` is told of a held text that its phone changes before the server has it again.
    change(collection, id, fields, replaced) {
        const entries = this.entries.get(collection);
        const entry = entries.get(id) ?? {};
        if (entry.back) replaced?.(entry.mine.text);
        if (!entry.mine) entry.base = entry.master;
        entry.mine = { ...clientFields(collection, entry.mine ?? entry.master), id, _deleted: false, ...fields };
        entry.held = false;
        entries.set(id, entry);
        this.tell(id, 'changed', entry.mine);
    }

    dirty(collection) {
        return [...this.entries.get(collection)].filter(([, entry]) => entry.mine);
    }

    // What the server answered to a row that was sent: its document when there was a conflict.
    answered(collection, id, sent, conflict) {
        const entries = this.entries.get(collection);
        const entry = entries.get(id);
        if (!entry) return;
        const master = conflict ?? sent;
        const changed = entry.mine && !same(collection, entry.mine, sent);
        this.tell(id, conflict ? 'conflict' : 'accepted', master);
        if (changed) {
            if (!conflict) entry.base = sent._deleted ? undefined : sent;
            return;
        }
        entry.mine = entry.base = entry.held = entry.back = undefined;
        if (master._deleted) entries.delete(id);
        else if (conflict || !entry.master || !same(collection, entry.master, sent)) entry.master = master;
    }

    // As the screen shows it.
    shown(collection) {
        return [...this.entries.get(collection).values()].map((e) => e.mine ?? e.master).filter((d) => d && !d._deleted);
    }

    // Everything that was pulled, as one comparable text a collection.
    fingerprint() {
        const lines = [];
        const byId = (a, b) => (a.id < b.id ? -1 : 1);
        for (const [name, documents] of this.documents)
            for (const doc of [...documents.values()].sort(byId)) lines.push(`${name} ${JSON.stringify(doc)}`);
        for (const name of PUSHED)
            for (const doc of this.shown(name).sort(byId)) lines.push(`${name} ${JSON.stringify(clientFields(name, doc))}`);
        return lines.sort();
    }
}

export const inOrder = (items) =>
    [...items].sort((a, b) => (a.order_key < b.order_key ? -1 : a.order_key > b.order_key ? 1 : a.id < b.id ? -1 : 1));
