"""What a project puts before routing, on a real core (MW-7 to MW-9, MW-11), and what happens when its worker dies (MW-12)."""

from __future__ import annotations

import pytest

from support.running_project import Project, until

ENDINGS = {"typescript": "ts", "javascript": "js"}
STEP = """
    export const config = { type: 'api', name: 'Echo', method: 'POST', path: '/echo/:id' }
    export const handler = async (req) => ({
      status: 200,
      body: { user: req.user ?? null, body: req.body, query: req.query, tenant: req.tenant ?? null },
      headers: { 'x-both': 'step' },
    })
"""
PRE = """
    import { defineConfig } from 'motia'

    const seen = (req, res, next) => {
      req.seen = {
        method: req.method, path: req.path, url: req.url, originalUrl: req.originalUrl, query: req.query, body: req.body,
        cookies: req.cookies, ip: req.ip, peer: [req.connection.remoteAddress, req.socket.remoteAddress],
        get: [req.get('X-Kind'), req.header('x-kind'), req.headers['x-kind']],
      }
      next()
    }
    const set = (req, res, next) => {
      res.setHeader('x-before', 'pre')
      res.set({ 'x-both': 'pre' })
      req.user = { name: 'ada' }
      req.tenant = 7
      next()
    }
    const answers = (req, res, next) => {
      switch (req.get('x-answer')) {
        case 'seen': return res.json(req.seen)
        case 'send': return res.status(202).type('text').send('sent')
        case 'end': return res.status(204).end()
        case 'sendStatus': return res.sendStatus(418)
        case 'redirect': return res.redirect('/elsewhere')
        case 'cookie':
          res.cookie('a', 'b', { httpOnly: true, maxAge: 1000 }).clearCookie('old')
          return res.json({ sent: res.headersSent, status: res.statusCode })
        case 'headers':
          res.header('x-one', '1').append('x-one', '2')
          res.setHeader('x-gone', 'y')
          res.removeHeader('x-gone')
          res.locals.n = 1
          return res.json({ one: res.getHeader('x-one'), gone: res.getHeader('x-gone') ?? null, locals: res.locals })
        case 'throw': throw new Error('secret detail')
        case 'next': return next(new Error('handled'))
        case 'never': return undefined
        default: next()
      }
    }
    const failed = (error, req, res, next) => (error.message === 'handled' ? res.status(409).json({ error: 'handled' }) : next(error))

    export default defineConfig({ middleware: { pre: [seen, set, answers, failed] }, requestTimeout: '1s' })
"""
APP = """
    export default {
      middleware: { pre: (req, res, next) => ((req.first = true), next()) },
      app: (app) => {
        app.use('/guarded', (req, res, next) => (req.headers.authorization ? next() : res.status(401).json({ error: 'no' })))
        app.get('/version/:part', (req, res) => res.json({ part: req.params.part, first: req.first }))
        app.post('/shop', (req, res) => res.status(201).json(req.body))
        app.all('/any', (req, res) => res.send(req.method))
        app.delete('/version/:part', (req, res, next) => next(), (req, res) => res.sendStatus(204))
      },
    }
"""


@pytest.fixture(params=list(ENDINGS))
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def configured(project: Project, language: str, config: str, step: str = STEP) -> Project:
    ending = ENDINGS[language]
    project.write("package.json", '{"type": "module"}')
    project.write(f"motia.config.{ending}", config)
    project.write(f"steps/echo.step.{ending}", step)
    project.start()
    return project


def test_mw_7_mw_8_mw_9_middleware_written_for_express(project: Project, language: str) -> None:
    configured(project, language, PRE)
    ask = {"json": {"n": 1}, "params": {"a": "1"}}

    def answer(kind: str) -> object:
        headers = {"x-answer": kind, "X-Kind": "k", "cookie": "c=d"}
        return project.http.post("/echo/9", headers=headers, follow_redirects=False, **ask)  # type: ignore[arg-type]

    seen = answer("seen").json()  # type: ignore[attr-defined]
    assert seen == {
        "method": "POST", "path": "/echo/9", "url": "/echo/9?a=1", "originalUrl": "/echo/9?a=1", "query": {"a": "1"},
        "body": {"n": 1}, "cookies": {"c": "d"}, "ip": "127.0.0.1", "peer": ["127.0.0.1", "127.0.0.1"], "get": ["k", "k", "k"],
    }  # fmt: skip
    passed = project.http.post("/echo/9", **ask)  # type: ignore[arg-type]
    assert passed.json() == {"user": {"name": "ada"}, "body": {"n": 1}, "query": {"a": "1"}, "tenant": 7}
    assert (passed.headers["x-before"], passed.headers["x-both"]) == ("pre", "step")
    assert project.http.get("/nowhere").headers["x-before"] == "pre"
    expected = {"send": (202, "sent"), "end": (204, ""), "throw": (500, '{"error":"Internal server error"}'),
                "next": (409, '{"error":"handled"}'), "never": (504, '{"error":"Step timed out"}')}  # fmt: skip
    for kind, (status, text) in expected.items():
        got = answer(kind)
        assert (got.status_code, got.text) == (status, text), kind  # type: ignore[attr-defined]
    assert answer("sendStatus").status_code == 418  # type: ignore[attr-defined]
    redirect = answer("redirect")
    assert (redirect.status_code, redirect.headers["location"]) == (302, "/elsewhere")  # type: ignore[attr-defined]
    cookie = answer("cookie")
    first, second = cookie.headers.get_list("set-cookie")  # type: ignore[attr-defined]
    assert first.startswith("a=b; Max-Age=1; Path=/")
    assert "HttpOnly" in first
    assert second.startswith("old=;")
    assert cookie.json() == {"sent": False, "status": 200}  # type: ignore[attr-defined]
    headers = answer("headers")
    assert headers.json() == {"one": ["1", "2"], "gone": None, "locals": {"n": 1}}  # type: ignore[attr-defined]


