"The app: its page without a browser, and in a real one where there is one."
import importlib.util, io, os, random, re, shutil, socket, subprocess, sys, threading, time, urllib.request, warnings
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np, pytest
from PIL import Image

pytest.importorskip('streamlit', reason='streamlit is not installed: the app is an optional extra')

root = Path(__file__).parents[1]
chromium = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')

@pytest.fixture(scope='module')
def grounded(tmp_path_factory): # a network that was not trained: it marks something for every sentence
    import torch
    from medxai.models.fusion import create_grounded
    from medxai.models.grounded import Grounded, save_grounded
    from medxai.models.text import TextBank, text_encoder
    torch.manual_seed(0)
    net = create_grounded('tf_efficientnet_lite0', 'film', 'minilm', 384, True, (16, 16, 8, 8, 8), pretrained=False)
    g = Grounded(net.eval(), 64, TextBank(text_encoder('minilm')), dict(mask=.4, presence=0.))
    return save_grounded(tmp_path_factory.mktemp('app')/'sentences', g)

@pytest.fixture(scope='module')
def bundle(tmp_path_factory):
    from medxai.models.viewer import example_bundle
    folder = tmp_path_factory.mktemp('app')/'bundle'
    example_bundle(folder, n=90, size=64)
    return folder

def png(size=300, mode='L', seed=0):
    a = np.random.default_rng(seed).integers(0, 256, (size, size) + ((3,) if mode == 'RGB' else ())).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(a).save(out, 'png')
    return out.getvalue()

def dicom(frames=1):
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = '1.2', '1.3'
    ds = FileDataset('x', {}, file_meta=meta, preamble=b'\0'*128)
    ds.Rows = ds.Columns = 64
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, 'MONOCHROME2', 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PatientName = 16, 12, 11, 'Secret^Name'
    if frames > 1: ds.NumberOfFrames = frames
    ds.PixelData = np.random.default_rng(0).integers(0, 4096, (frames, 64, 64)).astype('<u2').tobytes()
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()

