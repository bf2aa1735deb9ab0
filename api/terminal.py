"""Who asks at the terminal, as the audit log names them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gis.domain.audit import Actor


def operator() -> "Actor":
    """Return the user of the operating system who types."""
    import getpass

    from gis.domain.audit import Actor

    return Actor(getpass.getuser(), "terminal")
