import { queryOptions } from '@tanstack/react-query';
import { call } from './call';
import { type Draft, bodyOf } from './op';
import type { Plan } from './types';

/* They change how a clone is carried out, not what is in its plan. */
const apart = new Set(['max_workers', 'validate_after_clone', 'validate_checksum']);

/** The plan of exactly this clone: `plan` takes the same options. */
export const clonePlanQuery = (draft: Draft) =>
  queryOptions({
    queryKey: ['clone-plan', draft],
    staleTime: 0,
    gcTime: 0,
    queryFn: ({ signal }): Promise<Plan> => {
      const body = Object.fromEntries(
        Object.entries(bodyOf('clone', draft)).filter(([name]) => !apart.has(name)),
      );
      return call<Plan>('plan', body, signal);
    },
  });
