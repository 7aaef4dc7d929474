from subscribers.channels import Failed, Outcome, Sent
from subscribers.channels.blocking import OneByOne
from subscribers.channels.message import OutgoingMessage

taken: list[tuple[str, str]] = []  # to whom, and what
answers: list[bool] = []  # to the next messages: True where nobody learns what became of one


def transport() -> OneByOne:
    return OneByOne(_take)


def _take(message: OutgoingMessage) -> Outcome:
    taken.append((message.to, message.text))
    if answers and answers.pop(0):
        return Failed(message.delivery_id, "It fell silent.", unknown=True)
    return Sent(message.delivery_id, f"toy-{message.delivery_id}")
