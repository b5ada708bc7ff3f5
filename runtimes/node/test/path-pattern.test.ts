import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PathPattern, type PathSpec } from '../dist/express/path-pattern.js'

const params = (spec: PathSpec, path: string) => new PathPattern(spec, false).match(path)?.params
const prefix = (spec: PathSpec, path: string) => new PathPattern(spec, true).match(path)?.path

test('MW-11: paths of routes in the notation of Express 4', () => {
  const cases: [PathSpec, string, Record<string, string> | undefined][] = [
    ['/', '/', {}],
    ['/a', '/a', {}],
    ['/a', '/A/', {}],
    ['/a', '/a/b', undefined],
    ['/a/', '/a', {}],
    ['/a.b', '/axb', undefined],
    ['/a b', '/a b', {}],
    ['/:id', '/x%20y%2Fz', { id: 'x y/z' }],
    ['/:id', '/', undefined],
    ['/a/:id?', '/a', {}],
    ['/a/:id?', '/a/1', { id: '1' }],
    ['/a/:id?', '/ab', undefined],
    ['/a/:id(\\d+)', '/a/12', { id: '12' }],
    ['/a/:id(\\d+)', '/a/x', undefined],
    ['/a/:id((x|y)+)/:n', '/a/xyx/2', { id: 'xyx', n: '2' }],
    ['/flights/:from-:to', '/flights/LAX-SFO', { from: 'LAX', to: 'SFO' }],
    ['/plant/:genus.:species', '/plant/prunus.persica', { genus: 'prunus', species: 'persica' }],
    ['/files/*', '/files/a/b.txt', { 0: 'a/b.txt' }],
    ['*', '/anything/at/all', { 0: '/anything/at/all' }],
    ['/f/:name*', '/f/a/b', { name: 'a/b' }],
    ['/f/:name*', '/f', {}],
    ['/ab?cd', '/acd', {}],
    ['/ab+cd', '/abbbcd', {}],
    ['/ab*cd', '/abRANDOMcd', { 0: 'RANDOM' }],
    ['/ab(cd)?e', '/abe', {}],
    ['/ab(cd)?e', '/abcde', { 0: 'cd' }],
    ['/(a|b)/:id', '/b/1', { 0: 'b', id: '1' }],
    [/^\/commits\/(\w+)(?:\.\.(\w+))?$/, '/commits/71dbb9c..4c084f9', { 0: '71dbb9c', 1: '4c084f9' }],
    [/x/g, '/axb', {}],
    [['/a', /^\/b(\d)/, '/c/:id'], '/b7', { 0: '7' }],
    [['/a', '/c/:id'], '/c/é', { id: 'é' }],
    ['/:__proto__', '/x', {}],
  ]
  for (const [spec, path, expected] of cases) {
    assert.deepEqual(params(spec, path), expected, `${String(spec)} on ${path}`)
    assert.deepEqual(params(spec, path), expected, 'twice the same')
  }
  assert.throws(() => params('/:id', '/%'), { status: 400 })
  assert.throws(() => new PathPattern('/a(b', false), /never closed/)
})

test('MW-11: paths of app.use are prefixes of whole segments', () => {
  assert.equal(prefix('/', '/a/b'), '')
  assert.equal(prefix('/api', '/api'), '/api')
  assert.equal(prefix('/api', '/API/x'), '/API')
  assert.equal(prefix('/api/', '/api/x'), '/api')
  assert.equal(prefix('/api', '/apis'), undefined)
  assert.equal(prefix('/:tenant/x', '/t1/x/y'), '/t1/x')
  assert.equal(prefix('/ap?i', '/ai/x'), '/ai')
  assert.equal(prefix('*', '/a/b'), '/a/b')
})
