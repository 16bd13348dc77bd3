#!/usr/bin/python3
"""build.py - makes from openapi.yaml what the server embeds: compact JSON (/openapi.json) and a page to read (/docs).

    api-spec/build.py api-spec/openapi.yaml build/spec/openapi.json build/spec/docs.html

The page has no script and loads nothing, so it works on any phone and under a strict Content-Security-Policy (its one
style element needs style-src). The same input gives the same bytes. Tests: tests/lint/spec.sh
"""
import html
import json
import re
import sys

import yaml

METHODS = ("get", "post", "put", "patch", "delete")


class Loader(yaml.SafeLoader):
    """YAML 1.2 as the contract means it: dates are text, only true and false are booleans."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, exp) for tag, exp in rows if tag.rsplit(":", 1)[1] not in ("timestamp", "bool")]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


class Contract:
    """The parsed document, and the questions that the page asks of it."""

    def __init__(self, spec):
        self.spec = spec

    def follow(self, node):
        while "$ref" in node:
            target = self.spec
            for step in node["$ref"].split("/")[1:]:
                target = target[step]
            node = target
        return node

    def fields(self, schema):
        """(properties, required names) of an object schema, with what allOf brings in."""
        properties, required = {}, list(schema.get("required", []))
        for part in schema.get("allOf", []):
            inner, more = self.fields(self.follow(part))
            properties.update(inner)
            required += more
        properties.update(schema.get("properties", {}))
        return {k: v for k, v in properties.items() if v is not False}, required

    def example(self, schema):
        """An example of what the schema describes: its own, or a list around its items' one; None without any."""
        schema = self.follow(schema)
        if "examples" in schema:
            return schema["examples"][0]
        items = schema.get("properties", {}).get("items")
        inner = self.example(items["items"]) if isinstance(items, dict) and "items" in items else None
        return None if inner is None else {"items": [inner]}


def esc(text):
    return html.escape(str(text))


