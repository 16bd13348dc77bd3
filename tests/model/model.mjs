// model.mjs - simulated phones against the real process, held to the ten invariants of sync, and to that of redaction. Prints TAP.
//
//   SEED=n      repeats a run's choices (printed at the start, and with each failure)
//   OPS=n       operations, 20,000 as a rule; an operation is one action of one phone
//   SOAK=s      goes on for so many seconds instead
//   FIRST=1     stops at the first failure and names it: what mutants.sh reads
//   FOCUS=name  another mix of actions and events: plans.mjs
//   BINARY=file, SEEDED=folder   another build; seed data that was loaded before
//
// Node >= 18, no packages. What clients decide follows the seed; which of two requests under way at the same
// time the server takes first does not, so a failure that hangs on that may need a few runs of its seed.
import { plans } from './plans.mjs';
import { World } from './world.mjs';

const INVARIANTS = [
    'every text answered 200 is in a revision, and visible unless one who had seen it replaced it',
    'no text is replaced by a writer who had not seen it',
    'after quiet every client equals a fresh pull, in the same order',
    'incremental pulls at any page size under concurrent writers equal a full pull',
    'idle clients leave seq alone',
    'a push repeated later changes nothing visible',
    'no text of a team reaches another team, or an organizer before it is submitted or shared',
    'a bad row delays no good row',
    'a snapshot never changes',
    'what was acknowledged survives kill -9',
    'what was redacted is found nowhere',
];

const { env } = process;
const seed = Number(env.SEED ?? Date.now() % 1000000);
const plan = plans[env.FOCUS ?? 'all'];
const operations = Number(env.OPS ?? plan.operations);
const soak = Number(env.SOAK ?? 0) * 1000;
const started = Date.now();
const seconds = () => ((Date.now() - started) / 1000).toFixed(1);

console.log(`# seed ${seed}`);
const world = new World({ seed, plan, first: env.FIRST === '1', binary: env.BINARY, seeded: env.SEEDED });
const { failures } = world;
let broken;

try {
    await world.open();
    const more = () => (soak ? Date.now() - started < soak : world.operations < operations) && !(failures.first && failures.any);
    for (let i = 0; more(); i++) {
        const until = world.operations + plan.phase;
        await world.phase(soak ? until : Math.min(until, operations), plan.events[i % plan.events.length]);
        await world.quiet();
        if (env.VERBOSE) console.log(`# ${world.operations} operations, ${world.wire.requests} requests, ${seconds()} s`);
    }
} catch (error) {
    broken = error;
}

for (const [i, name] of INVARIANTS.entries()) {
    const n = i + 1;
    const list = failures.lists.get(n) ?? [];
    console.log(`${list.length ? 'not ok' : 'ok'} ${n} - invariant ${n}: ${name} (${world.counted[n]} looked at)`);
    if (list.length) console.log(`# ${list.length} failures; replay with SEED=${seed}${env.FOCUS ? ` FOCUS=${env.FOCUS}` : ''}`);
}
const { kill, restore, rotate, submitted, redacted } = world.befallen;
console.log(`# ${world.operations} operations, ${world.wire.requests} requests, ${world.ledger.texts.size} texts, ${kill} kills, ` +
    `${restore} restores, ${rotate} revocations, ${submitted} versions, ${redacted} redactions, ${seconds()} s, seed ${seed}`);
if (broken) {
    console.log(`not ok ${INVARIANTS.length + 1} - the run went to its end`);
    console.log(`# ${String(broken.stack ?? broken).replaceAll('\n', '\n# ')}`);
    console.log(`# server: ${world.server.tail().replaceAll('\n', '\n# ')}`);
}
console.log(`1..${INVARIANTS.length + (broken ? 1 : 0)}`);
if (env.KEEP) console.log(`# kept ${world.server.folder}`);
else await world.close().catch(() => {});
process.exit(broken || failures.any ? 1 : 0);
