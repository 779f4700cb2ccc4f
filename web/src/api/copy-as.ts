/** The same operation as a command line and as a curl call. */
import { type Draft, type OpName, bodyOf, opOf } from './op';

const plain = /^[\w./:@%+=-]+$/;
export const shell = (value: string) => (plain.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`);

export function toCli(name: OpName, draft: Draft): string {
  const op = opOf(name);
  const body = bodyOf(name, draft);
  const words = ['clxs', op.cli];
  for (const arg of op.args) {
    const value = body[arg.name];
    if (value !== undefined) words.push(...flagOf(arg.flag, arg.kind, value));
  }
  return words.join(' ');
}

function flagOf(flag: string, kind: string, value: unknown): string[] {
  switch (kind) {
    case 'bool':
      return [value ? flag : flag.replace(/^--/, '--no-')];
    case 'strs':
      return [flag, ...(value as string[]).map(shell)];
    case 'map':
      return Object.entries(value as object).flatMap(([k, v]) => [flag, shell(`${k}=${v}`)]);
    case 'secret':
      return [flag, '"$SECRET"'];
    default:
      return [flag, shell(typeof value === 'object' ? JSON.stringify(value) : String(value))];
  }
}

/**
 * Credentials stay in variables. The workspace inside the program has none: a session of its demo entry is taken.
 */
export function toCurl(name: OpName, draft: Draft, origin: string, embedded: boolean): string {
  const op = opOf(name);
  const body = bodyOf(name, draft);
  for (const arg of op.args) if (arg.kind === 'secret' && arg.name in body) body[arg.name] = '***';
  const who = embedded
    ? [`-H "X-Clone-Session: $CLXS_SESSION"`]
    : [`-H "X-Databricks-Host: $DATABRICKS_HOST"`, `-H "X-Databricks-Token: $DATABRICKS_TOKEN"`];
  const session = `CLXS_SESSION=$(curl -s -X POST ${shell(`${origin}/api/auth/demo`)} -d '{}' | sed 's/.*"session_id":"\\([^"]*\\).*/\\1/')\n`;
  const call = [
    `curl -X ${op.method} ${shell(origin + op.path)}`,
    ...who,
    `-H 'Content-Type: application/json'`,
    `-d ${shell(JSON.stringify(body))}`,
  ].join(' \\\n  ');
  return embedded ? session + call : call;
}
