"""What the guidance for editors and assistants shows is right: its Steps run as they stand there (CLI-23)."""

from __future__ import annotations

import re
from typing import Final

from motia.cli.scaffolding.guidance import guidance_files
from support.running_project import Project, until

_SAMPLE: Final = re.compile(r"^```\w+\n(?://|#) (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_cli_23_the_steps_in_the_guidance_run(project: Project) -> None:
    samples = dict(_SAMPLE.findall(guidance_files()["AGENTS.md"]))
    assert set(samples) == {"steps/orders/place-order.step.ts", "steps/orders/count_order_step.py"}
    for path, text in samples.items():
        project.write(path, text)
    project.start()
    assert project.http.get("/__motia/notices").json() == []
    assert project.http.post("/orders", json={}).status_code == 400
    assert project.http.post("/orders", json={"item": "tea"}).status_code == 202
    assert until(lambda: project.state("orders").get("tea")) == 1
