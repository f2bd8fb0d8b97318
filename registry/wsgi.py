"""What gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

import registry.celery  # noqa: F401 - so that a page that rings finds the broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")

application = get_wsgi_application()

# What is loaded by now stays to the end: the collector of cycles need not walk through it, nor begin anew with each few
# hundred objects, of which one page of a list makes thousands. It took a fifth of the time of such a page.
gc.collect()
gc.freeze()
gc.set_threshold(50_000)
