import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from core.access import GET_ONLY, POST_ONLY, access, anyone
from core.models import Heartbeat

THEMES = {"auto", "light", "dark"}
BEAT_IS_LATE_AFTER_SECONDS = 180


@access(anyone, methods=GET_ONLY)
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@access(anyone, methods=GET_ONLY)
def readyz(request: HttpRequest) -> JsonResponse:
    """Database (200 or 503), Redis and the age of the last beat in seconds (reported, not fatal)."""
    beat_age: float | None = None
    try:
        connection.ensure_connection()
        beat = Heartbeat.objects.filter(name="beat").first()
        beat_age = round((timezone.now() - beat.beaten_at).total_seconds(), 1) if beat else None
        database = True
    except DatabaseError:
        database = False
    try:
        answers = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except (redis.ConnectionError, redis.TimeoutError):
        answers = False
    report = {
        "database": database,
        "redis": bool(answers),
        "beat_age_seconds": beat_age,
        "beat_is_late": beat_age is None or beat_age > BEAT_IS_LATE_AFTER_SECONDS,
    }
    return JsonResponse(report, status=200 if database else 503)


@access(anyone, methods=POST_ONLY)
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice in a cookie, and go back to where the person was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    if (theme := request.POST.get("theme")) in THEMES:
        response.set_cookie("theme", theme, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure())
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> TemplateResponse:
    """The form was open too long or came from elsewhere: say so, and how to go on."""
    return TemplateResponse(request, "403_csrf.html", status=403)


@access(anyone, methods=GET_ONLY)
def accessibility(request: HttpRequest) -> TemplateResponse:
    """The accessibility statement that both countries' law asks for."""
    return TemplateResponse(request, "core/accessibility.html", {"contact_email": settings.CONTACT_EMAIL})


@access(anyone, methods=GET_ONLY)
def privacy(request: HttpRequest) -> TemplateResponse:
    """What is stored about people, why, and for how long."""
    return TemplateResponse(request, "core/privacy.html", {"contact_email": settings.CONTACT_EMAIL})


@access(anyone, methods=GET_ONLY)
def contact(request: HttpRequest) -> TemplateResponse:
    """Where to turn with questions, mistakes and ideas."""
    return TemplateResponse(request, "core/contact.html", {"contact_email": settings.CONTACT_EMAIL})
