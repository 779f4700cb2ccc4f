import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ArrowRight } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { authQuery, signIn, signInToDemo } from '@/api/auth';
import { useTitle } from '@/lib/use-title';
import { Problem } from '@/parts/problem';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Tabs } from '@/ui/tabs';
import type { Auth } from '@/api/types';

interface Props {
  /** called once the session is there */
  onIn: () => void;
  brand: React.ReactNode;
}

/** The first screen: dark whatever the theme, as the product's face. */
export function LoginPage({ onIn, brand }: Props) {
  useTitle('Sign in');
  const client = useQueryClient();
  const done = (auth: Auth) => {
    client.setQueryData(authQuery().queryKey, auth);
    onIn();
  };
  const demo = useMutation({ mutationFn: signInToDemo, onSuccess: done });
  return (
    <main
      data-theme="dark"
      className="flex min-h-full flex-col items-center justify-center gap-6 bg-surface-0 p-6 text-text"
    >
      <div className="flex flex-col items-center gap-2">
        {brand}
        <h1 className="text-xl">Clone-Xs</h1>
        <p className="text-muted">Clone, compare and look after your catalogs.</p>
      </div>
      <div className="w-96 max-w-full rounded-lg border bg-surface-1">
        <Tabs
          label="Ways to sign in"
          value="pat"
          onChange={() => {}}
          tabs={[{ value: 'pat', label: 'Access token', content: <TokenForm onIn={done} /> }]}
        />
      </div>
      <div className="flex w-96 max-w-full flex-col items-center gap-2">
        <Button look="ghost" onClick={() => demo.mutate()} busy={demo.isPending}>
          Explore Clone-Xs
          <ArrowRight aria-hidden />
        </Button>
        <p className="text-xs text-muted">A workspace of its own on this machine. No credentials needed.</p>
        {demo.isError && <Problem error={demo.error} title="The demo could not be opened" />}
      </div>
    </main>
  );
}

function TokenForm({ onIn }: { onIn: (auth: Auth) => void }) {
  const [host, setHost] = useState('');
  const [token, setToken] = useState('');
  const [tried, setTried] = useState(false);
  const login = useMutation({ mutationFn: () => signIn(host.trim(), token.trim()), onSuccess: onIn });
  const missing = (value: string) => (tried && value.trim() === '' ? 'This field is required.' : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (host.trim() && token.trim()) login.mutate();
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4 p-4" aria-busy={login.isPending}>
      <Field
        label="Workspace URL"
        help="The address of the Databricks workspace, or of a clxs workspace server"
        required
        error={missing(host)}
      >
        {(ids) => (
          <Input
            {...ids}
            type="url"
            name="host"
            className="font-mono"
            placeholder="https://adb-1234.azuredatabricks.net"
            value={host}
            onChange={(event) => setHost(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Personal access token"
        help="It stays on the server, in your session; the browser keeps only a cookie"
        required
        error={missing(token)}
      >
        {(ids) => (
          <Input
            {...ids}
            type="password"
            name="token"
            className="font-mono"
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        )}
      </Field>
      {login.isError && <Problem error={login.error} title="Signing in failed" />}
      <Button type="submit" look="primary" busy={login.isPending}>
        {login.isPending ? 'Signing in' : 'Sign in'}
      </Button>
      <span role="status" className="sr-only">
        {login.isPending ? 'Signing in' : ''}
      </span>
    </form>
  );
}
