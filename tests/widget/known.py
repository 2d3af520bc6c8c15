"""Browsers of clients who are known."""

import json
import uuid
from typing import Any

from django.test import Client

from siegel.widget.visiting import CLIENT_COOKIE
from tests.cast import Organisation
from tests.client_signing import Website


def post(client: Client, path: str, body: Any = None, **headers: str) -> Any:
    """As the chat's own script sends it."""
    text = json.dumps({} if body is None else body)
    return client.post(
        path, text, content_type="application/json", headers={"X-Siegel": "1", **headers}
    )


def recognised(website: Website, subject: str = "4711", **claims: Any) -> Client:
    """Another browser, in which the website has said who is there."""
    browser = website.organisation.visitor()
    answer = post(browser, "/recognise?lang=en", {"token": website.token(subject, **claims)})
    assert answer.status_code == 200, answer.content
    keep_cookies(browser, answer)
    return browser


def keep_cookies(browser: Client, answer: Any) -> None:
    """What a browser does, and http.cookies cannot: it does not know `Partitioned`."""
    name, _, rest = answer.headers["Set-Cookie"].partition("=")
    value = rest.split(";")[0]
    if value:
        browser.cookies[name] = value
    else:
        browser.cookies.pop(name, None)


def client_token(browser: Client) -> str:
    return browser.cookies[CLIENT_COOKIE].value


def begun(browser: Client) -> uuid.UUID:
    """The id of the conversation that somebody begins there."""
    answer = post(browser, "/visit", {"language": "en"})
    assert answer.status_code == 201
    if "Set-Cookie" in answer.headers:
        keep_cookies(browser, answer)
    return uuid.UUID(answer.json()["conversation"])


def website_of(organisation: Organisation) -> Website:
    """Its website, with a key that is known."""
    website = Website(organisation)
    website.known()
    return website
