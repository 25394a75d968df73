"""Times of the app's page, and how often its model is called: python bench/bench_app.py [--n 5] [--browser]

A 2,000-pixel PNG to probabilities, their range, map, region and cutouts, by a warm model; then the sliders: opacity, an
area that was asked before, a new area, a damage. First what computes (`Viewer`), beside one forward pass of the
network; then a whole run of the page (`streamlit.testing`); with --browser, from the key to the picture in Chromium.
Medians of n. Exit code 1 where the picture takes 2 s, a slider 0.3 s, or a model is called that need not be."""
import argparse, io, statistics, sys, tempfile, time
from pathlib import Path
import numpy as np, torch
from PIL import Image
from medxai.models.backbone import create_model
from medxai.models.bundle import Bundle, save_bundle
from medxai.models.viewer import open_picture, overlay, Viewer

LIMITS = dict(picture=2., slider=.3) # seconds of wall clock
CALLS = {'opacity': 0, 'an area asked before': 0, 'a new area': 1, 'a damage': 1, 'a damage asked before': 0}
LABELS = [f'finding {k}' for k in range(14)]

def png(seed=0, side=2000):
    out, rng = io.BytesIO(), np.random.default_rng(seed)
    Image.fromarray(rng.integers(0, 256, (250, 250), dtype=np.uint8)).resize((side, side)).save(out, 'png')
    return out.getvalue()

class Clock:
    "Wall clock, CPU of this process and calls of the model, under a name"
    def __init__(self): self.rows = {}
    def note(self, name, f, calls=lambda: 0):
        wall, cpu, before = time.perf_counter(), time.process_time(), calls()
        f()
        self.rows.setdefault(name, []).append((time.perf_counter() - wall, time.process_time() - cpu, calls() - before))
    def tell(self, title): # -> what misses its limit
        print(title)
        missed = []
        for name, rows in self.rows.items():
            wall, cpu, calls = (statistics.median(o) for o in zip(*rows))
            limit = LIMITS['picture'] if name.startswith('file') else LIMITS['slider'] if name in CALLS else np.inf
            print(f'  {name:24} {wall:.3f} s, {cpu:.3f} s of CPU, {calls:g} calls')
            if wall >= limit: missed.append(f'{title}: {name} takes {wall:.2f} s, {limit} are allowed')
            if calls > CALLS.get(name, np.inf): missed.append(f'{title}: {name} calls the model {calls:g} times')
        return missed

def computing(bundle, n):
    clock, label, data = Clock(), LABELS[3], png()
    def first():
        nonlocal viewer
        viewer = Viewer(bundle, open_picture(data, 'x.png', bundle.size), device='cpu')
        viewer.probabilities()
        v = viewer.evidence(label)
        overlay(viewer.picture.large, v['map'], v['mask'])
    def opacity():
        v = viewer.evidence(label)
        overlay(viewer.picture.large, v['map'], v['mask'], .3)
    viewer, calls = None, lambda: viewer.calls
    first() # the model is warm from here on
    for _ in range(n):
        clock.note('one forward pass', lambda: bundle.model(torch.zeros(1, 1, bundle.size, bundle.size)))
        clock.note('file to evidence', first)
        clock.note('opacity', opacity, calls)
        clock.note('a new area', lambda: viewer.evidence(label, .2), calls)
        clock.note('an area asked before', lambda: viewer.evidence(label, .2), calls)
        clock.note('a damage', lambda: viewer.under('gaussian_blur', 2), calls)
        clock.note('a damage asked before', lambda: viewer.under('gaussian_blur', 2), calls)
    return clock.tell('computing')

def page(folder, n):
    from streamlit.testing.v1 import AppTest
    script = f'from medxai.app import app_page\napp_page([{str(folder)!r}])'
    at, clock = AppTest.from_string(script, default_timeout=300).run(), Clock()
    def calls(): return at.session_state.viewer.calls
    def move(key, value): return lambda: at.slider(key=key).set_value(value).run()
    for k in range(n + 1):
        if k == 1: clock = Clock() # the first is for warming up
        file = (f'{k}.png', png(k), 'image/png')
        clock.note('file to evidence', lambda: at.file_uploader(key='files').set_value(file).run())
        clock.note('opacity', move('opacity', 20 + 5*(k % 2)), calls)
        clock.note('a new area', move('area', 30), calls)
        move('area', 10)()
        clock.note('an area asked before', move('area', 30), calls)
        clock.note('a damage', move('severity_gaussian_noise', 2), calls)
        move('severity_gaussian_noise', 0)()
        clock.note('a damage asked before', move('severity_gaussian_noise', 2), calls)
        for key, value in (('area', 10), ('severity_gaussian_noise', 0)): move(key, value)()
        assert not at.exception and not at.error
    return clock.tell('a run of the page')

def browser(folder, n):
    sys.path.insert(0, str(Path(__file__).parents[1]/'tests'))
    from playwright.sync_api import sync_playwright
    from test_app import chromium, Server
    clock, server = Clock(), Server(folder)
    with sync_playwright() as p, tempfile.TemporaryDirectory() as d:
        view = p.chromium.launch(executable_path=chromium, args=['--no-sandbox']).new_page()
        view.goto(server.url)
        def picture(): return view.get_by_alt_text('highlights for').get_attribute('src')
        def becomes_new(act): # until the picture over the sliders is another one, and drawn
            old = picture()
            act()
            view.wait_for_function('''old => { const i = document.querySelector('img[alt*="highlights for"]')
                return i && i.getAttribute("src") != old && i.complete && i.naturalWidth }''', arg=old, polling=10)
        def key(name, key): becomes_new(lambda: view.get_by_role('slider', name=name).press(key))
        view.get_by_alt_text('highlights for').wait_for(timeout=300_000)
        for k in range(n + 1):
            if k == 1: clock = Clock()
            file = Path(d)/f'{k}.png'
            file.write_bytes(png(k))
            clock.note('file to evidence', lambda: becomes_new(
                lambda: view.locator('input[type=file]').set_input_files(file)))
            view.wait_for_timeout(1500)
            for name, slider, arrow in (('opacity', 'Opacity', 'Right'), ('opacity', 'Opacity', 'Left'),
                                        ('a new area', 'Area', 'Right'), ('an area asked before', 'Area', 'Left')):
                clock.note(name, lambda: key(slider, f'Arrow{arrow}'))
                view.wait_for_timeout(1500)
            view.get_by_role('button', name='Remove').first.click()
            view.wait_for_timeout(1500)
    server.stop()
    return clock.tell('from the key to the picture, in Chromium')

def main():
    a = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    a.add_argument('--n', type=int, default=5)
    a.add_argument('--size', type=int, default=224)
    a.add_argument('--browser', action='store_true')
    args = a.parse_args()
    net = create_model('tf_efficientnet_lite0', 14, pretrained=False).eval()
    print(f'{torch.get_num_threads()} threads; tf_efficientnet_lite0, 14 labels, {args.size} pixels')
    with tempfile.TemporaryDirectory() as d:
        save_bundle(d, net, LABELS, 'multilabel', args.size)
        missed = computing(Bundle(net, LABELS, 'multilabel', args.size), args.n) + page(d, args.n)
        if args.browser: missed += browser(d, args.n)
    print(*missed, sep='\n')
    sys.exit(bool(missed))

if __name__ == '__main__': main()
