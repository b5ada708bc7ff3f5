"""A TypeScript API Step → event → Python Step → state → second event → TypeScript Step, and everything a user does around it."""

from __future__ import annotations

from typing import Any

import pytest

from support.running_project import Project, until

PLACE = """
    import { type ApiRouteConfig, type Handlers } from 'motia'
    import { orderId } from '../lib/ids'

    export const config: ApiRouteConfig = {
      type: 'api', name: 'PlaceOrder', method: 'POST', path: '/orders', emits: ['order.placed'], flows: ['orders'],
      bodySchema: {
        type: 'object',
        properties: { email: { type: 'string' }, quantity: { type: 'integer', minimum: 1 } },
        required: ['email', 'quantity'],
      },
    }

    export const handler: Handlers['PlaceOrder'] = async (req, { emit, logger, traceId }) => {
      const id = orderId()
      logger.info('order placed', { id })
      await emit({ topic: 'order.placed', data: { id, ...req.body } })
      return { status: 201, body: { id, traceId } }
    }
"""
PRICE = """
    from lib.prices import total

    config = {
        "type": "event", "name": "PriceOrder", "subscribes": ["order.placed"], "emits": ["order.priced"], "flows": ["orders"],
    }

    async def handler(input, context):
        order = {"id": input["id"], "email": input["email"], "total": total(input["quantity"])}
        await context.state.set("orders", input["id"], order)
        context.logger.info("order priced", {"total": order["total"]})
        await context.emit({"topic": "order.priced", "data": order})
"""
CONFIRM = """
    import { type EventConfig, type Handlers } from '@motia/core'

    enum Status { Confirmed = 'confirmed' }

    export const config: EventConfig = { type: 'event', name: 'ConfirmOrder', subscribes: ['order.priced'], flows: ['orders'] }

    export const handler: Handlers['ConfirmOrder'] = async (input, { state, logger }) => {
      const order = await state.get<Record<string, unknown>>('orders', input.id)
      await state.set('orders', input.id, { ...order, status: Status.Confirmed })
      logger.info('order confirmed', { id: input.id })
    }
"""
READ = """
    module.exports = {
      config: { type: 'api', name: 'ReadOrder', method: 'GET', path: '/orders/:id' },
      handler: async (req, { state }) => {
        const order = await state.get('orders', req.pathParams.id)
        return order ? { status: 200, body: order } : { status: 404, body: { error: 'no such order' } }
      },
    }
"""


@pytest.fixture
def orders(project: Project) -> Project:
    project.write("lib/ids.ts", "export const orderId = (): string => crypto.randomUUID()\n")
    project.write("lib/prices.py", "def total(quantity: int) -> int:\n    return 7 * quantity\n")
    project.write("steps/place-order.step.ts", PLACE)
    project.write("steps/price_order_step.py", PRICE)
    project.write("steps/confirm-order.step.ts", CONFIRM)
    project.write("steps/read-order.step.js", READ)
    project.write(
        "steps/tick_step.py",
        """
        config = {"type": "cron", "name": "Tick", "cron": "* * * * * *"}

        def handler(ctx):
            ctx.state.increment("ticks", "count")
        """,
    )
    project.write(
        "steps/reset.step.ts",
        """
        export const config = { type: 'noop', name: 'Reset' }
        export const handler = async (input: { why: string }, { state, logger }) => {
          await state.clear('orders')
          logger.info('reset done', { why: input.why })
        }
        """,
    )
    return project


def test_one_story_is_one_trace(orders: Project) -> None:
    orders.start()
    answer = orders.http.post("/orders", json={"email": "a@example.com", "quantity": 3})
    assert answer.status_code == 201
    placed = answer.json()
    assert answer.headers["x-trace-id"] == placed["traceId"]
    orders.expect_log("order confirmed")
    order = until(lambda: orders.state("orders").get(placed["id"]))
    assert order == {"id": placed["id"], "email": "a@example.com", "total": 21, "status": "confirmed"}
    assert orders.http.get(f"/orders/{placed['id']}").json() == order

    def finished() -> object:
        shown = orders.trace(placed["traceId"])
        return shown if all(span["end"] for span in shown["spans"]) and len(shown["spans"]) >= 8 else None

    trace = until(finished)
    spans = {span["id"]: span for span in trace["spans"]}
    names = [span["name"] for span in trace["spans"]]
    assert names == [
        "PlaceOrder", "emit", "PriceOrder", "state.set", "emit", "ConfirmOrder", "state.get", "state.set",
    ]  # fmt: skip

    def parents(span: dict[str, Any]) -> list[str]:
        above = spans.get(span["parentId"])
        return [] if above is None else [*parents(above), above["name"]]

    assert parents(trace["spans"][0]) == []
    assert parents(trace["spans"][-1]) == ["PlaceOrder", "emit", "PriceOrder", "emit", "ConfirmOrder"]
    starts = [span["start"] for span in trace["spans"]]
    assert starts == sorted(starts)
    assert {span["status"] for span in trace["spans"]} == {"ok"}
    assert [log["msg"] for log in trace["logs"]] == ["order placed", "order priced", "order confirmed"]
    assert {log["traceId"] for log in trace["logs"]} == {placed["traceId"]}


def test_a_cron_step_fires_and_a_noop_step_is_started_by_hand(orders: Project) -> None:
    orders.start()
    until(lambda: orders.state("ticks").get("count", 0) >= 2)
    orders.http.post("/orders", json={"email": "a@example.com", "quantity": 1}).raise_for_status()
    orders.expect_log("order confirmed")
    assert "Started Reset" in orders.motia("trigger", "Reset", "--data", '{"why": "test"}')
    orders.expect_log("reset done")
    until(lambda: orders.state("orders") == {})
    said = orders.motia("trigger", "Rest", status=1)
    assert "Reset" in said


