"""The meaning of a mail server's words, at whatever stage and by whichever way they reached us (RFC 5321, RFC 3463).

Only positive evidence speaks against an address: a code that says nobody is there, or words that name the mailbox, with
nothing beside it that names us, a limit or the text. A bare 550 is no evidence: RFC 5321 4.2.3 gives it to "mailbox
unavailable" and to "rejected for policy reasons" alike, and a mail that came back tells more the next time. The real
replies that this was written by are in tests/subscribers/channels/email/replies_table.py.
"""

import re

from ...enums import Illness
from ..verdicts import Verdict

_ENHANCED = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
# A mailbox or host may be called like anything that is looked for.
_NAMES = re.compile(r"<[^<>\s]*>|https?:\S+|\S+@[\w.-]+|\b[\w-]+(?:\.[\w-]+)+")
_READ = 1_000  # characters: the search for names takes the square of them
_NOBODY = frozenset({(1, 1), (1, 2), (1, 3), (1, 6), (1, 10)})
_SENDER = frozenset({(1, 7), (1, 8)})
_LOG_IN_CODES = frozenset({530, 534, 535, 538})


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


_LATER = _any(r"gr[ea]ylist", r"gr[ea]y-list")
_RATE_OF_THEIRS = _any(r"receiving (e-?)?mail (too|at a rate)", r"recipient\w* .{0,40}\brate\b")
_ABOUT_US = _any(
    r"relay(ing)? (access )?(is )?(denied|not|prohibited|refused|rejected)",
    r"(to|cannot|not) relay\b", r"\brelaying\b",
    r"\bsender\b", r"\bexp[ée]diteur\b", r"\babsender\b", r"\bremitente\b", r"\breturn.?path\b", r"\bmail from\b",
    r"\bverif", r"\bcall-?out\b", r"\bclient\b", r"\b[he]{2}lo\b",
    r"\byour (ip|host|server|domain|network|mail server)\b", r"spam(mer| source)", r"source of (spam|unsolicited)",
    r"\bip\b", r"\bspf\b", r"\bdkim\b", r"\bdmarc\b", r"\bptr\b", r"\br-?dns\b",
    r"\bdns\b(?! ((hard )?error looking up|domain))",
    r"reverse (host|look|dns)", r"\bauth", r"credential", r"log.?in\b", r"\btls\b", r"starttls", r"encrypt",
    r"\brbl\b", r"dnsbl", r"spamhaus", r"reputation",
    r"\brate\b", r"too many", r"throttl", r"(sending|hourly|daily|message|connection) (limit|quota)", r"limit exceeded",
    r"number of connections", r"connection frequency", r"sending activity",
)  # fmt: skip
# What a filter says of a text as well as of us: where it names the text, it means that.
_BARRED = _any(
    r"polic(y|ies)\b", r"administrat", r"prohibit", r"(?<!recipient address rejected: )access denied", r"\bbanned\b",
    r"blac?k.?list", r"block.?list", r"deny.?list", r"\bblocked\b(?! due to inactivity)",
)  # fmt: skip
_FULL = _any(
    r"quota", r"\bfull\b", r"storage", r"(disk|mailbox|no|enough|out of) space", r"over.?size", r"mailbox size",
    r"pleine\b", r"\bvoll\b", r"\bllen[ao]\b", r"\bpiena\b",
)  # fmt: skip
_UNWELL = _any(
    r"\bsuspended\b", r"temporar",
    # Of a mail server that asked the next one about the recipient, and had no answer.
    r"unverified address", r"\bconnect to\b", r"connection (refused|timed out|reset)", r"lost connection",
    r"\bretry timeout\b",  # Exim has given it up
)  # fmt: skip
_CONTENT = _any(
    r"spam", r"\bvirus", r"\binfected\b", r"malware", r"phish", r"unsolicited", r"content", r"attachment", r"junk",
    r"profanity", r"- banned:", r"\burls? in\b", r"message filtered", r"pattern detection",
)  # fmt: skip
_SIZE_OR_SHAPE = _any(
    r"(message|e-?mail) size", r"message (is )?too\b", r"size limit", r"too (large|big)\b", r"\bheaders?\b"
)
_WHO = r"(user\w*|mailbox|recipients?|accounts?|addressee|address|inbox|alias|person|e-?mail)"
_DISABLED = _any(
    rf"{_WHO}\b[^;:]{{0,60}}\b(disabled|deactivated|inactive|closed|deleted|terminated|discontinued)\b",
    rf"\b(disabled|deactivated|inactive|closed|deleted) {_WHO}\b",
    rf"{_WHO} rejected: (inactive|disabled)\b",
    rf"{_WHO} (has been |is )?blocked due to inactivity\b",
    rf"{_WHO}\b[^;:]{{0,60}}\bno longer\b",
    r"bo[iî]te .{0,20}ferm[ée]e",
)
_NO_SUCH = _any(
    rf"\bno(t a)? (such|valid|known|local)? ?((local|virtual) )?{_WHO}\b (here|by|with|called|exists|$)",
    rf"\bno such (local |virtual |email )?({_WHO}|person|name)\b",
    r"\bno mailbox (here )?(by|with)",
    rf"\bnot a (valid|known|local) {_WHO}\b",
    rf"\b(unknown|invalid|non-?existent|undefined|nonexisting|bad destination) (or \w+ )?"
    rf"(local |virtual |email |destination )?{_WHO}\b",
    rf"\b{_WHO}\b( address| name|\(s\))?,? ?(in \w+)?( is| was)? ?"
    r"(unknown|not found|not known|invalid|undefined|non-?existent|not listed)\b",
    rf"\b{_WHO}\b[^;:]{{0,70}}\b(does ?n[o']?t|do not|did not) (exist|have an?\b.{{0,30}}\b(account|mailbox))",
    rf"\b{_WHO}\b[^;:]{{0,40}}\b(couldn't|could not|cannot|can't) be found\b",
    rf"\b(couldn't|could not|cannot|can't) find (a |the |that |your )?{_WHO}\b",
    rf"\b{_WHO}\b[^;:]{{0,20}}\bha(s|ve) moved\b",
    r"not our customer",
    r"(utilisateur|destinataire|adresse|compte) (est )?(inconnue?|inexistante?|invalide)",
    r"(bo[iî]te|adresse|utilisateur|destinataire|compte) .{0,40}(n'existe pas|inexistante?|inconnue?)",
    r"(benutzer|empf(ä|ae)nger|postfach|adressat)\w* .{0,30}(unbekannt|existiert nicht|nicht gefunden)",
    r"unbekannte[rs]? (benutzer|empf(ä|ae)nger|postfach)",
    r"(usuario|destinatario|buz[oó]n|cuenta|casella|utente|usu[aá]rio|destinat[aá]rio) .{0,30}"
    r"(desconocido|no existe|inesistente|sconosciut[oa]|non esiste|desconhecido|n[aã]o existe)",
    r"onbekende (gebruiker|ontvanger)",
    r"nieznany (u[zż]ytkownik|odbiorca)",
    r"(пользовател|получател|ящик)\w* .{0,30}(не существует|не найден)",
)


