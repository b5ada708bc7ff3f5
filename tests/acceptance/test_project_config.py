"""`motia.config` in a programming language, and what it puts before routing."""

from __future__ import annotations

import pytest

from support.running_project import Project, until

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
