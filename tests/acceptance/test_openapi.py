"""`motia generate openapi`: a document that a validator accepts, with the schemas of every language (CLI-11, SCH-13)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from support.running_project import Project

NODE_MODULES = Path(__file__).parents[2] / "runtimes/node/node_modules"
TREE = '{"type": "object", "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}}}'
STEPS = {
    "typescript": (
        "steps/quote.step.ts",
        """
        import { type ApiRouteConfig } from 'motia'
        import { z } from 'zod'
        export const config: ApiRouteConfig = {
          type: 'api', name: 'Quote', path: '/quotes/:id', method: 'PUT', description: 'Changes a quote', flows: ['quotes'],
          bodySchema: z.object({ text: z.string().min(1), stars: z.number().int().default(3) }),
          responseSchema: { 200: z.object({ id: z.string() }), 404: z.object({ error: z.string() }) },
          queryParams: [{ name: 'dry', description: 'Only tries', required: true }],
        }
        export const handler = async () => ({ status: 200, body: { id: 'q' } })
        """,
    ),
    "javascript": (
        "steps/quote.step.js",
        """
        import { z } from 'zod'
        export const config = {
          type: 'api', name: 'Quote', path: '/quotes/:id', method: 'PUT', description: 'Changes a quote', flows: ['quotes'],
          bodySchema: z.object({ text: z.string().min(1), stars: z.number().int().default(3) }),
          responseSchema: { 200: z.object({ id: z.string() }), 404: z.object({ error: z.string() }) },
          queryParams: [{ name: 'dry', description: 'Only tries', required: true }],
        }
        export const handler = async () => ({ status: 200, body: { id: 'q' } })
        """,
    ),
    "python": (
        "steps/quote_step.py",
        """
        from pydantic import BaseModel, Field
        class Quote(BaseModel):
            text: str = Field(min_length=1)
            stars: int = 3
        class Found(BaseModel):
            id: str
        class Missing(BaseModel):
            error: str
        config = {
            "type": "api", "name": "Quote", "path": "/quotes/:id", "method": "PUT", "description": "Changes a quote", "flows": ["quotes"],
            "bodySchema": Quote, "responseSchema": {200: Found, 404: Missing},
            "queryParams": [{"name": "dry", "description": "Only tries", "required": True}],
        }
        def handler(req):
            return {"id": "q"}
        """,
    ),
    "ruby": (
        "steps/quote_step.rb",
        """
        def config = {
          type: 'api', name: 'Quote', path: '/quotes/:id', method: 'PUT', description: 'Changes a quote', flows: ['quotes'],
          bodySchema: { type: 'object', properties: { text: { type: 'string', minLength: 1 }, stars: { type: 'integer', default: 3 } },
                        required: ['text'] },
          responseSchema: { 200 => { id: String }, 404 => { error: String } },
          queryParams: [{ name: 'dry', description: 'Only tries', required: true }],
        }
        def handler(req) = { id: 'q' }
        """,
    ),
}


def generated(project: Project, *options: str) -> Any:
    project.motia("generate", "openapi", *options)
    document = json.loads((project.root / "openapi.json").read_text("utf-8"))
    validate(document)
    return document


@pytest.mark.parametrize("language", STEPS)
def test_cli_11_sch_13_fil_1_a_step_is_described_with_all_its_schemas(project: Project, language: str) -> None:
    (project.root / "node_modules").mkdir()
    (project.root / "node_modules/zod").symlink_to(NODE_MODULES / "zod")
    path, text = STEPS[language]
    project.write(path, text)
    document = generated(project, "-t", "Quotes", "-v", "2.1.0")
    assert document["openapi"].startswith("3.1")
    assert document["info"] == {"title": "Quotes", "version": "2.1.0"}
    operation = document["paths"]["/quotes/{id}"]["put"]
    assert (operation["operationId"], operation["description"], operation["tags"]) == (
        "Quote",
        "Changes a quote",
        ["quotes"],
    )
    described = {(each["in"], each["name"]): each for each in operation["parameters"]}
    assert set(described) == {("path", "id"), ("query", "dry")}
    assert described["query", "dry"]["description"] == "Only tries"
    assert all(each["required"] for each in operation["parameters"])
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["text"]["minLength"] == 1
    assert body["properties"]["stars"]["default"] == 3
    assert "text" in body["required"]
    answers = operation["responses"]
    assert set(answers) == {"200", "400", "404"}
    found = {code: answers[code]["content"]["application/json"]["schema"] for code in ("200", "404")}
    assert [set(schema["properties"]) for schema in found.values()] == [{"id"}, {"error"}]
    refusal = answers["400"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert set(document["components"]["schemas"][refusal]["properties"]) == {"error", "details"}


def test_cli_11_paths_of_every_shape_and_schemas_that_refer_to_themselves(project: Project) -> None:
    project.write(
        "steps/shapes_step.py",
        f"""
        from motia import http, queue, step
        shapes = step({{"name": "Many shapes", "triggers": [
            http("GET", "/"), http("GET", "/optional/:id?"), http("GET", "/files/*"), http("GET", "/n/:n(\\\\d+)/x"),
            http("POST", "/trees", body_schema={TREE}), queue("t"),
        ]}}, lambda input, ctx: None)
        """,
    )
    project.write(
        "steps/second_step.py",
        'config = {"type": "api", "name": "Second", "path": "/optional", "method": "GET"}\ndef handler(): pass\n',
    )
    paths = generated(project)["paths"]
    assert set(paths) == {"/", "/optional", "/optional/{id}", "/files/{0}", "/n/{n}/x", "/trees"}
    assert paths["/n/{n}/x"]["get"]["parameters"][0]["schema"] == {"type": "string", "pattern": "^(?:\\d+)$"}
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(ids) == len(set(ids))
    document = json.loads((project.root / "openapi.json").read_text("utf-8"))
    reference = paths["/trees"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    tree = document["components"]["schemas"][reference.rpartition("/")[2]]
    assert tree["properties"]["children"]["items"] == {"$ref": reference}
    assert document["info"] == {"title": project.root.name, "version": "1.0.0"}


def test_cli_11_what_cannot_be_loaded_is_named(project: Project) -> None:
    project.write("steps/broken_step.py", "def (:\n")
    said = project.motia("generate", "openapi", status=1)
    assert "broken_step.py" in said
    assert "lacks what could not be loaded" in said
