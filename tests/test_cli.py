"The command `medxai`: what is typed, what comes out, and the table of the source projects, row by row"
import contextlib, io, json, os, re, shlex, socket, subprocess, sys
from pathlib import Path

import pandas as pd
import PIL.Image
import pytest

import medxai
from medxai.cli import COMMANDS, SOURCE_NAMES, command_parser, main
from medxai.cohort.fixtures import GRADIENT, NIH_HEAD, write_nih
from medxai.core.execute import run_study

root = Path(__file__).parents[1]
cells = json.loads((root/'nbs/tutorials/source_commands.ipynb').read_text())['cells']
TABLE = {}
for c in cells: # the tables of the page
    if c['cell_type'] == 'code' and re.match(r'[A-Z]+ = ', text := ''.join(c['source'])):
        exec(re.sub(r'^shown\(.*', '', text, flags=re.M), TABLE)
PROJECTS = dict(roi='ROI', btxrd='BTXRD', failure='FAILURE', localize='LOCALIZE')
# set MEDXAI_SLOW=1 for the rows that take minutes
SLOW = bool(os.environ.get('MEDXAI_SLOW'))
small = dict(size=64, epochs=1, backbone='test_resnet', pretrained=False, n_boot=100, device='cpu')

def said(*args):
    "Exit code, standard output, standard error"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err): code = main(list(map(str, args)))
    return code, out.getvalue(), err.getvalue()

@pytest.fixture(scope='module')
def places(tmp_path_factory):
    "What the variables of the table stand for"
    d = tmp_path_factory.mktemp('cli')
    m = medxai.phantom_chest(120, size=64, seed=4)
    (d/'films').mkdir()
    for name, a in zip(m.images, m.store.read(m.images)): PIL.Image.fromarray(a).save(d/'films'/name)
    pd.DataFrame(dict(image_path=m.images, **m.df[m.labels].astype(int), view=m.df['view'], sex=m.df.sex,
                      patient_id=m.df.patient)).to_csv(d/'data.csv', index=False)
    pd.DataFrame(dict(image=m.images[:2], text='pleural effusion')).to_csv(d/'films'/'texts.csv', index=False)
    names = ['No Finding', 'Effusion', 'Mass', 'Effusion|Mass']
    rows = [f'{i:08}_000.png,{names[i % 4]},0,{i},050Y,{"MF"[i % 3 % 2]},PA,250,250,0.1,0.1,' for i in range(1, 61)]
    files = [o.split(',')[0] for o in rows]
    pictures = {f'images_001/images/{o}': GRADIENT for o in files}
    write_nih(d/'nih', ('images_001/images',)*2, NIH_HEAD, rows, **pictures, **{
        'train_val_list.txt': '\n'.join(files[:45]) + '\n', 'test_list.txt': '\n'.join(files[45:]) + '\n',
        'BBox_List_2017.csv': f'Image Index,Finding Label,Bbox [x,y,w,h],,,\n{files[0]},Effusion,50,60,30,20\n'})
    return dict(CSV=d/'data.csv', IMAGES=d/'films', IMAGE=d/'films'/m.images[0], NIH=d/'nih', BTXRD=d/'btxrd',
                TEXTS=d/'films'/'texts.csv')

def command(row, places, project):
    "The words of a row, at a size that a test can afford"
    words = shlex.split(re.sub(r'\$([A-Z]+)', lambda v: str(places[v[1]]), row[1]))[1:]
    name = ' '.join(words[:2])
    if row[3] == 'network' or not COMMANDS[name].config: return words
    known = {a.dest for a in command_parser(name)._actions}
    more = dict(small, adapt_epochs=0, cells=2)
    if project == 'btxrd': more |= dict(data='phantom_bone', n_images=120, ladder=False)
    return words + [o for k, v in more.items() if k in known for o in (f'--{k}', str(v).lower())]

@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('project', PROJECTS)
def test_source_commands(project, places, tmp_path, monkeypatch):
    "Each row of the table works and leaves the files that it names; a download is stopped where it connects"
    def refuse(*args, **kw): raise OSError('no network here')
    rows = TABLE[PROJECTS[project]]
    try: command_parser(f'{rows[0][1].split()[1]} {rows[0][1].split()[2]}')
    except LookupError as e: pytest.skip(str(e))
    for i, row in enumerate(rows):
        where = {**places, 'RUN': tmp_path/'run', 'OUT': tmp_path/f'out{i}'}
        if row[3] == 'slow' and not SLOW: continue
        words = command(row, where, project)
        with monkeypatch.context() as patched:
            if row[3] == 'network': patched.setattr(socket.socket, 'connect', refuse)
            code, out, err = said(*words, '--json', '--quiet')
        if row[3] == 'network':
            assert code in (1, 2) and 'Traceback' not in err + out, (row[1], out, err)
            continue
        assert code == 0, (row[1], out, err)
        folder = where['OUT'] if '$OUT' in row[1] else where['RUN']
        lost = [f for f in row[2].split() if not (folder/f).exists()]
        assert not lost, (row[1], lost, sorted(o.name for o in folder.iterdir()))

def test_source_flags():
    "Every flag has its option, and every setting is understood by --override"
    for theirs, name, option in TABLE['FLAGS']:
        assert option in {a.dest for a in command_parser(name)._actions}, (theirs, name, option)
    known = {a.dest for a in command_parser('btxrd train')._actions}
    for theirs, ours in TABLE['SETTINGS'].items():
        assert SOURCE_NAMES.get(theirs, theirs.rsplit('.', 1)[-1]) == ours and ours in known, theirs

