# The one image of web, worker, beat and migrate: docker-compose.yml says which command each runs.
FROM python:3.12-slim-bookworm AS packages
COPY requirements/production.txt /requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt

FROM python:3.12-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 APP_ENV=production MEDIA_ROOT=/media ERASURE_LEDGER=/ledger/erasures.jsonl
RUN useradd --system --uid 10001 --home-dir /app --no-log-init app && install -d -o app -g app /media /ledger
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# Files only: the values stand in for those production is started with, and stay out of the image.
RUN python -m config.translations \
    && SECRET_KEY=build ALLOWED_HOSTS=build SITE_URL=https://build DEFAULT_FROM_EMAIL=build CONTACT_EMAIL=build \
       EMAIL_URL=smtp://build DATABASE_URL=postgresql://build/build REDIS_URL=redis://build \
       python manage.py collectstatic --noinput --verbosity 0
USER app
VOLUME /media /ledger
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py"]
