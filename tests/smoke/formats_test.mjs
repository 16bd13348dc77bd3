// formats_test.mjs - what the server writes for other programs, read again by programs that are not ours.
//
// The demo event and one on both sides of a change of clocks: calendar.ics by ical.js,
// schedule.xml by xmllint, schedule.json by ajv, the
// event's page by html-validate, its JSON-LD by ajv.
// Prints TAP. Node >= 18, the packages of tests/package.json.
import ICAL from 'ical.js';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { HtmlValidate } from 'html-validate';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caller, check, command, done, root, same, serve, temporary, test } from './lib.mjs';

const server = await serve({ command: 'demo', args: ['--connections', '32', '--public-url', 'https://convened.example.org'] });
const organizerOf = async (event) =>
    caller(server.url, (await command(['token', '--data', server.data, '--event', event, '--role', 'organizer'])).out.trim());
const organizer = await organizerOf('csec2015');

// --- iCalendar ------------------------------------------------------------------------------------

const seconds = (time) => Date.parse(time) / 1000;

function calendar(text) {
    const whole = new ICAL.Component(ICAL.parse(text));
    for (const zone of whole.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
    return whole.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
}

// Every session of the JSON is in the calendar, at the same instants.
async function holdCalendar(api, event) {
    ICAL.TimezoneService.reset();
    const reply = await api('GET', `/v1/events/${event}/calendar.ics`);
    same(reply.status, 200, 'status');
    same(reply.headers.get('content-type'), 'text/calendar; charset=utf-8', 'type');
    const events = new Map(calendar(reply.text).map((e) => [e.uid, e]));
    const { items } = (await api('GET', `/v1/events/${event}/sessions?limit=500`)).body;
    same(events.size, items.length, 'how many');
    for (const s of items) {
        const e = events.get(s.id);
        check(e.startDate.zone.tzid !== 'floating', `${s.title}: its zone is known`);
        same([e.startDate.toUnixTime(), e.endDate.toUnixTime(), e.summary, e.sequence],
            [seconds(s.starts_at), seconds(s.ends_at), s.title, s.revision], s.title);
    }
    return items;
}

await test('ical.js reads the demo event', async () => {
    const items = await holdCalendar(organizer, 'csec2015');
    check(items.length > 20, 'a day full of sessions');
});

// [title, from, to]: what no clock shows, what it shows twice, and what spans a change.
const clocks = [
    ['before March', '2015-03-08T09:59:00Z', '2015-03-08T10:00:00Z'],
    ['over it', '2015-03-08T09:30:00Z', '2015-03-08T10:30:00Z'],
    ['after it', '2015-03-08T10:00:00Z', '2015-03-08T11:00:00Z'],
    ['before November', '2015-11-01T07:30:00Z', '2015-11-01T07:59:00Z'],
    ['over it', '2015-11-01T07:00:00Z', '2015-11-01T10:30:00Z'],
    ['after it', '2015-11-01T10:00:00Z', '2015-11-01T11:00:00Z'],
    ['in a rule’s years', '2049-07-01T16:00:00Z', '2049-07-01T17:00:00Z'],
];
const apis = new Map();
for (const [slug, zone] of [['clocks-west', 'America/Los_Angeles'], ['clocks-east', 'Europe/Dublin'], ['clocks-half', 'Asia/Kolkata']]) {
    await test(`ical.js reads across changes of clocks in ${zone}`, async () => {
        const event = { slug, name: 'Clocks', kind: 'meeting', zone, starts_at: '2015-03-01T00:00:00Z', ends_at: '2015-11-30T00:00:00Z' };
        same((await organizer('POST', '/v1/events', event)).status, 201, 'event');
        const api = await organizerOf(slug);
        for (const [title, starts_at, ends_at] of clocks) {
            const made = await api('POST', `/v1/events/${slug}/sessions`, { title, starts_at, ends_at, status: 'scheduled' });
            same(made.status, 201, made.text);
        }
        await holdCalendar(api, slug);
        apis.set(slug, api);
    });
}

await test('ical.js reads texts of every kind', async () => {
    const odd = { title: 'Größe, 東京; \\n "x" \u2028\u0085:'.padEnd(200, '😀ж,;').slice(0, 200).replace(/[\ud800-\udbff]$/, '.'), abstract: 'One\nEND:VEVENT\n\n; , \\ \t東'.repeat(200), name: 'Room; of, 東\\n' };
    const event = { slug: 'odd-texts', name: odd.title, kind: 'meeting', zone: 'America/Los_Angeles', starts_at: '2015-12-01T09:00:00Z', ends_at: '2015-12-02T00:00:00Z' };
    same((await organizer('POST', '/v1/events', event)).status, 201, 'event');
    const api = await organizerOf('odd-texts');
    const room = (await api('POST', '/v1/events/odd-texts/rooms', { name: odd.name })).body;
    const made = await api('POST', '/v1/events/odd-texts/sessions', { title: odd.title, abstract: odd.abstract, room_id: room.id, starts_at: event.starts_at, ends_at: event.ends_at, status: 'scheduled' });
    same(made.status, 201, made.text);
    await holdCalendar(api, 'odd-texts');
    const { text } = await api('GET', '/v1/events/odd-texts/calendar.ics');
    check(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75 && !/[\r\n]/.test(line)), 'a line is too long, or not ended');
    const [e] = calendar(text);
    same([e.summary, e.description, e.location], [odd.title, odd.abstract, odd.name], 'texts');
});

