// stream_test.mjs - the live stream of a real process: what wakes it, what does not, how it ends. Prints TAP.
//
// QUICK=1 leaves the heartbeat out (15 s). CONVENED_RELEASE names the binary.
import net from 'node:net';
import { caller, check, command, done, head, release, same, serve, sleep, temporary, test, until } from './lib.mjs';

const CONNECTIONS = 16;
const STREAMS = CONNECTIONS - CONNECTIONS / 8 - 1; // one worker in eight is never a stream's, nor is one more
const WAKE_MS = 100;
const ENV = { binary: release, metrics: 'off' };

// Events as they come: {status, events: [{name, data, at}], comments, ended, close()}.
function stream(server, token, { stall = false } = {}) {
    const s = { events: [], comments: [], status: 0, ended: false, text: '', from: performance.now() };
    const socket = net.connect({ port: server.port, host: '127.0.0.1', noDelay: true });
    let rest = '';
    socket.on('connect', () => socket.write(head('GET', `/v1/events/${server.event}/sync/stream`, { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' })));
    if (stall) socket.pause();
    else socket.on('data', (bytes) => {
        s.text += bytes;
        if (!s.status && s.text.includes('\r\n\r\n')) {
            s.head = s.text.slice(0, s.text.indexOf('\r\n\r\n'));
            s.status = Number(s.text.slice(9, 12));
            rest = s.text.slice(s.head.length + 4);
        } else if (s.status) {
            rest += bytes;
        }
        for (const block of rest.split('\n\n').slice(0, -1)) {
            const name = /^event: (.*)$/m.exec(block)?.[1];
            const at = performance.now();
            if (name) s.events.push({ name, data: JSON.parse(/^data: (.*)$/m.exec(block)[1]), at });
            else if (/^:/m.test(block)) s.comments.push(at);
            else s.retry = /^retry: (\d+)/m.exec(block)?.[1] ?? s.retry;
        }
        rest = rest.slice(rest.lastIndexOf('\n\n') + 2);
    });
    for (const event of ['end', 'close', 'error']) socket.on(event, () => ((s.ended ||= performance.now()), socket.destroy()));
    s.close = () => socket.destroy();
    s.resyncs = () => s.events.filter((e) => e.name === 'resync');
    s.open = () => until(() => s.resyncs().length || s.ended, 3000, 'the first event').then(() => s);
    return s;
}

const data = temporary('data');
await command(['seed', '--data', data, 'seed-data'], { binary: release });
const server = await serve({ ...ENV, data, args: ['--connections', `${CONNECTIONS}`] });
server.event = 'csec2015';
const E = '/v1/events/csec2015';
const hostToken = (await command(['token', '--data', data, '--event', 'csec2015', '--role', 'organizer'], { binary: release })).out.trim();
const host = caller(server.url, hostToken);
const sheets = (await host('GET', `${E}/worksheets?limit=100`)).body.items.filter((w) => !w.items).slice(0, 2);

async function join(worksheet) {
    const code = (await host('GET', `${E}/teams/${worksheet.team_id}/code`)).body.code;
    const reply = await caller(server.url)('POST', '/v1/auth/join', { code, display_name: 'Robin' });
    const token = reply.body.access_token;
    return { token, api: caller(server.url, token), worksheet };
}

const prompt = (await host('GET', `${E}/worksheets/${sheets[0].id}`)).body.prompts[0].id;
const [ann, bob, eve] = [await join(sheets[0]), await join(sheets[0]), await join(sheets[1])];
const write = async (who, text = 'a text') => {
    const reply = await who.api('POST', `${E}/worksheets/${who.worksheet.id}/items`, { prompt_id: prompt, text });
    check(reply.status === 201, `${reply.status} ${reply.text}`);
};
// Who goes away is noticed when something is said to them: two commits do.
const settleDown = async (...streams) => {
    for (const s of streams) s.close();
    for (let i = 0; i < 2; i++) {
        await host('POST', `${E}/announcements`, { title: 'Hello', body: 'everybody', priority: 'normal' });
        await sleep(80);
    }
};

await test('on connect comes one resync with a seq, and how long to wait before coming back', async () => {
    const s = await stream(server, ann.token).open();
    same(s.status, 200, 'status');
    check(/^content-type: text\/event-stream/im.test(s.head), s.head);
    check(/^cache-control: .*no-(store|cache|transform)/im.test(s.head), s.head);
    same(s.events.length, 1, 'events');
    check(Number.isInteger(s.events[0].data.seq), JSON.stringify(s.events));
    check(s.retry >= 1000 && s.retry <= 2000, `retry ${s.retry}`);
    await settleDown(s);
});

// First, while this test itself keeps few connections alive: they take workers, too.
await test('above the cap: 503 with Retry-After, and requests are still answered', async () => {
    const open = [];
    for (let i = 0; i < STREAMS; i++) open.push(await stream(server, ann.token).open());
    const statuses = `${open.map((s) => s.status)}`;
    const over = await bob.api('GET', `${E}/sync/stream`);
    same(over.status, 503, 'status');
    const wait = Number(over.headers.get('retry-after'));
    check(wait >= 15 && wait <= 30, `Retry-After ${over.headers.get('retry-after')}`);
    same((await bob.api('GET', `${E}/sync/info`)).status, 200, 'another request meanwhile');
    open.pop().close();
    await until(async () => (await stream(server, bob.token).open().then((next) => (open.push(next), next.status))) === 200, 4000,
        'the place of a stream that was closed is free soon, though nothing happens');
    await settleDown(...open);
    check(/^200(,200)*$/.test(statuses), statuses);
    await until(async () => {
        await write(ann);
        await sleep(100);
        const next = await stream(server, bob.token).open();
        next.close();
        return next.status === 200;
    }, 3000, 'a place that was given up is free');
});

await test(`a commit that the person may see wakes the stream within ${WAKE_MS} ms; nobody else's`, async () => {
    const [mine, theirs, hosts] = await Promise.all([bob, eve, { token: hostToken }].map((who) => stream(server, who.token).open()));
    const late = [];
    for (let i = 0; i < 10; i++) {
        const before = mine.resyncs().length;
        await write(ann);
        const at = performance.now();
        await until(() => mine.resyncs().length > before, 1000, 'the event');
        late.push(mine.resyncs().at(-1).at - at);
        await sleep(60);
    }
    check(Math.max(...late) < WAKE_MS, `after ${late.map(Math.round)} ms`);
    const { seq } = mine.resyncs().at(-1).data;
    check(seq > mine.resyncs()[0].data.seq, 'seq grows');
    same(theirs.events.length, 1, 'events of another team');
    same(hosts.events.length, 1, 'events of an organizer, to whom drafts are nothing');
    await settleDown(mine, theirs, hosts);
});

await test('what everybody may see wakes everybody', async () => {
    const all = await Promise.all([ann, eve, { token: hostToken }].map((who) => stream(server, who.token).open()));
    same((await host('POST', `${E}/announcements`, { title: 'Lunch', body: 'now', priority: 'normal' })).status, 201, 'announcement');
    for (const s of all) await until(() => s.resyncs().length === 2, WAKE_MS * 3, 'the event');
    await settleDown(...all);
});

await test('a burst of commits is few events, and the last one is told', async () => {
    const s = await stream(server, bob.token).open();
    const from = performance.now();
    await Promise.all(Array.from({ length: 60 }, () => write(ann)));
    const ms = performance.now() - from;
    await sleep(200);
    const heard = s.resyncs().length - 1;
    check(heard >= 1 && heard <= ms / 50 + 2, `${heard} events for 60 commits in ${Math.round(ms)} ms`);
    const pull = await bob.api('GET', `${E}/sync/pull?seq=${s.resyncs().at(-1).data.seq}`);
    same(pull.body.changes.length, 0, 'changes after the seq that was told');
    await settleDown(s);
});

await test('an event carries a number and nothing that was typed', async () => {
    const s = await stream(server, bob.token).open();
    await write(ann, 'CANARY in a text');
    await until(() => s.resyncs().length > 1, 1000, 'the event');
    check(!s.text.includes('CANARY'), s.text);
    for (const e of s.events) same(Object.keys(e.data).filter((k) => k !== 'seq'), [], 'members beside seq');
    await settleDown(s);
});

await test('it needs a token, and takes no other method', async () => {
    same((await caller(server.url)('GET', `${E}/sync/stream`)).status, 401, 'without a token');
    same((await ann.api('POST', `${E}/sync/stream`, {})).status, 405, 'POST');
    same((await ann.api('GET', '/v1/events/csec101/sync/stream')).status >= 403, true, 'of an event that is not theirs');
});

await test('a reader that stalls holds nobody up', async () => {
    const stalled = stream(server, bob.token, { stall: true });
    const s = await stream(server, bob.token).open();
    await sleep(100);
    const late = [];
    for (let i = 0; i < 40; i++) {
        const before = s.resyncs().length;
        const from = performance.now();
        await write(ann);
        await until(() => s.resyncs().length > before, 1000, 'the event beside a stalled reader');
        late.push(performance.now() - from);
    }
    check(Math.max(...late) < 500, `after ${Math.round(Math.max(...late))} ms`);
    await settleDown(s, stalled);
});

await test('it ends within a second of the revocation, and of a logout', async () => {
    const one = await join(sheets[0]);
    const [mine, others] = [await stream(server, one.token).open(), await stream(server, eve.token).open()];
    let from = performance.now();
    same((await one.api('POST', '/v1/auth/logout')).status, 204, 'logout');
    await until(() => mine.ended, 1000, 'the end after a logout');
    const second = await stream(server, bob.token).open();
    from = performance.now();
    same((await host('POST', `${E}/teams/${sheets[0].team_id}/code/rotate`)).status, 200, 'rotated');
    await until(() => second.ended, 1000, 'the end after a revocation');
    check(second.ended - from < 1000, `${second.ended - from} ms`);
    check(!others.ended, "another team's stream goes on");
    same((await caller(server.url, bob.token)('GET', `${E}/sync/stream`)).status, 401, 'coming back');
    await settleDown(others);
});

await test('without news a heartbeat comes within 15 s', async () => {
    if (process.env.QUICK === '1') return 'QUICK=1: it takes 15 s';
    const s = await stream(server, eve.token).open();
    await until(() => s.comments.length, 16000, 'a comment');
    check(!s.ended, 'it goes on');
    await settleDown(s);
    return undefined;
});

await test('SIGTERM ends streams cleanly, and says when to come back', async () => {
    const open = await Promise.all([eve, eve, eve, { token: hostToken }].map((who) => stream(server, who.token).open()));
    for (const s of open) s.retry = undefined;
    await server.stop();
    same(server.code, 0, `exit code (${server.signal ?? ''} ${server.err.slice(-300)})`);
    check(server.stopMs < 5000, `it took ${Math.round(server.stopMs)} ms`);
    for (const s of open) await until(() => s.ended, 1000, 'the end');
    check(open.every((s) => s.retry >= 1000 && s.retry <= 2000), `retry ${open.map((s) => s.retry)}`);
});

done();
