import js from '@eslint/js'
import boundaries from 'eslint-plugin-boundaries'
import a11y from 'eslint-plugin-jsx-a11y'
import hooks from 'eslint-plugin-react-hooks'
import ts from 'typescript-eslint'

const mayUse = (from, ...others) => ({
  from: { element: { type: from } },
  allow: others.map((each) => ({ to: { element: typeof each === 'string' ? { type: each } : each } })),
})

export default ts.config(
  { ignores: ['dist', 'src/model/admin.d.ts', 'public', 'eslint.config.js', 'scripts'] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  a11y.flatConfigs.strict,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { 'react-hooks': hooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      // Numbers in messages are what they look like.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `max-lines` leaves room for markup; longer files hold more than one thing.
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Values are never rendered as HTML.' },
      ],
    },
  },
  {
    files: ['src/**'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { node: { extensions: ['.ts', '.tsx', '.d.ts'] } },
      'boundaries/include': ['src/**'],
      'boundaries/elements': [
        { type: 'model', pattern: 'src/model/**', partialMatch: false },
        { type: 'ui', pattern: 'src/ui/**', partialMatch: false },
        { type: 'api', pattern: 'src/api/**', partialMatch: false },
        { type: 'feature', pattern: 'src/features/*/**', partialMatch: false, capture: ['feature'] },
        { type: 'app', pattern: ['src/app/**', 'src/main.tsx'], partialMatch: false },
      ],
    },
    rules: {
      // model ← ui, api ← features ← app; features do not know each other.
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            mayUse('model', 'model'),
            mayUse('ui', 'ui'),
            mayUse('api', 'api', 'model'),
            mayUse('feature', 'model', 'ui', 'api', { type: 'feature', captured: { feature: '{{from.captured.feature}}' } }),
            mayUse('app', 'app', 'feature', 'model', 'ui', 'api'),
          ],
        },
      ],
    },
  },
  {
    files: ['src/model/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['react', 'react-*', '@tanstack/*', '@xyflow/*'], message: 'The model is plain TypeScript.' }] },
      ],
      'no-restricted-globals': ['error', 'window', 'document', 'fetch', 'localStorage', 'location'],
    },
  },
  {
    // Programs of Node, part of which runs in the browser it drives.
    files: ['test/**'],
    ...ts.configs.disableTypeChecked,
    languageOptions: {
      parserOptions: { projectService: false },
      globals: Object.fromEntries(['axe', 'document', 'fetch', 'location', 'setTimeout', 'URL'].map((name) => [name, 'readonly'])),
    },
  },
)
