"""Prints a Dockerfile as lines of stage, instruction and arguments, with tabs between them.

    dockerfile.py DOCKERFILE

A stage is its name, or its number where it has none. Of an argument list in JSON form each element stands
between tabs of its own; HEALTHCHECK's options are left out.
"""
import json
import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    lines = [line for line in file.read().splitlines() if not line.lstrip().startswith("#")]
text = re.sub(r"\\\n\s*", " ", "\n".join(lines))

stage, count = "", -1
for line in filter(None, map(str.strip, text.splitlines())):
    instruction, arguments = line.split(None, 1)
    if instruction == "FROM":
        count += 1
        named = re.search(r"\sAS\s+(\S+)$", arguments, re.IGNORECASE)
        stage = named.group(1) if named else str(count)
    if instruction == "HEALTHCHECK":
        arguments = arguments.split("CMD", 1)[1].strip()
    if arguments.startswith("["):
        arguments = "\t".join(json.loads(arguments))
    print(stage, instruction, arguments, sep="\t")
