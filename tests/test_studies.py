"Anybody's data through every study, without code: two forms of table, a folder per class; and the run files"
import subprocess, sys
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest

import medxai
from medxai.core.execute import notebook_config, without_examples

root = Path(__file__).parents[1]
small = dict(size=64, epochs=1, backbone='test_resnet', pretrained=False, device='cpu')

def films(m, folder):
    "The images of a phantom as files"
    for name, a in zip(m.images, m.store.read(m.images)):
        (folder/name).parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(a).save(folder/name)

@pytest.fixture(scope='module')
def hospital(tmp_path_factory):
    "A chest table in both forms of the source projects, and bones in a folder per class"
    d = tmp_path_factory.mktemp('hospital')
    chest, bone = medxai.phantom_chest(120, size=64, seed=4), medxai.phantom_bone(120, size=64, seed=4)
    films(chest, d/'films')
    names = [', '.join(l for l, v in zip(chest.labels, y) if v == 1) or 'No Finding' for y in chest.y]
    pd.DataFrame(dict(image=chest.images, labels=names, PatientID=chest.df.patient)).to_csv(d/'names.csv', index=False)
    split = np.where(chest.df.patient.rank(method='dense') % 4 == 0, 'testing', 'training')
    columns = pd.DataFrame(dict(image_path=chest.images, split=split, **chest.df[chest.labels].astype(int),
                                view=chest.df['view'], sex=chest.df.sex, patient_id=chest.df.patient))
    columns.to_csv(d/'columns.csv', sep=';', index=False)
    for name, a, y in zip(bone.images, bone.store.read(bone.images), bone.y):
        path = d/'bones'/bone.labels[int(y.argmax())]/name
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(a).save(path)
    return d

def sources(d):
    return dict(names=dict(data='csv', csv=str(d/'names.csv'), root=str(d/'films')),
                columns=dict(data='csv', csv=str(d/'columns.csv'), root=str(d/'films')),
                folder=dict(data='folder', root=str(d/'bones')), phantom_bone=dict(data='phantom_bone', n_images=100))

@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('source', ['names', 'columns', 'folder', 'phantom_bone'])
def test_roi_consistency(hospital, tmp_path, source):
    cfg = medxai.ROIConfig(**sources(hospital)[source], **small, cells=2, n_boot=100,
                           recipe='exchange' if source == 'columns' else None)
    m = medxai.prepare_data(cfg, tmp_path/'store', progress=False)
    assert m.task == ('multilabel' if source in ('names', 'columns') else 'multiclass')
    assert set(m.df['split']) == {'train', 'valid', 'test'}
    trained = medxai.roi_train(cfg, m, tmp_path/'run', progress=False)
    # outlines are there only where they are drawn
    assert trained.recipe == dict(columns='exchange', phantom_bone='guided').get(source, 'plain')
    result = medxai.roi_explain(cfg, m, trained, progress=False)
    page = medxai.roi_report(result, tmp_path/'report.html').read_text()
    assert medxai.NOTICE in page and 'faithfulness' in medxai.roi_answer(result.own, result.areas, result.adapted)

@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('reweight', ['later', 'start'])
def test_counterexamples(tmp_path, reweight):
    "Study 1 looks for counterexamples of a label, and weights them up in a second training or from the start"
    cfg = medxai.ROIConfig(**small, n_images=100, recipe='exchange', cells=2, counterexamples=['Mass'], twin_epochs=1,
                           reweight=reweight, adapt_epochs=0)
    m = medxai.prepare_data(cfg, tmp_path/'store', progress=False)
    trained = medxai.roi_train(cfg, m, tmp_path/'run', progress=False)
    assert len(trained.history) == dict(later=2, start=1)[reweight] and trained.judge is None
    assert medxai.kept_epoch(trained.history) == trained.history.epoch.iloc[-1]
    assert (tmp_path/'run'/'second').exists() == (reweight == 'later')

@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('source', ['columns', 'folder'])
def test_failure_analysis(hospital, tmp_path, source):
    cfg = medxai.FailureConfig(**sources(hospital)[source], **small, n_boot=100)
    learn, test = medxai.failure_data(cfg, tmp_path/'store')
    model, _ = medxai.failure_train(cfg, learn, tmp_path/'run', progress=False)
    valid, preds = (medxai.predict(model, part, device='cpu', progress=False) for part in (learn.split('valid'), test))
    found = medxai.analyse(valid, preds, tmp_path/'tables', cfg)
    assert 'AUROC' in medxai.failure_answer(found)
    assert medxai.failure_report(found, 'a hospital', tmp_path/'report.html').is_file()

def test_given_splits_are_kept(hospital, tmp_path):
    cfg = medxai.DataConfig(**sources(hospital)['columns'], size=64)
    m = medxai.prepare_data(cfg, tmp_path/'store', progress=False)
    theirs = pd.read_csv(hospital/'columns.csv', sep=';').set_index('image_path').split
    assert ((m.df['split'] == 'test') == (theirs.loc[m.images] == 'testing').to_numpy()).all()

def test_run_files():
    "Every file of runs/ is one that its study takes"
    kinds = dict(bone_evidence='EvidenceConfig', roi_consistency_experiment='ExperimentConfig',
                 roi_comparison='ComparisonConfig', roi_rarity='RarityConfig',
                 roi_consistency='ROIConfig', failure_analysis='FailureConfig', data='PrepareConfig',
                 btxrd='BTXRDConfig', multimodal_localization='LocalizationConfig')
    files = sorted((root/'runs').glob('*.yaml'))
    assert files
    for path in files: # the first that fits: longer names come first
        name = next(k for k in kinds if path.stem.startswith(k))
        medxai.load_config(getattr(medxai, kinds[name]), path)

def test_changed_parameters_end_green(tmp_path):
    "What the default run promises is checked for the default run alone: a run of a user's own ends without an error"
    from medxai.core.execute import run_study
    changed = dict(n_images=100, size=64, epochs=1, backbone='test_resnet', pretrained=False, n_boot=100)
    # its examples do not depend on the parameters, and are run as a test of the notebook
    run_study(root/'nbs/03_failure_analysis.ipynb', tmp_path/'run', changed, progress=False, examples=False)
    assert (tmp_path/'run'/'report.html').is_file() and (tmp_path/'run'/'cases.png').is_file()

@pytest.mark.parametrize('path', [o for o in sorted((root/'nbs').rglob('*.ipynb')) if notebook_config(o)],
                         ids=lambda o: o.stem)
def test_a_run_needs_no_example(path):
    "A sweep leaves the examples out: no name of theirs is used from the parameters on"
    code = '\n\n'.join(c.source for c in without_examples(path).cells if c.cell_type == 'code')
    r = subprocess.run([sys.executable, '-m', 'ruff', 'check', '--select', 'F821', '-'], input=code, text=True,
                       capture_output=True)
    assert r.returncode == 0, r.stdout
