from django.contrib.auth import views as auth_views
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("login/", auth_views.LoginView.as_view(template_name="testapp/login.html", next_page="/")),
    path("logout/", auth_views.LogoutView.as_view(next_page="/")),
    path("visit-alerts/", include("wagtail_visit_alerts.urls")),
    path("visit-alerts-api/", include("wagtail_visit_alerts.rest")),
    path("", include(wagtail_urls)),
]
