"""Invented people and companies: names, from lists, by the numbers of a random generator."""

import random
import unicodedata
from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = {
    "pl": _words(
        "Anna Katarzyna Małgorzata Agnieszka Barbara Ewa Magdalena Elżbieta Krystyna Zofia Piotr Krzysztof Andrzej "
        "Tomasz Paweł Jan Michał Marcin Jakub Adam Łukasz Grzegorz Wojciech Mateusz Stanisław Żaneta Józef Ryszard"
    ),
    "en": _words(
        "Mary Patricia Jennifer Linda Elizabeth Susan Jessica Sarah Karen Nancy James Robert John Michael David "
        "William Richard Joseph Thomas Charles Siobhan Zoë Hugh Owen Alan Grace Edith Ruth"
    ),
}
LAST_NAMES = {
    "pl": _words(
        "Nowak Kowalski Wiśniewska Wójcik Kowalczyk Kamińska Lewandowski Zielińska Szymański Woźniak Dąbrowski "
        "Kozłowska Jankowski Mazur Kwiatkowska Krawczyk Piotrowska Grabowski Nowakowska Pawłowski Michalska "
        "Zając Król Wieczorek Jabłońska Wróbel Żak Ćwik"
    ),
    "en": _words(
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White "
        "Roberts Green Hall Wood Jackson Clarke O'Neill Baker Cooper Ward Turner Hill Moore Carter"
    ),
}
CITIES = {
    "pl": ("Warszawa", "Kraków", "Łódź", "Wrocław", "Poznań", "Gdańsk", "Szczecin", "Bielsko-Biała"),
    "en": ("London", "Leeds", "Bristol", "Manchester", "Edinburgh", "Cardiff", "Belfast", "York"),
}
COUNTRIES = {"pl": "Polska", "en": "United Kingdom"}
POSITIONS = {
    "pl": ("Kierownik zakupów", "Prezes", "Dyrektor logistyki", "Magazynier", "Główna księgowa"),
    "en": ("Purchasing manager", "Managing director", "Head of logistics", "Warehouse clerk", "Accountant"),
}
COMPANY_NAMES = _words(
    "Baltic Danube Vistula Pennine Amber Granite Northern Harbour Meridian Copper Falcon Heron Juniper Linden Onyx "
    "Orchard Pioneer Quarry Raven Solent Summit Tatra Willow Zenith"
)
COMPANY_TRADES = _words(
    "Pallets Fasteners Foods Textiles Logistics Metals Timber Packaging Glass Tools Cables Ceramics Paper Pumps "
    "Plastics Bearings"
)
COMPANY_FORMS = {"pl": "sp. z o.o.", "en": "Ltd"}
SUBJECTS = _words(
    "scales pallets forks floors belts hoppers tanks silos bins crates racks trucks gates printers terminals cells "
    "software service rental calibration training spares"
)
NOTES = (
    "Called back: wants an offer for two pieces by the end of the month.",
    "Met at the fair. Compares us with two others.",
    "Prosi o kontakt po 15:00, rano jest na produkcji.",
    "Budget is decided in the first quarter.",
    "Zamawia co roku; w tym roku pyta o serwis.",
)
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{0}.0 "
    "Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Mobile Safari/537.36",
)
#: Letters that Unicode does not take for one of A to Z with a mark.
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "'": ""})


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist; their address is of a domain that can't (RFC 2606)."""

    first_name: str
    last_name: str
    language: str
    company: str
    email: str


def person(rng: random.Random, *, mark: str, companies: int) -> Person:
    """Invent somebody of one of so many companies; the mark keeps their address apart from others'."""
    language = "pl" if rng.random() < 0.6 else "en"
    first_name, last_name = rng.choice(FIRST_NAMES[language]), rng.choice(LAST_NAMES[language])
    company, domain = _company(int(rng.random() ** 2 * companies), language=language)
    email = f"{_plain(first_name)}.{_plain(last_name)}.{mark}@{domain}"
    return Person(first_name, last_name, language, company, email)


def _company(number: int, *, language: str) -> tuple[str, str]:
    """The name and the domain of a company."""
    trades, names = len(COMPANY_TRADES), len(COMPANY_NAMES)
    name, trade = COMPANY_NAMES[number // trades % names], COMPANY_TRADES[number % trades]
    more = number // (trades * names)
    full = f"{name} {trade}{f' {more + 1}' if more else ''} {COMPANY_FORMS[language]}"
    return full, f"{name}-{trade}{more or ''}.example".lower()


def _plain(name: str) -> str:
    """A name in the letters of an e-mail address."""
    letters = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    return letters.encode("ascii", "ignore").decode("ascii").lower()
