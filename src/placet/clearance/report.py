"""The report of a clearance: one self-contained HTML page, from values alone.

Everything that came from a dataset, a registry or a person is escaped, nothing is fetched and nothing runs.
The measured limits are those of Placet's reference sheet (matching.md 6.2 and 9.6: 150 crops of photographs).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from placet.clearance import pages, report_control, report_heard
from placet.clearance.pages import Markup, put, raw
from placet.clearance.report_control import Measures
from placet.clearance.report_heard import Heard
from placet.core.decision import Outcome
from placet.core.declaration import Problem
from placet.core.ids import short
from placet.core.profile import Profile
from placet.core.reasons import LANGUAGES, REASONS, sentence
from placet.core.stance import Stance, Voice
from placet.core.use import SENTENCES, Use

__all__ = [
    "PROBLEMS_SHOWN",
    "Excerpt",
    "LimitPair",
    "Pair",
    "Passage",
    "Report",
    "Snapshot",
    "Tally",
    "Work",
    "render",
]

PROBLEMS_SHOWN = 100
_STRONG = 31  # bits of 256; further away a picture is only a candidate
_VERIFY = 45
_DAY = 86_400
_OF_REGISTRY = (1, 3)  # what is said of the scope in other words when there was no registry
_MATCHES = ("EXACT", "STRONG", "PASSAGE", "CONFIRMED", "VERIFY", "POSSIBLE")
_LIMITS = {
    "limit_jpeg": "97 %", "limit_resize": "99–100 %", "limit_border": "98 %",
    "limit_crop2": "95 %", "limit_crop5": "4 %", "limit_crop10": "0 %",
    "limit_caption": "27 %", "limit_rotate": "0 %", "limit_collage": "0 %",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The registry as it was asked; times in UTC seconds, `trust` a sentence about whose key signed it."""

    origin: str
    size: int
    works: int
    root: str
    made_at: int
    trust: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rows came out how, under one profile."""

    profile: Profile
    outcomes: tuple[tuple[Outcome, int], ...]

    def count(self, outcome: Outcome) -> int:
        return sum(rows for each, rows in self.outcomes if each is outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The registered side: whose it is and what she said of the use; `maker` is a name or a short key."""

    id: str
    maker: str
    voice: Voice
    stance: Stance | None
    entry: int | None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A dataset row beside the registered picture; thumbnails are JPEG bytes that the caller re-encoded.

    `distance` is in bits of 256, None for a match by exact bytes; `why_none` replaces the usual sentence
    when the registered picture is not shown.  `corners` are those that a part of the work was found by.
    """

    unit: str
    row: str
    outcome: Outcome
    reason: str
    match: str
    distance: int | None
    work: Work
    found: bytes | None
    registered: bytes | None
    why_none: str | None = None
    corners: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A dataset text: `quoted` is shared with the work, `before` and `after` are a little of what stands around.

    `letters` is the longest run; `of_work` and `of_text` are per cent of their fingerprints that are in common.
    """

    unit: str
    row: str
    outcome: Outcome
    reason: str
    match: str
    work: Work
    before: str
    quoted: str
    after: str
    letters: int
    of_work: int
    of_text: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A dataset sound: from when to when a work was heard in it, and where that is in the work, as a clock shows it."""

    unit: str
    row: str
    outcome: Outcome
    reason: str
    match: str
    work: Work
    heard: tuple[str, str]
    known: tuple[str, str]
    marks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPair:
    """Two registered pictures of one thing that the matching does not join."""

    left_name: str
    left: bytes
    right_name: str
    right: bytes
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything on the page.  The first tally's profile is the one that reasons and pairs speak of.

    `distances` counts picture rows by their distance to the nearest registered work; `pairs`, `passages`
    and `problems` may be a selection, whose whole size stands in the `_found` field beside it.  Without a `snapshot`
    no registry was consulted.  `licences` are those relied on, by id, with the rows that rest on each.
    """

    dataset: str
    rows: int
    snapshot: Snapshot | None
    use: Use
    at: int
    territory: str | None
    effort: str
    seconds: float
    bytes_sent: int
    tallies: tuple[Tally, ...]
    reasons: tuple[tuple[str, int], ...]
    matches: tuple[tuple[str, int], ...] = ()
    distances: tuple[tuple[int, int], ...] = ()
    pairs: tuple[Pair, ...] = ()
    pairs_found: int = 0
    passages: tuple[Passage, ...] = ()
    passages_found: int = 0
    excerpts: tuple[Excerpt, ...] = ()
    excerpts_found: int = 0
    problems: tuple[Problem, ...] = ()
    problems_found: int = 0
    limit_pair: LimitPair | None = None
    versions: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    licences: tuple[tuple[str, int], ...] = ()
    heard: Heard = field(default_factory=Heard)
    measures: Measures = field(default_factory=Measures)


