"What README and CONTRIBUTING tell people to type works: Python is executed, commands are looked up."
import os, re, shlex, shutil, subprocess, sys
from pathlib import Path

import pytest

root = Path(__file__).parents[1]
bin_dir = Path(sys.executable).parent

def blocks(language):
    "(file and place, text) of every fenced block of a language"
    found = [(name, m) for name in ('README.md', 'CONTRIBUTING.md')
             for m in re.finditer(rf'^```{language}\n(.*?)^```', (root/name).read_text(encoding='utf-8'), re.M | re.S)]
    return [pytest.param(m[1], id=f'{name}:{m.string[:m.start()].count(chr(10)) + 1}') for name, m in found]

# a reader's files, under the names that the blocks use
FILES = '''
import numpy as np, pandas as pd
from PIL import Image
from medxai import phantom_chest

m = phantom_chest(60, size=64, seed=1, prevalence=.4)
for i, name in enumerate(m.images): Image.fromarray((m.read(i)*255).astype("uint8")).save(name)
pd.DataFrame(dict(image=m.images, patient=m.df.patient, Effusion=m.df.Effusion, Edema=m.df.Pneumonia)).to_csv(
    "radiographs.csv", index=False)
rng = np.random.default_rng(0)
y = (rng.random((240, 2)) < .4).astype(int)
p = (.3*y + .7*rng.random(y.shape)).round(4)
pd.DataFrame(dict(image=[f"{i}.png" for i in range(240)], patient=np.arange(240)//2, y_Effusion=y[:, 0],
                  y_Edema=y[:, 1], prob_Effusion=p[:, 0], prob_Edema=p[:, 1])).to_csv("predictions.csv", index=False)
'''

@pytest.mark.parametrize('code', blocks('python'))
def test_python(code, tmp_path):
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'MPLBACKEND': 'agg', 'PYTHONPATH': str(root)}
    for text in FILES, code:
        r = subprocess.run([sys.executable, '-c', text], cwd=tmp_path, env=env, capture_output=True, text=True)
        assert r.returncode == 0, f'{text}\n{r.stderr[-4000:]}'

def wrong(command):
    "What a reader would stumble over in a command, or nothing"
    words = shlex.split(command, comments=True)
    if not words: return ''
    tool, rest = words[0].removeprefix('.venv/bin/'), words[1:]
    targets = re.findall(r'^([a-z]+):', (root/'Makefile').read_text(), re.M)
    if tool == 'make':
        bad = [o for o in rest if o not in targets and '=' not in o]
        if bad: return f'make has no target {bad}'
    elif tool not in ('git', 'pip', 'conda', 'docker', 'export', 'cd') and not (bin_dir/tool).exists() \
            and not shutil.which(tool): return f'{tool} is not there'
    # notebooks, files of parameters and scripts that are read must be there
    named = [o.partition('=')[2] or o for o in rest if re.search(r'\.(ipynb|yaml|yml|py|txt)$', o)]
    gone = [o for o in named if '/' in o and not o.startswith(('/', '$')) and not (root/o).exists()]
    return f'{gone} is not there' if gone else ''

@pytest.mark.parametrize('text', blocks('sh'))
def test_commands(text):
    bad = {o: w for o in text.replace('\\\n', ' ').splitlines() if (w := wrong(o))}
    assert not bad, bad

def test_wrong_commands_are_seen():
    assert wrong('make coffee') and wrong('papermill nbs/gone.ipynb out.ipynb') and wrong('no_such_tool x')
    assert not wrong('make test # everything') and not wrong('make check FILE=nbs/core/files.ipynb')
    assert wrong('make check FILE=nbs/core/gone.ipynb')
