"""From rows to decisions: what each row matches, and what all that was said about it amounts to.

Law 8: the set of things heard is interned, and `decide()` is called once for each distinct set.

What no fingerprint reads is `unclear`, unless all of the row is, byte for byte, what somebody registered: then
nobody's resemblance can have been missed, and its maker's word decides. Nothing else that could not be read is
ever excused by a match.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import compress, islice

import numpy as np

from placet.clearance import embedded, films, sounds
from placet.clearance.disputes import Claimants
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.clearance.thorough import Thorough, rest_of
from placet.clearance.titled import answers_of_title, hear_all
from placet.clearance.voices import HERE, OF_ITS_OWN, Said, Voices
from placet.core.decide import decide
from placet.core.decision import Decision
from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Voice
from placet.core.subject import Kind, Subject
from placet.errors import BadMedia, TooLarge
from placet.fingerprints import text_winnow
from placet.fingerprints.audio_prints import SoundPrints
from placet.fingerprints.decode import Luma, read_luma
from placet.fingerprints.digests import blake3_of, sha256_of
from placet.fingerprints.image_plh import compute_fast
from placet.fingerprints.text_winnow import TextPrints
from placet.fingerprints.video_frames import FilmPrints
from placet.signals.codec import Document
from placet.signals.origin import Origin, most_synthetic
from placet.signals.spoken_addresses import SpokenAddresses
from placet.snapshot.believed import unheeded
from placet.snapshot.match import Match, Matcher, MatchKind, PictureHit, best

__all__ = ["Judge", "Judged", "Seen"]

_BATCH = 256
_AT_ONCE = 32  # rows that are read, digested and decoded together: so many as a processor's caches hold,
_LARGE = 1 << 20  # and a decoded picture that is let go at once
_EXACT = ("sha256", "blake3", "text-sha256")
_FILE = f"{OF_ITS_OWN} its file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row's answer; `decisions` follow the order of the profiles asked.

    `problems` are the row's own; `unheard` are those of what else speaks of it, told once for all rows they concern.
    `lost` are words that gave way to others of their own standard. `disputed` are the parties that each say it is
    theirs; `changed` is what the choice of a voice made of the first answer, as `<without>><with>`.
    """

    row: Row
    matches: tuple[Match, ...]
    best: Match | None
    problems: tuple[Problem, ...]
    decisions: tuple[Decision, ...]
    sha256: bytes
    unheard: tuple[Problem, ...] = ()
    lost: tuple[Declaration, ...] = ()
    origin: Origin = Origin.UNKNOWN
    disputed: tuple[str, ...] = ()
    changed: str = ""


@dataclass(slots=True)
class Seen:
    """What one row showed, before the look-ups of its batch: nothing in it depends on a snapshot but its matches.

    Digests, pictures and texts come with the number of their part; digests that the dataset claims, with -1.
    `whole` are pictures that were decoded again at full scale, by part; `doubts` are problems of the look-ups, and
    `unheeded` the works that it matches and the asker need not believe in.
    """

    row: Row
    where: str
    problems: list[Problem]
    digests: dict[str, list[tuple[int, bytes]]] = field(default_factory=lambda: {name: [] for name in _EXACT})
    pictures: list[tuple[int, np.ndarray, int]] = field(default_factory=list)
    whole: dict[int, tuple[np.ndarray, int]] = field(default_factory=dict)
    texts: list[tuple[int, TextPrints]] = field(default_factory=list)
    sounds: list[tuple[int, SoundPrints]] = field(default_factory=list)
    films: list[tuple[int, FilmPrints]] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    sha256: bytes = b""
    documents: list[Document] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)
    unheeded: frozenset[int] = frozenset()


Keep = Callable[[list[Seen]], None]


