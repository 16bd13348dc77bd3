// formats_test.mjs - what the server writes for other programs, read again by programs that are not ours.
//
// The demo event and one on both sides of a change of clocks: calendar.ics by ical.js.
// Prints TAP. Node >= 18, the packages of tests/package.json.
import ICAL from 'ical.js';
import { caller, check, command, done, get, same, serve, test } from './lib.mjs';

const server = await serve({ command: 'demo', args: ['--connections', '32', '--public-url', 'https://convened.example.org'] });
const organizerOf = async (event) =>
    caller(server.url, (await command(['token', '--data', server.data, '--event', event, '--role', 'organizer'])).out.trim());
const organizer = await organizerOf('csec2015');

// --- iCalendar ------------------------------------------------------------------------------------

const seconds = (time) => Date.parse(time) / 1000;

function calendar(text) {
    const root = new ICAL.Component(ICAL.parse(text));
    for (const zone of root.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
    return root.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
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
    });
}

await server.stop();
done();
