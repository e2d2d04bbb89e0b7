"""Every command, where it lives, and its one line of help.  Adding a row is publishing a command."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COMMANDS", "DOORS", "Command"]

MAKE = "I make things"
TRAIN = "I train models"
DOUBT = "I don't believe you"
DOORS = (MAKE, TRAIN, DOUBT)


@dataclass(frozen=True, slots=True)
class Command:
    """`where` is `module:function`, imported only when the command is called."""

    name: str
    where: str
    help: str
    door: str


COMMANDS: tuple[Command, ...] = (
    Command("reserve", "placet.cli.reserve:reserve", "Say what AI may do with your works.", MAKE),
    Command("offer", "placet.cli.offer:offer", "Say at what price, and on which conditions.", MAKE),
    Command("licence issue", "placet.cli.licence:issue", "Give a licence at your standing offer.", MAKE),
    Command("licence revoke", "placet.cli.licence:revoke", "Take a licence back, from now on.", MAKE),
    Command("licence list", "placet.cli.licence:show", "List the licences given, and what each is worth.", MAKE),
    Command("licence part", "placet.cli.licence:part", "Hand on proofs of a part of a licence.", TRAIN),
    Command("licence verify", "placet.cli.licence:verify", "Check a licence, offline: then, and now.", DOUBT),
    Command("withdraw", "placet.cli.withdraw:withdraw", "Take back something you said.", MAKE),
    Command("erase", "placet.cli.erase:erase", "Destroy what opens a person's names and titles.", MAKE),
    Command("receipts", "placet.cli.receipts:receipts", "Write the receipts that are missing, from the log.", MAKE),
    Command("keys new", "placet.cli.keys:new", "Make a key, with a name or a passphrase.", MAKE),
    Command("keys list", "placet.cli.keys:show", "List the keys that are kept here.", MAKE),
    Command("identity domain", "placet.cli.identity_check:domain", "What to put where, to show a domain.", MAKE),
    Command("identity check", "placet.cli.identity_check:check", "Look for the answer, and record it.", MAKE),
    Command("identity recheck", "placet.cli.identity_check:recheck", "Look again at domains that are due.", MAKE),
    Command("identity email", "placet.cli.identity_check:email", "Have an e-mail address confirmed by letter.", MAKE),
    Command("identity confirm", "placet.cli.identity_check:confirm", "Give the token from the letter.", MAKE),
    Command("identity claim", "placet.cli.identity:claim", "Say which public identifiers are yours.", MAKE),
    Command("identity text", "placet.cli.identity_link:text", "What a key you have signs, to be linked.", MAKE),
    Command("identity link", "placet.cli.identity_link:link", "Link a key for SSH, a did:key, a certificate.", MAKE),
    Command("identity attest", "placet.cli.identity:attest", "As an issuer: say who somebody is.", MAKE),
    Command("identity recognise", "placet.cli.identity:recognise", "As the operator: a document was shown.", MAKE),
    Command("identity unsay", "placet.cli.identity:unsay", "Take an attestation back.", MAKE),
    Command("identity show", "placet.cli.identity:show", "How sure the log is who somebody is, in words.", DOUBT),
    Command("verify", "placet.cli.verify:verify", "Check a receipt, snapshot or certificate, offline.", DOUBT),
    Command("lookup", "placet.cli.lookup:lookup", "Ask what is registered: file, text, id, address.", MAKE),
    Command("signals emit", "placet.cli.signals_emit:emit", "Say it on your site, in every standard.", MAKE),
    Command("signals embed", "placet.cli.signals_embed:embed", "Say it inside your files, signed.", MAKE),
    Command("signals lint", "placet.cli.signals_lint:lint", "Find what your site says and nobody hears.", MAKE),
    Command("claim show", "placet.cli.claim:show", "Who claims it, who contests that, what was settled.", DOUBT),
    Command("claim counter", "placet.cli.claim:counter", "Contest somebody's claim, under penalty.", MAKE),
    Command("claim withdraw", "placet.cli.claim:withdraw", "Say that you claim it no longer.", MAKE),
    Command("claim settle", "placet.cli.claim:settle", "End a dispute: drop it, give in, or by a ruling.", MAKE),
    Command("claim strike", "placet.cli.claim:strike", "As the operator: hold abuse against a party.", MAKE),
    Command("claim overlaps", "placet.cli.claim:overlaps", "As the operator: find what was claimed before.", MAKE),
    Command("claim rates", "placet.cli.claim:rates", "As the operator: limit what is registered in a day.", MAKE),
    Command("claim commons", "placet.cli.claim:commons", "As the operator: list what nobody may claim.", MAKE),
    Command("keys rotate", "placet.cli.keys_change:rotate", "Hand on to a new key; all you said stays yours.", MAKE),
    Command("keys recovery", "placet.cli.keys_change:recovery", "Make a key to recover yours, kept elsewhere.", MAKE),
    Command("keys recover", "placet.cli.keys_change:recover", "Replace a lost key; it counts after waiting.", MAKE),
    Command("keys cancel", "placet.cli.keys_change:cancel", "Object to a recovery while it waits.", MAKE),
    Command("keys revoke", "placet.cli.keys_change:revoke", "Say that a key is lost, and since when.", MAKE),
    Command("mandate grant", "placet.cli.mandate:grant", "Let your union, agent or publisher act for you.", MAKE),
    Command("mandate accept", "placet.cli.mandate:accept", "Take on a mandate that was given to you.", MAKE),
    Command("mandate revoke", "placet.cli.mandate:revoke", "Take a mandate back, or lay one down.", MAKE),
    Command("mandate list", "placet.cli.mandate:show", "Who may act for whom, where and until when.", DOUBT),
    Command("made say", "placet.cli.made:say", "State how your works were made, and by whom.", MAKE),
    Command("made table", "placet.cli.made:table", "The same for a production, from a credits sheet.", MAKE),
    Command("made list", "placet.cli.made:show", "Who says how works were made: one table of all.", DOUBT),
    Command("clear", "placet.cli.clear:clear", "Judge every row of a dataset, with a certificate.", TRAIN),
    Command("reclear", "placet.cli.reclear:reclear", "Judge a run again by a newer snapshot, no media.", TRAIN),
    Command("quote", "placet.cli.quote:quote", "What the rows for sale cost, and whom to pay.", TRAIN),
    Command("report", "placet.cli.report:report", "Fill the EU's public summary of training content.", TRAIN),
    Command("snapshot build", "placet.cli.snapshot:build", "Write the registry as files to clear against.", TRAIN),
    Command("snapshot pull", "placet.cli.snapshot:pull", "Fetch a snapshot from the web, every byte checked.", TRAIN),
    Command("snapshot verify", "placet.cli.verify:verify", "The same, for a snapshot.", DOUBT),
    Command("signals explain", "placet.cli.signals_explain:explain", "Hear who says what, and what decides.", TRAIN),
    Command("import-list", "placet.cli.import_list:import_list", "Hear what somebody else's list says.", TRAIN),
    Command("shares", "placet.cli.shares:shares", "Who holds which share of a work, exactly.", MAKE),
    Command("split", "placet.cli.split:split", "Divide licence money, exactly, once.", MAKE),
    Command("statement", "placet.cli.statement:statement", "What a party was paid, and why, to the last unit.", MAKE),
    Command("split kept", "placet.cli.split:kept", "List what is unclaimed or disputed, by work.", MAKE),
    Command("split verify", "placet.cli.split:verify", "Divide again from a manifest: is it the same?", DOUBT),
    Command("log witness", "placet.cli.witness:name_witness", "Name who cosigns this log, and ask them.", MAKE),
    Command("witness serve", "placet.cli.witness:serve", "Cosign that other people's logs only grow.", DOUBT),
    Command("compare", "placet.cli.compare:compare", "Did a log tell two people the same history?", DOUBT),
    Command("fsck", "placet.cli.fsck:fsck", "Recompute the log; name the first thing wrong.", DOUBT),
    Command("mirror", "placet.cli.mirror:mirror", "Copy somebody's whole log, every byte checked.", DOUBT),
    Command("monitor", "placet.cli.monitor:monitor", "Has a log grown by something about you?", MAKE),
    Command("export", "placet.cli.export:export", "Write the whole public record as plain files.", DOUBT),
    Command("import", "placet.cli.bring:bring_in", "Bring in a list of works, or a registry again.", MAKE),
    Command("time stamp", "placet.cli.time:stamp", "Have a file or the log stamped by others' clocks.", MAKE),
    Command("time upgrade", "placet.cli.time:upgrade", "Ask which Bitcoin block holds a pending proof.", MAKE),
    Command("time verify", "placet.cli.time:verify", "Check a time stamp, offline.", DOUBT),
    Command("bundle make", "placet.cli.bundle:make", "Put all that shows one thing into one folder.", MAKE),
    Command("bundle verify", "placet.cli.bundle:verify", "Check a bundle, offline: each file, what it means.", DOUBT),
    Command("selftest", "placet.cli.selftest:selftest", "Run the published test vectors on this machine.", DOUBT),
)
