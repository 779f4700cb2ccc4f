/* Before all tests: a new state folder with demo data, the server on it, and a second workspace over HTTP to sign
 * in to with a token. After all tests: both are stopped and the folder is gone. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');

function binary(): string {
  const choices = [process.env.CLXS_BIN, 'build/release/clxs', 'build/dev/clxs'];
  const found = choices
    .filter((path) => path !== undefined)
    .map((path) => resolve(root, path))
    .find(existsSync);
  if (!found) throw new Error('no clxs binary: build it, or set CLXS_BIN');
  return found;
}

const freePort = () =>
  new Promise<number>((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });

async function answers(url: string, child: ChildProcess) {
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) throw new Error(`the server ended with status ${child.exitCode}`);
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((again) => setTimeout(again, 100));
  }
  throw new Error(`nothing answers at ${url}`);
}

export default async function start() {
  const clxs = binary();
  const home = mkdtempSync(join(tmpdir(), 'clxs-e2e-'));
  // no credential of whoever runs this may leak in
  const own = Object.entries(process.env).filter(([name]) => !/^(DATABRICKS|CLXS|CLONE_XS)_/.test(name));
  const env = { ...Object.fromEntries(own), CLXS_HOME: home };
  const run = (...args: string[]) =>
    execFileSync(clxs, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  run('demo-data', '--catalog', 'demo_retail', '--industry', 'retail', '--scale', '0.1');

  const children: ChildProcess[] = [];
  const launch = (...args: string[]) => {
    const child = spawn(clxs, args, {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    children.push(child);
    return child;
  };
  const port = await freePort();
  const ui = join(root, 'web/dist');
  const server = launch('serve', '--port', String(port), '--ui', ui);
  const remote = await freePort();
  const lake = join(home, 'remote');
  const workspace = launch(
    'workspace',
    'serve',
    '--root',
    lake,
    '--port',
    String(remote),
    '--token',
    'e2e-token',
  );
  process.env.E2E_BASE = `http://127.0.0.1:${port}`;
  process.env.E2E_REMOTE = `http://127.0.0.1:${remote}`;
  process.env.E2E_HOME = home;
  process.env.E2E_CLXS = clxs;
  await answers(`${process.env.E2E_BASE}/api/health`, server);
  await answers(process.env.E2E_REMOTE, workspace);

  return async () => {
    const ended = children.map((child) => new Promise((done) => child.once('exit', done)));
    for (const child of children) child.kill('SIGTERM');
    const late = setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), 5000);
    await Promise.all(ended);
    clearTimeout(late);
    rmSync(home, { recursive: true, force: true });
  };
}