// --- schedule.xml and schedule.json ---------------------------------------------------------------

const formats = join(root, 'tests/formats');
const ajv = addFormats(new Ajv({ strict: true }));
const isSchedule = ajv.compile(JSON.parse(readFileSync(join(formats, 'schedule.schema.json'))));
const xmllint = (...args) => command(args, { binary: 'xmllint' });

async function xpath(file, expression) {
    const run = await xmllint('--xpath', expression, file);
    same(run.code, 0, `${expression} (${run.err})`);
    return run.out.trim();
}

// Every session that takes place is there once, with ids that differ, at the instant of the JSON of the API.
async function holdSchedule(api, event) {
    const { items } = (await api('GET', `/v1/events/${event}/sessions?limit=500`)).body;
    const reply = await api('GET', `/v1/events/${event}/schedule.json`);
    check(isSchedule(reply.body), () => ajv.errorsText(isSchedule.errors));
    const events = reply.body.schedule.conference.days.flatMap((day) => Object.values(day.rooms).flat());
    for (const key of ['id', 'guid', 'slug']) same(new Set(events.map((e) => e[key])).size, items.length, `different ${key}s`);
    for (const s of items) {
        const e = events.find((one) => one.guid === s.id);
        same([e.title, e.date, e.start], [s.title, s.starts_at, s.starts_at.slice(11, 16)], s.title);
    }
    const file = temporary('schedule.xml');
    writeFileSync(file, (await api('GET', `/v1/events/${event}/schedule.xml`)).text);
    const run = await xmllint('--noout', '--relaxng', join(formats, 'schedule.rng'), file);
    same(run.code, 0, run.err);
    for (const at of ['@id', '@guid', 'slug']) {
        same(await xpath(file, `count(//event[not(${at} = preceding::event/${at})])`), String(items.length), `different ${at}s`);
    }
    return file;
}

await test('ajv and xmllint read the demo event', async () => {
    const file = await holdSchedule(organizer, 'csec2015');
    same(await xpath(file, 'name(/schedule/*[1])'), 'generator', 'the first element');
    same(await xpath(file, 'count(//*[not(node()) and (name() = "url" or name() = "base_url")])'), '0', 'empty addresses');
});
await test('and one across changes of clocks', async () => {
    await holdSchedule(apis.get('clocks-west'), 'clocks-west');
});
await test('the judge of schedule.xml judges', async () => {
    const file = temporary('bad.xml');
    const good = (await organizer('GET', '/v1/events/csec2015/schedule.xml')).text;
    for (const [from, to] of [[/<version>.*<\/version>\n/, ''], [/event id="1"/, 'event id="0"'], ['<links/>', '<links/><url></url>'], ['<start>09:30', '<start>9:30']]) {
        writeFileSync(file, good.replace(from, to));
        check((await xmllint('--noout', '--relaxng', join(formats, 'schedule.rng'), file)).code !== 0, String(from));
    }
});

