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

export function toCurl(name: OpName, draft: Draft, origin: string): string {
  const op = opOf(name);
  const body = bodyOf(name, draft);
  for (const arg of op.args) if (arg.kind === 'secret' && arg.name in body) body[arg.name] = '***';
  return [
    `curl -X ${op.method} ${shell(origin + op.path)}`,
    `-H 'X-Databricks-Host: '"$DATABRICKS_HOST"`,
    `-H 'X-Databricks-Token: '"$DATABRICKS_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${shell(JSON.stringify(body))}`,
  ].join(' \\\n  ');
}
