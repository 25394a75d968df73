"What keeps notebooks, package, README and site in step."
import ast, json, os, re, shutil, subprocess, sys
from pathlib import Path
import pytest

root = Path(__file__).parents[1]
notebooks = sorted((root/'nbs').glob('*.ipynb'), key=lambda p: p.stem)
studies = [p for p in notebooks if re.match(r'0[1-4]_', p.name)]
bin_dir = Path(sys.executable).parent

def run(*args, **kw): return subprocess.run(list(map(str, args)), capture_output=True, text=True, **kw)
def cells(nb, kind='code'): return [c for c in json.loads(nb.read_text())['cells'] if c['cell_type'] == kind]
def source(cell): return ''.join(cell['source'])
def module(nb): return next((m[1] for c in cells(nb) if (m := re.search(r'^#\|\s*default_exp\s+(\S+)', source(c), re.M))), None)

@pytest.fixture
def copy(tmp_path):
    "The files that git knows, with the edits in the working tree, in a folder of their own"
    names = run('git', 'ls-files', '-co', '--exclude-standard', cwd=root).stdout.splitlines()
    for n in names:
        src, dst = root/n, tmp_path/'medxai'/n
        if not (src.exists() or src.is_symlink()): continue
        dst.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(src, dst, follow_symlinks=False)
    run('git', 'init', '-q', cwd=tmp_path/'medxai')
    run('git', 'add', '-A', cwd=tmp_path/'medxai')
    return tmp_path/'medxai'

@pytest.mark.parametrize('command', ['nbdev_export', 'nbdev_clean'])
def test_changes_nothing(copy, command):
    r = run(bin_dir/command, cwd=copy)
    assert r.returncode == 0, r.stderr
    assert run('git', 'diff', '--stat', cwd=copy).stdout == ''

@pytest.mark.parametrize('nb', studies, ids=lambda p: p.stem)
def test_one_parameters_cell(nb):
    tagged = [c for c in cells(nb) if 'parameters' in c['metadata'].get('tags', [])]
    assert len(tagged) == 1

def test_imports_only_from_earlier():
    "A notebook imports from rooms that sort before its own, so there are no cycles"
    place = {f'medxai.{m}': i for i, nb in enumerate(notebooks) if (m := module(nb))}
    wrong = []
    for i, nb in enumerate(notebooks):
        if nb.stem == 'index': continue
        for c in cells(nb):
            code = '\n'.join(l for l in source(c).splitlines() if not l.lstrip().startswith(('%', '!')))
            for node in ast.walk(ast.parse(code)):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names] if isinstance(node, ast.Import) else []
                wrong += [f'{nb.name} imports {n}' for n in names if n and place.get(n, -1) > i or n and place.get(n) == i and '#| export' in source(c)] # a test may start a process that imports the room itself
    assert not wrong, wrong

def test_notebook_names():
    "Two notebooks that differ only by number would be one page of the site"
    stems = [re.sub(r'^\d+[a-z]?_', '', p.stem) for p in notebooks]
    assert len(set(stems)) == len(stems)

def test_no_saved_errors_and_small():
    for nb in notebooks:
        assert not any(o['output_type'] == 'error' for c in cells(nb) for o in c.get('outputs', [])), nb.name
        assert nb.stat().st_size < 1_200_000, f'{nb.name} is {nb.stat().st_size/1e6:.1f} MB: smaller figures'

def test_readme_in_step():
    from readme import readme
    assert (root/'README.md').read_text(encoding='utf-8') == readme()[0], 'run `make readme`'

def test_index_is_one_file():
    link = root/'index.ipynb'
    assert link.is_symlink() and not Path(os.readlink(link)).is_absolute() and link.resolve() == (root/'nbs'/'index.ipynb').resolve()

def test_site(copy):
    "What the site is made of: every notebook processed, and in the sidebar"
    r = run(sys.executable, root/'tests'/'site_check.py', cwd=copy)
    assert r.returncode == 0, r.stderr[-4000:]
    for nb in notebooks: assert (copy/'_proc'/nb.name).is_file() or (copy/'_proc'/f'{nb.stem}.ipynb').is_file(), nb.name
    sidebar = (copy/'nbs'/'sidebar.yml').read_text()
    for nb in notebooks: assert nb.name in sidebar, f'{nb.name} is not in the sidebar'

def test_import_is_light_and_offline(tmp_path):
    "`import medxai` loads nothing heavy; importing every module opens no connection and starts no GPU"
    mods = [m for nb in notebooks if (m := module(nb))]
    code = f'''
import sys, socket
import medxai
assert not {{"torch", "numpy", "pandas"}} & set(sys.modules), "import medxai is not light"
def refuse(*a, **k): raise AssertionError("an import opened a connection")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import importlib
for m in {mods!r}: importlib.import_module("medxai." + m)
import torch
assert not torch.cuda.is_initialized()
'''
    r = run(sys.executable, '-c', code, cwd=tmp_path)
    assert r.returncode == 0, r.stderr[-4000:]

def test_wheel_works_elsewhere(copy, tmp_path):
    "The built wheel holds every module and says its licence and its needs"
    r = run(sys.executable, '-m', 'pip', 'wheel', '-q', '--no-deps', '--no-build-isolation', '-w', tmp_path/'w', copy)
    assert r.returncode == 0, r.stderr[-4000:]
    wheel, = (tmp_path/'w').glob('medxai-*.whl')
    shutil.unpack_archive(wheel, tmp_path/'site', 'zip')
    for nb in notebooks:
        if m := module(nb): assert (tmp_path/'site'/'medxai'/f'{m}.py').is_file(), m
    meta = next((tmp_path/'site').glob('*.dist-info/METADATA')).read_text()
    assert 'Requires-Dist: torch' in meta and 'Requires-Python: >=3.11' in meta
    r = run(sys.executable, '-c', 'import medxai.core as c; print(c.__file__)', cwd=tmp_path, env={**os.environ, 'PYTHONPATH': str(tmp_path/'site')})
    assert str(tmp_path/'site') in r.stdout, r.stderr

def test_no_local_paths():
    "No file names a folder of the machine it was written on"
    names = run('git', 'ls-files', cwd=root).stdout.splitlines()
    hits = [n for n in names if (root/n).is_file() and re.search(rb'(?<![\w.$}~])/(?:work|tmp|root|home)/\w', (root/n).read_bytes())]
    assert not hits, hits
