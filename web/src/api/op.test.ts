import { describe, expect, it } from 'vitest';
import { toCli, toCurl } from './copy-as';
import { bodyOf, draftFromSearch, opOf, problemsOf } from './op';

const draft = { source_catalog: 'sales', destination_catalog: "o'brien", clone_type: 'SHALLOW' };

describe('the operation table as forms', () => {
  it('sends only what differs from the defaults', () => {
    expect(bodyOf('clone', { ...draft, max_workers: 4, copy_permissions: true })).toEqual(draft);
  });

  it('knows what is required and what is out of bounds', () => {
    const problems = problemsOf(opOf('clone').args, { source_catalog: 'a', max_workers: 100 });
    expect(problems.destination_catalog).toBe('This field is required.');
    expect(problems.max_workers).toBe('This must be at most 64.');
    expect(problems.source_catalog).toBeUndefined();
  });

  it('reads a draft from a link, and nothing that is no argument', () => {
    const search = {
      source_catalog: 'sales',
      clone_type: 'shallow',
      validate_after_clone: 'true',
      include_schemas: ['a', 'b'],
      max_workers: 'many',
      evil: 1,
    };
    expect(draftFromSearch('clone', search)).toEqual({
      source_catalog: 'sales',
      clone_type: 'SHALLOW',
      validate_after_clone: true,
      include_schemas: ['a', 'b'],
    });
  });
});

describe('copy as', () => {
  it('writes the command with quoting and without defaults', () => {
    expect(toCli('clone', draft)).toBe(`clxs clone --source sales --dest 'o'\\''brien' --clone-type SHALLOW`);
  });

  it('writes a switched-off flag as --no-', () => {
    expect(toCli('clone', { ...draft, copy_permissions: false })).toContain(' --no-permissions');
  });

  it('writes a curl call without the credentials themselves', () => {
    const text = toCurl('clone', draft, 'http://localhost:8000', false);
    expect(text).toContain('curl -X POST http://localhost:8000/api/clone');
    expect(text).toContain('$DATABRICKS_TOKEN');
    expect(toCurl('clone', draft, 'http://localhost:8000', true)).toContain('X-Clone-Session: $CLXS_SESSION');
  });
});
