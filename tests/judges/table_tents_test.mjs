// Table tents, printed by a browser and read by a scanner: one sheet a team, and the code on it is the team's.
import { browse } from './chromium.mjs';
import { keep, lacking, organizerOf, run } from './lib.mjs';
import { caller, check, done, release, same, serve, test } from '../smoke/lib.mjs';

const E = '/v1/events/csec2015';
const PROGRAMS = ['chromium', 'pdfinfo', 'pdftotext', 'pdftoppm', 'zbarimg'];
const ADDRESS = 'https://convened.example.org';
const POINTS = { A4: /59[45]\S* x 84[12]/, Letter: /612 x 792/ };
const DPI = '100';

let server;
let teams;

async function start(command, data, args) {
    server = await serve({ command, data, args, binary: release });
    const api = caller(server.url, organizerOf(server, 'csec2015'));
    teams = (await api('GET', `${E}/teams?limit=500`)).body.items;
    for (const team of teams) team.code = (await api('GET', `${E}/teams/${team.id}/code`)).body.code;
}

async function print(paper, name) {
    const page = await browse(`${server.url}${E}/table-tents.html`, organizerOf(server, 'csec2015'));
    const file = keep(`${name}-${paper}.pdf`, await page.pdf(paper));
    keep(`${name}.png`, await page.picture());
    same(page.complaints, [], 'what the browser had to say');
    await page.close();
    return file;
}

// What a phone's camera reads on each page of the file.
function scan(file) {
    run('pdftoppm', '-png', '-r', DPI, file, file);
    return teams.map((_, i) => run('zbarimg', '--quiet', '--raw', `${file}-${String(i + 1).padStart(2, '0')}.png`)
        .trim().split('\n'));
}

for (const paper of Object.keys(POINTS)) {
    await test(`on ${paper}, one sheet a team, with its name and its code on either side`, async () => {
        const reason = lacking(...PROGRAMS);
        if (reason) return reason;
        if (!server) await start('demo', undefined, ['--public-url', ADDRESS]);
        same(teams.length, 21, 'teams');
        const file = await print(paper, 'table-tents');
        const facts = run('pdfinfo', file);
        same(Number(facts.match(/^Pages: *(\d+)$/m)[1]), teams.length, 'pages');
        check(POINTS[paper].test(facts), facts);
        teams.forEach((team, i) => {
            const text = run('pdftotext', '-f', String(i + 1), '-l', String(i + 1), file, '-');
            same(text.match(/[A-Z0-9]{4}-[A-Z0-9]{5}-[A-Z0-9]{5}/g), [team.code, team.code], `codes for ${team.name}`);
            same(text.split('\n').filter((line) => line === team.name).length, 2, `name of ${team.name}`);
        });
        same(scan(file), teams.map((team) => Array(2).fill(`${ADDRESS}/join#${team.code}`)), 'scanned');
    });
}

await test('a server that was not told its address prints the code alone', async () => {
    const reason = lacking(...PROGRAMS);
    if (reason) return reason;
    await server.stop();
    await start('serve', server.data, []);
    same(scan(await print('Letter', 'table-tents-bare')), teams.map((team) => Array(2).fill(team.code)), 'scanned');
});

await server?.stop();
done();
