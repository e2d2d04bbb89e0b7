"""The page that a creator prints: what was said, about which works, where it stands, and what it does not do.

One self-contained HTML page from values alone; every text is escaped, nothing runs and nothing is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from placet.core.ids import short
from placet.core.reasons import LANGUAGES
from placet.core.stance import Stance
from placet.core.use import PRESETS, SENTENCES, Use

__all__ = ["ReceiptPage", "ReceiptWork", "render_receipt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptWork:
    """`file` as it is called on the creator's machine; `weak` when it is weakly identifiable."""

    file: str
    id: str
    sha256: str
    entry: int | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """`key` is the party's public key in hex; `root` and `size` are those of the checkpoint; times in UTC seconds.

    `proof` is the name of a receipt file that lies beside the page, for the command that checks it.
    """

    maker: str | None
    key: str
    said: tuple[tuple[Use, Stance], ...]
    works: tuple[ReceiptWork, ...]
    origin: str
    entries: tuple[int, ...]
    size: int
    root: str
    at: int
    proof: str
    until: int | None = None
    territory: tuple[str, ...] = ()


def render_receipt(page: ReceiptPage, language: str = "en") -> str:
    """The whole page; ValueError for a language that is not in the catalogue."""
    if language not in LANGUAGES:
        raise ValueError(f"there is no receipt in {language!r}; the languages are {', '.join(LANGUAGES)}")
    words = {word: both[LANGUAGES.index(language)] for word, both in _WORDS.items()}
    title = _headline(page, words)
    parts = (
        f'<header><p class="kicker">{escape(words["kicker"])}</p><h1>{title}</h1>{_who(page, words)}</header>',
        _section(words["said"], _said(page, words)),
        _section(words["works"], _works(page, words)),
        _section(words["where"], _where(page, words)),
        _section(words["means"], _lines(words["does"], words["not_stop"], words["not_taken"], words["not_legal"])),
        _section(words["check"], _check(page, words)),
    )
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="referrer" content="no-referrer"><title>{title}</title><style>{_STYLE}</style>'
    )
    body = f"<main>{''.join(parts)}</main>"
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>{body}</body></html>\n'


def _shown(text: str) -> str:
    """Escaped, and what cannot be seen written out: nothing on the page is hidden or reordered."""
    return escape("".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text))


def _name(text: str) -> str:
    return f"<bdi>{_shown(text)}</bdi>"


def _code(text: str) -> str:
    return f"<code>{_shown(text)}</code>"