def test_mw_11_conf_25_the_app_hook_of_0_17(project: Project, language: str) -> None:
    guarded = STEP.replace("'/echo/:id'", "'/guarded/:id'")
    configured(project, language, APP, guarded)
    assert project.http.get("/version/major").json() == {"part": "major", "first": True}
    assert project.http.post("/shop", json={"a": 1}).json() == {"a": 1}
    assert [project.http.request(method, "/any").text for method in ("GET", "PUT")] == ["GET", "PUT"]
    assert project.http.delete("/version/minor").status_code == 204
    assert project.http.post("/guarded/1", json={}).status_code == 401
    assert project.http.post("/guarded/1", json={}, headers={"authorization": "x"}).status_code == 200
    assert project.http.get("/nowhere").status_code == 404


COUNTED = """
    config = {"type": "api", "name": "Counted", "path": "/counted"}
    async def handler(req, ctx):
        return {"n": await ctx.state.increment("counts", "n")}
    """
NODE_GUARD = """
    export default {
      middleware: {
        pre: (req, res, next) => {
          if (req.headers.die) process.kill(process.pid, 'SIGKILL')
          return req.headers.authorization ? next() : res.sendStatus(401)
        },
      },
    }
    """
PYTHON_GUARD = """
    import os
    async def guard(req, ctx, next):
        if req.headers.get("die"):
            os._exit(3)
        return await next() if req.headers.get("authorization") else {"status": 401}
    config = {"middleware": {"pre": [guard]}}
    """
RUBY_STEP = """
    GUARD = lambda do |req, ctx, nxt|
      exit!(3) if req.headers['die']
      req.headers['authorization'] ? nxt.call : { status: 401 }
    end
    def config = { type: 'api', name: 'Counted', path: '/counted', middleware: [GUARD] }
    def handler(_req, ctx) = { n: ctx.state.increment('counts', 'n') }
    """
GUARDS = {
    "typescript": {"motia.config.ts": NODE_GUARD, "steps/counted_step.py": COUNTED},
    "javascript": {"motia.config.mjs": NODE_GUARD, "steps/counted_step.py": COUNTED},
    "python": {"motia.config.py": PYTHON_GUARD, "steps/counted_step.py": COUNTED},
    "ruby": {"steps/counted_step.rb": RUBY_STEP},
}


@pytest.mark.parametrize("guard", GUARDS)
def test_mw_12_a_guard_whose_worker_dies_lets_nobody_pass(project: Project, guard: str) -> None:
    for path, text in GUARDS[guard].items():
        project.write(path, text)
    project.start("start")
    allowed = {"authorization": "let me in"}
    assert project.http.get("/counted").status_code == 401
    assert project.http.get("/counted", headers=allowed).json() == {"n": 1}
    died = project.http.get("/counted", headers={**allowed, "die": "now"})
    assert died.status_code == 503
    assert int(died.headers["retry-after"]) >= 1
    # The next worker guards as the first did.
    assert until(lambda: project.http.get("/counted").status_code == 401)
    assert until(lambda: (answer := project.http.get("/counted", headers=allowed)).status_code == 200 and answer)
    assert project.state("counts")["n"] >= 2


# Guards that leave a mark when they die, and die at once where there is one.
MARKING = {
    "typescript": (
        "motia.config.ts",
        """
        import { existsSync, writeFileSync } from 'node:fs'
        if (existsSync('dead')) process.kill(process.pid, 'SIGKILL')
        export default {
          middleware: {
            pre: (req, res, next) => {
              if (!req.headers.die) return req.headers.authorization ? next() : res.sendStatus(401)
              writeFileSync('dead', '')
              process.kill(process.pid, 'SIGKILL')
            },
          },
        }
        """,
    ),
    "python": (
        "motia.config.py",
        """
        import os, pathlib
        if pathlib.Path("dead").exists():
            os._exit(4)
        async def guard(req, ctx, next):
            if req.headers.get("die"):
                pathlib.Path("dead").touch()
                os._exit(3)
            return await next() if req.headers.get("authorization") else {"status": 401}
        config = {"middleware": {"pre": [guard]}}
        """,
    ),
}


@pytest.mark.parametrize("guard", MARKING)
def test_mw_12_a_guard_that_can_no_longer_be_started_lets_nobody_pass(project: Project, guard: str) -> None:
    project.write(*MARKING[guard])
    project.write("steps/counted_step.py", COUNTED)
    project.start("start")
    allowed = {"authorization": "let me in"}
    assert project.http.get("/counted", headers=allowed).json() == {"n": 1}
    for headers in ({**allowed, "die": "now"}, allowed, allowed, {}):
        assert project.http.get("/counted", headers=headers).status_code == 503
    assert project.state("counts") == {"n": 1}