// --- the event's page -----------------------------------------------------------------------------

const open = caller(server.url);
const isEvent = ajv.compile(JSON.parse(readFileSync(join(formats, 'event.schema.json'))));

function linkedData(page) {
    const found = [...page.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)];
    same(found.length, 1, 'JSON-LD elements');
    return JSON.parse(found[0][1]);
}

await test('the page is HTML as it should be', async () => {
    const page = await open('GET', '/events/csec2015');
    same(page.status, 200, 'status');
    const report = await new HtmlValidate({ extends: ['html-validate:standard'], rules: { 'long-title': 'off' } }).validateString(page.text);
    check(report.valid, () => JSON.stringify(report.results[0].messages.slice(0, 5)));
    check(!/\son[a-z]+=|<script(?! type="application\/ld\+json")/i.test(page.text), 'nothing runs');
});
await test('its JSON-LD says what the API says', async () => {
    const lunch = (await organizer('GET', '/v1/events/csec2015/sessions?q=lunch')).body.items[0];
    const title = 'Lunch </script><script>alert(1)</script>';
    const change = await organizer('PATCH', `/v1/events/csec2015/sessions/${lunch.id}`, { status: 'cancelled', title }, { 'If-Match': '*' });
    same(change.status, 200, change.text);
    const data = linkedData((await open('GET', '/events/csec2015')).text);
    check(isEvent(data), () => ajv.errorsText(isEvent.errors));
    const { items } = (await organizer('GET', '/v1/events/csec2015/sessions?limit=500')).body;
    same(data.subEvent.map((e) => e.identifier).sort(), items.map((s) => s.id).sort(), 'sessions');
    for (const s of items) {
        const e = data.subEvent.find((one) => one.identifier === s.id);
        same([e.name, e.startDate, e.endDate], [s.title, s.starts_at, s.ends_at], s.title);
        same(e.eventStatus, `https://schema.org/Event${s.status === 'cancelled' ? 'Cancelled' : 'Scheduled'}`, s.title);
    }
    same(data.url, 'https://convened.example.org/events/csec2015', 'address');
});
await test('and when what was moved would have begun', async () => {
    const { items } = (await organizer('GET', '/v1/events/csec2015/sessions?limit=500')).body;
    const [twice, back, longer, elsewhere, off] = items.filter((s) => s.status === 'scheduled');
    const room = (await organizer('GET', '/v1/events/csec2015/rooms')).body.items.find((r) => r.id !== elsewhere.room_id);
    const later = (time, minutes) => new Date(Date.parse(time) + minutes * 60000).toISOString();
    const change = async (s, body) => {
        const reply = await organizer('PATCH', `/v1/events/csec2015/sessions/${s.id}?force=true`, body, { 'If-Match': '*' });
        same(reply.status, 200, reply.text);
        return reply.body;
    };
    const shift = (s, minutes) => change(s, { starts_at: later(s.starts_at, minutes), ends_at: later(s.ends_at, minutes) });
    const between = await shift(twice, 10);
    await shift(twice, 30);
    const away = await shift(back, 5);
    await shift(back, 0);
    await change(longer, { ends_at: later(longer.ends_at, 5) });
    await change(elsewhere, { room_id: room.id });
    await shift(off, 15);
    await change(off, { status: 'cancelled' });
    const data = linkedData((await open('GET', '/events/csec2015')).text);
    check(isEvent(data), () => ajv.errorsText(isEvent.errors));
    const told = ({ id }) => {
        const e = data.subEvent.find((one) => one.identifier === id);
        return [e.eventStatus.replace('https://schema.org/Event', ''), e.previousStartDate];
    };
    same(told(twice), ['Rescheduled', between.starts_at], 'moved twice: from where it was last');
    same(told(back), ['Rescheduled', away.starts_at], 'moved and back');
    same(told(longer), ['Scheduled', undefined], 'begins as before');
    same(told(elsewhere), ['Scheduled', undefined], 'in another room');
    same(told(off), ['Cancelled', undefined], 'does not take place');
    same(data.subEvent.filter((e) => e.previousStartDate).length, 2, 'no other');
});

await server.stop();
done();
