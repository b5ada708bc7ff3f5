"""Every template and example does what its README says: it loads without a complaint, type-checks, and runs."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from motia.app.offline import LoadedProject, load_project
from motia.app.project_settings import ProjectSettings
from motia.cli.build import build
from motia.cli.create import create
from motia.cli.generate import generate
from motia.project.manifest import read_manifest, stale_files
from motia.testing import MotiaTester
from support.running_project import Project, until

REPOSITORY = Path(__file__).parents[2]
TSC = REPOSITORY / "runtimes" / "node" / "node_modules" / "typescript" / "bin" / "tsc"

STARTER = {
    "HelloWorld": "api",
    "CountGreeting": "event",
    "ListGreetings": "api",
    "ReportGreetings": "cron",
    "ResetGreetings": "noop",
}
STARTER_ROUTES = {"GET /hello-world", "GET /greetings"}
OLD_STARTER = STARTER | {"HelloAPI": "api"}
OLD_STARTER_ROUTES = STARTER_ROUTES | {"GET /hello"}
TUTORIAL = {
    "AddPet": "api",
    "PlaceOrder": "api",
    "ReservePet": "event",
    "NotifyCustomer": "event",
    "GetOrder": "api",
    "FlagOverdueOrders": "cron",
    "ResetShop": "noop",
}
TUTORIAL_ROUTES = {"POST /pets", "POST /orders", "GET /orders/:id"}
FIRST_LOOK = {
    "HelloWorld": "api",
    "PlaceOrder": "api",
    "PriceOrder": "event",
    "ConfirmOrder": "event",
    "GetOrder": "api",
    "CountOrders": "cron",
    "ResetOrders": "noop",
}
FIRST_LOOK_ROUTES = {"GET /hello-world", "POST /orders", "GET /orders/:id"}


@dataclasses.dataclass(frozen=True)
class Case:
    """What `motia create` is told, and what comes of it."""

    template: str
    language: str
    languages: frozenset[str]
    steps: dict[str, str]
    routes: set[str]

    def __str__(self) -> str:
        return f"{self.template}-{self.language}"


PYTHON, NODE = frozenset({"python"}), frozenset({"node"})
STARTERS = [
    Case("starter", "python", PYTHON, STARTER, STARTER_ROUTES),
    Case("starter", "typescript", NODE, STARTER, STARTER_ROUTES),
    Case("starter", "javascript", NODE, STARTER, STARTER_ROUTES),
    Case("starter", "multi-language", PYTHON | NODE, STARTER, STARTER_ROUTES),
]
OLD_STARTERS = [
    Case("starter-python", "python", PYTHON, OLD_STARTER, OLD_STARTER_ROUTES),
    Case("starter-typescript", "typescript", NODE, OLD_STARTER, OLD_STARTER_ROUTES),
    Case("starter-javascript", "javascript", NODE, OLD_STARTER, OLD_STARTER_ROUTES),
    Case("starter-multilang", "multi-language", PYTHON | NODE, OLD_STARTER, OLD_STARTER_ROUTES),
]
TUTORIALS = [
    Case("tutorial", "python", PYTHON, TUTORIAL, TUTORIAL_ROUTES),
    Case("tutorial", "typescript", NODE, TUTORIAL, TUTORIAL_ROUTES),
    Case("tutorial", "multi-language", PYTHON | NODE, TUTORIAL, TUTORIAL_ROUTES),
]
EXAMPLE = Case("first-look", "example", PYTHON | NODE, FIRST_LOOK, FIRST_LOOK_ROUTES)
AGENT = Case(
    "ai-agent",
    "python",
    PYTHON,
    {"AskQuestion": "api", "ThinkAboutQuestion": "event", "UseTool": "event", "GetAnswer": "api"},
    {"POST /questions", "GET /questions/:id"},
)
KITCHEN = {
    "ShowPage": "api",
    "PlaceOrder": "api",
    "ListOrders": "api",
    "CookOrder": "event",
    "ServeOrder": "event",
    "ClearAway": "cron",
}
FULL_STACK = Case("full-stack", "multi-language", PYTHON | NODE, KITCHEN, {"GET /", "POST /orders", "GET /orders"})
ALL = [*STARTERS, *OLD_STARTERS, *TUTORIALS, AGENT, FULL_STACK, EXAMPLE]
TYPED = [case for case in ALL if case.language in {"typescript", "multi-language", "example"}]


def make(case: Case, root: Path) -> None:
    """The project of a case, as a user gets it."""
    if case is EXAMPLE:
        left = shutil.ignore_patterns(".motia", "dist", "types.d.ts", "motia_types.pyi", "__pycache__")
        shutil.copytree(REPOSITORY / "examples" / "first-look", root, ignore=left, dirs_exist_ok=True)
    else:
        run(create, "--name", str(root), "--template", case.template, "--language", case.language)


def run(command: Any, *arguments: str, status: int = 0) -> str:
    """A command's output."""
    done = CliRunner().invoke(command, list(arguments))
    assert done.exit_code == status, done.output
    return done.output


