// The report, read by programs that others wrote: an HTML validator, a Markdown parser, a browser, Python's XML
// and ZIP, and LibreOffice. The three forms have to say the same, whatever the teams typed.
import { HtmlValidate } from 'html-validate';
import { Parser } from 'commonmark';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { browse } from './chromium.mjs';
import { WRITER, keep, lacking, office, organizerOf, run } from './lib.mjs';
import { caller, check, done, release, same, serve, test } from '../smoke/lib.mjs';

const E = '/v1/events/csec2015';
const HOSTILE = [
    '<script>alert(1)</script> &amp; <!-- no --> ]]>', '[a](javascript:alert(1)) ![b](c) <http://example.org>',
    '# not a heading', '- not a list', '1. nor this', '1) nor this', '+ nor this', '> no quote', '---', '===',
    '    no code', '`no` ``code``', '*no* **stars** _or_ __lines__', 'a | b | c', '~~~', 'closing #', '\\ backslash \\',
    'two\nlines', 'a gap\n\nbelow', 'then\n---\nno rule', 'a\ttab', '&copy; &#35; &', 'emoji 🙂 and ünïcödé', '$x$ ~y~',
    'not \ufffe XML', '"quotes" and \'quotes\'', '[ref]: /url "title"', '* * *', '***', '01234567890. long', '‮RTL',
];
const words = (text) => text.replaceAll('\ufffe', '').replaceAll('\ufffd', '').split(/\s+/).filter(Boolean).join(' ');

let server;
let token;
let forms;

async function read() {
    const get = (form) => fetch(`${server.url}${E}/report.${form}`, { headers: { Authorization: `Bearer ${token}` } });
    return {
        html: await (await get('html')).text(),
        md: await (await get('md')).text(),
        docx: Buffer.from(await (await get('docx')).arrayBuffer()),
    };
}

// A server whose Los Angeles has typed all that, and handed it in.
async function start() {
    server = await serve({ command: 'demo', binary: release });
    token = organizerOf(server, 'csec2015');
    const host = caller(server.url, token);
    const team = (await host('GET', `${E}/teams?limit=500`)).body.items.find((t) => t.slug === 'los-angeles');
    const { code } = (await host('GET', `${E}/teams/${team.id}/code`)).body;
    const joined = (await caller(server.url)('POST', '/v1/auth/join', { code, display_name: 'Judge' })).body;
    const lead = caller(server.url, joined.access_token);
    await lead('PUT', `${E}/teams/${team.id}/lead`, {});
    const sheet = (await lead('GET', `${E}/worksheets`)).body.items[0].id;
    const { prompts } = (await lead('GET', `${E}/worksheets/${sheet}`)).body;
    for (const number of [3, 7]) {
        for (const text of HOSTILE) {
            const reply = await lead('POST', `${E}/worksheets/${sheet}/items`, { prompt_id: prompts[number - 1].id, text });
            same(reply.status, 201, text);
        }
    }
    same((await lead('POST', `${E}/worksheets/${sheet}/submit`, {})).status, 200, 'submit');
    forms = await read();
    for (const [form, bytes] of Object.entries(forms)) keep(`report.${form}`, bytes);
}

await start();

await test('a validator finds nothing wrong with the page', async () => {
    const validator = new HtmlValidate({ extends: ['html-validate:standard'] });
    const report = await validator.validateString(forms.html);
    same(report.results.flatMap((r) => r.messages.map((m) => `${m.line}: ${m.ruleId}: ${m.message}`)), [], 'complaints');
});

await test('a browser shows what was typed, runs nothing of it, and has nothing to say', async () => {
    const reason = lacking('chromium', 'pdfinfo', 'pdftotext');
    if (reason) return reason;
    const page = await browse(`${server.url}${E}/report.html`, token);
    keep('report.png', await page.picture());
    for (const paper of ['Letter', 'A4']) {
        const file = keep(`report-${paper}.pdf`, await page.pdf(paper));
        check(Number(run('pdfinfo', file).match(/^Pages: *(\d+)$/m)[1]) > 5, 'pages');
        check(words(run('pdftotext', '-layout', file, '-')).includes('<script>alert(1)</script> &amp; <!-- no --> ]]>'), 'text');
    }
    same(page.complaints, [], 'what the browser had to say');
    await page.close();
});

