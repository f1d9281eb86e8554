"""Middleware without a domain: the request's id in every log line, no copies of private pages, no keys kept."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import pghistory
import structlog
from django.http import HttpRequest, HttpResponse
from pghistory.middleware import HistoryMiddleware

log = structlog.get_logger("request")
GetResponse = Callable[[HttpRequest], HttpResponse]


def request_log(get_response: GetResponse) -> GetResponse:
    """Give each request an id, write one line about it: method, route, status, milliseconds. No query, no person."""

    def middleware(request: HttpRequest) -> HttpResponse:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid.uuid4().hex)
        begun = time.perf_counter()
        response = get_response(request)
        route = request.resolver_match.route if request.resolver_match else "-"
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round((time.perf_counter() - begun) * 1000),
        )
        return response

    return middleware


def private_pages_are_not_stored(get_response: GetResponse) -> GetResponse:
    """A signed-in person's pages stay out of every cache: school computers are shared."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


class HistoryByRoute(HistoryMiddleware):
    """The history keeps the route, never the address: an address by mail has its key in it."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_context(request), "url": "-"}  # until it is known which view answers

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        if request.resolver_match:
            pghistory.context(url=request.resolver_match.route)
