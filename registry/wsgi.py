"""What gunicorn serves."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")

try:
    application = get_wsgi_application()
except ImproperlyConfigured as wrong:
    sys.exit(f"Concord does not start: {wrong}")
