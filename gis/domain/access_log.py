"""The network access log (网络访问日志): which request came when from where; kept apart from the audit log.

It exists for the security of the network (Cybersecurity Law art. 21(3)), not to watch staff: it holds no query, no
token, no id and no body, the service that writes it cannot read it, and after six months it is gone.
"""

from dataclasses import dataclass
from datetime import datetime

PATH_LENGTH = 400


@dataclass(frozen=True)
class Access:
    """One request that was answered; `account_id` None for who had not signed in.

    `path` is the template of the route, in which no report or photo is named; empty where there was no route.
    """

    at: datetime
    method: str
    path: str
    status: int
    account_id: int | None
    address: str
    trace_id: str


def storable(text: str) -> str:
    """Return a text of a request as the database can keep it, cut to `PATH_LENGTH`."""
    return text[:PATH_LENGTH].replace("\0", "�").encode("utf-8", "replace").decode()
