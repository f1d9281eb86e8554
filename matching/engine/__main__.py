"""`python -m matching.engine solve problem.json --out result.json`, `… check problem.json result.json`; `-` is stdin.

Exit status 0 when all is well, 1 when a check finds faults, 2 when what was asked cannot be read; why, in words.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from matching.engine.check import check
from matching.engine.problem import ProblemError, read
from matching.engine.solve import solve


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m matching.engine", description="Who gets which place.")
    commands = parser.add_subparsers(dest="command", required=True)
    solving = commands.add_parser("solve", help="the best placement for a problem")
    solving.add_argument("problem")
    solving.add_argument("--out", default="-")
    checking = commands.add_parser("check", help="whether a result is feasible and costs what it says")
    checking.add_argument("problem")
    checking.add_argument("result")
    asked = parser.parse_args(arguments)
    try:
        problem = read(_json(asked.problem))
        if asked.command == "solve":
            _write(asked.out, solve(problem).as_json())
            return 0
        faults = check(problem, _json(asked.result))
    except ProblemError as error:
        sys.stderr.write(f"The problem: {error}\n")
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        sys.stderr.write(f"Cannot be read: {error}\n")
    except (KeyError, TypeError) as error:
        sys.stderr.write(f"The result has another form: {error!r}\n")
    else:
        sys.stdout.write("\n".join(faults or ["The result holds."]) + "\n")
        return 1 if faults else 0
    return 2


def _json(name: str) -> Any:
    return json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))


def _write(name: str, data: dict[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    if name == "-":
        sys.stdout.write(text)
    else:
        Path(name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
