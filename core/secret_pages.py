from typing import TypeVar

from django.http.response import HttpResponseBase

Response = TypeVar("Response", bound=HttpResponseBase)


def secret(response: Response) -> Response:
    """For a page whose address is a key: nobody else learns the address, no cache keeps the page.

    "strict-origin" names our site and never the page. With "no-referrer" browsers send the page's own form with
    "Origin: null", which the CSRF check refuses.
    """
    response["Referrer-Policy"] = "strict-origin"
    response["Cache-Control"] = "no-store"
    return response
