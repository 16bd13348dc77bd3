// ledger.mjs - what the model knows of every text: who typed it, where it was sent, whether the server said
// 200, whether somebody who had seen it replaced it, and who may read it.
//
// Each text bears a canary: CANARY-<owner>-<number>. The owner is a team's number, or a stranger's.

const CANARY = /CANARY-(\d+)-(\d+)/g;
const WORDS = 'school liaison shelter intake <b>&amp; "quoted" \\n zażółć 児童 🙂 \u202Ertl\u202C O\'Neil -- % {} []'.split(' ');

export const ORGANIZER = 8;
export const STRANGER = 9;

export const numberOf = (text) => (text ? /CANARY-\d+-\d+/.exec(text)?.[0] : undefined);

export class Ledger {
    constructor(failures) {
        this.failures = failures;
        this.texts = new Map();
        this.teams = [0, 1, 2].map(() => ({ readable: new Set(), shared: false, opening: 0 }));
        this.scanned = 0;
        this.started = Date.now();
        this.redacting = new Set(); // items
        this.lives = 0; // of the server: a restored one knows nothing of what was sent before
    }

    type(random, owner, long) {
        const name = `CANARY-${owner}-${this.texts.size + 1}`;
        const words = Array.from({ length: long ? 400 : random.below(8) }, () => random.pick(WORDS)).join(' ');
        const text = `${name} ${words}`;
        this.texts.set(name, { name, text, owner, ids: new Set(), variants: new Set(), acked: false, replaced: false, told: [] });
        return text;
    }

    get(text) {
        return this.texts.get(numberOf(text));
    }

    // What befell a text, for the message of a failure.
    tell(text, what) {
        text?.told.push(`${Date.now() - this.started}: ${what}`);
    }

    // A row leaves: its writer has seen `base`, and whatever it replaces there.
    sent(id, base, to, typed = true, by = '') {
        const text = to._deleted ? undefined : this.get(to.text);
        this.tell(text, `${by} sends it, ${typed ? 'typed' : 'held'}, over ${numberOf(base?.text) ?? 'nothing'}`);
        if (base?.text && (to._deleted || base.text !== to.text)) {
            const gone = this.get(base.text);
            if (gone) gone.replaced = true;
            this.tell(gone, `${by} replaces it`);
        }
        if (!text) return;
        if (typed || text.ids.has(id)) text.variants.add(`${id}|${base?.text}|${this.lives}`);
        if (typed) text.ids.add(id);
        if (this.redacting.has(id)) this.redacted(id, []);
    }

    acked(to) {
        const text = to._deleted ? undefined : this.get(to.text);
        if (text && !text.redacted) Object.assign(text, { acked: true, life: this.lives });
        this.tell(text, '200');
    }

    // The server need not have it (any more).
    given(text) {
        const known = this.get(text);
        if (known) known.acked = false;
        this.tell(known, 'given up');
    }

    // What was typed for an item may be taken out of it, what is on its way until the next quiet included.
    redacted(id, names) {
        this.redacting.add(id);
        for (const text of this.texts.values())
            if (text.ids.has(id) || names.includes(text.name)) {
                text.redacted = text.replaced = true;
                text.acked = false;
                this.tell(text, 'redacted');
            }
    }

    // --- who may read ---

    // Noted when a request leaves, so that what was readable at either end of it counts.
    asking() {
        return this.teams.map((t) => t.shared || t.opening > 0);
    }

    heard(who, request, text, before) {
        this.scanned++;
        if (!text.includes('CANARY')) return;
        for (const [name, owner] of text.matchAll(CANARY)) {
            const team = Number(owner);
            if (team === who.canary) continue;
            const t = this.teams[team];
            if (who.canary === ORGANIZER && t && (before[team] || t.shared || t.opening || t.readable.has(name))) continue;
            this.failures.add(7, `${name} reached ${who.name} by ${request}`);
        }
    }

    readable(team, body) {
        for (const [name] of body.matchAll(CANARY)) this.teams[team].readable.add(name);
    }

    readableAll(team) {
        for (const t of this.texts.values()) if (t.owner === team) this.teams[team].readable.add(t.name);
    }
}

export class Failures {
    constructor(first) {
        this.first = first; // stop at the first
        this.lists = new Map();
    }

    add(invariant, message) {
        const list = this.lists.get(invariant) ?? [];
        this.lists.set(invariant, list);
        list.push(message);
        if (list.length <= 5) console.log(`# invariant ${invariant}: ${message}`);
    }

    get any() {
        return this.lists.size > 0;
    }
}