def meaning(said: str, *, code: int = 0, status: str = "") -> Verdict:
    """Return the verdict on what a mail server `said` with the reply `code`; without one `status`, as X.Y.Z, or its own
    words must tell.

    Whatever it answers for good or for now, the verdict is the same but for ADDRESS_DEAD, which is for good.
    """
    group, subject, detail = _enhanced(said, status)
    is_final = 500 <= code <= 599 if code else group == 5
    if code == 421 or (group == 4 and subject == 3):
        return Verdict.PROVIDER_UNWELL
    if code in _LOG_IN_CODES or (subject, detail) in _SENDER:
        return Verdict.WE_ARE_REFUSED
    verdict = _of_words(_words(said)) or _of_codes(code, subject, detail)
    if verdict is Verdict.ADDRESS_DEAD and not is_final:
        return Verdict.ADDRESS_UNWELL
    return verdict


def illness(said: str) -> Illness | None:
    """Return the illness that words of the verdict ADDRESS_UNWELL name. That it takes no mail just now, 4.2.1, is
    none."""
    words, enhanced = _words(said), _enhanced(said)
    if _RATE_OF_THEIRS.search(words) or _UNWELL.search(words):
        return None
    if _FULL.search(words) or enhanced[1:] == (2, 2):
        return Illness.FULL
    return Illness.OFF if enhanced == (5, 2, 1) else None


def _enhanced(said: str, status: str = "") -> tuple[int, ...]:
    """The three parts of an enhanced status code; nothing but 0 where there is none."""
    found = _ENHANCED.search(said[:_READ]) or _ENHANCED.match(status)
    return tuple(int(part) for part in found.groups()) if found else (0, 0, 0)


def _words(said: str) -> str:
    """Return the words of what was `said` without names, which may be called like a word."""
    return " ".join(_NAMES.sub(" ", _ENHANCED.sub(" ", said[:_READ])).casefold().split())


def _of_words(words: str) -> Verdict | None:
    if _LATER.search(words):
        return Verdict.UNKNOWN
    if _RATE_OF_THEIRS.search(words):
        return Verdict.ADDRESS_UNWELL
    for pattern, verdict in _IN_THIS_ORDER:
        if pattern.search(words):
            return verdict
    return None


_IN_THIS_ORDER = (
    (_ABOUT_US, Verdict.WE_ARE_REFUSED),
    (_CONTENT, Verdict.CONTENT_REFUSED),
    (_BARRED, Verdict.WE_ARE_REFUSED),
    (_FULL, Verdict.ADDRESS_UNWELL),
    (_UNWELL, Verdict.ADDRESS_UNWELL),
    (_SIZE_OR_SHAPE, Verdict.CONTENT_REFUSED),
    (_DISABLED, Verdict.ADDRESS_DEAD),
    (_NO_SUCH, Verdict.ADDRESS_DEAD),
)


def _of_codes(code: int, subject: int, detail: int) -> Verdict:
    if (subject, detail) in _NOBODY:
        return Verdict.ADDRESS_DEAD
    if (subject, detail) == (3, 4) or subject == 6 or (subject, detail) == (2, 3):
        return Verdict.CONTENT_REFUSED
    if subject in (2, 4) or (code == 552 and not subject):
        return Verdict.ADDRESS_UNWELL
    if subject == 7 and (code >= 500 or detail == 8):  # 4.7.1 is also what says "come back later"
        return Verdict.WE_ARE_REFUSED
    return Verdict.UNKNOWN
