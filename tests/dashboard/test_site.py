"""The pages as a site, opened from the disk in a browser that reaches no other machine."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.dashboard.conftest import open_page
from tests.support.site import documents

NARROW = {"width": 400, "height": 800}


@pytest_asyncio.fixture(loop_scope="session")
async def open_site(site, browser, faults):
    """A function that opens the site; at the end nothing may have gone wrong in it."""

    def opened(**options):
        return open_page(browser, site.as_uri(), faults, **options)

    yield opened
    faults.settle()


async def test_every_page_opens_without_an_error(site, open_site):
    async with open_site() as page:
        for path in documents(site):
            await page.goto(path.as_uri())
            assert await page.title()


async def test_it_is_searched_without_a_server(open_site):
    async with open_site() as page:
        await page.goto("index.html")
        await page.get_by_label("Search").fill("slow consumer")
        await page.get_by_label("Search").press("Enter")
        found = page.get_by_role("main").get_by_role("listitem")
        await expect(found.filter(has=page.get_by_role("link", name="Glossary"))).to_be_visible()


async def test_a_click_leads_from_the_front_to_a_diagram(open_site):
    async with open_site() as page:
        await page.goto("index.html")
        await page.get_by_role("link", name="The life of a scan").first.click()
        picture = page.get_by_role("img", name="A diagram of states")
        await expect(picture).to_be_visible()
        assert (await picture.bounding_box())["height"] > 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_follows_the_scheme_of_the_system(open_site, scheme):
    async with open_site(color_scheme=scheme) as page:
        await page.goto("quickstart.html")
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        lightness = sum(int(part) for part in ground.strip("rgb()").split(",")[:3])
        assert (lightness > 600) == (scheme == "light"), ground


@pytest.mark.parametrize("name", ["index", "quickstart", "api", "configuration", "state-machine"])
async def test_a_narrow_screen_scrolls_in_one_direction(open_site, name):
    async with open_site(viewport=NARROW) as page:
        await page.goto(f"{name}.html")
        assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