def test_a_body_that_breaks_the_schema_names_the_fields(orders: Project) -> None:
    orders.start()
    answer = orders.http.post("/orders", json={"quantity": 0})
    assert answer.status_code == 400
    body = answer.json()
    assert body["error"] == "Validation failed"
    assert {detail["path"] for detail in body["details"]} == {"email", "quantity"}


def test_a_throw_is_a_500_without_a_stack_and_is_logged_with_one(project: Project) -> None:
    project.write(
        "steps/a.step.ts",
        """
        export const config = { type: 'api', name: 'A', path: '/a' }
        export const handler = async () => { throw new Error('secret detail') }
    """,
    )
    project.write(
        "steps/b_step.py",
        """
        config = {"type": "api", "name": "B", "path": "/b"}
        def handler(req):
            raise ValueError("secret detail")
    """,
    )
    project.start()
    for path, file in (("/a", "a.step.ts"), ("/b", "b_step.py")):
        answer = project.http.get(path)
        assert (answer.status_code, answer.json()) == (500, {"error": "Internal server error"})
        logged = project.expect_log("secret detail")
        assert file in logged["error"]["stack"]
        trace = project.trace(answer.headers["x-trace-id"])
        assert trace["spans"][0]["status"] == "error"


def test_three_retries_then_a_dead_letter_that_can_be_redriven(project: Project) -> None:
    project.write("motia.config.toml", '[queue]\nbackoff = "fixed"\ndelay = 5\n')
    project.write(
        "steps/fails_step.py",
        """
        config = {"type": "event", "name": "Fails", "subscribes": ["go"]}
        async def handler(input, ctx):
            ctx.logger.info(f"attempt {ctx.attempt}")
            if not await ctx.state.get("switch", "on"):
                raise RuntimeError("not now")
            ctx.logger.info("went well")
    """,
    )
    project.start()
    project.motia("emit", "go", "--data", '{"n": 1}')
    for attempt in (1, 2, 3, 4):
        project.expect_log(f"attempt {attempt}")
    project.expect_log("dead letter")
    [dead] = project.http.get("/__motia/queue/dead").json()
    assert (dead["step"], dead["reason"], dead["payload"], dead["attempt"]) == ("Fails", "exhausted", {"n": 1}, 4)
    assert dead["error"]["message"] == "not now"
    project.motia("state", "set", "switch", "on", "true")
    assert project.http.post("/__motia/queue/redrive", json={"ids": [dead["id"]]}).json() == {"redriven": 1}
    project.expect_log("went well")
    until(lambda: project.http.get("/__motia/queue/dead").json() == [])
    assert until(
        lambda: (books := project.http.get("/__motia/queue").json()) and books["ledger"][0]["done"] == 1 and books
    )["balanced"]


def test_motia_trigger_starts_a_step_in_another_language(project: Project) -> None:
    project.write(
        "steps/a.step.ts",
        """
        export const config = { type: 'api', name: 'A', path: '/a', method: 'POST' }
        export const handler = async (req) => motia.trigger('python side', { from: 'ts', n: 12345678901234567890n.toString() })
    """,
    )
    project.write(
        "steps/b_step.py",
        """
        config = {"type": "event", "name": "python side", "subscribes": ["python.side"]}
        async def handler(input, ctx):
            ctx.logger.info("started directly", {"got": input["from"]})
    """,
    )
    project.start()
    answer = project.http.post("/a")
    assert answer.status_code == 200
    assert answer.json()["traceId"] == answer.headers["x-trace-id"]
    assert project.expect_log("started directly")["got"] == "ts"


def test_the_admin_surface_is_described_and_answers(orders: Project) -> None:
    from openapi_spec_validator import validate  # noqa: PLC0415 - only here

    orders.start()
    document = orders.http.get("/__motia/openapi.json").json()
    validate(document)
    for path, methods in document["paths"].items():
        endless = "text/event-stream" in methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "get" in methods and "{" not in path and not endless and path != "/":
            answer = orders.http.get(path)
            assert answer.status_code in {200, 400}, path
    page = orders.http.get("/", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "Motia Workbench" in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert orders.http.get("/", headers={"accept": "application/json"}).status_code == 404
    assert [flow["name"] for flow in orders.http.get("/__motia/flows").json()] == ["default", "orders"]


def test_commands_against_a_running_core(orders: Project) -> None:
    for command in (["steps"], ["state", "list"], ["traces"], ["logs"], ["emit", "x"], ["trigger", "x"]):
        assert "no core is running" in orders.motia(*command, status=1)
    orders.start()
    assert "PlaceOrder" in orders.motia("steps")
    assert "Nobody subscribes" in orders.motia("emit", "nobody.listens", "--data", "1")
    orders.motia("emit", "order.placed", "--data", '{"id": "o1", "email": "e", "quantity": 2}')
    orders.expect_log("order confirmed")
    assert '"total": 14' in orders.motia("state", "get", "orders", "o1")
    assert "order confirmed" in orders.motia("logs", "--json")
    assert "emit order.placed" in orders.motia("traces")
    assert "is not JSON" in orders.motia("emit", "x", "--data", "{", status=2)
    assert "no value" in orders.motia("state", "get", "orders", "o2", status=1)
