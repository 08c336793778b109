"""The page at /docs: shows the OpenAPI document, lets people try it, and lists the errors."""

from __future__ import annotations

from serving.problems import KINDS

_ERRORS = "\n".join(
    f'<dt id="{slug}"><code>/docs#{slug}</code></dt><dd>{status.value}: {title}.</dd>'
    for status, slug, title in KINDS.values()
)

# BentoML carries Swagger UI and serves it: the page needs no other host.
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Estante</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="static_content/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<noscript>The document is at <a href="openapi.json">openapi.json</a>.</noscript>
<section class="swagger-ui wrapper">
<h2>Types of errors</h2>
<dl>
{_ERRORS}
</dl>
</section>
<script src="static_content/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({{
url: "openapi.json", dom_id: "#page", deepLinking: true, tryItOutEnabled: true,
displayRequestDuration: true, defaultModelsExpandDepth: 0
}})</script>
</body>
</html>
"""
