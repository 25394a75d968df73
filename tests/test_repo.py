"What keeps notebooks, package, README and site in step."
import ast, graphlib, json, os, re, shutil, subprocess, sys
from pathlib import Path

import pytest

root = Path(__file__).parents[1]
notebooks = sorted(p for p in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts)
studies = [p for p in notebooks if re.match(r'0[0-4]_', p.name) or p.parent.name == 'experiments'
           and p.stem != 'index']
bin_dir = Path(sys.executable).parent

def run(*args, **kw): return subprocess.run(list(map(str, args)), capture_output=True, text=True, **kw)
def cells(nb, kind='code'): return [c for c in json.loads(nb.read_text())['cells'] if c['cell_type'] == kind]
def source(cell): return ''.join(cell['source'])
def module(nb):
    return next((m[1] for c in cells(nb) if (m := re.search(r'^#\|\s*default_exp\s+(\S+)', source(c), re.M))), None)

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

# a package imports only from itself and from those before it; `studies` are the modules at the top
LAYERS = ['core', 'cohort', 'phantom', 'metrics', 'evidence', 'configs', 'models', 'studies', 'experiments']

def layer(module): # 'medxai.cohort.split' -> 'cohort'
    parts = module.split('.')
    return parts[1] if parts[1] in LAYERS else 'studies'

def exported_imports(nb, top=False): # names of modules that the exported cells import; top: outside functions only
    found = set()
    for c in cells(nb):
        if not re.search(r'^#\|\s*export', source(c), re.M): continue
        tree = ast.parse(source(c))
        for node in tree.body if top else ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom): names = [node.module]
            found |= {n for n in names if n}
    return found

def test_packages_keep_their_laws():
    "DESIGN's table: who may import whom; metrics know no torch, evidence no Manifest, configs neither; no circles"
    wrong, graph = [], {}
    for nb in notebooks:
        if not (m := module(nb)): continue
        mine, names = layer(f'medxai.{m}'), exported_imports(nb)
        ours = {n for n in names if n.startswith('medxai.')}
        graph[f'medxai.{m}'] = ours
        wrong += [f'{m} imports {n}' for n in ours if LAYERS.index(layer(n)) > LAYERS.index(mine)]
        heavy = {n.split('.')[0] for n in exported_imports(nb, top=True)} & {'torch', 'torchvision', 'timm', 'fastai', 'captum'}
        if mine in ('core', 'metrics', 'configs') and heavy: wrong.append(f'{m} imports {heavy}')
        if mine in ('evidence', 'configs') and any(layer(n) == 'cohort' for n in ours):
            wrong.append(f'{m} knows tables')
    assert not wrong, wrong
    order = list(graphlib.TopologicalSorter(graph).static_order()) # raises where there is a circle
    assert len(order) >= len(graph)

def test_names_are_unique():
    "No public name occurs twice, and none is called like a module or package"
    places = {}
    for nb in notebooks:
        if not (m := module(nb)): continue
        code = (root/'medxai'/f'{m.replace(".", "/")}.py').read_text()
        found = re.search(r'^__all__ = (\[.*?\])', code, re.M | re.S)
        for name in ast.literal_eval(found[1]) if found else []: places.setdefault(name, set()).add(m)
    twice = {n: ms for n, ms in places.items() if len(ms) > 1}
    modules = {part for nb in notebooks if (m := module(nb)) for part in m.split('.')}
    assert not twice, twice
    assert not modules & set(places), modules & set(places)

def test_same_name_same_object(tmp_path):
    "`medxai.X` is the same before and after every module is imported"
    mods = [m for nb in notebooks if (m := module(nb))]
    code = f'''
import importlib, medxai
names = [n for n in dir(medxai) if not n.startswith('_')]
before = {{n: getattr(medxai, n) for n in names}}
for m in {mods!r}: importlib.import_module('medxai.' + m)
changed = [n for n in names if getattr(medxai, n) is not before[n]]
assert not changed, changed
assert len(names) > 300, len(names)
'''
    r = run(sys.executable, '-c', code, cwd=tmp_path)
    assert r.returncode == 0, r.stderr[-4000:]

def test_no_name_is_lost():
    "A name that only a test cell defines is a NameError in the package"
    r = run(sys.executable, '-m', 'ruff', 'check', '--no-cache', '--ignore', 'E501', 'medxai', 'tests', 'bench', cwd=root)
    assert r.returncode == 0, r.stdout

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
    for nb in notebooks: assert (copy/'_proc'/nb.relative_to(root/'nbs')).is_file(), nb
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
        if m := module(nb): assert (tmp_path/'site'/'medxai'/f'{m.replace(".", "/")}.py').is_file(), m
    meta = next((tmp_path/'site').glob('*.dist-info/METADATA')).read_text()
    assert 'Requires-Dist: torch' in meta and 'Requires-Python: >=3.11' in meta
    r = run(sys.executable, '-c', 'import medxai.core.files as c; print(c.__file__)', cwd=tmp_path,
            env={**os.environ, 'PYTHONPATH': str(tmp_path/'site')})
    assert str(tmp_path/'site') in r.stdout, r.stderr

def test_no_local_paths():
    "No file names a folder of the machine it was written on"
    names = run('git', 'ls-files', cwd=root).stdout.splitlines()
    hits = [n for n in names if (root/n).is_file()
            and re.search(rb'(?<![\w.$}~])/(?:work|tmp|root|home)/\w', (root/n).read_bytes())]
    assert not hits, hits
