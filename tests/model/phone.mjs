// phone.mjs - one client of the wire: joins, pulls by collection or bundle, pushes with assumedMasterState,
// and keeps a store. Knows the faults of networks; what it does next is acts.mjs's.
import { EVENT, Lost } from './wire.mjs';
import { Store, same } from './store.mjs';

const MEMBERS = ['items', 'bookmarks', 'worksheets', 'teams', 'sessions', 'announcements'];
const FAULTS = { none: 86, lost: 4, unheard: 4, aborted: 3, twice: 3 };
const PUSH_FAULTS = { none: 78, lost: 4, unheard: 6, aborted: 4, twice: 4, late: 4 };
const SKEW = 7 * 24 * 3600 * 1000;

export class Phone {
    constructor(world, name, { team, random, bundle, role }) {
        Object.assign(this, { world, name, team, random, bundle, role });
        this.canary = team ? team.number : role === 'organizer' ? 8 : 9;
        this.store = new Store();
        this.skew = random.below(2 * SKEW) - SKEW; // of its clock
        this.away = 0; // actions until it is online again
        this.late = []; // requests that the network still holds
        this.doubts = false; // it lost the server: is it still the same?
        this.ready = false;
        this.texts = 0;
    }

    // --- joining ---

    async join() {
        if (this.role === 'organizer') {
            this.token = await this.world.organizerToken();
            this.doubts = this.ready = true;
            return;
        }
        const code = this.team ? await this.world.teamCode(this.team) : await this.world.attendeeCode();
        const reply = await this.world.wire.ask({ ...this.who(), token: undefined }, 'POST', '/v1/auth/join',
            { code, display_name: this.name });
        if (reply.status === 401 || reply.status === 429) throw new Lost('the code was rotated');
        if (reply.status !== 200) throw new Error(`join: ${reply.status} ${reply.text}`);
        this.token = reply.json.access_token;
        this.participant = reply.json.participant.id;
        this.store.entries.get('bookmarks').clear(); // they were another participant's
        this.anew = this.doubts = true;
        if (this.lead) await this.claimLead();
        this.ready = true;
    }

    async claimLead() {
        const to = { participant_id: this.participant };
        await this.world.wire.ask(this.world.organizer, 'PUT', `${EVENT}/teams/${this.team.id}/lead`, to);
    }

    who() {
        return { token: this.token, name: this.name, canary: this.canary };
    }

    async ask(method, path, body, fault) {
        if (!this.ready) await this.join();
        const reply = await this.world.wire.ask(this.who(), method, EVENT + path, body, fault);
        if (reply.status === 401) {
            this.ready = false;
            throw new Lost('revoked');
        }
        if (reply.status === 503 || reply.status === 429) throw new Lost(`${reply.status}`);
        return reply;
    }

    // A restored server is another one: everything held goes back to it.
    async settleEpoch() {
        this.doubts = false; // before the question: what happens meanwhile may raise new ones
        const { json, status } = await this.ask('GET', '/sync/info').catch((error) => {
            this.doubts = true;
            throw error;
        });
        if (status !== 200) throw new Error(`info: ${status}`);
        const other = this.store.epoch && this.store.epoch !== json.epoch;
        if (other) this.store.restartHolding(this.team ? ['items', 'bookmarks'] : ['bookmarks']);
        else if (this.anew) this.store.restart();
        this.store.epoch = json.epoch;
        // Before its first pushes, or after: what their answers bring in is taken away again, too.
        if ((other || this.anew) && this.random.chance(0.5)) await this.pullAll().catch((error) => {
            this.anew = this.doubts = true;
            throw error;
        });
        this.anew = false;
        return json;
    }

    // --- pull ---

    async pullPage(collection, limit, fault) {
        const { store, world } = this;
        const path = collection ? `/sync/${collection}/pull` : '/sync/pull';
        const seq = store.seq[collection] ?? 0;
        const reply = await this.ask('GET', `${path}?seq=${seq}&limit=${limit}`, undefined, fault);
        if (limit > 500) {
            if (reply.status !== 400) world.failures.add(4, `limit ${limit} was answered ${reply.status}: a page of 500 looks like the last`);
            return false;
        }
        if (reply.status !== 200) throw new Error(`pull: ${reply.status} ${reply.text}`);
        const rows = reply.json.documents?.map((document) => ({ collection, document })) ?? reply.json.changes;
        const next = reply.json.checkpoint.seq;
        if (rows.length > limit || next < seq || (!rows.length && next !== seq))
            world.failures.add(4, `${path}?seq=${seq}&limit=${limit}: ${rows.length} rows, checkpoint ${next}`);
        for (const row of rows) store.pulled(row.collection, row.document);
        store.seq[collection] = next;
        world.newest = Math.max(world.newest, next);
        return rows.length < limit;
    }

