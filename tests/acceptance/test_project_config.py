"""`motia.config` in a programming language, and what it puts before routing."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.running_project import LIMIT_S, Project, until

STEP = """
    export const config = { type: 'api', name: 'Who', method: 'GET', path: '/who' }
    export const handler = async (req) => ({ status: 200, body: { user: req.user ?? null }, headers: { 'x-step': 'yes' } })
"""
PYTHON_STEP = """
    config = {"type": "api", "name": "PyWho", "path": "/py-who"}
    async def handler(req):
        return {"status": 200, "body": {"user": req.user}}
"""
EXPRESS = """
    import { defineConfig } from 'motia'

    const allow = (req, res, next) => {
      res.setHeader('x-seen', req.path)
      if (req.headers.authorization !== 'let me in') return res.status(401).json({ error: 'who are you?' })
      req.user = { name: 'ada' }
      next()
    }

    export default defineConfig({ middleware: { pre: [allow] }, development: { requestTimeout: '10s' } })
"""
ONION = """
    async def allow(req, ctx, next):
        if req.headers.get("authorization") != "let me in":
            return {"status": 401, "body": {"error": "who are you?"}, "headers": {"x-seen": req.path}}
        req.user = {"name": "ada"}
        response = await next()
        response["headers"]["x-seen"] = req.path
        return response

    middleware = {"pre": [allow]}
"""


@pytest.mark.parametrize(("file", "text"), [("motia.config.ts", EXPRESS), ("motia.config.py", ONION)])
def test_mw_7_what_comes_before_routing_guards_every_language(project: Project, file: str, text: str) -> None:
    project.write(file, text)
    project.write("steps/who.step.ts", STEP)
    project.write("steps/who_step.py", PYTHON_STEP)
    project.start()
    for path in ("/who", "/py-who", "/nowhere"):
        refused = project.http.get(path)
        assert (refused.status_code, refused.json()) == (401, {"error": "who are you?"})
        assert refused.headers["x-seen"] == path
    allowed = {"authorization": "let me in"}
    for path in ("/who", "/py-who"):
        answer = project.http.get(path, headers=allowed)
        assert (answer.status_code, answer.json()) == (200, {"user": {"name": "ada"}})
        assert answer.headers["x-seen"] == path
    assert project.http.get("/nowhere", headers=allowed).status_code == 404
    assert project.http.get("/__motia/health").status_code == 200
    preflight = {"origin": "http://a.example", "access-control-request-method": "GET"}
    assert project.http.options("/who", headers=preflight).status_code == 204


def test_conf_5_a_config_that_fails_says_where_and_a_broken_save_keeps_the_last_good_one(project: Project) -> None:
    project.write("motia.config.ts", "export default { port: nothing }\n")
    project.write("steps/who.step.ts", STEP)
    said = project.motia("dev", status=1)
    assert "motia.config.ts" in said
    assert "nothing" in said
    project.write("motia.config.ts", EXPRESS)
    project.start()
    project.write("motia.config.ts", "export default {\n")
    project.expect_log("last good configuration")
    assert project.http.get("/who").status_code == 401
    project.write("motia.config.ts", "export default {}\n")
    until(lambda: project.http.get("/who").status_code == 200)


def test_conf_6_a_config_that_guards_is_never_skipped(project: Project) -> None:
    project.write("motia.config.ts", EXPRESS)
    project.write("steps/who_step.py", PYTHON_STEP)
    project.spawn(environment={"MOTIA_NODE": "/nowhere/node"})
    assert project.process is not None
    assert project.process.wait(30) == 1
    assert "middleware" in project.said()


COUNT = """
    config = {"type": "api", "name": "Count", "path": "/count"}
    async def handler(req, ctx):
        return {"n": await ctx.state.increment("counts", "n")}
    """


def refused(project: Project) -> str:
    """What a core that does not start says."""
    project.spawn("start")
    assert project.process is not None
    assert project.process.wait(LIMIT_S) == 1
    project._reader.join(LIMIT_S)
    return project.said()


def test_conf_7_conf_8_conf_23_the_config_names_the_database(project: Project) -> None:
    project.write("steps/count_step.py", COUNT)
    project.write("motia.config.toml", '[database]\nurl = "sqlite://./var/db/shop.db"\n')
    project.start("start")
    assert project.http.get("/count").json() == {"n": 1}
    project.stop()
    assert (project.root / "var/db/shop.db").is_file()
    assert not (project.root / ".motia/data.db").exists()
    absolute = project.root / "var/db/shop.db"
    project.write("motia.config.toml", f'[adapters]\nstate = "sqlite://{absolute}"\n')
    project.start("start")
    assert project.http.get("/count").json() == {"n": 2}


def test_conf_8_a_database_belongs_to_one_core_whatever_its_project(project: Project, tmp_path: Path) -> None:
    config = f'database = "sqlite://{tmp_path}/shared.db"\n'
    project.write("motia.config.toml", config)
    project.write("steps/count_step.py", COUNT)
    project.start("start")
    other = Project(tmp_path / "other")
    other.write("motia.config.toml", config)
    said = refused(other)
    other.http.close()
    assert f"another core already uses the database {tmp_path}/shared.db" in said


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ('state = "sqlite://./a.db"\nevents = "sqlite://./b.db"\n', "state and events name different files"),
        ('database = "sqlite://:memory:"\n', "asks for a database in memory"),
        ('database = "sqlite:///proc/nowhere/x.db"\n', "/proc/nowhere/x.db cannot be used"),
        ('database = "postgres://me:secret@localhost/x"\n', "postgresql://me:***@localhost/x"),
    ],
)
def test_conf_8_a_database_that_cannot_be_used_is_named(project: Project, config: str, message: str) -> None:
    project.write("motia.config.toml", config)
    said = refused(project)
    assert message in said
    assert "secret" not in said


def test_conf_11_a_project_of_the_later_dialect_is_served_as_its_config_says(project: Project) -> None:
    project.write("steps/count_step.py", COUNT)
    project.write(
        "config.yaml",
        """
        modules:
          - class: modules::api::RestApiModule
            config: {default_timeout: 20000, cors: {allowed_origins: ['${ORIGIN:https://shop.example}']}}
          - class: modules::shell::ExecModule
            config: {exec: [bun run dev]}
        """,
    )
    project.start("start")
    answer = project.http.get("/count", headers={"origin": "https://shop.example"})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert [notice["rule"] for notice in project.http.get("/__motia/notices").json()] == ["CONF-11"]


def test_conf_21_the_workbench_has_a_path_of_its_own_or_is_off(project: Project) -> None:
    page = {"accept": "text/html"}
    project.write("motia.config.toml", '[workbench]\nbase = "desk"\n')
    project.start()
    assert project.http.get("/", headers=page).status_code == 404
    for path in ("/desk", "/desk/"):
        assert "Motia" in project.http.get(path, headers=page).raise_for_status().text
    assert project.http.get("/__motia").json()["workbenchBase"] == "/desk"
    project.stop()
    project.start("start", environment={"MOTIA_DOCKER_DISABLE_WORKBENCH": "true"})
    assert project.http.get("/desk", headers=page).status_code == 404
    assert project.http.get("/__motia").json()["workbenchBase"] is None
