// The companion of the benchmark: the agenda and the worksheet's items as a careful team would serve them with
// Fastify and better-sqlite3. Same work: an ES256 token checked (and remembered by @fastify/jwt's cache), the
// agenda read from SQLite and written through a compiled schema with an ETag, an item and its journal row in one
// durable transaction (WAL, synchronous=FULL).
//
//     node server.mjs PORT DATABASE AGENDA.json      prints a token on one line when it listens
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import fastify from 'fastify';
import jwt from '@fastify/jwt';
import Database from 'better-sqlite3';

const [port, file, agenda] = process.argv.slice(2);
for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`
  CREATE TABLE sessions (id TEXT PRIMARY KEY, event TEXT NOT NULL, starts_at TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX sessions_by_time ON sessions (event, starts_at, id);
  CREATE TABLE session_speakers (session_id TEXT NOT NULL, speaker_id TEXT NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (session_id, speaker_id)) STRICT;
  CREATE TABLE items (id TEXT PRIMARY KEY, worksheet_id TEXT NOT NULL, prompt_id TEXT NOT NULL, text TEXT NOT NULL,
    order_key TEXT NOT NULL, updated_at INTEGER NOT NULL) STRICT;
  CREATE INDEX items_by_place ON items (worksheet_id, prompt_id, order_key, id);
  CREATE TABLE item_revisions (seq INTEGER PRIMARY KEY, worksheet_id TEXT NOT NULL, item_id TEXT NOT NULL,
    text TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE INDEX item_revisions_by_worksheet ON item_revisions (worksheet_id, seq);
`);

const event = 'csec2015';
const columns = ['title', 'abstract', 'kind', 'ends_at', 'room_id', 'track_id', 'capacity', 'status', 'revision', 'updated_at'];
for (const name of columns) db.exec(`ALTER TABLE sessions ADD COLUMN ${name} ANY`);
const fill = db.prepare(`INSERT INTO sessions (id, event, starts_at, body, ${columns}) VALUES (${Array(4 + columns.length).fill('?')})`);
const speak = db.prepare('INSERT INTO session_speakers VALUES (?, ?, ?)');
for (const s of JSON.parse(readFileSync(agenda)).items) {
  fill.run(s.id, event, s.starts_at, JSON.stringify(s.learning_objectives), ...columns.map((name) => s[name]));
  (s.speaker_ids ?? []).forEach((id, i) => speak.run(s.id, id, i));
}

const { privateKey, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const app = fastify({ logger: false });
await app.register(jwt, {
  secret: { private: privateKey, public: publicKey },
  sign: { algorithm: 'ES256', expiresIn: '1h' },
  verify: { algorithms: ['ES256'], cache: 10000 },
});
const signedIn = { onRequest: (request) => request.jwtVerify() };

const text = { type: ['string', 'null'] };
const session = {
  type: 'object',
  properties: {
    id: text, title: text, abstract: text, kind: text, starts_at: text, ends_at: text, room_id: text, track_id: text,
    speaker_ids: { type: 'array', items: { type: 'string' } }, capacity: { type: ['integer', 'null'] }, status: text,
    learning_objectives: { type: 'array', items: { type: 'string' } }, revision: { type: 'integer' }, updated_at: text,
  },
};
const list = db.prepare(`SELECT id, starts_at, body, ${columns}, (SELECT group_concat(speaker_id, ' ') FROM
  (SELECT speaker_id FROM session_speakers WHERE session_id = s.id ORDER BY position)) AS speakers
  FROM sessions s WHERE event = ? ORDER BY starts_at, id LIMIT 101`);

app.get('/v1/events/:event/sessions', {
  ...signedIn,
  schema: { response: { 200: { type: 'object', properties: { items: { type: 'array', items: session } } } } },
}, (request, reply) => {
  const items = list.all(request.params.event);
  for (const item of items) {
    item.speaker_ids = item.speakers ? item.speakers.split(' ') : [];
    item.learning_objectives = JSON.parse(item.body);
  }
  const body = reply.serialize({ items });
  const etag = `"${createHash('sha1').update(body).digest('base64url')}"`;
  reply.header('etag', etag).header('cache-control', 'private, no-cache').type('application/json');
  return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.send(body);
});

const addItem = db.prepare('INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)');
const addRevision = db.prepare('INSERT INTO item_revisions (worksheet_id, item_id, text, at) VALUES (?, ?, ?, ?)');
let count = 0;
const write = db.transaction((sheet, item, now) => {
  addItem.run(item.id, sheet, item.prompt_id, item.text, `f${String(count++).padStart(8, '0')}`, now);
  addRevision.run(sheet, item.id, item.text, now);
});

app.post('/v1/events/:event/worksheets/:sheet/items', {
  ...signedIn,
  schema: {
    body: {
      type: 'object', required: ['id', 'prompt_id', 'text'], additionalProperties: false,
      properties: { id: { type: 'string', maxLength: 36 }, prompt_id: { type: 'string', maxLength: 36 },
        text: { type: 'string', maxLength: 65536 } },
    },
  },
}, (request, reply) => {
  const now = Date.now();
  write(request.params.sheet, request.body, now);
  reply.code(201).send({ ...request.body, owner: null, due: null, done: false, updated_at: new Date(now).toISOString() });
});

await app.listen({ port: Number(port), host: '127.0.0.1', backlog: 1024 });
console.log(app.jwt.sign({ sub: 'bench', evt: event, role: 'member' }));