def load(root: Path) -> LoadedProject:
    async def loaded() -> LoadedProject:
        return await load_project(await ProjectSettings.read(root, "build"))

    return asyncio.run(loaded())


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The directory of the project that the test's case describes."""
    root = tmp_path / "shop"
    make(request.param, root)
    return root


@pytest.fixture
def running(request: pytest.FixtureRequest, project: Project) -> Project:
    """The project of the test's case, served."""
    shutil.rmtree(project.root)
    make(request.param, project.root)
    project.start()
    return project


def of(*cases: Case) -> Any:
    """Parametrises a fixture and the case it is made from."""
    return {"argvalues": [(case, case) for case in cases], "ids": list(map(str, cases))}


@pytest.mark.parametrize(("case", "made"), **of(*ALL), indirect=["made"])
def test_it_loads_without_a_complaint(case: Case, made: Path) -> None:
    code = load(made).code
    assert [str(notice) for notice in code.notices] == []
    assert {step.name: step.kind for step in code.table.steps} == case.steps
    assert {f"{route.trigger.method} {route.trigger.path}" for route in code.routes.routes} == case.routes
    assert {step.language for step in code.table.steps} == case.languages
    assert all(step.has_handler and step.description for step in code.table.steps)


@pytest.mark.parametrize(("case", "made"), **of(*TYPED), indirect=["made"])
def test_its_types_are_right(case: Case, made: Path) -> None:
    """Without any npm package: `generate types` puts there what the compiler needs."""
    run(generate, "types", str(made))
    node = asyncio.run(ProjectSettings.read(made, "dev")).code().launches["node"].command[-2]
    checked = subprocess.run([node, str(TSC), "-p", str(made)], capture_output=True, text=True, check=False)
    assert checked.stdout == ""
    assert checked.returncode == 0


@pytest.mark.parametrize(("case", "running"), **of(*STARTERS, *OLD_STARTERS), indirect=["running"])
def test_a_starter_greets_counts_and_forgets(case: Case, running: Project) -> None:
    http = running.http
    assert http.get("/hello-world").json() == {"message": "Hello, World!"}
    assert http.get("/hello-world", params={"name": "Ada"}).json() == {"message": "Hello, Ada!"}
    assert http.get("/hello-world?name=a&name=b").status_code == 400
    expected = {"World": 1, "Ada": 1}
    if "GET /hello" in case.routes:
        assert http.get("/hello").json() == {"message": "Hello, World!"}
        expected["World"] = 2
    assert until(lambda: (counts := http.get("/greetings").json()) == expected and counts)
    running.motia("trigger", "ReportGreetings")
    assert until(lambda: running.expect_log("Greetings so far")["people"] == 2)
    running.motia("trigger", "ResetGreetings")
    assert until(lambda: http.get("/greetings").json() == {})


@pytest.mark.parametrize(
    ("question", "answer", "tools"),
    [
        ("What is 6 * (3 + 4)?", "It is 42.", ["calculate"]),
        ("What is 1 / 0?", "It is that went wrong: division by zero.", ["calculate"]),
        ("Who are you?", "I can calculate and tell the time. With MODEL_API_KEY set, a real model answers.", []),
    ],
)
@pytest.mark.parametrize(("case", "running"), **of(AGENT), indirect=["running"])
def test_cli_4_the_agent_answers_without_a_key(
    case: Case, running: Project, question: str, answer: str, tools: list[str]
) -> None:
    http = running.http
    assert http.post("/questions", json={"text": ""}).status_code == 400
    assert http.get("/questions/nobody").status_code == 404
    asked = http.post("/questions", json={"text": question})
    assert asked.status_code == 202
    path = f"/questions/{asked.json()['id']}"
    found = until(lambda: (got := http.get(path).json())["status"] == "answered" and got)
    assert found["answer"] == answer
    assert [turn["tool"] for turn in found["turns"] if turn["role"] == "tool"] == tools


