import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/* The arrows of the front end: which folder may import which. routes may import everything, nobody routes;
 * features never import each other. */
const may = {
  lib: ['lib'],
  api: ['api', 'lib'],
  ui: ['ui', 'lib'],
  parts: ['parts', 'api', 'lib', 'ui'],
};
const layers = ['lib', 'api', 'ui', 'parts', 'features', 'routes'];

const forbid = (files, patterns) => ({
  files: [files],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: ['../*'],
            message: 'Import across folders through @/, so that the arrows can be checked.',
          },
          ...patterns,
        ],
      },
    ],
  },
});

const arrows = Object.entries(may).map(([from, to]) =>
  forbid(`src/${from}/**`, [
    {
      group: layers.filter((layer) => !to.includes(layer)).map((layer) => `@/${layer}/**`),
      message: `${from}/ may import only ${to.join(', ')}.`,
    },
  ]),
);

const features = ['auth', 'shell', 'explorer', 'clone', 'jobs'].map((name) =>
  forbid(`src/features/${name}/**`, [
    { group: ['@/routes/**'], message: 'Nothing imports routes.' },
    { group: ['@/features/**', `!@/features/${name}/**`], message: 'Features do not import each other.' },
  ]),
);

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/ops.gen.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.recommended,
  jsxA11y.flatConfigs.recommended,
  reactHooks.configs.flat['recommended-latest'],
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-expressions': 'off',
      // the focus goes where the user's choice opened something to type in
      'jsx-a11y/no-autofocus': 'off',
      'jsx-a11y/label-has-associated-control': ['error', { depth: 4 }],
      // scrollable panes must be reachable by keyboard
      'jsx-a11y/no-noninteractive-tabindex': 'off',
      // a row is a shortcut to the link that is in it
      'jsx-a11y/no-noninteractive-element-interactions': 'off',
      // TanStack's hooks return functions that the compiler cannot memoise; it skips those components
      'react-hooks/incompatible-library': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
    },
  },
  ...arrows,
  ...features,
);
