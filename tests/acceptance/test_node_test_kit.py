"""`@motiadev/test` as authors use it: a project's own tests, run by vitest and by jest, with mocks and on a core (TST-1, TST-3)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from motia.project.interpreters import find_node
from support.running_project import LIMIT_S, MOTIA, Project

RUNTIME = Path(__file__).parents[2] / "runtimes/node"
MODULES = RUNTIME / "node_modules"
ENDINGS = {"typescript": "ts", "javascript": "js"}

PLACE = {
    "typescript": """
        import { type ApiRouteConfig, type StepHandler } from 'motia'
        import { priceOf } from './price'
        export const config: ApiRouteConfig = { type: 'api', name: 'Place', path: '/orders', method: 'POST', emits: ['order.placed'] }
        export const handler: StepHandler<typeof config> = async (req, { emit, logger, streams }) => {
          const order = { id: req.body.id as string, price: priceOf(req.body.id), kind: req.headers['x-kind'] }
          logger.info('placed', order)
          if (req.body.show) await streams.orders!.set('all', order.id, order)
          await emit({ topic: 'order.placed', data: order, delay: req.body.delay })
          return { status: 201, body: order }
        }
        """,
    "javascript": """
        import { priceOf } from './price.js'
        export const config = { type: 'api', name: 'Place', path: '/orders', method: 'POST', emits: ['order.placed'] }
        export const handler = async (req, { emit, logger, streams }) => {
          const order = { id: req.body.id, price: priceOf(req.body.id), kind: req.headers['x-kind'] }
          logger.info('placed', order)
          if (req.body.show) await streams.orders.set('all', order.id, order)
          await emit({ topic: 'order.placed', data: order, delay: req.body.delay })
          return { status: 201, body: order }
        }
        """,
}
SHIP = """
    import { event, logger, stateManager } from '@motia/core'
    export default event({ id: 'Ship', topic: 'order.placed' }, async ({ id }, ctx) => {
      logger.warn('shipping', { id })
      const { old_value } = await stateManager.set('seen', id, true)
      await ctx.state.update('shipped', id, [{ type: 'increment', path: 'times', by: 1 }])
      return old_value
    })
    """
PRICE = "export const priceOf = (id) => id.length * 10\n"

UNIT_TESTS = """
    HEAD
    import { createMockContext, createMockFlowContext, createMockLogger, createMockRedisClient, setupLoggerMock } from '@motiadev/test'
    import { config, handler } from '../steps/place.stepENDING'
    import ship from '../steps/ship.stepENDING'

    test('a handler gets a mock context, and its calls are seen', async () => {
      const ctx = createMockContext()
      const answer = await handler({ body: { id: 'abc', show: true }, headers: { 'x-kind': 'k' } }, ctx)
      const order = { id: 'abc', price: 30, kind: 'k' }
      expect(answer).toEqual({ status: 201, body: order })
      expect(ctx.emit).toHaveBeenCalledTimes(1)
      expect(ctx.emit).toHaveBeenCalledWith({ topic: 'order.placed', data: order, delay: undefined })
      expect(ctx.logger.info).toHaveBeenCalledWith('placed', order)
      expect(ctx.logger.error).not.toHaveBeenCalled()
      expect(ctx.streams.orders.set).toHaveBeenLastCalledWith('all', 'abc', order)
      expect(await ctx.streams.orders.get('all', 'abc')).toEqual(order)
      expect(config.name).toBe('Place')
    })

    test('a handler needs no more than the members it uses', async () => {
      const emitted = []
      const ctx = { emit: async (event) => void emitted.push(event.topic), logger: { info() {} } }
      expect((await handler({ body: { id: 'a' }, headers: {} }, ctx)).status).toBe(201)
      expect(emitted).toEqual(['order.placed'])
    })

    test('a mock may answer otherwise', async () => {
      const ctx = createMockFlowContext({ traceId: 't' })
      ctx.state.get.mockResolvedValue({ n: 1 })
      ctx.emit.mockRejectedValueOnce(new Error('the queue is full'))
      expect(await ctx.state.get('any', 'key')).toEqual({ n: 1 })
      await expect(handler({ body: { id: 'a' }, headers: {} }, ctx)).rejects.toThrow('the queue is full')
      expect(ctx.traceId).toBe('t')
      ctx.emit.mockClear()
      expect(ctx.emit).not.toHaveBeenCalled()
    })

    test('state remembers, and what is imported uses it too', async () => {
      const log = setupLoggerMock()
      const ctx = createMockContext({ stored: { seen: { a: 'before' } } })
      expect(await ship({ id: 'a' }, ctx)).toBe('before')
      await ship({ id: 'a' }, ctx)
      expect(await ctx.state.get('shipped', 'a')).toEqual({ times: 2 })
      expect(await ctx.state.listGroups()).toEqual(['seen', 'shipped'])
      expect(log.warn).toHaveBeenCalledWith('shipping', { id: 'a' })
      log.restore()
    })

    test('wrong calls fail as in a project', async () => {
      const ctx = createMockContext()
      await expect(ctx.emit({ data: 1 })).rejects.toThrow('topic')
      await expect(ctx.state.get('group', undefined)).rejects.toThrow('key')
    })

    test('match and getData see the input', async () => {
      const ctx = createMockContext({ input: { body: { n: 1 } }, trigger: { type: 'http', index: 0 } })
      expect(ctx.getData()).toEqual({ n: 1 })
      expect(await ctx.match({ http: (request) => request.body.n })).toBe(1)
      expect([ctx.is.http(), ctx.is.api(), ctx.is.queue()]).toEqual([true, true, false])
      await expect(ctx.match({ cron: () => 1 })).rejects.toThrow('No handler matched for trigger type: http')
    })

    test('a mock of redis keeps values', async () => {
      const redis = createMockRedisClient()
      await redis.set('a', 1)
      expect(await redis.get('a')).toBe('1')
      expect(redis.set).toHaveBeenCalledWith('a', 1)
      createMockLogger().info('said to nobody')
    })
    """

TESTER_TESTS = """
    HEAD
    import { createMotiaTester } from '@motiadev/test'

    let server
    beforeAll(async () => {
      server = await createMotiaTester({ clock: 'manual' })
    })
    afterAll(async () => {
      await server.close()
    })

    test('requests, events and state on a real core', async () => {
      const placed = server.watch('order.placed')
      const answer = await server.post('/orders', { body: { id: 'abc' }, headers: { 'x-kind': 'k' } })
      expect(answer.status).toBe(201)
      expect(answer.body).toEqual({ id: 'abc', price: 30, kind: 'k' })
      expect(answer.headers['x-trace-id']).toBeTruthy()
      await server.waitEvents()
      expect(placed.getCapturedEvents().map((event) => event.topic)).toEqual(['order.placed'])
      expect(placed.getLastCapturedEvent().data).toEqual(answer.body)
      expect(placed.getCapturedEvent(0)).toEqual(placed.getCapturedEvent(-1))
      expect(await server.state('shipped')).toEqual({ abc: { times: 1 } })
      expect((await server.get('/nowhere')).status).toBe(404)
      expect((await server.put('/orders')).status).toBe(405)
    })

    test('emit starts what subscribes', async () => {
      await server.emit({ topic: 'order.placed', data: { id: 'emitted' } })
      await server.waitEvents()
      expect((await server.state('shipped')).emitted).toEqual({ times: 1 })
    })

    test('time passes when the test says so', async () => {
      await server.post('/orders', { body: { id: 'later', delay: '1h' } })
      await server.advance(3_599_000)
      expect((await server.state('shipped')).later).toBeUndefined()
      await server.advance(1_000)
      expect((await server.state('shipped')).later).toEqual({ times: 1 })
    })

    test('what cannot start says why', async () => {
      const wrong = createMotiaTester({ root: 'nowhere' })
      await expect(wrong.get('/')).rejects.toThrow()
      const missing = createMotiaTester({ command: 'no-such-program' })
      await expect(missing.get('/')).rejects.toThrow('no-such-program')
    })
    """
HEADS = {"vitest": "import { afterAll, beforeAll, expect, test } from 'vitest'", "jest": ""}
TYPED = "// @ts-nocheck\n"


@pytest.fixture(params=list(ENDINGS))
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def write_project(project: Project, language: str, runner: str, tests: str) -> None:
    ending = ENDINGS[language]
    project.write("package.json", '{"type": "module"}')
    project.write(f"steps/place.step.{ending}", PLACE[language])
    project.write(f"steps/ship.step.{ending}", SHIP)
    project.write(f"steps/price.{ending}", PRICE)
    text = tests.replace("HEAD", HEADS[runner])
    if ending == "ts":
        text = text.replace("ENDING", "")
    project.write(f"tests/place.test.{ending}", text.replace("ENDING", f".{ending}"))
    modules = project.root / "node_modules"
    (modules / "@motiadev").mkdir(parents=True)
    (modules / "motia").symlink_to(RUNTIME)
    (modules / "@motiadev/test").symlink_to(RUNTIME / "stand-ins/test")
    (modules / "vitest").symlink_to(MODULES / "vitest")
    project.write("jest.config.js", "export default { preset: 'motia', reporters: ['default'] }\n")
    project.write(
        "vitest.config.ts",
        "import motia from 'motia/vitest'\nexport default { plugins: [motia()], test: { watch: false } }\n",
    )


def run(project: Project, runner: str) -> None:
    """The project's tests, which all pass."""
    node = find_node(project.root, os.environ)
    assert node.path is not None, node.reason
    programs = {
        "vitest": [str(MODULES / "vitest/vitest.mjs"), "run"],
        "jest": [str(MODULES / "jest/bin/jest.js"), "--ci"],
    }
    options = {"vitest": "", "jest": "--experimental-vm-modules --no-warnings"}
    done = subprocess.run(
        [node.path, *programs[runner]], cwd=project.root, capture_output=True, text=True, check=False, timeout=4 * LIMIT_S,
        env={**os.environ, "NODE_OPTIONS": options[runner], "MOTIA_BIN": MOTIA, "CI": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout + done.stderr


@pytest.mark.parametrize("runner", ["vitest", "jest"])
def test_tst_1_tst_3_hnd_14_handlers_are_tested_with_mocks(project: Project, language: str, runner: str) -> None:
    write_project(project, language, runner, UNIT_TESTS)
    run(project, runner)


@pytest.mark.parametrize("runner", ["vitest", "jest"])
def test_tst_1_tst_4_a_project_is_tested_on_a_core(project: Project, language: str, runner: str) -> None:
    write_project(project, language, runner, TESTER_TESTS)
    run(project, runner)


def test_prj_13_the_test_kit_is_found_by_the_loader(project: Project, language: str) -> None:
    """Whatever is installed: neither `motia` nor `@motiadev/test` is here."""
    ending = ENDINGS[language]
    project.write(
        f"steps/kit.step.{ending}",
        """
        import { createMockContext } from '@motiadev/test'
        import { createMotiaTester } from 'motia/test'
        export const config = { type: 'api', name: 'Kit', path: '/kit' }
        export const handler = async () => [typeof createMockContext, typeof createMotiaTester]
        """,
    )
    project.write(
        f"steps/required.step.c{ending}",
        """
        const { createMockContext } = require('@motiadev/test')
        module.exports = { config: { type: 'api', name: 'Required', path: '/required' }, handler: () => [typeof createMockContext] }
        """,
    )
    project.start()
    assert project.http.get("/kit").json() == ["function", "function"]
    assert project.http.get("/required").json() == ["function"]