def _day(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def _section(heading: str, inside: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{inside}</section>"


def _lines(*sentences: str) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def _headline(page: ReceiptPage, words: dict[str, str]) -> str:
    """The claim in one sentence."""
    works = words["one"] if len(page.works) == 1 else words["many"].format(n=len(page.works))
    who = _shown(page.maker) if page.maker else words["key_of"].format(key=_shown(short(page.key)))
    stances = {stance.word for _, stance in page.said}
    what = words["ai" if {use for use, _ in page.said} == set(PRESETS["ai"]) else "uses"]
    verb = words[f"verb_{stances.pop()}" if len(stances) == 1 else "verb"].format(works=works, what=what)
    return f"{who} {escape(verb)}"


def _who(page: ReceiptPage, words: dict[str, str]) -> str:
    until = words["until"].format(day=_day(page.until)) if page.until is not None else words["open"]
    where = ", ".join(page.territory) or words["world"]
    return f'<p class="lede">{escape(_day(page.at))}. {escape(until)} {escape(words["in"])} {_shown(where)}.</p>'


def _said(page: ReceiptPage, words: dict[str, str]) -> str:
    rows: list[tuple[Use, Stance | None]] = list(page.said)
    rows += [(use, None) for top in _TOP for use in _unsaid(top, page)]
    lines = "".join(f"<tr><td>{_stance(stance, words)}</td><td>{_use(use, words)}</td></tr>" for use, stance in rows)
    return f"<table><tbody>{lines}</tbody></table>"


def _unsaid(top: Use, page: ReceiptPage) -> list[Use]:
    """What nobody spoke about below one use: the whole of it, or the leaves that were left out."""
    silent = [leaf for leaf in top.leaves if not any(said.covers(leaf) for said, _ in page.said)]
    return [top] if len(silent) == len(top.leaves) else silent


def _use(use: Use, words: dict[str, str]) -> str:
    told = words.get(f"use_{use}") or SENTENCES[use]
    return f"{escape(told)} <code>{use}</code>"


def _stance(stance: Stance | None, words: dict[str, str]) -> str:
    word = stance.word if stance else "nothing"
    path = f'<path d="{_ICONS[word]}" fill="none" stroke="currentColor" stroke-width="2"/>'
    icon = f'<svg viewBox="0 0 16 16" aria-hidden="true">{path}</svg>'
    return f'<span class="tag {word}">{icon}{escape(words[word])}</span>'


def _works(page: ReceiptPage, words: dict[str, str]) -> str:
    heads = "".join(f"<th>{escape(words[word])}</th>" for word in ("file", "id", "digest", "entry"))
    rows = "".join(_work(work, words) for work in page.works)
    weak = f'<p class="small">{escape(words["weak_means"])}</p>' if any(work.weak for work in page.works) else ""
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="scroll">{table}</div>{weak}'


def _work(work: ReceiptWork, words: dict[str, str]) -> str:
    weak = f' <span class="weak">{escape(words["weak"])}</span>' if work.weak else ""
    entry = "" if work.entry is None else str(work.entry)
    cells = (_name(work.file) + weak, _code(short(work.id)), _code(work.sha256[:16]), entry)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _where(page: ReceiptPage, words: dict[str, str]) -> str:
    facts = (
        ("log", _name(page.origin)),
        ("entries", escape(_runs(page.entries))),
        ("size", escape(words["size_said"].format(n=page.size))),
        ("root", _code(page.root)),
        ("by", _code(page.key)),
    )
    return "<dl>" + "".join(f"<div><dt>{escape(words[w])}</dt><dd>{v}</dd></div>" for w, v in facts) + "</dl>"


def _runs(numbers: tuple[int, ...]) -> str:
    """`3, 7–12, 15`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def _check(page: ReceiptPage, words: dict[str, str]) -> str:
    command = f"<pre>placet verify {_shown(page.proof)}</pre>"
    return f"<p>{escape(words['check_said'])}</p>{command}<p>{escape(words['check_also'])}</p>"


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_TOP = (Use.ACCESS, Use.SEARCH, Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET)
_ICONS = {
    "reserve": "M4 4l8 8M12 4l-8 8",
    "license": "M2.6 7.9V2.7h5.2l5.7 5.7-5.1 5.2zM5.3 5.4v.02",
    "allow": "M3 8.6l3.3 3.2L13 4.6",
    "nothing": "M3.2 8h9.6",
}
_WORDS: dict[str, tuple[str, str]] = {
    "kicker": ("Placet: receipt", "Placet : reçu"),
    "one": ("one work", "une œuvre"),
    "many": ("{n} works", "{n} œuvres"),
    "key_of": ("The holder of key {key}", "Le titulaire de la clé {key}"),
    "verb": ("said what may be done with {works}.", "a dit ce qui peut être fait de {works}."),
    "verb_reserve": ("said no to {what} of {works}.", "a refusé {what} de {works}."),
    "verb_license": ("asks for a licence before {what} of {works}.", "demande une licence avant {what} de {works}."),
    "verb_allow": ("said yes to {what} of {works}.", "a autorisé {what} de {works}."),
    "ai": ("AI use", "l'usage par l'IA"),
    "uses": ("the uses below", "les usages ci-dessous"),
    "until": ("In force until {day},", "En vigueur jusqu'au {day},"),
    "open": ("In force until withdrawn,", "En vigueur jusqu'au retrait,"),
    "in": ("in:", "territoire :"),
    "world": ("the whole world", "le monde entier"),
    "said": ("What was said", "Ce qui a été dit"),
    "reserve": ("no", "non"),
    "license": ("licence first", "licence d'abord"),
    "allow": ("yes", "oui"),
    "nothing": ("nothing said", "rien dit"),
    "works": ("About which works", "De quelles œuvres"),
    "file": ("File", "Fichier"),
    "id": ("Work", "Œuvre"),
    "digest": ("SHA-256 begins", "Début du SHA-256"),
    "entry": ("Log entry", "Entrée"),
    "weak": ("weakly identifiable", "peu identifiable"),
    "weak_means": (
        "Weakly identifiable: so plain or so short that an altered copy may not be found; exact copies are.",
        "Peu identifiable : si uni ou si court qu'une copie modifiée peut échapper ; une copie exacte est retrouvée.",
    ),
    "where": ("Where it stands", "Où cela est inscrit"),
    "log": ("Log", "Journal"),
    "entries": ("Entries", "Entrées"),
    "size": ("Log size at the time", "Taille du journal alors"),
    "size_said": ("{n} entries", "{n} entrées"),
    "root": ("Root of the log", "Racine du journal"),
    "by": ("Signed by key", "Signé par la clé"),
    "means": ("What this does, and what it does not", "Ce que cela fait, et ce que cela ne fait pas"),
    "does": (
        "Whoever clears a dataset against this registry is told of these words, row by row.",
        "Qui vérifie un jeu de données auprès de ce registre est averti de ces mots, ligne par ligne.",
    ),
    "not_stop": (
        "It does not stop a scraper by itself.",
        "Cela n'arrête pas à lui seul un robot de collecte.",
    ),
    "not_taken": (
        "Copies already taken are out of its reach.",
        "Les copies déjà prises restent hors d'atteinte.",
    ),
    "not_legal": (
        "It is not legal advice. It shows that these words stand in this log, not who owns the works.",
        "Ce n'est pas un avis juridique. Il montre que ces mots sont dans ce journal, non à qui sont les œuvres.",
    ),
    "check": ("How anyone can check it", "Comment chacun peut le vérifier"),
    "check_said": (
        "With the receipt file beside this page, without asking anybody:",
        "Avec le reçu joint à cette page, sans rien demander à personne :",
    ),
    "check_also": (
        "Keep the receipt with your originals: with it, a log that dropped your words can be shown to have done so.",
        "Gardez le reçu avec vos originaux : il permet de montrer qu'un journal a effacé vos mots.",
    ),
    "use_any": (SENTENCES[Use.ANY], "tout usage"),
    "use_access": (SENTENCES[Use.ACCESS], "télécharger les octets"),
    "use_search": (SENTENCES[Use.SEARCH], "indexer, lier et citer brièvement dans un moteur de recherche"),
    "use_mine": (SENTENCES[Use.MINE], "fouiller textes et données sans entraîner de modèle"),
    "use_train": (SENTENCES[Use.TRAIN], "entraîner un modèle, quel qu'il soit"),
    "use_train.generative": (SENTENCES[Use.TRAIN_GENERATIVE], "entraîner un modèle génératif"),
    "use_input": (SENTENCES[Use.INPUT], "servir d'entrée à un modèle"),
    "use_output": (SENTENCES[Use.OUTPUT], "toute production qui en dérive"),
    "use_dataset": (SENTENCES[Use.DATASET], "rediffuser dans un jeu de données"),
}
_STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf6;--ink:#1d1b18;--soft:#5d5850;--line:#dcd6c8;
--red:#a8281d;--red-bg:#fbe4e0;--amber:#8a5200;--amber-bg:#fdeecf;--green:#1c6b45;--green-bg:#e2f1e7;
--grey:#565b63;--grey-bg:#ebedf0}
@media(prefers-color-scheme:dark){:root{--paper:#16171a;--ink:#ebe7dd;--soft:#aba599;--line:#363a41;
--red:#ff9d90;--red-bg:#471e1a;--amber:#f0bb62;--amber-bg:#3d2d10;--green:#7fd0a3;--green-bg:#17352a;
--grey:#b8bec8;--grey-bg:#2b2f36}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 Charter,"Iowan Old Style",Palatino,Georgia,
serif}
main{max-width:46rem;margin:0 auto;padding:2.4rem 1.2rem 3rem}
h1{font-size:clamp(1.5rem,1.1rem + 1.8vw,2.1rem);line-height:1.2;margin:.3rem 0 .5rem;font-weight:600;
text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:1.9rem 0 .4rem;padding-top:.7rem;border-top:1px solid var(--line);font-weight:600}
.kicker,.tag,th,dt,.small,.weak{font-family:ui-sans-serif,"Helvetica Neue",Arial,"Liberation Sans",sans-serif}
.kicker{font-size:.76rem;letter-spacing:.09em;text-transform:uppercase;color:var(--soft);margin:0}
.lede,.small,.weak,dt,th{color:var(--soft)}
.small,th{font-size:.82rem}.weak,dt{font-size:.78rem}
p{margin:.4rem 0}ul{margin:.3rem 0;padding-left:1.1rem}li{margin:.25rem 0}
code,pre{font-family:ui-monospace,Menlo,Consolas,"Liberation Mono",monospace;font-size:.84em;
overflow-wrap:anywhere}
pre{border:1px solid var(--line);border-radius:.4rem;padding:.6rem .8rem;white-space:pre-wrap}
td code{color:var(--soft)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums lining-nums}
td,th{text-align:left;padding:.36rem .7rem .36rem 0;border-bottom:1px solid var(--line);vertical-align:top;
overflow-wrap:anywhere}
td:first-child{min-width:8.5rem}
.tag{display:inline-flex;align-items:center;gap:.35em;font-size:.84rem;font-weight:600;
padding:.08rem .6rem .08rem .4rem;border-radius:1rem;white-space:nowrap}
.tag svg{width:1em;height:1em}
.reserve{color:var(--red);background:var(--red-bg)}.license{color:var(--amber);background:var(--amber-bg)}
.allow{color:var(--green);background:var(--green-bg)}.nothing{color:var(--grey);background:var(--grey-bg)}
dl{margin:.2rem 0}dl div{display:grid;grid-template-columns:11rem 1fr;gap:.2rem 1rem;padding:.2rem 0}
dd{margin:0;overflow-wrap:anywhere}
@media(max-width:30rem){dl div{grid-template-columns:1fr}}
@media print{:root{--paper:#fff}body{font-size:10pt}main{max-width:none;padding:0}h2{margin-top:1rem;
break-after:avoid}tr,dl div{break-inside:avoid}.tag{border:1px solid currentColor}}
"""
