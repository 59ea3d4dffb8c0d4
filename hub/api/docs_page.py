"""/openapi.json (OpenAPI 3.1) and /docs, which work without internet: Swagger UI's files come from the
package `swagger-ui-bundle`. Its 4.15 reads OpenAPI 3.0 only, so /docs is given a 3.0 rendition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import swagger_ui_bundle
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from hub.api.problems import refusal
from hub.api.wire import components

router = APIRouter(include_in_schema=False)
_FILES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_HEADERS = {
    # Nothing from elsewhere, even if a later bundle wanted to. Swagger UI sets styles and inlines icons.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Edile hub: REST API</title>
<link rel="icon" href="docs/favicon-32x32.png"><link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<noscript>This page needs JavaScript; the same is in <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "docs/openapi-3.0.json", dom_id: "#api", deepLinking: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], persistAuthorization: false
});
"""


@router.get("/docs")
def page() -> Response:
    return HTMLResponse(_PAGE, headers=_HEADERS)


@router.get("/docs/start.js")
def start() -> Response:
    return Response(_START, media_type="text/javascript", headers=_HEADERS)


@router.get("/docs/openapi-3.0.json")
def rendition(request: Request) -> Response:
    older = downgraded(request.app.openapi())
    return JSONResponse({**older, "openapi": "3.0.3"}, headers=_HEADERS)


@router.get("/docs/{name}")
def asset(name: str) -> Response:
    """Only the files the page names."""
    if name not in _FILES:
        raise refusal(404, "not-found", f"no file {name!r} belongs to /docs")
    path = Path(str(swagger_ui_bundle.swagger_ui_path)) / name
    headers = {**_HEADERS, "Cache-Control": "public, max-age=86400"}
    return FileResponse(path, media_type=_FILES[name], headers=headers)


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    return JSONResponse(request.app.openapi(), headers=_HEADERS)


def install_schemas(app: FastAPI) -> None:
    """Let the app's OpenAPI document carry the wire's own schemas."""
    made = app.openapi

    def with_schemas() -> dict[str, Any]:
        document = made()
        document.setdefault("components", {}).setdefault("schemas", {}).update(components())
        return document

    app.openapi = with_schemas  # type: ignore[method-assign]  # FastAPI documents this way to extend it


def downgraded(node: Any) -> Any:
    """JSON Schema of OpenAPI 3.1 in the words of 3.0: nullable for null, enum for const, example for
    examples."""
    if isinstance(node, list):
        return [downgraded(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {
        key: _named(value) if key == "properties" else downgraded(value)
        for key, value in node.items()
    }
    if isinstance(examples := found.get("examples"), list):
        del found["examples"]
        found["example"] = examples[0] if examples else None
    if "const" in found:
        found["enum"] = [found.pop("const")]
    for key in ("anyOf", "oneOf"):
        choices = found.get(key)
        if isinstance(choices, list) and {"type": "null"} in choices:
            rest = [choice for choice in choices if choice != {"type": "null"}]
            del found[key]
            found |= {"nullable": True, **(_one(rest[0]) if len(rest) == 1 else {key: rest})}
    return found


def _named(properties: Any) -> Any:
    """Schemas by property name: a property may well be called `const`."""
    if not isinstance(properties, dict):
        return downgraded(properties)
    return {name: downgraded(schema) for name, schema in properties.items()}


def _one(schema: dict[str, Any]) -> dict[str, Any]:
    """3.0 ignores what stands beside a $ref."""
    return {"allOf": [schema]} if "$ref" in schema else schema
