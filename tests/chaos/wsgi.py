"""What gunicorn serves during the chaos."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
