/* Fails the build when the JavaScript of the first page outgrows its budget: the entry chunk and what it
 * imports statically, gzipped, at most 200 kB; any other chunk at most 100 kB. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const kB = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1000;

const initial = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (initial.has(chunk.file)) return;
  initial.add(chunk.file);
  for (const next of chunk.imports ?? []) visit(next);
};
for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key);

const first = [...initial].reduce((sum, file) => sum + kB(file), 0);
const lazy = Object.values(manifest)
  .filter((chunk) => chunk.file.endsWith('.js') && !initial.has(chunk.file))
  .map((chunk) => ({ file: chunk.file, size: kB(chunk.file) }))
  .sort((a, b) => b.size - a.size);

console.log(`initial JavaScript: ${first.toFixed(1)} kB gzipped of 200`);
for (const { file, size } of lazy.slice(0, 3)) console.log(`lazy: ${size.toFixed(1)} kB of 100  ${file}`);
if (first > 200 || lazy.some(({ size }) => size > 100)) {
  console.error('The bundle is over its budget.');
  process.exit(1);
}
