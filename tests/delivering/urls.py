"""Pages that the e-mail links to, under the names that Wagtail gives them."""

from django.http import HttpResponse
from django.urls import include, path


def inspect(request, pk):
    return HttpResponse()


def pages_of(model_name):
    return include(
        ([path("<int:pk>/", inspect, name="inspect")], f"wagtailsnippets_wagtail_visit_alerts_{model_name}")
    )


urlpatterns = [path("admin/contact/", pages_of("contact")), path("admin/alert/", pages_of("alert"))]
