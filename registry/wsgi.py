"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

import registry.celery  # noqa: F401 - so that a page that rings finds the broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")

application = get_wsgi_application()
