"""Limits and addresses at the edge, in every language: concurrency of requests (EVT-16), trusted proxies (HTTP-13)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.running_project import Project

BUSY = {
    "python": (
        "busy_step.py",
        """
        import asyncio
        running = most = 0
        config = {"type": "api", "name": "Busy", "path": "/busy", "concurrency": 2}
        async def handler(req):
            global running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02)
            running -= 1
            return {"most": most}
        """,
    ),
    "typescript": (
        "busy.step.ts",
        """
        import type { ApiRouteConfig } from 'motia'
        let running = 0
        let most = 0
        export const config: ApiRouteConfig = { type: 'api', name: 'Busy', path: '/busy', concurrency: 2 }
        export const handler = async () => {
          most = Math.max(most, ++running)
          await new Promise((resolve) => setTimeout(resolve, 20))
          running--
          return { most }
        }
        """,
    ),
    "javascript": (
        "busy.step.js",
        """
        let running = 0
        let most = 0
        export const config = { type: 'api', name: 'Busy', path: '/busy', concurrency: 2 }
        export const handler = async () => {
          most = Math.max(most, ++running)
          await new Promise((resolve) => setTimeout(resolve, 20))
          running--
          return { most }
        }
        """,
    ),
    "ruby": (
        "busy_step.rb",
        """
        def config = { type: 'api', name: 'Busy', path: '/busy', concurrency: 2 }

        $counting = Mutex.new
        $running = $most = 0
        def handler(_req)
          $counting.synchronize { $most = [$most, $running += 1].max }
          sleep 0.02
          $counting.synchronize { $running -= 1 }
          { most: $most }
        end
        """,
    ),
}


@pytest.mark.parametrize("language", BUSY)
def test_evt_16_cfg_31_requests_beyond_the_limit_wait_and_are_served(project: Project, language: str) -> None:
    file, text = BUSY[language]
    project.write(f"steps/{file}", text)
    project.start("start")
    with ThreadPoolExecutor(12) as clients:
        answers = list(clients.map(lambda _: project.http.get("/busy"), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert max(answer.json()["most"] for answer in answers) <= 2


@pytest.mark.parametrize(("trust", "ip"), [("false", "127.0.0.1"), ("true", "203.0.113.9"), ('"loopback"', "10.0.0.7")])
def test_http_13_conf_27_a_trusted_proxy_says_who_asks(project: Project, trust: str, ip: str) -> None:
    project.write("motia.config.toml", f"trustProxy = {trust}\n")
    project.write(
        "steps/who_step.py",
        'config = {"type": "api", "path": "/who"}\ndef handler(req):\n    return [req.ip, req.connection.remoteAddress]\n',
    )
    project.start("start")
    answer = project.http.get("/who", headers={"X-Forwarded-For": "203.0.113.9, 10.0.0.7"})
    assert answer.json() == [ip, ip]
