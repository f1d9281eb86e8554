"""All settings, read from the environment here and nowhere else.

APP_ENV is development (the default: private services, DEBUG), test or production. Production refuses to start,
naming the variable, when something it needs is missing.
"""

import sys
from pathlib import Path
from urllib.parse import quote

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
APP_ENV = env.str("APP_ENV", default="test" if "pytest" in sys.modules else "development")
if APP_ENV not in {"development", "test", "production"}:
    raise ImproperlyConfigured("APP_ENV must be development, test or production.")
PRODUCTION = APP_ENV == "production"
DEBUG = APP_ENV == "development" and env.bool("DEBUG", default=True)


def needed(name: str, otherwise: str) -> str:
    """The variable; outside production a stand-in will do."""
    if PRODUCTION and not env.str(name, default=""):
        raise ImproperlyConfigured(f"Set {name} in the environment: production does not start without it.")
    return env.str(name, default=otherwise)


if not PRODUCTION:
    from config.embedded import ensure_services

    # Tests have servers of their own, so that they and `make run` do not disturb each other.
    ensure_services(BASE_DIR / "var" / APP_ENV, keep_data=APP_ENV != "test")

SECRET_KEY = needed("SECRET_KEY", "only-for-development-and-tests")
ALLOWED_HOSTS = needed("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
SITE_URL = needed("SITE_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DEFAULT_FROM_EMAIL = needed("DEFAULT_FROM_EMAIL", "Industriporten <no-reply@industriporten.example>")
# Where other mail servers report what they could not deliver: a mailbox that `manage.py read_bounces` reads.
BOUNCE_EMAIL = env.str("BOUNCE_EMAIL", default="") or DEFAULT_FROM_EMAIL
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Where people write with questions: on the contact page and in the accessibility statement.
CONTACT_EMAIL = needed("CONTACT_EMAIL", "hej@industriporten.example")

INSTALLED_APPS = [
    "coordination",
    "visits",
    "schools",
    "companies",
    "occupations",
    "notifications",
    "accounts",
    "regions",
    "core",
    "accounts.staff_entrance.StaffEntranceConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "csp",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.request_log",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.session_limits",
    "accounts.middleware.language_of_user",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorFirst",
    "core.middleware.private_pages_are_not_stored",
    "core.middleware.HistoryByRoute",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context.page",
                "accounts.context.navigation",
            ],
        },
    },
]
FORM_RENDERER = "core.form_renderer.FormRenderer"

