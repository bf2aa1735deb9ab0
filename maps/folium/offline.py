"""A folium figure that works with the cable unplugged: every script and style is ours, linked or written into the page.

folium names some 70 addresses on 7 foreign hosts. Here each one is looked up in `ASSETS`; an address that is not there
is refused, so that no page ever asks another host in silence.
"""

import base64
import re
from functools import cache
from html import escape
from pathlib import Path

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink
from jinja2 import Template

from gis.errors import MissingAssetError

STATIC = Path(__file__).resolve().parent.parent / "static"
PAGE_SCRIPT = "wangge:page.js"
PAGE_STYLE = "wangge:page.css"
PAGE_TOKENS = "wangge:tokens.css"
_CDN = "https://cdn.jsdelivr.net/"
_FOLIUM = f"{_CDN}gh/python-visualization/folium"

# What folium links to, and our own file in its place; None where our pages need nothing of it.
ASSETS: dict[str, str | None] = {
    PAGE_SCRIPT: "app/folium/page.js",
    PAGE_STYLE: "app/folium/page.css",
    PAGE_TOKENS: "app/shared/tokens.css",
    f"{_CDN}npm/leaflet@1.9.3/dist/leaflet.js": "vendor/leaflet-1.9.4/leaflet.js",
    f"{_CDN}npm/leaflet@1.9.3/dist/leaflet.css": "vendor/leaflet-1.9.4/leaflet.css",
    f"{_FOLIUM}@main/folium/templates/leaflet_heat.min.js": "vendor/leaflet.heat-0.2.0/leaflet-heat.js",
    "https://code.jquery.com/jquery-3.7.1.min.js": None,
    f"{_CDN}npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js": None,
    f"{_CDN}npm/bootstrap@5.2.2/dist/css/bootstrap.min.css": None,
    "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css": None,
    f"{_CDN}npm/@fortawesome/fontawesome-free@6.2.0/css/all.min.css": None,
    f"{_FOLIUM}/folium/templates/leaflet.awesome.rotate.min.css": None,
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js": None,
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.css": None,
}
# folium's HTML popups need jQuery, its coloured pins Leaflet.awesome-markers; we leave both libraries out.
NOT_SHIPPED = (folium.Popup, folium.Icon)
# Attributes of folium's layers under which a browser would ask for tiles, pictures or data.
ASKED_FROM = ("tiles", "url", "embed_link")
FOREIGN = re.compile(r"(?:https?:)?//", re.I)
# Markup alone: text and values are escaped and may hold anything, `src=//` too.
MARKUP = re.compile(r"<style[^>]*>.*?</style>|<(?!/)[a-z][^<>]*>", re.I | re.S)
ASKS = re.compile(
    r"""(?:src|href)\s*=\s*["']?\s*((?:https?:)?//[^"'\s>]+)|url\(\s*["']?((?:https?:)?//[^"')]+)""", re.I
)

_PAGE = Template(
    """<!DOCTYPE html>
<html lang="{{ this.lang }}" data-theme="{{ this.theme }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{{ this.title | e }}</title>
{{ this.header.render(**kwargs) }}
</head>
<body>
{{ this.html.render(**kwargs) }}
<script>
{{ this.script.render(**kwargs) }}
</script>
</body>
</html>
"""
)


class Literal(Element):
    """HTML that is given as it is. branca takes the text of its elements for templates, and runs what is in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html

    def render(self, **_kwargs: object) -> str:
        """Return the HTML."""
        return self.html


class OfflineFigure(Figure):
    """A page whose scripts and styles come from this project alone.

    Parameters
    ----------
    title : plain text; escaped here.
    lang : BCP 47 tag of the page's language.
    theme : ``light`` or ``dark``.
    inline : write every asset into the page, so that the file opens from a USB stick; otherwise link to ``/static/``.

    Raises
    ------
    MissingAssetError
        By `render`, when the map needs a script, style or tile that is not shipped.
    """

    _template = _PAGE

    def __init__(self, *, title: str, lang: str = "zh-CN", theme: str = "light", inline: bool = False) -> None:
        super().__init__(title=title)
        self.lang, self.theme, self.inline = lang, theme, inline

    def render(self, **kwargs: object) -> str:
        """Return the whole page as HTML."""
        for child in list(self._children.values()):
            _refuse_what_asks_elsewhere(child)
            child.render(**kwargs)
        for part in (self.header, self.html, self.script):
            self._bring_home(part)
        _refuse_foreign_markup(str(self.header.render(**kwargs)) + str(self.html.render(**kwargs)))
        return str(self._template.render(this=self, kwargs=kwargs))

    def _bring_home(self, part: Element) -> None:
        """Put our own file in place of each link below `part`."""
        for name, child in list(part._children.items()):
            if isinstance(child, JavascriptLink | CssLink):
                part._children[name] = Literal(self._asset(child.url, script=isinstance(child, JavascriptLink)))
            else:
                self._bring_home(child)

    def _asset(self, address: str, *, script: bool) -> str:
        if address not in ASSETS:
            raise MissingAssetError(f"The map needs {address[:120]}, which is not shipped with this project")
        path = ASSETS[address]
        if path is None:
            return ""
        if not self.inline:
            link = f"/static/{escape(path)}"
            return f'<script src="{link}"></script>' if script else f'<link rel="stylesheet" href="{link}">'
        return f"<script data-asset>{_script(path)}</script>" if script else f"<style>{_style(path)}</style>"


@cache
def _script(path: str) -> str:
    """Return a script that cannot end its element early, without the mark that makes browsers look for a source map."""
    text = (STATIC / path).read_text(encoding="utf-8")
    return re.sub(r"//# sourceMappingURL=.*", "", text).replace("</script", "<\\/script")


@cache
def _style(path: str) -> str:
    """Return a style sheet with its pictures written into it."""
    sheet = STATIC / path

    def picture(match: re.Match[str]) -> str:
        encoded = base64.b64encode((sheet.parent / match.group(1)).read_bytes()).decode()
        return f"url(data:image/png;base64,{encoded})"

    # The font weighs more than most maps; a file on a stick is drawn with the fonts of the machine that opens it.
    text = re.sub(r"@font-face\s*\{.*?\}", "", sheet.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"url\(([\w./-]+\.png)\)", picture, text)


def _refuse_what_asks_elsewhere(element: Element) -> None:
    """Refuse elements, and all below them, that need another host or a library that we do not ship."""
    if isinstance(element, NOT_SHIPPED):
        raise MissingAssetError(f"The map uses folium's {type(element).__name__}, whose library is not shipped")
    for name in ASKED_FROM:
        address = getattr(element, name, None)
        if isinstance(address, str) and FOREIGN.match(address) and not isinstance(element, JavascriptLink | CssLink):
            raise MissingAssetError(f"The map would ask another host: {address[:120]}")
    for child in element._children.values():
        _refuse_what_asks_elsewhere(child)


def _refuse_foreign_markup(html: str) -> None:
    """Refuse elements and style sheets that would ask another host."""
    for markup in MARKUP.findall(re.sub(r"<script data-asset>.*?</script>", "", html, flags=re.S)):
        asks = ASKS.search(markup)
        if asks:
            raise MissingAssetError(f"The page would ask another host: {asks.group(0)[:120]}")