def render(report: Report, language: str = "en") -> str:
    """The whole page; ValueError for a report without a tally or a language that is not in the catalogue."""
    if not report.tallies:
        raise ValueError("a report has at least one tally: choose a profile")
    if language not in LANGUAGES:
        raise ValueError(f"there is no report in {language!r}; the languages are {', '.join(LANGUAGES)}")
    page = _Page(report, language)
    main = put(
        "main",
        page.title(),
        page.counts(),
        page.profiles(),
        page.reasons(),
        page.heard(),
        page.pairs(),
        page.passages(),
        page.excerpts(),
        page.plots(),
        page.problems(),
        page.measures(),
        page.limits(),
        page.scope(),
    )
    return pages.page(page.verdict(), language, pages.style("report.css"), main)


class _Page:
    """One report in one language."""

    def __init__(self, report: Report, language: str) -> None:
        self.report, self.language = report, language
        self._words = pages.words("report.toml", language)

    def say(self, word: str, **values: object) -> str:
        return self._words[word].format(**values)

    def number(self, value: int) -> str:
        return f"{value:,}".replace(",", "\u202f" if self.language == "fr" else ",")

    def rows(self, count: int) -> str:
        return self.say("row") if count == 1 else self.say("rows", n=self.number(count))

    def tag(self, outcome: Outcome) -> Markup:
        return put("span", pages.icon(outcome), self.say(outcome), class_=f"tag {outcome}")

    def reason(self, reason: str) -> str:
        return sentence(reason, self.language) if reason in REASONS else reason

    def section(self, heading: str, *parts: Markup | None) -> Markup:
        return put("section", put("h2", self.say(heading)), *parts)

    def span(self, outcome: Outcome) -> tuple[int, str]:
        """The most rows with this outcome, and the words for their number over all profiles."""
        counts = [tally.count(outcome) for tally in self.report.tallies]
        least, most = min(counts), max(counts)
        if least == most:
            return most, self.number(most)
        return most, self.say("between", least=self.number(least), most=self.number(most))

    def verdict(self) -> str:
        reserved, said = self.span(Outcome.RESERVED)
        return self.say(
            "verdict" if len(self.report.tallies) == 1 else "verdict_all",
            rows=self.rows(self.report.rows),
            cleared=self.span(Outcome.CLEARED)[1],
            reserved=self.say("one_reserved" if reserved == 1 else "many_reserved", n=said),
        )

    def title(self) -> Markup:
        use = f"{SENTENCES[self.report.use]} ({self.report.use})" if self.language == "en" else self.report.use
        sent, taken = self.report.bytes_sent, self.report.snapshot
        day = pages.moment(taken.made_at) if taken else ""
        return put(
            "header",
            put("p", self.say("kicker"), class_="kicker"),
            put("h1", self.verdict()),
            put("p", self.say("lede" if taken else "lede_alone", use=use, day=day), class_="lede"),
            put("p", self.say("leaked" if sent else "sent", n=self.number(sent)), class_="lede"),
            self.facts(),
        )

    def registry(self) -> tuple[tuple[str, Markup], ...]:
        report, taken = self.report, self.report.snapshot
        if taken is None:
            return (("snapshot", raw(self.say("no_snapshot"))),)
        days = max(0, report.at - taken.made_at) // _DAY
        age = self.say("age_1") if days == 1 else self.say("age", days=self.number(days))
        size = self.say("snapshot_said", works=self.number(taken.works), size=self.number(taken.size))
        return (
            ("snapshot", raw(put("bdi", taken.origin), pages.small(size))),
            ("made", raw(pages.moment(taken.made_at), pages.small(age))),
            ("root", put("code", taken.root)),
            ("trust", raw(taken.trust)),
        )

    def facts(self) -> Markup:
        report = self.report
        versions = raw(*(pages.small(f"{name} ", put("code", value)) for name, value in report.versions))
        facts = (
            ("dataset", put("bdi", report.dataset)),
            *self.registry(),
            *report_heard.facts(report.heard, self.say),
            ("at", raw(pages.moment(report.at))),
            ("use", put("code", report.use)),
            ("territory", raw(report.territory or self.say("world"))),
            ("effort", raw(report.effort)),
            ("duration", raw(self.say("seconds", n=f"{report.seconds:.1f}"))),
            ("licences", self.licences() if report.licences else None),
            ("versions", versions if report.versions else None),
        )
        return put("dl", *(self.fact(word, value) for word, value in facts if value is not None), class_="facts")

    def fact(self, word: str, value: Markup) -> Markup:
        return put("div", put("dt", self.say(word)), put("dd", value), class_="wide" if word == "versions" else None)

    def licences(self) -> Markup:
        """Each licence that rows rest on, and how many do."""
        return raw(*(pages.small(put("code", id_[:12]), f" {self.number(n)}") for id_, n in self.report.licences))

    def counts(self) -> Markup:
        first = self.report.tallies[0]
        cards = (put("li", put("b", self.number(first.count(each))), self.tag(each)) for each in reversed(Outcome))
        bar = put(
            "figure",
            pages.bar([(each, self.say(each), first.count(each)) for each in reversed(Outcome)]),
            put("figcaption", self.say("plot_outcomes", profile=first.profile.name)),
        )
        meanings = self.table(
            ("outcome", "meaning"),
            ((self.tag(each), self.say(f"{each}_means")) for each in reversed(Outcome) if first.count(each)),
        )
        return self.section(
            "counts", put("p", self.say("counts_said")), put("ul", *cards, class_="counts"), bar, meanings
        )

    def profiles(self) -> Markup:
        tallies = self.report.tallies
        told = [self.profile(tally.profile) for tally in tallies]
        told.append(put("p", self.say("not_advice"), class_="small"))
        if len(tallies) == 1:
            return self.section("profile", *told)
        heads = ("", *(self.tag(each) for each in Outcome))
        rows = ((tally.profile.name, *(self.number(tally.count(each)) for each in Outcome)) for tally in tallies)
        table = pages.table(heads, rows, range(1, 1 + len(Outcome)))
        return self.section("per_profile", put("p", self.say("per_profile_said")), table, *told)

    def profile(self, profile: Profile) -> Markup:
        source = pages.small(self.say("dated", source=profile.source, dated=profile.dated))
        return put("p", put("b", profile.name), ": ", put("span", profile.sentence, lang="en"), " ", source)

    def table(self, heads: Iterable[str], rows: Iterable[tuple[str | Markup, ...]], numbers: int = -1) -> Markup:
        return pages.table([self.say(word) for word in heads], rows, {numbers})

    def reasons(self) -> Markup:
        rows = ((self.reason(reason), put("code", reason), self.number(count)) for reason, count in self.report.reasons)
        counted = dict(self.report.matches)
        told = [match for match in _MATCHES if match in counted or self.report.effort == "thorough"]
        matches = ((self.say(match), self.number(counted.get(match, 0))) for match in told)
        return self.section(
            "reasons",
            self.table(("reason", "id", "n_rows"), rows, 2),
            put("h3", self.say("matches")) if self.report.matches else None,
            self.table(("meaning", "n_rows"), matches, 1) if self.report.matches else None,
        )

    def heard(self) -> Markup:
        return self.section("heard", *report_heard.sections(self.report.heard, self.say, self.number))

    def measures(self) -> Markup | None:
        """Nothing can match falsely, and nobody dispute, where no registry was consulted."""
        if self.report.snapshot is None:
            return None
        return report_control.section(self.report.measures, self.language, self.say, self.reason, self.number)

    def plots(self) -> Markup:
        if not any(count for _, count in self.report.distances):
            return self.section("plots", put("p", self.say("no_distances")))
        plot = pages.histogram(self.report.distances, _STRONG, _VERIFY, self.say("bits"))
        return self.section("plots", put("figure", plot, put("figcaption", self.say("plot_distances", strong=_STRONG))))

    def pairs(self) -> Markup | None:
        if not self.report.pairs:
            return None
        said = self.shown("pairs_said", len(self.report.pairs), self.report.pairs_found)
        return self.section("pairs", said, *(self.pair(pair) for pair in self.report.pairs))

    def shown(self, word: str, shown: int, found: int) -> Markup:
        return put("p", self.say(word, shown=self.number(shown), all=self.number(max(shown, found))))

    def pair(self, pair: Pair) -> Markup:
        found = self.frame(pair.found, "in_dataset", "no_row_picture", None, pair.row)
        held = self.frame(pair.registered, "registered", "no_work_picture", pair.why_none, _titled(pair.work))
        far = None if pair.distance is None else self.say("distance", n=pair.distance)
        far = far if pair.corners is None else self.say("corners", n=pair.corners)
        return put(
            "article",
            self.heading(pair),
            put("div", found, held, class_="side"),
            self.said(pair, far),
        )

    def frame(self, jpeg: bytes | None, word: str, missing: str, why: str | None, name: str) -> Markup:
        return pages.frame(jpeg, self.say(word), name, why or self.say(missing))

    def heading(self, found: Pair | Passage | Excerpt) -> Markup:
        place = found.row if found.row == found.unit else f"{found.unit} · {found.row}"
        return put("header", self.tag(found.outcome), put("h3", put("bdi", place)))

    def said(self, found: Pair | Passage | Excerpt, measure: str | None) -> Markup:
        work, far = found.work, "" if measure is None else f", {measure}"
        stance = f"stance_{work.stance.word}" if work.stance else "stance_none"
        entry = self.say("no_entry") if work.entry is None else self.say("entry", n=self.number(work.entry))
        return put(
            "p",
            put("b", put("bdi", work.maker)),
            f" ({self.voice(work.voice)}) {self.say(stance)}, {entry}. ",
            self.reason(found.reason),
            put("br"),
            pages.small(
                f"{found.match}{far}; {self.say('work')} ", put("code", short(work.id)), "; ", put("code", found.reason)
            ),
            class_="said",
        )

    def voice(self, voice: Voice) -> str:
        return self._words.get(f"voice_{voice.name}", voice.words)

    def passages(self) -> Markup | None:
        if not self.report.passages:
            return None
        said = self.shown("passages_said", len(self.report.passages), self.report.passages_found)
        return self.section("passages", said, *(self.passage(passage) for passage in self.report.passages))

    def passage(self, passage: Passage) -> Markup:
        quote = put("blockquote", passage.before, put("mark", passage.quoted), passage.after, dir="auto", tabindex=0)
        title = put("p", f"{self.say('registered')}: ", put("bdi", _titled(passage.work)), class_="small")
        of_work, of_text = (f"{share} %" if share else "< 1 %" for share in (passage.of_work, passage.of_text))
        shared = self.say("shared", n=self.number(passage.letters), of_work=of_work, of_text=of_text)
        return put("article", self.heading(passage), quote, self.said(passage, shared), title)

    def excerpts(self) -> Markup | None:
        if not self.report.excerpts:
            return None
        said = self.shown("excerpts_said", len(self.report.excerpts), self.report.excerpts_found)
        return self.section("excerpts", said, *(self.excerpt(excerpt) for excerpt in self.report.excerpts))

    def excerpt(self, excerpt: Excerpt) -> Markup:
        (first, last), (start, stop) = excerpt.heard, excerpt.known
        where = put("p", self.say("excerpt", first=first, last=last, start=start, stop=stop))
        title = put("p", f"{self.say('registered')}: ", put("bdi", _titled(excerpt.work)), class_="small")
        marks = self.say("marks", n=self.number(excerpt.marks))
        return put("article", self.heading(excerpt), where, self.said(excerpt, marks), title)

    def problems(self) -> Markup:
        listed = self.report.problems[:PROBLEMS_SHOWN]
        if not listed:
            return self.section("problems", put("p", self.say("problems_none")))
        rows = (
            (put("bdi", each.where), raw(self.reason(each.reason), pages.small(each.why)), put("code", each.reason))
            for each in listed
        )
        said = self.shown("problems_said", len(listed), max(len(self.report.problems), self.report.problems_found))
        return self.section("problems", said, self.table(("place", "reason", "id"), rows))

    def limits(self) -> Markup:
        rows = ((self.say(word), found) for word, found in _LIMITS.items())
        return self.section(
            "limits",
            put("p", self.say("limits_said")),
            self.table(("limit_what", "limit_found"), rows, 1),
            put("p", self.say("limits_floor")),
            put("p", self.say("limits_thorough")) if self.report.effort == "thorough" else None,
            self.limit_pair(),
        )

    def limit_pair(self) -> Markup | None:
        two = self.report.limit_pair
        if two is None:
            return None
        sides = (
            pages.frame(jpeg, self.say("scan"), name, "")
            for name, jpeg in ((two.left_name, two.left), (two.right_name, two.right))
        )
        told = self.say("limit_pair_said", left=two.left_name, right=two.right_name, n=two.distance, strong=_STRONG)
        return put(
            "article",
            put("header", put("h3", self.say("limit_pair"))),
            put("div", *sides, class_="side"),
            put("p", told, class_="said"),
        )

    def scope(self) -> Markup:
        alone = "" if self.report.snapshot else "_alone"
        lines = (put("li", self.say(f"shows_{n}{alone if n in _OF_REGISTRY else ''}")) for n in range(1, 7))
        files = raw(*(put("li", put("code", name), " ", told) for name, told in self.report.files))
        return put(
            "footer",
            put("h2", self.say("scope")),
            put("ul", *lines, class_="plain"),
            raw(put("h3", self.say("files")), put("ul", files, class_="plain")) if self.report.files else None,
            put("p", self.say("check"), class_="small"),
        )


def _titled(work: Work) -> str:
    return work.title or short(work.id)