# Web requests give up sooner than work in the background (RELIABILITY §3).
_patience = (120_000, 10_000) if env.bool("IS_WORKER", default=False) else (10_000, 3_000)
DATABASES = {"default": env.db_url_config(needed("DATABASE_URL", ""))}
DATABASES["default"].update(ENGINE="django.db.backends.postgresql", CONN_MAX_AGE=600, CONN_HEALTH_CHECKS=True)
DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 5  # for core/ready_queries.py only
DATABASES["default"]["OPTIONS"]["options"] = (
    f"-c statement_timeout={_patience[0]} -c lock_timeout={_patience[1]} -c idle_in_transaction_session_timeout=30000"
    " -c work_mem=16MB"  # a search over all offers sorts and counts in memory
    " -c random_page_cost=1.1"  # what is asked for lies in memory or on an SSD: an index is no dearer than a scan
    " -c plan_cache_mode=force_generic_plan"  # what core/ready_queries.py prepares is planned once
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis is the broker and nothing else: sessions, limits and caches live in PostgreSQL.
REDIS_URL = needed("REDIS_URL", "")
# What is kept for speed has a table of its own: when it is full, no limit on sign-ins goes with the oldest rows.
_DATABASE_CACHE = "django.core.cache.backends.db.DatabaseCache"
CACHES = {
    "default": {"BACKEND": _DATABASE_CACHE, "LOCATION": "cache"},
    "kept": {"BACKEND": _DATABASE_CACHE, "LOCATION": "cache_kept", "OPTIONS": {"MAX_ENTRIES": 5000}},
}
# How long a search is kept that several people ask for (core/kept.py). Tests see every change at once.
KEEP_SECONDS = 0 if APP_ENV == "test" else 20
SESSION_ENGINE = "accounts.sessions"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if APP_ENV == "test"
    else ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "coordination:start"
LOGOUT_REDIRECT_URL = "landing"

ACCOUNT_ADAPTER = "notifications.account_adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_FORMS = {
    "login": "accounts.entrance_forms.LoginForm",
    "signup": "accounts.entrance_forms.SignupForm",
    "request_login_code": "accounts.entrance_forms.RequestLoginCodeForm",
    "confirm_login_code": "accounts.entrance_forms.ConfirmLoginCodeForm",
    "confirm_email_verification_code": "accounts.entrance_forms.ConfirmEmailVerificationCodeForm",
    "reset_password": "accounts.entrance_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.entrance_forms.ResetPasswordKeyForm",
    "change_password": "accounts.entrance_forms.ChangePasswordForm",
    "set_password": "accounts.entrance_forms.SetPasswordForm",
    "add_email": "accounts.entrance_forms.AddEmailForm",
    "reauthenticate": "accounts.entrance_forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "accounts.entrance_forms.AuthenticateForm",
    "reauthenticate": "accounts.entrance_forms.ReauthenticateByCodeForm",
    "activate_totp": "accounts.entrance_forms.ActivateTOTPForm",
    "add_webauthn": "accounts.entrance_forms.AddWebAuthnForm",
    "edit_webauthn": "accounts.entrance_forms.EditWebAuthnForm",
}
MFA_ADAPTER = "accounts.second_factor_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Industriporten"
# The demo's coordinators can show their second factor without a telephone at hand. Never in production.
MFA_TOTP_INSECURE_BYPASS_CODE = "123456" if DEBUG else None

# Sign-in limits count per address: behind a reverse proxy that is the one the proxy reports.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)

# Roles that see much sign in again sooner (RELIABILITY §3).
SESSION_COOKIE_AGE = 14 * 24 * 3600
STRICT_SESSION_IDLE_SECONDS = 3 * 3600
STRICT_SESSION_SECONDS = 12 * 3600

# Tests compare with message ids; those that are about a language name it.
LANGUAGE_CODE = "en" if APP_ENV == "test" else "sv"
LANGUAGES = [("sv", "Svenska"), ("nb", "Norsk bokmål"), ("nn", "Norsk nynorsk"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media")))
# What was erased because somebody asked, to be erased again after a restore. Not among what a restore brings back.
ERASURE_LEDGER = Path(env.str("ERASURE_LEDGER", default=str(BASE_DIR / "var" / "erasures.jsonl")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Files that people send along are shown to a virus scanner before anybody can have them: core/virus_scanner.py.
VIRUS_SCANNER_URL = env.str("VIRUS_SCANNER_URL", default="")
FILE_UPLOAD_PERMISSIONS = 0o640

# While developing, mail is written to files one can read. (Two slashes: the first belongs to the URL.)
EMAIL_CONFIG = env.email_url_config(needed("EMAIL_URL", f"filemail:///{quote(str(BASE_DIR / 'var' / 'mail'))}"))
vars().update({key: value for key, value in EMAIL_CONFIG.items() if key.startswith("EMAIL_")})
EMAIL_TIMEOUT = 10

# Text messages: off until there is a gateway, as elks46://user:password@api.46elks.com/a1/sms?from=Porten
SMS_URL = env.str("SMS_URL", default="")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING_CONFIG = None  # structlog is set up in config/logs.py
from config.logs import set_up_logging  # noqa: E402 - after the switches it reads

set_up_logging(as_json=not DEBUG, quiet=APP_ENV == "test")
