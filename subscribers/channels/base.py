"""The definition of a channel: all that the program asks of one, so that nothing outside a channel's folder asks which
it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from django.conf import settings
from django.template.loader import get_template

from statuspage.lib.language import Text

from ..enums import Channel, Illness
from .verdicts import Verdict

LONGEST_ADDRESS = 254  # characters: what is kept of one, and RFC 5321's longest path that SMTP carries


@dataclass(frozen=True, kw_only=True)
class ChannelDefinition:
    """One channel; its folder is named like its value. The rest of the folder is imported when it is first asked for:
    what lies below may read a definition without loading what sends.

    Here stand the answers of a channel that knows nothing of its own; a subclass says what it knows.
    """

    channel: Channel
    in_a_sentence: Text  # its name there: "e-mail"
    other_names: tuple[str, ...] = ()  # by which a file may name it, beside its value; lower-case

    # --- Whoever carries it
    provider: str  # who that is: "mail server"
    provider_in_short: str  # "relay"
    missing: str  # inside a sentence, where there is none: "no mail server is set up"
    url_setting: str  # names the provider: "EMAIL_URL"
    kept_here: tuple[str, ...] = ("outbox",)  # schemes of that URL by which a message never leaves this machine
    rate_setting: str  # messages a second of one worker process, 0 for any
    per_domain_setting: str = ""  # messages on their way to one domain at once, 0 for any; empty: there are no domains
    error_id: str  # of the system check that finds the settings wrong
    is_expected: bool = False  # a page without it is a mistake, and not a choice
    is_of_accounts: bool = False  # an account names an address on it: invitations and new passwords go there
    templates: tuple[str, ...] = ()  # of what many hear at once
    is_repeat_harmless: bool = False  # a second copy is the same message to whoever gets it, and costs nothing

    # --- Addresses
    address_name: Text  # inside a sentence: "an e-mail address"
    address_label: Text  # of the field: "Your e-mail address"
    address_help: Text = ""
    address_input: Mapping[str, str]  # attributes of the field, in the order in which they are written
    address_is_missing: Text  # "Write an e-mail address."
    use_this: Text  # where nothing else is offered: "Write your e-mail address, and we use that."
    example_address: str  # of somebody invented
    schemes: tuple[str, ...]  # what may stand before an address that was copied, as "mailto:"
    headings: tuple[str, ...]  # over a column of addresses, as people write them; lower-case

    # --- Subscribers
    hears_every_update: bool  # who chooses no pace; else only when something begins and when it is over

    @property
    def label(self) -> Text:
        return self.channel.label

    def part(self, name: str) -> ModuleType:
        """The module `name` of the channel's folder."""
        return import_module(f"{__package__}.{self.channel.value}.{name}")

    def load(self) -> None:
        """Import and compile what sends, which takes longer than sending a hundred messages."""
        self.part("transport")
        self.part("writers")
        for name in self.templates:
            get_template(name)

    @property
    def writers(self) -> Mapping[type, Callable[..., Any]]:
        """The kind of a thing -> what makes a RenderedNotice of one and the Site: WRITERS of its module `writers`."""
        writers: Mapping[type, Callable[..., Any]] = self.part("writers").WRITERS
        return writers

    @property
    def url(self) -> str:
        """The URL that names the provider."""
        return str(getattr(settings, self.url_setting))

    @property
    def scheme(self) -> str:
        """The scheme of that URL: "smtp"."""
        return self.url.partition(":")[0]

    @property
    def is_kept_here(self) -> bool:
        """Whether its messages never leave this machine."""
        return self.scheme in self.kept_here

    @property
    def rate(self) -> float:
        """Messages a second of one worker process; 0 for any."""
        return float(getattr(settings, self.rate_setting))

    @property
    def per_domain(self) -> int:
        """Messages on their way to one domain at once; 0 for any."""
        return int(getattr(settings, self.per_domain_setting)) if self.per_domain_setting else 0

    def wrong_settings(self) -> str:
        """Return what is wrong with the settings of its provider, in words; empty where nothing is."""
        return ""

    def goes_again(self, *, is_urgent: bool, is_repeated: bool) -> bool:
        """Whether a message goes again of which nobody knows if it went. `is_repeated`: that was so once before."""
        return self.is_repeat_harmless or (is_urgent and not is_repeated)

    def recognises(self, text: str) -> bool:
        """Whether `text`, which somebody typed, is meant as an address of this channel."""
        raise NotImplementedError

    def normalise(self, text: str) -> str:
        """The one spelling under which the address `text` is kept. Raises ValidationError."""
        raise NotImplementedError

    def earlier(self, address: str) -> str | None:
        """How a normalised `address` was kept by an earlier rule; None where that is the same."""
        return None

    def taken_before(self, text: str) -> str | None:
        """How `text`, which is no address any more, was kept when it was one; None where it never was."""
        return None

    def verdict_of(self, reason: str) -> Verdict | None:
        """Return what a provider's words mean by today's rule; None where they are nobody's that can be read."""
        return None

    def illness_of(self, reason: str) -> Illness | None:
        """Why nobody took a message behind an address where somebody may yet be, if the provider's words say it."""
        return None

    def segments(self, text: str) -> int:
        """Return as how many messages the provider counts `text`; 0 where it counts none."""
        return 0
