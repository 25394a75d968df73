"What `make site` builds: links, alternative text, headings, nothing foreign; in a browser where there is one."
import functools, http.server, re, shutil, sys, threading
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup

smalldocs = pytest.importorskip('smalldocs', reason='smalldocs is not installed: the site is not built')
pytest.importorskip('latex2mathml')
sys.path.insert(0, str(Path(__file__).parent))
chromium = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')

@pytest.fixture(scope='module')
def site(tmp_path_factory):
    import site_build
    site_build.out = tmp_path_factory.mktemp('site')/'_site'
    site_build.main()
    return site_build.out

def loaded(soup): # what a browser fetches by itself
    for tag, key in (('script', 'src'), ('img', 'src'), ('link', 'href'), ('iframe', 'src'), ('source', 'src')):
        for o in soup.find_all(tag):
            if tag == 'link' and o.get('rel') not in (['stylesheet'], ['icon'], ['preload']): continue
            if url := o.get(key): yield url

def faults(page, soup, pages): # pages: path -> ids
    "What is wrong with one page"
    for url in loaded(soup):
        if re.match(r'https?:|//', url): yield f'loads {url} from elsewhere'
    for o in soup.find_all('img'):
        if not (o.get('alt') or '').strip(): yield f'a picture without alternative text: {str(o)[:60]}'
    main = soup.find('main') or soup.body
    levels = [int(o.name[1]) for o in main.find_all(re.compile(r'^h[1-6]$'))]
    if levels[:1] != [1] or levels.count(1) != 1: yield f'headings of levels {levels[:3]}, {levels.count(1)} of level 1'
    if jump := [b for a, b in zip(levels, levels[1:]) if b > a + 1]: yield f'headings jump to {jump[0]}'
    for o in soup.find_all('a', href=True):
        url, anchor = urldefrag(o['href'])
        if re.match(r'[a-z]+:|//', url): continue
        to = (page.parent/unquote(url)).resolve() if url else page
        if to.is_dir(): to = to/'index.html'
        if not to.exists(): yield f'a link to {o["href"]}, which is not there'
        elif anchor and to in pages and unquote(anchor) not in pages[to]: yield f'a link to {o["href"]}: no such place'

def test_pages(site):
    soups = {p.resolve(): BeautifulSoup(p.read_text(encoding='utf-8'), 'html.parser') for p in site.rglob('*.html')}
    assert len(soups) > 60
    ids = {p: {o['id'] for o in s.find_all(id=True)} for p, s in soups.items()}
    wrong = [f'{p.relative_to(site.resolve())}: {f}' for p, s in soups.items() for f in faults(p, s, ids)]
    assert not wrong, '\n'.join(wrong[:60])
    assert all('never for clinical use' in s.get_text() for s in soups.values())

def test_faults_are_seen(tmp_path):
    (tmp_path/'a.html').write_text('')
    page = BeautifulSoup('<main><h1>x</h1><h3>y</h3><img src="https://x.org/a.png"><a href="gone.html">z</a>'
                         '<a href="a.html#no">z</a></main>', 'html.parser')
    found = ' '.join(faults(tmp_path/'b.html', page, {tmp_path/'a.html': set()}))
    for o in ('from elsewhere', 'alternative text', 'jump to 3', 'not there', 'no such place'): assert o in found, found

def test_formulas():
    from site_build import mathml
    assert '<math' in mathml('a $x^2$ b') and '<math' in mathml('$$x$$')
    for o in ('costs $5 and $6', '`$x$`', '```\n$x$ $y$\n```', r'\$x$'): assert mathml(o) == o, mathml(o)

def _search(page, url):
    "Words of a page lead to it"
    page.set_viewport_size(dict(width=1280, height=900))
    page.goto(f'{url}/index.html', timeout=300_000)
    page.locator('input[type=search]').fill('temperature scaling')
    page.locator('.smalldocs-search-results a[href*="calibration"]').first.wait_for(timeout=60_000)

def test_site_in_a_browser(site):
    "A phone, a search, and no request to another server"
    api = pytest.importorskip('playwright.sync_api', reason='playwright is not installed')
    if not chromium: pytest.skip('no Chromium here (Debian: apt-get install chromium): the site is not tested in one')
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_): pass
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_address[1]}'
    with api.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=['--no-sandbox'])
        page, foreign, said = browser.new_page(viewport=dict(width=390, height=844)), [], []
        page.on('request', lambda r: foreign.append(r.url) if not re.match(rf'{url}|data:|blob:', r.url) else None)
        page.on('pageerror', lambda e: said.append(str(e)))
        # the browser asks for an icon by itself
        page.on('response', lambda r: said.append(r.url) if r.status >= 400 else None)
        looked = [*site.glob('*/index.html'), *site.glob('explanations/*.html'), site/'metrics'/'utility.html']
        for path in sorted(looked):
            name = path.relative_to(site).as_posix()
            page.goto(f'{url}/{name}', timeout=300_000, wait_until='domcontentloaded')
            assert page.evaluate('document.documentElement.scrollWidth') <= 391, name
            assert page.get_by_role('heading', level=1).is_visible(), name
        for name in ('index.html', 'explanations/results.html', 'metrics/utility.html'):
            page.goto(f'{url}/{name}', timeout=300_000)
            faint = page.evaluate((Path(__file__).parent/'contrast.js').read_text())
            assert not faint, (name, faint)
        _search(page, url)
        browser.close()
    server.shutdown()
    assert not foreign and not said, (foreign, said)
