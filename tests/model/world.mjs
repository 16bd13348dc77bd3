// world.mjs - the convening: three teams with their phones, the hosts, an attendee; and what befalls them all.
import { Ledger, Failures, numberOf } from './ledger.mjs';
import { Phone } from './phone.mjs';
import { Random } from './random.mjs';
import { Server } from './server.mjs';
import { EVENT, Lost, Wire } from './wire.mjs';
import { act, weightsOf } from './acts.mjs';
import { checkAll, checkDurable, journal } from './checks.mjs';

const PHONES = 4; // a team's, and one that only watches
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

export class World {
    constructor({ seed, plan, first, binary, seeded }) {
        this.plan = plan;
        this.random = new Random(seed, 'world');
        this.seed = seed;
        this.failures = new Failures(first);
        this.ledger = new Ledger(this.failures);
        this.server = new Server({ binary, seeded });
        this.wire = new Wire(this.server, {
            asking: () => this.ledger.asking(),
            heard: (...what) => this.ledger.heard(...what),
        });
        Object.assign(this, { operations: 0, newest: 0, pushed: [], refused: [], redacted: [], phones: [], teams: [] });
        this.counted = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => [n, 0]));
        this.befallen = { kill: 0, restore: 0, rotate: 0, submitted: 0, redacted: 0 };
        this.up = Promise.resolve();
    }

    // --- the beginning ---

    async open() {
        await this.server.start();
        this.organizer = new Phone(this, 'organizer', { random: new Random(this.seed, 'organizer'), role: 'organizer', bundle: true });
        await this.organizer.join();
        const info = await this.must(this.organizer, 'GET', '/sync/info');
        this.collections = info.json.collections;
        const all = async (what) => (await this.must(this.organizer, 'GET', `/${what}?limit=100`)).json.items;
        this.sessions = (await all('sessions')).filter((s) => s.status !== 'draft').map((s) => s.id);
        this.badge = (await all('attendees'))[0].id;
        const worksheets = await all('worksheets');
        const teams = (await all('teams')).filter((t) => !worksheets.find((w) => w.team_id === t.id).items).slice(0, 3);
        for (const [number, { id, slug }] of teams.entries()) await this.addTeam(number, id, slug, worksheets.find((w) => w.team_id === id).id);
        this.attendee = new Phone(this, 'attendee', { random: new Random(this.seed, 'attendee'), role: 'attendee', bundle: false });
        this.phones.push(this.organizer, this.attendee);
        await this.attendee.join();
    }

    async addTeam(number, id, slug, worksheet) {
        const sheet = await this.must(this.organizer, 'GET', `/worksheets/${worksheet}`);
        const team = { number, id, slug, worksheet, prompts: sheet.json.prompts.map((p) => p.id).slice(0, 3), snapshots: new Map(), submitted: false };
        team.someId = (random) => random.pick(team.watcher.store.shown('items'))?.id;
        this.teams.push(team);
        for (let i = 0; i <= PHONES; i++) {
            const name = `team ${number} ${i < PHONES ? `phone ${i}` : 'watcher'}`;
            const phone = new Phone(this, name, { team, random: new Random(this.seed, name), bundle: i % 2 === 0, role: 'member' });
            phone.lead = i === 0;
            phone.watches = i === PHONES;
            if (phone.watches) team.watcher = phone;
            this.phones.push(phone);
            await phone.join();
        }
    }

    // --- asked for by phones ---

    // An answer that is needed, by a phone's rights: one that was revoked joins again.
    async must(phone, method, path, body) {
        if (!phone.ready) await phone.join();
        const reply = await this.wire.ask(phone.who(), method, EVENT + path, body);
        if (reply.status === 401) {
            phone.ready = false;
            return this.must(phone, method, path, body);
        }
        if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
        return reply;
    }

    organizerToken() {
        return this.server.token('csec2015', 'organizer');
    }

    async teamCode(team) {
        return (await this.must(this.organizer, 'GET', `/teams/${team.id}/code`)).json.code;
    }

    async attendeeCode() {
        return (await this.must(this.organizer, 'GET', `/attendees/${this.badge}/code`)).json.code;
    }

    // After a fault of the connection: the server may be on its way back.
    back() {
        return this.up;
    }

    wasLate(team, to) {
        return team.journal.some((row) => row.item_id === to.id && row.verdict === 'late');
    }

    // Its journal and its versions are to be read again, from the beginning.
    restarted(team) {
        team.journal = [];
        team.snapshots.clear();
    }

    // What organizers may read of a team is known again.
    settled(team, sheet) {
        const about = this.ledger.teams[team.number];
        if (about.opening || about.shared !== sheet.shared) this.ledger.readableAll(team.number);
        about.opening = 0; // nothing is under way
        about.shared = sheet.shared;
        team.submitted = sheet.state === 'submitted';
        if (team.submitted) this.ledger.readable(team.number, JSON.stringify(sheet));
        this.befallen.submitted = Math.max(this.befallen.submitted, sheet.version);
    }

    // --- what befalls everybody ---

    async whileDown(work) {
        let done;
        this.up = new Promise((back) => (done = back));
        try {
            await work();
            await this.server.start();
        } finally {
            done();
        }
    }

    async kill() {
        for (let i = 0; i < 200 && this.wire.pushes < 2; i++) await sleep(1);
        this.befallen.kill++;
        let acknowledged, newest;
        await this.whileDown(async () => {
            await this.server.stop('SIGKILL');
            acknowledged = [...this.ledger.texts.values()].filter((text) => text.acked && text.life === this.ledger.lives);
            newest = this.newest;
        });
        await checkDurable(this, acknowledged);
        const { seq } = (await this.must(this.organizer, 'GET', '/sync/info')).json;
        if (seq < newest) this.failures.add(10, `after kill -9 seq is ${seq}; ${newest} had been handed out`);
    }

    async rotate() {
        this.befallen.rotate++;
        const team = this.random.pick(this.teams);
        await this.must(this.organizer, 'POST', `/teams/${team.id}/code/rotate`);
    }

    async backup() {
        const at = this.operations;
        this.kept = { at, folder: await this.server.backup(`backup${at}`) };
    }

    // Texts that the backup lacks come back from the phones that hold them, or are gone. Every phone notices:
    // its stream broke, or its poll failed.
    async restore() {
        if (!this.kept) return;
        this.befallen.restore++;
        const { folder, at } = this.kept;
        let acknowledged, known;
        await this.whileDown(async () => {
            await this.server.stop(this.random.pick(['SIGTERM', 'SIGKILL']));
            this.server.restore(folder);
            acknowledged = [...this.ledger.texts.values()].filter((text) => text.acked);
            known = this.held();
            this.newest = 0;
            this.refused = [];
            this.redacted = []; // the backup may hold it
            this.ledger.lives++;
            for (const about of this.ledger.teams) about.opening++; // what was shared once may be again, until it is quiet
            for (const phone of this.phones) phone.doubts = true;
        });
        for (const team of this.teams) {
            team.journal = [];
            for (const row of await journal(this, team)) known.add(numberOf(row.text));
            for (const [version, snapshot] of team.snapshots) if (snapshot.at >= at) team.snapshots.delete(version);
        }
        for (const text of acknowledged)
            if (known.has(text.name)) this.ledger.tell(text, 'restored; held, or in the backup');
            else this.ledger.given(text.text);
    }

    held() {
        const known = new Set();
        for (const phone of this.phones)
            if (phone.team) for (const item of phone.store.shown('items')) known.add(numberOf(item.text));
        return known;
    }

    // --- time passes ---

    // Everybody at once, until `until` operations are done; then what is under way ends.
    async phase(until, events) {
        this.running = true;
        const turn = async (phone) => {
            while (this.running && this.operations < until && !(this.failures.first && this.failures.any)) {
                this.operations++;
                await act(phone, phone.woken && phone.random.chance(0.5) ? 'pull' : phone.random.weighted(weightsOf(phone)));
            }
        };
        const from = this.operations;
        const director = (async () => {
            for (const [i, event] of events.entries()) {
                const at = from + ((until - from) * (i + 1)) / (events.length + 1);
                while (this.operations < at && this.running) await sleep(1);
                if (this.running) await this[event]();
            }
        })();
        try {
            await Promise.all([...this.phones.map(turn), director]);
        } finally {
            this.running = false;
        }
    }

    // Until nothing is on its way: late requests arrive, requests that were given up have been worked off.
    async quiet() {
        for (const phone of this.phones) {
            phone.away = 0;
            phone.deaf();
            await phone.deliverLate(true);
        }
        await sleep(60);
        this.ledger.redacting.clear();
        for (let i = 0; ; i++) {
            try {
                return await checkAll(this);
            } catch (error) {
                if (!(error instanceof Lost) || i === 20) throw error; // a device that was revoked joins again
            }
        }
    }

    async close() {
        for (const phone of this.phones) phone.deaf();
        this.wire.agent.destroy();
        await this.server.stop();
        this.server.remove();
    }
}