class Judge:
    """Judges rows of one dataset by one library and what speaks beside it; not shared between processes.

    Without `voices` the registry alone is heard.
    """

    def __init__(self, matcher: Matcher, ask: Ask, voices: Voices | None = None) -> None:
        self.matcher = matcher
        self.library = matcher.library
        self.voices = voices
        self._ask = ask
        self._named = self.library.known
        self._addresses = SpokenAddresses(self._named)
        self._thorough = Thorough(matcher) if ask.effort == "thorough" else None
        listed = voices.listed if voices else ()
        self._lists_files = any(subject.kind is Kind.FINGERPRINT for subject in listed)  # by their SHA-256
        self._answers: dict[tuple[object, ...], tuple[Decision, ...]] = {}
        self._untold: Judged | None = None
        self._claimants = Claimants(self.library, ask.at)
        is_usual = ask.min_voice is Voice.CLAIMED
        usual = Matcher(self.library.whole) if self.library.whole else matcher
        self._usual = None if is_usual else Judge(usual, replace(ask, min_voice=Voice.CLAIMED), voices)
        small = unheeded(self.library)
        self._unheeded = Judge(Matcher(small), replace(ask, min_voice=Voice.CLAIMED)) if small else None

    def judge(
        self, rows: Iterable[Row], path: str = "", keep: Keep = lambda _: None, *, sha256: bool = False
    ) -> Iterator[Judged]:
        """Every row's answer, in order; `path` is the file that sentences about problems name.

        `keep` is told what each batch of rows showed, before it is judged. A work's record always holds both
        SHA-256 and BLAKE3 (`core.work`), so the quicker one finds every exact copy; the other is computed where
        `sha256` asks for it, or a list of files that speaks beside the registry knows no other.
        """
        return self.judge_seen(self._see_all(rows, path, sha256 or self._lists_files), keep)

    def judge_seen(self, seen: Iterable[Seen], keep: Keep = lambda _: None) -> Iterator[Judged]:
        """The same of rows that were looked at before."""
        waiting = iter(seen)
        while batch := list(islice(waiting, _BATCH)):
            self._match(batch)
            keep(batch)
            self._match_exactly(batch)
            if self._thorough:
                self._thorough.look(batch)
            if self._unheeded:
                self._unheeded.tell_of(batch)
            yield from map(self._answer, batch)

    def _match(self, batch: list[Seen]) -> None:
        self._match_texts(batch)
        self._match_sounds(batch)
        self._match_films(batch)
        self._match_pictures(batch)

    def tell_of(self, batch: list[Seen]) -> None:
        """Note what each row certainly matches here, as works that were not heeded."""
        again = [replace(seen, problems=[], matches=[], doubts=[]) for seen in batch]
        self._match(again)
        self._match_exactly(again)
        for seen, found in zip(batch, again, strict=True):
            seen.unheeded = frozenset(match.work for match in found.matches if match.kind.certain)

    def judge_address(self, url: str, key: str, said: Said) -> Judged:
        """The answer of a row that holds this address and nothing that could be compared with a work."""
        row = Row(key=key, urls=(url,))
        reasons = tuple(sorted({problem.reason for problem in said.problems}))
        asked = frozenset[int](), self._subjects(row), frozenset(said.speaking), reasons
        decisions = tuple(self._decisions(*asked))
        return Judged(
            row=row,
            matches=(),
            best=None,
            problems=(),
            decisions=decisions,
            sha256=b"",
            unheard=said.problems,
            lost=said.lost,
            changed=self._changed(decisions, *asked),
        )

    @property
    def distinct(self) -> int:
        """How many distinct sets of things heard were decided."""
        return len(self._answers)

    def _see_all(self, rows: Iterable[Row], path: str, sha256: bool) -> Iterator[Seen]:
        """What rows show, some at a time: each step runs for all of them while its code is warm in the caches."""
        waiting = iter(rows)
        while some := list(islice(waiting, _AT_ONCE)):
            seen = [self._digest(row, path, sha256) for row in some]
            lumas: list[tuple[Seen, int, Luma]] = []
            for each in seen:
                for number, part in enumerate(each.row.parts):
                    self._see_part(number, part, each, lumas)
            _hash(lumas)
            yield from seen

    def _digest(self, row: Row, path: str, sha256: bool) -> Seen:
        where = f"{path}: {row.key}" if path else row.key
        seen = Seen(row, where, list(row.problems))
        if self.voices:
            seen.documents += row.documents
        for algorithm, digest in row.digests:
            if algorithm in _EXACT:
                seen.digests[algorithm].append((-1, digest))
        for number, part in enumerate(row.parts):
            if sha256:
                seen.digests["sha256"].append((number, sha256_of(part.data)))
            seen.digests["blake3"].append((number, blake3_of(part.data)))
        seen.sha256 = next((digest for number, digest in seen.digests["sha256"] if number >= 0), b"")
        return seen

    def _see_part(self, number: int, part: Part, seen: Seen, lumas: list[tuple[Seen, int, Luma]]) -> None:
        if self.voices and part.kind is not PartKind.TEXT:
            self._see_metadata(part, seen)
        if part.kind is PartKind.IMAGE:
            self._see_picture(number, part, seen, lumas)
        elif part.kind is PartKind.TEXT:
            self._see_text(number, part, seen)
        elif part.kind is PartKind.AUDIO:
            self._see_sound(number, part, seen)
        elif part.kind is PartKind.VIDEO:
            self._see_film(number, part, seen)
        elif not seen.problems:
            why = f"{seen.where}: nothing here reads this kind of file; only its exact bytes were compared"
            seen.problems.append(Problem(seen.where, "media.unsupported", why))

    def _see_metadata(self, part: Part, seen: Seen) -> None:
        """What the file says of itself, whatever becomes of its picture."""
        documents, problems = embedded.documents(part.data, _FILE, 0)
        if documents:
            seen.documents += documents
            seen.origins.append(embedded.origin(documents))
        told = (problem.why.removeprefix(f"{_FILE}: ") for problem in problems)
        pairs = zip(problems, told, strict=True)
        seen.problems += [replace(p, where=seen.where, why=f"{seen.where}: {why}") for p, why in pairs]

    def _see_picture(self, number: int, part: Part, seen: Seen, lumas: list[tuple[Seen, int, Luma]]) -> None:
        try:
            luma = read_luma(_bytes(part), scale="fast").upright  # a copy is read faster than a map
        except BadMedia as error:
            reason = "media.too-large" if isinstance(error, TooLarge) else "media.unreadable"
            told = [problem for problem in seen.problems if problem.reason != reason or problem in seen.row.problems]
            seen.problems[:] = [*told, Problem(seen.where, reason, f"{seen.where}: {error}")]
            return
        lumas.append((seen, number, luma))
        if luma.nbytes > _LARGE:
            _hash(lumas)

    def _see_text(self, number: int, part: Part, seen: Seen) -> None:
        try:
            read = text_winnow.compute_many([part.data])
        except UnicodeDecodeError as error:
            why = f"{seen.where}: the text is not UTF-8 at byte {error.start}"
            seen.problems.append(Problem(seen.where, "media.unreadable", why))
            return
        prints = read.prints(0)
        if prints.length:
            seen.digests["text-sha256"].append((number, read.digest(0)))
        seen.texts.append((number, prints))

    def _see_sound(self, number: int, part: Part, seen: Seen) -> None:
        heard = sounds.hear(part.data, seen.where)
        if not isinstance(heard, Problem):
            seen.sounds.append((number, heard))
        elif not any(problem.reason == heard.reason for problem in seen.problems):
            seen.problems.append(heard)

    def _see_film(self, number: int, part: Part, seen: Seen) -> None:
        pictures, heard = films.see(part.data, seen.where), films.hear(part.data, seen.where)
        seen.problems += [each for each in (pictures, heard) if isinstance(each, Problem)]
        if isinstance(pictures, FilmPrints):
            seen.films.append((number, pictures))
        if isinstance(heard, SoundPrints):
            seen.sounds.append((number, heard))

    def _match_films(self, batch: list[Seen]) -> None:
        for seen in batch:
            for number, prints in seen.films:
                matches, doubts = films.sought(prints, self.matcher, number, seen.where)
                seen.matches += matches
                seen.doubts += doubts

    def _match_sounds(self, batch: list[Seen]) -> None:
        for seen in batch:
            for number, prints in seen.sounds:
                matches, doubts = sounds.sought(prints, self.matcher, number, seen.where)
                seen.matches += matches
                seen.doubts += doubts

    def _match_texts(self, batch: list[Seen]) -> None:
        asked = [(seen, *text) for seen in batch for text in seen.texts]
        met = self.matcher.meets([prints for *_, prints in asked])
        for seen, number, prints in compress(asked, met):
            matches, capped = self.matcher.text(prints)
            seen.matches += [replace(match, part=number) for match in matches]
            if capped:
                why = f"{seen.where}: {capped} of its fingerprints are shared by too many works to tell them apart"
                seen.doubts.append(Problem(seen.where, "match.capped", why))

    def _match_pictures(self, batch: list[Seen]) -> None:
        self._search([(seen, *picture) for seen in batch for picture in seen.pictures])
        self._search([again for seen in batch for again in _looked_at_again(seen)])

    def _search(self, asked: list[tuple[Seen, int, np.ndarray, int]]) -> None:
        if not asked:
            return
        found = self.matcher.pictures(np.stack([words for _, _, words, _ in asked]), [q for *_, q in asked])
        for (seen, number, _, _), hit in zip(asked, found, strict=True):
            _note_hit(seen, number, hit)

    def _match_exactly(self, batch: list[Seen]) -> None:
        for algorithm in _EXACT:
            asked = [
                (seen, number, digest)
                for seen in batch
                for number, digest in seen.digests[algorithm]
                if len(digest) == 32
            ]
            if not asked:
                continue
            found = self.matcher.exact(algorithm, [digest for _, _, digest in asked])
            for (seen, number, _), works in zip(asked, found, strict=True):
                seen.matches += [Match(work, MatchKind.EXACT, algorithm, 0, part=number) for work in works]

    def _answer(self, seen: Seen) -> Judged:
        """Rows of which there is nothing to tell have one answer between them."""
        told = seen.matches or seen.problems or seen.doubts or seen.documents or seen.origins or seen.row.urls
        if told or seen.unheeded or seen.row.identifiers or self.voices:
            return self._answer_alone(seen)
        if self._untold is None:
            self._untold = self._answer_alone(seen)
        return replace(self._untold, row=seen.row, sha256=seen.sha256)

    def _answer_alone(self, seen: Seen) -> Judged:
        matches = tuple(_surest(seen.matches))
        if _is_identified(seen):
            seen.problems[:] = [problem for problem in seen.problems if problem.reason != "media.unsupported"]
        certain = {match.work for match in matches if match.kind.certain}
        for match in matches:
            if match.work not in certain and match.kind is MatchKind.VERIFY:
                work = self.library.work_id(match.work)[:12]
                why = f"{seen.where}: it resembles work {work} ({match}), too little to be sure"
                if match.doubt == "match.common":
                    why = f"{seen.where}: it shares with work {work} only what many have in common ({match})"
                seen.doubts.append(Problem(seen.where, match.doubt, why))
                break
        standing = self._claimants.of(seen.matches)
        if standing.is_crowded:
            seen.doubts.append(Problem(seen.where, "match.crowded", f"{seen.where}: {standing.why}"))
        said = self._hear(seen)
        subjects = self._subjects(seen.row) | rest_of(matches)
        problems = (*seen.problems, *seen.doubts)
        reasons = tuple(sorted({problem.reason for problem in (*problems, *said.problems)}))
        asked = frozenset(certain), subjects, frozenset(said.speaking), reasons
        decisions = self.answers(*asked)
        return Judged(
            row=seen.row,
            matches=matches,
            best=best(matches),
            problems=problems,
            decisions=decisions,
            sha256=seen.sha256,
            unheard=said.problems,
            lost=said.lost,
            origin=most_synthetic(seen.origins),
            disputed=standing.disputed,
            changed=self._changed(decisions, asked[0] | seen.unheeded, *asked[1:]),
        )

    def _hear(self, seen: Seen) -> Said:
        if self.voices is None:
            return Said()
        is_mute = not seen.documents and all(part.kind is PartKind.TEXT for part in seen.row.parts)
        digests = {digest for _, digest in seen.digests["sha256"]}
        return self.voices.hear(seen.row.urls, seen.documents, digests=digests, is_mute=is_mute)

    def is_spoken_of(self, number: Subject) -> bool:
        """Whether anybody said a word about this number, or a sheet lists it."""
        return number in self.library.titles or number in self._named

    def _subjects(self, row: Row) -> frozenset[Subject]:
        """Of a row's numbers and addresses, the domains and patterns above them, those that somebody spoke of."""
        found = frozenset(filter(self.is_spoken_of, row.identifiers))
        for url in row.urls if self._addresses else ():
            try:
                canonical = canonical_url(url)
            except ValueError:
                continue  # no address of ours can be equal to it
            found |= self._addresses.of(canonical)
        return found

    def answers(
        self,
        works: frozenset[int],
        subjects: frozenset[Subject],
        said: frozenset[Declaration],
        reasons: tuple[str, ...],
    ) -> tuple[Decision, ...]:
        """The answer under each profile to all that is said about these, decided once a set."""
        if not (works or said or reasons) and (decisions := answers_of_title(self.library, subjects, self._ask)):
            return decisions
        key = (works, subjects, said, reasons)
        if key not in self._answers:
            self._answers[key] = tuple(self._decisions(works, subjects, said, reasons))
        return self._answers[key]

    def _changed(
        self,
        decisions: tuple[Decision, ...],
        works: frozenset[int],
        subjects: frozenset[Subject],
        said: frozenset[Declaration],
        reasons: tuple[str, ...],
    ) -> str:
        """What the first answer would have been without the choice of a voice, and what it is; empty if the same."""
        if self._usual is None:
            return ""
        usual, now = self._usual.answers(works, subjects, said, reasons)[0].outcome, decisions[0].outcome
        return "" if usual is now else f"{usual}>{now}"

    def _decisions(
        self,
        works: frozenset[int],
        subjects: frozenset[Subject],
        said: Collection[Declaration],
        reasons: tuple[str, ...],
    ) -> Iterator[Decision]:
        works = frozenset(filter(self.library.is_claimed, works))
        found = hear_all(self.library, works, subjects, self._ask)
        heard = [*said, *found.resolved.heard]
        about = (*(self.library.subject(work) for work in sorted(works)), *sorted(subjects), *([HERE] if said else []))
        problems = [*(Problem("", reason, "") for reason in reasons), *found.problems]
        question = replace(self._ask.question(about), must_allow=found.resolved.must_allow)
        for profile in self._ask.profiles:
            yield decide(question, heard, problems, self._ask.licences, profile)


