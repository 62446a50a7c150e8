"""The REST API: contacts for a CRM or shop of the site's. A site that includes this package's URLs has it.

Takes requests of users whom the site's Django REST framework settings let in; gives JSON. Guarantees that a user
sees and changes what they may in the admin and no more, whatever the site's default permissions are, that each change
is in the contact's history, and that a refusal says what to do. Nothing imports this package but a site's URLs.
"""

from django.urls import path

from wagtail_visit_alerts.rest.contact_endpoints import (
    ContactDataEndpoint,
    ContactEndpoint,
    ContactSearchEndpoint,
    ContactsEndpoint,
    ResumeRecordingEndpoint,
    StopRecordingEndpoint,
)
from wagtail_visit_alerts.rest.notification_endpoints import NotificationsEndpoint

app_name = "visit_alerts_api"
urlpatterns = [
    path("v1/contacts/", ContactsEndpoint.as_view(), name="contacts"),
    path("v1/contacts/search/", ContactSearchEndpoint.as_view(), name="contacts_search"),
    path("v1/contacts/<int:pk>/", ContactEndpoint.as_view(), name="contact"),
    path("v1/contacts/<int:pk>/data/", ContactDataEndpoint.as_view(), name="contact_data"),
    path("v1/contacts/<int:pk>/stop-recording/", StopRecordingEndpoint.as_view(), name="stop_recording"),
    path("v1/contacts/<int:pk>/resume-recording/", ResumeRecordingEndpoint.as_view(), name="resume_recording"),
    path("v1/notifications/", NotificationsEndpoint.as_view(), name="notifications"),
]
