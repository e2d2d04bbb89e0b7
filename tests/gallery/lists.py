"""Lists of works as their keepers send them, small and our own: CWR, DDEX, ONIX, tables; and how they are broken."""

from __future__ import annotations

from itertools import count as numbers

__all__ = [
    "BOMBS",
    "DDEX_3",
    "DDEX_4",
    "ONIX_2",
    "ONIX_3",
    "SONG",
    "cwr",
    "ipi",
    "iswc",
    "publisher",
    "reach",
    "writer",
]


def ipi(number: int) -> str:
    """A name number with its check digits."""
    digits = f"{number:09d}"
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 101
    return f"{digits}{(101 - total) % 101 % 100:02d}"


def iswc(number: int) -> str:
    digits = f"{number:09d}"
    total = 1 + sum(place * int(digit) for place, digit in enumerate(digits, 1))
    return f"T{digits}{(10 - total % 10) % 10}"


def work(kind: str, title: str, name: str) -> str:
    return f"{kind}{{}}{title:<60}{'':<2}{'W1':<14}{name:<11}{'':<60}"


def writer(number: str, last: str, name: str, pr: int, mr: int, kind: str = "SWR", role: str = "CA") -> str:
    return (
        f"{kind}{{}}{number:<9}{last:<45}{'ANA':<30} {role:<2}{'':<9}{name:<11}{'':<3}{pr:05d}{'':<3}{mr:05d}{'':<40}"
    )


def publisher(number: str, label: str, name: str, pr: int, mr: int, kind: str = "SPU", role: str = "E") -> str:
    head = f"{kind}{{}}01{number:<9}{label:<45} {role:<2}{'':<9}{name:<11}{'':<14}"
    return f"{head}{'':<3}{pr:05d}{'':<3}{mr:05d}{'':<40}"


def reach(number: str, sign: str, code: str, kind: str = "SPT") -> str:
    if kind == "SPT":
        return f"SPT{{}}{number:<9}{'':<6}{'':<15}{sign}{code:>04} 001"
    return f"SWT{{}}{number:<9}{'':<15}{sign}{code:>04} 001"


def cwr(*works: tuple[str, ...], trailer: bool = True) -> bytes:
    """A transmission; each work is its records, the first one made by `work`."""
    lines = ["HDRPB000000123OUR MUSIC" + " " * 36 + "01.10202609301200002026093002.10", "GRHNWR0000102.100000000000"]
    for number, records in enumerate(works):
        order = numbers()
        lines += [record.format(f"{number:08d}{next(order):08d}") for record in records]
    if trailer:
        lines.append(f"GRT00001{len(works):08d}{len(lines):08d}")
        lines.append(f"TRL00001{len(works):08d}{len(lines) + 1:08d}")
    return "\r\n".join([*lines, ""]).encode()


SONG = (
    work("NWR", "EIN LIED", iswc(34524680)),
    publisher("P1", "OUR MUSIC", ipi(77), 5000, 10000),
    reach("P1", "I", "2136"),
    reach("P1", "E", "0250"),
    writer("W1", "LIMA", ipi(1), 2500, 0),
    reach("W1", "I", "0276", "SWT"),
    f"PWR{{}}{'P1':<9}{'OUR MUSIC':<45}{'':<28}{'W1':<9}",
    writer("W2", "BERG", "", 2500, 0, "OWR", "A"),
)

DDEX_3 = b"""<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/382" MessageSchemaVersionId="ern/382">
 <MessageHeader><MessageId>1</MessageId></MessageHeader>
 <ResourceList>
  <SoundRecording>
   <SoundRecordingId><ISRC>FRZ039800212</ISRC></SoundRecordingId>
   <ReferenceTitle><TitleText>Le bruit de la mer</TitleText></ReferenceTitle>
   <SoundRecordingDetailsByTerritory>
    <TerritoryCode>FR</TerritoryCode><TerritoryCode>BE</TerritoryCode>
    <DisplayArtist><PartyName><FullName>Ana Lima</FullName></PartyName>
     <PartyId IsISNI="true">0000000121032683</PartyId><ArtistRole>MainArtist</ArtistRole></DisplayArtist>
    <RightsController><PartyName><FullName>Notre Label</FullName></PartyName>
     <RightSharePercentage>100.00</RightSharePercentage></RightsController>
   </SoundRecordingDetailsByTerritory>
  </SoundRecording>
 </ResourceList>
</ern:NewReleaseMessage>
"""

