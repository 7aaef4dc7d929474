from subscribers.channels.base import ChannelDefinition
from subscribers.enums import Channel


class Toy(ChannelDefinition):
    def recognises(self, text: str) -> bool:
        return text.startswith("#")

    def normalise(self, text: str) -> str:
        return text.lower()


CHANNEL = Toy(
    channel=Channel("toy"),
    in_a_sentence="toy",
    provider="toy box",
    provider_in_short="box",
    missing="no toy box is set up",
    url_setting="TOY_URL",
    rate_setting="TOY_RATE",
    error_id="subscribers.E900",
    address_name="a #name",
    address_label="Your #name",
    address_input={"type": "text"},
    address_is_missing="Write a #name.",
    use_this="Write your #name, and we use that.",
    example_address="#reader",
    schemes=("toy",),
    headings=("toy",),
    hears_every_update=True,
)
