"What keeps notebooks, package, README and site in step."
import ast, asyncio, configparser, dataclasses, graphlib, inspect, json, os, re, shutil, subprocess, sys, textwrap
from pathlib import Path

import pytest, yaml

root = Path(__file__).parents[1]
notebooks = sorted(p for p in (root/'nbs').rglob('*.ipynb') if '.ipynb_checkpoints' not in p.parts)
studies = [p for p in notebooks if re.match(r'0[0-5]_', p.name) or p.parent.name == 'experiments'
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
    # a wrong parameter of papermill is refused before anything has run, the imports included
    code = [source(c) for c in cells(nb) if c['cell_type'] == 'code' and 'google.colab' not in source(c)]
    assert code[0].startswith('#| default_exp') and re.search(r'^check_papermill\(', code[1], re.M)

# a package imports only from itself and from those before it; `studies` are the modules at the top
LAYERS = ['core', 'configs', 'cohort', 'phantom', 'metrics', 'evidence', 'models', 'stages', 'studies',
          'experiments']

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
        heavy = {n.split('.')[0] for n in exported_imports(nb, top=True)}
        heavy &= {'torch', 'torchvision', 'timm', 'fastai', 'captum'}
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
    r = run(sys.executable, '-m', 'ruff', 'check', '--no-cache', '--ignore', 'E501', 'medxai', 'tests', 'bench',
            cwd=root)
    assert r.returncode == 0, r.stdout

# where every line fits; the rest of the package follows
FITTED = ['medxai', 'bench', 'tests', 'setup.py']

def test_lines_fit():
    "At most 120 characters, but for the lists of names that nbdev writes"
    r = run(sys.executable, '-m', 'ruff', 'check', '--no-cache', '--select', 'E501', '--output-format', 'json',
            *FITTED, cwd=root)
    long = [(e['filename'], e['location']['row']) for e in json.loads(r.stdout)]
    long = [f'{f}:{n}' for f, n in long if not Path(f).read_text().split('\n')[n - 1].startswith('__all__ = [')]
    assert not long, long

def test_what_a_run_writes_is_whole():
    "Tables go through `atomic_path`, weights through `whole_file`, in the package and in the cells of a run"
    bare = re.compile(r'\.to_csv\((?!tmp|index=|sys)[^()]*(?:\([^()]*\))*[^()]*index=False')
    found = []
    for nb in notebooks:
        after = False # the cells of a run follow its parameters
        for c in cells(nb):
            after |= 'parameters' in c['metadata'].get('tags', [])
            text = source(c)
            exported = text.startswith('#| export')
            if (exported or after and nb in studies) and bare.search(text): found.append(f'{nb.name}: a table')
            if exported and re.search(r'\b(save_file|torch\.save)\(', text) and 'whole_file(' not in text:
                found.append(f'{nb.name}: weights')
    assert found == []

def test_outputs_are_for_everyone():
    "No saved output names a user's folder, warns of a missing widget or is one that only a live kernel can show"
    bad = re.compile(r'/Users/|[A-Z]:\\\\|IProgress|TqdmWarning|IPKernelApp|jupyter\.widget-view')
    hits = [(nb.name, bad.search(o)[0]) for nb in notebooks for c in cells(nb)
            if bad.search(o := json.dumps([{**x, 'data': {k: v for k, v in x.get('data', {}).items()
                                                          if not k.startswith('image/')}}
                                           for x in c.get('outputs', [])]))]
    assert not hits, hits

def test_no_saved_errors_and_small():
    for nb in notebooks:
        assert not any(o['output_type'] == 'error' for c in cells(nb) for o in c.get('outputs', [])), nb.name
        assert nb.stat().st_size < 1_200_000, f'{nb.name} is {nb.stat().st_size/1e6:.1f} MB: smaller figures'

def test_readme_in_step():
    from readme import readme
    assert (root/'README.md').read_text(encoding='utf-8') == readme()[0], 'run `make readme`'

def test_index_is_one_file():
    link = root/'index.ipynb'
    assert link.is_symlink() and not Path(os.readlink(link)).is_absolute()
    assert link.resolve() == (root/'nbs'/'index.ipynb').resolve()

def test_site(copy):
    "What the site is made of: every notebook processed, and in the sidebar"
    r = run(sys.executable, root/'tests'/'site_check.py', cwd=copy)
    assert r.returncode == 0, r.stderr[-4000:]
    for nb in notebooks: assert (copy/'_proc'/nb.relative_to(root/'nbs')).is_file(), nb
    listed = re.findall(r'\S+\.ipynb', (copy/'nbs'/'sidebar.yml').read_text())
    for nb in notebooks: assert nb.relative_to(root/'nbs').as_posix() in listed, f'{nb} is not in nbs/sidebar.yml'
    for nb in notebooks: # Quarto gives the pictures of a cell this text
        assert described(copy/'_proc'/nb.relative_to(root/'nbs')) == described(nb), nb

def described(nb): # -> alternative texts of the cells that readers see
    seen = [source(c) for c in cells(nb) if not re.search(r'^#\|\s*hide\b', source(c), re.M)]
    return [m[1] for text in seen if (m := re.search(r'^#\|\s*fig-alt: "([^"\\]*)"$', text, re.M))]

def test_figures_are_described():
    "Each cell that shows a picture says in words what is to be seen, and no two of a notebook say the same"
    for nb in notebooks:
        drawn = [c for c in cells(nb) if any('image/' in k for o in c['outputs'] for k in o.get('data', {}))]
        silent = [source(c)[:80] for c in drawn if 'fig-alt' not in source(c)]
        texts = described(nb)
        assert not silent, (nb.name, silent)
        assert len(texts) == len(drawn) == len(set(texts)) and all(len(o) > 30 for o in texts), (nb.name, texts)

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
    assert 'License-Expression: Apache-2.0' in meta
    env = {**os.environ, 'PYTHONPATH': str(tmp_path/'site'), 'OMP_NUM_THREADS': '1'}
    r = run(sys.executable, '-c', 'import medxai.core.files as c; print(c.__file__)', cwd=tmp_path, env=env)
    assert str(tmp_path/'site') in r.stdout, r.stderr
    # a study runs from what the wheel brings
    code = '''
import medxai
from medxai.core.execute import run_study
listed = medxai.notebooks()
copies = medxai.notebooks(copy_to="mine")
assert len(copies) == len(listed) and all(p.is_file() for p in copies)
try: medxai.notebooks(copy_to="mine")
except FileExistsError as e: print(e)
import os; os.chdir("mine/nbs")
few = dict(n_images=60, size=64, epochs=1, recipe="plain", n_boot=100)
run_study("nbs/01_roi_consistency.ipynb", "reports/quick", few, examples=False)
print(sorted(listed))
'''
    r = run(sys.executable, '-c', code, cwd=tmp_path, env=env)
    assert r.returncode == 0, r.stderr[-4000:]
    assert 'has nbs/00_data.ipynb already' in r.stdout
    for nb in studies: assert repr(nb.relative_to(root).as_posix()) in r.stdout, nb
    assert (tmp_path/'mine'/'reports'/'quick'/'report.html').is_file() # below the copies

def lab_settings(): # as `make lab` gives them to JupyterLab
    from traitlets.config.loader import PyFileConfigLoader
    return PyFileConfigLoader('lab_config.py', path=str(root/'tests')).load_config()

def test_opening_changes_nothing(copy, monkeypatch):
    "A notebook that JupyterLab opens, runs and saves, as `make lab` starts it, is the same file"
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
    assert 'lab --config ../tests/lab_config.py' in (root/'Makefile').read_text()
    monkeypatch.chdir(copy/'nbs')
    manager = AsyncLargeFileManager(root_dir=str(copy/'nbs'), config=lab_settings())
    slider = dict(output_type='display_data', metadata={}, data={
        'text/plain': 'interactive(children=(FloatSlider(value=0.1), Output()))',
        'application/vnd.jupyter.widget-view+json': dict(model_id='a1b2', version_major=2, version_minor=0)})
    async def open_and_save(name):
        model = await manager.get(name)
        meta = model['content']['metadata']
        meta.update(language_info=dict(name='python', version='3.11.7'))
        meta['kernelspec'].update(display_name='Python 3 (ipykernel)')
        for k, c in enumerate(model['content']['cells']):
            c['metadata']['trusted'] = True
            if c['cell_type'] == 'code': c['execution_count'] = k
            if 'interact(' in c['source']: c['outputs'] = [slider]
        meta['widgets'] = {'application/vnd.jupyter.widget-state+json': {'state': {'a1b2': {}}}}
        await manager.save(model, name)
    for nb in notebooks: asyncio.run(open_and_save(nb.relative_to(root/'nbs').as_posix()))
    assert run('git', 'diff', '--stat', cwd=copy).stdout == ''

def study_config(nb): # the class of its parameters
    import medxai
    text = '\n'.join(map(source, cells(nb)))
    return getattr(medxai, re.search(r'^cfg = params\((\w+)\)', text, re.M)[1])

def parameters_cell(nb): return next(c for c in cells(nb) if 'parameters' in c['metadata'].get('tags', []))

def test_a_run_in_place_changes_one_parameter(tmp_path, monkeypatch):
    """Who changes a parameter in JupyterLab, runs all cells and saves, has changed one line and the outputs after it:
    cells, their ids, tags and other sources stay, and no other file appears"""
    import nbclient, nbformat
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
    nb = tmp_path/'nbs'/'00_data.ipynb'
    nb.parent.mkdir()
    for name in ('settings.ini', '.gitignore', 'nbs/00_data.ipynb'): shutil.copy(root/name, tmp_path/name)
    for args in (['init', '-q'], ['add', '-A']): run('git', *args, cwd=tmp_path)
    before, line = json.loads(nb.read_text()), 'n_images: int = None'
    monkeypatch.chdir(nb.parent)
    monkeypatch.setenv('PYTHONPATH', str(root))
    monkeypatch.setenv('OMP_NUM_THREADS', '1')
    for name in ('MPLBACKEND', 'MEDXAI_DATA'): monkeypatch.delenv(name, raising=False)
    manager = AsyncLargeFileManager(root_dir=str(nb.parent), config=lab_settings())
    async def change_run_save():
        model = await manager.get(nb.name)
        cell = next(c for c in model['content']['cells'] if 'parameters' in c['metadata'].get('tags', []))
        assert cell['source'].count(line) == 1
        cell['source'] = cell['source'].replace(line, 'n_images: int = 60')
        model['content'] = nbformat.from_dict(model['content'])
        await nbclient.NotebookClient(model['content'], timeout=300, shutdown_kernel='immediate',
                                      extra_arguments=['--log-level=ERROR']).async_execute()
        await manager.save(model, nb.name)
    asyncio.run(change_run_save())
    touched = run('git', 'ls-files', '-mo', '--exclude-standard', cwd=tmp_path).stdout.split()
    assert touched == ['nbs/00_data.ipynb']
    after = json.loads(nb.read_text())
    def without(nb, *keys): return [{k: v for k, v in c.items() if k not in keys} for c in nb['cells']]
    assert {k: v for k, v in after.items() if k != 'cells'} == {k: v for k, v in before.items() if k != 'cells'}
    assert without(after, 'source', 'outputs') == without(before, 'source', 'outputs')
    changed = [(a, b) for c, d in zip(before['cells'], after['cells']) for a, b in zip(c['source'], d['source'])
               if a != b or len(c['source']) != len(d['source'])]
    assert len(changed) == 1 and changed[0][1] == changed[0][0].replace(line, 'n_images: int = 60')
    at = next(i for i, c in enumerate(after['cells']) if 'parameters' in c['metadata'].get('tags', []))
    def shown(cell): # results as text; what is printed and drawn depends on the machine, too
        return [o['data'].get('text/plain') for o in cell.get('outputs', [])
                if o['output_type'] == 'execute_result']
    for old, new in zip(before['cells'][:at], after['cells']): assert shown(old) == shown(new), ''.join(new['source'])
    kinds = [o['output_type'] for c in after['cells'] for o in c.get('outputs', [])]
    assert 'error' not in kinds and any('60 images' in ''.join(o['data'].get('text/plain', ''))
        for c in after['cells'][at:] for o in c.get('outputs', []) if o['output_type'] == 'execute_result')

def test_make_lab_shows_figures():
    "No backend is forced upon the notebooks that a person opens or that the demo executes"
    env = {k: v for k, v in os.environ.items() if k != 'MPLBACKEND'}
    for target in 'lab', 'demo':
        r = run('make', '-n', '-p', '-o', '.venv/.installed', target, cwd=root, env=env)
        assert r.returncode == 0 and not re.search(r'^MPLBACKEND', r.stdout, re.M), r.stderr

def test_ways_to_set_up():
    "conda, Docker and dev containers are described by files that can be read, and name what is there"
    assert 'pip' in yaml.safe_load((root/'environment.yml').read_text())['dependencies'][-1]
    container = json.loads((root/'.devcontainer'/'devcontainer.json').read_text())
    assert (root/'.devcontainer'/container['build']['dockerfile']).resolve() == root/'Dockerfile'
    lines = re.sub(r'\\\n', ' ', (root/'Dockerfile').read_text()).split('\n')
    steps = [o.split() for o in lines if o.strip() and not o.startswith('#')]
    known = {'FROM', 'RUN', 'USER', 'WORKDIR', 'COPY', 'EXPOSE', 'CMD', 'ENV', 'ARG'}
    assert {o[0] for o in steps} <= known and steps[0][0] == 'FROM'
    missing = [n for o in steps if o[0] == 'COPY' for n in o[2:-1] if not (root/n).exists()]
    assert not missing, missing

def test_pins_of_pre_commit():
    "The tools that pre-commit installs are those of constraints.txt"
    pins = dict(o.lower().split('==') for o in (root/'constraints.txt').read_text().split())
    hooks = [h for r in yaml.safe_load((root/'.pre-commit-config.yaml').read_text())['repos'] for h in r['hooks']]
    assert all(h['language'] == 'python' for h in hooks) # none needs an environment that is active
    asked = dict(o.lower().split('==') for h in hooks for o in h['additional_dependencies'])
    assert asked == {k: pins[k] for k in asked}

def test_public_names(tmp_path):
    "`from medxai import *` gives them all, and their parameters' comments are shown"
    code = '''
import medxai
from IPython.core.interactiveshell import InteractiveShell
from medxai import *
missing = set(dir(medxai)) & {"evaluate", "Manifest", "NOTICE", "about", "notebooks"} - set(globals())
assert not missing, missing
inspector = InteractiveShell.instance().inspector
assert "resamples; 0: no intervals" in inspector.info(medxai.evaluate)["docstring"]
assert "folder that the `image`" in inspector.info(medxai.Manifest)["init_docstring"]
assert "resamples; 0: no intervals" in about("evaluate") == about(evaluate)
assert "epochs" in about("ROIConfig")
try: about("NOTICE")
except TypeError: pass
else: raise AssertionError
'''
    r = run(sys.executable, '-c', code, cwd=tmp_path)
    assert r.returncode == 0, r.stderr[-4000:]

def test_no_local_paths():
    "No file names a folder of the machine it was written on"
    names = run('git', 'ls-files', cwd=root).stdout.splitlines()
    hits = [n for n in names if (root/n).is_file()
            and re.search(rb'(?<![\w.$}~])/(?:work|tmp|root|home)/\w', (root/n).read_bytes())]
    assert not hits, hits

@pytest.mark.parametrize('nb', studies, ids=lambda p: p.stem)
def test_parameters_are_those_of_the_config(nb):
    "The tagged cell is what `parameters_source` makes of the study's config: no default is kept twice"
    import medxai
    assert source(parameters_cell(nb)) == medxai.parameters_source(study_config(nb)), 'see medxai.parameters_source'

@pytest.mark.parametrize('nb', studies, ids=lambda p: p.stem)
def test_default_run_is_the_config(nb):
    "What the tagged cell says makes the config itself: else the checks of a default run would never run"
    import medxai
    cls, space = study_config(nb), {}
    exec(source(parameters_cell(nb)), space)
    names = {f.name for f in dataclasses.fields(cls)}
    assert medxai.make_config(cls, {k: v for k, v in space.items() if k in names}) == cls()

def test_studies_keep_the_common_defaults():
    "A study says only what is different in it: a default is StudyConfig's unless a class on the way there names it"
    import medxai
    from medxai.configs import base, failure, localization, roi
    found = [c for m in (base, failure, localization, roi) for c in vars(m).values()
             if isinstance(c, type) and issubclass(c, base.StudyConfig) and c is not base.StudyConfig]
    assert {medxai.ROIConfig, medxai.FailureConfig, medxai.ComparisonConfig} <= set(found)
    for cls in found:
        way = cls.__mro__[:cls.__mro__.index(base.StudyConfig)]
        tree = [n for b in way for n in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(b))))]
        named = {n.arg for n in tree if isinstance(n, ast.keyword)}
        named |= {n.target.id for n in tree if isinstance(n, ast.AnnAssign)}
        for f in dataclasses.fields(base.StudyConfig):
            if f.name in named: continue
            assert getattr(cls(), f.name) == getattr(base.StudyConfig(), f.name), f'{cls.__name__}.{f.name}'

