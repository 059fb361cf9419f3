"""The interpreter of the embedded policy engine, alone in a process of its own.

regopy's library does not go together with others that bring C++ (DuckDB, Arrow): beside them it loses memory
with every query, and loaded before DuckDB it takes the process down. Here nothing else is loaded.

First line on stdin: `{"modules": {name: text}, "entrypoint": ...}`. Every further line is an input document;
each is answered by one line: the values the entrypoint has, or null when it failed.
"""

from __future__ import annotations

import json
import os

from regopy import Interpreter, RegoError


def main() -> None:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # The library writes what it thinks of a module to stdout: that is no answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    questions = os.fdopen(os.dup(0), "r", encoding="utf-8")
    setup = json.loads(questions.readline())
    rego = Interpreter()
    rego.strict_built_in_errors = True
    for name, text in setup["modules"].items():
        rego.add_module(name, text)
    bundle = rego.build(None, [setup["entrypoint"]])
    for question in questions:
        try:
            rego.set_input_term(question)
            results = rego.query_bundle_entrypoint(bundle, setup["entrypoint"]).results
            values = [value for result in results for value in result.expressions]
        except (RegoError, ValueError):
            values = None
        answers.write(json.dumps(values, ensure_ascii=False) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