def _hash(lumas: list[tuple[Seen, int, Luma]]) -> None:
    """Turn pictures into their hashes, in order, and let go of them."""
    for seen, number, luma in lumas:
        seen.pictures.append((number, *compute_fast(luma)))
    lumas.clear()


def _note_hit(seen: Seen, number: int, hit: PictureHit) -> None:
    seen.matches += [replace(match, part=number) for match in hit.matches]
    if hit.capped and not any(problem.reason == "match.capped" for problem in seen.doubts):
        why = f"{seen.where}: too many works share its fingerprint to name them all"
        seen.doubts.append(Problem(seen.where, "match.capped", why))


def _looked_at_again(seen: Seen) -> Iterator[tuple[Seen, int, np.ndarray, int]]:
    """The pictures of a row that only resemble a work, decoded whole (matching, 9.3 step 3).

    Only JPEG was read at a smaller scale. What is found this time is added, and takes nothing back.
    """
    unsure = {match.part for match in _surest(seen.matches) if not match.kind.certain}
    for number in sorted(unsure & {number for number, _, _ in seen.pictures}):
        data = _bytes(seen.row.parts[number])
        if number not in seen.whole and data.startswith(b"\xff\xd8"):
            with suppress(BadMedia):
                seen.whole[number] = compute_fast(read_luma(data, scale="full").upright)
        if number in seen.whole:
            yield (seen, number, *seen.whole[number])


def _is_identified(seen: Seen) -> bool:
    """Every part is, byte for byte, a registered file."""
    exact = {match.part for match in seen.matches if match.method in ("sha256", "blake3")}
    return bool(seen.row.parts) and exact.issuperset(range(len(seen.row.parts)))


def _bytes(part: Part) -> bytes:
    return part.data if isinstance(part.data, bytes) else bytes(part.data)


def _surest(matches: list[Match]) -> Iterator[Match]:
    """One match a work: the one to report."""
    by_work: dict[int, list[Match]] = {}
    for match in matches:
        by_work.setdefault(match.work, []).append(match)
    for work in sorted(by_work):
        if (surest := best(by_work[work])) is not None:
            yield surest
