"""Says of every answer of the measured web processes how long it waited for the database, and for how many queries."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def timed(request: HttpRequest) -> HttpResponse:
        waited: list[float] = []

        def clock(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                waited.append(time.perf_counter() - begun)

        with connection.execute_wrapper(clock):
            response = get_response(request)
        response["Server-Timing"] = f'database;dur={sum(waited) * 1000:.2f};desc="{len(waited)}"'
        return response

    return timed
