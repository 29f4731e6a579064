"""The WSGI application: `granian --interface wsgi wattkeeper.demo_provider.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

# Set, not defaulted: a supervisor's own DJANGO_SETTINGS_MODULE must not leak in here.
os.environ["DJANGO_SETTINGS_MODULE"] = "wattkeeper.demo_provider.settings"

application = get_wsgi_application()
