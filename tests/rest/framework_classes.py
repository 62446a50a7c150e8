"""What a site may name in its settings of Django REST framework."""

from rest_framework.permissions import BasePermission
from rest_framework.throttling import UserRateThrottle


class TwoInADay(UserRateThrottle):
    """Lets a user ask twice."""

    rate = "2/day"


class OnlyFromTheOffice(BasePermission):
    """Lets in what comes with the office's header."""

    def has_permission(self, request, view):
        return request.headers.get("X-Office") == "yes"