DDEX_4 = b"""<?xml version="1.0" encoding="UTF-8"?>
<ern:NewReleaseMessage xmlns:ern="http://ddex.net/xml/ern/43">
 <PartyList>
  <Party><PartyReference>P1</PartyReference><PartyId><ISNI>0000000121032683</ISNI></PartyId>
   <PartyName><FullName>Ana Lima</FullName></PartyName></Party>
  <Party><PartyReference>P2</PartyReference><PartyName><FullName>Notre Label</FullName></PartyName></Party>
 </PartyList>
 <ResourceList>
  <SoundRecording>
   <SoundRecordingEdition><ResourceId><ISRC>FRZ039800212</ISRC></ResourceId></SoundRecordingEdition>
   <DisplayTitleText>Le bruit de la mer</DisplayTitleText>
   <DisplayArtist><ArtistPartyReference>P1</ArtistPartyReference><DisplayArtistRole>MainArtist</DisplayArtistRole>
   </DisplayArtist>
   <Contributor><ContributorPartyReference>P1</ContributorPartyReference><Role>Composer</Role></Contributor>
   <ResourceRightsController><RightsControllerPartyReference>P2</RightsControllerPartyReference>
    <RightSharePercentage>100</RightSharePercentage></ResourceRightsController>
  </SoundRecording>
 </ResourceList>
</ern:NewReleaseMessage>
"""


def ddex_deals(*deals: str, controller: str = "", release: str = "R1") -> bytes:
    """A recording of one artist in a release; each deal is what stands in its DealTerms."""
    terms = "".join(f"<Deal><DealTerms>{deal}</DealTerms></Deal>" for deal in deals)
    return f"""<NewReleaseMessage xmlns="http://ddex.net/xml/ern/43">
 <PartyList><Party><PartyReference>P1</PartyReference><PartyName><FullName>Ana Lima</FullName></PartyName></Party>
  <Party><PartyReference>P2</PartyReference><PartyName><FullName>Notre Label</FullName></PartyName></Party></PartyList>
 <ResourceList><SoundRecording><ResourceReference>A1</ResourceReference>
  <SoundRecordingEdition><ResourceId><ISRC>FRZ039800212</ISRC></ResourceId></SoundRecordingEdition>
  <DisplayTitleText>Le bruit de la mer</DisplayTitleText>
  <DisplayArtist><ArtistPartyReference>P1</ArtistPartyReference></DisplayArtist>{controller}
 </SoundRecording></ResourceList>
 <ReleaseList><Release><ReleaseReference>R0</ReleaseReference><ResourceGroup><ResourceGroupContentItem>
   <ReleaseResourceReference>A2</ReleaseResourceReference></ResourceGroupContentItem></ResourceGroup></Release>
  <TrackRelease><ReleaseReference>R1</ReleaseReference><ReleaseResourceReference>A1</ReleaseResourceReference>
  </TrackRelease></ReleaseList>
 <DealList><ReleaseDeal><DealReleaseReference>{release}</DealReleaseReference>{terms}</ReleaseDeal></DealList>
</NewReleaseMessage>""".encode()


ONIX_3 = b"""<?xml version="1.0" encoding="UTF-8"?>
<ONIXMessage release="3.0" xmlns="http://ns.editeur.org/onix/3.0/reference">
 <Product><RecordReference>1</RecordReference>
  <ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>9780306406157</IDValue></ProductIdentifier>
  <DescriptiveDetail>
   <TitleDetail><TitleType>01</TitleType><TitleElement><TitlePrefix>The</TitlePrefix>
    <TitleWithoutPrefix>Sea</TitleWithoutPrefix></TitleElement></TitleDetail>
   <Contributor><ContributorRole>A01</ContributorRole><NameIdentifier><NameIDType>16</NameIDType>
    <IDValue>0000000121032683</IDValue></NameIdentifier><PersonName>Ana Lima</PersonName></Contributor>
   <Contributor><ContributorRole>B06</ContributorRole><PersonName>Bo Berg</PersonName></Contributor>
   <Contributor><ContributorRole>A36</ContributorRole><PersonName>Cover Maker</PersonName></Contributor>
  </DescriptiveDetail>
  <PublishingDetail><SalesRights><SalesRightsType>01</SalesRightsType>
   <Territory><CountriesIncluded>FR BE</CountriesIncluded></Territory></SalesRights></PublishingDetail>
 </Product>
</ONIXMessage>
"""

ONIX_2 = b"""<?xml version="1.0"?>
<!DOCTYPE ONIXmessage SYSTEM "http://www.editeur.org/onix/2.1/short/onix-international.dtd">
<ONIXmessage>
 <product><a001>1</a001><productidentifier><b221>02</b221><b244>0306406152</b244></productidentifier>
  <title><b202>01</b202><b203>The Sea</b203></title>
  <contributor><b035>A01</b035><b036>Ana Lima</b036></contributor>
  <salesrights><b089>01</b089><b090>FR BE</b090></salesrights>
 </product>
</ONIXmessage>
"""

_LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = {
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{_LOL}]><NewReleaseMessage>&l9;</NewReleaseMessage>'.encode(),
    "outside": b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><NewReleaseMessage><SoundRecording>&y;</SoundRecording>'
    b"</NewReleaseMessage>",
    "deep": b"<NewReleaseMessage>" + b"<a>" * 100 + b"</a>" * 100 + b"</NewReleaseMessage>",
    "wide": b"<NewReleaseMessage><SoundRecording>" + b"<a/>" * 60_000 + b"</SoundRecording></NewReleaseMessage>",
    "cut": b"<NewReleaseMessage><SoundRecording>",
}
