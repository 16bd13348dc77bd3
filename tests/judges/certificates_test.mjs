// Certificates and badges, printed by a browser and read by a scanner: a certificate is one page whatever it lists, and
// its QR is the address where it is checked.
import { browse } from './chromium.mjs';
import { keep, lacking, organizerOf, run } from './lib.mjs';
import { caller, check, done, release, same, serve, test } from '../smoke/lib.mjs';
import { randomUUID } from 'node:crypto';

const T = '/v1/events/csec101';
const PROGRAMS = ['chromium', 'pdfinfo', 'pdftotext', 'pdftoppm', 'zbarimg'];
const ADDRESS = 'https://convened.example.org';
const LONG = 'a long title of a session that goes on '.repeat(5).trim();

let server;
let api;
let attendee;

async function start() {
    server = await serve({ command: 'demo', args: ['--public-url', ADDRESS], binary: release });
    api = caller(server.url, organizerOf(server, 'csec101'));
    attendee = (await api('GET', `${T}/attendees?q=cloverbrook`)).body.items[0].id;
    const answer = await api('POST', `${T}/check-ins`, [
        { id: randomUUID(), attendee_id: attendee, at: '2015-09-23T09:00:00-07:00', direction: 'in' }]);
    same(answer.status, 200, 'checked in');
}

async function print(path, event, name) {
    const page = await browse(`${server.url}${path}`, organizerOf(server, event));
    same(page.complaints, [], 'what the browser had to say');
    const files = [];
    for (const paper of ['A4', 'Letter']) files.push(keep(`${name}-${paper}.pdf`, await page.pdf(paper)));
    keep(`${name}.png`, await page.picture());
    await page.close();
    return files;
}

const pages = (file) => Number(run('pdfinfo', file).match(/^Pages: *(\d+)$/m)[1]);

function scan(file) {
    run('pdftoppm', '-png', '-r', '100', '-f', '1', '-l', '1', '-singlefile', file, file);
    return run('zbarimg', '--quiet', '--raw', `${file}.png`).trim().split('\n');
}

await test('a certificate is one page, and its QR is where it is checked', async () => {
    const reason = lacking(...PROGRAMS);
    if (reason) return reason;
    await start();
    const record = (await api('GET', `${T}/certificates/${attendee}/record`)).body;
    same(record.verify, `${ADDRESS}/certificates/${record.number}`, 'address');
    for (const file of await print(`${T}/certificates/${attendee}`, 'csec101', 'certificate')) {
        same(pages(file), 1, file);
        same(scan(file), [record.verify], 'scanned');
        const text = run('pdftotext', '-layout', file, '-');
        for (const part of [record.display_name, record.number, String(record.minutes)]) check(text.includes(part), part);
    }
});

await test('so is one of a long name and thirty long sessions', async () => {
    const reason = lacking(...PROGRAMS);
    if (reason) return reason;
    await api('PATCH', `${T}/attendees/${attendee}`, { display_name: 'Robin Quill-Marshbrook '.repeat(4).slice(0, 80).trim() });
    for (let i = 0; i < 30; i += 1) {
        const at = (minute) => `2015-09-23T16:${String(minute).padStart(2, '0')}:00-07:00`;
        same((await api('POST', `${T}/sessions`, { title: LONG, starts_at: at(i), ends_at: at(i + 1),
            learning_objectives: Array(10).fill('An objective that takes its time. '.repeat(14).trim()) })).status, 201, 'made');
    }
    const record = (await api('GET', `${T}/certificates/${attendee}/record`)).body;
    for (const file of await print(`${T}/certificates/${attendee}`, 'csec101', 'certificate-long')) {
        same(pages(file), 1, file);
        same(scan(file), [record.verify], 'scanned');
        check(run('pdftotext', '-layout', file, '-').includes(record.number), 'number');
    }
});

await test('badges are eight a page, each with a code that a scanner reads', async () => {
    const reason = lacking(...PROGRAMS);
    if (reason) return reason;
    const organizer = caller(server.url, organizerOf(server, 'csec2015'));
    const people = (await organizer('GET', '/v1/events/csec2015/attendees?limit=500')).body.items.length;
    for (const file of await print('/v1/events/csec2015/badges.html', 'csec2015', 'badges')) {
        same(pages(file), Math.ceil(people / 8), file);
        const codes = run('pdftotext', '-f', '1', '-l', '1', file, '-').match(/[A-Z0-9]{4}-[A-Z0-9]{5}-[A-Z0-9]{5}/g);
        same(scan(file).sort(), codes.map((code) => `${ADDRESS}/join#${code}`).sort(), 'scanned');
        same(codes.length, 8, 'on the first sheet');
    }
});

await server?.stop();
done();
