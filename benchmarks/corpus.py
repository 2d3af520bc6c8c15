"""German-like text in any amount, always the same: frequent words, rare ones, compounds, numbers.

Words follow a Zipf distribution, as those of people do; nouns are joined as German joins them, so
that most words over ten letters occur in few messages and their parts in many.
"""

import random
from itertools import accumulate


def _words(text: str) -> list[str]:
    return text.split()


FUNCTION_WORDS = _words(
    "die der und ich in zu das ist den nicht sie mit es ein auf für wir von bei dem habe "
    "haben bitte mir ihnen meine mein kann können eine an noch auch so aber wie was wann wenn "
    "dass ob nach um am im zum zur aus oder nur schon seit bis dann hier da wird wurde werden "
    "sind war hat guten tag hallo danke vielen dank gern heute morgen gestern jetzt leider "
    "einen einer eines ihre ihr unser unsere uns diese dieser dieses keine kein mehr sehr gut "
    "alles immer"
)
VERBS = _words(
    "prüfen schicken senden melden kündigen ändern erhalten brauchen bezahlen überweisen "
    "bestätigen fragen antworten unterschreiben hochladen ausfüllen abschließen verlängern "
    "erhöhen senken verstehen erklären vereinbaren anrufen warten suchen finden klären buchen "
    "sperren freigeben zurückzahlen einreichen ablehnen genehmigen berechnen vergleichen "
    "beantragen umziehen heiraten"
)
NOUNS = _words(
    "versicherung beitrag police vertrag schaden konto karte kredit zins rate haus wohnung "
    "hausrat haftpflicht leben rente unfall kranken pflege auto fahrzeug kasko reise recht "
    "schutz antrag nummer bescheinigung rechnung zahlung betrag summe kosten erstattung "
    "leistung anspruch frist kündigung änderung adresse umzug familie kind partner arbeit "
    "beruf gehalt steuer bank überweisung lastschrift depot fonds aktie sparplan "
    "baufinanzierung darlehen grundschuld immobilie gutachten termin beratung gespräch "
    "unterlage formular vollmacht ausweis unterschrift freigabe sperre buchung abrechnung "
    "jahr monat woche ende beginn stelle amt behörde bescheid gebühr satz tarif bonus rabatt "
    "stufe klasse prüfung meldung anzeige regulierung gericht wasser feuer sturm glas "
    "einbruch diebstahl bruch leitung rohr dach keller garten zaun heizung praxis arzt "
    "krankenhaus behandlung rezept zahn brille tier hund pferd boot rad motor werkstatt "
    "gutschrift auszug stand guthaben sparbuch anlage risiko profil neigung berater kunde "
    "filiale"
)
ENDINGS = ("", "", "", "en", "s", "e", "er", "lich", "bar", "los")
FIRST_NAMES = _words(
    "Vera Jonas Miriam Samir Petra Anna Karl Lena Otto Ayşe Björn Chloé Dmitri Elif Franz "
    "Greta Hanne Igor Jürgen Käthe Lukas Maja Nils Olga Paul Quirin Rosa Sören Tim Ute Viktor "
    "Wanda"
)
LAST_NAMES = _words(
    "Vogt Brandt Papadakis Sommer Kern Wieland Müller Schröder Yılmaz Groß Weiß Nowak Öztürk "  # noqa: RUF001 - a Turkish name
    "Bär Löwe Hübner Jäger König Lange Meier Neumann Otte Peters Quast Richter Schulz Thoma "
    "Uhl Voß"
)
COMPOUNDS = 60_000


class Corpus:
    """Sentences, and what a search of them asks for; the same seed says the same."""

    def __init__(self, seed: int = 4) -> None:
        self.random = random.Random(seed)  # noqa: S311 - text, no secret
        draw = self.random
        compounds: dict[str, None] = {}
        while len(compounds) < COMPOUNDS:
            parts = draw.choices(NOUNS, k=2 if draw.random() < 0.8 else 3)
            joint = "s" if parts[0].endswith(("ung", "keit", "tion")) else ""
            compounds[parts[0] + joint + "".join(parts[1:]) + draw.choice(ENDINGS)] = None
        self.compounds = list(compounds)
        self._function = self._zipf(FUNCTION_WORDS)
        self._nouns = self._zipf([noun + end for end in ENDINGS for noun in NOUNS])
        self._verbs = self._zipf([verb[:-2] + e for e in ("en", "t", "e", "te") for verb in VERBS])
        self._compounds = self._zipf(self.compounds)

    @staticmethod
    def _zipf(words: list[str]) -> tuple[list[str], list[float]]:
        return words, list(accumulate(1 / (rank + 3) for rank in range(len(words))))

    def _some(self, kind: tuple[list[str], list[float]], count: int) -> list[str]:
        return self.random.choices(kind[0], cum_weights=kind[1], k=count)

    def message(self) -> str:
        """Five to thirty words, mostly short sentences; one in five names a number."""
        draw = self.random
        size = 5 + int(draw.expovariate(1 / 8)) % 26
        words = self._some(self._function, size // 2 + 1)
        words += self._some(self._nouns, size // 5 + 1) + self._some(self._verbs, size // 6 + 1)
        words += self._some(self._compounds, size // 7 + 1)
        if draw.random() < 0.2:
            words.append(f"{draw.choice(('VS', 'KD', 'SN'))}-{draw.randrange(10**8):08d}")
        draw.shuffle(words)
        words[0] = words[0].capitalize()
        half = len(words) // 2
        words[half] = words[half].capitalize()
        return " ".join(words[:half]) + draw.choice((". ", ", ", "? ")) + " ".join(words[half:])

    def name(self) -> str:
        """Somebody's first and last name."""
        return f"{self.random.choice(FIRST_NAMES)} {self.random.choice(LAST_NAMES)}"
