import { queryOptions } from '@tanstack/react-query';
import { request, setCsrf } from './call';
import type { Auth } from './types';

const keepToken = (auth: Auth) => {
  setCsrf(auth.csrf_token ?? null);
  return auth;
};

export const authQuery = () =>
  queryOptions({
    queryKey: ['auth'],
    queryFn: ({ signal }) => request<Auth>('/api/auth/status', { signal }).then(keepToken),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const signIn = (host: string, token: string) =>
  request<Auth>('/api/auth/login', { method: 'POST', body: { host, token } }).then(keepToken);

export const signInToDemo = () =>
  request<Auth>('/api/auth/demo', { method: 'POST', body: {} }).then(keepToken);

export const signOut = () => request<unknown>('/api/auth/logout', { method: 'POST', body: {} });