def bomb(size=0): # a PNG whose header claims 50,000 x 50,000 pixels; of that many bytes, or few
    whole, side = png(8), (50_000).to_bytes(4, 'big')
    def chunk(kind, data):
        return len(data).to_bytes(4, 'big') + kind + data + zlib.crc32(kind + data).to_bytes(4, 'big')
    filling = b''.join(chunk(b'IDAT', bytes(2**20)) for _ in range(size//2**20))
    return whole[:8] + chunk(b'IHDR', side + side + whole[24:29]) + filling + whole[33:]

def page(bundle):
    from streamlit.testing.v1 import AppTest
    at = AppTest.from_string(f'from medxai.app import app_page\napp_page([{str(bundle)!r}])', default_timeout=60)
    return fine(at.run())

def fine(at): # no stack trace and no error
    assert not at.exception and not at.error, [o.value for o in (*at.exception, *at.error)]
    return at

def shown(at): # all text of the page
    return ' '.join(str(o.value) for kind in ('markdown', 'caption', 'metric', 'header', 'html', 'success', 'warning')
                    for o in at.get(kind) if hasattr(o, 'value'))

def test_sliders(bundle):
    "What the page says is what the packages compute, and a known answer is not asked for again"
    at = page(bundle)
    viewer = at.session_state.viewer
    calls = viewer.calls
    fine(at.slider(key='opacity').set_value(20).run())
    assert viewer.calls == calls
    fine(at.slider(key='area').set_value(30).run())
    assert viewer.calls == calls + 1
    label = at.selectbox[2].value
    said = viewer.evidence(label, .3)
    assert viewer.calls == calls + 1
    cells = at.table[0].value.iloc[:, 0].tolist()
    assert cells == [f'{said[k]:+z.2f}' for k in ('comprehensiveness', 'sufficiency')]
    fine(at.slider(key='severity_gaussian_noise').set_value(3).run())
    assert at.metric[0].value == f'{viewer.under("gaussian_noise", 3)[1][viewer.bundle.labels.index(label)]:.2f}'

def test_challenge(bundle):
    "The reader answers before the model is shown; the files hold what was answered"
    at = page(bundle)
    fine(at.segmented_control(key='page').set_value('Reader challenge').run())
    fine(at.slider(key='challenge_n').set_value(4).run())
    fine(at.button[0].click().run())
    for k, (before, after) in enumerate([(10, 10), (80, 60), (30, 50), (55, 55)]):
        assert not at.metric # the model has not been seen
        at.slider(key=f'before_{k}').set_value(before)
        fine(at.button(key=f'answer_{k}').click().run())
        assert at.metric[0].label == 'The model says'
        at.slider(key=f'after_{k}').set_value(after)
        fine(at.button(key=f'next_{k}').click().run())
    rows = at.session_state.challenge['rows']
    assert [(r['before'], r['after']) for r in rows] == [(10, 10), (80, 60), (30, 50), (55, 55)]
    assert sorted(r['truth'] for r in rows) == [0, 0, 1, 1]
    assert '4 cases answered. After seeing the model you changed 2' in at.success[0].value

@pytest.mark.parametrize('name,data,why', [
    ('empty.png', b'', '0 bytes'), ('text.jpg', b'404: Not Found', 'could not be read'), ('bomb.png', bomb(), 'bomb'),
    ('cut.png', png()[:500], 'could not be read'), ('frames.dcm', dicom(500), '500 frames')], ids=lambda o: str(o)[:12])
def test_hostile_files(bundle, name, data, why):
    at = page(bundle)
    at.file_uploader(key='files').set_value((name, data, 'image/png')).run()
    assert not at.exception and len(at.error) == 1 and why in at.error[0].value and name in at.error[0].value
    fine(at.file_uploader(key='files').set_value(('good.png', png(), 'image/png')).run()) # and it goes on

def test_fuzzed_files():
    "The loader's fuzz set, as the page opens files: a picture, or a sentence that names the file"
    sys.path.insert(0, str(root/'bench'))
    from fuzz_images import mutated
    from medxai.app import _opened
    rng, found = random.Random(17), []
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        for k in range(300):
            data, ending = mutated(rng)
            file = SimpleNamespace(name=f'fuzzed{k}{ending}', getvalue=lambda data=data: data)
            found.append((file.name, _opened(file, 64)))
    said = [(name, o) for name, o in found if isinstance(o, str)]
    assert 30 < len(said) < 270 and all(o.pixels.shape == (64, 64) for _, o in found if not isinstance(o, str))
    assert all(name in o and 'Traceback' not in o for name, o in said), [o for name, o in said if name not in o][:3]

def test_sentences(grounded):
    "The page shows what `predict_mask` says of the sentence and of its denial; what was asked is remembered"
    from medxai.models.grounded import load_grounded, predict_mask
    at = page(grounded)
    assert [o.value for o in at.subheader] == ['Left pleural effusion.', 'No left pleural effusion.']
    fine(at.text_input[0].set_value('There is a mass on the right.').run())
    view, g = at.session_state.sentences, load_grounded(grounded)
    first, denied = view.beside('There is a mass on the right.')
    assert denied.text == 'There is no mass on the right.'
    assert [o.value for o in at.subheader] == [first.text, denied.text]
    assert [o.value for o in at.metric] == [f'{o.presence:.2f}' for o in (first, denied)]
    for o in (first, denied): assert (o.mask == predict_mask(g, view.picture.pixels, o.text)).all()
    calls = view.calls
    fine(at.slider(key='sentence_opacity').set_value(20).run())
    fine(at.text_input[0].set_value('Left pleural effusion.').run())
    assert view.calls == calls
    fine(at.text_input[0].set_value('No pneumothorax.').run())
    assert len(at.subheader) == 1 and 'denies something itself' in at.info[0].value
    for odd in ('🩻', 'asdf '*60, '<script>alert(1)</script>', '\x00', 'é ü 漢'):
        fine(at.text_input[0].set_value(odd).run())
    fine(at.text_input[0].set_value('   ').run())
    assert 'Write a sentence' in at.info[0].value
    fine(at.file_uploader(key='files').set_value(('own.png', png(), 'image/png')).run()) # of no phantom
    assert at.text_input[0].value == 'Pleural effusion.' and not at.checkbox

def test_examples_and_bundles_open(monkeypatch, tmp_path):
    "Without a bundle of one's own, the phantoms' model is offered first, and made when it is opened"
    from medxai import app
    monkeypatch.setattr(app, 'project_path', lambda o: tmp_path/o)
    made = []
    monkeypatch.setattr(app, 'example_bundle', lambda folder: made.append(folder))
    assert list(app.offered_bundles()) == [app.EXAMPLE_MODEL, app.EXAMPLE_SENTENCES]
    with pytest.raises(OSError): app.open_bundle(app.offered_bundles()[app.EXAMPLE_MODEL]) # nothing was written
    assert made == [tmp_path/'reports/app/example']

def test_report(bundle, grounded):
    "The downloads are made from what the page shows"
    from medxai.models.sentence_view import sentence_report
    for folder, words in ((bundle, 'comprehensiveness'), (grounded, 'No left pleural effusion.')):
        at = page(folder)
        assert [o.proto.label for o in at.get('download_button')] == ['Report (HTML)']
        view = at.session_state.sentences if folder is grounded else at.session_state.viewer
        if folder is grounded: text = sentence_report(view, at.text_input[0].value)
        else: text = view.report(at.selectbox[2].value)
        assert words in text and 'never for clinical use' in text and '<script' not in text

def test_too_many_files(bundle):
    at = page(bundle)
    fine(at.file_uploader(key='files').set_value([(f'{k}.png', png(40, seed=k), 'image/png') for k in range(12)]).run())
    assert '12 files: the first 10 are used' in at.warning[0].value and len(at.session_state.pictures) == 10

def test_a_broken_model_is_told(tmp_path):
    (tmp_path/'model.json').write_text('{}')
    from streamlit.testing.v1 import AppTest
    at = AppTest.from_string(f'from medxai.app import app_page\napp_page([{str(tmp_path)!r}])').run(timeout=60)
    assert not at.exception and 'not the description of a medxai model bundle' in at.error[0].value

def test_imported_without_streamlit(monkeypatch):
    "The module can be imported where there is no Streamlit, and says what is missing when it is started"
    monkeypatch.setitem(sys.modules, 'streamlit', None)
    spec = importlib.util.spec_from_file_location('medxai.app_alone', root/'medxai'/'app.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.st is None
    with pytest.raises(ImportError, match='pip install'): module.launch_app()

# ---- in a browser

class Server:
    "The app in a process of its own"
    def __init__(self, *bundles):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        code = f'from medxai.app import launch_app; launch_app({self.port}, {[*map(str, bundles)]!r})'
        self.process = subprocess.Popen([sys.executable, '-c', code], cwd=root, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.url, end = f'http://127.0.0.1:{self.port}', time.monotonic() + 600 # a busy machine
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end: raise RuntimeError(self.stop())
            time.sleep(.2)

    def answers(self):
        try: urllib.request.urlopen(f'{self.url}/_stcore/health').close()
        except OSError: return False
        return True

    def peak(self): # memory that the process has held at most, MB
        return int(re.search(r'VmHWM:\s*(\d+)', Path(f'/proc/{self.process.pid}/status').read_text())[1])/1024

    def temporary_files(self): # regular files outside of installed packages that the process has open for writing
        found, fds = set(), Path(f'/proc/{self.process.pid}/fd')
        for fd in fds.iterdir():
            try: at, flags = os.readlink(fd), (fds.parent/'fdinfo'/fd.name).read_text()
            except OSError: continue # closed meanwhile
            writes = int(re.search(r'flags:\s*(\d+)', flags)[1], 8) & 3
            if writes and at.startswith('/') and not at.startswith(('/dev/', '/proc/', '/memfd:')): found.add(at)
        return found

    def stop(self):
        self.process.kill()
        return self.process.communicate(timeout=60)[0]

class Watch:
    "Everything that the server has open for writing while the block runs, and what lies in its temporary folder"
    def __init__(self, server): self.server, self.seen, self.done = server, set(), threading.Event()
    def look(self):
        while not self.done.wait(.01): self.seen |= self.server.temporary_files()
    def __enter__(self):
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self
    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

@pytest.fixture
def browser():
    api = pytest.importorskip('playwright.sync_api', reason='playwright is not installed')
    if not chromium: pytest.skip('no Chromium here (Debian: apt-get install chromium): the app is not tested in one')
    with api.sync_playwright() as p:
        b = p.chromium.launch(executable_path=chromium, args=['--no-sandbox'])
        yield b
        b.close()

def test_in_a_browser(bundle, grounded, browser, tmp_path):
    "Upload, bad files, keyboard, sentences, phone, challenge; nothing on a disk, nothing foreign, a silent console"
    server = Server(bundle, grounded)
    try: _walk(server, browser, tmp_path)
    finally: log = server.stop()
    assert 'Traceback' not in log, log

def _walk(server, browser, tmp_path):
    view = browser.new_page(viewport=dict(width=1280, height=900))
    foreign, said = [], []
    view.on('request', lambda r: foreign.append(r.url) if not re.match(rf'{server.url}|data:|blob:', r.url) else None)
    def hear(m): # a picture of an earlier state that Streamlit has dropped is no error: those shown are looked at below
        lost = 'Failed to load resource', f'Client Error: Image source error - {server.url}'
        dropped = m.text.startswith(lost) and '/media/' in f'{m.text} {m.location}'
        if m.type in ('error', 'warning') and not dropped: said.append(f'{m.text} {m.location}')
    view.on('console', hear)
    view.goto(server.url)
    view.get_by_text('Is that region what').wait_for(timeout=300_000)
    notice = view.get_by_role('note')
    assert 'never for clinical use' in notice.inner_text() and notice.is_visible()
    _upload(view, server, tmp_path)
    _bad_files(view, server, tmp_path)
    _readable(view)
    _keyboard(view)
    _sentence(view)
    view.set_viewport_size(dict(width=390, height=844))
    _settled(view)
    assert view.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    _choose(view, 'Model', 'ArrowUp')
    view.get_by_text('Is that region what').wait_for(timeout=300_000)
    _phone(view)
    assert notice.is_visible() and not foreign and not said, (foreign, said)
    view.close()

def _upload(view, server, tmp_path):
    "A file of 12 MB: nothing is open for writing at any time"
    (tmp_path/'big.png').write_bytes(png(2000, 'RGB'))
    assert (tmp_path/'big.png').stat().st_size > 10e6
    with Watch(server) as watch:
        view.locator('input[type=file]').set_input_files(tmp_path/'big.png')
        view.locator('input[value="1. big.png"]').wait_for(timeout=300_000)
        _settled(view)
    assert not watch.seen, watch.seen

def _bad_files(view, server, tmp_path):
    "A sentence about each, the good one stays, and nothing large is unpacked"
    before = server.peak()
    for name, data, why in (('frames.dcm', dicom(500), '500 frames'), ('bomb.png', bomb(19*2**20), 'bomb.png'),
                            ('large.png', bytes(21*10**6), 'must be 20')):
        (tmp_path/name).write_bytes(data)
        view.locator('input[type=file]').set_input_files(tmp_path/name)
        view.get_by_text(why).last.wait_for(timeout=300_000)
        _settled(view)
    assert server.peak() < before + 400 # 50,000 x 50,000 pixels would be 2,400 MB
    assert view.locator('input[value="1. big.png"]').count() and not view.get_by_text('Traceback').count()

def _readable(view):
    "Alternative texts, contrast (WCAG 2, AA), and every picture is there"
    pictures = view.locator('img')
    pictures.first.wait_for(timeout=300_000)
    assert all(pictures.nth(i).get_attribute('alt') for i in range(pictures.count())), 'a picture without a text'
    view.wait_for_function('[...document.images].every(i => i.complete && i.naturalWidth > 0)', timeout=60_000)
    for _ in range(20): # what Streamlit is about to replace is faint for a while
        faint = view.evaluate((root/'tests/contrast.js').read_text())
        if not faint: break
        view.wait_for_timeout(500)
    assert not faint, faint

_name = """() => { const e = document.activeElement
    return e.getAttribute('aria-label') || ((e.labels && e.labels[0] || e).innerText || e.tagName).slice(0, 60) }"""

def _tabbed(view, wanted, most=60): # -> names on the way; the last of them begins with what is wanted
    seen = []
    while len(seen) < most and not (seen and seen[-1].strip().startswith(wanted)):
        view.keyboard.press('Tab')
        seen.append(view.evaluate(_name))
    assert seen[-1].strip().startswith(wanted), f'Tab does not reach {wanted}: {seen}'
    return seen

def _until(view, there, act): # a key or a click that comes while the page is drawn anew is lost: `act` again
    for _ in range(20):
        act()
        end = time.monotonic() + 5
        while time.monotonic() < end:
            _settled(view)
            if there(): return
    raise AssertionError(f'{act.__qualname__} has no effect')

def _choose(view, label, key): # the next or the last one before, of a list
    box = view.get_by_role('combobox', name=label)
    before = box.input_value()
    def choose():
        box.focus()
        view.keyboard.press(key)
        view.wait_for_timeout(300)
        if view.get_by_role('listbox').count(): view.keyboard.press('Enter')
    _until(view, lambda: box.input_value() != before, choose)

def _slide(view, name, value): # by the arrows
    slider = view.get_by_role('slider', name=name)
    def slide(): slider.press('ArrowRight' if int(slider.input_value()) < value else 'ArrowLeft')
    _until(view, lambda: int(slider.input_value()) == value, slide)

def _click(view, button, shows): # until what it leads to is there
    from playwright.sync_api import TimeoutError
    def click():
        try: button.click(timeout=5000)
        except TimeoutError: pass # gone: an earlier click was heard after all
    _until(view, shows.is_visible, click)

def _keyboard(view):
    "From the top of the page by Tab alone; sliders by arrows"
    view.evaluate('document.activeElement.blur(), document.querySelector("[data-testid=stMain]").scrollTo(0, 0)')
    for name in ('Model', 'Remove big.png', 'Add files', 'Look at images', 'Image', 'Finding', 'Opacity',
                 'Area of the map that counts'):
        _tabbed(view, name)
    _slide(view, 'Area of the map that counts', 11)
    for name in ('Report', 'Damage', 'Severity'): _tabbed(view, name)
    _slide(view, 'Severity', 1)
    view.get_by_alt_text(re.compile('gaussian noise, severity 1')).wait_for(timeout=300_000)
    _tabbed(view, 'keyboard_arrow_right') # Where do my files go?
    said = view.get_by_text('Nothing is written to a disk')
    _until(view, said.is_visible, lambda: view.keyboard.press('Enter'))

def _sentence(view):
    "The other model, a sentence by keyboard, its mask and that of its denial"
    _choose(view, 'Model', 'ArrowDown')
    box = view.get_by_role('textbox', name='Sentence')
    box.wait_for(timeout=300_000)
    _choose(view, 'Image', 'ArrowDown') # a phantom
    alt = 'The radiograph with what the model marks for the sentence "{}"'
    def write():
        box.focus()
        view.keyboard.press('ControlOrMeta+a')
        view.keyboard.type('Right pneumothorax.')
        view.keyboard.press('Enter')
    asked = view.get_by_role('heading', name='Right pneumothorax.', exact=True)
    _until(view, asked.is_visible, write)
    for text in ('Right pneumothorax.', 'No right pneumothorax.'):
        view.get_by_role('heading', name=text, exact=True).wait_for(timeout=300_000)
        view.get_by_alt_text(alt.format(text)).wait_for(timeout=300_000)
    _settled(view)
    _readable(view)

def _phone(view):
    "The challenge on a phone, from start to the model's answer"
    start, answer = (view.get_by_role('button', name=name, exact=True) for name in ('Start', 'Answer'))
    _click(view, view.get_by_text('Reader challenge'), start)
    _click(view, start, answer)
    _click(view, answer, view.get_by_text('The model says'))
    assert view.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    _readable(view)

def _settled(view): # Streamlit has finished a run of the page
    view.wait_for_timeout(300)
    view.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=300_000)

def test_a_spooled_upload_would_be_seen():
    "With Starlette's own limit a file of 3 MB lies on a disk; with the app's it does not"
    import asyncio
    from starlette.datastructures import Headers
    from starlette.formparsers import MultiPartParser
    from medxai.app import MAX_MB
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n' + bytes(3*2**20) + b'\r\n--x--\r\n'
    async def chunks():
        for k in range(0, len(body), 2**16): yield body[k:k + 2**16]
    def on_disk(limit):
        class Parser(MultiPartParser): spool_max_size = limit
        form = asyncio.run(Parser(Headers({'content-type': 'multipart/form-data; boundary=x'}), chunks()).parse())
        return form['f'].file._rolled
    assert on_disk(MultiPartParser.spool_max_size) and not on_disk(4*MAX_MB*2**20)