@pytest.mark.parametrize(("case", "made"), **of(AGENT), indirect=["made"])
def test_cli_4_the_agent_asks_a_service_when_there_is_a_key(case: Case, made: Path) -> None:
    """A service stands in for one on the network: it first wants a tool, then answers with its result."""
    asked: list[dict[str, Any]] = []

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append({"path": self.path, "key": self.headers["authorization"], **body})
            last = body["messages"][-1]["content"]
            said = last if last.startswith("Result") else '{"tool": "calculate", "argument": "2 + 2"}'
            answer = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the standard library calls it
            """Quiet."""

    service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    environment = {"MODEL_API_KEY": "k", "MODEL_NAME": "m", "MODEL_URL": f"http://127.0.0.1:{service.server_port}/v1/"}
    with MotiaTester(made, environment) as tester:
        path = f"/questions/{tester.post('/questions', {'text': 'How much?'}).body['id']}"
        tester.wait_events()
        assert tester.get(path).body["answer"] == "Result of calculate: 4"
    service.shutdown()
    service.server_close()
    assert [each["path"] for each in asked] == ["/v1/chat/completions"] * 2
    assert {(each["key"], each["model"]) for each in asked} == {("Bearer k", "m")}


@pytest.mark.parametrize(("case", "running"), **of(FULL_STACK), indirect=["running"])
def test_cli_4_the_full_stack_shows_orders_as_they_are_cooked(case: Case, running: Project) -> None:
    http = running.http
    page = http.get("/", headers={"accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    followed, orders = re.findall(r"""(?:EventSource|fetch)\('([^']+)'""", page.text)
    assert http.post(orders, json={"dish": ""}).status_code == 400
    seen: list[tuple[str, str]] = []
    with http.stream("GET", followed) as feed:
        lines = feed.iter_lines()
        assert next_change(lines) == ("sync", [])
        placed = http.post(orders, json={"dish": "soup"})
        assert placed.status_code == 202
        while not seen or seen[-1] != ("update", "ready"):
            kind, order = next_change(lines)
            assert (order["id"], order["dish"]) == (placed.json()["id"], "soup")
            seen.append((kind, order["status"]))
    assert seen == [("create", "placed"), ("update", "cooking"), ("update", "ready")]
    assert [order["status"] for order in http.get(orders).json()] == ["ready"]
    running.motia("trigger", "ClearAway")
    assert until(lambda: http.get(orders).json() == [])


def next_change(lines: Iterator[str]) -> tuple[str, Any]:
    """The next message of a feed: what happened, and to what."""
    event = json.loads(next(line for line in lines if line.startswith("data: ")).removeprefix("data: "))["event"]
    return event["type"], event["data"]


@pytest.mark.parametrize(("case", "running"), **of(*TUTORIALS), indirect=["running"])
def test_the_tutorial_goes_as_its_readme_tells(case: Case, running: Project) -> None:
    http = running.http
    rex = {"id": "rex", "name": "Rex", "species": "dog", "price": 120}
    assert http.post("/pets", json=rex).json() == rex
    assert http.post("/pets", json=rex).status_code == 409
    assert http.post("/pets", json=rex | {"species": "fish"}).json()["error"] == "Validation failed"
    assert http.post("/orders", json={"petId": "tom", "email": "ada@example.com"}).status_code == 404

    def order(pet: str, email: str, **more: int) -> str:
        placed = http.post("/orders", json={"petId": pet, "email": email, **more})
        assert placed.status_code == 202
        assert placed.json()["status"] == "placed"
        return str(placed.json()["id"])

    def told(order_id: str, status: str, messages: int = 1) -> str:
        def answer() -> Any:
            body = http.get(f"/orders/{order_id}").json()
            return body["status"] == status and len(body["messages"]) == messages and body["messages"][-1]

        return str(until(answer))

    ada, bob = order("rex", "ada@example.com"), order("rex", "bob@example.com")
    assert told(ada, "confirmed") == "Good news: Rex is waiting for you."
    assert told(bob, "declined") == "Sorry, somebody was faster: Rex has found a home."

    http.post("/pets", json={"id": "kiki", "name": "Kiki", "species": "parrot", "price": 80})
    late = order("kiki", "ada@example.com", holdMinutes=0)
    # By now its own schedule may have found it.
    until(lambda: http.get(f"/orders/{late}").json()["status"] != "placed")
    running.motia("trigger", "FlagOverdueOrders")
    assert told(late, "overdue", 2) == "You did not come for Kiki, who is looking for somebody else now."
    assert told(order("kiki", "bob@example.com"), "confirmed") == "Good news: Kiki is waiting for you."

    running.motia("trigger", "ResetShop")
    assert until(lambda: http.get(f"/orders/{ada}").status_code == 404)


@pytest.mark.parametrize(("case", "running"), **of(EXAMPLE), indirect=["running"])
def test_the_first_look_goes_as_its_readme_tells(case: Case, running: Project) -> None:
    http = running.http
    readme = (running.root / "README.md").read_text(encoding="utf-8")
    assert http.get("/hello-world").text in readme
    items = [{"sku": "TEA-GREEN", "quantity": 2}, {"sku": "MUG-BLUE", "quantity": 1}]
    body = {"email": "ada@example.com", "items": items}
    assert json.dumps(body) in readme
    placed = http.post("/orders", json=body)
    order_id = placed.json()["id"]
    assert placed.json() == {"id": order_id, "status": "placed"}
    order = until(
        lambda: (
            (answer := http.get(f"/orders/{order_id}")).status_code == 200
            and answer.json()["status"] == "confirmed"
            and answer
        )
    )
    assert order.text.replace(order_id, "c030a8f1-3234-4f43-96c7-06da942dd684") in readme
    for quantity, sku in ((0, "TEA-GREEN"), (1, "COFFEE")):
        refused = http.post("/orders", json={**body, "items": [{"sku": sku, "quantity": quantity}]})
        assert refused.text in readme
    names = [span["name"] for span in running.trace(placed.headers["x-trace-id"])["spans"]]
    assert {"PlaceOrder", "PriceOrder", "ConfirmOrder"} <= set(names)
    running.motia("trigger", "CountOrders")
    assert until(lambda: running.expect_log("Orders counted")["confirmed"] == 1)
    running.motia("trigger", "ResetOrders")
    assert until(lambda: http.get(f"/orders/{order_id}").status_code == 404)


# The commands around them, with real workers


@pytest.mark.parametrize(("case", "made"), **of(TUTORIALS[2]), indirect=["made"])
def test_a_build_knows_when_it_is_out_of_date(case: Case, made: Path) -> None:
    run(build, str(made))
    manifest = read_manifest(made / "dist")
    assert manifest is not None
    assert {step["name"] for step in manifest["steps"].values()} == set(case.steps)
    assert {"motia.config.toml", "steps/orders/messages.ts", "steps/shop/clock.py"} <= set(manifest["files"])
    assert stale_files(made, manifest) == ()
    (made / "steps/shop/clock.py").write_text("def now():\n    return 0\n")
    assert stale_files(made, manifest) == ("steps/shop/clock.py",)


@pytest.mark.parametrize(("case", "made"), **of(STARTERS[3]), indirect=["made"])
def test_a_build_names_all_that_is_wrong(case: Case, made: Path) -> None:
    steps = made / "steps"
    (steps / "broken_step.py").write_text("def handler(:\n")
    (steps / "broken.step.ts").write_text("export const config = {\n")
    (steps / "twice_step.py").write_text('config = {"type": "noop", "name": "HelloWorld"}\n')
    (steps / "cron_step.py").write_text('config = {"type": "cron", "cron": "x"}\ndef handler(): ...\n')
    (steps / "other.step.js").write_text(
        "export const config = { type: 'api', path: '/greetings' }\nexport const handler = () => 1\n"
    )
    output = run(build, str(made), status=1)
    errors = [line for line in output.splitlines() if line.startswith("[ERROR]")]
    for word in (
        "broken_step.py:1",
        "broken.step.ts",
        "Duplicate step names: HelloWorld",
        "cron_step.py",
        "other.step.js",
    ):
        assert any(word in line for line in errors), f"{word} is missing in:\n{output}"
    assert "Endpoint conflict: GET /greetings" in output
    assert "Traceback" not in output
    assert not (made / "dist").exists()


@pytest.mark.parametrize(("case", "made"), **of(STARTERS[3]), indirect=["made"])
def test_cli_10_generated_steps_run_as_they_are(case: Case, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made)
    names = []
    for language in ("python", "typescript", "javascript", "ruby"):
        for kind in ("api", "event", "cron", "noop"):
            names.append(f'A {kind}\'s "{language}"')
            run(generate, "step", "-n", names[-1], "-t", kind, "-l", language, "--emits", "greeting.sent")
    loaded = load(made).code
    assert [str(notice) for notice in loaded.notices] == []
    assert {step.name for step in loaded.table.steps} == {*case.steps, *names}


def test_a_python_project_gets_python_types_only(tmp_path: Path) -> None:
    make(STARTERS[0], tmp_path / "shop")
    assert "motia_types.pyi" in run(generate, "types", str(tmp_path / "shop"))
    assert "HelloWorldContext" in (tmp_path / "shop" / "motia_types.pyi").read_text()
    assert not os.path.lexists(tmp_path / "shop" / "types.d.ts")
