"""schema.py PROGRAM ROOT: the reports of every scenario are what docs/report.schema.json says, by a validator that is not ours, and
the schema is not vacuous: a report with any field taken away or of another type is refused."""
import copy
import json
import os
import subprocess
import sys

import jsonschema

program, root = sys.argv[1:3]
with open(os.path.join(root, "docs", "report.schema.json"), encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
loop_validator = jsonschema.Draft202012Validator({"$ref": "#/$defs/loop", "$defs": schema["$defs"]})


def run(*arguments):
    env = dict(os.environ, LC_ALL="C", SOURCE_DATE_EPOCH="1709251200")
    return subprocess.run([program, "scan", "--quiet", *arguments], env=env, stdout=subprocess.PIPE, check=True).stdout


def node_of(node, key, instance):
    """The schema of a member, and whether it must be there; (None, False) for what the schema does not name."""
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    for one in node.get("anyOf", ()):
        if jsonschema.Draft202012Validator(one | {"$defs": schema["$defs"]}).is_valid(instance):
            return node_of(one, key, instance)
    if isinstance(key, int):
        return node.get("items"), True
    return node.get("properties", {}).get(key), key in node.get("required", ())


def is_promised(document, path):
    """Whether the schema names the place, and whether it must be there."""
    node, must, inner = schema, False, document
    for key in path:
        node, must = node_of(node, key, inner) if node else (None, False)
        inner = inner[key]
    return node is not None, must


def paths(value, at=()):
    """Every place in a document, as a tuple of keys; of lists the first and the last."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield at + (key,)
            yield from paths(inner, at + (key,))
    elif isinstance(value, list) and value:
        for i in sorted({0, len(value) - 1}):
            yield from paths(value[i], at + (i,))


def mutate(document, path, change):
    new = copy.deepcopy(document)
    inner = new
    for key in path[:-1]:
        inner = inner[key]
    change(inner, path[-1])
    return new


def other_type(inner, key):
    inner[key] = {"other": 1} if not isinstance(inner[key], dict) else 7


def take_away(inner, key):
    del inner[key]


n_reports = n_mutations = 0
scenarios = os.path.join(root, "fixtures", "scenarios")
for name in sorted(os.listdir(scenarios)):
    dump = os.path.join(scenarios, name, "dump")
    if not os.path.exists(dump):
        continue
    for evidence in "some", "all":
        report = json.loads(run("--format", "json", "--evidence", evidence, dump))
        for error in validator.iter_errors(report):
            sys.exit(f"{name}: {list(error.absolute_path)}: {error.message}")
        lines = [json.loads(line) for line in run("--format", "ndjson", "--evidence", evidence, dump).splitlines()]
        if lines != report["loops"]:
            sys.exit(f"{name}: the lines of ndjson are not the loops of json")
        for line in lines:
            loop_validator.validate(line)
        n_reports += 1
    report = json.loads(run("--format", "json", dump))
    for path in paths(report):
        named, must = is_promised(report, path)
        if not named:
            sys.exit(f"{name}: {path} has no word in the schema")
        for change in (take_away, other_type) if must else (other_type,):
            n_mutations += 1
            if validator.is_valid(mutate(report, path, change)):
                sys.exit(f"{name}: still valid after {change.__name__} at {path}")
for bad in {}, [], {"schema": "trailloop.report/2"}:
    if validator.is_valid(bad):
        sys.exit(f"{bad} is valid")
print(f"{n_reports} reports valid, {n_mutations} mutations refused")