// Texts of the entries of lists, headings and links, as a CommonMark parser sees them.
function parse(markdown) {
    const seen = { items: [], headings: [], titles: [], others: [] };
    const walker = new Parser().parse(markdown).walker();
    let item = null;
    let heading = false;
    for (let event = walker.next(); event; event = walker.next()) {
        const { node, entering } = event;
        if (node.type === 'item') {
            if (entering) item = '';
            else seen.items.push(words(item));
        } else if (node.type === 'heading') {
            if (entering) seen.headings.push(node.level);
            if (entering) seen.titles.push('');
            heading = entering;
        } else if (node.literal !== null && ['text', 'code'].includes(node.type)) {
            if (item !== null) item += node.literal;
            if (heading) seen.titles[seen.titles.length - 1] += node.literal;
        } else if (['softbreak', 'linebreak'].includes(node.type)) {
            if (item !== null) item += ' ';
        }
        if (['link', 'image', 'html_inline', 'html_block', 'code', 'code_block', 'thematic_break', 'block_quote']
            .includes(node.type)) seen.others.push(node.type);
    }
    return seen;
}

await test('a Markdown parser reads every answer as it was typed, and no markup in it', () => {
    const { items, headings, others } = parse(forms.md);
    for (const text of HOSTILE) {
        check(items.includes(words(text)), () => `lacks ${JSON.stringify(text)}`);
        check(items.some((item) => item.endsWith(`Next step: ${words(text)}`)), () => `lacks the step ${JSON.stringify(text)}`);
    }
    same(others, [], 'links, code, HTML, rules, quotes');
    same(headings.filter((level) => level === 1).length, 1, 'titles');
});

const READ = `
import io, sys, zipfile, xml.etree.ElementTree as tree
package = zipfile.ZipFile(sys.argv[1])
assert package.testzip() is None
parts = {name: tree.fromstring(package.read(name)) for name in package.namelist()}
for override in parts['[Content_Types].xml'].iter('{http://schemas.openxmlformats.org/package/2006/content-types}Override'):
    assert override.get('PartName')[1:] in parts, override.get('PartName')
w = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'
styles = {style.get(w + 'styleId') for style in parts['word/styles.xml'].iter(w + 'style')}
for paragraph in parts['word/document.xml'].iter(w + 'p'):
    for style in paragraph.iter(w + 'pStyle'):
        assert style.get(w + 'val') in styles, style.get(w + 'val')
    text = ''
    for node in paragraph.iter():
        text += node.text or '' if node.tag == w + 't' else ' ' if node.tag in (w + 'br', w + 'tab') else ''
    print(text)
`;

await test('Python reads the document: a sound archive, well-formed parts, every answer as it was typed', () => {
    const reason = lacking('python3');
    if (reason) return reason;
    const lines = run('python3', '-c', READ, keep('report.docx', forms.docx)).split('\n').map(words);
    for (const text of HOSTILE) same(lines.filter((line) => line === words(text)).length, 2, JSON.stringify(text));
});

await test('LibreOffice opens the document and reads the same', () => {
    const reason = lacking('soffice', WRITER);
    if (reason) return reason;
    const file = keep('report.docx', forms.docx);
    office('--convert-to', 'txt:Text', '--outdir', dirname(file), file);
    const text = words(readFileSync(file.replace(/docx$/, 'txt'), 'utf8'));
    for (const typed of HOSTILE) check(text.includes(words(typed)), () => `lacks ${JSON.stringify(typed)}`);
    check(text.includes('Working together to protect exploited children'), 'the motto');
});

await test('of several worksheets each is named above its questions, in all forms alike', async () => {
    const title = 'After <b>lunch</b> & *dessert*';
    const host = caller(server.url, token);
    const reply = await host('POST', `${E}/worksheet-templates`, { title, prompts: [{ kind: 'question', text: 'Whom did you meet?' }] });
    same(reply.status, 201, reply.text);
    const several = await read();
    const validator = new HtmlValidate({ extends: ['html-validate:standard'] });
    const report = await validator.validateString(several.html);
    same(report.results.flatMap((r) => r.messages.map((m) => `${m.line}: ${m.ruleId}: ${m.message}`)), [], 'complaints');
    const { titles, headings } = parse(several.md);
    const at = titles.indexOf(title);
    same([headings[at], headings[at + 1], titles[at + 1]], [3, 4, '1. Whom did you meet?'], 'Markdown');
    if (lacking('python3')) return;
    const lines = run('python3', '-c', READ, keep('report-several.docx', several.docx)).split('\n');
    same(lines[lines.indexOf(title) + 1], '1. Whom did you meet?', 'Word');
    same(lines.filter((line) => line === 'County team worksheet').length, 1, 'the other worksheet');
});

await server.stop();
done();