MISTAKES = [ # words, part of the message
    (['roi', 'train', '--epochs', 'ten'], "`epochs` = 'ten': a whole number is expected"),
    (['roi', 'train', '--epochs', '0'], 'greater than or equal to 1'),
    (['roi', 'train', '--schedule', 'linear'], 'one of cosine, one_cycle, constant'),
    (['roi', 'train', '--epoch', '3'], 'is it "epochs"'), (['roi', 'trian'], 'is it "roi train"'),
    (['roi', 'train', '--override', 'training.epoch=3'], 'is it "epochs"'),
    (['roi', 'train', '--data', 'nih'], 'say in which folder the data are'),
    (['roi', 'train', '--config', 'gone.yaml'], 'gone.yaml'), (['roi', 'infer', '--images', 'x'], 'model'),
    (['failure', 'eval', '--run', 'gone'], 'holds no run.json'), (['run', 'roi'], 'there is no notebook roi'),
    (['run', '00_data', '-p', 'sise', '64'], 'is it "size"'), (['run', '00_data', '-p', 'size'], 'a name and a value'),
    (['data', 'download', '--data', 'phantom'], 'only nih, btxrd, openi'), (['sweep', '01_roi_consistency'], 'space')]

@pytest.mark.parametrize('words, part', MISTAKES, ids=lambda o: ' '.join(o) if isinstance(o, list) else '')
def test_mistakes_are_one_paragraph(words, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = said(*words)
    assert code == 2 and not out and part in ' '.join(err.split()) and 'Traceback' not in err, err
    code, out, _ = said(*words, '--json')
    assert code == 2 and json.loads(out)['exit_code'] == 2
    assert not list(tmp_path.iterdir()) # nothing half-written

def test_as_a_process(tmp_path):
    "The entry point is in the wheel's metadata; standard output holds the outcome alone; configs come from files"
    assert "console_scripts=['medxai=medxai.cli:main']" in (root/'setup.py').read_text()
    def run(*args):
        code = 'import sys; from medxai.cli import main; sys.exit(main())'
        return subprocess.run([sys.executable, '-c', code, *args],
                              capture_output=True, text=True, cwd=tmp_path,
                              env={**os.environ, "PYTHONPATH": str(root)})
    r = run('data', 'split', '--n-images', '60', '--size', '64', '--out', 'run', '--json')
    assert r.returncode == 0, r.stderr
    outcome = json.loads(r.stdout)
    assert outcome['exit_code'] == 0 and 'splits/' in outcome['files'] and (tmp_path/'run/splits/train.csv').is_file()
    r = run('data', 'split', '--run', 'run', '--print_config')
    assert r.returncode == 0, r.stderr
    (tmp_path/'mine.yaml').write_text(r.stdout)
    medxai.load_config(medxai.PrepareConfig, tmp_path/'mine.yaml')
    r = run('data', 'split', '--config', 'mine.yaml', '--out', 'run')
    assert r.returncode == 0, r.stderr
    r = run('data', 'split', '--run', 'run', '--size', '32')
    assert r.returncode == 2 and 'parameters that differ: 1: size' in ' '.join(r.stderr.split())

def same_bytes(a, b, but=('run.json', 'model.json', 'report.html')):
    "Files of two run folders that differ, times and folder names aside"
    names = {o.relative_to(a) for o in a.rglob('*') if o.is_file()}
    found = [n for n in names if n.name not in but and n.suffix not in ('.ipynb', '.lock', '.pt')]
    assert len(found) > 10
    return [str(n) for n in sorted(found) if not (b/n).is_file() or content(a/n) != content(b/n)]

def content(path):
    "The bytes of a file; of a history all but the time that epochs took"
    if path.name != 'history.csv': return path.read_bytes()
    return pd.read_csv(path).drop(columns='seconds').to_csv()

@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('study, stages', [
    ('00_data', ['data prepare']), ('01_roi_consistency', ['roi train', 'roi report']),
    ('03_failure_analysis', ['failure train', 'failure eval', 'failure slices', 'failure calibrate',
                             'failure selective', 'failure report'])])
def test_stages_give_the_bytes_of_the_notebook(study, stages, tmp_path):
    cfg = getattr(medxai, {'00': 'PrepareConfig', '01': 'ROIConfig', '03': 'FailureConfig'}[study[:2]])
    params = dict(small, n_images=100, cells=2, adapt_epochs=0, passes=2)
    params = {k: v for k, v in params.items() if k in {f.name for f in cfg.__dataclass_fields__.values()}}
    run_study(root/'nbs'/f'{study}.ipynb', tmp_path/'notebook', params, progress=False, examples=False)
    (tmp_path/'small.yaml').write_text(json.dumps(params))
    out = tmp_path/'stages'
    for i, stage in enumerate(stages):
        given = ['--run', out] if i else ['--config', tmp_path/'small.yaml', '--out', out]
        code, _, err = said(*stage.split(), *given, '--quiet')
        assert code == 0, err
    assert not same_bytes(tmp_path/'notebook', out)

def test_run_checks_first_and_lists(tmp_path):
    assert '01_roi_consistency' in said('run', '--list')[1]
    assert 'epochs: int' in said('run', '01_roi_consistency', '--list')[1]
    (tmp_path/'p.yaml').write_text('n_images: 60\nsize: 64\n')
    code, out, err = said('run', '00_data', '-f', tmp_path/'p.yaml', '-p', 'near_duplicates', 'false', '--out',
                          tmp_path/'run', '--json')
    assert code == 0, err
    assert json.loads(out)['answer'] and (tmp_path/'run/00_data.ipynb').is_file()
    assert json.loads((tmp_path/'run/run.json').read_text())['parameters']['near_duplicates'] is False

def test_completion():
    for shell in 'bash', 'zsh': assert 'cutout_scale' in said('completion', shell)[1]
