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
<style>
body {{ margin: 0; background: #fafafa; }}
#errors {{ padding-bottom: 4rem; color: #3b4151; }}
#errors dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; }}
#errors dd {{ margin: 0; }}
#errors :target {{ background: #fdf3c8; }}
</style>
</head>
<body>
<div id="page"></div>
<noscript>The document is at <a href="openapi.json">openapi.json</a>.</noscript>
<section class="swagger-ui"><div class="wrapper" id="errors">
<h2>Types of errors</h2>
<dl>
{_ERRORS}
</dl>
</div></section>
<script src="static_content/swagger-ui-bundle.js"></script>
<script>
/* What is to try is of the model in service, where that may be asked without a key. */
async function withIdsOfTheModel(spec) {{
  try {{
    const model = await (await fetch("v1/model")).json();
    const popular = await (await fetch("v1/products/popular?k=1")).json();
    const [customer_id] = model.examples.customer_ids;
    const ids = {{customer_id, product_id: popular.items[0].product_id}};
    for (const path of Object.values(spec.paths)) {{
      for (const parameter of path.get?.parameters ?? []) {{
        parameter.example = ids[parameter.name] ?? parameter.example;
      }}
    }}
    const body = spec.paths["/v1/recommendations"].post.requestBody.content["application/json"];
    body.example.requests = [
      {{customer_id, k: 3}}, {{basket: [ids.product_id], k: 3, explain: true}}
    ];
  }} catch {{ }}
  return spec;
}}
async function show() {{
  const spec = await withIdsOfTheModel(await (await fetch("openapi.json")).json());
  SwaggerUIBundle({{
    spec, dom_id: "#page", deepLinking: true, tryItOutEnabled: true, displayRequestDuration: true,
    defaultModelsExpandDepth: 0
  }});
}}
show();
</script>
</body>
</html>
"""
