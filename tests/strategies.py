"""Hypothesis strategies for the words of `placet.core`."""

from __future__ import annotations

from hypothesis import strategies as st

from placet.core import (
    PROFILES,
    Declaration,
    Interval,
    Kind,
    Licence,
    Problem,
    Question,
    Source,
    Stance,
    Subject,
    Use,
    Voice,
)

SUBJECTS = (
    Subject(Kind.WORK, "a" * 32),
    Subject(Kind.WORK, "b" * 32),
    Subject(Kind.URL, "https://maker.example/1.jpg"),
    Subject(Kind.DOMAIN, "maker.example"),
)
PARTIES = ("ana", "ben", "cleo")

subjects = st.sampled_from(SUBJECTS)
uses = st.sampled_from(list(Use))
parties = st.sampled_from(PARTIES)
territories = st.sampled_from([(), (), ("FR",), ("EU",), ("US", "GB")])
agents = st.sampled_from([None, None, "GPTBot", "gptbot", "CCBot"])
intervals = st.sampled_from([Interval(), Interval(), Interval(0, 100), Interval(100, 200), Interval(50)])
standards = st.sampled_from(["placet", "placet", "robots", "tdmrep"])


@st.composite
def declarations(draw: st.DrawFn) -> Declaration:
    standard = draw(standards)
    index = draw(st.integers(0, 30)) if standard == "placet" else None
    withdraws = draw(st.none() | st.integers(0, index - 1)) if index else None
    return Declaration(
        id=f"d{index}" if index is not None else f"s{draw(st.integers(0, 99))}",
        subject=draw(subjects),
        use=draw(uses),
        stance=None if withdraws is not None else draw(st.sampled_from(list(Stance))),
        by=draw(parties),
        voice=draw(st.sampled_from(list(Voice))),
        source=Source(standard=standard, where="somewhere"),
        interval=draw(intervals),
        territory=draw(territories),
        agent=draw(agents),
        index=index,
        withdraws=withdraws,
    )


questions = st.builds(
    Question,
    subjects=st.lists(subjects, unique=True, max_size=4).map(tuple),
    use=uses,
    at=st.integers(0, 220),
    territory=st.sampled_from([None, "FR", "US", "EU"]),
    agent=st.sampled_from([None, "gptbot", "CCBot"]),
    holder=st.sampled_from([None, "lab"]),
    min_voice=st.sampled_from([Voice.CLAIMED, Voice.CLAIMED, Voice.VERIFIED, Voice.MANDATED]),
)
problems = st.builds(
    Problem, where=st.sampled_from(["row 1", "row 2"]), reason=st.just("media.unreadable"), why=st.just("cut")
)
licences = st.builds(
    Licence,
    id=st.sampled_from(["l1", "l2"]),
    licensor=parties,
    holder=st.sampled_from(["lab", "rival"]),
    subjects=st.frozensets(subjects),
    uses=st.lists(uses, min_size=1, max_size=2).map(tuple),
    interval=intervals,
    territory=territories,
)
profiles = st.sampled_from(list(PROFILES.values()))
