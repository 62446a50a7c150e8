"""The ids of the system checks: public, as sites silence checks by them, and never used twice."""

from collections.abc import Mapping
from typing import Final

TAG: Final = "wagtail_visit_alerts"

#: Every id that was ever used. A check that goes leaves its id here: silencing it never silences another.
IDS: Final[Mapping[str, str]] = {
    f"{TAG}.E001": "The settings are no dict.",
    f"{TAG}.E002": "A key of the settings is unknown.",
    f"{TAG}.E003": "A value of the settings is of the wrong type.",
    f"{TAG}.E004": "The time zone of the cap is unknown.",
    f"{TAG}.E005": "A network that is not recorded is none.",
    f"{TAG}.E006": "The number of trusted proxies is negative.",
    f"{TAG}.E007": "The consent setting has none of its shapes.",
    f"{TAG}.E008": "The site's consent function can't be called.",
    f"{TAG}.E009": "The cookie's domain and its hosts do not fit.",
    f"{TAG}.E010": "The app's URLs are not included.",
    f"{TAG}.E011": "The app's URLs are included behind a pattern that takes their requests.",
    f"{TAG}.E012": "The sending hours can't be read.",
    f"{TAG}.E013": "A further field of contacts is declared in a way that can't be read.",
    f"{TAG}.E014": "A number of days for which data is kept is negative.",
    f"{TAG}.E020": "django_q is not installed.",
    f"{TAG}.E021": "Q_CLUSTER is not set.",
    f"{TAG}.W001": "No base URL for the links in e-mails.",
    f"{TAG}.W002": "The base URL is no absolute URL.",
    f"{TAG}.W010": "SQLite without WAL.",
    f"{TAG}.W011": "SQLite without IMMEDIATE transactions.",
    f"{TAG}.W020": "A Redis broker without a socket time-out.",
    f"{TAG}.W021": "A Redis broker whose socket time-out is shorter than the cluster's own wait.",
    f"{TAG}.W022": "A cluster without a time-out for its tasks.",
    f"{TAG}.W023": "A cluster that repeats tasks which are still running.",
    f"{TAG}.W024": "The queue's name is that of no cluster.",
    f"{TAG}.W030": "A system on which the memory of an attachment's template can't be bounded.",
    f"{TAG}.W031": "The extra for PDF without the libraries that it needs.",
    f"{TAG}.W032": "No Python program to make attachments with.",
    f"{TAG}.W033": "Services for chat and SMS are allowed without the extra that reaches them.",
    f"{TAG}.W040": "Nobody has said whether visitors are asked for consent.",
    f"{TAG}.W041": "A site behind a proxy that takes the proxy's address for its visitors'.",
}
