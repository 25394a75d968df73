"""JupyterLab as a person uses it, in a real headless Chromium: python bench/walk_lab.py [STEP ...] [--pictures DIR]

In a clone of this repository (committed files) `make lab` is started; the first listing is read, a study opened, one
parameter changed, all cells run with progress and figures in sight, and the notebook saved: `git diff` shows the
parameter and what came of it. A second run into the same folder, with other parameters, says what to do and offers a
free name; under that name it runs. A slider of the tutorial moves and leaves nothing in the saved file. Each step is
an assertion. About five minutes on two cores; Playwright and Chromium are needed."""
import argparse, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path

root = Path(__file__).parents[1]
LONG = 600_000 # milliseconds: a busy machine

def git(clone, *args):
    return subprocess.run(['git', *args], cwd=clone, capture_output=True, text=True, check=True).stdout

class Lab:
    "`make lab` in a clone, with a home folder of its own"
    def __init__(self, folder):
        self.clone, home = folder/'medxai', folder/'home'
        git(folder, 'clone', '-q', root, self.clone)
        home.mkdir()
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            port = s.getsockname()[1]
        flags = f'--no-browser --port={port} --IdentityProvider.token= --ServerApp.port_retries=0'
        if os.getuid() == 0: flags += ' --allow-root'
        env = {k: v for k, v in os.environ.items() if k not in ('MPLBACKEND', 'MEDXAI_DATA')}
        env |= dict(HOME=str(home), PYTHONPATH=str(self.clone), OMP_NUM_THREADS='2')
        venv, self.log = Path(sys.prefix), open(folder/'lab.log', 'w+')
        make = ['make', '-s', '-o', f'{venv}/.installed', 'lab', f'VENV={venv}', f'LAB_ARGS={flags}']
        self.process = subprocess.Popen(make, cwd=self.clone, env=env, stdout=self.log, stderr=subprocess.STDOUT,
                                        start_new_session=True)
        self.url, end = f'http://127.0.0.1:{port}', time.monotonic() + 120
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end: raise RuntimeError(self.stop())
            time.sleep(.3)

    def answers(self):
        try: urllib.request.urlopen(f'{self.url}/api/status').close()
        except OSError: return False
        return True

    def stop(self): # with its kernels
        os.killpg(self.process.pid, signal.SIGTERM)
        try: self.process.wait(30)
        except subprocess.TimeoutExpired: os.killpg(self.process.pid, signal.SIGKILL)
        self.log.seek(0)
        return self.log.read()

class Person:
    "What somebody does with a mouse and a keyboard"
    def __init__(self, page, pictures): self.page, self.pictures, self.n = page, pictures, 0

    def look(self, name): # a picture for whoever runs this
        self.n += 1
        if self.pictures: self.page.screenshot(path=self.pictures/f'lab_{self.n}_{name}.png')

    def menu(self, *names):
        for name in names: self.page.get_by_role('menuitem', name=name, exact=True).click()

    def open(self, folder, name):
        files = self.page.locator('.jp-SideBar .lm-TabBar-tab[data-id=filebrowser]')
        if 'lm-mod-current' not in files.get_attribute('class'): files.click() # a click on the open one closes it
        for part in filter(None, folder.split('/')): self.item(part).dblclick()
        self.item(name).dblclick()
        self.page.locator('.jp-Notebook:visible .jp-Cell').first.wait_for(timeout=LONG)
        self.idle()

    def item(self, name): return self.page.locator('.jp-DirListing-item', has_text=re.compile(rf'^{re.escape(name)}'))

    def go(self, heading): # by the table of contents
        self.page.get_by_role('tab', name='Table of Contents').click()
        self.page.locator('.jp-tocItem-heading:visible', has_text=re.compile(rf'^{heading}')).first.click()

    def change(self, old, new): # a line of the cell of parameters
        line = self.page.locator('.jp-Notebook:visible .cm-line', has_text=old).first
        line.click()
        self.page.keyboard.press('Home')
        self.page.keyboard.press('Shift+End')
        self.page.keyboard.insert_text(line.inner_text().replace(old, new))
        self.page.locator('.jp-Notebook:visible .cm-line', has_text=new).first.wait_for()

    def kernel(self): return self.page.locator('.jp-NotebookPanel-toolbar:visible .jp-Notebook-ExecutionIndicator')

    def idle(self): self.page.locator('.jp-NotebookPanel-toolbar:visible '
                                      '.jp-Notebook-ExecutionIndicator[data-status=idle]').wait_for(timeout=LONG)

    def run(self, line=None): # -> seconds; all cells, or from the one with this line on
        t = time.monotonic()
        if line: self.page.locator('.jp-Notebook:visible .cm-line', has_text=line).last.click()
        self.menu('Run', 'Run Selected Cell and All Below' if line else 'Run All Cells')
        self.page.locator('.jp-NotebookPanel-toolbar:visible '
                          '.jp-Notebook-ExecutionIndicator[data-status=busy]').wait_for(timeout=LONG)
        self.look('running')
        self.idle()
        return time.monotonic() - t

    def again(self): # in a new kernel
        self.menu('Kernel', 'Restart Kernel and Run All Cells…')
        self.page.locator('.jp-Dialog .jp-mod-accept').click()
        self.page.wait_for_timeout(3000)
        self.idle()

    def save(self):
        self.page.keyboard.press('ControlOrMeta+s')
        self.page.locator('.lm-TabBar-tab.jp-mod-current.jp-mod-dirty').wait_for(state='detached', timeout=LONG)

def cells(path): return json.loads(path.read_text(encoding='utf-8'))['cells']
def source(c): return ''.join(c['source'])

