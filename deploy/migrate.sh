#!/bin/sh
# Once before each start: tables and reference data. Running it again changes nothing.
set -eu
python manage.py migrate --noinput
python manage.py createcachetable
python manage.py load_reference_data
