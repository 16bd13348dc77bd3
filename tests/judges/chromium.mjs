// chromium.mjs - a browser that prints and photographs a page: Chromium, driven over its own pipe (DevTools protocol).
//
//     const page = await browse(url, token);
//     await page.pdf('A4');        bytes of what a printer would get
//     await page.picture();        PNG of what a screen shows
//     page.complaints              what the browser had to say: a blocked style, a script error
//     await page.close();
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PAPERS = { A4: { paperWidth: 8.27, paperHeight: 11.69 }, Letter: { paperWidth: 8.5, paperHeight: 11 } };

// The protocol: JSON messages, each ended by NUL, on descriptors 3 and 4.
function connect(child) {
    const waiting = new Map();
    const heard = [];
    let number = 0;
    let rest = '';
    child.stdio[4].on('data', (bytes) => {
        const messages = (rest + bytes).split('\0');
        rest = messages.pop();
        for (const message of messages.map((text) => JSON.parse(text))) {
            if (!message.id) heard.push(message);
            const [kept, refuse] = waiting.get(message.id) ?? [];
            waiting.delete(message.id);
            if (message.error) refuse?.(new Error(message.error.message));
            else kept?.(message.result);
        }
    });
    const call = (method, params = {}, sessionId = undefined) => new Promise((kept, refuse) => {
        waiting.set(++number, [kept, refuse]);
        child.stdio[3].write(`${JSON.stringify({ id: number, method, params, sessionId })}\0`);
    });
    return { call, heard };
}

export async function browse(url, token) {
    const profile = mkdtempSync(join(tmpdir(), 'convened-judge-'));
    const child = spawn('chromium', ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
        `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const late = setTimeout(() => child.kill('SIGKILL'), 120_000);
    const { call, heard } = connect(child);
    const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
    const tab = (method, params) => call(method, params, sessionId);
    for (const domain of ['Page', 'Log', 'Runtime', 'Network']) await tab(`${domain}.enable`);
    await tab('Network.setExtraHTTPHeaders', { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    await tab('Page.navigate', { url });
    while (!heard.some((m) => m.method === 'Page.loadEventFired')) await new Promise((then) => setTimeout(then, 20));
    return {
        get complaints() {
            return heard.filter((m) => m.method === 'Log.entryAdded' || m.method === 'Runtime.exceptionThrown')
                .map((m) => JSON.stringify(m.params));
        },
        async pdf(paper) {
            const { data } = await tab('Page.printToPDF', { ...PAPERS[paper], printBackground: false,
                marginTop: 0, marginBottom: 0, marginLeft: 0, marginRight: 0 });
            return Buffer.from(data, 'base64');
        },
        async picture() {
            await tab('Emulation.setDeviceMetricsOverride', { width: 900, height: 1250, deviceScaleFactor: 1, mobile: false });
            return Buffer.from((await tab('Page.captureScreenshot', { format: 'png' })).data, 'base64');
        },
        async close() {
            const closed = once(child, 'close');
            await call('Browser.close');
            await closed;
            clearTimeout(late);
            rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }); // its children end after it
        },
    };
}
