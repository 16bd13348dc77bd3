// lib.mjs - what the judges share: programs that others wrote, asked about what the server made.
//
// What they looked at stays in build/test/judged/, for people to look at, too.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { release, root, temporary } from '../smoke/lib.mjs';

const folder = join(root, 'build/test/judged');

// Keeps a file for the judges and for people; its path.
export function keep(name, bytes) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
}

// Parts of LibreOffice, which one program stands for.
export const CALC = '/usr/lib/libreoffice/program/libsclo.so';
export const WRITER = '/usr/lib/libreoffice/program/libswlo.so';

// Why a test cannot be held here, or undefined: `return lacking('pdfinfo')` skips it. Names of programs, or paths.
export function lacking(...programs) {
    const path = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
    const there = (name) => (name.includes('/') ? existsSync(name)
        : !spawnSync('sh', ['-c', `command -v ${name}`], { env: path }).status);
    const gone = programs.filter((name) => !there(name));
    return gone.length ? `${gone.join(', ')}: not installed (make judges installs it)` : undefined;
}

export function run(program, ...args) {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 120_000,
        maxBuffer: 64 << 20 });
}

// LibreOffice with a profile of its own, so that two runs and a person's settings do not meet.
export function office(...args) {
    return run('soffice', `-env:UserInstallation=${pathToFileURL(temporary('office'))}`, '--headless', ...args);
}

// An organizer's token for scripts, as the command line gives it.
export function organizerOf(server, event) {
    return run(release, 'token', '--data', server.data, '--event', event, '--role', 'organizer').trim();
}