    collections() {
        return this.bundle ? [''] : this.team ? MEMBERS : this.world.collections;
    }

    async pullAll(pick = () => 500) {
        for (const collection of this.collections())
            while (!(await this.pullPage(collection, pick())));
    }

    // --- push ---

    // As RxDB sends it: with the server's fields, as this phone believes them to be.
    row(collection, id, entry) {
        const to = { ...entry.mine };
        if (collection === 'items' && this.random.chance(0.5))
            Object.assign(to, { updated_at: new Date(Date.now() + this.skew).toISOString(), seq: this.random.below(99), author: null });
        return entry.base ? { assumedMasterState: entry.base, newDocumentState: to } : { newDocumentState: to };
    }

    async push(collection, { most = 100, faults = this.world.plan.faults ?? PUSH_FAULTS } = {}) {
        const { store, random } = this;
        const dirty = store.dirty(collection).slice(0, most);
        if (!dirty.length) return;
        const rows = dirty.map(([id, entry]) => this.row(collection, id, entry));
        const typed = dirty.map(([, entry]) => !entry.held);
        const fault = random.weighted(faults);
        const path = `/sync/${collection}/push`;
        if (fault === 'late') {
            this.late.push({ wait: 1 + random.below(20), collection, path, rows, typed, who: this.who() });
            return;
        }
        if (fault !== 'lost') this.leaves(collection, rows, typed);
        const twice = fault === 'twice' ? this.ask('POST', path, rows).catch(() => {}) : undefined;
        const reply = await this.ask('POST', path, rows, fault);
        await twice;
        this.hear(collection, rows, reply);
    }

    leaves(collection, rows, typed) {
        if (collection !== 'items') return;
        rows.forEach((row, i) => this.world.ledger.sent(row.newDocumentState.id, row.assumedMasterState, row.newDocumentState, typed[i], this.name));
    }

    hear(collection, rows, reply) {
        const { world, store } = this;
        if (reply.status !== 200) {
            world.failures.add(8, `a push of ${rows.length} rows by ${this.name} was answered ${reply.status} ${reply.text.slice(0, 200)}`);
            return;
        }
        const conflicts = new Map(reply.json.map((doc) => [doc.id, doc]));
        for (const row of rows) {
            const to = row.newDocumentState;
            if (collection === 'items' && this.team) world.ledger.acked(to);
            store.answered(collection, to.id, to, conflicts.get(to.id));
        }
        if (collection === 'items') world.pushed.push({ phone: this, rows, epoch: store.epoch });
    }

    // What the network held back arrives; nobody listens for its answer any more.
    deliverLate(all) {
        for (const held of this.late) held.wait--;
        const due = this.late.filter((held) => all || held.wait <= 0);
        this.late = this.late.filter((held) => !due.includes(held));
        return Promise.all(due.map(async (held) => {
            if (held.who.token !== this.token) return;
            this.leaves(held.collection, held.rows, held.typed);
            await this.world.wire.ask(held.who, 'POST', EVENT + held.path, held.rows).catch((error) => {
                if (!(error instanceof Lost)) throw error;
            });
        }));
    }

    fault() {
        const fault = this.random.weighted(FAULTS);
        return fault === 'twice' ? undefined : fault;
    }

    // --- the stream ---

    listen() {
        this.hangUp?.();
        if (this.ready) this.hangUp = this.world.wire.stream(this.who(), () => (this.woken = true));
    }

    deaf() {
        this.hangUp?.();
        this.hangUp = undefined;
    }

    // Nothing of the phone's own is left to send, and everything has come: no faults any more.
    async settle() {
        await this.settleEpoch();
        for (const collection of ['items', 'bookmarks']) {
            for (const [, entry] of this.store.dirty(collection))
                if (entry.master && same(collection, entry.master, entry.mine)) entry.mine = entry.base = entry.held = entry.back = undefined;
            for (let i = 0; i < 50 && this.store.dirty(collection).length; i++)
                await this.push(collection, { faults: { none: 1 } });
            if (this.store.dirty(collection).length)
                this.world.failures.add(3, `${this.name} cannot get rid of ${this.store.dirty(collection).length} changes`);
        }
    }
}