def prose(text):
    """Plain text with `code` and **strong** as HTML."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", esc(text))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)


def paragraphs(text):
    return "".join(f"<p>{prose(part)}</p>" for part in text.strip().split("\n\n"))


def ref_name(node):
    return node["$ref"].rsplit("/", 1)[1] if "$ref" in node else None


def schema_link(name):
    return f'<a href="#schema-{esc(name)}">{esc(name)}</a>'


def is_object(contract, name):
    schema = contract.spec["components"]["schemas"][name]
    return "properties" in schema or "allOf" in schema


def limits(schema):
    """What a value of this schema must keep to, as short phrases."""
    low, high = schema.get("minimum", schema.get("minLength")), schema.get("maximum", schema.get("maxLength"))
    unit = " characters" if "maxLength" in schema else ""
    out = []
    if "const" in schema:
        out.append(f"always <code>{esc(json.dumps(schema['const']))}</code>")
    if "enum" in schema:
        out.append("one of " + " ".join(f"<code>{esc(json.dumps(v).strip(chr(34)))}</code>" for v in schema["enum"]))
    if high is not None:
        out.append(f"{low} to {high}{unit}" if low is not None else f"at most {high}{unit}")
    elif low is not None:
        out.append(f"at least {low}{unit}")
    if "pattern" in schema:
        out.append(f"<code>{esc(schema['pattern'])}</code>")
    if "default" in schema:
        out.append(f"default <code>{esc(json.dumps(schema['default']))}</code>")
    if schema.get("readOnly"):
        out.append("read only")
    return out


def type_of(contract, node):
    """The type in words, with links to object schemas."""
    name = ref_name(node)
    if name and is_object(contract, name):
        return schema_link(name)
    schema = contract.follow(node)
    if "oneOf" in schema:
        return " or ".join(type_of(contract, part) for part in schema["oneOf"])
    if schema.get("type") == "array":
        return "list of " + type_of(contract, schema["items"])
    types = schema.get("type", "string")
    words = " or ".join(types if isinstance(types, list) else [types])
    return esc(words + (f" ({schema['format']})" if "format" in schema else ""))


def detail_of(contract, node):
    """Description and limits of a field or parameter."""
    schema = contract.follow(node)
    if "oneOf" in schema:
        schema = {**contract.follow(schema["oneOf"][0]), **schema}
    text = node.get("description", schema.get("description", "") if "properties" not in schema else "")
    parts = ([prose(text)] if text else []) + ([] if "properties" in schema else limits({**schema, **node}))
    return "; ".join(part.rstrip(".") for part in parts)


def table(caption, heads, rows):
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "".join("<tr>" + f'<th scope="row">{r[0]}</th>' + "".join(f"<td>{c}</td>" for c in r[1:]) + "</tr>"
                   for r in rows)
    return (f'<div class="wide" tabindex="0" role="group" aria-label="{caption}"><table><caption>{caption}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")


def example_block(title, value):
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return f"<details><summary>{title}</summary><pre tabindex=\"0\"><code>{esc(text)}</code></pre></details>"


def field_table(contract, schema, caption="Fields"):
    properties, required = contract.fields(schema)
    rows = [(f"<code>{esc(name)}</code>" + ("" if name in required else " <small>optional</small>"),
             type_of(contract, node), detail_of(contract, node)) for name, node in properties.items()]
    return table(caption, ("Name", "Type", "What it is"), rows)


def parameter_table(contract, nodes):
    rows = []
    for node in map(contract.follow, nodes):
        need = "" if node.get("required") else " <small>optional</small>"
        about = "; ".join(p.rstrip(".") for p in [prose(node["description"]), detail_of(contract, {
            k: v for k, v in contract.follow(node["schema"]).items() if k != "description"})] if p)
        rows.append((f"<code>{esc(node['name'])}</code>{need}", node["in"], about))
    return table("Parameters", ("Name", "In", "What it is"), rows)


def body_of(contract, node):
    """The request body: media types, its fields, an example."""
    body = contract.follow(node)
    kinds = ", ".join(f"<code>{esc(kind)}</code>" for kind in body["content"])
    need = "" if body.get("required") else " (may be left out)"
    schema = next(iter(body["content"].values())).get("schema")
    out = f"<h4>Body{need}</h4><p>{kinds}</p>"
    if schema:
        out += field_table(contract, contract.follow(schema), "Fields of the body")
        example = contract.example(schema)
        out += example_block("Example body", example) if example is not None else ""
    return out


def reply_row(contract, status, node):
    reply = contract.follow(node)
    media = reply.get("content", {})
    schemas = {ref_name(kind["schema"]) for kind in media.values() if "$ref" in kind.get("schema", {})}
    headers = ", ".join(f"<code>{esc(h)}</code>" for h in reply.get("headers", {}))
    kinds = schema_link(schemas.pop()) if schemas else ", ".join(f"<code>{esc(kind)}</code>" for kind in media)
    return f'<span class="s{status[0]}">{esc(status)}</span>', prose(reply["description"]), kinds, headers


def replies_of(contract, responses):
    rows = [reply_row(contract, status, node) for status, node in responses.items()]
    out = "<h4>Replies</h4>" + table("Replies", ("Status", "Meaning", "Body", "Headers"), rows)
    first = contract.follow(responses[min(responses)])
    schema = first.get("content", {}).get("application/json", {}).get("schema")
    example = contract.example(schema) if schema else None
    return out + (example_block("Example reply", example) if example is not None else "")


def operation(contract, path, item, method):
    op = item[method]
    shown = re.sub(r"(\{\w+\})", r"<var>\1</var>", esc(path))
    roles = "".join(f"<li>{esc(role)}</li>" for role in op["x-access"])
    nodes = item.get("parameters", []) + op.get("parameters", [])
    return (
        f'<article id="{esc(op["operationId"])}"><h3><span class="method {method}">{method.upper()}</span> '
        f"<code>{shown}</code></h3>"
        f'<p><strong>{prose(op["summary"])}.</strong> {prose(op.get("description", ""))}</p>'
        f'<ul class="roles" aria-label="Who may call it">{roles}</ul>'
        + "<details><summary>Parameters, body and replies of " + f"<code>{esc(op['operationId'])}</code></summary>"
        + (parameter_table(contract, nodes) if nodes else "")
        + (body_of(contract, op["requestBody"]) if "requestBody" in op else "")
        + replies_of(contract, op["responses"])
        + "</details></article>"
    )


def tag_section(contract, tag):
    ops = [operation(contract, path, item, method) for path, item in contract.spec["paths"].items()
           for method in METHODS if method in item and tag["name"] in item[method]["tags"]]
    return (f'<section id="tag-{esc(tag["name"])}"><h2>{esc(tag["name"])}</h2><p>{prose(tag["description"])}</p>'
            + "".join(ops) + "</section>")


def schema_section(contract):
    out = []
    for name, schema in contract.spec["components"]["schemas"].items():
        if not is_object(contract, name):
            continue
        example = contract.example(schema)
        out.append(f'<article id="schema-{esc(name)}"><h3>{esc(name)}</h3><p>{prose(schema.get("description", ""))}</p>'
                   + field_table(contract, schema, f"Fields of {esc(name)}")
                   + (example_block("Example", example) if example is not None else "") + "</article>")
    return '<section id="schemas"><h2>Schemas</h2>' + "".join(out) + "</section>"


STYLE = """
:root{color-scheme:light dark;--ink:#1b2430;--soft:#4c5a6b;--paper:#fff;--card:#f5f7fa;--line:#d5dce5;--link:#0b5394;
--get:#1d6b43;--post:#0b5394;--put:#7a4b00;--patch:#6a3d9a;--delete:#a11d1d}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf2;--soft:#a9b6c6;--paper:#12171e;--card:#1a212b;--line:#33404f;
--link:#86bdf5;--get:#6fd09b;--post:#86bdf5;--put:#e8b45a;--patch:#c9a6f0;--delete:#f28b82}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem}
.page{display:grid;grid-template-columns:13rem minmax(0,1fr);max-width:80rem;margin:auto}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding:1.5rem 1rem;font-size:.95rem}
nav ul{list-style:none;margin:0;padding:0}nav a{display:block;padding:.2rem .5rem;text-decoration:none;border-radius:.3rem}
nav a:hover{background:var(--card)}
main{padding:1.5rem}h1{margin:.2rem 0}h2{margin:2.5rem 0 .3rem;padding-bottom:.3rem;border-bottom:2px solid var(--line)}
h3{margin:0 0 .4rem;font-size:1.05rem;overflow-wrap:anywhere}h4{margin:1.2rem 0 .3rem}
article{margin:1rem 0;padding:1rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
article>p{margin:.3rem 0}code,pre{font:.9em/1.5 ui-monospace,monospace}var{font-style:normal;color:var(--soft)}
pre{overflow:auto;padding:.8rem;background:var(--paper);border:1px solid var(--line);border-radius:.4rem}
.method{display:inline-block;min-width:4.2rem;font:700 .85rem ui-monospace,monospace;color:var(--post)}
.get{color:var(--get)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
.roles{display:flex;flex-wrap:wrap;gap:.3rem;list-style:none;margin:.5rem 0;padding:0}
.roles li{padding:0 .6rem;border:1px solid var(--line);border-radius:1rem;font-size:.85rem;color:var(--soft)}
summary{cursor:pointer;padding:.2rem 0;color:var(--link)}small{color:var(--soft)}
.wide{overflow-x:auto;margin:.6rem 0}table{border-collapse:collapse;width:100%;font-size:.92rem}
caption{position:absolute;left:-99rem}th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top}tbody th{font-weight:400}.s2{color:var(--get);font-weight:700}.s4,.s5{color:var(--delete)}
@media(max-width:48rem){.page{display:block}nav{position:static;max-height:none}nav ul{display:flex;flex-wrap:wrap}}
@media print{nav{display:none}details>*{display:block}}
"""


def page(contract):
    spec, info = contract.spec, contract.spec["info"]
    links = "".join(f'<li><a href="#tag-{esc(t["name"])}">{esc(t["name"])}</a></li>' for t in spec["tags"])
    rows = [(f'<span class="s{status[0]}">{status}</span>', prose(text))
            for status, text in spec["x-any-operation"].items()]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{esc(info["title"])} API {esc(info["version"])}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<div class="page">
<nav aria-label="Parts of the API"><ul><li><a href="#content">overview</a></li>{links}
<li><a href="#schemas">schemas</a></li></ul></nav>
<main id="content">
<h1>{esc(info["title"])} API <small>{esc(info["version"])}</small></h1>
<p>{prose(info["summary"])} The same for programs: <a href="/openapi.json">openapi.json</a>.</p>
{paragraphs(info["description"])}
<h2 id="problems">Problems that any path may answer</h2>
{table("Problems that any path may answer", ("Status", "Meaning"), rows)}
{"".join(tag_section(contract, tag) for tag in spec["tags"])}
{schema_section(contract)}
</main>
</div>
</body>
</html>
"""


def main(argv):
    if len(argv) != 4:
        print("usage: build.py openapi.yaml out.json out-docs.html", file=sys.stderr)
        return 2
    with open(argv[1], encoding="utf-8") as source:
        spec = yaml.load(source, Loader)
    with open(argv[2], "w", encoding="utf-8") as out:
        json.dump(spec, out, ensure_ascii=False, separators=(",", ":"))
    with open(argv[3], "w", encoding="utf-8") as out:
        out.write(page(Contract(spec)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
