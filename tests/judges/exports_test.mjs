// Exports, read by Python's csv module and by LibreOffice: a formula in a name stays text; 100,000 rows cost the
// server a page of memory.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CALC, keep, lacking, office, organizerOf, run } from './lib.mjs';
import { caller, check, done, release, same, serve, temporary, test } from '../smoke/lib.mjs';

const E = '/v1/events/csec2015';
const NAME = '=HYPERLINK("http://example.org";"x")';
const ROWS = 100_000;

const server = await serve({ command: 'demo', binary: release });
const token = organizerOf(server, 'csec2015');
const api = caller(server.url, token);

const get = (path) => fetch(server.url + path, { headers: { Authorization: `Bearer ${token}` } });

async function withNames() {
    const path = `${E}/attendees.csv?names=true&reason=A%20judge%20reads%20it`;
    const asked = await get(path);
    same(asked.status, 428, 'status');
    const reply = await get(`${path}&confirm=${(await asked.json()).confirm}`);
    same(reply.status, 200, 'status');
    same(reply.headers.get('transfer-encoding'), 'chunked', 'coding');
    return Buffer.from(await reply.arrayBuffer());
}

await api('POST', `${E}/attendees`, { display_name: NAME, role_label: 'of "two", 1', email: 'x@example.org' });
const file = keep('attendees.csv', await withNames());

await test("Python's csv module reads it", async () => {
    const reason = lacking('python3');
    if (reason) return reason;
    const program = `import csv, json, sys
print(json.dumps(list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig", newline=""), strict=True))))`;
    const rows = JSON.parse(run('python3', '-c', program, file));
    const { items } = (await api('GET', `${E}/attendees?limit=500`)).body;
    same(rows.length, items.length, 'rows');
    same(Object.keys(rows[0]), ['display_name', 'sort_name', 'organization', 'agency_type', 'team', 'role_label',
        'email', 'phone'], 'columns');
    const row = rows.find((one) => one.email === 'x@example.org');
    same([row.display_name, row.role_label], [`'${NAME}`, 'of "two", 1'], 'the row');
});

await test('LibreOffice opens it, and runs nothing', async () => {
    const reason = lacking('soffice', CALC);
    if (reason) return reason;
    // Its dialog finds UTF-8 by the BOM; where there is no dialog it has to be told (76).
    office('--infilter=CSV:44,34,76', '--convert-to', 'fods', '--outdir', dirname(file), file);
    const sheet = readFileSync(file.replace(/csv$/, 'fods'), 'utf8');
    check(sheet.includes('HYPERLINK('), 'the name is not there');
    check(!/table:formula="[^"]*HYPERLINK/.test(sheet), 'the name has become a formula');
    check(sheet.includes('Zo\u00eb'), 'accents are lost');
});

await test('the command line writes the same, to a new file of its own', async () => {
    const to = temporary('worksheets.csv');
    run(release, 'export', '--data', server.data, '--event', 'csec2015', '--what', 'worksheets', to);
    const text = readFileSync(to, 'utf8');
    check(text.startsWith('\ufeffcounty,number,prompt,item,due,done,version\r\n'), text.slice(0, 200));
    let refused = false;
    try {
        run(release, 'export', '--data', server.data, '--event', 'csec2015', '--what', 'worksheets', to);
    } catch {
        refused = true;
    }
    check(refused && existsSync(to), 'a file was overwritten');
});

const peak = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmHWM:\s*(\d+) kB$/m)[1]);

await test(`${ROWS} rows within 32 MB, whole`, async () => {
    const reason = lacking('python3');
    if (reason) return reason;
    const program = `import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=30)
event = db.execute("SELECT id FROM events WHERE slug = 'csec101'").fetchone()[0]
db.executemany("INSERT INTO attendees (id, event_id, display_name, sort_name, role_label, code_label, search,"
    " created_at, updated_at) VALUES (?, ?, ?, 'Invented', 'Somebody invented, with a label of some length',"
    " 'AAAA', '', 0, 0)",
    (("0190d3a4-0000-7000-9000-%012d" % i, event, "Invented %d" % i) for i in range(int(sys.argv[2]))))
db.commit()`;
    run('python3', '-c', program, join(server.data, 'convened.db'), String(ROWS));
    const other = organizerOf(server, 'csec101');
    const before = peak(server.child.pid);
    const start = performance.now();
    const reply = await fetch(`${server.url}/v1/events/csec101/attendees.csv`,
        { headers: { Authorization: `Bearer ${other}` } });
    let rows = 0;
    for await (const chunk of reply.body) for (const byte of chunk) rows += byte === 10;
    const grown = Math.round((peak(server.child.pid) - before) / 1024);
    console.log(`# ${rows} lines in ${Math.round(performance.now() - start)} ms, ${grown} MB more memory`);
    check(rows > ROWS, `${rows} lines`);
    check(grown < 32, `${grown} MB more`);
});

await server.stop();
done();
