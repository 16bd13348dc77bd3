// server.mjs - the real process: seeded, started on a free port, killed, backed up, restored.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

export class Server {
    // A binary of its own copy: a build beside the run does not pull it from under the server.
    constructor({ binary = join(root, 'build/convened'), options = [], seeded } = {}) {
        this.folder = mkdtempSync(join(tmpdir(), 'convened-model-'));
        this.binary = join(this.folder, 'convened');
        copyFileSync(binary, this.binary);
        chmodSync(this.binary, 0o755);
        this.data = join(this.folder, 'data0');
        this.log = join(this.folder, 'log');
        this.options = options;
        this.generation = 0;
        process.on('exit', () => {
            this.child?.kill('SIGKILL');
            if (!process.env.KEEP) this.remove();
        });
        for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
        if (seeded) cpSync(seeded, this.data, { recursive: true });
        else this.run('seed', '--data', this.data, join(root, 'seed-data'));
    }

    run(...args) {
        return execFileSync(this.binary, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    }

    async start() {
        const out = openSync(join(this.folder, `out${++this.generation}`), 'w+');
        const log = openSync(this.log, 'a');
        const args = ['serve', '--data', this.data, '--listen', '127.0.0.1:0', '--metrics-listen', 'off'];
        this.child = spawn(this.binary, [...args, ...this.options], { stdio: ['ignore', out, log] });
        this.ended = new Promise((done) => this.child.on('exit', (code, signal) => done({ code, signal })));
        for (let i = 0; i < 1000; i++) {
            const said = readFileSync(join(this.folder, `out${this.generation}`), 'utf8');
            const found = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
            if (found) {
                this.port = Number(found[1]);
                return;
            }
            if (this.child.exitCode !== null) break;
            await sleep(10);
        }
        throw new Error(`the server did not start: ${this.tail()}`);
    }

    async stop(signal = 'SIGTERM') {
        this.child.kill(signal);
        return this.ended;
    }

    async backup(name) {
        await promisify(execFile)(this.binary, ['backup', '--data', this.data, join(this.folder, name)]);
        return join(this.folder, name);
    }

    // As an organizer would: a new directory, then the secrets, which no backup holds.
    restore(backup) {
        const from = this.data;
        this.data = join(this.folder, `data${this.generation + 1}`);
        this.run('restore', '--data', this.data, backup);
        cpSync(join(from, 'secrets'), join(this.data, 'secrets'), { recursive: true });
    }

    async token(event, role, team) {
        const args = ['token', '--data', this.data, '--event', event, '--role', role];
        const { stdout } = await promisify(execFile)(this.binary, team ? [...args, '--team', team] : args);
        return stdout.trim();
    }

    logText() {
        return readFileSync(this.log, 'utf8');
    }

    tail() {
        return this.logText().split('\n').slice(-20).join('\n');
    }

    remove() {
        rmSync(this.folder, { recursive: true, force: true });
    }
}
