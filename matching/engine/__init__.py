"""Who gets which place: optimal, deterministic, with reasons. Numbers and ids only, no Django: docs/decisions/0034.

`problem.read` makes a Problem of JSON, `solve.solve` a Result of it, `check.check` judges a result and trusts neither.
"""
