"""The fields of the AI Office's public summary of training content, as a table.

Regulation (EU) 2024/1689, article 53(1)(d); template C(2025) 8311. Numbers are the template's, the wording is ours.
A field's key is where a provider states it: `provider.name` is `name` under `[provider]` in a TOML file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["BANDS", "FIELDS", "HEADINGS", "KINDS", "MODALITIES", "TEMPLATE", "Field", "Shape"]

TEMPLATE = "eu-53-1-d"


class Shape(StrEnum):
    """What an answer looks like."""

    TEXT = "a sentence"
    YES_NO = "true or false"
    LIST = "a list of sentences"
    MONTH = "a month, as 2026-11"


@dataclass(frozen=True, slots=True)
class Field:
    """`optional` is what the template itself leaves to the provider."""

    key: str
    number: str
    asks: str
    shape: Shape = Shape.TEXT
    optional: bool = False


HEADINGS = {
    "0": "Version",
    "1.1": "Provider",
    "1.2": "Model",
    "1.3": "Modalities, size and characteristics of all training data",
    "2.1": "Publicly available datasets",
    "2.2.1": "Private datasets licensed by rightsholders or those who represent them",
    "2.2.2": "Private datasets obtained from other third parties",
    "2.3": "Data crawled and scraped from online sources",
    "2.4": "User data",
    "2.5": "Synthetic data",
    "2.6": "Other sources",
    "3.1": "Respect of reservations of rights",
    "3.2": "Removal of illegal content",
    "3.3": "Other information",
}

MODALITIES = ("text", "image", "audio", "video", "other")

# The least size of the second and of the third band, and the unit that they count.
BANDS = {
    "text": (10**9, 10**13, "tokens"),
    "image": (10**6, 10**9, "images"),
    "audio": (10**4, 10**6, "hours"),
    "video": (10**4, 10**6, "hours"),
}

# What a cleared dataset is, by the section it belongs to; the first part of that section's keys.
KINDS = {
    "public": "2.1",
    "licensed": "2.2.1",
    "private": "2.2.2",
    "crawled": "2.3",
    "user": "2.4",
    "synthetic": "2.5",
    "other": "2.6",
}

_YES, _LIST = Shape.YES_NO, Shape.LIST

FIELDS: tuple[Field, ...] = (
    Field("summary.version", "0", "Version of this summary"),
    Field("summary.previous", "0", "Link to the version before it", optional=True),
    Field("summary.updated", "0", "Last update"),
    Field("provider.name", "1.1", "Name of the provider"),
    Field("provider.contact", "1.1", "Contact of the provider"),
    Field("provider.representative", "1.1", "Authorised representative, with contact, or that there is none"),
    Field("model.names", "1.2", "Versioned names of the model or models", _LIST),
    Field("model.dependencies", "1.2", "Models it was made from, each with a link to its summary, or that none was"),
    Field("model.placed", "1.2", "Date of placement on the Union market"),
    Field("data.modalities", "1.3", "Modalities of the training data", _LIST),
    Field("data.text", "1.3", "Text: size, and types of content"),
    Field("data.image", "1.3", "Images: size, and types of content"),
    Field("data.audio", "1.3", "Audio: size, and types of content"),
    Field("data.video", "1.3", "Video: size, and types of content"),
    Field("data.other", "1.3", "Other modalities: size, and types of content"),
    Field("data.latest", "1.3", "Latest acquisition or collection of data", Shape.MONTH),
    Field("data.continuous", "1.3", "Is the model trained on new data after that?", _YES),
    Field("data.languages", "1.3", "Linguistic characteristics of the training data"),
    Field("data.characteristics", "1.3", "Other characteristics, such as regional or demographic ones"),
    Field("data.comments", "1.3", "Comments", optional=True),
    Field("public.used", "2.1", "Were publicly available datasets used?", _YES),
    Field("public.modalities", "2.1", "Their modalities", _LIST),
    Field("public.large", "2.1", "The large ones: name, link, description, period", _LIST),
    Field("public.others", "2.1", "General description of the others"),
    Field("public.comments", "2.1", "Comments", optional=True),
    Field("licensed.used", "2.2.1", "Were licences concluded with rightsholders or those who represent them?", _YES),
    Field("licensed.modalities", "2.2.1", "Modalities of what is licensed", _LIST),
    Field("private.used", "2.2.2", "Were private datasets obtained from other third parties?", _YES),
    Field("private.modalities", "2.2.2", "Their modalities", _LIST),
    Field("private.known", "2.2.2", "Those that are publicly known", _LIST),
    Field("private.others", "2.2.2", "General description of the others"),
    Field("private.comments", "2.2.2", "Comments", optional=True),
    Field("crawled.used", "2.3", "Did the provider crawl or scrape, or have it done?", _YES),
    Field("crawled.crawlers", "2.3", "Names or identifiers of the crawlers", _LIST),
    Field("crawled.purposes", "2.3", "Purposes of the crawlers"),
    Field("crawled.behaviour", "2.3", "Behaviour of the crawlers: robots.txt, captchas, paywalls"),
    Field("crawled.period", "2.3", "Period of collection, from month to month"),
    Field("crawled.description", "2.3", "Description of the content and its sources"),
    Field("crawled.modalities", "2.3", "Modalities of what was collected", _LIST),
    Field("crawled.domains", "2.3", "The most relevant domain names, by size of their content", _LIST),
    Field("crawled.comments", "2.3", "Comments", optional=True),
    Field("user.model", "2.4", "Was data from interactions with the model used?", _YES),
    Field("user.used", "2.4", "Was data from other services or products of the provider used?", _YES),
    Field("user.services", "2.4", "Those services or products", _LIST),
    Field("user.modalities", "2.4", "Modalities of that data", _LIST),
    Field("user.comments", "2.4", "Comments", optional=True),
    Field("synthetic.used", "2.5", "Was data used that the provider had generated by a model?", _YES),
    Field("synthetic.modalities", "2.5", "Its modalities", _LIST),
    Field("synthetic.generators", "2.5", "Generating models on the market, each with a link to its summary", _LIST),
    Field("synthetic.others", "2.5", "Other generating models, and the data that they were trained on"),
    Field("synthetic.comments", "2.5", "Comments", optional=True),
    Field("other.used", "2.6", "Were other sources used?", _YES),
    Field("other.description", "2.6", "Description of them"),
    Field("other.comments", "2.6", "Comments", optional=True),
    Field("reservations.signatory", "3.1", "Is the provider a signatory of the Code of Practice?", _YES),
    Field("reservations.measures", "3.1", "Measures before and during collection to honour reservations", _LIST),
    Field("reservations.policy", "3.1", "Link to the copyright policy", optional=True),
    Field("reservations.comments", "3.1", "Comments", optional=True),
    Field("illegal.measures", "3.2", "Measures to remove illegal content"),
    Field("information.other", "3.3", "Other information", optional=True),
)