def changed(before, after): # -> (the lines of sources that differ, numbers of cells whose outputs differ)
    assert [c['id'] for c in before] == [c['id'] for c in after] and all(
        a['metadata'] == b['metadata'] for a, b in zip(before, after))
    lines = [(x, y) for a, b in zip(before, after)
             for x, y in zip(source(a).split('\n'), source(b).split('\n'), strict=True) if x != y]
    return lines, [k for k, (a, b) in enumerate(zip(before, after)) if a.get('outputs') != b.get('outputs')]

def opened(person, nb, *changes): # a study, with other values of its parameters
    person.open('', nb.name)
    person.go('Run')
    for before, after in changes: person.change(before, after)

def a_study(person, clone):
    "Open, change, run, save: the difference is the parameter and what came of it, and the same each time"
    nb = clone/'nbs/00_data.ipynb'
    opened(person, nb, ('n_images: int = None', 'n_images: int = 60'))
    person.look('parameters')
    print(f'{nb.name}: {person.run():.0f} s')
    person.look('end')
    person.save()
    before = json.loads(git(clone, 'show', f'HEAD:nbs/{nb.name}'))['cells']
    lines, outputs = changed(before, cells(nb))
    assert len(lines) == 1 and lines[0][1] == lines[0][0].replace('n_images: int = None', 'n_images: int = 60'), lines
    first = next(k for k, c in enumerate(before) if 'parameters' in c['metadata'].get('tags', []))
    early = [source(before[k]) for k in outputs if k < first] # what needs data that are not on this machine is silent
    assert max(outputs) > first and all('real_data(' in o for o in early), early
    quiet(nb)
    pictures = sum('image/png' in o.get('data', {}) for c in cells(nb) for o in c.get('outputs', []))
    assert pictures >= 3, pictures
    assert git(clone, 'status', '--porcelain').split() == ['M', f'nbs/{nb.name}']
    once = nb.read_bytes()
    shutil.rmtree(clone/'reports')
    person.again()
    person.save()
    assert nb.read_bytes() == once, git(clone, 'diff', '--stat')

def quiet(nb): # no warning, no error, nothing of one session alone
    for c in cells(nb):
        assert c.get('execution_count') is None, source(c)
        for o in c.get('outputs', []):
            assert o.get('name') != 'stderr' and o['output_type'] != 'error', o
            assert not any('widget' in k for k in o.get('data', {})), source(c)

def another_run(person, clone):
    "Other parameters into the folder of an earlier run: it says which differ and offers a free name, which works"
    nb = clone/'nbs/05_audit.ipynb'
    opened(person, nb, ('out: str = None', "out: str = 'reports/mine'"), ('n_boot: int = 1000', 'n_boot: int = 100'))
    print(f'{nb.name}: {person.run():.0f} s')
    person.change('seed: int = 1337', 'seed: int = 7')
    person.run('params = NotebookParams')
    refused = person.page.locator('.jp-Notebook:visible .jp-OutputArea-output', has_text='the results of another run')
    said = refused.last.inner_text()
    person.look('refused')
    offer = re.search(r"seed \(1337 there, 7 here\).*out = '([^']*mine_2)'", said.replace('\n', ' '))
    assert offer, said
    person.change("out: str = 'reports/mine'", f"out: str = '{offer[1]}'")
    person.run('params = NotebookParams')
    person.save()
    quiet(nb)
    assert (clone/'reports/mine/run.json').is_file() and (clone/'reports/mine_2/run.json').is_file()

def sliders(person, clone):
    "A slider moves, the picture follows, and the saved file is as it was"
    nb = clone/'nbs/tutorials/in_jupyterlab.ipynb'
    person.open('tutorials', nb.name)
    person.run()
    slider = person.page.locator('.jp-Notebook:visible .widget-slider .noUi-handle').first
    slider.scroll_into_view_if_needed()
    said = person.page.locator('.jp-Notebook:visible .widget-readout').first
    before = said.inner_text()
    slider.focus()
    for _ in range(5): person.page.keyboard.press('ArrowRight')
    person.idle()
    assert said.inner_text() != before
    person.look('slider')
    person.save()
    quiet(nb)
    assert not git(clone, 'diff', '--stat', f'nbs/tutorials/{nb.name}'), git(clone, 'diff', f'nbs/tutorials/{nb.name}')

def main():
    a = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    a.add_argument('steps', nargs='*', default=['a_study', 'another_run', 'sliders'], help='all, unless some are named')
    a.add_argument('--pictures', type=Path, help='a folder for pictures of each step')
    args = a.parse_args()
    if args.pictures: args.pictures.mkdir(parents=True, exist_ok=True)
    from playwright.sync_api import sync_playwright
    chromium = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
    with tempfile.TemporaryDirectory() as d, sync_playwright() as p:
        lab = Lab(Path(d))
        try:
            browser = p.chromium.launch(executable_path=chromium, args=['--no-sandbox'])
            page = browser.new_page(viewport=dict(width=1400, height=900))
            page.set_default_timeout(60_000)
            page.goto(f'{lab.url}/lab')
            person = Person(page, args.pictures)
            listing(person)
            for step in args.steps: globals()[step](person, lab.clone)
        except BaseException:
            print(lab.stop()[-6000:])
            raise
        lab.stop()
    print('done')

def listing(person):
    "The first listing shows the numbered notebooks"
    person.item('00_data.ipynb').wait_for()
    person.look('listing')
    names = person.page.locator('.jp-DirListing-itemText').all_inner_texts()
    for k in range(8): assert any(n.startswith(f'0{k}_') for n in names), names

if __name__ == '__main__': main()
