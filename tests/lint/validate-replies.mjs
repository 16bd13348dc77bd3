// validate-replies.mjs - holds every reply that the API tests saw against api-spec/openapi.yaml.
//
// Reads JSON lines (build/test/replies.jsonl, or the file named):
// {operation, method, path, status, headers, body, base64}. Header names are lower-case; `operation` is empty where
// no route matched. One test an operation: it fails on a reply that the contract does not describe, and when no reply
// answered with what was asked for (2xx or 304).
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { loadSpec, tap, validator } from './contract.mjs';
import { judge } from './replies.mjs';

const file = process.argv[2] ?? 'build/test/replies.jsonl';
const out = tap();

async function judgeFile() {
  const spec = loadSpec();
  const { take, stranger, report } = judge(spec, validator(spec));
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    if (line === '') continue;
    try {
      take(JSON.parse(line));
    } catch (error) {
      stranger(`line ${number}`, `${file}:${number}: ${error.message}`);
    }
  }
  report(out);
}

if (existsSync(file)) await judgeFile();
else out.test(`${file} exists`, ['the API tests write it; run them first']);
out.end();
