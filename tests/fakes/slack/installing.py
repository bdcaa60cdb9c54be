"""Installing the app through OAuth, as a browser walks."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
from yarl import URL

from tests.fakes.slack.person import Who


@dataclass(frozen=True)
class Installed:
    """The last page of the walk."""

    status: int
    text: str
    #: Every address that was visited.
    path: tuple[str, ...]


class Installs(Who):
    async def installs(self, app_url: str) -> Installed:
        """/slack/install → Slack's question → the app's redirect address.

        Without a manifest the app's configured redirect address is its /slack/oauth_redirect. The
        state cookie is marked Secure, so that no cookie jar sends it over http: it is resent
        by hand.
        """
        self.slack.oauth.installer = (self.team, self.user.id)
        if not self.slack.oauth.redirect_urls:
            redirect = str(URL(app_url).with_path("/slack/oauth_redirect"))
            self.slack.oauth.redirect_urls.append(redirect)
        cookies: dict[str, str] = {}
        url = app_url if "/slack/" in app_url else f"{app_url.rstrip('/')}/slack/install"
        visited = []
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            while True:
                visited.append(url)
                header = {"Cookie": "; ".join(f"{key}={one}" for key, one in cookies.items())}
                async with browser.get(
                    url, allow_redirects=False, headers=header if cookies else None
                ) as page:
                    cookies |= {name: one.value for name, one in page.cookies.items() if one.value}
                    text = await page.text()
                    following = _following(page, text)
                    if following is None or len(visited) > 8:
                        return Installed(page.status, text, tuple(visited))
                    url = following


def _following(page: aiohttp.ClientResponse, text: str) -> str | None:
    """Where a redirect leads, or the "Add to Slack" button."""
    if page.status in (301, 302, 303, 307):
        return page.headers["Location"]
    _, found, _ = text.partition("/oauth/v2/authorize?")
    if page.status != 200 or not found:
        return None
    start = text.rindex('"', 0, text.index(found)) + 1
    return text[start : text.index('"', start)].replace("&amp;", "&")