def test_colab():
    "A study with a badge opens itself on Colab, and its first code cell installs the package there and nowhere else"
    from IPython.core.inputtransformer2 import TransformerManager
    ini = configparser.ConfigParser()
    ini.read(root/'settings.ini')
    repo, site = ini['DEFAULT'], 'https://colab.research.google.com'
    badged = [nb for nb in notebooks if 'colab-badge' in ''.join(map(source, cells(nb, 'markdown')))]
    assert {'00_data', '03_failure_analysis'} <= {nb.stem for nb in badged}
    for nb in badged:
        where = f'{site}/github/{repo["user"]}/{repo["repo"]}/blob/{repo["branch"]}/{nb.relative_to(root).as_posix()}'
        badge = f'[![Open in Colab]({site}/assets/colab-badge.svg)]({where})'
        assert source(cells(nb, 'markdown')[1]) == badge, nb
        first = source(cells(nb)[0])
        assert first.startswith('#| hide\n')
        said = []
        class Shell:
            def __init__(self, name): self.name = name
            def __str__(self): return self.name
            def run_line_magic(self, *args): said.append(args)
        for name in '<ipykernel.zmqshell.ZMQInteractiveShell object>', '<google.colab._shell.Shell object>':
            exec(TransformerManager().transform_cell(first), dict(get_ipython=lambda: Shell(name)))
        assert said == [('pip', f'install -q git+{repo["git_url"]}')]

def test_configs_are_light():
    "A config is made and checked without torch or pandas"
    code = ('import sys, time; t = time.perf_counter()\n'
            'from medxai.configs.roi import ROIConfig; from medxai.configs.failure import FailureConfig\n'
            'ROIConfig(); FailureConfig()\n'
            'assert not {"torch", "pandas"} & set(sys.modules)')
    r = run(sys.executable, '-c', code)
    assert r.returncode == 0, r.stderr
