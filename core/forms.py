from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, for a form to check; None when the page is only looked at. An empty POST is checked too."""
    return request.POST if request.method == "POST" else None
